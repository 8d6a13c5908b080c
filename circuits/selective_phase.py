r"""Selective phases: multiply the states of a set by e^{i beta}, as few controlled phases as the set allows."""

from __future__ import annotations

from collections.abc import Sequence

from qiskit import QuantumCircuit
from qiskit.circuit.library import MCPhaseGate

from circuits.phase_flip import append_multi_controlled_x

__all__ = ["append_set_phase", "append_set_x", "disjoint_cubes"]

Cube = tuple[int, int]
"""(value, mask): the states whose bits under ``mask`` equal those of ``value``."""


def append_set_phase(
    circuit: QuantumCircuit, qubits: Sequence[int], states: Sequence[int], angle: float, clean: Sequence[int] = ()
) -> None:
    r"""Append :math:`I - (1 - e^{i\beta}) P`, where P projects ``qubits`` on ``states`` (little-endian).

    One multi-controlled phase per cube of :func:`disjoint_cubes`; with qubits of ``clean`` (in |0> and returned so) it
    is computed in the last of them; with two or more the cost is linear in the number of qubits.
    """
    for value, mask in disjoint_cubes(states, len(qubits)):
        chosen, zeros = _chosen(qubits, value, mask)
        _append_x(circuit, zeros)
        if not chosen:
            circuit.global_phase += angle
        elif len(chosen) == 1:
            circuit.p(angle, chosen[0])
        elif len(chosen) == 2:
            circuit.cp(angle, *chosen)
        elif clean:
            append_multi_controlled_x(circuit, chosen, clean[-1], clean[:-1])
            circuit.p(angle, clean[-1])
            append_multi_controlled_x(circuit, chosen, clean[-1], clean[:-1])
        else:
            circuit.append(MCPhaseGate(angle, len(chosen) - 1), chosen)
        _append_x(circuit, zeros)


def append_set_x(
    circuit: QuantumCircuit, qubits: Sequence[int], states: Sequence[int], target: int, clean: Sequence[int] = ()
) -> None:
    """Append X on ``target`` if ``qubits`` hold one of ``states``: one multi-controlled X per disjoint cube."""
    for value, mask in disjoint_cubes(states, len(qubits)):
        chosen, zeros = _chosen(qubits, value, mask)
        _append_x(circuit, zeros)
        append_multi_controlled_x(circuit, chosen, target, clean)
        _append_x(circuit, zeros)


def disjoint_cubes(states: Sequence[int], num_qubits: int) -> list[Cube]:
    """Cover a set of states by disjoint cubes: merge pairs that differ in one bit until none is left.

    Greedy: a set that is one cube ("most significant bit set") is found as one; no claim of a minimum otherwise.
    """
    cubes: set[Cube] = {(state, 2**num_qubits - 1) for state in states}
    for bit in reversed(range(num_qubits)):
        flag = 1 << bit
        for value, mask in sorted(cubes):
            partner = (value | flag, mask)
            if mask & flag and not value & flag and (value, mask) in cubes and partner in cubes:
                cubes -= {(value, mask), partner}
                cubes.add((value, mask ^ flag))
    return sorted(cubes)


def _chosen(qubits: Sequence[int], value: int, mask: int) -> tuple[list[int], list[int]]:
    chosen = [qubit for index, qubit in enumerate(qubits) if mask >> index & 1]
    zeros = [qubit for index, qubit in enumerate(qubits) if mask >> index & 1 and not value >> index & 1]
    return chosen, zeros


def _append_x(circuit: QuantumCircuit, qubits: Sequence[int]) -> None:
    for qubit in qubits:
        circuit.x(qubit)
