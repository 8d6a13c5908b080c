import errno
import json
import math
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from toy_problem import ToyProblem, monte_carlo, quantum, quasi_monte_carlo

from qalgo.comparison import Comparison, compare
from qalgo.errors import ExecutionError, ProblemError
from qalgo.report import COLUMNS, cells_of, to_html, to_markdown


def draw_square(ax=None):
    ax.plot([0, 1, 1, 0], [0, 0, 1, 1])
    return ax


@pytest.fixture(scope="module")
def comparison():
    problem = ToyProblem(
        quantum_methods=(quantum(),),
        classical_methods=(monte_carlo(seconds=1e-5), quasi_monte_carlo()),
        words=("beware of <script>alert(1)</script> & co",),
        pictures={"a square": draw_square},
    )
    return compare(problem, repetitions=20, seed=3, max_cell_seconds=100.0)


class Tags(HTMLParser):
    """Every start tag with its attributes; checks that tags are closed in order."""

    VOID = ("meta", "br", "img", "link", "input", "hr")

    def __init__(self):
        super().__init__()
        self.tags, self.open = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def parsed(html):
    parser = Tags()
    parser.feed(html)
    parser.close()
    assert parser.open == []
    return parser.tags


def test_the_page_refers_to_nothing_outside_itself(comparison):
    html = to_html(comparison)
    assert not re.findall(r"https?:|//[\w.-]+\.\w+/|url\((?!#)|@import|<link|<script|<iframe|<object", html)
    for _, attributes in parsed(html):
        for name in ("src", "href", "xlink:href", "srcset", "action", "data"):
            assert (attributes.get(name) or "#").startswith(("#", "data:image/png;base64,"))


def test_the_page_is_made_for_phones_and_dark_rooms(comparison):
    html = to_html(comparison)
    assert html.startswith("<!DOCTYPE html>")
    metas = [attributes for tag, attributes in parsed(html) if tag == "meta"]
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in metas
    assert {"charset": "utf-8"} in metas
    assert "prefers-color-scheme: dark" in html
    assert "@media (max-width" in html


def test_the_chart_is_inline_svg_in_the_ink_of_the_page(comparison):
    (svg,) = re.findall(r'<figure class="chart">(<svg.*?</svg>)', to_html(comparison), re.DOTALL)
    root = ElementTree.fromstring(svg)
    assert root.tag == "svg"
    assert "viewBox" in root.attrib
    assert "width" not in root.attrib
    assert "currentColor" in svg
    identifiers = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    assert len(identifiers) == len(set(identifiers))
    references = {element.attrib["href"][1:] for element in root.iter() if "href" in element.attrib}
    assert references <= set(identifiers)


def test_run_time_against_size_is_on_the_page_with_ids_of_its_own(comparison):
    html = to_html(comparison)
    (svg,) = re.findall(r'<figure class="chart times">(<svg.*?</svg>)', html, re.DOTALL)
    assert "currentColor" in svg
    identifiers = [attributes["id"] for _, attributes in parsed(html) if "id" in attributes]
    assert any(name.startswith("time-against-size-") for name in identifiers)
    assert len(identifiers) == len(set(identifiers))
    for reference in re.findall(r'(?:href="|url\()#([^")]+)', svg):
        assert reference in identifiers


def test_text_of_others_is_escaped(comparison):
    html = to_html(replace(comparison, title='<b>5 > 4 & "you"</b>'))
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in html
    assert "<title>&lt;b&gt;5 &gt; 4 &amp; &quot;you&quot;&lt;/b&gt;</title>" in html
    assert "<b>5 > 4" not in replace(comparison, title="<b>5 > 4</b>")._repr_html_()


def test_every_format_says_the_same(comparison):
    formats = (str(comparison), to_markdown(comparison), to_html(comparison), comparison._repr_html_())
    for text in formats:
        assert comparison.verdict.headline in text.lower() or comparison.verdict.headline in text
        assert "emulated" in text
        for row in comparison.methods:
            assert row.name in text
    for text in formats[:3]:
        assert "hoefler-2023" in text
        assert "extrapolated" in text
    for text in formats[1:3]:
        assert "slope" in text.lower()
        assert comparison.bound.quantum.source in text


def test_measured_and_theoretical_exponents_have_columns_of_their_own(comparison):
    row = dict(zip(COLUMNS, cells_of(comparison.methods[0]), strict=True))
    assert row["theorem's exponent"] == "1"
    assert row["measured exponent [99%]"] == (
        f"{comparison.methods[0].fit.fitted_exponent:.2f} [{comparison.methods[0].fit.exponent_low:.2f}, "
        f"{comparison.methods[0].fit.exponent_high:.2f}]"
    )
    assert row["exponent used"] == "1.00 (theorem)"
    assert row["run"] == "emulated"
    assert row["success"] == "1"
    assert row["work per unit"] == "26 CX, 1,000 T, 5 qubits"
    assert dict(zip(COLUMNS, cells_of(comparison.methods[2]), strict=True))["theorem's exponent"] == "-"
    skipped = dict(zip(COLUMNS, cells_of(comparison.method("plain Monte Carlo")), strict=True))
    assert skipped["RMSE"] == "not run"
    assert skipped["cost at finest accuracy"].endswith("samples, extrapolated")


def test_the_text_is_compact(comparison):
    lines = str(comparison).splitlines()
    assert max(len(line) for line in lines) <= 140
    assert len(lines) <= 30


def test_saving_writes_all_files(comparison, tmp_path):
    page = comparison.save(tmp_path / "new" / "report")
    names = {path.name for path in page.parent.iterdir()}
    assert names == {
        "report.html",
        "report.json",
        "report.md",
        *(
            f"{stem}.{kind}"
            for stem in ("error_against_cost", "time_against_size", "a_square")
            for kind in ("png", "svg")
        ),
    }
    again = Comparison.from_dict(json.loads((page.parent / "report.json").read_text()))
    assert again == comparison
    assert (page.parent / "error_against_cost.png").read_bytes().startswith(b"\x89PNG")
    ElementTree.fromstring((page.parent / "error_against_cost.svg").read_text())
    assert "data:image/png;base64," in page.read_text()
    assert "data:image/png" not in to_html(again)  # pictures of the problem are not in the JSON


def test_saving_twice_gives_the_same_bytes(comparison, tmp_path):
    comparison.save(tmp_path / "a")
    comparison.save(tmp_path / "b")
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name


def test_a_full_disk_leaves_the_old_report_whole(comparison, tmp_path, monkeypatch):
    comparison.save(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    write, count = Path.write_bytes, []

    def full(path, data):
        count.append(path)
        if len(count) == 4:
            write(path, data[: len(data) // 2])
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(ExecutionError, match="No space left on device; free some space"):
        replace(comparison, title="another").save(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_folder_that_is_a_file_is_refused(comparison, tmp_path):
    (tmp_path / "taken").write_text("I am a file")
    for target in (tmp_path / "taken", tmp_path / "taken" / "below"):
        with pytest.raises(ProblemError, match="a folder you may write to"):
            comparison.save(target)
    assert (tmp_path / "taken").read_text() == "I am a file"


def test_plot_draws_measurements_fits_and_slopes(comparison):
    from qalgo.figures import new_axes

    axes = new_axes()
    assert comparison.plot(axes) is axes
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    labels = axes.get_legend_handles_labels()[1]
    assert sum("slope only, no constant" in label for label in labels) == 2
    assert "amplitude estimation (emulated)" in labels
    lines = {line.get_label(): line for line in axes.lines}
    marks = lines["amplitude estimation (emulated)"]
    rows = comparison.methods[0].accuracies
    assert list(marks.get_xdata()) == [row.statistics.mean_cost for row in rows]
    assert list(marks.get_ydata()) == [row.statistics.percentile_95 for row in rows]
    for exponent, bound in ((1, comparison.bound.quantum), (2, comparison.bound.classical)):
        (x0, x1), (y0, y1) = (get() for get in (
            lines[f"cost ~ error^-{bound.exponent:g}: slope only, no constant"].get_xdata,
            lines[f"cost ~ error^-{bound.exponent:g}: slope only, no constant"].get_ydata,
        ))  # fmt: skip

        assert math.log(x1 / x0) / math.log(y0 / y1) == pytest.approx(exponent)


def test_plot_without_axes_makes_a_pyplot_figure(comparison):
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    axes = comparison.plot()
    assert plt.get_fignums()
    plt.close(axes.figure)
