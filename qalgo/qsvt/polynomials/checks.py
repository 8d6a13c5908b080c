"""What the polynomial families ask of their arguments, said in the same words everywhere."""

from __future__ import annotations

import math

from circuits.validation import checked_number
from qalgo.errors import ConvergenceError, ProblemError

__all__ = ["between", "checked_degree", "checked_sup", "reachable", "real_number"]

MAX_DEGREE = 2_000_000
"""Beyond it the grids behind error and supremum need more than about 1 GB."""


def real_number(name: str, value: float) -> float:
    """Return ``value`` as a finite float."""
    return checked_number(value, name)


def between(name: str, value: float, low: float, high: float, advice: str = "") -> float:
    """Return ``value`` as a float strictly between ``low`` and ``high``."""
    number = real_number(name, value)
    if not low < number < high:
        allowed = f"above {low:g}" if math.isinf(high) else f"between {low:g} and {high:g}, both excluded"
        raise ProblemError(f"{name} is {value!r}; allowed: {allowed}{'; ' + advice if advice else ''}")
    return number


def checked_sup(sup: float) -> float:
    """Return the bound asked for |P|: above 0, at most 1."""
    number = real_number("sup", sup)
    if not 0.0 < number <= 1.0:
        raise ProblemError(f"sup is {sup!r}; allowed: above 0 and at most 1, since QSVT needs |P| <= 1 on [-1, 1]")
    return number


def checked_degree(degree: float, advice: str) -> int:
    """Return the degree if it fits into memory."""
    if not degree <= MAX_DEGREE:
        raise ProblemError(f"the degree would be {degree:.3g}; allowed: at most {MAX_DEGREE:,}; {advice}")
    return int(degree)


def reachable(rounding: float, epsilon: float, share: float = 0.9) -> None:
    """Refuse an error below what double precision leaves: its rounding may use ``share`` of epsilon."""
    if not rounding <= share * epsilon:
        raise ConvergenceError(
            f"epsilon={epsilon:.3g} is below what coefficients in double precision can represent here; "
            f"allowed: at least {rounding / share:.2g}; raise epsilon"
        )
