"""A real polynomial in the Chebyshev basis, bounded on [-1, 1], with what it approximates, where and how well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

__all__ = ["Polynomial"]

RealVector = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Polynomial:
    r"""P(x) = sum_k c_k T_k(x), and what it stands for: scale * P(x) approximates ``target`` within ``error``."""

    coefficients: RealVector  # Chebyshev coefficients c_0 .. c_d, shape (d + 1,)
    sup_bound: float
    """Proven bound on sup |P| over [-1, 1]; at most 1."""
    scale: float = 1.0
    """target(x) = scale * P(x) up to ``error``: what the bound |P| <= 1 costs (kappa for 1/x)."""
    error: float = 0.0
    """Bound on |scale * P(x) - target(x)| over ``domain``."""
    domain: tuple[tuple[float, float], ...] = ((-1.0, 1.0),)
    """Intervals of [-1, 1] on which ``error`` holds."""
    target: str = ""
    """What is approximated, in words: "1/x", "sign(x)", ..."""
    source: str = ""
    """Where the construction comes from: arXiv id with equation or theorem."""

    def __post_init__(self) -> None:
        self.coefficients.setflags(write=False)

    @property
    def degree(self) -> int:
        """Degree d: uses of the block encoding."""
        return int(self.coefficients.size) - 1

    @property
    def parity(self) -> Literal["even", "odd", "mixed"]:
        """Definite parity is what a single QSVT sequence needs."""
        if not np.any(self.coefficients[1::2]):
            return "even"
        return "odd" if not np.any(self.coefficients[0::2]) else "mixed"

    def __call__(self, x: npt.ArrayLike) -> RealVector:
        """Return P(x), same shape as x, by Clenshaw's recurrence."""
        return np.asarray(np.polynomial.chebyshev.chebval(np.asarray(x, dtype=np.float64), self.coefficients))
