"""The points of a sweep: expanded from a grid, identified by what they hold, each with its own random stream."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from qalgo.errors import ProblemError
from qalgo.seeds import Purpose

__all__ = ["SweepPoint", "key_of", "plain", "planned", "point_seed"]

KEY_BYTES = 16
EXACT_INTEGERS = 2.0**53
"""Below it a float that is whole is the same point as the integer."""
_SEED_BITS = np.uint64(1)


@dataclass(frozen=True, slots=True)
class SweepPoint:
    """What the task is called with, once; hashable by ``name``, which never depends on the rest of the grid."""

    values: Mapping[str, Any]
    repetition: int
    key: str

    @property
    def name(self) -> tuple[str, int]:
        """What identifies the point in a store."""
        return self.key, self.repetition


def planned(
    grid: Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Any]],
    fixed: Mapping[str, Any] | None = None,
    repetitions: int = 1,
) -> tuple[SweepPoint, ...]:
    """Return the points in the order of the grid: the last name varies fastest, repetitions faster still.

    Args:
        grid: names with the values they take (all combinations), or the points themselves.
        fixed: values that all points share.
        repetitions: how often each point is computed, with different random numbers.

    Raises:
        ProblemError: no points, a name or value that cannot be used, a point given twice.
    """
    if isinstance(repetitions, bool) or not isinstance(repetitions, (int, np.integer)) or repetitions < 1:
        raise ProblemError(f"repetitions is {repetitions!r}; allowed: a positive integer")
    shared = _checked(fixed or {}, "fixed")
    # An explicit point may say something else than what is fixed; a grid that does is a slip.
    points = [{**shared, **values} for values in _expanded(grid, shared)]
    keys = [key_of(values) for values in points]
    seen: set[str] = set()
    for values, key in zip(points, keys, strict=True):
        if key in seen:
            raise ProblemError(f"the point {_shown(values)} is given twice; allowed: once (see repetitions)")
        seen.add(key)
    return tuple(
        SweepPoint(values, repetition, key)
        for values, key in zip(points, keys, strict=True)
        for repetition in range(int(repetitions))
    )


def _expanded(grid: object, shared: Mapping[str, Any]) -> list[dict[str, Any]]:
    if isinstance(grid, Mapping):
        return _product(grid, shared)
    if not isinstance(grid, Sequence) or isinstance(grid, str) or not grid:
        raise ProblemError(f"grid is {grid!r}; allowed: a table of name: values, or a list of points, not empty")
    return [_checked(point, f"point {index}") for index, point in enumerate(grid, start=1)]


def _product(grid: Mapping[str, Any], shared: Mapping[str, Any]) -> list[dict[str, Any]]:
    if not grid:
        raise ProblemError("grid is empty; allowed: at least one name with its values")
    twice = sorted(set(grid) & set(shared))
    if twice:
        raise ProblemError(f"{', '.join(twice)} both in grid and in fixed; allowed: one of the two")
    columns = {}
    for name, values in grid.items():
        if isinstance(values, (str, Mapping)) or not isinstance(values, (Sequence, np.ndarray)):
            raise ProblemError(f"grid: {name} is {values!r}; allowed: a list of values (a single one belongs to fixed)")
        if len(values) == 0:
            raise ProblemError(f"grid: {name} has no values; allowed: at least one")
        columns[name] = [_checked({name: value}, "grid")[name] for value in values]
    return [dict(zip(columns, values, strict=True)) for values in itertools.product(*columns.values())]


def _checked(values: object, where: str) -> dict[str, Any]:
    """Return the values as plain ones, after checking their names."""
    if not isinstance(values, Mapping):
        raise ProblemError(f"{where} is {values!r}; allowed: a table of name = value")
    for name in values:
        if not isinstance(name, str) or not name.isidentifier():
            raise ProblemError(f"{where}: the name {name!r} cannot be an argument; allowed: letters, digits and _")
        if name == "seed":
            raise ProblemError(f"{where}: seed is not a value of a point: every point gets its own from the sweep's")
    return {name: plain(value, f"{where}: {name}", finite=True) for name, value in values.items()}


def plain(value: Any, where: str, *, finite: bool = False) -> Any:
    """Return a value as JSON knows it: numpy scalars and arrays become numbers and lists, tuples become lists.

    Raises:
        ProblemError: an object that JSON does not know, or, with ``finite``, a number that is not.
    """
    if isinstance(value, (np.generic, np.ndarray)):
        value = value.tolist()
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if finite and not math.isfinite(value):
            raise ProblemError(f"{where} is {value!r}; allowed: finite numbers")
        return float(value)
    if isinstance(value, Mapping) and all(isinstance(name, str) for name in value):
        return {name: plain(item, f"{where}.{name}", finite=finite) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, where, finite=finite) for item in value]
    raise ProblemError(
        f"{where} is a {type(value).__name__}; allowed: numbers, text, booleans, and lists and tables of them (what is "
        "made from them, a contract or a circuit, the task makes itself)"
    )


def key_of(values: Mapping[str, Any]) -> str:
    """Return 32 hexadecimal digits for the content of a point: the order of names and 2 or 2.0 do not matter."""
    text = json.dumps(_whole(dict(values)), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.blake2b(text.encode("utf-8"), digest_size=KEY_BYTES).hexdigest()


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT_INTEGERS:
        return int(value)
    if isinstance(value, dict):
        return {name: _whole(item) for name, item in value.items()}
    return [_whole(item) for item in value] if isinstance(value, list) else value


def point_seed(root: int, point: SweepPoint) -> int:
    """Return the 63-bit seed of a point: it depends on the root, the point's content and its repetition alone."""
    words = np.frombuffer(bytes.fromhex(point.key), dtype=">u4")
    key = (int(Purpose.SWEEP), *(int(word) for word in words), point.repetition)
    return int(np.random.SeedSequence(root, spawn_key=key).generate_state(1, np.uint64)[0] >> _SEED_BITS)


def _shown(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in values.items())
