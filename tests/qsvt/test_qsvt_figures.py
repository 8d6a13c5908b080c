"""Figures return their Axes and draw the numbers they were given."""

import math

import numpy as np
import pytest
from matplotlib import pyplot as plt

from qalgo.errors import ProblemError
from qalgo.figures import new_axes
from qalgo.qsvt.bounds import COMPLEMENT_ACCESS
from qalgo.qsvt.figures import plot_cost_by_part, plot_error_against_queries, plot_queries_against_kappa
from qalgo.qsvt.query_points import QueryPoint

POINTS = [
    QueryPoint(117.5, 1e-2, 9e-3, 691, 2.4e-2, True),
    QueryPoint(441.7, 1e-2, 9e-3, 2809, 7.4e-3, False),
    QueryPoint(117.5, 1e-2, 9e-3, 19, 9.5e-3, True, "I - A / 4", COMPLEMENT_ACCESS),
]


def drawn(axes):
    return {line.get_label(): line.get_xydata() for line in axes.get_lines()}


def labels(axes):
    return " ".join(drawn(axes))


@pytest.mark.parametrize(
    "draw",
    [
        lambda ax: plot_queries_against_kappa(POINTS, None, ax),
        lambda ax: plot_error_against_queries(POINTS, ax),
        lambda ax: plot_cost_by_part({"a": 1.0}, "CX", ax),
    ],
)
def test_axes_are_used_or_made(draw):
    axes = new_axes()
    assert draw(axes) is axes
    made = draw(None)
    assert made is not axes
    plt.close(made.figure)


def test_queries_are_degree_over_root_p_never_the_degree_alone():
    axes = plot_queries_against_kappa(POINTS, None, new_axes())
    marks = [row for name, data in drawn(axes).items() if "degree / sqrt(p)" in name for row in data]
    expected = sorted((p.kappa, p.degree / math.sqrt(p.success_probability)) for p in POINTS)
    assert np.allclose(sorted(map(tuple, marks)), expected)
    assert {"executed", "emulated"} <= set(labels(axes).replace("(", " ").replace(")", " ").split())


def test_the_upper_bound_is_drawn_with_its_constant_and_the_lower_one_as_a_slope():
    axes = plot_queries_against_kappa(POINTS, 1e-2, new_axes())
    upper = next(data for name, data in drawn(axes).items() if "norm known" in name)
    assert np.allclose(upper[:, 1], upper[:, 0] * math.log(2 * math.sqrt(2) / 1e-2))
    lower = next(data for name, data in drawn(axes).items() if "lower bound" in name)
    assert np.allclose(np.diff(np.log(lower[:, 1])), np.diff(np.log(lower[:, 0])))
    assert "constant unknown" in labels(axes)


def test_no_lower_bound_for_other_access():
    assert "lower bound" not in labels(plot_queries_against_kappa(POINTS[2:], None, new_axes()))


def test_bars():
    axes = plot_cost_by_part({"preparation": 30.0, "encoding": 9000.0, "read-out": 0.0}, "CX", new_axes())
    assert [patch.get_width() for patch in axes.patches] == [30.0, 9000.0, 0.0]
    assert "9,030" in axes.get_xlabel()


def test_bad_input():
    for call in (
        lambda: plot_queries_against_kappa([]),
        lambda: plot_error_against_queries([]),
        lambda: plot_cost_by_part({}),
        lambda: plot_cost_by_part({"a": -1.0}),
        lambda: QueryPoint(2.0, 0.1, 0.1, 3, 0.0, True),
    ):
        with pytest.raises(ProblemError, match="allowed"):
            call()
