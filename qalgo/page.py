"""The HTML of a comparison: one file, readable on a phone, light and dark, nothing fetched."""

from __future__ import annotations

import base64
import html
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from qalgo.break_even_picture import draw_time_against_size
from qalgo.break_even_verdict import break_even
from qalgo.figures import PROBLEM_SIZE, draw_error_against_cost, image, styles
from qalgo.report import COLUMNS, break_even_lines, cells_of, theory_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from qalgo.comparison import Comparison

__all__ = ["document", "render_fragment", "render_page"]

_CHARTS = ("error_against_cost", "time_against_size")
"""Pictures that have a place of their own on the page."""
_STYLE = """
:root { color-scheme: light dark; --ink: #1b1d22; --soft: #5d6370; --paper: #ffffff; --card: #f4f5f8; --line: #dfe2e8;
  --accent: #d6336c; }
@media (prefers-color-scheme: dark) { :root { --ink: #e9eaee; --soft: #a3a9b6; --paper: #14161a; --card: #1f2228;
  --line: #343944; --accent: #f783ac; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI",
  Roboto, sans-serif; }
main { max-width: 70rem; margin: 0 auto; padding: 1.25rem 1rem 4rem; }
h1 { font-size: 1.35rem; line-height: 1.3; margin: .5rem 0 1rem; font-weight: 650; }
h2 { font-size: 1.1rem; margin: 2.4rem 0 .7rem; }
p, ul { margin: .5rem 0; } ul { padding-left: 1.2rem; } li { margin: .35rem 0; }
.soft { color: var(--soft); font-size: .9rem; }
.verdict { border-left: 5px solid var(--accent); background: var(--card); border-radius: 0 10px 10px 0;
  padding: 1rem 1.2rem; }
.verdict strong { display: block; font-size: 1.2rem; line-height: 1.35; margin-bottom: .4rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); gap: .75rem; margin: 1rem 0; }
.card { background: var(--card); border-radius: 10px; padding: .8rem 1rem; }
.card b { display: block; font-size: 1.45rem; line-height: 1.25; font-variant-numeric: tabular-nums; }
.card span { color: var(--soft); font-size: .85rem; line-height: 1.35; display: block; }
figure { margin: 1rem 0; } figure svg, figure img { display: block; width: 100%; height: auto; margin: 0 auto; }
figure.chart svg { max-width: 46rem; } figure.wide { overflow-x: auto; }
figure.paper { background: #fff; border-radius: 10px; padding: .5rem; }
figcaption { color: var(--soft); font-size: .85rem; margin-top: .4rem; }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1rem; list-style: none; padding: 0; font-size: .9rem; }
.legend li { margin: 0; } .guide { width: 2.2em; height: .7em; margin-right: .4em; overflow: visible; }
.dot { display: inline-block; width: .75em; height: .75em; border-radius: 50%;
  margin-right: .4em; }
table { border-collapse: collapse; width: 100%; font-size: .85rem; line-height: 1.4; }
p, ul, .verdict { max-width: 62rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .45rem; border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--soft); font-size: .8rem; }
td { font-variant-numeric: tabular-nums; } .scroll { overflow-x: auto; }
.methods td:first-child { font-weight: 600; }
@media (max-width: 60rem) {
  .methods thead { display: none; }
  .methods tr { display: block; background: var(--card); border-radius: 10px; margin: .7rem 0; padding: .5rem .9rem; }
  .methods td { display: flex; justify-content: space-between; gap: 1rem; border: 0; padding: .2rem 0;
    text-align: right; }
  .methods td::before { content: attr(data-label); color: var(--soft); text-align: left; flex: 0 0 44%; }
  .methods td:first-child { font-size: 1.05rem; text-align: left; } .methods td:first-child::before { display: none; }
}
@media (max-width: 40rem) { figure.wide svg, figure.wide img { min-width: 34rem; } }
"""


def render_page(comparison: Comparison, drawings: Mapping[str, Callable[[Axes | None], Axes]]) -> str:
    """Return the whole page."""
    pictures = [_picture(name, draw) for name, draw in drawings.items() if name not in _CHARTS]
    parts = [
        f"<h1>{_text(comparison.title)}</h1>",
        _verdict(comparison),
        _cards(comparison),
        "<h2>Error against cost</h2>",
        _chart(comparison),
        "<h2>The methods, measured</h2>",
        _methods(comparison),
        "<h2>Speed-up at equal error</h2>",
        _speed_ups(comparison),
        f"<h2>Break-even on {_text(comparison.machine.name)}</h2>",
        f'<p class="soft">{_text(comparison.machine.source)}</p>',
        _list(break_even_lines(comparison)),
        _times(comparison),
        "<h2>Theory: slopes without constants</h2>",
        _list(theory_of(comparison)),
        *(("<h2>The problem</h2>", *pictures) if pictures else ()),
        "<h2>What to keep in mind</h2>",
        _list(comparison.caveats),
        _colophon(comparison),
    ]
    return document(comparison.title, parts)


def document(title: str, parts: Sequence[str]) -> str:
    """Return a self-contained page of these pieces of HTML, in the style of all reports."""
    head = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_text(title)}</title>\n<style>{_STYLE}</style>\n</head>\n"
    )
    return head + "<body>\n<main>\n" + "\n".join(parts) + "\n</main>\n</body>\n</html>\n"


def render_fragment(comparison: Comparison) -> str:
    """Return verdict and table, with inline style only, for a notebook."""
    shown = (0, 1, 2, 3, 5, 6, 8)
    heads = "".join(f'<th style="text-align:left">{_text(COLUMNS[index])}</th>' for index in shown)
    rows = "".join(
        "<tr>" + "".join(f'<td style="text-align:left">{_text(cells_of(row)[index])}</td>' for index in shown) + "</tr>"
        for row in comparison.methods
    )
    return (
        f"<div><p>{_text(comparison.title)}<br><b>{_text(comparison.verdict.headline)}</b></p>"
        f"{_list(comparison.verdict.sentences)}<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _text(value: object) -> str:
    return html.escape(str(value))


def _list(entries: Sequence[str]) -> str:
    return "<ul>" + "".join(f"<li>{_text(item)}</li>" for item in entries) + "</ul>" if entries else ""


def _verdict(comparison: Comparison) -> str:
    headline = comparison.verdict.headline
    return (
        f'<div class="verdict"><strong>{_text(headline[0].upper() + headline[1:])}</strong>'
        + "".join(f"<p>{_text(sentence)}</p>" for sentence in comparison.verdict.sentences)
        + "</div>"
    )


def _cards(comparison: Comparison) -> str:
    """Three or four numbers a reader wants first, each with the words that keep it honest."""
    default = comparison.methods[0]
    cards = [(f"{comparison.reference.value:.6g}", f"{comparison.unit}: {comparison.reference.source}")]
    shares = [item for item in comparison.speed_ups if item.quantum == default.name and item.share is not None]
    if shares:
        last = shares[-1]
        note = ", extrapolated" if last.extrapolated else ""
        cards.append((f"{last.ratio:,.3g}x", f"fewer queries of {default.name} than samples of {last.classical}{note}"))
        cards.append((f"{last.share:.0%}", "of the quadratic bound, at the same 95th percentile of |error|"))
    ahead = [item for item in comparison.scalings if item.quantum == default.name and not item.better]
    cards.append((f"{len(ahead)}", "classical methods whose cost grows no faster than that of the quantum method"))
    body = "".join(
        f'<div class="card"><b>{_text(number)}</b><span>{_text(words)}</span></div>' for number, words in cards
    )
    return f'<div class="cards">{body}</div>'


def _chart(comparison: Comparison) -> str:
    svg = image(
        lambda ax: draw_error_against_cost(comparison, ax, legend=False),
        "svg",
        size=(6.0, 4.9),
        page=True,
        salt="error-against-cost",
    )
    legend = "".join(
        f'<li><span class="dot" style="background:{style.colour}"></span>{_text(name)}</li>'
        for name, style in styles(comparison).items()
    )
    guides = (("1 1.5", comparison.bound.quantum, "quantum"), ("5 1.5 1 1.5", comparison.bound.classical, "classical"))
    for dashes, theorem, side in guides:
        line = f'<path d="M0 6H26" stroke="currentColor" stroke-width="1.3" stroke-dasharray="{dashes}"></path>'
        words = f"{side} bound, cost ~ error^-{theorem.exponent:g}: slope only, no constant"
        legend += f'<li><svg class="guide" viewBox="0 0 26 10">{line}</svg>{_text(words)}</li>'
    return (
        f'<ul class="legend">{legend}</ul><figure class="chart">{svg.decode("utf-8")}'
        "<figcaption>Marks: measured, 95th percentile of |error| over all runs. Lines: fitted power laws, dashed where "
        "extrapolated. The bounds' lines are slopes without a constant: their place means nothing. "
        "Errors far below the finest accuracy are drawn at the lower edge.</figcaption></figure>"
    )


def _times(comparison: Comparison) -> str:
    """Run time against problem size on the comparison's machine; the legend of the chart above holds for it too."""
    verdict = break_even(comparison, comparison.machine)
    svg = image(
        lambda ax: draw_time_against_size(verdict, ax, legend=False),
        "svg",
        size=(6.0, 4.2),
        page=True,
        salt="time-against-size",
    )
    return (
        f'<figure class="chart times">{svg.decode("utf-8")}<figcaption>Run time on the machine model against 1/error, '
        "colours as above. Solid: measured range; dashed: extrapolated by the fits. Rings: break-even. Dotted: "
        f"{verdict.seconds:.3g} s.</figcaption></figure>"
    )


def _methods(comparison: Comparison) -> str:
    heads = "".join(f"<th>{_text(column)}</th>" for column in COLUMNS)
    rows = []
    for row in comparison.methods:
        cells = zip(COLUMNS, cells_of(row), strict=True)
        rows.append(
            "<tr>"
            + "".join(f'<td data-label="{_text(label)}"><span>{_text(cell)}</span></td>' for label, cell in cells)
            + "</tr>"
        )
    return (
        f'<div class="scroll"><table class="methods"><thead><tr>{heads}</tr></thead><tbody>{"".join(rows)}</tbody>'
        "</table></div>"
    )


def _speed_ups(comparison: Comparison) -> str:
    finest, default = comparison.accuracies[-1], comparison.methods[0].name
    rows = []
    for item in comparison.speed_ups:
        if item.error != finest or (item.quantum != default and item.share is None):
            continue
        share = "-" if item.share is None else f"{item.share:.0%} [{item.share_low:.0%}, {item.share_high:.0%}]"
        note = "extrapolated" if item.extrapolated else "measured"
        ratio = f"{item.ratio:.3g} [{item.ratio_low:.3g}, {item.ratio_high:.3g}]"
        cells = (item.quantum, item.classical, ratio, share, note)
        rows.append("<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in cells) + "</tr>")
    heads = ("quantum", "classical", "classical units per query", "share of the quadratic bound", "")
    return (
        f'<p class="soft">Counts at the 95th percentile {finest:.2g} of |error|, not seconds; above 1 the quantum '
        'method needs fewer.</p><div class="scroll"><table><thead><tr>'
        + "".join(f"<th>{_text(head)}</th>" for head in heads)
        + f"</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _picture(name: str, draw: Callable[[Axes | None], Axes]) -> str:
    """A picture of the problem; it keeps its own colours, so it lies on white paper."""
    data = base64.b64encode(image(draw, "png", size=PROBLEM_SIZE)).decode("ascii")
    title = _text(name.replace("_", " "))
    return (
        f'<figure class="paper wide"><img alt="{title}" src="data:image/png;base64,{data}"></figure>'
        f'<p class="soft">{title}</p>'
    )


def _colophon(comparison: Comparison) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in comparison.versions)
    ladder = ", ".join(f"{value:.3g}" for value in comparison.accuracies)
    return (
        f'<p class="soft">Accuracies: {_text(ladder)}. {comparison.repetitions} runs per method and accuracy, seed '
        f"{comparison.seed}. Versions: {_text(versions)}.</p>"
    )
