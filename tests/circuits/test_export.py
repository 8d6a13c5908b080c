import io

import numpy as np
import pytest
from circuit_checks import matrix, random_joint
from qiskit import QuantumCircuit, qasm3, qpy
from qiskit.circuit import Parameter
from qiskit.circuit.library import IntegerComparatorGate, LinearPauliRotationsGate, UCRYGate

from circuits.arithmetic import comparator, piecewise_linear_rotation
from circuits.errors import ExecutionError, ProblemError
from circuits.export import from_qpy, to_qasm3, to_qpy
from circuits.phase import canonical_amplitude_estimation
from circuits.reflection import controlled_grover_operator, grover_operator
from circuits.states import joint_payoff_state, matrix_product_state


def library_gates() -> QuantumCircuit:
    """Gates that qiskit itself cannot load from QPY, or cannot write as OpenQASM 3."""
    circuit = QuantumCircuit(4)
    circuit.append(IntegerComparatorGate(2, 2), [0, 1, 2])
    circuit.append(LinearPauliRotationsGate(2, 0.3, 0.1), [0, 1, 3])
    circuit.append(UCRYGate([0.1, 0.2, 0.3, 0.4]), [0, 1, 2])
    return circuit


def preparation() -> QuantumCircuit:
    return joint_payoff_state(*random_joint(3, 1))


CASES = {
    "load": preparation,
    "grover": lambda: grover_operator(preparation(), [3]),
    "controlled": lambda: controlled_grover_operator(preparation(), [3], work_qubits=1),
    "canonical": lambda: canonical_amplitude_estimation(preparation(), [3], 2),
    "chain": lambda: matrix_product_state(np.ones(64) / 8),
    "comparator": lambda: comparator(4, 5),
    "piecewise": lambda: piecewise_linear_rotation(3, [0, 3], [0.1, 0.2], [0.3, 0.4]),
    "library": library_gates,
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("level", [0, 1])
def test_qasm3_round_trip_is_the_same_operator(name, level):
    circuit = CASES[name]()
    text = to_qasm3(circuit, optimization_level=level)
    assert text.startswith("OPENQASM 3")
    np.testing.assert_allclose(matrix(qasm3.loads(text)), matrix(circuit), atol=1e-9)


@pytest.mark.parametrize("name", CASES)
def test_qpy_round_trip_is_the_same_circuit(name, tmp_path):
    circuit = CASES[name]()
    buffer = io.BytesIO()
    to_qpy(circuit, buffer)
    to_qpy(circuit, tmp_path / "circuit.qpy")
    buffer.seek(0)
    first, second = qpy.load(buffer)[0], from_qpy(tmp_path / "circuit.qpy")
    assert first == second
    assert [register.name for register in first.qregs] == [register.name for register in circuit.qregs]
    np.testing.assert_allclose(matrix(first), matrix(circuit), atol=1e-9)


def test_basis_gates_are_kept_to():
    text = to_qasm3(preparation(), basis_gates=["rz", "sx", "x", "cx"])
    assert set(qasm3.loads(text).count_ops()) <= {"rz", "sx", "x", "cx"}


def test_qpy_of_an_open_file(tmp_path):
    with open(tmp_path / "a.qpy", "wb") as handle:
        to_qpy(preparation(), handle)
    with open(tmp_path / "a.qpy", "rb") as handle:
        np.testing.assert_allclose(matrix(from_qpy(handle)), matrix(preparation()), atol=1e-9)


def free() -> QuantumCircuit:
    circuit = QuantumCircuit(1)
    circuit.rx(Parameter("x"), 0)
    return circuit


@pytest.mark.parametrize(
    ("build", "kind", "message"),
    [
        (lambda: to_qasm3("circuit"), ProblemError, "is a str"),
        (lambda: to_qasm3(free()), ProblemError, "parameters x"),
        (lambda: to_qasm3(preparation(), ["h"]), ProblemError, "universal"),
        (lambda: to_qasm3(preparation(), ["nonsense"]), ProblemError, "nonsense"),
        (lambda: to_qasm3(preparation(), optimization_level=3), ProblemError, "0 or 1"),
        (lambda: to_qpy(preparation(), "/nowhere/at/all.qpy"), ExecutionError, "cannot write"),
        (lambda: from_qpy("/nowhere/at/all.qpy"), ExecutionError, "cannot read"),
        (lambda: from_qpy(io.BytesIO(b"this is text, not a circuit")), ProblemError, "not a QPY"),
        (lambda: from_qpy(io.BytesIO(b"")), ProblemError, "not a QPY"),
    ],
)
def test_bad_input_is_named(build, kind, message):
    with pytest.raises(kind, match=message):
        build()
