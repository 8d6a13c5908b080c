"""Phases about a projector: against the matrix of their definition, and their cost."""

import numpy as np
import pytest
from circuit_checks import cx_count, lowered
from encoding_checks import clean_unitary
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit

from circuits.errors import ProblemError
from circuits.projector_phase import ProjectorPhase, reduction


def phase_circuit(marks, selectors, clean, minimise, rows):
    """Signal on qubit 0, then marks, selectors and clean qubits."""
    circuit = QuantumCircuit(1 + marks + selectors + clean)
    qubits = list(range(1, circuit.num_qubits))
    projector = ProjectorPhase(
        circuit,
        qubits[:marks],
        0,
        qubits[marks : marks + selectors],
        qubits[marks + selectors :],
        minimise,
    )
    for row in rows:
        projector.append(row)
    projector.close()
    return circuit


def definition(marks, selectors, angles):
    """exp(i angle Z (2 Pi - 1)), entry by entry."""
    diagonal = []
    for index in range(2 ** (1 + marks + selectors)):
        z = 1 - 2 * (index & 1)
        projected = 1 if (index >> 1) % 2**marks == 0 else -1
        diagonal.append(np.exp(1j * angles[index >> (1 + marks)] * z * projected))
    return np.diag(diagonal)


@settings(max_examples=40, deadline=None)
@given(
    marks=st.integers(1, 5),
    selectors=st.integers(0, 2),
    clean=st.integers(0, 2),
    minimise=st.sampled_from(["cx", "t"]),
    rows=st.integers(1, 3),
    seed=st.integers(0, 2**32 - 1),
)
def test_phases_are_those_of_the_definition_and_work_is_clean(marks, selectors, clean, minimise, rows, seed):
    angles = np.random.default_rng(seed).uniform(-7, 7, (rows, 2**selectors))
    found = clean_unitary(phase_circuit(marks, selectors, clean, minimise, angles), clean)
    wanted = np.eye(len(found))
    for row in angles:
        wanted = definition(marks, selectors, row) @ wanted
    assert np.max(np.abs(found - wanted)) < 1e-12


@pytest.mark.parametrize(
    ("marks", "selectors", "clean", "minimise", "most"),
    [
        (1, 0, 0, "cx", 2),
        (2, 0, 0, "cx", 4),
        (3, 0, 0, "cx", 8),
        (4, 0, 1, "cx", 14),
        (5, 0, 1, "cx", 20),
        (6, 0, 2, "cx", 26),
        (2, 0, 0, "t", 6),
        (3, 0, 0, "t", 12),
    ],
)
def test_cost_of_one_phase(marks, selectors, clean, minimise, most):
    assert cx_count(phase_circuit(marks, selectors, clean, minimise, [np.full(2**selectors, 0.3)])) <= most


@pytest.mark.parametrize(("marks", "each"), [(1, 3), (2, 7)])
def test_a_second_angle_costs_the_same_cx_again_less_one(marks, each):
    rows = np.random.default_rng(1).uniform(-1, 1, (2, 2))
    circuit = phase_circuit(marks, 1, 0, "cx", rows)
    assert circuit.count_ops()["cx"] == 2 * each


@pytest.mark.parametrize(("marks", "selectors"), [(1, 0), (2, 0), (3, 0), (2, 1), (3, 1)])
def test_fewest_rotations_where_t_is_minimised(marks, selectors):
    circuit = phase_circuit(marks, selectors, 0, "t", [np.linspace(0.3, 0.4, 2**selectors)])
    assert circuit.count_ops()["rz"] == 2**selectors


def test_unknown_objective_is_refused():
    with pytest.raises(ProblemError, match="minimise"):
        reduction(2, 0, "depth")


def test_transpiling_keeps_the_phases():
    angles = np.array([[0.4, -1.1], [2.0, 0.3]])
    circuit = phase_circuit(3, 1, 1, "t", angles)
    found = clean_unitary(lowered(circuit), 1)
    wanted = definition(3, 1, angles.sum(axis=0))
    assert np.max(np.abs(found - wanted)) < 1e-12
