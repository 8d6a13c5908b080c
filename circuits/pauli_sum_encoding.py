r"""Sums of Pauli strings as block encodings: a weighted index, the string it selects, and the weights undone.

With :math:`A = \sum_l c_l P_l` and :math:`P |0\rangle` of weights :math:`|c_l| / \alpha`, the block of
:math:`P^\dagger (\sum_l |l\rangle\langle l| \otimes e^{i \arg c_l} P_l) P` is A / alpha, alpha = sum of the |c_l|
(1202.5822; 1610.06546, section 5). Signs and phases go into the selection, so that the weights are all that P must get
right.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from qiskit import QuantumCircuit, QuantumRegister

from circuits.block_encoding import BlockEncoding, Preparation
from circuits.encoding_plan import EncodingPlan
from circuits.pauli_terms import PauliTerms, append_doubly_controlled_pauli, append_pauli, pauli_terms
from circuits.unary_iteration import (
    append_and,
    append_and_not,
    append_iteration,
    append_tree_weights,
    depth,
    iteration_work,
    weighted_tree,
)

__all__ = ["UNARY", "pauli_sum", "plan"]

UNARY = "unary iteration"


def pauli_sum(operator: Any) -> BlockEncoding:
    r"""Encode a ``SparsePauliOp`` by unary iteration over its L terms; alpha is the sum of the |coefficients|.

    Ancillas: ceil(log2 L) (at least one); work: one less (none for L <= 3). Cost: at most 7 CX per term, one per qubit
    of each string, and the weights (two passes of at most L rotations; equal coefficients share rotations). Real
    coefficients make U its own inverse. A control is added to the root of the iteration only.

    Raises:
        ProblemError: no term, a coefficient that is not finite.
    """
    terms, dropped = pauli_terms(operator)
    return _unary(terms, dropped)


def plan(terms: PauliTerms, dropped: float = 0.0) -> EncodingPlan:
    """Return the plan of unary iteration; the predicted CX are counted on the gates of the circuit."""
    encoding = _unary(terms, dropped)
    return EncodingPlan(
        method=UNARY,
        predicted_cx=_predicted_cx(encoding.circuit),
        alpha=encoding.alpha,
        build=partial(_unary, terms, dropped),
        reason=f"{len(terms.strings)} Pauli terms",
    )


def _predicted_cx(circuit: QuantumCircuit) -> int:
    return sum((0, 0, 1, 6)[len(instruction.qubits)] for instruction in circuit.data)


def _unary(terms: PauliTerms, dropped: float) -> BlockEncoding:
    circuit = _unary_circuit(terms, controlled=False)
    count = len(terms.strings)
    return BlockEncoding(
        circuit=circuit,
        num_system=terms.num_qubits,
        ancillas=max(1, (count - 1).bit_length()),
        alpha=float(terms.weights.sum()),
        error=dropped,
        method=UNARY,
        reason=f"{count} Pauli terms",
        hermitian=terms.hermitian,
        self_inverse=terms.hermitian,
        shape=(2**terms.num_qubits, 2**terms.num_qubits),
        preparation=Preparation(float(count), "weights of the terms"),
        controlled_builder=partial(_unary_circuit, terms, controlled=True),
    )


def _unary_circuit(terms: PauliTerms, *, controlled: bool) -> QuantumCircuit:
    weights = terms.weights
    tree = weighted_tree(weights)
    levels = depth(tree)
    # The controlled circuit makes do with as many: pairs of leaves need no flag.
    work = iteration_work(tree, controlled=False)
    registers = [QuantumRegister(terms.num_qubits, "system"), QuantumRegister(max(1, levels), "ancilla")]
    if work:
        registers.append(QuantumRegister(work, "work"))
    if controlled:
        registers.append(QuantumRegister(1, "control"))
    circuit = QuantumCircuit(*registers, name="cU" if controlled else "U")
    control = circuit.num_qubits - 1 if controlled else None
    system = list(range(terms.num_qubits))
    ancilla = list(range(terms.num_qubits, terms.num_qubits + levels))
    clean = list(range(terms.num_qubits + max(1, levels), terms.num_qubits + max(1, levels) + work))

    selection = _Selection(circuit, terms, system)
    weigh = QuantumCircuit(circuit.num_qubits)
    append_tree_weights(weigh, tree, weights, ancilla)
    circuit.compose(weigh, circuit.qubits, inplace=True)
    append_iteration(circuit, tree, ancilla, clean, selection.one, twins=selection.two, control=control)
    circuit.compose(weigh.inverse(), circuit.qubits, inplace=True)
    return circuit


@dataclass(frozen=True, slots=True)
class _Selection:
    """Appends the strings of leaves, alone or in pairs."""

    circuit: QuantumCircuit
    terms: PauliTerms
    system: list[int]

    def one(self, leaf: int, flag: int | None) -> None:
        """Append a term, phase included."""
        append_pauli(self.circuit, self.terms.strings[leaf], self.system, flag, complex(self.terms.phases[leaf]))

    def two(self, zero: int, one: int, control: int | None, index: int, spare: int | None) -> None:
        """Append the cheapest of: one after the other, or one of them always and the quotient where it is wrong."""
        strings = self.terms.strings
        base, other = (zero, one) if strings[zero].weight <= strings[one].weight else (one, zero)
        quotient, phase = strings[other].times(strings[base])
        phase *= complex(self.terms.phases[other] / self.terms.phases[base])
        real = abs(phase.imag) < 1e-14
        separate = strings[zero].weight + strings[one].weight + 7
        joint = strings[base].weight + 4 + 2 * quotient.weight + (0 if real else 2)
        circuit = self.circuit
        if control is not None and spare is not None and separate < joint:
            append_and_not(circuit, control, index, spare)
            self.one(zero, spare)
            circuit.cx(control, spare)
            self.one(one, spare)
            append_and(circuit, control, index, spare)
            return
        self.one(base, control)
        if base == one:
            circuit.x(index)
        if control is None:
            append_pauli(circuit, quotient, self.system, index, phase)
        else:
            append_doubly_controlled_pauli(circuit, quotient, self.system, (control, index), phase)
        if base == one:
            circuit.x(index)
