r"""The one error budget of a linear system: from errors of parts to the distance of states, and back.

Let :math:`x = A^{-1} b`, let the encoded matrix be :math:`\tilde A` with
:math:`\|A - \tilde A\| \le e`, :math:`\tilde x = \tilde A^{-1} b`, and :math:`\hat x` what the circuit makes.

1. Encoding: :math:`\tilde x - x = \tilde A^{-1}(A - \tilde A) x`, so that
   :math:`\|\tilde x - x\| \le \delta \|x\|` with :math:`\delta = e / (\sigma_{min} - e)`. With
   :math:`\kappa = \alpha / \sigma_{min}` this is about :math:`\kappa e / \alpha`.
2. Polynomial and phases: :math:`\|\hat x - \tilde x\| \le \rho \|\tilde x\|`. 1/x within an absolute error
   :math:`\epsilon_P` on the singular values :math:`s \in [1/\kappa, 1]` of the block, times at most
   :math:`\|b\|`, against :math:`\|\tilde x\| \alpha \ge \|b\| \alpha / \|\tilde A\|`: hence
   :math:`\rho = (\epsilon_P + c\,\eta)\,\|\tilde A\| / \alpha` with the error :math:`\eta` of the phases and the
   scale c of the polynomial. 1/(1 - x) within a relative error :math:`\epsilon_R`:
   :math:`\rho = \epsilon_R + c\,\eta (1 - x_{min}) \le \epsilon_R + 2 c\,\eta`.
3. Together :math:`\|\hat x - x\| \le r \|x\|`, :math:`r = \delta + \rho (1 + \delta)`.
4. Vectors to states: :math:`\|\hat x - x\| \le r \|x\|` with r < 1 allows an angle of at most arcsin r between them,
   so that :math:`\| \hat x / \|\hat x\| - x / \|x\| \| \le 2 \sin(\tfrac12 \arcsin r)`, which is r up to r^3/8
   and attained: no factor of 2 is lost.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

__all__ = ["ErrorBudget", "relative_error_of", "state_error_of"]


def state_error_of(relative: float) -> float:
    """Return the largest distance of the states of two vectors whose distance is ``relative`` times the true norm."""
    return 2.0 * math.sin(0.5 * math.asin(relative)) if relative < 1.0 else 2.0


def relative_error_of(state: float) -> float:
    """Return the relative distance that keeps states within ``state``: the inverse of :func:`state_error_of`."""
    return math.sin(2.0 * math.asin(0.5 * state)) if state < math.sqrt(2.0) else 1.0


@dataclass(frozen=True, slots=True)
class ErrorBudget:
    """Bounds on the relative distance of the solution, part by part; see the module for how they combine."""

    encoding: float
    """delta: from the error of the block encoding."""
    polynomial: float
    """From the polynomial."""
    phases: float
    """From the certified error of the phases."""

    @property
    def relative(self) -> float:
        """Bound r on ||x_hat - x|| / ||x||."""
        return self.encoding + (self.polynomial + self.phases) * (1.0 + self.encoding)

    @property
    def state(self) -> float:
        """Bound on the distance of the normalised vectors."""
        return state_error_of(self.relative)

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary."""
        return {"encoding": self.encoding, "polynomial": self.polynomial, "phases": self.phases}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> ErrorBudget:
        """Rebuild from :meth:`to_dict`."""
        return cls(float(data["encoding"]), float(data["polynomial"]), float(data["phases"]))

    def __str__(self) -> str:
        return f"polynomial {self.polynomial:.3g}, phases {self.phases:.2g}, encoding {self.encoding:.2g}"
