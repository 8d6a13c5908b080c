"""What theory says about the queries of a quantum linear-system solver, as small statements with their sources.

kappa is that of the encoding, alpha / smallest singular value; a query is one use of the block encoding or its inverse.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from circuits.validation import checked_number
from qalgo.errors import ProblemError

__all__ = [
    "BLOCK_ACCESS",
    "COMPLEMENT_ACCESS",
    "QueryBound",
    "known_norm_bound",
    "linear_system_bounds",
    "lower_bound_slope",
    "minimax_degree",
    "minimax_inverse",
    "positive_definite_access",
    "positive_definite_degree",
    "worst_case_bound",
]

BLOCK_ACCESS = "block encoding of A"
COMPLEMENT_ACCESS = "block encoding of I - A / scale without loss, or of a factor of A"


@dataclass(frozen=True, slots=True)
class QueryBound:
    """One theorem, evaluated at (kappa, epsilon) where it has a constant."""

    name: str
    kind: Literal["degree", "upper bound", "lower bound"]
    queries: float | None
    """Uses of the encoding; None where the constant is unknown: then only the slope means something."""
    statement: str
    source: str
    """arXiv id, with theorem where there is one."""
    access: str
    """What has to be encoded: bounds for different access say nothing about each other."""

    @property
    def constant_known(self) -> bool:
        """Whether ``queries`` is a number; otherwise it may be drawn as a slope only, marked so."""
        return self.queries is not None

    def __str__(self) -> str:
        number = "constant unknown, slope only" if self.queries is None else f"{self.queries:,.0f} queries"
        return f"{self.name} ({self.kind}): {number}; {self.statement} ({self.source})"


def minimax_degree(kappa: float, epsilon: float) -> int:
    r"""Return the least degree of an odd polynomial within ``epsilon`` of 1/x on [1/kappa, 1], absolute error.

    With a = 1/kappa and degree 2n - 1 the least error is exactly :math:`(1-a)^n / (a (1+a)^{n-1})` (2507.15537), so
    :math:`n = \lceil \ln((1+a)/(a \epsilon)) / \ln((1+a)/(1-a)) \rceil`, about (kappa / 2) ln(kappa / epsilon).

    Raises:
        ProblemError: kappa below 1, or epsilon not positive.
    """
    _check(kappa, epsilon)
    if kappa == 1.0:
        return 1
    a = 1.0 / kappa
    steps = (math.log1p(a) + math.log(kappa) - math.log(epsilon)) / (2.0 * math.atanh(a))
    return 2 * max(1, math.ceil(steps * (1.0 - 1e-15))) - 1


def positive_definite_degree(kappa: float, epsilon: float) -> int:
    r"""Return the degree that inverts 1 - x on [-1, 1 - 2/kappa] to relative error ``epsilon``.

    :math:`p_m(x) = [1 - T_{m+1}(\varphi(x)) / T_{m+1}(\varphi(1))] / (1 - x)` with
    :math:`\varphi(1) = (\kappa + 1)/(\kappa - 1)`: relative error exactly :math:`1/T_{m+1}(\varphi(1))`, the bound of
    the Chebyshev iteration; m is about (sqrt(kappa) / 2) ln(2 / epsilon). kappa is that of A, largest over smallest
    eigenvalue of the range that I - A / scale covers.

    Raises:
        ProblemError: kappa below 1, or epsilon not positive.
    """
    _check(kappa, epsilon)
    if kappa == 1.0 or epsilon >= 1.0:
        return 0
    ratio = (kappa + 1.0) / (kappa - 1.0)
    return max(0, math.ceil(math.acosh(1.0 / epsilon) / math.acosh(ratio) * (1.0 - 1e-15)) - 1)


def minimax_inverse(kappa: float, epsilon: float) -> QueryBound:
    """Return the degree of the best polynomial: what one run costs, its success probability not yet paid."""
    return QueryBound(
        name="minimax 1/x",
        kind="degree",
        queries=float(minimax_degree(kappa, epsilon)),
        statement="least degree of an odd polynomial within epsilon of 1/x on [1/kappa, 1]; success probability not "
        "included",
        source="arXiv:2507.15537",
        access=BLOCK_ACCESS,
    )


def known_norm_bound(kappa: float, epsilon: float) -> QueryBound:
    """Return kappa ln(2 sqrt(2) / epsilon): one kernel reflection, when the norm of the solution is known."""
    _check(kappa, epsilon)
    return QueryBound(
        name="kernel reflection, norm of x known",
        kind="upper bound",
        queries=kappa * math.log(2.0 * math.sqrt(2.0) / epsilon),
        statement="(1 + O(epsilon)) kappa ln(2 sqrt(2) / epsilon) queries when the norm of the solution is known; "
        "success probability included, the factor 1 + O(epsilon) taken as 1",
        source="arXiv:2406.12086",
        access=BLOCK_ACCESS,
    )


def worst_case_bound(kappa: float, epsilon: float) -> QueryBound:
    """Return 56 kappa + 1.05 kappa ln(1 / epsilon): the same solver when the norm has to be found."""
    _check(kappa, epsilon)
    return QueryBound(
        name="kernel reflection, norm of x unknown",
        kind="upper bound",
        queries=56.0 * kappa + 1.05 * kappa * math.log(1.0 / epsilon),
        statement="56 kappa + 1.05 kappa ln(1 / epsilon) + o(kappa) queries for any right-hand side; o(kappa) left out",
        source="arXiv:2406.12086",
        access=BLOCK_ACCESS,
    )


def lower_bound_slope() -> QueryBound:
    """Return the lower bound Omega(kappa log(1/epsilon)): a slope, its constant is not known."""
    return QueryBound(
        name="lower bound",
        kind="lower bound",
        queries=None,
        statement="Omega(kappa log(1 / epsilon)) queries; constant unknown, drawn as a slope only",
        source="Harrow and Kothari, unpublished; stated in the abstract of arXiv:2601.16697",
        access=BLOCK_ACCESS,
    )


def positive_definite_access() -> QueryBound:
    """Return the statement about positive-definite matrices: sqrt(kappa) needs access beyond a block encoding of A."""
    return QueryBound(
        name="positive definite, special access",
        kind="upper bound",
        queries=None,
        statement="degree O(sqrt(kappa) log(1 / epsilon)) when I - A / scale, or a factor of A, is encoded without "
        "loss; with a block encoding of A alone positive definiteness does not help: Omega(kappa)",
        source="arXiv:2101.11868",
        access=COMPLEMENT_ACCESS,
    )


def linear_system_bounds(kappa: float, epsilon: float, *, positive_definite: bool = False) -> tuple[QueryBound, ...]:
    """Return all statements at (kappa, epsilon); the lower bound is left out for the access that it does not cover.

    Args:
        kappa: of the encoding.
        epsilon: state error.
        positive_definite: whether the route encodes I - A / scale or a factor instead of A.

    Raises:
        ProblemError: kappa below 1, or epsilon not positive.
    """
    general = (minimax_inverse(kappa, epsilon), known_norm_bound(kappa, epsilon), worst_case_bound(kappa, epsilon))
    return (*general, positive_definite_access() if positive_definite else lower_bound_slope())


def _check(kappa: float, epsilon: float) -> None:
    if checked_number(kappa, "kappa") < 1.0:
        raise ProblemError(f"kappa is {kappa!r}; allowed: a number of at least 1 (alpha / smallest singular value)")
    if checked_number(epsilon, "epsilon") <= 0.0:
        raise ProblemError(f"epsilon is {epsilon!r}; allowed: a positive number")
