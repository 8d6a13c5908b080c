"""Our Aer target: no process dies, laws are right, wide gates stay native, pieces respect what is not clean."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit.library import IntegerComparatorGate, MCPhaseGate, MCXGate, RYGate, StatePreparation
from qiskit.quantum_info import Operator, Statevector, random_unitary
from scipy import stats

from qalgo.errors import ExecutionError
from qalgo.execution.fusion import fuse
from qalgo.execution.targets import active_qubits, aer_target, has_operation, lower, lower_piece

NUMBER = 204


def p_value(observed: list[int], law: list[float]) -> float:
    shots = sum(observed)
    likely = np.array(law) * shots >= 5
    counted = np.array([*np.array(observed)[likely], np.array(observed)[~likely].sum()])
    wanted = np.array([*np.array(law)[likely], np.array(law)[~likely].sum()]) * shots
    if wanted[-1] < 1e-6:
        assert counted[-1] == 0, "an outcome of probability zero came out"
        counted, wanted = counted[:-1], wanted[:-1]
    if wanted.size < 2:
        return 1.0
    return float(stats.chisquare(counted, wanted * shots / wanted.sum()).pvalue)


def test_no_process_dies_and_counts_follow_the_law_of_the_circuits_as_written() -> None:
    script = Path(__file__).with_name("random_circuits.py")
    done = subprocess.run(
        [sys.executable, str(script), "20", str(NUMBER)], capture_output=True, text=True, timeout=400, check=False
    )
    assert done.returncode == 0, f"the process ended with {done.returncode}: {done.stderr[-2000:]}"
    cases = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(cases) == NUMBER >= 200
    assert {case["kind"] for case in cases} == {"unitary", "grover", "control flow"}
    assert all(abs(sum(case["law"]) - 1) < 1e-8 for case in cases)
    values = np.array([p_value(case["observed"], case["law"]) for case in cases])
    assert values.min() > 0.05 / NUMBER / 10
    assert stats.binomtest(int((values < 0.1).sum()), NUMBER, 0.1).pvalue > 1e-3


def test_the_plain_aer_target_would_have_killed_the_process() -> None:
    # The reason for all of this: should it stop failing, the detour can go.
    code = (
        "from qiskit import QuantumCircuit, transpile; from qiskit.circuit.library import StatePreparation;"
        "from qiskit_aer import AerSimulator; q = QuantumCircuit(2, 2);"
        "q.append(StatePreparation([0.6, 0.8, 0, 0]).inverse(), [0, 1]); q.measure([0, 1], [0, 1]);"
        "print(AerSimulator().run(transpile(q, AerSimulator())).result().get_counts())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=100, check=False)
    assert done.returncode != 0


def wide() -> QuantumCircuit:
    load = StatePreparation(np.sqrt([0.1, 0.2, 0.3, 0.4]))
    circuit = QuantumCircuit(6)
    circuit.append(load, [0, 1])
    circuit.append(load.inverse(), [2, 3])
    circuit.append(MCXGate(5, ctrl_state=9), range(6))
    circuit.append(MCPhaseGate(0.3, 4), range(5))
    circuit.append(RYGate(0.7).control(3, annotated=True), [5, 2, 0, 1])
    circuit.unitary(random_unitary(8, seed=1), [4, 0, 2])
    circuit.global_phase = 0.4
    return circuit


def test_lowered_circuits_are_equal_and_keep_wide_gates_native() -> None:
    lowered = lower(wide())
    assert np.allclose(Statevector(lowered).data, Statevector(wide()).data, atol=1e-10)
    operations = lowered.count_ops()
    assert operations["mcphase"] == 1
    assert operations["mcx"] >= 1
    assert operations["unitary"] == 1
    assert set(operations) <= set(aer_target(6).operation_names)


def test_pieces_are_equal_as_operators_also_on_states_that_are_not_zero() -> None:
    exact = Operator(wide()).data
    assert np.allclose(Operator(lower_piece(wide(), clean=())).data, exact, atol=1e-10)
    assert np.allclose(Operator(fuse(lower_piece(wide(), clean=()))).data, exact, atol=1e-10)


def test_a_piece_borrows_only_qubits_that_are_clean() -> None:
    circuit = QuantumCircuit(12)
    circuit.append(IntegerComparatorGate(6, 23), range(7))
    names = frozenset(["u", "cx"])
    borrowed = lower_piece(circuit, clean=range(7, 12), names=names)
    alone = lower_piece(circuit, clean=(), names=names)
    assert borrowed.count_ops()["cx"] < alone.count_ops()["cx"]
    # Not clean: right for every value of the spare qubits, checked on one basis state with all of them set.
    for piece, spare in ((alone, 0b11111), (borrowed, 0)):
        for value in (22, 23, 40):
            start = Statevector.from_int(value + (spare << 7), 2**12)
            expected = value + ((value >= 23) << 6) + (spare << 7)
            assert start.evolve(piece).probabilities()[expected] == pytest.approx(1, abs=1e-9)
    used = {circuit.find_bit(qubit).index for part in (borrowed,) for item in part.data for qubit in item.qubits}
    assert used & set(range(7, 12))


def test_fusing_random_circuits_changes_nothing_but_the_number_of_gates() -> None:
    random = np.random.default_rng(4)
    for _ in range(40):
        circuit = QuantumCircuit(4)
        for _ in range(30):
            a, b, c = (int(q) for q in random.permutation(4)[:3])
            kind = random.integers(0, 5)
            if kind <= 1:
                circuit.u(*random.random(3), a)
            elif kind == 2:
                circuit.cx(a, b)
            elif kind == 3:
                circuit.cp(float(random.random()), a, b)
            else:
                circuit.ccx(a, b, c)
        fused = fuse(circuit)
        assert fused.size() < circuit.size()
        assert np.allclose(Operator(fused).data, Operator(circuit).data, atol=1e-10)


def test_a_phase_with_one_control_has_no_matrix_in_qiskit_and_is_fused_all_the_same() -> None:
    circuit = QuantumCircuit(3)
    circuit.ry(0.4, [0, 1, 2])
    circuit.append(MCPhaseGate(0.7, 1), [2, 0])
    circuit.append(MCPhaseGate(0.3, 1).control(1, annotated=False), [0, 1, 2])
    circuit.h(0)
    piece = fuse(lower_piece(circuit, clean=()))
    assert np.allclose(Operator(piece).data, Operator(circuit).data, atol=1e-12)


def test_fusing_drops_what_cancels_and_keeps_the_phase() -> None:
    circuit = QuantumCircuit(2)
    for _ in range(2):
        circuit.cx(0, 1)
        circuit.x(1)
        circuit.z(1)
        circuit.cx(0, 1)
    fused = fuse(circuit)
    assert fused.size() == 0
    assert np.allclose(Operator(fused).data, Operator(circuit).data)


def test_names_are_found_inside_control_flow_and_idle_qubits_are_not_counted() -> None:
    circuit = QuantumCircuit(5, 1)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)), circuit.for_loop(range(2)):
        circuit.swap(0, 3)
    circuit.barrier()
    assert has_operation(circuit, "swap")
    assert not has_operation(circuit, "cx")
    assert active_qubits(circuit) == 2


def test_what_cannot_be_translated_is_a_clear_error() -> None:
    from qiskit.circuit import Gate

    circuit = QuantumCircuit(1)
    circuit.append(Gate("mystery", 1, []), [0])
    with pytest.raises(ExecutionError, match="mystery"):
        lower(circuit)
