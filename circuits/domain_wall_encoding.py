r"""Pauli sums without a single Toffoli: the index is the place of a domain wall, and one qubit marks the start.

For L terms the code words are :math:`1^l 0^{L-1-l}` on L - 1 qubits. Qubit l set means "the wall is at l or beyond", so
that selecting the string of the wall is one controlled string per qubit, the quotient of neighbouring terms:
:math:`\sum_l |l\rangle\langle l| \otimes P_l = \prod_l C_l(P_l P_{l-1}) P_0`. Weights come from rotations between
neighbouring walls: qubit l turns where its neighbours differ, two CZ each. Only the word 0...0 has qubit 1 in
:math:`|0\rangle`: this one qubit is the ancilla, and a reflection about it costs no CX. The others are clean
whenever it is; on all other words they are not.
"""

from __future__ import annotations

import itertools
import math
from functools import partial

import numpy as np
from qiskit import QuantumCircuit, QuantumRegister

from circuits.block_encoding import BlockEncoding, Preparation
from circuits.encoding_plan import EncodingPlan
from circuits.pauli_terms import PauliString, PauliTerms, append_doubly_controlled_pauli, append_pauli

__all__ = ["WALL", "domain_wall", "wall_plan"]

WALL = "domain wall"

_MAX_SORTED_TERMS = 2048


def domain_wall(terms: PauliTerms, dropped: float = 0.0) -> BlockEncoding:
    """Encode a sum of L Pauli strings with one projected ancilla and L - 2 further qubits of the wall's code.

    CX: 4 L - 8 for the weights and one per qubit of the quotient of neighbouring strings. The terms are ordered so that
    these quotients are short.
    """
    order = _short_path(terms.strings)
    ordered = PauliTerms(terms.num_qubits, tuple(terms.strings[i] for i in order), terms.coefficients[order])
    count = len(order)
    return BlockEncoding(
        circuit=_circuit(ordered, controlled=False),
        num_system=terms.num_qubits,
        ancillas=1,
        alpha=float(terms.weights.sum()),
        error=dropped,
        method=WALL,
        reason=f"{count} Pauli terms, one qubit each",
        hermitian=terms.hermitian,
        # True on the code, which is all that is ever reached; elsewhere the circuit must be inverted.
        self_inverse=count <= 2 and terms.hermitian,
        shape=(2**terms.num_qubits, 2**terms.num_qubits),
        preparation=Preparation(float(count) ** 2, "order of the terms"),
        controlled_builder=partial(_circuit, ordered, controlled=True),
        clean_work=count <= 2,
    )


def wall_plan(terms: PauliTerms, dropped: float = 0.0) -> EncodingPlan:
    """Return the plan of :func:`domain_wall`."""
    order = _short_path(terms.strings)
    quotients = (terms.strings[i].times(terms.strings[j])[0].weight for i, j in itertools.pairwise(order))
    return EncodingPlan(
        method=WALL,
        predicted_cx=max(0, 4 * len(order) - 8) + sum(quotients),
        alpha=float(terms.weights.sum()),
        build=partial(domain_wall, terms, dropped),
        reason=f"{len(order)} Pauli terms, one qubit each",
    )


def _short_path(strings: tuple[PauliString, ...]) -> list[int]:
    """Order the strings so that neighbours have short quotients: nearest neighbour first, from the shortest string."""
    if len(strings) > _MAX_SORTED_TERMS:
        return sorted(range(len(strings)), key=lambda i: (strings[i].x, strings[i].z))
    left = set(range(len(strings)))
    best = max(left, key=lambda i: (strings[i].weight, -i))
    path = []
    while True:
        path.append(best)
        left.remove(best)
        if not left:
            return path
        here = strings[best]
        best = min(left, key=lambda i: (PauliString(here.x ^ strings[i].x, here.z ^ strings[i].z).weight, i))


def _circuit(terms: PauliTerms, *, controlled: bool) -> QuantumCircuit:
    size, count = terms.num_qubits, len(terms.strings)
    registers = [QuantumRegister(size, "system"), QuantumRegister(1, "ancilla")]
    if count > 2:
        registers.append(QuantumRegister(count - 2, "work"))
    if controlled:
        registers.append(QuantumRegister(1, "control"))
    circuit = QuantumCircuit(*registers, name="cU" if controlled else "U")
    system, wall = list(range(size)), list(range(size, size + count - 1))
    control = circuit.num_qubits - 1 if controlled else None
    weigh = QuantumCircuit(circuit.num_qubits)
    for step, angle in enumerate(_angles(terms.weights)):
        _append_move(weigh, wall, step, angle)
    circuit.compose(weigh, circuit.qubits, inplace=True)
    phases = terms.phases
    append_pauli(circuit, terms.strings[0], system, control, complex(phases[0]))
    for step in range(1, count):
        quotient, phase = terms.strings[step].times(terms.strings[step - 1])
        phase *= complex(phases[step] / phases[step - 1])
        if control is None:
            append_pauli(circuit, quotient, system, wall[step - 1], phase)
        else:
            append_doubly_controlled_pauli(circuit, quotient, system, (control, wall[step - 1]), phase)
    circuit.compose(weigh.inverse(), circuit.qubits, inplace=True)
    return circuit


def _angles(weights: np.ndarray) -> list[float]:
    """Angle of each move: its sine is the amplitude of all walls beyond, among those not yet behind."""
    beyond = np.cumsum(weights[::-1])[::-1]
    pairs = zip(beyond[1:], weights[:-1], strict=True)
    return [2 * math.atan2(math.sqrt(float(later)), math.sqrt(float(here))) for later, here in pairs]


def _append_move(circuit: QuantumCircuit, wall: list[int], step: int, angle: float) -> None:
    """Reflect between the walls at ``step`` and ``step`` + 1: qubit ``step`` turns where its neighbours differ."""
    qubit = wall[step]
    circuit.ry(-angle / 2, qubit)
    if step == 0:
        # Before the first qubit everything counts as 1.
        circuit.z(qubit)
    else:
        circuit.cz(wall[step - 1], qubit)
    if step + 1 < len(wall):
        circuit.cz(wall[step + 1], qubit)
    circuit.ry(angle / 2, qubit)
