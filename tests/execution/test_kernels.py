"""Compiled kernels: the amplitudes are Qiskit's, for every kind of gate and width."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.circuit.library import DiagonalGate, MCPhaseGate, MCXGate, UnitaryGate
from qiskit.quantum_info import Statevector, random_statevector, random_unitary

from qalgo.execution.kernels import block_qubits, compile_steps, final_layout, indices_of, merge


def random_circuit(num_qubits: int, seed: int, gates: int = 25) -> QuantumCircuit:
    random = np.random.default_rng(seed)
    circuit = QuantumCircuit(num_qubits)
    kinds = [
        lambda: UnitaryGate(random_unitary(2, seed=int(random.integers(10**6)))),
        lambda: UnitaryGate(random_unitary(4, seed=int(random.integers(10**6)))),
        lambda: UnitaryGate(random_unitary(8, seed=int(random.integers(10**6)))),
        lambda: MCXGate(num_qubits - 1, ctrl_state=int(random.integers(2 ** (num_qubits - 1)))),
        lambda: MCXGate(3, ctrl_state=int(random.integers(8))),
        lambda: MCPhaseGate(float(random.random()), num_qubits - 1),
        lambda: MCPhaseGate(float(random.random()), 3),
        lambda: DiagonalGate(np.exp(1j * random.random(2 ** (num_qubits - 1)))),
    ]
    for _ in range(gates):
        gate = kinds[int(random.integers(len(kinds)))]()
        circuit.append(gate, [int(q) for q in random.permutation(num_qubits)[: gate.num_qubits]])
        if random.random() < 0.2:
            circuit.barrier()
    return circuit


def compiled(circuit: QuantumCircuit, state: np.ndarray, widest: int) -> np.ndarray:
    """The circuit on a state, both as arrays in Qiskit's order."""
    steps = merge(circuit.data, {qubit: index for index, qubit in enumerate(circuit.qubits)}, widest=widest)
    assert not isinstance(steps, str)
    plain = tuple(range(circuit.num_qubits))
    layout = final_layout(steps, plain)
    program = compile_steps(steps, plain)
    assert program.layout == layout
    program.entry[:] = state
    program.run()
    found = np.empty_like(program.result)
    found[indices_of(plain, layout)] = program.result
    ordered = compile_steps(steps, plain, plain)
    ordered.entry[:] = state
    ordered.run()
    assert np.allclose(ordered.result, found, atol=1e-14)
    return found


@settings(max_examples=25, deadline=None)
@given(st.integers(4, 8), st.integers(2, 8), st.integers(0, 10**6))
def test_amplitudes_are_those_of_qiskit(num_qubits: int, widest: int, seed: int) -> None:
    circuit = random_circuit(num_qubits, seed)
    state = random_statevector(2**num_qubits, seed=seed)
    assert np.allclose(compiled(circuit, state.data, widest), state.evolve(circuit).data, atol=1e-12)


@pytest.mark.parametrize("num_qubits", [7, 9, 12])
def test_the_width_of_blocks_that_is_used(num_qubits: int) -> None:
    circuit = random_circuit(num_qubits, 5, gates=12)
    state = random_statevector(2**num_qubits, seed=1)
    found = compiled(circuit, state.data, block_qubits(num_qubits))
    assert np.allclose(found, state.evolve(circuit).data, atol=1e-12)


def test_narrow_circuits_become_one_matrix_and_gates_on_other_qubits_are_passed() -> None:
    circuit = QuantumCircuit(6)
    for layer in range(5):
        for qubit in range(5):
            circuit.cx(qubit, qubit + 1)
            circuit.rx(0.1 * layer, qubit)
    position = {qubit: index for index, qubit in enumerate(circuit.qubits)}
    assert len(merge(circuit.data, position, widest=6)) == 1
    apart = QuantumCircuit(6)
    for _ in range(10):
        for first in (0, 3):
            apart.ccx(first, first + 1, first + 2)
            apart.h(first)
    assert len(merge(apart.data, position | {q: i for i, q in enumerate(apart.qubits)}, widest=3)) == 2


def test_what_is_no_gate_is_named() -> None:
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.reset(1)
    position = {qubit: index for index, qubit in enumerate(circuit.qubits)}
    assert merge(circuit.data, position, widest=2) == "'reset' is not a gate with a matrix"


def test_the_same_run_twice_gives_the_same_bits() -> None:
    circuit = random_circuit(8, 3)
    state = Statevector.from_label("0" * 8).data
    assert np.array_equal(compiled(circuit, state, 4), compiled(circuit, state, 4))


def test_a_diagonal_after_flips_that_do_not_commute() -> None:
    random = np.random.default_rng(0)
    circuit = QuantumCircuit(5)
    circuit.append(MCXGate(3), [0, 1, 2, 3])
    circuit.append(MCXGate(3), [1, 2, 3, 0])
    circuit.append(MCXGate(3, ctrl_state=5), [4, 3, 0, 2])
    circuit.append(DiagonalGate(np.exp(6j * random.random(16))), [3, 0, 4, 1])
    circuit.append(MCPhaseGate(0.4, 3), [2, 0, 1, 4])
    state = random_statevector(32, seed=2)
    assert np.allclose(compiled(circuit, state.data, 2), state.evolve(circuit).data, atol=1e-12)
