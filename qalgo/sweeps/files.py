"""A sweep written down in a TOML file."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qalgo.errors import ProblemError
from qalgo.sweeps.grid import planned

__all__ = ["SweepPlan", "read_sweep"]

SECTIONS = ("sweep", "fixed", "grid", "points")
SETTINGS = ("task", "seed", "repetitions", "store")
RANGE = ("start", "stop", "num", "scale")
SCALES = ("linear", "log")
RANGE_DIGITS = 12
"""Significant digits of the values of a range, so that 0.1, 0.2, 0.3 are these numbers and not their neighbours."""


@dataclass(frozen=True, slots=True)
class SweepPlan:
    """What a file says: ``qalgo.sweep(plan.task, plan.points, seed=plan.seed, ...)``."""

    task: str
    points: tuple[Mapping[str, Any], ...]
    """All points, the fixed values in them: first the grid's, the last name varying fastest, then the explicit ones."""
    seed: int | None
    repetitions: int
    store: Path
    """Where results are kept; default: beside the file, with its name and the suffix .jsonl."""


def read_sweep(path: str | os.PathLike[str]) -> SweepPlan:
    r"""Read a sweep from a TOML file.

    Schema::

        [sweep]
        task = "price"               # price, estimate, compare, cost, or "module:function" of your own
        seed = 7                     # optional: one integer repeats every random number
        repetitions = 1              # optional: each point so often, with different random numbers
        store = "prices.jsonl"       # optional, relative to this file; default: its name with .jsonl

        [fixed]                      # optional: what all points share
        contract = "european-call"
        strike = 1.896
        rate = 0.05
        maturity = "40/365"

        [grid]                       # all combinations, the last name varies fastest
        spot = [1.8, 2.0, 2.2]       # a list of values, or a range:
        volatility = { start = 0.2, stop = 0.4, num = 3 }
        epsilon = { start = 0.01, stop = 0.001, num = 2, scale = "log" }

        [[points]]                   # optional: further points, or all of them instead of [grid]
        spot = 3.0
        volatility = 0.4
        epsilon = 0.01

    Ranges include both ends and have 12 significant digits; between whole ends, whole steps stay integers. Points may
    override [fixed]. The names are the keywords of the task: ``qalgo.sweep_tasks`` documents those of the built-in
    ones; ``seed`` is not among them, since every point gets its own.

    Args:
        path: the file.

    Returns:
        The plan. Nothing is computed and no task is imported.

    Raises:
        ProblemError: a file that cannot be read, an unknown section, setting or scale, an empty list, a value of the
            wrong type, a point given twice; the message names the file and the place.
    """
    where = os.fspath(path)
    data = _parsed(Path(path))
    unknown = sorted(set(data) - set(SECTIONS))
    if unknown:
        raise ProblemError(f"{where}: unknown section {', '.join(unknown)}; allowed: {', '.join(SECTIONS)}")
    settings = _settings(data.get("sweep"), f"{where}: [sweep]")
    store = settings.get("store", Path(path).with_suffix(".jsonl").name)
    try:
        points = _points(data)
        planned(points, repetitions=settings.get("repetitions", 1))
    except ProblemError as error:
        raise ProblemError(f"{where}: {error}") from error
    return SweepPlan(
        task=settings["task"],
        points=points,
        seed=settings.get("seed"),
        repetitions=settings.get("repetitions", 1),
        store=Path(path).parent / store,
    )


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProblemError(f"cannot read {path}: {error.strerror}; allowed: a TOML file of a sweep") from error
    except UnicodeDecodeError as error:
        raise ProblemError(f"cannot read {path}: it is not UTF-8 text; allowed: a TOML file of a sweep") from error
    except tomllib.TOMLDecodeError as error:
        raise ProblemError(f"{path} is not a TOML file: {error}") from error


def _settings(values: object, where: str) -> dict[str, Any]:
    if not isinstance(values, dict) or "task" not in values:
        raise ProblemError(f'{where}: no task; allowed: a section [sweep] with task = "price", say')
    unknown = sorted(set(values) - set(SETTINGS))
    if unknown:
        raise ProblemError(f"{where}: unknown setting {', '.join(unknown)}; allowed: {', '.join(SETTINGS)}")
    for name, value in values.items():
        text, least = name in ("task", "store"), 0 if name == "seed" else 1
        if text and not (isinstance(value, str) and value):
            raise ProblemError(f"{where}: {name} is {value!r}; allowed: text")
        if not text and not (isinstance(value, int) and not isinstance(value, bool) and value >= least):
            raise ProblemError(f"{where}: {name} is {value!r}; allowed: an integer, at least {least}")
    return values


def _points(data: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    fixed, grid, explicit = data.get("fixed", {}), data.get("grid"), data.get("points", [])
    if grid is None and not explicit:
        raise ProblemError("no points; allowed: a section [grid], or entries [[points]], or both")
    if grid is not None and not isinstance(grid, dict):
        raise ProblemError("grid is not a table; allowed: a section [grid] of name = values")
    if not isinstance(explicit, list):
        raise ProblemError("points is not a list; allowed: entries written with double brackets, [[points]]")
    lists = {} if grid is None else {name: _values(values, f"[grid]: {name}") for name, values in grid.items()}
    found = [*(planned(lists, fixed) if grid is not None else ()), *(planned(explicit, fixed) if explicit else ())]
    return tuple(point.values for point in found)


def _values(values: object, where: str) -> list[Any]:
    if isinstance(values, list):
        return values
    if isinstance(values, dict):
        return _range(values, where)
    raise ProblemError(
        f"{where} is {values!r}; allowed: a list, or a range like {{ start = 0.1, stop = 1.0, num = 10 }} (a single "
        "value belongs to [fixed])"
    )


def _range(values: Mapping[str, Any], where: str) -> list[float]:
    unknown, missing = sorted(set(values) - set(RANGE)), [name for name in RANGE[:3] if name not in values]
    if unknown or missing:
        what = f"unknown {', '.join(unknown)}" if unknown else f"missing {', '.join(missing)}"
        raise ProblemError(f"{where}: {what}; allowed: a range of {', '.join(RANGE)}")
    start, stop, num, scale = values["start"], values["stop"], values["num"], values.get("scale", "linear")
    if not _is_number(start) or not _is_number(stop):
        raise ProblemError(f"{where}: start is {start!r} and stop {stop!r}; allowed: numbers")
    if not isinstance(num, int) or isinstance(num, bool) or num < 2:
        raise ProblemError(f"{where}: num is {num!r}; allowed: an integer, at least 2 (both ends are included)")
    if scale not in SCALES:
        raise ProblemError(f"{where}: scale is {scale!r}; allowed: {', '.join(SCALES)}")
    if scale == "log":
        if start <= 0 or stop <= 0:
            raise ProblemError(f"{where}: start is {start!r} and stop {stop!r}; allowed with scale log: positive")
        inner = [start * (stop / start) ** (index / (num - 1)) for index in range(1, num - 1)]
    elif isinstance(start, int) and isinstance(stop, int) and (stop - start) % (num - 1) == 0:
        return [start + index * (stop - start) // (num - 1) for index in range(num)]
    else:
        inner = [start + (stop - start) * index / (num - 1) for index in range(1, num - 1)]
    return [start, *(float(f"{value:.{RANGE_DIGITS}g}") for value in inner), stop]


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
