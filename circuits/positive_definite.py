r"""A = scale (I - C) with a loss-free encoding of C: what makes linear systems cost sqrt(kappa) instead of kappa.

For a positive definite A and :math:`\|C\| \le 1` encoded with alpha exactly 1, a polynomial of degree
:math:`O(\sqrt{\kappa} \log 1/\epsilon)` in C approximates the inverse of A (2101.11868, section IV). An encoding of A
alone cannot give that: any alpha above 1 moves the spectrum of C away from 1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from circuits.band_structure import constant_bands
from circuits.block_encoding import BlockEncoding
from circuits.tridiagonal_encoding import tridiagonal

__all__ = ["Complement", "complement"]

_EQUAL = 4e-16


@dataclass(frozen=True, slots=True, eq=False)
class Complement:
    """C and scale with A = scale (I - C); C is encoded with alpha 1."""

    encoding: BlockEncoding
    """Encoding of C, alpha exactly 1."""
    scale: float
    """Positive number: A = scale (I - C)."""
    reason: str
    """The structure that made it possible."""
    solves_problem: bool = False
    """True if the classical work (a full decomposition) already contains the answer."""


def complement(matrix: Any) -> Complement | None:
    """Return C and scale of a Hermitian positive (semi)definite matrix, or None where no loss-free C is known.

    Args:
        matrix: dense array or scipy sparse matrix.

    Raises:
        ProblemError: not a square matrix of finite numbers.
    """
    return _path(matrix)


def _path(matrix: Any) -> Complement | None:
    r"""Tridiagonal Toeplitz matrix :math:`A = d I + e S + e^* S^T` with d >= 2 |e|, on a path or a cycle.

    The scale d/2 + |e|, half the bound d + 2 |e| of the largest eigenvalue, makes alpha of C exactly 1.
    """
    found = constant_bands(matrix)
    if found is None or set(found.bands) - {0, 1, -1}:
        return None
    num_qubits = max(1, (found.size - 1).bit_length())
    lower, diagonal = found.bands.get(1, 0j), found.bands.get(0, 0j)
    if lower == 0 or found.bands.get(-1) != lower.conjugate() or diagonal.imag != 0:
        return None
    half, hopping = diagonal.real / 2, abs(lower)
    if half < hopping * (1 - _EQUAL) or (found.periodic and found.size != 2**num_qubits):
        return None
    scale = half + hopping
    spare = 0.0 if abs(half - hopping) <= _EQUAL * half else (half - hopping) / scale
    boundary = "periodic" if found.periodic else "open"
    encoding = tridiagonal(-spare, -lower / scale, num_qubits, size=found.size, boundary=boundary)
    return Complement(
        replace(encoding, alpha=1.0, error=encoding.error + _EQUAL),
        scale,
        f"tridiagonal Toeplitz matrix, diagonal {2 * half:g} >= twice the hopping {hopping:g}",
    )
