"""Wrong arguments of the public names of circuits and qalgo.qsvt are named, never passed on to numpy or Qiskit."""

import numpy as np
import pytest
from qiskit.quantum_info import SparsePauliOp

import circuits
import qalgo
from qalgo import ProblemError, qsvt

MATRIX = 2 * np.eye(4) - np.eye(4, k=1) - np.eye(4, k=-1)
WIDE = SparsePauliOp.from_list([("Z" * 40, 1.0), ("X" * 40, 0.5)])
NOT_NUMBERS = [None, "x", 1j, [1, 2], np.array([0.1, 0.2]), float("nan"), 10**400]
NUMBERS = {
    "fable": lambda value: circuits.fable(MATRIX, cutoff=value),
    "phases": lambda value: qsvt.phases([0, 0.5], tolerance=value),
    "generalised_phases": lambda value: qsvt.generalised_phases([0.1, 0.5], tolerance=value),
    "lowest": lambda value: qsvt.generalised_phases([0.1, 0.5], lowest=value if value != 10**400 else None),
    "time": lambda value: qsvt.evolution_phases(value, 1e-3),
    "epsilon": lambda value: qsvt.evolution_phases(1.0, value),
    "inverse": lambda value: qsvt.inverse(value, 1e-2),
    "kappa": lambda value: qsvt.linear_system_bounds(value, 1e-2),
    "bounds": lambda value: qsvt.linear_system_bounds(10.0, value),
    "sup_bound": lambda value: qsvt.Polynomial(np.array([0.0, 0.5]), value),
}
BUILDERS = [circuits.banded, circuits.sparse, circuits.fable, circuits.row_states, circuits.complement]


@pytest.mark.parametrize("value", NOT_NUMBERS, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("name", sorted(NUMBERS))
def test_numbers_that_are_none(name, value):
    if name == "lowest" and isinstance(value, np.ndarray):
        value = [1]
    if name == "sup_bound" and type(value) is int:
        value = None
    with pytest.raises(ProblemError, match="allowed"):
        NUMBERS[name](value)


@pytest.mark.parametrize("value", NOT_NUMBERS[1:], ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("build", [circuits.block_encode, circuits.row_states])
def test_alpha_that_is_no_number(build, value):
    with pytest.raises(ProblemError, match="alpha"):
        build(MATRIX, alpha=value)


@pytest.mark.parametrize("build", BUILDERS)
@pytest.mark.parametrize("matrix", [[[1, 2], [3]], WIDE], ids=["ragged", "wide Pauli sum"])
def test_matrices_that_cannot_be_tabulated(build, matrix):
    with pytest.raises(ProblemError, match="allowed"):
        build(matrix)


@pytest.mark.parametrize("build", [circuits.adjacency_path, circuits.laplacian_path, circuits.shift])
@pytest.mark.parametrize("count", [10**6, 10**30])
def test_registers_beyond_memory(build, count):
    with pytest.raises(ProblemError, match="at most"):
        build(count)
    with pytest.raises(ProblemError, match="at most"):
        circuits.projector([0], count)


@pytest.mark.parametrize("given", ["abc", {}, [object()], ["a"]])
def test_coefficients_that_are_no_numbers(given):
    for build in (qsvt.phases, qsvt.generalised_phases, lambda values: qsvt.Polynomial(values, 1.0)):
        with pytest.raises(ProblemError):
            build(given)


def test_pauli_sums_have_no_table_for_classical_methods():
    with pytest.raises(ProblemError, match="Pauli sum on 40 qubits"):
        qsvt.linear_system_baselines(WIDE, np.ones(4), 1e-3)


def test_smallest_matrices_are_encoded():
    assert np.abs(circuits.block_encode(1e-300 * MATRIX).matrix() - 1e-300 * MATRIX).max() < 1e-312


@pytest.mark.parametrize("time", [1e-300, 1e9, 1e300])
def test_times_out_of_range(time):
    with pytest.raises(ProblemError, match="time"):
        qsvt.evolution_phases(time, 1e-3)


STATE = np.ones(4) / 2
CALLS = {
    "simulate_hamiltonian": (qalgo.simulate_hamiltonian, {"hamiltonian": MATRIX, "time": 1.0, "epsilon": 1e-3}),
    "filter_eigenvalues": (
        qalgo.filter_eigenvalues,
        {"hamiltonian": MATRIX, "state": STATE, "threshold": 1.0, "gap": 0.3, "confidence": 0.9, "overlap": 0.1},
    ),
    "fixed_point_search": (
        qalgo.fixed_point_search,
        {"problem": [3], "size": 8, "lower_bound": 0.1, "failure_probability": 0.1},
    ),
    "phase_estimation": (qsvt.phase_estimation, {"unitary": np.eye(4), "bits": 2, "failure_probability": 0.1}),
}
NUMERIC = ("time", "epsilon", "threshold", "gap", "confidence", "overlap", "lower_bound", "failure_probability")
PLACES = [(name, place) for name, (_, given) in CALLS.items() for place in given if place in NUMERIC]


@pytest.mark.parametrize("value", ["x", 1j, [1, 2], float("nan"), 10**400], ids=lambda value: type(value).__name__)
@pytest.mark.parametrize(("name", "place"), PLACES)
def test_algorithms_name_the_number_that_is_none(name, place, value):
    call, given = CALLS[name]
    with pytest.raises(ProblemError, match=place):
        call(**{**given, place: value})


@pytest.mark.parametrize("name", ["simulate_hamiltonian", "filter_eigenvalues"])
@pytest.mark.parametrize("matrix", [None, "x", 3.0, np.zeros((0, 0)), [[1, 2], [3]], [["a", "b"], ["c", "d"]]])
def test_algorithms_name_a_hamiltonian_that_is_none(name, matrix):
    call, given = CALLS[name]
    with pytest.raises(ProblemError, match=r"Hamiltonian|matrix"):
        call(**{**given, "hamiltonian": matrix})


@pytest.mark.parametrize("state", [["a"] * 4, [1e300] * 4, [object()] * 4])
@pytest.mark.parametrize("name", ["simulate_hamiltonian", "filter_eigenvalues"])
def test_states_that_are_none(name, state):
    call, given = CALLS[name]
    with pytest.raises(ProblemError):
        call(**{**given, "state": state})


@pytest.mark.parametrize("marked", [None, "x", 3, [float("nan")], ["a"], [0.5]])
def test_marks_are_integers(marked):
    with pytest.raises(ProblemError, match="marked integers"):
        qalgo.fixed_point_search(marked, size=8)


@pytest.mark.parametrize("work", [-1, 0.5, "x", 10**6])
def test_work_qubits_of_a_search(work):
    with pytest.raises(ProblemError, match="work_qubits"):
        qalgo.fixed_point_search([3], size=8, work_qubits=work)


@pytest.mark.parametrize("unitary", [WIDE, 1e300 * np.eye(2), np.full((2, 2), np.inf)])
def test_matrices_that_are_not_unitary(unitary):
    with pytest.raises(ProblemError, match="unitary"):
        qsvt.phase_estimation(unitary, bits=2)


def test_a_time_too_short_to_matter():
    assert qalgo.simulate_hamiltonian(MATRIX, time=1e-300, epsilon=1e-3, method="gqsp").success_probability > 0.9


def test_sequences_name_what_is_no_encoding_and_no_phases():
    encoding, phases = circuits.block_encode(MATRIX), qsvt.phases([0, 0.5])
    for wrong in (None, MATRIX, "x"):
        with pytest.raises(ProblemError, match="block_encode"):
            circuits.qsvt(wrong, phases)
    for wrong in (None, [0.1, 0.2], qsvt.inverse(5, 0.1), qsvt.generalised_phases([0.1, 0.3])):
        with pytest.raises(ProblemError, match=r"qalgo\.qsvt\.phases"):
            circuits.qsvt(encoding, wrong)
        with pytest.raises(ProblemError, match=r"qalgo\.qsvt\.phases"):
            circuits.qsvt_pair(encoding, phases, wrong)
    with pytest.raises(ProblemError, match="not finite"):
        circuits.qsvt(encoding, circuits.QSPPhases(np.array([np.nan, 1.0]), np.array([0, 0.5]), 0.0))
