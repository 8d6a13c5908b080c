"""Fewer rotations, the same operator: laws on random circuits and the cases that every merger must know."""

import math

import numpy as np
import pytest
from clifford_t_checks import distance
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit

from qalgo.fault_tolerance.euler import with_short_runs
from qalgo.fault_tolerance.merging import merged
from qalgo.fault_tolerance.operations import as_eighths, is_generic, read_operations, write_circuit

NUM_QUBITS = 3
ANGLES = (0.3, -0.3, 1.1, math.pi / 4, -math.pi / 4, math.pi / 2, 5 * math.pi / 4)


@st.composite
def circuits(draw):
    circuit = QuantumCircuit(NUM_QUBITS)
    names = ["h", "s", "sdg", "x", "y", "z", "sx", "t", "tdg", "cx", "cz", "swap", "rz", "rx", "ry", "ccz", "ccx"]
    for name in draw(st.lists(st.sampled_from(names), max_size=30)):
        order = draw(st.permutations(range(NUM_QUBITS)))
        if name in ("rz", "rx", "ry"):
            getattr(circuit, name)(draw(st.sampled_from(ANGLES)), order[0])
        else:
            width = {"cx": 2, "cz": 2, "swap": 2, "ccx": 3, "ccz": 3}.get(name, 1)
            getattr(circuit, name)(*order[:width])
    return circuit


def rotations(operations):
    return sum(operation.name == "rz" for operation in operations)


@settings(max_examples=80, deadline=None)
@given(circuits())
def test_merging_and_short_runs_keep_the_operator(circuit):
    given_operations = read_operations(circuit)
    for reduced in (
        merged(given_operations, NUM_QUBITS),
        with_short_runs(given_operations, NUM_QUBITS),
        merged(with_short_runs(given_operations, NUM_QUBITS), NUM_QUBITS),
    ):
        assert distance(write_circuit(reduced, QuantumCircuit(NUM_QUBITS)), circuit) < 1e-9
        assert sum(map(is_generic, reduced)) <= sum(map(is_generic, given_operations))
    assert rotations(merged(given_operations, NUM_QUBITS)) <= rotations(given_operations)


def reduced(build):
    circuit = QuantumCircuit(NUM_QUBITS)
    build(circuit)
    return merged(read_operations(circuit), NUM_QUBITS)


def test_equal_parities_merge_across_other_gates():
    def build(circuit):
        circuit.cx(0, 1)
        circuit.rz(0.3, 1)
        circuit.rz(0.9, 2)
        circuit.cx(0, 1)
        circuit.t(0)
        circuit.cx(1, 0)  # the parity of 0 and 1 again, now on qubit 0
        circuit.rz(0.4, 0)

    left = [operation for operation in reduced(build) if operation.name == "rz"]
    assert sorted(operation.angle for operation in left) == pytest.approx([0.7, math.pi / 4, 0.9])


def test_a_rotation_about_another_axis_blocks():
    def build(circuit):
        circuit.rz(0.3, 0)
        circuit.rx(0.2, 0)
        circuit.rz(0.4, 0)

    assert rotations(reduced(build)) == 3


def test_signs_of_flipped_qubits():
    def build(circuit):
        circuit.t(0)
        circuit.x(0)
        circuit.t(0)
        circuit.x(0)

    assert rotations(reduced(build)) == 0


def test_nothing_moves_through_a_measurement():
    circuit = QuantumCircuit(1, 1)
    circuit.t(0)
    circuit.measure(0, 0)
    circuit.t(0)
    assert rotations(merged(read_operations(circuit), 1)) == 2


def test_rotations_about_z_pass_a_multi_controlled_z_and_others_do_not():
    def along(circuit):
        circuit.rz(0.3, 0)
        circuit.ccz(0, 1, 2)
        circuit.rz(0.4, 0)

    def across(circuit):
        circuit.rx(0.3, 0)
        circuit.ccz(0, 1, 2)
        circuit.rx(0.4, 0)

    assert rotations(reduced(along)) == 1
    assert rotations(reduced(across)) == 2


def test_multiples_of_an_eighth_turn_are_exact_within_the_tolerance_only():
    eighth = math.pi / 4
    assert as_eighths(3 * eighth + 5e-13) == 3
    assert as_eighths(-eighth) == 7
    assert as_eighths(3 * eighth + 5e-12) is None
    assert as_eighths(math.nan) is None


def test_runs_of_three_euler_angles_at_most():
    circuit = QuantumCircuit(1)
    for angle in np.linspace(0.1, 0.9, 9):
        circuit.rx(angle, 0)
        circuit.rz(2 * angle, 0)
    assert sum(map(is_generic, with_short_runs(read_operations(circuit), 1))) == 3
