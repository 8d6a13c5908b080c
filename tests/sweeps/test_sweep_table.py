"""The table: columns, text, figure, dictionary."""

import json

import counted_tasks as tasks
import matplotlib
import pytest

from qalgo.errors import ProblemError
from qalgo.sweeps.runner import sweep
from qalgo.sweeps.table import SweepTable

matplotlib.use("Agg")


def interval_task(*, seed, spot, epsilon, kind="call"):
    value = spot**2
    return {
        "value": value,
        "low": value - epsilon,
        "high": value + epsilon,
        "queries": round(1 / epsilon),
        "kind": kind,
    }


@pytest.fixture(scope="module")
def table():
    grid = {"spot": [3.0, 1.0, 2.0], "epsilon": [0.1, 0.001]}
    return sweep(interval_task, grid, fixed={"kind": "put"}, seed=7, repetitions=2)


def test_columns_of_point_result_and_row(table):
    assert table.column("value")[::4] == (9.0, 1.0, 4.0)
    assert table.column("kind") == ("put",) * 12
    assert table.column("repetition") == (0, 1) * 6
    assert table.varying == ("spot", "epsilon")
    assert table.results == ("value", "low", "high", "queries", "kind")
    assert min(table.column("seconds")) > 0
    with pytest.raises(ProblemError, match="no column is named 'price'; there are: kind, spot, epsilon, value"):
        table.column("price")


def test_a_dictionary_and_back(table):
    data = json.loads(json.dumps(table.to_dict()))
    assert (data["schema"], data["version"], data["seed"]) == ("qalgo.sweep", 1, 7)
    again = SweepTable.from_dict(data)
    assert again == table
    assert again.column("seconds") == table.column("seconds")
    with pytest.raises(ProblemError, match=r"not a sweep: schema 'qalgo\.price'"):
        SweepTable.from_dict({"schema": "qalgo.price"})
    with pytest.raises(ProblemError, match="the sweep is damaged"):
        SweepTable.from_dict({**data, "rows": [{}]})


def test_text_shows_what_varies_the_results_and_the_errors(table):
    lines = str(table).splitlines()
    assert lines[0].endswith("interval_task: 12 points, seed 7")
    assert lines[1].split() == ["spot", "epsilon", "repetition", "value", "low", "high", "queries", "kind"]
    assert lines[4].split() == ["3", "0.001", "0", "9", "8.999", "9.001", "1000", "put"]
    failing = str(sweep(tasks.root_of, {"x": [*range(1, 20)]}, seed=1)).splitlines()
    assert failing[0].endswith("19 points, 1 failed, seed 1")
    assert "and 7 more points" in failing[-2]
    assert failing[-1] == "  failed at x 13: ConvergenceError: thirteen does not converge"
    page = sweep(tasks.root_of, {"x": [13, 4]}, seed=1)._repr_html_()
    assert "<td>ConvergenceError: thirteen does not converge</td>" in page
    assert "<caption>" in page


def test_all_failed_and_one_point():
    assert "-1" not in str(sweep(tasks.root_of, {"x": [4]}, seed=1))
    failed = sweep(tasks.root_of, {"x": [13, -1]}, seed=1)
    assert failed.results == ()
    assert failed.column("error")[1].startswith("ValueError")
    with pytest.raises(ProblemError, match="y is None; allowed: seconds"):
        failed.plot()


def test_the_figure_has_a_line_for_each_other_value_and_intervals(table):
    axes = table.plot(x="spot", y="value")
    lines = [line for line in axes.lines if line.get_linestyle() == "-"]
    assert [line.get_label() for line in lines] == ["epsilon 0.1", "epsilon 0.001"]
    for line in lines:
        assert line.get_xdata().tolist() == [1.0, 2.0, 3.0]
        assert line.get_ydata().tolist() == [1.0, 4.0, 9.0]
    bars = axes.collections[0].get_segments()
    assert sorted(bar[:, 1].tolist() for bar in bars)[0] == pytest.approx([0.9, 1.1])
    assert (axes.get_xlabel(), axes.get_xscale()) == ("spot", "linear")
    against = table.plot("epsilon", "queries")
    assert (against.get_xscale(), against.get_yscale()) == ("log", "log")
    assert table.plot(ax=axes) is axes
    for wrong in ({"x": "queries"}, {"y": "kind"}, {"y": "price"}):
        with pytest.raises(ProblemError, match="allowed: "):
            table.plot(**wrong)


def test_words_make_a_category_axis_and_failures_are_left_out():
    words = sweep(tasks.noisy, {"y": ["b", "a"], "x": [1]}, seed=7).plot("y")
    assert [label.get_text() for label in words.get_xticklabels()] == ["b", "a"]
    (line,) = (
        line for line in sweep(tasks.root_of, {"x": [4, 13, 9]}, seed=7).plot().lines if line.get_linestyle() == "-"
    )
    assert line.get_ydata().tolist() == [2.0, 3.0]


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    import matplotlib.pyplot as plt

    plt.close("all")
