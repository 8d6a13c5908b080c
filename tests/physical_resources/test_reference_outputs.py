"""Closed forms against what other tools printed and what the papers state, within 1 % where they give figures."""

import pytest
from published_jobs import (
    DERIVATIVES,
    DERIVATIVES_2021,
    DERIVATIVES_2021_TOFFOLI,
    FACTORING,
    FOURIER_10,
    GAME,
    GROVER_4,
    GROVER_6,
    GROVER_8,
    GROVER_10,
)

from qalgo.logical_counts import LogicalCounts
from qalgo.physical_resources.beverland import logical_patches
from qalgo.physical_resources.cost import physical_cost
from qalgo.physical_resources.demand import t_per_rotation
from qalgo.physical_resources.gidney_fowler import CczFactory

HOUR = 3600.0
WITHIN = 0.01


def cost_in(model, counts, failure_probability, **keywords):
    return physical_cost(counts, failure_probability, models=[model], **keywords).model(model)


# Outputs of the first estimator of qdk (1.33.1), defaults: 50 ns gates, 100 ns measurements, physical error 1e-3.
FIRST_ESTIMATOR = [
    (FOURIER_10, 1e-3, 496_860, 3.12e-3, 1_647),
    (GROVER_4, 1e-3, 207_870, 6.10e-3, 1_350),
    (GROVER_6, 1e-3, 405_000, 42.6e-3, 10_764),
    (GROVER_8, 1e-3, 587_250, 170e-3, 57_336),
    (GROVER_10, 1e-3, 701_340, 617e-3, 229_350),
    (DERIVATIVES, 1e-2, 14.39e6, 3.0 * HOUR, 10**9),
    (DERIVATIVES_2021, 1e-2, 31.7e6, 41.3 * HOUR, 12 * 10**9),
]


@pytest.mark.parametrize(("counts", "failure", "qubits", "seconds", "t_states"), FIRST_ESTIMATOR)
def test_beverland_agrees_with_the_first_estimator_of_qdk(counts, failure, qubits, seconds, t_states):
    cost = cost_in("beverland-2022", counts, failure)
    assert cost.qubits == pytest.approx(qubits, rel=WITHIN)
    assert cost.seconds == pytest.approx(seconds, rel=WITHIN)
    assert cost.t_states == t_states


@pytest.mark.parametrize(("counts", "distance"), [(DERIVATIVES, 27), (DERIVATIVES_2021, 31)])
def test_beverland_takes_the_code_distances_of_that_estimator(counts, distance):
    assert cost_in("beverland-2022", counts, 1e-2).code_distance == distance


@pytest.mark.parametrize(("rotations", "expected"), [(90, 15), (648, 16), (3_120, 18), (11_900, 19)])
def test_t_gates_per_rotation_are_those_of_that_estimator(rotations, expected):
    assert t_per_rotation(rotations, 1e-3 / 3) == expected


def test_ten_logical_qubits_take_thirty_patches():
    # Printed by that estimator; sqrt(8 Q) is whole at Q = 2, where nothing is rounded up.
    assert logical_patches(10) == 30
    assert logical_patches(2) == 9


# Outputs of Qualtran 0.7.0 (grid search, physical error 1e-3, failure probability 1 %, one factory).
QUALTRAN = [
    (FACTORING, 20.42e6, 144 * HOUR),
    (DERIVATIVES, 13.71e6, 31.6 * HOUR),
]


@pytest.mark.parametrize(("counts", "qubits", "seconds"), QUALTRAN)
def test_gidney_fowler_agrees_with_the_grid_search_of_qualtran(counts, qubits, seconds):
    cost = cost_in("gidney-fowler-2019", counts, 1e-2)
    assert cost.qubits == pytest.approx(qubits, rel=WITHIN)
    assert cost.seconds == pytest.approx(seconds, rel=WITHIN)


def test_the_larger_derivative_agrees_with_qualtran_when_four_t_gates_are_one_toffoli():
    cost = cost_in("gidney-fowler-2019", DERIVATIVES_2021_TOFFOLI, 1e-2)
    assert cost.qubits == pytest.approx(26.3e6, rel=WITHIN)
    assert cost.seconds == pytest.approx(160 * HOUR, rel=WITHIN)


def test_the_ccz_factory_has_the_size_that_three_papers_quote():
    assert CczFactory(15, 31).qubits == 147_904


def test_litinski_blocks_take_the_time_and_data_of_the_published_example():
    # 1808.02892: 22 minutes for the fast block at distance 13; 4 hours for the compact one, then limited by
    # distillation in 11 logical cycles, here by the block's 9.
    fast = cost_in("litinski-fast", GAME, 1e-2, physical_error=1e-4)
    assert fast.code_distance == 13
    assert fast.seconds == pytest.approx(22 * 60, rel=0.02)
    assert fast.qubits - fast.factory_qubits == logical_patches(100) * 2 * 13**2
    compact = cost_in("litinski-compact", GAME, 1e-2, physical_error=1e-4)
    assert compact.code_distance == 13
    assert compact.qubits - compact.factory_qubits == 153 * 2 * 13**2
    assert compact.seconds == pytest.approx(4 * HOUR * 9 / 11, rel=0.02)


def test_litinski_factories_match_the_pace_of_the_block():
    # (15-to-1) 11,5,5 makes a state in 30 code cycles; the fast block wants one every 13, the compact one every 117.
    fast = cost_in("litinski-fast", GAME, 1e-2, physical_error=1e-4)
    compact = cost_in("litinski-compact", GAME, 1e-2, physical_error=1e-4)
    assert (fast.factories, compact.factories) == (3, 1)
    assert "11,5,5" in fast.factory
    assert fast.factory_qubits == 3 * 2_070


def test_babbush_takes_165_cycles_per_toffoli():
    counts = LogicalCounts(100, t=0, toffoli=10**6, rotations=0, rotation_depth=0, measurements=0)
    assert cost_in("babbush-2021", counts, 1e-3).seconds == pytest.approx(165.0)
    # Two T states from one CCZ state.
    pairs = LogicalCounts(100, t=2 * 10**6, toffoli=0, rotations=0, rotation_depth=0, measurements=0)
    assert cost_in("babbush-2021", pairs, 1e-3).seconds == pytest.approx(165.0)


def test_hoefler_makes_units_of_the_published_size():
    # Methods: one binary unit of 3 qubits and 5.5 factories of 77 patches, one Toffoli gate in 10 microseconds; the
    # machine of 10,000 logical qubits then holds 23.
    unit = LogicalCounts(3, t=0, toffoli=1000, rotations=0, rotation_depth=0, measurements=0)
    cost = cost_in("hoefler-2023", unit, 1e-3)
    assert cost.seconds == pytest.approx(1e-2)
    patches = cost.qubits / (2 * 31**2)
    assert patches == pytest.approx(426.5, abs=1e-3)
    assert int(10_000 / patches) == 23
