"""The picture of a sweep: one result against one name, a line for each combination of the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from qalgo.errors import ProblemError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from qalgo.sweeps.table import SweepRow, SweepTable

__all__ = ["draw_sweep"]

LOG_FROM_RATIO = 50.0
"""Positive numbers that span more are drawn on a logarithmic axis."""
MAX_LEGEND = 12


def draw_sweep(table: SweepTable, x: str | None = None, y: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw a sweep: marks for every row, lines through the means of the repetitions.

    Args:
        table: what was computed.
        x: name of a value of the points; default: the first that varies.
        y: name of a numeric result; default: "value", or the first numeric one.
        ax: axes to draw on; new ones when None.

    Raises:
        ProblemError: a name that is not there, or a result that is not a number.
    """
    from qalgo.figures import shown_axes

    across, up = _across(table, x), _up(table, y)
    rows = [row for row in table.rows if row.error is None and across in row.point and row.get(up) is not None]
    groups: dict[str, list[SweepRow]] = {}
    others = [name for name in table.varying if name != across]
    for row in rows:
        groups.setdefault(", ".join(f"{name} {_short(row.get(name))}" for name in others), []).append(row)
    axes = shown_axes(6.4, 4.8) if ax is None else ax
    numeric = all(_is_number(row.point[across]) for row in rows)
    for label, group in groups.items():
        _draw_line(axes, group, across, up, label, numeric)
    if numeric and _is_wide([row.point[across] for row in rows]):
        axes.set_xscale("log")
    if _is_wide([row.get(up) for row in rows]):
        axes.set_yscale("log")
    axes.set_xlabel(across.replace("_", " "))
    axes.set_ylabel(up.replace("_", " "))
    axes.set_title(f"sweep of {table.task}", fontsize="medium")
    if others and len(groups) <= MAX_LEGEND:
        axes.legend(frameon=False, fontsize="small")
    return axes


def _draw_line(axes: Axes, rows: Sequence[SweepRow], x: str, y: str, label: str, numeric: bool) -> None:
    places: dict[Any, list[float]] = {}
    for row in rows:
        place = row.point[x] if numeric else _short(row.point[x])
        places.setdefault(place, []).append(float(row.get(y)))
    order = sorted(places) if numeric else list(places)
    (line,) = axes.plot(order, [float(np.mean(places[place])) for place in order], label=label)
    marks = [(place, value) for place in order for value in places[place]]
    axes.plot(*zip(*marks, strict=True), "o", color=line.get_color(), markersize=4)
    ends = [(row.get("low"), row.get("high")) for row in rows]
    if y == "value" and all(_is_number(end) for pair in ends for end in pair):
        where = [row.point[x] if numeric else _short(row.point[x]) for row in rows]
        axes.vlines(where, *zip(*ends, strict=True), color=line.get_color(), linewidth=1)


def _across(table: SweepTable, x: str | None) -> str:
    names = list(dict.fromkeys(name for row in table.rows for name in row.point))
    if x is None:
        return (*table.varying, *names)[0]
    if x not in names:
        raise ProblemError(f"x is {x!r}; allowed: {', '.join(names)}")
    return x


def _up(table: SweepTable, y: str | None) -> str:
    numeric = [name for name in table.results if _numeric(table, name)]
    if y is None and numeric:
        return "value" if "value" in numeric else numeric[0]
    if y is None or y not in (*numeric, "seconds"):
        raise ProblemError(f"y is {y!r}; allowed: {', '.join((*numeric, 'seconds'))}")
    return y


def _numeric(table: SweepTable, name: str) -> bool:
    values = [row.result[name] for row in table.rows if row.result is not None and name in row.result]
    return all(value is None or _is_number(value) for value in values)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_wide(values: Sequence[float]) -> bool:
    finite = [value for value in values if np.isfinite(value)]
    return bool(finite) and min(finite) > 0 and max(finite) > LOG_FROM_RATIO * min(finite)


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
