"""Points and their seeds: identified by content, whatever the grid, the order or the type of number."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qalgo.errors import ProblemError
from qalgo.sweeps.grid import key_of, planned, point_seed

NUMBERS = st.one_of(st.integers(-(2**60), 2**60), st.floats(allow_nan=False, allow_infinity=False))
VALUES = st.one_of(NUMBERS, st.text(max_size=5), st.booleans(), st.none(), st.lists(NUMBERS, max_size=3))
POINTS = st.dictionaries(st.sampled_from("abcdef"), VALUES, min_size=1)


def seeds(grid, fixed=None, repetitions=1, root=7):
    return [point_seed(root, point) for point in planned(grid, fixed, repetitions)]


def test_a_grid_is_all_combinations_with_the_last_name_fastest():
    points = planned({"a": [1, 2], "b": ["x", "y"]}, {"c": 0.5}, repetitions=2)
    assert [(p.values["a"], p.values["b"], p.repetition) for p in points] == [
        (a, b, r) for a in (1, 2) for b in ("x", "y") for r in (0, 1)
    ]
    assert all(point.values["c"] == 0.5 for point in points)
    assert len({point.name for point in points}) == 8


def test_explicit_points_may_override_what_is_fixed():
    points = planned([{"a": 1}, {"a": 2, "c": 9}], {"c": 0})
    assert [dict(point.values) for point in points] == [{"c": 0, "a": 1}, {"c": 9, "a": 2}]


@given(POINTS)
def test_a_key_depends_on_the_content_only(values):
    shuffled = dict(reversed(values.items()))
    assert key_of(shuffled) == key_of(values)
    assert key_of({**values, "g": 1}) != key_of(values)


@given(POINTS, POINTS)
def test_different_points_have_different_keys(left, right):
    same = {k: (type(v) is bool, v) for k, v in left.items()} == {k: (type(v) is bool, v) for k, v in right.items()}
    if all(not isinstance(value, list) for value in (*left.values(), *right.values())):
        assert (key_of(left) == key_of(right)) == same


def test_whole_floats_are_integers_and_booleans_are_not():
    assert key_of({"a": 2}) == key_of({"a": 2.0}) == key_of({"a": -0.0 + 2})
    assert key_of({"a": True}) != key_of({"a": 1})
    assert key_of({"a": 0.1 + 0.2}) != key_of({"a": 0.3})
    assert key_of({"a": 1e300}) != key_of({"a": 1e301})


def test_numpy_values_are_plain():
    left = planned({"a": np.array([1.5, 2.0]), "n": [np.int64(3)]}, {"t": (1, 2)})
    right = planned({"a": [1.5, 2.0], "n": [3]}, {"t": [1, 2]})
    assert left == right
    assert all(type(value) in (float, int, list) for point in left for value in point.values.values())


def test_a_larger_grid_another_order_and_fixed_values_keep_the_seeds():
    small = seeds({"a": [1, 2], "b": [0.1, 0.2]})
    large = seeds({"b": [0.1, 0.2, 0.3], "a": [0, 1, 2, 3]}, repetitions=2)
    assert set(small) < set(large)
    assert len(set(large)) == 24
    assert seeds({"a": [1, 2]}, {"b": 0.1}) == [small[0], small[2]]
    assert not set(small) & set(seeds({"a": [1, 2], "b": [0.1, 0.2]}, root=8))


def test_the_seeds_of_stored_sweeps_stay_valid():
    # Recomputed by hand: blake2b of the canonical text, four big-endian words, purpose 9.
    import hashlib

    digest = hashlib.blake2b(b'{"a":2,"b":"x"}', digest_size=16).digest()
    words = [int.from_bytes(digest[i : i + 4], "big") for i in range(0, 16, 4)]
    expected = np.random.SeedSequence(7, spawn_key=(9, *words, 0)).generate_state(1, np.uint64)[0] // 2
    assert seeds([{"b": "x", "a": 2.0}]) == [int(expected)] == [1405352865460579409]


@pytest.mark.parametrize(
    ("grid", "fixed", "message"),
    [
        ({}, None, "grid is empty"),
        ([], None, "not empty"),
        ("abc", None, "a table of name: values, or a list of points"),
        ({"a": []}, None, "a has no values"),
        ({"a": 2.0}, None, "a is 2.0; allowed: a list of values .*fixed"),
        ({"a": "word"}, None, "a is 'word'; allowed: a list"),
        ({"a": [float("nan")]}, None, "a is nan; allowed: finite"),
        ({"a": [object()]}, None, "a is a object; allowed: numbers, text"),
        ({"a": [{"b": [1j]}]}, None, "a.b is a complex"),
        ({"a b": [1]}, None, "name 'a b' cannot be an argument"),
        ({1: [1]}, None, "name 1 cannot be an argument"),
        ({"seed": [1]}, None, "seed is not a value of a point"),
        ({"a": [1]}, {"a": 1}, "a both in grid and in fixed"),
        ({"a": [1]}, [1], "fixed is .*; allowed: a table"),
        ({"a": [2, 2.0]}, None, "the point a=2.0 is given twice"),
        ([{"a": 1}, 3], None, "point 2 is 3"),
    ],
)
def test_what_is_no_grid_is_named(grid, fixed, message):
    with pytest.raises(ProblemError, match=message):
        planned(grid, fixed)


@pytest.mark.parametrize("repetitions", [0, 1.5, True, "2"])
def test_repetitions_are_positive_integers(repetitions):
    with pytest.raises(ProblemError, match="repetitions is"):
        planned({"a": [1]}, None, repetitions)
