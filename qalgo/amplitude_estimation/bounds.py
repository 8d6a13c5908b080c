r"""What theory says about the cost of amplitude estimation: theorems with their sources, and reference levels.

Unless stated otherwise, costs are uses of A or of Q, epsilon is the half-width on the probability a, and ``confidence``
is 1 - alpha. Upper bounds are far above what the methods use in practice; they are for orientation, not for planning.
"""

from __future__ import annotations

import math
from statistics import NormalDist

from qalgo.amplitude_estimation.estimator import check_accuracy
from qalgo.amplitude_estimation.windows import half_bandwidth_for
from qalgo.comparable import Bound, Theorem
from qalgo.errors import ProblemError

__all__ = [
    "AMPLITUDE_ESTIMATION",
    "CANONICAL",
    "HEISENBERG",
    "ITERATIVE",
    "MODIFIED_ITERATIVE",
    "MONTE_CARLO",
    "canonical_error",
    "canonical_success",
    "coherent_queries",
    "iterative_queries",
    "modified_iterative_queries",
    "monte_carlo_samples",
    "quadratic_bound",
]

CANONICAL = Theorem(
    1.0,
    "|a~ - a| <= 2 pi c sqrt(a(1-a))/M + c^2 pi^2/M^2 after M evaluations of Q, with probability at least 8/pi^2 for "
    "c = 1 and 1 - 1/(2(c-1)) for c >= 2",
    "arXiv:quant-ph/0005055, Theorem 12",
)
ITERATIVE = Theorem(1.0, "N < (50/epsilon) ln((2/alpha) log2(pi/(4 epsilon))) uses of Q", "arXiv:1912.05559, Theorem 1")
MODIFIED_ITERATIVE = Theorem(1.0, "N < (123/epsilon) ln(6/alpha) uses of Q", "arXiv:2208.14612, main theorem")
HEISENBERG = Theorem(
    1.0,
    "every algorithm that estimates a to epsilon needs Omega(1/epsilon) uses of A: amplitude estimation is optimal up "
    "to a constant",
    "arXiv:quant-ph/9804066 (Nayak and Wu, approximating the mean)",
)
MONTE_CARLO = Theorem(
    2.0,
    "N = z^2 a(1-a)/epsilon^2 samples of a bit (z^2 variance/epsilon^2 of a payoff) for half-width epsilon",
    "central limit theorem; lower bound for samplers: Canetti, Even and Goldreich, Inf. Process. Lett. 53 (1995) 17",
    optimal=True,
)
AMPLITUDE_ESTIMATION = Theorem(
    1.0,
    "O(1/epsilon) uses of A suffice and Omega(1/epsilon) are needed",
    f"{CANONICAL.source}; {HEISENBERG.source}",
    optimal=True,
)


def iterative_queries(epsilon: float, confidence: float) -> float:
    r"""Return the bound of IQAE on the uses of Q.

    .. math:: N_Q < \frac{50}{\epsilon}\ln\Bigl(\frac{2}{\alpha}\log_2\frac{\pi}{4\epsilon}\Bigr)

    For Chernoff-Hoeffding intervals; source: arXiv:1912.05559, Theorem 1.

    Raises:
        ProblemError: epsilon or confidence out of range.
    """
    check_accuracy(epsilon, confidence)
    # For epsilon near 1/2 the inner logarithm falls below that of a single round.
    rounds = max(1.0, math.log2(math.pi / (4 * epsilon)))
    return 50 / epsilon * math.log(2 / (1 - confidence) * rounds)


def modified_iterative_queries(epsilon: float, confidence: float) -> float:
    r"""Return the bound of MIQAE on the uses of Q, :math:`\frac{123}{\epsilon}\ln\frac{6}{\alpha}`.

    Source: arXiv:2208.14612, main theorem.

    Raises:
        ProblemError: epsilon or confidence out of range.
    """
    check_accuracy(epsilon, confidence)
    return 123 / epsilon * math.log(6 / (1 - confidence))


def canonical_error(a: float, size: int, factor: int = 1) -> float:
    r"""Return :math:`2\pi c\sqrt{a(1-a)}/M + c^2\pi^2/M^2`, the error of one read-out with a uniform window.

    Args:
        a: the probability, in [0, 1].
        size: M, the number of evaluations of Q; any positive integer (2^m for m evaluation qubits).
        factor: c, a positive integer; :func:`canonical_success` is the probability that goes with it.

    Source: quant-ph/0005055, Theorem 12.

    Raises:
        ProblemError: an argument out of range.
    """
    if not 0.0 <= a <= 1.0 or size < 1 or factor < 1:
        raise ProblemError(f"a={a!r}, size={size!r}, factor={factor!r}; allowed: 0 <= a <= 1, size >= 1, factor >= 1")
    return 2 * math.pi * factor * math.sqrt(a * (1 - a)) / size + (math.pi * factor / size) ** 2


def canonical_success(factor: int = 1) -> float:
    r"""Return the probability of :func:`canonical_error`: 8/pi^2 for c = 1, 1 - 1/(2(c-1)) for c >= 2.

    Raises:
        ProblemError: factor below 1.
    """
    if factor < 1:
        raise ProblemError(f"factor is {factor!r}; allowed: a positive integer")
    return 8 / math.pi**2 if factor == 1 else 1 - 1 / (2 * (factor - 1))


def coherent_queries(epsilon: float, confidence: float, *, per_mode: int = 1) -> float:
    r"""Return the uses of A below which no single coherent phase estimation has half-width epsilon at a = 1/2.

    A window of M = pi NW/epsilon modes holds ``confidence`` within epsilon if NW is the Slepian half-bandwidth of that
    coverage, and no shorter window does, averaged over a flat prior near a = 1/2: 2.56/epsilon at 95 % when every use
    of A contributes a mode (:func:`circuits.phase.canonical_amplitude_estimation` does so), 5.13/epsilon when a mode
    costs the two uses of A in a controlled Q.

    Args:
        epsilon: half-width on a.
        confidence: coverage averaged over the prior.
        per_mode: uses of A for one more mode: 1 (Q run forwards or backwards) or 2 (ordinary phase estimation).

    Source: Slepian, Bell Syst. Tech. J. 57 (1978) 1371; for phases Imai and Hayashi, arXiv:0810.5602. A reference
    level, not a lower bound on adaptive methods.

    Raises:
        ProblemError: an argument out of range.
    """
    check_accuracy(epsilon, confidence)
    if per_mode not in (1, 2):
        raise ProblemError(f"per_mode is {per_mode!r}; allowed: 1 or 2")
    return per_mode * math.pi * half_bandwidth_for(confidence) / epsilon


def monte_carlo_samples(a: float, epsilon: float, confidence: float) -> float:
    r"""Return :math:`z^2 a(1-a)/\epsilon^2`, the samples of plain Monte Carlo for half-width epsilon on a.

    Raises:
        ProblemError: an argument out of range.
    """
    check_accuracy(epsilon, confidence)
    if not 0.0 <= a <= 1.0:
        raise ProblemError(f"a is {a!r}; allowed: 0 <= a <= 1")
    return NormalDist().inv_cdf(0.5 * (1 + confidence)) ** 2 * a * (1 - a) / epsilon**2


def quadratic_bound() -> Bound:
    """Return the quadratic bound: amplitude estimation at most squares away the cost of plain Monte Carlo."""
    return Bound(
        quantum=AMPLITUDE_ESTIMATION,
        classical=MONTE_CARLO,
        statement="at equal half-width, amplitude estimation needs of the order of the square root of the samples of "
        "plain Monte Carlo, and no quantum algorithm with the same access to A needs fewer (up to a constant)",
    )
