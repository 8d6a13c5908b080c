"""LinearSystemComparison -> text, Markdown, HTML, JSON and figures: the same facts in each."""

from __future__ import annotations

import html
import json
import os
import textwrap
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from qalgo.figures import image
from qalgo.page import document
from qalgo.qsvt.bounds import COMPLEMENT_ACCESS
from qalgo.report import write_files

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from qalgo.qsvt.linear_comparison import LinearSystemComparison
    from qalgo.qsvt.linear_costs import QuantumCost

__all__ = ["save", "to_html", "to_html_fragment", "to_markdown", "to_text"]

Table = tuple[Sequence[str], list[Sequence[str]]]
_SIZES = {"queries_against_kappa": (6.4, 5.6), "error_against_queries": (6.4, 4.8), "cost_by_part": (6.4, 3.2)}
_CAPTIONS = {
    "queries_against_kappa": "Marks: degree / sqrt(p), filled where a circuit was executed. Curves: upper bounds with "
    "their constants. The dotted lower bound is a slope; its place means nothing.",
    "error_against_queries": "Open marks: the polynomial on the exact spectrum, emulated. Filled: the circuit.",
    "cost_by_part": "CX of one run after transpiling to cx, rz, sx, x; parts are transpiled alone and need not add up "
    "exactly. A run succeeds with probability p.",
}


def quantum_rows(comparison: LinearSystemComparison) -> list[tuple[str, str]]:
    """Return what is said about the quantum side, as name and value."""
    cost = comparison.quantum
    return [
        ("route", f"{cost.route} ({cost.execution})"),
        ("encoding", f"{cost.encoding}, alpha {cost.alpha:.4g}"),
        ("kappa", f"{cost.kappa:,.4g}, {_kappa_of(cost)}"),
        ("degree", f"{cost.degree:,} uses of the encoding in one run"),
        ("success probability", f"{cost.success_probability:.4g}"),
        ("degree / sqrt(p)", f"{cost.queries:,.0f} uses per copy with amplitude amplification (leading order)"),
        (
            "planned",
            f"{cost.planned_queries:,.0f} uses per copy with whole rounds of amplification, repetitions included",
        ),
        ("degree / p", f"{cost.repeated_queries:,.0f} uses per copy by repetition"),
        ("state error", f"{cost.error:.3g} (asked for: {comparison.epsilon:g})"),
        ("one run", f"{cost.cx:,} CX on {cost.qubits} qubits (optimisation level {cost.optimization_level})"),
        ("CX / p", f"{cost.repeated_cx:.3g}; with amplification CX / sqrt(p) = {cost.amplified_cx:.3g}"),
        ("T gates", f"{cost.t:,.0f} per run (model; {cost.rotations:,} rotations, budget {cost.synthesis_error:.1g})"),
        ("by part", ", ".join(f"{part.name} {part.cx:,.0f} CX" for part in cost.parts)),
        ("classical work hidden", _hidden(comparison)),
        (
            "read-out of all x",
            f"~{comparison.read_out.copies:.2g} copies, or ~{comparison.read_out.uses:.2g} uses of the preparation "
            "unitary (no constants)",
        ),
    ]


def _kappa_of(cost: QuantumCost) -> str:
    if cost.access == COMPLEMENT_ACCESS:
        return "2 scale / smallest eigenvalue of A: I - A / scale is encoded"
    return "alpha / smallest singular value of A"


def _hidden(comparison: LinearSystemComparison) -> str:
    cost = comparison.quantum
    answer = ", gives the answer" if cost.solves_problem else ""
    return f"{cost.preparation_operations:,.3g} operations: {cost.preparation}{answer}"


def classical_table(comparison: LinearSystemComparison) -> Table:
    """Return the table of classical methods."""
    heads = ("classical method", "uses of A", "operations", "state error", "seconds here", "uses the structure")
    rows: list[Sequence[str]] = [
        (
            item.name,
            f"{item.matrix_vector_products:,} products" if item.matrix_vector_products else "direct",
            f"{item.operations:,.0f}",
            f"{item.error:.2g}{'' if item.reached else ' (not reached)'}",
            f"{item.seconds:.2g}",
            item.structure,
        )
        for item in comparison.baselines
    ]
    return heads, rows


def ladder_table(comparison: LinearSystemComparison) -> Table:
    """Return the table of accuracies."""
    heads = ("state error", "degree", "p", "degree / sqrt(p), emulated", "products", "fewest operations")
    rows: list[Sequence[str]] = [
        (
            f"{row.epsilon:.0e}",
            f"{row.quantum.degree:,}",
            f"{row.quantum.success_probability:.2g}",
            f"{row.quantum.queries:,.0f}",
            "-" if row.products is None else f"{row.products:,}",
            "-" if row.operations is None else f"{row.operations:,.0f} ({row.cheapest})",
        )
        for row in comparison.ladder
    ]
    return heads, rows


def bound_lines(comparison: LinearSystemComparison) -> list[str]:
    """Return one sentence per theorem, with its source."""
    return [str(bound) for bound in comparison.bounds]


def to_text(comparison: LinearSystemComparison) -> str:
    """Return the comparison as text, at most about 120 columns wide."""
    lines = [f"comparison: {comparison.title}", f"  matrix: {comparison.structure}", ""]
    lines += [f"  {name:<22} {value}" for name, value in quantum_rows(comparison)]
    lines += ["", *_columns(classical_table(comparison))]
    if comparison.ladder:
        lines += ["", *_columns(ladder_table(comparison))]
    headline = f"verdict: {comparison.verdict.headline}"
    lines += ["", *textwrap.wrap(headline, 116, initial_indent="  ", subsequent_indent="    ")]
    notes = [*comparison.verdict.sentences, *(f"theory: {line}" for line in bound_lines(comparison))]
    notes += [f"caveat: {item}" for item in comparison.caveats]
    for note in notes:
        lines += textwrap.wrap(f"- {note}", 116, initial_indent="  ", subsequent_indent="    ")
    return "\n".join(lines)


def _columns(table: Table) -> list[str]:
    heads, rows = table
    widths = [max(len(row[index]) for row in (heads, *rows)) for index in range(len(heads))]
    return [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (heads, *rows)
    ]


def to_markdown(comparison: LinearSystemComparison) -> str:
    """Return the comparison as Markdown."""
    lines = [f"# {comparison.title}", "", f"**{comparison.verdict.headline}**", ""]
    lines += [f"- {sentence}" for sentence in comparison.verdict.sentences]
    lines += ["", f"Matrix: {comparison.structure}.", "", *_grid((("quantum", ""), list(quantum_rows(comparison))))]
    lines += ["", *_grid(classical_table(comparison))]
    if comparison.ladder:
        lines += ["", *_grid(ladder_table(comparison))]
    lines += ["", "Theory:", "", *(f"- {line}" for line in bound_lines(comparison))]
    lines += ["", "Caveats:", "", *(f"- {item}" for item in comparison.caveats)]
    versions = ", ".join(f"{name} {version}" for name, version in comparison.versions)
    return "\n".join([*lines, "", f"Versions: {versions}.", ""])


def _grid(table: Table) -> list[str]:
    heads, rows = table
    return [
        "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" if row else "|" + "---|" * len(heads)
        for row in (heads, (), *rows)
    ]


def figures_of(comparison: LinearSystemComparison) -> dict[str, Callable[[Axes | None], Axes]]:
    """Return every picture: name -> function that draws it."""
    return {
        "queries_against_kappa": comparison.plot,
        "error_against_queries": comparison.plot_ladder,
        "cost_by_part": comparison.plot_parts,
    }


def to_html(comparison: LinearSystemComparison) -> str:
    """Return a self-contained page: style and figures inside, nothing fetched."""
    headline = comparison.verdict.headline
    parts = [
        f"<h1>{_text(comparison.title)}</h1>",
        f'<div class="verdict"><strong>{_text(headline[0].upper() + headline[1:])}</strong>'
        + "".join(f"<p>{_text(sentence)}</p>" for sentence in comparison.verdict.sentences)
        + "</div>",
        _cards(comparison),
        "<h2>The quantum solver</h2>",
        _html_table((("", ""), list(quantum_rows(comparison)))),
        "<h2>Classical methods at the same state error</h2>",
        f'<p class="soft">{_text(comparison.structure)}. Seconds are of this machine and enter no verdict.</p>',
        _html_table(classical_table(comparison)),
        *(("<h2>Accuracies</h2>", _html_table(ladder_table(comparison))) if comparison.ladder else ()),
        *(_figure(name, draw) for name, draw in figures_of(comparison).items()),
        "<h2>Theory</h2>",
        _list(bound_lines(comparison)),
        "<h2>What to keep in mind</h2>",
        _list(comparison.caveats),
        '<p class="soft">Versions: '
        + _text(", ".join(f"{name} {version}" for name, version in comparison.versions))
        + f". Machine: {_text(comparison.machine)}.</p>",
    ]
    return document(comparison.title, parts)


def to_html_fragment(comparison: LinearSystemComparison) -> str:
    """Return verdict and tables for a notebook."""
    return (
        f"<div><p>{_text(comparison.title)}<br><b>{_text(comparison.verdict.headline)}</b></p>"
        f"{_list(comparison.verdict.sentences)}{_html_table((('', ''), list(quantum_rows(comparison))))}"
        f"{_html_table(classical_table(comparison))}</div>"
    )


def _cards(comparison: LinearSystemComparison) -> str:
    cost = comparison.quantum
    cards = [(f"{cost.queries:,.0f}", f"uses of the encoding per copy of |x>, degree {cost.degree:,} / sqrt(p)")]
    cards += [
        (f"{item.matrix_vector_products:,}", f"products with A by {item.name}, for all of x")
        for item in comparison.baselines[:1]
        if item.matrix_vector_products
    ]
    cards.append((f"{cost.repeated_cx:.2g}", f"CX per usable copy by repetition, p = {cost.success_probability:.2g}"))
    body = "".join(f'<div class="card"><b>{_text(big)}</b><span>{_text(words)}</span></div>' for big, words in cards)
    return f'<div class="cards">{body}</div>'


def _figure(name: str, draw: Callable[[Axes | None], Axes]) -> str:
    svg = image(draw, "svg", size=_SIZES[name], page=True, salt=name.replace("_", "-")).decode("utf-8")
    title = name.replace("_", " ").capitalize()
    return f'<h2>{title}</h2><figure class="chart">{svg}<figcaption>{_text(_CAPTIONS[name])}</figcaption></figure>'


def _html_table(table: Table) -> str:
    heads, rows = table
    head = "".join(f"<th>{_text(cell)}</th>" for cell in heads)
    body = "".join("<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    shown = f"<thead><tr>{head}</tr></thead>" if any(heads) else ""
    return f'<div class="scroll"><table>{shown}<tbody>{body}</tbody></table></div>'


def _list(entries: Sequence[str]) -> str:
    return "<ul>" + "".join(f"<li>{_text(item)}</li>" for item in entries) + "</ul>" if entries else ""


def _text(value: object) -> str:
    return html.escape(str(value))


def save(comparison: LinearSystemComparison, folder: str | os.PathLike[str]) -> Path:
    """Write the report and every figure as PNG and SVG; see ``LinearSystemComparison.save``."""

    def render() -> Mapping[str, bytes]:
        data = json.dumps(comparison.to_dict(), indent=1, allow_nan=False)
        files = {
            "report.html": to_html(comparison).encode("utf-8"),
            "report.json": data.encode("utf-8"),
            "report.md": to_markdown(comparison).encode("utf-8"),
        }
        for name, draw in figures_of(comparison).items():
            for kind in ("png", "svg"):
                files[f"{name}.{kind}"] = image(draw, kind, size=_SIZES[name])
        return files

    return write_files(folder, render) / "report.html"
