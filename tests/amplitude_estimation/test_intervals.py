"""Binomial intervals against scipy's, the quadrant map against brute force, the ladder against its promises."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from qalgo.amplitude_estimation.intervals import (
    MAX_RESTARTS,
    QuadrantLadder,
    chernoff_interval,
    clopper_pearson,
    next_multiple,
    quadrant_of,
    quadrant_preimage,
)
from qalgo.errors import ConvergenceError, ProblemError


@pytest.mark.parametrize(("hits", "shots"), [(0, 1), (1, 1), (0, 50), (50, 50), (3, 100), (997, 1000)])
@pytest.mark.parametrize("alpha", [0.5, 0.05, 1e-4])
def test_clopper_pearson_is_scipys(hits, shots, alpha):
    expected = binomtest(hits, shots).proportion_ci(1 - alpha, method="exact")
    assert clopper_pearson(hits, shots, alpha) == pytest.approx((expected.low, expected.high), abs=1e-10)


@pytest.mark.parametrize("p", [0.0, 0.01, 0.37, 0.5, 1.0])
@pytest.mark.parametrize("interval", [clopper_pearson, chernoff_interval])
def test_both_intervals_cover_at_their_level(p, interval):
    shots, alpha = 40, 0.1
    covered = [low <= p <= high for low, high in (interval(h, shots, alpha) for h in range(shots + 1))]
    assert binom.pmf(np.arange(shots + 1), shots, p)[covered].sum() >= 1 - alpha


def test_chernoff_is_the_closed_form():
    low, high = chernoff_interval(30, 100, 0.05)
    assert high - low == pytest.approx(2 * math.sqrt(math.log(40) / 200))
    assert 0.5 * (low + high) == pytest.approx(0.3)
    assert chernoff_interval(0, 10, 0.05)[0] == 0.0
    assert chernoff_interval(10, 10, 0.05)[1] == 1.0


@given(st.integers(0, 400), st.floats(0.01, 1.5), st.floats(0, 1), st.floats(0, 1))
def test_the_preimage_is_the_set_of_angles_with_such_a_probability(power, theta, u, v):
    multiple = 2 * power + 1
    low, high = sorted((u, v))
    quadrant = math.floor(multiple * theta / (math.pi / 2))
    first, last = quadrant_preimage(low, high, multiple, quadrant)
    assert quadrant * math.pi / 2 / multiple - 1e-12 <= first <= last <= (quadrant + 1) * math.pi / 2 / multiple + 1e-12
    ends = sorted(math.sin(multiple * angle) ** 2 for angle in (first, last))
    assert ends == pytest.approx([low, high], abs=1e-9)
    p = math.sin(multiple * theta) ** 2
    assert (first - 1e-9 <= theta <= last + 1e-9) or not (low + 1e-6 <= p <= high - 1e-6)


@given(st.floats(0, 1.57), st.floats(1e-4, 1.5), st.integers(0, 30), st.sampled_from([2.0, 3.0]))
def test_the_next_multiple_is_the_largest_that_stays_in_a_quadrant(low, width, power, ratio):
    high = min(math.pi / 2, low + width)
    if high - low < 1e-4:
        return
    current = 2 * power + 1
    inside = [
        odd
        for odd in range(1, int(math.pi / 2 / (high - low)) + 2, 2)
        if odd >= ratio * current
        and math.floor(odd * low * 2 / math.pi + 1e-9) >= math.ceil(odd * high * 2 / math.pi - 1e-9) - 1
    ]
    assert next_multiple(low, high, current, ratio) == (max(inside) if inside else current)


def test_borders_count_as_inside():
    assert quadrant_of(0.0, math.pi / 2, 1) == 0
    assert quadrant_of(0.0, math.pi / 6, 3) == 0
    assert quadrant_of(math.pi / 6, math.pi / 3, 3) == 1
    assert quadrant_of(0.1, 0.6, 3) is None


def test_a_contradiction_goes_back_and_is_never_returned():
    ladder = QuadrantLadder()
    ladder.add(50, 100)
    ladder.narrow(0.45, 0.55)
    before = (ladder.low, ladder.high)
    assert ladder.climb(2.0)
    assert ladder.multiple > 1
    ladder.add(0, 100)
    # The angles in the round's start give probabilities around one half of a quadrant, not its border.
    ladder.narrow(0.0, 1e-9)
    assert ladder.restarts == 1
    assert (ladder.multiple, ladder.hits, ladder.shots) == (1, 0, 0)
    assert (ladder.low, ladder.high) == (0.0, math.pi / 2)
    assert (ladder.low, ladder.high) != before


def test_each_contradiction_goes_back_one_round_further():
    # A run that went back one round only would never leave a failure two rounds earlier behind.
    ladder, theta = QuadrantLadder(), 0.5

    def succeed():
        middle = math.sin(ladder.multiple * theta) ** 2
        ladder.narrow(middle - 0.05, middle + 0.05)
        assert ladder.climb(2.0)
        return ladder.multiple

    def contradict():
        far_low = math.sin(ladder.multiple * theta) ** 2 > 0.5
        ladder.narrow(*((0.0, 1e-9) if far_low else (1.0 - 1e-9, 1.0)))

    second, third = succeed(), succeed()
    assert 1 < second < third
    contradict()
    assert (ladder.restarts, ladder.multiple) == (1, second)
    assert succeed() == third
    contradict()
    assert (ladder.restarts, ladder.multiple) == (2, 1)
    assert (ladder.low, ladder.high) == (0.0, math.pi / 2)


def test_endless_contradictions_are_an_error():
    ladder = QuadrantLadder()

    def contradict():
        ladder.narrow(0.45, 0.55)
        ladder.climb(2.0)
        ladder.narrow(0.0, 1e-9)

    for _ in range(MAX_RESTARTS):
        contradict()
    with pytest.raises(ConvergenceError, match="do not follow"):
        contradict()


@pytest.mark.parametrize(
    "call",
    [
        lambda: clopper_pearson(5, 4, 0.05),
        lambda: clopper_pearson(-1, 4, 0.05),
        lambda: chernoff_interval(0, 0, 0.05),
        lambda: clopper_pearson(1, 2, 0.0),
        lambda: quadrant_preimage(0.6, 0.5, 3, 0),
    ],
)
def test_wrong_arguments_are_refused(call):
    with pytest.raises(ProblemError, match="allowed"):
        call()
