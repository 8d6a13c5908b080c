"""A break-even verdict as text and as a table for notebooks: the same cells in both."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from qalgo.crossings import BreakEven, time_span
from qalgo.fitting import LEVEL

if TYPE_CHECKING:
    from qalgo.break_even_verdict import BreakEvenVerdict

__all__ = ["cells_of_crossings", "obstacles", "to_html_fragment", "to_text"]

WIDTH = 118
STATISTIC = f"{LEVEL:.0%} intervals at equal p95 of |error|"
"""The one statistic of both sides, p95 being the 95th percentile."""


def heads_of(verdict: BreakEvenVerdict) -> tuple[str, ...]:
    """Return the heads of the table of crossings."""
    return (
        "against",
        "run time",
        "at error",
        "quantum queries",
        f"T per query allowed in {time_span(verdict.seconds)}",
    )


def cells_of_crossings(verdict: BreakEvenVerdict, quantum: str | None = None) -> list[tuple[str, ...]]:
    """Return one row per baseline with a crossover on a machine at least; intervals span the machines that have one."""
    rows: list[tuple[str, ...]] = []
    for name, items in _by_baseline(verdict, quantum).items():
        found = [item for item in items if item.exists]
        if not found:
            continue
        few = "" if len(found) == len(items) else f" ({len(found)} of {len(items)} machines)"
        rows.append(
            (
                name + few,
                _joined([time_span(_least(found, "seconds")), time_span(_most(found, "seconds"))]),
                _joined([f"{_least(found, 'error'):.1e}", f"{_most(found, 'error'):.1e}"]),
                _joined([f"{_least(found, 'queries'):.1e}", f"{_most(found, 'queries'):.1e}"]),
                _joined([f"{_least(found, 'budget'):.2g}", f"{_most(found, 'budget'):.2g}"]),
            )
        )
    return rows


def obstacles(verdict: BreakEvenVerdict, quantum: str | None = None) -> list[str]:
    """Return why there is no crossover, baselines with the same reason in one sentence."""
    names: dict[tuple[str, str], list[str]] = {}
    for name, items in _by_baseline(verdict, quantum).items():
        for item in items:
            if not item.exists:
                listed = names.setdefault((item.status, item.reason), [])
                if name not in listed:
                    listed.append(name)
    return [f"{status} against {', '.join(found)}: {reason}" for (status, reason), found in names.items()]


def to_text(verdict: BreakEvenVerdict) -> str:
    """Return a compact table for the default quantum method."""
    default = verdict.default
    work = "an unknown number of T gates" if default.work is None else f"{default.work:,.4g} T"
    models = ", ".join(model.name for model in verdict.machines)
    lines = [f"break-even: {verdict.title}"]
    lines += _wrapped([f"{default.name}, {work} per query, on {models} ({STATISTIC})"], "  ")
    rows = cells_of_crossings(verdict)
    if rows:
        table = [heads_of(verdict), *rows]
        widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
        lines += [
            "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in table
        ]
    lines += _wrapped(obstacles(verdict), "  ")
    lines += _wrapped([f"verdict: {verdict.headline}"], "  ")
    lines += _wrapped(verdict.notes, "  ")
    return "\n".join(lines)


def to_html_fragment(verdict: BreakEvenVerdict) -> str:
    """Return the same as a table with inline style only."""
    rows = cells_of_crossings(verdict)
    left = 'style="text-align:left"'
    heads = "".join(f"<th {left}>{html.escape(head)}</th>" for head in heads_of(verdict))
    body = "".join("<tr>" + "".join(f"<td {left}>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>" if rows else ""
    models = ", ".join(model.name for model in verdict.machines)
    sentences = "".join(f"<li>{html.escape(text)}</li>" for text in (*obstacles(verdict), *verdict.notes))
    return (
        f"<div><p>{html.escape(verdict.title)}<br>{html.escape(verdict.default.name)} on {html.escape(models)} "
        f"({STATISTIC})<br>"
        f"<b>{html.escape(verdict.headline)}</b></p>{table}<ul>{sentences}</ul></div>"
    )


def _by_baseline(verdict: BreakEvenVerdict, quantum: str | None) -> dict[str, tuple[BreakEven, ...]]:
    names = [line.name for line in verdict.methods if line.kind == "classical"]
    return {name: verdict.against(name, quantum) for name in names}


def _least(items: Iterable[BreakEven], quantity: str) -> float:
    return min(float(getattr(item, f"{quantity}_low")) for item in items)


def _most(items: Iterable[BreakEven], quantity: str) -> float:
    return max(float(getattr(item, f"{quantity}_high")) for item in items)


def _joined(ends: Sequence[str]) -> str:
    """Join the two ends of an interval; one of them alone when both read the same, a common unit once."""
    first, last = ends
    if first == last:
        return first
    amount, _, unit = first.partition(" ")
    return f"{amount} to {last}" if unit and last.endswith(f" {unit}") else f"{first} to {last}"


def _wrapped(texts: Iterable[str], indent: str) -> list[str]:
    return [
        line
        for text in texts
        for line in textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ")
    ]
