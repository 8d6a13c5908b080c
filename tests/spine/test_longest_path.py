"""(max, +) matrices against a walk through the expanded circuit."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from qalgo.longest_path import advance, advance_by, depths, no_gates, power, product

WIRES = 4
gates = st.lists(
    st.tuples(st.lists(st.integers(0, WIRES - 1), min_size=1, max_size=3, unique=True), st.integers(0, 2)), max_size=8
)


def walked(steps):
    """Layers after which each wire is free, gate by gate with plain integers."""
    free = [0] * WIRES
    for wires, weight in steps:
        latest = max(free[wire] for wire in wires) + weight
        for wire in wires:
            free[wire] = latest
    return free


def matrix(steps):
    paths = no_gates(1, WIRES)
    for wires, weight in steps:
        advance(paths, wires, np.array([weight]))
    return paths


@settings(max_examples=60, deadline=None)
@given(gates, gates, st.integers(0, 6))
def test_pieces_powers_and_rows_agree_with_the_expanded_walk(first, second, times):
    expanded = first + second * times
    whole = product(matrix(first), power(matrix(second), times))
    assert whole[0].max(axis=0).tolist() == walked(expanded)
    row = no_gates(1, WIRES, single_row=True)
    row = advance_by(row, range(WIRES), matrix(first))
    row = advance_by(row, range(WIRES), power(matrix(second), times))
    assert row[0, 0].tolist() == walked(expanded)
    assert depths(whole) == (max(walked(expanded)),)


def test_no_path_between_wires_that_never_meet():
    paths = matrix([([0, 1], 1), ([1, 2], 1), ([0], 5)])
    # From wire 2 nothing reaches wire 0: an entry below any number of layers that could be.
    assert paths[0, 2, 0] < -(10**12)
    assert paths[0, 0].tolist()[:3] == [6, 2, 2]
    # A long gate on wire 0 repeated: the depth grows by 5 + 1 per round, not by the depth 6 + the link of the others.
    assert depths(power(paths, 10)) == (60,)


def test_numbers_beyond_64_bits_stay_exact():
    paths = matrix([([0, 1], 1), ([1, 2], 1), ([2, 3], 1)])
    assert depths(power(paths, 10**30)) == (2 * 10**30 + 1,)
    assert depths(power(paths, 10**12)) == (2 * 10**12 + 1,)
