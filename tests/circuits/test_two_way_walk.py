"""Circuits of the evolution in K + 1 walk steps: the block against the matrix exponential."""

from dataclasses import replace

import numpy as np
import pytest
from circuit_checks import cx_count
from qiskit import QuantumCircuit
from scipy.linalg import expm
from test_generalised_signal_processing import block, dilation, hermitian

import qalgo
from circuits import generalised_qsvt, walk_evolution
from circuits.errors import ProblemError


@pytest.mark.parametrize("ancillas", [1, 2, 3])
@pytest.mark.parametrize("time", [2.0, -5.8])
def test_block_is_the_matrix_exponential(ancillas, time):
    matrix = hermitian(4, ancillas)
    phases = qalgo.qsvt.evolution_phases(time, 1e-8)
    found = phases.scale * block(walk_evolution(dilation(matrix, ancillas), phases), 2)
    assert np.linalg.norm(found - expm(-1j * time * matrix), 2) <= phases.error + 1e-12


def test_generic_encoding():
    matrix = hermitian(2, 3)
    phases = qalgo.qsvt.evolution_phases(1.0, 1e-3)
    found = phases.scale * block(walk_evolution(dilation(matrix, 1, 7), phases), 1)
    assert np.linalg.norm(found - expm(-1j * matrix), 2) <= phases.error + 1e-12


def test_queries_and_cost_beside_ordinary_steps():
    """K + 1 uses of which two are controlled; and fewer CX than 2 K controlled ones, transpiled alike."""
    encoding = dilation(hermitian(4, 5), 1)
    opaque = encoding.circuit.copy_empty_like()
    opaque.append(encoding.circuit.to_gate(label="U"), opaque.qubits)
    control = QuantumCircuit(opaque.num_qubits + 1)
    control.append(QuantumCircuit(opaque.num_qubits + 1, name="cU").to_gate(label="cU"), range(control.num_qubits))
    phases = qalgo.qsvt.evolution_phases(2.0, 1e-6)
    circuit = walk_evolution(replace(encoding, circuit=opaque, controlled_builder=lambda: control), phases)
    labels = [step.operation.label for step in circuit.data]
    assert (labels.count("U"), labels.count("cU")) == (phases.degree - 1, 2)
    assert phases.queries == phases.degree + 1
    ordinary = qalgo.qsvt.generalised_phases(qalgo.qsvt.walk_exponential(2.0, 1e-6))
    assert 2 * cx_count(walk_evolution(encoding, phases)) < cx_count(generalised_qsvt(encoding, ordinary))


def test_refuses_what_is_not_hermitian():
    with pytest.raises(ProblemError, match="Hermitian"):
        walk_evolution(replace(dilation(hermitian(2, 1), 1), hermitian=False), qalgo.qsvt.evolution_phases(1.0, 0.01))
