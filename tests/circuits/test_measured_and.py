"""Measured ANDs: every branch of the measurements is followed with explicit matrices."""

from itertools import product

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.quantum_info import Operator

from circuits.errors import ProblemError
from circuits.measured_and import append_and, measured_multi_controlled_z, measured_zero_reflection


def branch(circuit, outcomes):
    """The matrix of one branch: projections on the given outcomes, corrections where the outcome is 1."""
    size = circuit.num_qubits
    total = np.eye(2**size, dtype=complex)
    for instruction in circuit.data:
        qubits = [circuit.find_bit(qubit).index for qubit in instruction.qubits]
        step = QuantumCircuit(size)
        if instruction.operation.name == "measure":
            value = outcomes[circuit.find_bit(instruction.clbits[0]).index]
            bits = np.arange(2**size) >> qubits[0] & 1
            total = (bits == value)[:, None] * total
            continue
        if instruction.operation.name == "if_else":
            bit = circuit.find_bit(instruction.operation.condition[0]).index
            if outcomes[bit] == instruction.operation.condition[1]:
                _append_block(step, instruction.operation.blocks[0], qubits)
        else:
            step.append(instruction.operation, qubits)
        total = Operator(step).data @ total
    return total


def _append_block(step, block, qubits):
    for inner in block.data:
        step.append(inner.operation, [qubits[block.find_bit(qubit).index] for qubit in inner.qubits])


@pytest.mark.parametrize("num_qubits", [1, 2, 3, 4])
@pytest.mark.parametrize("state", ["ones", "zeros"])
def test_every_outcome_flips_the_sign_and_clears_the_work_qubits(num_qubits, state):
    circuit = measured_multi_controlled_z(num_qubits) if state == "ones" else measured_zero_reflection(num_qubits)
    signs = np.ones(2**num_qubits)
    signs[-1 if state == "ones" else 0] = -1
    work = max(0, num_qubits - 2)
    for outcomes in product((0, 1), repeat=work):
        columns = branch(circuit, outcomes)[:, : 2**num_qubits]
        wanted = np.zeros_like(columns)
        wanted[: 2**num_qubits] = np.diag(signs) / np.sqrt(2) ** work  # all outcomes are equally likely
        assert np.allclose(columns, wanted, atol=1e-12)


def test_an_and_has_no_relative_phase():
    circuit = QuantumCircuit(3)
    append_and(circuit, 0, 1, 2)
    columns = Operator(circuit).data[:, :4]
    wanted = np.zeros((8, 4))
    for inputs in range(4):
        wanted[inputs + 4 * (inputs == 3), inputs] = 1
    phase = columns[0, 0]
    assert np.allclose(columns, phase * wanted, atol=1e-12)


@pytest.mark.parametrize("num_qubits", [3, 10, 20])
def test_four_t_and_one_measurement_per_and(num_qubits):
    counts = measured_multi_controlled_z(num_qubits).count_ops()
    assert counts["t"] + counts["tdg"] == 4 * (num_qubits - 2)
    assert counts["measure"] == num_qubits - 2


def test_bad_width():
    with pytest.raises(ProblemError, match="num_qubits is 0"):
        measured_multi_controlled_z(0)
