import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qalgo.errors import ProblemError
from qalgo.results import Estimate, Interval
from qalgo.transcript import GroverShots, Round, Transcript

finite = st.floats(-1e6, 1e6)


@settings(derandomize=True, deadline=None)
@given(finite, finite, finite, finite)
def test_a_mapped_interval_is_sorted_and_holds_the_mapped_midpoint(first, second, slope, shift):
    interval = Interval(min(first, second), max(first, second), 0.95, "credible")
    mapped = interval.mapped(lambda x: slope * x + shift)
    ends = sorted((slope * interval.low + shift, slope * interval.high + shift))
    assert [mapped.low, mapped.high] == ends
    assert mapped.level == 0.95
    assert mapped.kind == "credible"


def test_an_interval_refuses_nonsense():
    with pytest.raises(ProblemError, match="not ordered"):
        Interval(0.2, 0.1, 0.95, "credible")
    with pytest.raises(ProblemError, match="not ordered"):
        Interval(math.nan, 0.1, 0.95, "credible")
    with pytest.raises(ProblemError, match="level"):
        Interval(0.1, 0.2, 2.0, "credible")


def test_widening_adds_one_sided_bounds():
    widened = Interval(1.0, 2.0, 0.9, "confidence").widened(0.25, 0.5)
    assert (widened.low, widened.high) == (0.75, 2.5)
    assert Interval(1.0, 2.0, 0.9, "confidence").widened(0.25).high == 2.25


def _estimate(mode):
    transcript = Transcript("bayesian", 1e-2, 0.95, 7, mode, {}, (Round((GroverShots(2, 3),), (1,)),))
    interval = Interval(0.29, 0.31, 0.95, "credible")
    return Estimate(
        3.0, Interval(2.9, 3.1, 0.95, "credible"), 0.3, interval, 1e-2, True, "half-width reached",
        transcript.queries, "CPU", 0.01, transcript, ("@article{x}",), (("qalgo", "0"),),
    )  # fmt: skip


def test_an_emulated_estimate_says_so_in_its_first_line():
    assert "emulated, no circuit executed" in str(_estimate("subspace")).splitlines()[0]
    assert "circuits executed" in str(_estimate("circuit")).splitlines()[0]
    assert _estimate("subspace").emulated
    assert not _estimate("circuit").emulated


def test_an_estimate_survives_json():
    estimate = _estimate("circuit")
    again = Estimate.from_dict(json.loads(json.dumps(estimate.to_dict())))
    assert again.to_dict() == estimate.to_dict()
    with pytest.raises(ProblemError, match="not an estimate"):
        Estimate.from_dict({"schema": "qalgo.estimate", "version": 99})
