"""A real polynomial in the Chebyshev basis, bounded on [-1, 1], with what it approximates, where and how well."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from qalgo.errors import ProblemError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Polynomial"]

RealVector = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Polynomial:
    r"""P(x) = sum_k c_k T_k(x), and what it stands for: scale * P(x) approximates ``target`` within ``error``.

    A QSVT circuit of ``degree`` queries carries P, so what it applies is target / scale.

    Raises:
        ProblemError: coefficients that are not a vector of finite numbers, or a negative bound.
    """

    coefficients: RealVector  # Chebyshev coefficients c_0 .. c_d, shape (d + 1,), read-only
    sup_bound: float
    """Proven bound on sup |P| over [-1, 1]; at most 1 where a circuit is to be made of it."""
    scale: float = 1.0
    """target(x) = scale * P(x) up to ``error``: what the bound |P| <= 1 costs (about 2 kappa for 1/x)."""
    error: float = 0.0
    """Bound on |scale * P(x) - target(x)| over ``domain``."""
    domain: tuple[tuple[float, float], ...] = ((-1.0, 1.0),)
    """Intervals of [-1, 1] on which ``error`` holds."""
    target: str = ""
    """What is approximated, in words: "1/x", "sign(x)", ..."""
    source: str = ""
    """Where the construction comes from: arXiv id with equation or theorem."""
    relative_error: float | None = None
    """Bound on |scale * P(x) / target(x) - 1| over ``domain``, where the construction has one."""
    function: Callable[[RealVector], RealVector] | None = field(default=None, repr=False)
    """The target as a function of x in ``domain``; None if unknown."""

    def __post_init__(self) -> None:
        try:
            coefficients = np.array(self.coefficients, dtype=np.float64)
        except (TypeError, ValueError, OverflowError) as error:
            raise ProblemError(f"coefficients cannot be read; allowed: a vector of real numbers: {error}") from None
        if coefficients.ndim != 1 or coefficients.size == 0 or not np.all(np.isfinite(coefficients)):
            raise ProblemError(
                f"coefficients of shape {coefficients.shape}; allowed: a vector of at least one finite real number"
            )
        for name in ("sup_bound", "scale", "error"):
            if not isinstance(getattr(self, name), int | float | np.integer | np.floating):
                raise ProblemError(f"{name} is {getattr(self, name)!r}; allowed: a real number")
        if not self.sup_bound >= 0.0 or not self.error >= 0.0:
            raise ProblemError(f"sup_bound={self.sup_bound!r}, error={self.error!r}; allowed: not negative")
        coefficients.setflags(write=False)
        object.__setattr__(self, "coefficients", coefficients)

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
        """Return P(x), same shape as x; 1e4 points of degree 2e4 take a tenth of a second."""
        from qalgo.qsvt.polynomials.chebyshev import values_at

        return values_at(x, self.coefficients)

    def even_part(self) -> Polynomial:
        """Return (P(x) + P(-x)) / 2, which approximates the even part of the target where x and -x are in the domain.

        The bounds on P hold for it too. The degree is even: a trailing zero coefficient is dropped.
        """
        return self._part(0)

    def odd_part(self) -> Polynomial:
        """Return (P(x) - P(-x)) / 2, which approximates the odd part of the target where x and -x are in the domain."""
        return self._part(1)

    def scaled(self, factor: float) -> Polynomial:
        """Return factor * P: the same target with scale / factor.

        Raises:
            ProblemError: |factor| times the bound on |P| is above 1, or the factor is 0.
        """
        bound = abs(factor) * self.sup_bound
        if not abs(factor) > 0.0 or not bound <= 1.0 + 1e-12:
            largest = 1.0 / self.sup_bound if self.sup_bound else np.inf
            raise ProblemError(
                f"factor {factor!r} gives |P| up to {bound:.6g}; allowed: not 0, and at most {largest:.12g} in modulus"
            )
        return replace(
            self, coefficients=factor * self.coefficients, sup_bound=min(1.0, bound), scale=self.scale / factor
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw scale * P beside the target, with the error below it on a logarithmic axis; returns the upper Axes."""
        from qalgo.qsvt.polynomials.figures import plot_polynomial

        return plot_polynomial(self, ax)

    def _part(self, parity: int) -> Polynomial:
        if self.parity == ("even", "odd")[parity]:
            return self
        coefficients = self.coefficients.copy()
        coefficients[1 - parity :: 2] = 0.0
        if coefficients.size > 1 and (coefficients.size - 1) % 2 != parity:
            coefficients = coefficients[:-1]
        target, sign = self.function, 1.0 - 2.0 * parity
        name = ("even", "odd")[parity]
        return replace(
            self,
            coefficients=coefficients,
            domain=_mirrored(self.domain),
            target=f"{name} part of {self.target}" if self.target else "",
            relative_error=None,
            function=None if target is None else lambda x: 0.5 * (target(x) + sign * target(-x)),
        )

    def _rows(self) -> list[tuple[str, str]]:
        domain = " and ".join(f"[{low:.6g}, {high:.6g}]" for low, high in self.domain)
        error = f"{self.error:.3g}"
        if self.relative_error is not None:
            error += f" (relative: {self.relative_error:.3g})"
        return [
            ("target", self.target or "not given"),
            ("degree", f"{self.degree:,} ({self.parity})"),
            ("scale", f"{self.scale:.8g}: target = scale * P"),
            ("bound", f"|P| <= {self.sup_bound:.8g} on [-1, 1]"),
            ("error", f"{error} on {domain or 'no point'}"),
            ("source", self.source or "not given"),
        ]

    def __str__(self) -> str:
        return "Polynomial\n" + "\n".join(f"  {name:<7} {text}" for name, text in self._rows())

    def _repr_html_(self) -> str:
        rows = "".join(f"<tr><th>{name}</th><td>{html.escape(text)}</td></tr>" for name, text in self._rows())
        return f"<table>{rows}</table>"

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary (the target as words, not as a function)."""
        return {
            "coefficients": self.coefficients.tolist(),
            "sup_bound": self.sup_bound,
            "scale": self.scale,
            "error": self.error,
            "relative_error": self.relative_error,
            "domain": [list(interval) for interval in self.domain],
            "target": self.target,
            "source": self.source,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Polynomial:
        """Rebuild from :meth:`to_dict`."""
        return cls(
            coefficients=np.array(data["coefficients"], dtype=np.float64),
            sup_bound=float(data["sup_bound"]),
            scale=float(data["scale"]),
            error=float(data["error"]),
            domain=tuple((float(low), float(high)) for low, high in data["domain"]),
            target=str(data["target"]),
            source=str(data["source"]),
            relative_error=data["relative_error"],
        )


def _mirrored(domain: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    """Return the points x of the domain for which -x is in it too."""
    kept = []
    for low, high in domain:
        for other_low, other_high in domain:
            left, right = max(low, -other_high), min(high, -other_low)
            if left <= right:
                kept.append((left, right))
    return tuple(sorted(kept))
