r"""The circuit of a banded matrix: weights, phases and values of the diagonals, and one addition of the offset."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from qiskit import AncillaRegister, QuantumCircuit, QuantumRegister

from circuits.diagonal_gates import append_phases, append_values, phases_cx
from circuits.increment import append_boundary, boundary_cx, boundary_work
from circuits.multiplexed import append_multiplexed_ry, append_real_tree
from circuits.signed_addition import addition_cx, addition_work, append_addition

__all__ = ["BandLayout", "band_layout", "banded_circuit"]

RealVector = npt.NDArray[np.float64]
ComplexVector = npt.NDArray[np.complex128]


@dataclass(frozen=True, slots=True, eq=False)
class BandLayout:
    """Where everything of a banded encoding goes; ancillas: index, then value, carry and cut flags as needed."""

    num_qubits: int
    size: int
    alpha: float
    weights: RealVector
    """Amplitudes over the index register, shape (2^index,)."""
    codes: tuple[int, ...]
    """Number to be added (in units of 2^shift, modulo 2^num_offset) by index."""
    num_offset: int
    shift: int
    signed: bool
    negated: bool
    direct: bool
    """Whether the index is the offset itself."""
    carry: bool
    cut: bool
    phases: RealVector | None
    """Phase by index; with ``angles`` possibly by index and column."""
    angles: RealVector | None
    """Ry angles of the value flag by index and column, shape (2^(index + n),)."""

    @property
    def index(self) -> int:
        """Qubits of the index register."""
        return int(self.weights.size).bit_length() - 1

    @property
    def ancillas(self) -> int:
        """Projected qubits; an idle one if nothing else is projected."""
        return max(1, self.index + (self.angles is not None) + self.carry + self.cut)

    @property
    def loaded(self) -> int:
        """Work qubits that hold the offset."""
        return 0 if self.direct else self.num_offset

    @property
    def work(self) -> int:
        """Clean qubits."""
        adder = addition_work(self.num_qubits - self.shift, self.num_offset, signed=self.signed, carry=self.carry)
        return self.loaded + max(adder if self.num_offset else 0, boundary_work(self.num_qubits, self.size) * self.cut)

    def table_size(self) -> int:
        """Numbers tabulated in rotations."""
        return self.weights.size if self.angles is None else self.angles.size

    def predicted_cx(self) -> int:
        """CX of one use: PREPARE and its inverse, values, phases, the loaded offset twice, one addition, the cut."""
        cost = 2 * (self.weights.size - self.index - 1)
        cost += boundary_cx(self.num_qubits, self.size) if self.cut else 0
        if self.num_offset:
            bits = self.num_qubits - self.shift
            cost += addition_cx(bits, self.num_offset, signed=self.signed, carry=self.carry)
        if self.angles is not None:
            cost += self.angles.size
        if self.phases is not None:
            cost += phases_cx(self.phases)
        if not self.direct:
            cost += 2 * sum(_load_cx(self.codes, bit) for bit in range(self.num_offset))
        return int(cost)


def band_layout(values: dict[int, ComplexVector], size: int, *, varying: bool, periodic: bool = False) -> BandLayout:
    """Lay out the diagonals ``values`` (offset to one value, or with ``varying`` to one per column)."""
    num_qubits = max(1, (size - 1).bit_length())
    offsets = sorted(values)
    largest = {offset: float(np.max(np.abs(band))) for offset, band in values.items()}
    alpha = sum(largest.values())
    shift = min(((offset & -offset).bit_length() - 1 for offset in offsets if offset), default=0)
    scaled = [offset >> shift for offset in offsets]
    signed, negated = scaled[0] < 0 < scaled[-1], scaled[0] < 0 >= scaled[-1]
    if negated:
        scaled = [-number for number in scaled]
    width = max(number.bit_length() if number >= 0 else (-number - 1).bit_length() for number in scaled) + signed
    index = (len(offsets) - 1).bit_length()
    direct = width <= index + (not varying)
    places = [number % 2**width for number in scaled] if direct else list(range(len(offsets)))
    count = 2 ** (width if direct else index)
    weights = np.zeros(count)
    weights[places] = np.sqrt(np.array([largest[offset] for offset in offsets]) / alpha)
    codes = [0] * count
    for place, number in zip(places, scaled, strict=True):
        codes[place] = number % 2**width
    table = np.zeros((count, 2**num_qubits if varying else 1), dtype=np.complex128)
    for place, offset in zip(places, offsets, strict=True):
        table[place, : values[offset].size] = values[offset] / largest[offset]
    phases, angles = _rotations(table, varying)
    wide = max(abs(offset) for offset in offsets) > 2**num_qubits - size
    bounded = not varying and not periodic and any(offsets)
    return BandLayout(
        num_qubits, size, alpha, weights / np.linalg.norm(weights), tuple(codes), width, shift, signed, negated, direct,
        carry=bounded and wide, cut=size < 2**num_qubits and not varying, phases=phases, angles=angles,
    )  # fmt: skip


def banded_circuit(layout: BandLayout, *, controlled: bool) -> QuantumCircuit:
    """Return U, or U with a control (registers as in ``BlockEncoding``)."""
    circuit = QuantumCircuit(
        QuantumRegister(layout.num_qubits, "system"), QuantumRegister(layout.ancillas, "ancilla"), name="U"
    )
    system = list(range(layout.num_qubits))
    flags = list(range(layout.num_qubits, circuit.num_qubits))
    index = [flags.pop(0) for _ in range(layout.index)]
    value = flags.pop(0) if layout.angles is not None else None
    carry = flags.pop(0) if layout.carry else None
    cut = flags.pop(0) if layout.cut else None
    work = list(range(circuit.num_qubits, circuit.num_qubits + layout.work))
    if work:
        circuit.add_register(AncillaRegister(len(work), "work"))
    control = circuit.num_qubits if controlled else None
    if controlled:
        circuit.add_register(QuantumRegister(1, "control"))
    if layout.index:
        prepare = QuantumCircuit(layout.index)
        append_real_tree(prepare, layout.weights, range(layout.index))
        circuit.compose(prepare, index, inplace=True)
    if layout.phases is not None:
        append_phases(circuit, layout.phases, [*system, *index] if value is not None and
                      layout.phases.size > layout.weights.size else index, control)  # fmt: skip
    if layout.angles is not None and value is not None:
        append_values(circuit, layout.angles, [*system, *index], value, control)
    offset = index if layout.direct else work[: layout.num_offset]
    if not layout.direct:
        _append_load(circuit, layout, index, offset, inverse=False)
    rest = work[layout.loaded :]
    if cut is not None:
        append_boundary(circuit, system, layout.size, cut, rest)
    if layout.num_offset:
        bits = system[layout.shift :]
        if layout.negated:
            circuit.x(bits)
        append_addition(circuit, bits, offset, rest, signed=layout.signed, carry=carry, control=control)
        if layout.negated:
            circuit.x(bits)
    if cut is not None:
        append_boundary(circuit, system, layout.size, cut, rest)
    if not layout.direct:
        _append_load(circuit, layout, index, offset, inverse=True)
    if layout.index:
        circuit.compose(prepare.inverse(), index, inplace=True)
    return circuit


def _rotations(table: ComplexVector, varying: bool) -> tuple[RealVector | None, RealVector | None]:
    """Phases and value angles; a diagonal that is real up to one phase needs no phase per column."""
    peak = table[np.arange(table.shape[0]), np.argmax(np.abs(table), axis=1)]
    turn = np.where(peak != 0, peak / np.where(peak != 0, np.abs(peak), 1.0), 1.0)
    turn = np.where(np.all(table.imag == 0, axis=1) & varying, 1.0, turn)
    turned = table * turn.conj()[:, np.newaxis]
    phases = np.angle(turn)
    if not varying:
        return (phases if np.any(phases) else None), None
    if np.max(np.abs(turned.imag)) > 4e-16:
        phases = np.angle(table).reshape(-1)
        turned = np.abs(table).astype(np.complex128)
    angles = 2 * np.arccos(np.clip(turned.real, -1.0, 1.0)).reshape(-1)
    return (phases if np.any(phases) else None), angles


def _append_load(
    circuit: QuantumCircuit, layout: BandLayout, index: list[int], offset: list[int], *, inverse: bool
) -> None:
    """Write the offset of the index into clean work qubits, or remove it."""
    for bit, target in enumerate(offset):
        wanted = np.array([code >> bit & 1 for code in layout.codes])
        parity = _parity(wanted)
        if parity is None:
            append_multiplexed_ry(circuit, np.pi * wanted * (-1 if inverse else 1), index, target)
            continue
        constant, used = parity
        if constant:
            circuit.x(target)
        for place in used:
            circuit.cx(index[place], target)


def _parity(wanted: npt.NDArray[np.int64]) -> tuple[int, list[int]] | None:
    """Constant and index qubits whose exclusive or is the wanted bit, or None."""
    number = np.arange(wanted.size)
    used = [place for place in range(wanted.size.bit_length() - 1) if wanted[1 << place] != wanted[0]]
    guess = int(wanted[0]) ^ sum((number >> place) & 1 for place in used) & 1
    return (int(wanted[0]), used) if np.array_equal(guess, wanted) or wanted.size == 1 else None


def _load_cx(codes: tuple[int, ...], bit: int) -> int:
    parity = _parity(np.array([code >> bit & 1 for code in codes]))
    return len(codes) if parity is None else len(parity[1])
