"""Comparison -> text, Markdown, HTML, JSON: the same facts in each, measured and theoretical kept apart."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import tempfile
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from qalgo.errors import ExecutionError, ProblemError
from qalgo.fitting import LEVEL

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from qalgo.break_even_verdict import BreakEvenVerdict
    from qalgo.comparison import Comparison
    from qalgo.fitting import PowerLaw
    from qalgo.verdict import MethodRow

__all__ = [
    "COLUMNS",
    "cells_of",
    "save_break_even",
    "to_html",
    "to_html_fragment",
    "to_json",
    "to_markdown",
    "to_text",
    "write_files",
]

COLUMNS = (
    "method",
    "run",
    "cost at finest accuracy",
    "95th percentile of |error|",
    "RMSE",
    f"measured exponent [{LEVEL:.0%}]",
    "theorem's exponent",
    "exponent used",
    "classical preprocessing",
    "success",
    "work per unit",
)
"""Heads of the table of methods; "measured" and "theorem's" are never mixed in one column."""


def cells_of(row: MethodRow) -> tuple[str, ...]:
    """Return the table row of a method, one text per entry of ``COLUMNS``."""
    last, fit, hidden = row.finest, row.fit, row.preprocessing
    cost = "-" if last.cost is None else f"{_number(last.cost)} {row.unit if last.cost != 1 else row.unit.rstrip('s')}"
    measured = last.statistics
    return (
        row.name,
        "emulated" if row.execution == "emulated" else "executed",
        cost + (", extrapolated" if last.extrapolated and last.cost is not None else ""),
        "not run" if measured is None else _error(measured.percentile_95, last.accuracy),
        "not run" if measured is None else _error(measured.rmse, last.accuracy),
        _exponent(fit),
        "-" if row.theorem is None else f"{row.theorem.exponent:.3g}",
        "-" if fit is None else f"{fit.exponent:.2f} ({fit.source})",
        f"{hidden.evaluations:,}" + (" evaluations, give the answer" if hidden.contains_answer else ""),
        f"{row.success_probability:.3g}",
        _work(row),
    )


def _exponent(fit: PowerLaw | None) -> str:
    if fit is None:
        return "not fitted"
    if fit.source == "constant cost":
        return "0 (same cost at every accuracy)"
    # Adding zero turns -0.0 into 0.0.
    value, low, high = (round(number, 2) + 0.0 for number in (fit.fitted_exponent, fit.exponent_low, fit.exponent_high))
    return f"{value:.2f} [{low:.2f}, {high:.2f}]"


def _error(value: float, accuracy: float) -> str:
    return "rounding only" if value < 1e-9 * accuracy else f"{value:.2g}"


def _work(row: MethodRow) -> str:
    if row.gates is not None:
        t_count = "" if row.gates.t_per_query is None else f", {_number(row.gates.t_per_query)} T"
        return f"{_number(row.gates.cx_per_query)} CX{t_count}, {row.gates.num_qubits} qubits"
    return "-" if row.operations_per_unit is None else f"~{_number(row.operations_per_unit)} operations"


def _number(value: float) -> str:
    return f"{value:,.0f}" if 10 <= value < 1e6 else f"{value:.3g}"


def to_text(comparison: Comparison) -> str:
    """Return a compact table with the verdict, at most about 120 columns wide."""
    ladder = comparison.accuracies
    heads = ("method", "run", "cost", "p95 error", "measured exponent", "theory", "classical preprocessing")
    chosen = [(row[0], row[1], row[2], row[3], row[5], row[6], row[8]) for row in map(cells_of, comparison.methods)]
    short = [(*row[:6], row[6].replace(" evaluations, give the answer", " = the answer")) for row in chosen]
    widths = [max(len(heads[i]), *(len(row[i]) for row in short)) for i in range(len(heads))]
    lines = [
        f"comparison: {comparison.title}",
        f"  reference {comparison.reference.value:.8g} {comparison.unit} ({comparison.reference.source})",
        f"  {len(ladder)} accuracies {ladder[0]:.2g} to {ladder[-1]:.2g}, {comparison.repetitions} runs each, "
        f"seed {comparison.seed}; cost and 95th percentile (p95) of |error| at the finest",
        "",
    ]
    lines += ["  " + "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
              for row in (heads, *short)]  # fmt: skip
    lines += ["", f"  verdict: {comparison.verdict.headline}"]
    notes = [f"- {sentence}" for sentence in comparison.verdict.sentences]
    notes += [f"- break-even on {comparison.machine.name}: {text}" for text in break_even_lines(comparison)]
    notes += [f"- caveat: {caveat}" for caveat in comparison.caveats]
    lines += [
        line for note in notes for line in textwrap.wrap(note, 116, initial_indent="  ", subsequent_indent="    ")
    ]
    return "\n".join(lines)


def break_even_lines(comparison: Comparison) -> list[str]:
    """Return the break-even points, then those that do not exist, together where the reason is the same."""
    lines = [str(item) for item in comparison.break_evens if item.exists]
    names: dict[tuple[str, str], list[str]] = {}
    for item in comparison.break_evens:
        if not item.exists:
            names.setdefault((item.status, item.reason), []).append(item.classical)
    return [*lines, *(f"{status} against {', '.join(found)}: {reason}" for (status, reason), found in names.items())]


def to_markdown(comparison: Comparison) -> str:
    """Return the comparison as Markdown."""
    ladder = comparison.accuracies
    lines = [
        f"# {_escape(comparison.title)}",
        "",
        f"**{comparison.verdict.headline}**",
        "",
        *(f"- {_escape(sentence)}" for sentence in comparison.verdict.sentences),
        "",
        f"Reference: {comparison.reference.value:.10g} {comparison.unit} ({comparison.reference.source}). "
        f"{len(ladder)} accuracies from {ladder[0]:.3g} to {ladder[-1]:.3g}, {comparison.repetitions} runs each, "
        f"seed {comparison.seed}.",
        "",
        "| " + " | ".join(_escape(column) for column in COLUMNS) + " |",
        "|" + "---|" * len(COLUMNS),
        *("| " + " | ".join(_escape(cell) for cell in cells_of(row)) + " |" for row in comparison.methods),
        "",
        f"Break-even on {comparison.machine.name} ({_escape(comparison.machine.source)}):",
        "",
        *(f"- {_escape(text)}" for text in break_even_lines(comparison)),
        "",
        "Theory, slopes without constants:",
        "",
        *(f"- {_escape(text)}" for text in theory_of(comparison)),
        "",
        "Caveats:",
        "",
        *(f"- {_escape(caveat)}" for caveat in comparison.caveats),
        "",
        "Versions: " + ", ".join(f"{name} {version}" for name, version in comparison.versions) + ".",
        "",
    ]
    return "\n".join(lines)


def _escape(text: str) -> str:
    return text.replace("|", "\\|")


def theory_of(comparison: Comparison) -> list[str]:
    """Return the theorems behind bound and methods, each with its source, without repetitions."""
    bound = comparison.bound
    found = [f"{bound.statement[0].upper()}{bound.statement[1:]}."]
    found += [f"{item.statement} ({item.source})" for item in (bound.quantum, bound.classical)]
    found += [
        f"{row.name}: {row.theorem.statement} ({row.theorem.source})"
        for row in comparison.methods
        if row.theorem is not None and row.theorem not in (bound.quantum, bound.classical)
    ]
    return list(dict.fromkeys(found))


def to_json(comparison: Comparison) -> str:
    """Return the comparison as JSON text; ``Comparison.from_dict(json.loads(text))`` rebuilds it."""
    return json.dumps(comparison.to_dict(), indent=1, allow_nan=False)


def to_html(comparison: Comparison) -> str:
    """Return a self-contained page: style and figures inside, no reference to the network."""
    from qalgo.page import render_page

    return render_page(comparison, figures_of(comparison))


def to_html_fragment(comparison: Comparison) -> str:
    """Return a table with the verdict for a notebook."""
    from qalgo.page import render_fragment

    return render_fragment(comparison)


def figures_of(comparison: Comparison) -> dict[str, Callable[[Axes | None], Axes]]:
    """Return every picture: name -> function that draws it."""
    from qalgo.break_even_verdict import break_even
    from qalgo.figures import draw_error_against_cost

    def draw(ax: Axes | None = None) -> Axes:
        return draw_error_against_cost(comparison, ax)

    return {
        "error_against_cost": draw,
        "time_against_size": break_even(comparison, comparison.machine).plot,
        **comparison.problem_figures,
    }


def save(comparison: Comparison, folder: str | os.PathLike[str]) -> Path:
    """Write report.html, report.json, report.md and every figure as PNG and SVG; see ``Comparison.save``."""
    return write_files(folder, lambda: _render(comparison)) / "report.html"


def save_break_even(verdict: BreakEvenVerdict, folder: str | os.PathLike[str]) -> Path:
    """Write break_even.json, break_even.txt and the figure as PNG and SVG; see ``BreakEvenVerdict.save``."""
    from qalgo.figures import SIZE, image

    def render() -> Mapping[str, bytes]:
        data = json.dumps(verdict.to_dict(), indent=1, allow_nan=False)
        pictures = {f"break_even.{kind}": image(verdict.plot, kind, size=SIZE) for kind in ("png", "svg")}
        return {"break_even.json": data.encode("utf-8"), "break_even.txt": f"{verdict}\n".encode(), **pictures}

    return write_files(folder, render) / "break_even.json"


def write_files(folder: str | os.PathLike[str], render: Callable[[], Mapping[str, bytes]]) -> Path:
    """Write all files or none into the folder, which is made, and return it.

    Args:
        folder: made if it does not exist.
        render: returns name -> content; called once the folder is there.

    Raises:
        ProblemError: the folder is a file or may not be written to.
        ExecutionError: the disk is full.
    """
    target = Path(folder)
    staging: Path | None = None
    try:
        # A folder that cannot be made is refused before any picture is drawn.
        target.mkdir(parents=True, exist_ok=True)
        files = render()
        staging = Path(tempfile.mkdtemp(prefix=".partial-", dir=target))
        for name, data in files.items():
            (staging / name).write_bytes(data)
        for name in files:
            (staging / name).replace(target / name)
    except OSError as error:
        raise _refusal(target, error) from error
    finally:
        if staging is not None:
            with contextlib.suppress(OSError):
                shutil.rmtree(staging)
    return target


def _render(comparison: Comparison) -> Mapping[str, bytes]:
    """All files in memory, so that nothing is written when one cannot be made."""
    from qalgo.figures import PROBLEM_SIZE, SIZE, image

    files = {
        "report.html": to_html(comparison).encode("utf-8"),
        "report.json": to_json(comparison).encode("utf-8"),
        "report.md": to_markdown(comparison).encode("utf-8"),
    }
    for name, draw in figures_of(comparison).items():
        for kind in ("png", "svg"):
            size = SIZE if name in ("error_against_cost", "time_against_size") else PROBLEM_SIZE
            files[f"{name.replace(' ', '_')}.{kind}"] = image(draw, kind, size=size)
    return files


def _refusal(target: Path, error: OSError) -> ProblemError | ExecutionError:
    reason = error.strerror or str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
        return ExecutionError(
            f"cannot write the report into {str(target)!r}: {reason}; free some space or choose another folder "
            "(nothing half written is left, and the result is still in memory)"
        )
    return ProblemError(f"cannot write the report into {str(target)!r}: {reason}; allowed: a folder you may write to")
