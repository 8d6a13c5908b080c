"""The picture of a comparison: error against cost on log axes, with the bounds drawn as slopes."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from qalgo.break_even_verdict import BreakEvenVerdict, MethodLine
    from qalgo.comparison import Comparison
    from qalgo.verdict import MethodRow

__all__ = [
    "INK",
    "MethodStyle",
    "draw_error_against_cost",
    "furnish",
    "image",
    "new_axes",
    "shown_axes",
    "styles",
]

# Middle tones, readable on white and on near-black; warm for quantum, cool for classical.
_QUANTUM_COLOURS = ("#d6336c", "#f08c00", "#9c36b5", "#e8590c")
_CLASSICAL_COLOURS = ("#1c7ed6", "#0ca678", "#15aabf", "#74b816", "#4c6ef5", "#868e96", "#2f9e44")
_MARKERS = "oDsv^P*Xh<>"
SIZE = (6.4, 6.4)
"""Inches of the figure with its legend."""
PROBLEM_SIZE = (8.0, 4.5)
"""Inches of a picture of the problem."""
INK = "#7b7f8a"
"""Axes, ticks and guides; replaced by the page's own text colour where a figure is put into HTML."""


@dataclass(frozen=True, slots=True)
class MethodStyle:
    """How a method is drawn, the same in figure and legend."""

    colour: str
    marker: str


def styles(comparison: Comparison | BreakEvenVerdict) -> dict[str, MethodStyle]:
    """Return the style of each method by name."""
    found: dict[str, MethodStyle] = {}
    used = {"quantum": 0, "classical": 0}
    rows: Sequence[MethodRow | MethodLine] = comparison.methods
    for index, row in enumerate(rows):
        palette = _QUANTUM_COLOURS if row.kind == "quantum" else _CLASSICAL_COLOURS
        found[row.name] = MethodStyle(palette[used[row.kind] % len(palette)], _MARKERS[index % len(_MARKERS)])
        used[row.kind] += 1
    return found


def new_axes(width: float = 6.4, height: float = 4.8) -> Axes:
    """Return the axes of a new figure that pyplot does not know: nothing is shown by a notebook, nothing leaks."""
    from matplotlib.figure import Figure as NewFigure

    return NewFigure(figsize=(width, height), layout="constrained").subplots()


def shown_axes(width: float, height: float) -> Axes:
    """Return the axes of a new pyplot figure, which a notebook shows by itself."""
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=(width, height), layout="constrained")[1]


def draw_error_against_cost(comparison: Comparison, ax: Axes | None = None, *, legend: bool = True) -> Axes:
    """Draw the measured 95th percentiles against mean cost, the fits, and the bounds as slopes without a constant.

    Filled marks are measured, the dashed part of a line is extrapolated by the fit.

    Args:
        comparison: what was measured.
        ax: axes to draw on; new ones when None.
        legend: put a legend below the picture.

    Returns:
        The axes.
    """
    axes = shown_axes(*SIZE) if ax is None else ax
    axes.set_xscale("log")
    axes.set_yscale("log")
    for row, style in zip(comparison.methods, styles(comparison).values(), strict=True):
        _draw_method(axes, row, style, comparison.accuracies)
    _draw_slopes(axes, comparison)
    axes.set_xlabel("cost of one run: queries, samples or evaluations", color=INK)
    axes.set_ylabel(f"95th percentile of |error|, {comparison.unit}", color=INK)
    furnish(axes, legend)
    return axes


def furnish(axes: Axes, legend: bool) -> None:
    """Grid, ticks, spines and legend, the same in all pictures."""
    axes.grid(visible=True, which="major", color=INK, alpha=0.18, linewidth=0.8)
    axes.tick_params(which="both", colors=INK)
    for side, spine in axes.spines.items():
        spine.set_color(INK)
        spine.set_visible(side in ("left", "bottom"))
    if legend:
        entries, labels = axes.get_legend_handles_labels()
        axes.figure.legend(entries, labels, loc="outside lower center", ncols=2, frameon=False, fontsize=9)


def _draw_method(axes: Axes, row: MethodRow, style: MethodStyle, ladder: Sequence[float]) -> None:
    measured = [item.statistics for item in row.accuracies if item.statistics is not None]
    quantum = row.kind == "quantum"
    label = f"{row.name} ({row.execution})" if quantum else row.name
    # Exact to the last bit is drawn at the bottom, where a log axis can still show it.
    floor = 0.2 * ladder[-1]
    axes.plot(
        [item.mean_cost for item in measured],
        [max(item.percentile_95, floor) for item in measured],
        linestyle="none",
        marker=style.marker,
        markersize=7 if quantum else 5.5,
        color=style.colour,
        label=label,
        zorder=4 if quantum else 3,
    )
    if row.fit is None or row.fit.source == "constant cost":
        return
    top, bottom = row.fit.error_max, max(row.fit.error_min, floor)
    if bottom < top:
        axes.plot(
            [row.fit.cost(top), row.fit.cost(bottom)],
            [top, bottom],
            color=style.colour,
            linewidth=2.4 if quantum else 1.4,
            zorder=2,
        )
    if ladder[-1] < bottom and any(item.extrapolated for item in row.accuracies):
        ends = [bottom, ladder[-1]]
        costs = [row.fit.cost(error) for error in ends]
        axes.plot(costs, ends, color=style.colour, linewidth=1.4, linestyle=(0, (3, 2)), zorder=2)


def _draw_slopes(axes: Axes, comparison: Comparison) -> None:
    """Two guides through a free spot at the lower left: their slope is the theorem's, their place means nothing."""
    low, high = axes.get_xlim()
    bottom, top = axes.get_ylim()
    start = low * (high / low) ** 0.06
    bound = comparison.bound
    for theorem, style in ((bound.quantum, (0, (1, 1.5))), (bound.classical, (0, (5, 1.5, 1, 1.5)))):
        costs = (start, high)
        errors = tuple(top * (cost / start) ** (-1.0 / theorem.exponent) for cost in costs)
        axes.plot(
            costs,
            errors,
            color=INK,
            linewidth=1.1,
            linestyle=style,
            zorder=1,
            label=f"cost ~ error^-{theorem.exponent:g}: slope only, no constant",
        )
    axes.set_xlim(low, high)
    axes.set_ylim(bottom, top)


def image(
    draw: Callable[[Axes | None], Axes],
    kind: str,
    *,
    size: tuple[float, float] = SIZE,
    page: bool = False,
    salt: str = "qalgo",
) -> bytes:
    """Return a figure as "png" or "svg" bytes.

    Args:
        draw: draws on the axes it is given.
        kind: "png" or "svg".
        size: width and height, inches.
        page: transparent and in the colour of the surrounding text, for SVG inside HTML.
        salt: makes the ids inside an SVG differ between figures of one page, and repeatable.
    """
    import matplotlib as mpl

    ink = ("text.color", "axes.labelcolor", "xtick.color", "ytick.color", "axes.edgecolor")
    settings: dict[Any, Any] = {"svg.hashsalt": salt, "svg.fonttype": "path"}
    if page:
        settings |= {"font.size": 11.5, **dict.fromkeys(ink, INK)}
    with mpl.rc_context(settings):
        buffer = io.BytesIO()
        figure = draw(new_axes(*size)).figure
        metadata = {"Date": None} if kind == "svg" else {"Software": None}
        figure.savefig(  # type: ignore[union-attr]  # these axes are on a figure, not a subfigure
            buffer, format=kind, dpi=160, metadata=metadata, transparent=page, bbox_inches="tight"
        )
    data = buffer.getvalue()
    return _for_page(data.decode("utf-8"), salt).encode("utf-8") if page and kind == "svg" else data


def _for_page(svg: str, salt: str) -> str:
    """Keep only the <svg> element, without names of name spaces (HTML knows them), with ids of its own, in page ink."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r'\sxmlns(:\w+)?="[^"]*"', "", body)
    body = re.sub(r'(<svg[^>]*?)\swidth="[^"]*"', r"\1", body, count=1)
    body = re.sub(r'(<svg[^>]*?)\sheight="[^"]*"', r"\1", body, count=1)
    body = body.replace("xlink:href", "href").replace(INK, "currentColor")
    # A page may hold several pictures: the same glyph or group must not have the same id in two of them.
    return re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{salt}-", body)
