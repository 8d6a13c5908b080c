r"""Toeplitz, circulant and banded matrices: the offset is a small register in superposition, added at once.

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

from circuits.band_structure import Bands, band_values, constant_bands, entries
from circuits.banded_circuit import BandLayout, band_layout, banded_circuit
from circuits.block_encoding import BlockEncoding, Preparation
from circuits.encoding_plan import EncodingPlan
from circuits.errors import ProblemError
from circuits.tridiagonal_encoding import check_boundary, tridiagonal, tridiagonal_cx
from circuits.validation import check_count

__all__ = ["banded", "plan", "toeplitz"]

MOST_BANDS = 64


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
