r"""Multi-controlled Z with measured ANDs: 4 (n - 2) T gates and n - 2 measurements (Gidney, arXiv:1709.06648).

An AND is computed into a clean qubit with four T. It is removed without any: the qubit is measured in the X basis, and
a CZ on its two inputs undoes the sign that the outcome 1 leaves. These circuits are dynamic: they have no ``inverse()``
and no matrix, but every outcome of the measurements gives exactly the same unitary, work qubits back in |0>.
"""

from __future__ import annotations

from qiskit import AncillaRegister, ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit import Clbit

from circuits.validation import check_count

__all__ = ["append_and", "append_measured_uncomputation", "measured_multi_controlled_z", "measured_zero_reflection"]


def measured_multi_controlled_z(num_qubits: int) -> QuantumCircuit:
    r"""Flip the sign of :math:`|1\dots1\rangle` of ``num_qubits`` qubits with 4 (n - 2) T gates (none for n <= 2).

    Registers: ``state`` (n), ``work`` (n - 2, clean before and after), classical ``outcome`` (n - 2).

    Raises:
        ProblemError: fewer than one qubit.
    """
    circuit = _declared(num_qubits, "measured_mcz")
    _append_sign_flip(circuit, num_qubits)
    return circuit


def measured_zero_reflection(num_qubits: int) -> QuantumCircuit:
    r"""Return :math:`I - 2|0\rangle\langle 0|`; registers, cost and errors as :func:`measured_multi_controlled_z`."""
    circuit = _declared(num_qubits, "measured_S0")
    circuit.x(range(num_qubits))
    _append_sign_flip(circuit, num_qubits)
    circuit.x(range(num_qubits))
    return circuit


def append_and(circuit: QuantumCircuit, first: int, second: int, target: int) -> None:
    """Write the AND of two qubits into a clean one, without any relative phase: four T (1709.06648, figure 3)."""
    circuit.h(target)
    circuit.t(target)
    circuit.cx(first, target)
    circuit.cx(second, target)
    circuit.cx(target, first)
    circuit.cx(target, second)
    circuit.tdg([first, second])
    circuit.t(target)
    circuit.cx(target, first)
    circuit.cx(target, second)
    circuit.h(target)
    circuit.s(target)


def append_measured_uncomputation(
    circuit: QuantumCircuit, first: int, second: int, target: int, outcome: Clbit
) -> None:
    """Return a qubit that holds the AND of two others to |0>: one measurement, classically controlled CZ and X."""
    circuit.h(target)
    circuit.measure(target, outcome)
    with circuit.if_test((outcome, 1)):
        circuit.cz(first, second)
        circuit.x(target)


def _declared(num_qubits: int, name: str) -> QuantumCircuit:
    check_count(num_qubits, "num_qubits", 1)
    circuit = QuantumCircuit(QuantumRegister(num_qubits, "state"), name=name)
    if num_qubits > 2:
        circuit.add_register(AncillaRegister(num_qubits - 2, "work"))
        circuit.add_register(ClassicalRegister(num_qubits - 2, "outcome"))
    return circuit


def _append_sign_flip(circuit: QuantumCircuit, num_qubits: int) -> None:
    if num_qubits == 1:
        circuit.z(0)
        return
    rungs = []
    value = 0
    for rung in range(num_qubits - 2):
        rungs.append((value, rung + 1, num_qubits + rung))
        value = num_qubits + rung
    for first, second, target in rungs:
        append_and(circuit, first, second, target)
    circuit.cz(value, num_qubits - 1)
    for (first, second, target), outcome in reversed(list(zip(rungs, circuit.clbits, strict=True))):
        append_measured_uncomputation(circuit, first, second, target, outcome)
