"""Every synthesis of a multi-controlled Z: exact matrix, clean work qubits, T count of the published formula."""

import pytest
from clifford_t_checks import distance
from qiskit import QuantumCircuit

from qalgo.fault_tolerance.merging import merged
from qalgo.fault_tolerance.multi_controlled import (
    CATALYTIC,
    STRATEGIES,
    catalysts,
    strategy_work_qubits,
    written_out,
)
from qalgo.fault_tolerance.operations import Operation, write_circuit
from qalgo.fault_tolerance.pieces import t_count


def one_gate(strategy, num_qubits):
    work = range(num_qubits, num_qubits + strategy_work_qubits(strategy, num_qubits))
    body = written_out([Operation("mcz", tuple(range(num_qubits)))], work, strategy)
    held = work if strategy in CATALYTIC else ()
    return [*catalysts(held), *body, *catalysts(held, inverse=True)], num_qubits + len(work), body


@pytest.mark.parametrize("num_qubits", [3, 4, 5])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_exact_with_clean_work_qubits(strategy, num_qubits):
    operations, width, _ = one_gate(strategy, num_qubits)
    wanted = QuantumCircuit(num_qubits)
    wanted.h(num_qubits - 1)
    wanted.mcx(list(range(num_qubits - 1)), num_qubits - 1)
    wanted.h(num_qubits - 1)
    assert distance(write_circuit(operations, QuantumCircuit(width)), wanted) < 1e-12


@pytest.mark.parametrize("num_qubits", [5, 10, 20])
def test_t_counts(num_qubits):
    bodies = {strategy: t_count(one_gate(strategy, num_qubits)[2]) for strategy in STRATEGIES}
    assert bodies["ladder"] == 6 * (num_qubits - 2)
    assert bodies["short ladder"] == 6 * (num_qubits - 3) + 7
    # 8 m - 9 T for m controls (2407.17966).
    operations, width, _ = one_gate("one clean qubit", num_qubits)
    assert t_count(merged(operations, width)) <= 8 * (num_qubits - 1) - 9
