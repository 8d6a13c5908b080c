"""Pictures of the family: queries against kappa with the bounds, a circuit's cost, error against queries.

A polynomial draws itself beside its target, with its error: ``Polynomial.plot``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from qalgo.errors import ProblemError
from qalgo.figures import INK, furnish, shown_axes
from qalgo.qsvt.bounds import BLOCK_ACCESS, known_norm_bound, worst_case_bound
from qalgo.qsvt.query_points import QueryPoint

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_cost_by_part", "plot_error_against_queries", "plot_queries_against_kappa"]

QUANTUM, BOUND = "#d6336c", "#1c7ed6"
ROUTE_COLOURS = (QUANTUM, "#f08c00", "#9c36b5", "#e8590c")
PART_COLOURS = ("#1c7ed6", "#d6336c", "#f08c00", "#0ca678", "#9c36b5", "#868e96")


def plot_queries_against_kappa(
    points: Sequence[QueryPoint], epsilon: float | None = None, ax: Axes | None = None
) -> Axes:
    r"""Draw uses of the encoding, degree / sqrt(p), against kappa; the degree alone is never drawn.

    The upper bounds of arXiv:2406.12086 are curves with their constants; the lower bound is a slope whose place means
    nothing. It is left out where no point uses a block encoding of A: other access, other bounds.

    Args:
        points: systems or routes; see :class:`QueryPoint`.
        epsilon: state error at which the bounds are drawn; default: that of the first point.
        ax: axes to draw on; new ones when None.

    Returns:
        The axes.

    Raises:
        ProblemError: no points.
    """
    if not points:
        raise ProblemError("points is empty; allowed: at least one QueryPoint")
    axes = shown_axes(6.4, 5.6) if ax is None else ax
    axes.set_xscale("log")
    axes.set_yscale("log")
    accuracy = points[0].epsilon if epsilon is None else epsilon
    routes = list(dict.fromkeys(point.route for point in points))
    for index, route in enumerate(routes):
        chosen = sorted((point for point in points if point.route == route), key=lambda point: point.kappa)
        _route(axes, route, chosen, ROUTE_COLOURS[index % 4], "osD^"[index % 4])
    kappas = [point.kappa for point in points]
    grid = np.geomspace(max(1.0, min(kappas) / 2.0), 2.0 * max(kappas), 60)
    axes.plot(
        grid,
        [known_norm_bound(kappa, accuracy).queries or math.nan for kappa in grid],
        color=BOUND,
        linewidth=1.6,
        label=r"upper bound for an encoding of A, norm known: $\kappa\,\ln(2\sqrt{2}/\epsilon)$ (2406.12086)",
    )
    axes.plot(
        grid,
        [worst_case_bound(kappa, accuracy).queries or math.nan for kappa in grid],
        color=BOUND,
        linewidth=1.6,
        linestyle=(0, (5, 2)),
        label=r"upper bound for an encoding of A, any b: $56\kappa + 1.05\kappa\,\ln(1/\epsilon)$ (2406.12086)",
    )
    if any(point.access == BLOCK_ACCESS for point in points):
        _slope(axes, grid)
    axes.set_xlabel(r"$\kappa$ of the encoding, $\alpha / \sigma_{\min}$", color=INK)
    axes.set_ylabel(r"uses of the encoding, degree $/\sqrt{p}$", color=INK)
    furnish(axes, legend=False)
    entries, labels = axes.get_legend_handles_labels()
    axes.figure.legend(entries, labels, loc="outside lower center", ncols=1, frameon=False, fontsize=9)
    return axes


def _route(axes: Axes, route: str, points: Sequence[QueryPoint], colour: str, marker: str) -> None:
    executed = [point for point in points if point.executed]
    emulated = [point for point in points if not point.executed]
    for chosen, fill, words in ((executed, colour, "executed"), (emulated, "none", "emulated")):
        if chosen:
            axes.plot(
                [point.kappa for point in chosen],
                [point.queries for point in chosen],
                linestyle="none",
                marker=marker,
                markersize=8,
                markeredgecolor=colour,
                markerfacecolor=fill,
                label=f"{route}: degree / sqrt(p) ({words})",
                zorder=4,
            )


def _slope(axes: Axes, grid: Any) -> None:
    """A guide of slope one at the lower edge."""
    bottom, top = axes.get_ylim()
    axes.plot(
        grid,
        bottom * grid / grid[0],
        color=INK,
        linewidth=1.1,
        linestyle=(0, (1, 1.5)),
        label=r"lower bound for an encoding of A, $\Omega(\kappa \log 1/\epsilon)$: slope only, constant unknown",
        zorder=1,
    )
    axes.set_ylim(bottom, top)


def plot_cost_by_part(parts: Mapping[str, float], unit: str = "CX", ax: Axes | None = None) -> Axes:
    """Draw what one run of a circuit costs, part by part, as bars with their numbers.

    Args:
        parts: name -> cost, e.g. ``{"preparation of b": 30, "encoding": 9000, "reflections": 800, "read-out": 0}``.
        unit: of the cost.
        ax: axes to draw on; new ones when None.

    Returns:
        The axes.

    Raises:
        ProblemError: no parts, or a negative cost.
    """
    if not parts or any(not (math.isfinite(value) and value >= 0.0) for value in parts.values()):
        raise ProblemError(f"parts is {dict(parts)!r}; allowed: at least one name with a cost that is not negative")
    axes = shown_axes(6.4, 0.9 + 0.6 * len(parts)) if ax is None else ax
    names, values = list(parts), list(parts.values())
    total = sum(values)
    colours = [PART_COLOURS[index % len(PART_COLOURS)] for index in range(len(names))]
    bars = axes.barh(names, values, color=colours, height=0.62)
    words = [f"{value:,.0f}" + (f"  ({value / total:.0%})" if total else "") for value in values]
    axes.bar_label(bars, words, padding=4, fontsize=9, color=INK)
    axes.invert_yaxis()
    axes.set_xlim(0.0, 1.25 * max(*values, 1.0))
    axes.set_xlabel(f"{unit} of one run, {total:,.0f} in total", color=INK)
    furnish(axes, legend=False)
    axes.grid(visible=False, axis="y")
    axes.set_axisbelow(True)
    return axes


def plot_error_against_queries(points: Sequence[QueryPoint], ax: Axes | None = None) -> Axes:
    """Draw the state error against uses of the encoding, degree / sqrt(p): executed points filled, emulated ones open.

    Args:
        points: of one system, at several accuracies.
        ax: axes to draw on; new ones when None.

    Returns:
        The axes.

    Raises:
        ProblemError: no points.
    """
    if not points:
        raise ProblemError("points is empty; allowed: at least one QueryPoint")
    axes = shown_axes(6.4, 5.0) if ax is None else ax
    axes.set_xscale("log")
    axes.set_yscale("log")
    for executed, fill, words in ((True, QUANTUM, "circuit, executed"), (False, "none", "polynomial, emulated")):
        chosen = sorted((point for point in points if point.executed == executed), key=lambda point: point.queries)
        if chosen:
            axes.plot(
                [point.queries for point in chosen],
                [max(point.error, 1e-16) for point in chosen],
                linestyle="none" if executed else "-",
                linewidth=1.0,
                marker="o",
                markersize=9 if executed else 6,
                color=QUANTUM,
                markerfacecolor=fill,
                label=words,
                zorder=4 if executed else 3,
            )
    axes.set_xlabel(r"uses of the encoding, degree $/\sqrt{p}$", color=INK)
    axes.set_ylabel("state error", color=INK)
    furnish(axes, legend=True)
    return axes
