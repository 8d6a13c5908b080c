r"""Shift, Toeplitz, circulant and banded matrices: the offset is a small register in superposition, added at once.

:math:`A = \sum_k S_k D_k` with S_k|x> = |x + k> and D_k diagonal. PREPARE loads :math:`\sqrt{\max|D_k|}` on the two's
complement of k, SELECT adds it; so a further diagonal costs a share of PREPARE, not another adder. Diagonals that vary
cost a multiplexed rotation of N CX each.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from qiskit import AncillaRegister, QuantumCircuit, QuantumRegister

from circuits.band_structure import Bands, band_values, constant_bands, entries
from circuits.banded_circuit import BandLayout, band_layout, banded_circuit
from circuits.block_encoding import BlockEncoding, Preparation
from circuits.encoding_plan import EncodingPlan
from circuits.errors import ProblemError
from circuits.increment import append_increment, increment_work
from circuits.tridiagonal_encoding import check_boundary, tridiagonal, tridiagonal_cx
from circuits.validation import check_count

__all__ = ["banded", "plan", "shift", "toeplitz"]

MOST_BANDS = 64


def shift(num_qubits: int, offset: int = 1, *, boundary: str = "open") -> BlockEncoding:
    r"""Encode S_k: |x> to |x + k> (k may be negative), dropping or wrapping what leaves 0 .. 2^n - 1; alpha 1.

    Cost: 7 n CX for each digit of k in non-adjacent form; one ancilla (open) or none is projected. A cyclic shift has
    an ancilla that is never used, so that every encoding has one.

    Raises:
        ProblemError: no qubits, an unknown boundary, or |k| >= 2^n with an open boundary.
    """
    check_count(num_qubits, "num_qubits", 1)
    check_boundary(boundary)
    size = 2**num_qubits
    if isinstance(offset, bool) or not isinstance(offset, int | np.integer) or abs(offset) >= size:
        raise ProblemError(f"offset is {offset!r}; allowed: an integer between {1 - size} and {size - 1}")
    form = partial(_shift_circuit, num_qubits, int(offset), boundary == "open")
    return BlockEncoding(
        circuit=form(controlled=False),
        num_system=num_qubits,
        ancillas=1,
        alpha=1.0,
        error=1e-15 * num_qubits,
        method="shift",
        reason=f"one constant diagonal, offset {offset}",
        hermitian=bool(offset == 0 or (boundary == "periodic" and 2 * abs(offset) == size)),
        shape=(size, size),
        controlled_builder=partial(form, controlled=True),
    )


def toeplitz(
    bands: Mapping[int, complex] | npt.ArrayLike,
    first_row: npt.ArrayLike | None = None,
    *,
    size: int,
    boundary: str = "open",
) -> BlockEncoding:
    r"""Encode a Toeplitz ("open") or circulant ("periodic") matrix with alpha = sum of |values|.

    Cost: 12 CX per bit of the widest offset and 9 per other bit (33 and PREPARE for 3 diagonals of 16 x 16), whatever
    the number of diagonals. Hermitian tridiagonal matrices take :func:`circuits.tridiagonal_encoding.tridiagonal`.
    A circulant whose size is not a power of two is encoded as a Toeplitz matrix; this doubles its share of alpha.

    Args:
        bands: value by offset (row minus column), or the first column.
        first_row: the first row, with a first column; its first entry is ignored (as in ``scipy.linalg.toeplitz``).
        size: N; the register has ceil(log2 N) qubits and padding never mixes in.
        boundary: "open" or "periodic" (then offsets count modulo N).

    Raises:
        ProblemError: offsets outside the matrix, only zeros, numbers that are not finite.
    """
    check_count(size, "size", 2)
    check_boundary(boundary)
    values = _given_bands(bands, first_row, size, boundary == "periodic")
    return _toeplitz(Bands(size, values, boundary == "periodic"))


def banded(matrix: Any) -> BlockEncoding:
    r"""Encode a matrix with few diagonals, constant or not; alpha = sum over diagonals of their largest modulus.

    Constant diagonals cost as in :func:`toeplitz`; if any varies, all are read from a table of (diagonals, rounded up
    to a power of two) x N angles with one CX each, and as many again if the phases vary along a diagonal.

    Raises:
        ProblemError: not square, no nonzero entry, or more than 64 diagonals; use another method.
    """
    found = entries(matrix)
    constant = constant_bands(found)
    if constant is not None and len(constant.bands) <= MOST_BANDS:
        return _toeplitz(constant)
    return _varying(_checked_bands(found), found.shape)


def plan(matrix: Any) -> EncodingPlan | None:
    """Return how :func:`banded` would encode the matrix and at what price, or None if it has too many diagonals."""
    found = entries(matrix)
    size = found.shape[0]
    if found.shape != (size, size) or size < 2 or not found.values.size:
        return None
    constant = constant_bands(found)
    if constant is not None and len(constant.bands) <= MOST_BANDS:
        return _constant_plan(constant)
    offsets = np.unique(found.rows - found.columns)
    if offsets.size > MOST_BANDS or offsets.size > size:
        return None
    layout = band_layout(band_values(found), size, varying=True)
    return EncodingPlan(
        method="banded",
        predicted_cx=layout.predicted_cx(),
        alpha=layout.alpha,
        build=partial(_varying, band_values(found), found.shape),
        reason=f"{offsets.size} diagonals, not all constant: a table of {layout.table_size()} rotations",
    )


def _constant_plan(found: Bands) -> EncodingPlan:
    reason = f"{len(found.bands)} constant diagonals, {'periodic' if found.periodic else 'open'} boundary"
    num_qubits = max(1, (found.size - 1).bit_length())
    if _is_hermitian_tridiagonal(found):
        hopping, diagonal = found.bands[1], found.bands.get(0, 0j)
        cost = tridiagonal_cx(num_qubits, found.size, periodic=found.periodic, diagonal=diagonal != 0)
        return EncodingPlan(
            "tridiagonal", cost, abs(diagonal) + 2 * abs(hopping), partial(_toeplitz, found), f"Hermitian, {reason}"
        )
    layout = _constant_layout(found)
    return EncodingPlan("Toeplitz", layout.predicted_cx(), layout.alpha, partial(_toeplitz, found), reason)


def _toeplitz(found: Bands) -> BlockEncoding:
    num_qubits = max(1, (found.size - 1).bit_length())
    if _is_hermitian_tridiagonal(found):
        boundary = "periodic" if found.periodic else "open"
        diagonal = float(found.bands.get(0, 0j).real)
        return tridiagonal(diagonal, found.bands[1], num_qubits, size=found.size, boundary=boundary)
    layout = _constant_layout(found)
    hermitian = all(_partner(found, offset) == value.conjugate() for offset, value in found.bands.items())
    kind = "circulant" if found.periodic else "Toeplitz"
    return _encoding(layout, (found.size, found.size), hermitian, "Toeplitz", f"{len(found.bands)} bands, {kind}")


def _constant_layout(found: Bands) -> BandLayout:
    values = {offset: np.asarray([value]) for offset, value in found.bands.items()}
    full = found.size & (found.size - 1) == 0
    if found.periodic and not full:
        for offset, value in found.bands.items():
            if offset:
                values[offset - found.size if offset > 0 else offset + found.size] = np.asarray([value])
    return band_layout(values, found.size, varying=False, periodic=found.periodic and full)


def _varying(values: dict[int, npt.NDArray[np.complex128]], shape: tuple[int, int]) -> BlockEncoding:
    size = shape[0]
    hermitian = all(
        np.array_equal(
            values.get(-offset, np.zeros(size))[max(0, offset) : size + min(0, offset)],
            band[max(0, -offset) : size - max(0, offset)].conj(),
        )
        for offset, band in values.items()
    )
    layout = band_layout(values, size, varying=True)
    return _encoding(layout, shape, hermitian, "banded", f"{len(values)} diagonals, not all constant")


def _encoding(layout: BandLayout, shape: tuple[int, int], hermitian: bool, method: str, reason: str) -> BlockEncoding:
    circuit = banded_circuit(layout, controlled=False)
    return BlockEncoding(
        circuit=circuit,
        num_system=layout.num_qubits,
        ancillas=layout.ancillas,
        alpha=layout.alpha,
        error=4e-16 * (circuit.size() + 2 * layout.table_size()) * layout.alpha,
        method=method,
        reason=reason,
        hermitian=hermitian,
        shape=shape,
        preparation=Preparation(float(layout.table_size()), "angles of the diagonals"),
        controlled_builder=partial(banded_circuit, layout, controlled=True),
    )


def _is_hermitian_tridiagonal(found: Bands) -> bool:
    offsets = set(found.bands)
    if not {1, -1} <= offsets <= {-1, 0, 1} or found.bands[-1] != found.bands[1].conjugate():
        return False
    if found.bands.get(0, 0j).imag != 0:
        return False
    if not found.periodic:
        return True
    turns = np.angle(found.bands[1]) * found.size / (2 * np.pi)
    return bool(found.size & (found.size - 1) == 0 and abs(turns - round(turns)) < 1e-13 * found.size)


def _partner(found: Bands, offset: int) -> complex:
    """Value of the transposed diagonal."""
    if found.periodic and 2 * offset == found.size:
        return found.bands[offset]
    return found.bands.get(-offset, 0j)


def _checked_bands(found: Any) -> dict[int, npt.NDArray[np.complex128]]:
    rows, columns = found.shape
    if rows != columns or rows < 2 or not found.values.size:
        raise ProblemError(f"matrix has shape {found.shape}; allowed: square, at least 2 x 2, with a nonzero entry")
    count = np.unique(found.rows - found.columns).size
    if count > MOST_BANDS:
        raise ProblemError(f"matrix has {count} diagonals; allowed: at most {MOST_BANDS}; use fable or sparse")
    return band_values(found)


def _given_bands(bands: Any, first_row: Any, size: int, periodic: bool) -> dict[int, complex]:
    if not isinstance(bands, Mapping):
        column = np.asarray(bands, dtype=np.complex128).reshape(-1)
        row = (
            column.conj()
            if first_row is None and not periodic
            else np.asarray([] if first_row is None else first_row, dtype=np.complex128).reshape(-1)
        )
        bands = {offset: complex(value) for offset, value in enumerate(column)}
        bands |= {-offset: complex(value) for offset, value in enumerate(row) if offset}
    values: dict[int, complex] = {}
    for offset, value in bands.items():
        if not np.isfinite(value) or (not periodic and abs(offset) >= size and value != 0):
            raise ProblemError(f"band {offset} is {value}; allowed: finite numbers, offsets within +-{size - 1}")
        place = int(offset)
        if periodic:
            place = (place + (size - 1) // 2) % size - (size - 1) // 2
        if value != 0:
            values[place] = values.get(place, 0j) + complex(value)
    values = {offset: value for offset, value in values.items() if value != 0}
    if not values or len(values) > MOST_BANDS:
        raise ProblemError(f"{len(values)} bands are not zero; allowed: 1 .. {MOST_BANDS}")
    return values


def _shift_circuit(num_qubits: int, offset: int, carried: bool, *, controlled: bool) -> QuantumCircuit:
    """Add the non-adjacent digits of the offset one by one to the register and its overflow qubit."""
    digits = _digits(offset, num_qubits + carried)
    widest = max((num_qubits - place for place, _ in digits), default=0)
    needed = increment_work(1 + widest + carried, False)
    circuit = QuantumCircuit(QuantumRegister(num_qubits, "system"), QuantumRegister(1, "ancilla"), name="U")
    work = list(range(num_qubits + 1, num_qubits + 1 + needed))
    if needed:
        circuit.add_register(AncillaRegister(needed, "work"))
    if controlled:
        circuit.add_register(QuantumRegister(1, "control"))
    controls = [circuit.num_qubits - 1] if controlled else []
    for place, digit in digits:
        bits = [*range(place, num_qubits), *([num_qubits] if carried else [])]
        if digit < 0:
            circuit.x(bits)
        append_increment(circuit, bits, work, controls=controls)
        if digit < 0:
            circuit.x(bits)
    return circuit


def _digits(offset: int, length: int) -> list[tuple[int, int]]:
    """Non-adjacent form: few digits +-1; those beyond the register do not matter."""
    digits, place = [], 0
    while offset:
        if offset & 1:
            digit = 2 - (offset & 3)
            digits.append((place, digit))
            offset -= digit
        offset >>= 1
        place += 1
    return [(place, digit) for place, digit in digits if place < length]
