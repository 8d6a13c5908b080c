"""compare(solution): counts against independent ones, the verdict's logic, files and round trips."""

import dataclasses
import html
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qalgo
from qalgo.errors import ProblemError
from qalgo.machines import HOEFLER_2023
from qalgo.qsvt.baseline import ClassicalSolution, exact_solution
from qalgo.qsvt.bounds import BLOCK_ACCESS, COMPLEMENT_ACCESS, minimax_degree
from qalgo.qsvt.emulated_route import complement_route, inversion_route
from qalgo.qsvt.linear_comparison import LinearSystemComparison
from qalgo.qsvt.linear_costs import CostPart, QuantumCost, read_out_of
from qalgo.qsvt.linear_verdict import NOT_ESTABLISHED, decide_linear_system
from qalgo.qsvt.operation_count import state_distance
from qalgo.verdict import SOLVED


def laplacian(size):
    return 2 * np.eye(size) - np.eye(size, k=1) - np.eye(size, k=-1)


def right_side(size):
    return np.random.default_rng(1).standard_normal(size)


def quantum_cost(**changes):
    values = {
        "route": "1/x on a block encoding of A",
        "access": BLOCK_ACCESS,
        "execution": "executed",
        "encoding": "banded",
        "alpha": 4.0,
        "kappa": 117.5,
        "degree": 691,
        "success_probability": 0.024,
        "planned_queries": 6000.0,
        "error": 1e-2,
        "qubits": 8,
        "cx": 62201,
        "t": 1e5,
        "rotations": 4000,
        "synthesis_error": 1e-4,
        "optimization_level": 3,
        "parts": (CostPart("preparation of b", 7), CostPart("encoding", 60000)),
        "preparation_operations": 16.0,
        "preparation": "three numbers read",
        "solves_problem": False,
    }
    return QuantumCost(**{**values, **changes})


def classical(name, products, operations, reached=True):
    return ClassicalSolution(name, None, 1e-3, products, operations, 1e-5, reached, "counted", "any")


@pytest.fixture(scope="module")
def compared():
    solution = qalgo.solve_linear_system(laplacian(16), right_side(16), epsilon=1e-2)
    return solution, qalgo.compare(solution, accuracies=[1e-1, 1e-2, 1e-6])


def test_the_report_of_the_laplacian_holds_what_was_counted(compared):
    solution, comparison = compared
    cost = comparison.quantum
    assert isinstance(comparison, LinearSystemComparison)
    assert cost.degree == solution.degree
    assert cost.access == COMPLEMENT_ACCESS
    assert cost.kappa == pytest.approx(4 / (2 - 2 * math.cos(math.pi / 17)), rel=1e-9)
    assert cost.cx == qalgo.cost_of(solution.circuit).cx
    assert cost.queries == pytest.approx(solution.degree / math.sqrt(solution.success_probability))
    exact = np.linalg.solve(laplacian(16), right_side(16))
    assert cost.error == pytest.approx(state_distance(solution.x, exact), rel=1e-6)
    assert cost.error <= 1e-2
    for item in comparison.baselines:
        assert item.reached
        assert item.error <= cost.error
    assert comparison.bounds[0].queries == minimax_degree(cost.kappa, 1e-2)
    assert "lower bound" not in [bound.kind for bound in comparison.bounds]
    assert comparison.read_out.copies == pytest.approx(16 / 1e-4)
    assert comparison.read_out.uses == pytest.approx(16 / 1e-2)
    assert comparison.verdict.headline.startswith("conjugate gradients win here")
    assert any("read from a simulated state vector" in caveat for caveat in comparison.caveats)


def test_the_ladder_is_labelled_emulated_and_agrees_with_published_figures(compared):
    _, comparison = compared
    rows = {row.epsilon: row for row in comparison.ladder}
    assert [row.epsilon for row in comparison.ladder] == [1e-1, 1e-2, 1e-6]
    assert not any(row.quantum.executed for row in comparison.ladder)
    assert (rows[1e-2].quantum.degree, rows[1e-6].quantum.degree) == (19, 71)
    assert rows[1e-2].quantum.success_probability == pytest.approx(9.4e-3, rel=0.02)
    assert (rows[1e-2].products, rows[1e-6].products) == (15, 16)
    assert (rows[1e-2].operations, rows[1e-2].cheapest) == (121, "Thomas")
    assert "emulated" in str(comparison)


def test_round_trip_and_files(compared, tmp_path):
    _, comparison = compared
    data = json.loads(json.dumps(comparison.to_dict(), allow_nan=False))
    assert LinearSystemComparison.from_dict(data) == comparison
    path = comparison.save(tmp_path / "report")
    assert path.name == "report.html"
    names = {item.name for item in path.parent.iterdir()}
    pictures = {"queries_against_kappa", "error_against_queries", "cost_by_part"}
    expected = {f"{picture}.{kind}" for picture in pictures for kind in ("png", "svg")}
    assert names == {"report.html", "report.json", "report.md"} | expected
    page = path.read_text(encoding="utf-8")
    for text in (
        html.escape(comparison.verdict.headline[1:]),
        "Thomas",
        "2406.12086",
        "Success probability".lower(),
        "emulated",
    ):
        assert text in page
    assert "http" not in page.replace("http://www.w3.org", "")
    stored = json.loads((path.parent / "report.json").read_text(encoding="utf-8"))
    assert LinearSystemComparison.from_dict(stored) == comparison
    markdown = (path.parent / "report.md").read_text(encoding="utf-8")
    assert comparison.verdict.headline in markdown
    assert max(map(len, str(comparison).splitlines())) <= 120
    assert "Thomas" in comparison._repr_html_()


def test_damaged_data_and_unknown_names(compared):
    _, comparison = compared
    data = comparison.to_dict()
    with pytest.raises(ProblemError, match="schema"):
        LinearSystemComparison.from_dict({**data, "version": 99})
    with pytest.raises(ProblemError, match="damaged"):
        LinearSystemComparison.from_dict({key: value for key, value in data.items() if key != "quantum"})
    with pytest.raises(ProblemError, match="there are: conjugate gradients"):
        comparison.baseline("Gauss")
    assert comparison.baseline("Thomas").operations == 121


def test_options_of_compare(compared):
    solution, _ = compared
    chosen = qalgo.compare(solution, accuracies=[1e-2], baselines=["Thomas"], machine="babbush-2021")
    assert [item.name for item in chosen.baselines] == ["Thomas"]
    assert chosen.machine.name == "babbush-2021"
    assert chosen.verdict.headline.startswith("Thomas wins here")
    for options in ({"baselines": ["Gauss"]}, {"accuracies": [2.0]}, {"journal": "file"}, {"baselines": [object()]}):
        with pytest.raises(ProblemError, match="allowed"):
            qalgo.compare(solution, **options)
    stored = type(solution).from_dict(solution.to_dict())
    with pytest.raises(ProblemError, match="record"):
        qalgo.compare(stored)


def test_an_encoding_that_solves_the_problem_is_called_a_demonstration():
    rng = np.random.default_rng(5)
    matrix = np.linalg.qr(rng.standard_normal((4, 4)))[0] @ np.diag([1.0, 0.8, 0.6, 0.5])
    solution = qalgo.solve_linear_system(matrix, [1.0, 2.0, 0.5, -1.0], epsilon=1e-2)
    comparison = qalgo.compare(solution, accuracies=[1e-2])
    assert solution.preparation_solves_problem
    assert comparison.verdict.headline == SOLVED
    assert comparison.quantum.access == BLOCK_ACCESS
    assert any(bound.kind == "lower bound" and bound.queries is None for bound in comparison.bounds)
    assert [item.name for item in comparison.baselines] == ["GMRES", "CGNR", "dense LU"]


def test_verdicts():
    read_out = read_out_of(16, 1e-2)
    baselines = (classical("conjugate gradients", 15, 3716.0), classical("Thomas", 0, 121.0))

    def headline(cost, solvers=baselines):
        return decide_linear_system(cost, solvers, read_out, 16, HOEFLER_2023).headline

    assert headline(quantum_cost()).startswith("conjugate gradients win here: 15 products")
    assert headline(quantum_cost(solves_problem=True)) == SOLVED
    assert headline(quantum_cost(cx=100)).startswith("Thomas wins here")
    assert headline(quantum_cost(cx=10)) == NOT_ESTABLISHED
    missed = (classical("conjugate gradients", 15, 3716.0, reached=False),)
    assert headline(quantum_cost(), missed).startswith("not established")
    text = str(decide_linear_system(quantum_cost(), baselines, read_out, 16, HOEFLER_2023))
    assert "What would have to change" in text
    assert "hoefler-2023" in text


@settings(max_examples=60, deadline=None)
@given(st.floats(1e-6, 1.0), st.integers(1, 10**6), st.integers(1, 10**7), st.floats(1e-9, 1e9))
def test_seconds_of_this_machine_never_enter_a_verdict(probability, degree, cx, seconds):
    cost = quantum_cost(success_probability=probability, degree=degree, cx=cx)
    solvers = (classical("conjugate gradients", 15, 3716.0),)
    slow = tuple(dataclasses.replace(item, seconds=seconds) for item in solvers)
    verdicts = [
        decide_linear_system(cost, chosen, read_out_of(16, 1e-2), 16, HOEFLER_2023) for chosen in (solvers, slow)
    ]
    assert verdicts[0] == verdicts[1]
    assert cost.amplified_cx <= cost.repeated_cx * (1 + 1e-12)
    assert verdicts[0].headline.startswith("conjugate gradients") == (cx / math.sqrt(probability) >= 3716.0)


def test_emulated_routes_apply_the_polynomial_to_the_matrix():
    matrix, vector = laplacian(8) + 0.3 * np.diag(np.arange(8.0)), right_side(8)
    exact = exact_solution(matrix, vector)
    alpha, scale = 6.0, 3.5
    for route, argument in (
        (inversion_route(matrix, vector, exact, alpha), matrix / alpha),
        (complement_route(matrix, vector, exact, scale), np.eye(8) - matrix / scale),
    ):
        polynomial = route.polynomial(0.05)
        total, before, now = 0.0, np.eye(8), argument
        for coefficient in polynomial.coefficients:  # sum of c_k T_k(argument) by the recurrence
            total, before, now = total + coefficient * before, now, 2 * argument @ now - before
        state = total @ vector / np.linalg.norm(vector)
        error, probability = route.applied(polynomial)
        assert probability == pytest.approx(np.linalg.norm(state) ** 2, rel=1e-9)
        assert error == pytest.approx(state_distance(state, np.linalg.solve(matrix, vector)), abs=1e-12)


@settings(max_examples=15, deadline=None)
@given(st.integers(2, 12), st.integers(0, 10**6), st.sampled_from([0.1, 1e-3, 1e-6]))
def test_points_of_a_route_keep_the_accuracy_and_no_shorter_one_does(size, seed, epsilon):
    rng = np.random.default_rng(seed)
    left, right = (np.linalg.qr(rng.standard_normal((size, size)))[0] for _ in range(2))
    matrix = left @ np.diag(np.linspace(0.2, 1.0, size)) @ right
    vector = rng.standard_normal(size)
    route = inversion_route(matrix, vector, exact_solution(matrix, vector), 1.0)
    point = route.point(epsilon)
    assert point.error <= epsilon
    assert not point.executed
    assert 0 < point.success_probability <= 1
    # The a-priori bound: absolute error on the spectrum against |A^-1 b| >= |b|.
    assert point.degree <= minimax_degree(route.kappa, 0.4 * epsilon)


def test_routes_refuse_what_cannot_be_encoded():
    matrix, vector = laplacian(4), right_side(4)
    exact = exact_solution(matrix, vector)
    with pytest.raises(ProblemError, match="alpha"):
        inversion_route(matrix, vector, exact, 1.0)
    with pytest.raises(ProblemError, match="eigenvalues"):
        complement_route(matrix, vector, exact, 1.0)
