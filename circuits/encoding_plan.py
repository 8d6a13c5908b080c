"""A plan for a block encoding: what it would cost and what it would lose, before anything is built."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from circuits.block_encoding import BlockEncoding

__all__ = ["EncodingPlan"]


@dataclass(frozen=True, slots=True, eq=False)
class EncodingPlan:
    """One way to encode a matrix, priced by closed forms or by counting gates, without transpiling."""

    method: str
    """Name of the method, as in ``BlockEncoding.method``."""
    predicted_cx: int
    """CX of one use, transpiled to cx, rz, sx, x."""
    alpha: float
    """Subnormalisation the encoding would have."""
    build: Callable[[], BlockEncoding]
    """Build the encoding."""
    reason: str
    """Why the method applies: the structure that was found."""

    @property
    def cost(self) -> float:
        """Alpha times CX: what a matrix function costs up to a factor that all plans share.

        The degree of a polynomial of A that resolves a given scale of A (an evolution time, a smallest singular
        value) grows like alpha (1806.01838, theorems 41 and 58), and each degree is one use of the encoding.
        """
        return self.alpha * self.predicted_cx
