"""Costs: queries add up, gate counts are those of known circuits."""

import json

import pytest
from qiskit import QuantumCircuit
from qiskit.circuit.library import QFTGate

from qalgo.errors import ProblemError
from qalgo.resources import CircuitCost, QueryCount, cost_of


def test_queries_add() -> None:
    total = QueryCount(5, 2, 1, 1, 1) + QueryCount(3, 1, 1, 1, 1)
    assert total == QueryCount(8, 3, 2, 2, 2)
    assert QueryCount.from_dict(total.to_dict()) == total


def test_a_toffoli_costs_six_cx() -> None:
    circuit = QuantumCircuit(3)
    circuit.ccx(0, 1, 2)
    # Surrounded by rotations the transpiler cannot use the known start.
    framed = QuantumCircuit(3)
    for part in (None, circuit, None):
        for qubit in range(3):
            framed.ry(0.3 + qubit, qubit)
        if part is not None:
            framed.compose(part, inplace=True)
    cost = cost_of(framed)
    assert (cost.qubits, cost.cx) == (3, 6)
    assert cost.total == cost.cx + cost.single_qubit == sum(count for _, count in cost.gates)


def test_counts_of_a_circuit_already_in_the_basis() -> None:
    circuit = QuantumCircuit(3, 1)
    circuit.sx(0)
    circuit.cx(0, 1)
    circuit.barrier()
    circuit.cx(1, 2)
    circuit.rz(0.3, 2)
    circuit.measure(2, 0)
    cost = cost_of(circuit, optimization_level=0)
    assert (cost.depth, cost.cx, cost.single_qubit, cost.total) == (4, 2, 2, 4)
    assert dict(cost.gates) == {"cx": 2, "rz": 1, "sx": 1}


def test_a_fourier_transform_costs_two_cx_per_phase_and_three_per_swap() -> None:
    circuit = QuantumCircuit(4)
    circuit.append(QFTGate(4), range(4))
    assert cost_of(circuit, optimization_level=0).cx == 2 * 6 + 3 * 2


def test_costs_are_deterministic_and_round_trip() -> None:
    circuit = QuantumCircuit(4)
    circuit.append(QFTGate(4), range(4))
    cost = cost_of(circuit)
    assert cost == cost_of(circuit)
    assert CircuitCost.from_dict(json.loads(json.dumps(cost.to_dict()))) == cost
    assert "two-qubit gates" in str(cost)
    assert cost_of(circuit, basis_gates=("cz", "u")).cx <= 2 * cost.cx


def test_what_has_no_cost_is_refused() -> None:
    circuit = QuantumCircuit(2, 1)
    circuit.h(0)
    with pytest.raises(ProblemError, match="circuit is a int"):
        cost_of(5)  # type: ignore[arg-type]
    with pytest.raises(ProblemError, match="levels 0 to 3"):
        cost_of(circuit, optimization_level=7)
    with pytest.raises(ProblemError, match="cannot be written in x"):
        cost_of(circuit, basis_gates=("x",))
    with pytest.raises(ProblemError, match="objective_qubits without power"):
        cost_of(circuit, objective_qubits=[0])
