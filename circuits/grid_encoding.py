r"""Laplacians of grids: the mean of one tridiagonal matrix per axis, chosen by a register; O(n) CX, no loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
from qiskit import AncillaRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit.library import RCCXGate

from circuits.band_structure import Entries
from circuits.block_encoding import BlockEncoding
from circuits.increment import append_ladder
from circuits.multiplexed import append_real_tree

__all__ = ["GridBands", "grid_bands", "mean_over_axes"]


@dataclass(frozen=True, slots=True)
class GridBands:
    """A = d I + sum over axes of (e S + e* S^T), open boundaries; the first axis varies fastest."""

    diagonal: float
    hoppings: tuple[complex, ...]
    sizes: tuple[int, ...]


def grid_bands(found: Entries) -> GridBands | None:
    """Return the axes of a grid matrix if every axis but the slowest has a power of two of sites, else None."""
    size = found.shape[0]
    offsets = found.rows - found.columns
    strides = [int(offset) for offset in np.unique(offsets) if offset > 0]
    if found.shape != (size, size) or not 2 <= len(strides) <= 4 or strides[0] != 1 or size % strides[-1]:
        return None
    sizes = [after // before for before, after in zip(strides, [*strides[1:], size], strict=True)]
    if any(side & (side - 1) for side in sizes[:-1]) or min(sizes) < 2:
        return None
    if any(after % before for before, after in pairwise(strides)):
        return None
    on_diagonal = found.values[offsets == 0]
    if on_diagonal.size != size or np.any(on_diagonal != on_diagonal[0]) or on_diagonal[0].imag != 0:
        return None
    hoppings = []
    accounted = size
    for stride, side in zip(strides, sizes, strict=True):
        below, above = offsets == stride, offsets == -stride
        value = complex(found.values[below][0])
        inside = np.all((found.columns[below] // stride) % side != side - 1)
        expected = size - size // side
        if not inside or np.count_nonzero(below) != expected or np.count_nonzero(above) != expected:
            return None
        if np.any(found.values[below] != value) or np.any(found.values[above] != value.conjugate()):
            return None
        if not np.all((found.rows[above] // stride) % side != side - 1):
            return None
        hoppings.append(value)
        accounted += 2 * expected
    if accounted != found.values.size:
        return None
    return GridBands(float(on_diagonal[0].real), tuple(hoppings), tuple(sizes))


def mean_over_axes(axes: Sequence[BlockEncoding], size: int) -> BlockEncoding:
    r"""Encode the Kronecker sum of the matrices of ``axes`` (two to four, the first on the lowest qubits).

    Alpha adds up; ancillas and work qubits are shared, for only one axis acts at a time. Cost: a controlled use of
    every axis; and for more than two axes 6 CX each, to choose it.
    """
    form = partial(_circuit, tuple(axes))
    circuit = form(controlled=False)
    return BlockEncoding(
        circuit=circuit,
        num_system=sum(axis.num_system for axis in axes),
        ancillas=_choices(axes) + max(axis.ancillas for axis in axes),
        alpha=sum(axis.alpha for axis in axes),
        error=sum(axis.error for axis in axes) + 1e-15,
        method="grid",
        reason=f"Kronecker sum over {len(axes)} axes",
        hermitian=all(axis.hermitian for axis in axes),
        self_inverse=all(axis.self_inverse for axis in axes),
        shape=(size, size),
        controlled_builder=partial(form, controlled=True),
    )


def _choices(axes: Sequence[BlockEncoding]) -> int:
    return (len(axes) - 1).bit_length()


def _circuit(axes: tuple[BlockEncoding, ...], *, controlled: bool) -> QuantumCircuit:
    num_system, choices = sum(axis.num_system for axis in axes), _choices(axes)
    shared = max(axis.ancillas for axis in axes)
    working = max(axis.work_qubits for axis in axes)
    circuit = QuantumCircuit(
        QuantumRegister(num_system, "system"),
        QuantumRegister(choices + shared, "ancilla"),
        AncillaRegister(choices + working, "work"),
        name="U",
    )
    choice = list(range(num_system, num_system + choices))
    ancillas = list(range(num_system + choices, num_system + choices + shared))
    ladder = list(range(ancillas[-1] + 1, ancillas[-1] + 1 + choices))
    work = list(range(ladder[-1] + 1, ladder[-1] + 1 + working))
    chain = list(choice)
    if controlled:
        circuit.add_register(QuantumRegister(1, "control"))
        chain.insert(0, circuit.num_qubits - 1)
    weights = np.zeros(2**choices)
    weights[: len(axes)] = np.sqrt([axis.alpha for axis in axes])
    prepare = QuantumCircuit(choices)
    append_real_tree(prepare, weights / np.linalg.norm(weights), range(choices))
    circuit.compose(prepare, choice, inplace=True)
    place = 0
    for number, axis in enumerate(axes):
        zeros = [qubit for bit, qubit in enumerate(choice) if not number >> bit & 1]
        if zeros:
            circuit.x(zeros)
        held, rungs = append_ladder(circuit, chain, ladder)
        system = range(place, place + axis.num_system)
        places = [*system, *ancillas[: axis.ancillas], *work[: axis.work_qubits], held[-1]]
        circuit.compose(axis.controlled_circuit(), places, inplace=True)
        for rung in reversed(rungs):
            circuit.append(RCCXGate().inverse(), rung)
        if zeros:
            circuit.x(zeros)
        place += axis.num_system
    circuit.compose(prepare.inverse(), choice, inplace=True)
    return circuit
