"""The picture of a break-even verdict: run time against problem size on log axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qalgo.figures import INK, SIZE, furnish, shown_axes, styles

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from qalgo.break_even_verdict import BreakEvenVerdict, MethodLine
    from qalgo.crossings import BreakEven
    from qalgo.fitting import PowerLaw

__all__ = ["draw_time_against_size"]


def draw_time_against_size(
    verdict: BreakEvenVerdict, ax: Axes | None = None, *, quantum: str | None = None, legend: bool = True
) -> Axes:
    """Draw run time against 1/error: classical lines, the quantum band over the machines, crossings where they exist.

    Solid where measured, dashed where the fits are extrapolated. Lines are those of the first machine; bands span the
    machine models, for the quantum method and, pale, for the baselines that it overtakes on one of them.

    Args:
        verdict: what was found.
        ax: axes to draw on; new ones when None.
        quantum: name of the quantum method; the default one when None.
        legend: put a legend below the picture.

    Returns:
        The axes.

    Raises:
        ProblemError: ``quantum`` is no quantum method of the verdict.
    """
    name = verdict.default.name if quantum is None else quantum
    baselines = [line for line in verdict.methods if line.kind == "classical"]
    crossings = [item for line in baselines for item in verdict.against(line.name, name)]
    axes = shown_axes(*SIZE) if ax is None else ax
    axes.set_xscale("log")
    axes.set_yscale("log")
    sizes = _sizes(verdict, [item.error_low for item in crossings if item.error_low is not None])
    looks = styles(verdict)
    for line in (verdict.method(name), *baselines):
        _draw_times(axes, verdict, line, looks[line.name].colour, sizes)
        if line.kind == "quantum" or any(item.exists for item in verdict.against(line.name, name)):
            _draw_band(axes, verdict, line, looks[line.name].colour, sizes)
    _draw_crossings(axes, verdict, crossings)
    axes.axhline(verdict.seconds, color=INK, linewidth=0.9, linestyle=(0, (1, 1.5)), zorder=1)
    axes.annotate(
        f"{verdict.seconds:.3g} s",
        (0.995, verdict.seconds),
        xycoords=("axes fraction", "data"),
        ha="right",
        va="bottom",
        color=INK,
        fontsize=8,
    )
    axes.set_xlabel(f"problem size: 1 / (95th percentile of |error| in {verdict.unit})", color=INK)
    axes.set_ylabel(f"run time on {verdict.machines[0].name}, seconds", color=INK)
    furnish(axes, legend)
    return axes


def _sizes(verdict: BreakEvenVerdict, crossing_errors: Sequence[float]) -> tuple[float, float]:
    """Range of 1/error: from the coarsest measured to beyond the last crossing, or the finest measured."""
    laws = [line.law for line in verdict.methods if line.law is not None and line.law.source != "constant cost"]
    coarsest = max((law.error_max for law in laws), default=1.0)
    finest = min((law.error_min for law in laws if law.error_min > 1e-12 * coarsest), default=1e-3 * coarsest)
    return 1.0 / coarsest, 10.0 / min([*crossing_errors, 0.1 * finest])


def _draw_times(
    axes: Axes, verdict: BreakEvenVerdict, line: MethodLine, colour: str, sizes: tuple[float, float]
) -> None:
    if line.law is None or line.work is None:
        return

    def seconds(size: float) -> float:
        return line.seconds(first, 1.0 / size) or 0.0

    quantum = line.kind == "quantum"
    emphasis = 2.4 if quantum else 1.4
    first = verdict.machines[0]
    label = f"{line.name}, {line.work:,.4g} {'T per query' if quantum else 'operations per unit'}"
    for index, (start, end, measured) in enumerate(_pieces(line.law, sizes)):
        axes.plot(
            [start, end],
            [seconds(start), seconds(end)],
            color=colour,
            linewidth=emphasis,
            linestyle="-" if measured else (0, (3, 2)),
            label=label if index == 0 else None,
            zorder=3 if quantum else 2,
        )


def _draw_band(
    axes: Axes, verdict: BreakEvenVerdict, line: MethodLine, colour: str, sizes: tuple[float, float]
) -> None:
    """What the machine models span; nothing with one model, or where they do not differ."""
    times = [[line.seconds(machine, 1.0 / size) for machine in verdict.machines] for size in sizes]
    known = [[time for time in row if time is not None] for row in times]
    if not known[0]:
        return
    lows, highs = [min(row) for row in known], [max(row) for row in known]
    if highs[0] > lows[0]:
        quantum = line.kind == "quantum"
        models = f"the same on {len(verdict.machines)} machine models" if quantum else None
        axes.fill_between(sizes, lows, highs, color=colour, alpha=0.18 if quantum else 0.08, label=models, zorder=1)


def _pieces(law: PowerLaw, sizes: tuple[float, float]) -> list[tuple[float, float, bool]]:
    """The range cut where the measurements begin and end: start, end, whether measured."""
    low, high = sizes
    begin = low if law.source == "constant cost" else 1.0 / law.error_max
    end = high if law.error_min <= 1.0 / high else 1.0 / law.error_min
    begin, end = min(max(low, begin), high), min(max(low, end), high)
    cuts = ((low, begin, False), (begin, end, True), (end, high, False))
    # The measured piece first: it carries the label.
    return sorted((cut for cut in cuts if cut[0] < cut[1]), key=lambda cut: not cut[2])


def _draw_crossings(axes: Axes, verdict: BreakEvenVerdict, crossings: Sequence[BreakEven]) -> None:
    looks, label = styles(verdict), "break-even, 99% interval"
    for item in crossings:
        ends = (item.error_low, item.error_high, item.seconds_low, item.seconds_high)
        fine, coarse, quick, slow = (0.0 if end is None else end for end in ends)
        if not item.exists:
            continue
        colour = looks[item.classical].colour
        axes.plot([1.0 / coarse, 1.0 / fine], [quick, slow], color=INK, linewidth=4.0, alpha=0.6, zorder=4)
        axes.plot(
            [(fine * coarse) ** -0.5],
            [(quick * slow) ** 0.5],
            linestyle="none",
            marker="o",
            markersize=8,
            markerfacecolor="none",
            markeredgecolor=colour,
            markeredgewidth=2,
            label=label,
            zorder=5,
        )
        label = "_break-even"
