"""Mean numbers of T gates behind one rotation, by published fits; nothing is synthesised here."""

from __future__ import annotations

import math

__all__ = ["DETERMINISTIC", "RANDOMISED", "mean_deterministic_t", "randomised_t"]

DETERMINISTIC = "deterministic: gridsynth, ancilla-free and without measurement (arXiv:1403.2975)"
RANDOMISED = "randomised: mixtures of fallback protocols, 0.53 log2(1/epsilon) + 4.86 T (arXiv:2203.10064, 2211.07629)"


def mean_deterministic_t(epsilon: float) -> float:
    """Return the mean T count of one Rz to operator-norm error ``epsilon``: 3.02 log2(1/epsilon) + 1.77.

    The fit for diagonal unitaries of Kliuchnikov et al. (arXiv:2203.10064). Means over 60 angles of qiskit's gridsynth:
    30.3 T at 1e-3 (fit 31.9), 41.6 at 1e-4 (41.9), 61.8 at 1e-6 (62.0), 102.2 at 1e-10 (102.1).
    """
    return max(0.0, 3.02 * math.log2(1.0 / epsilon) + 1.77)


def randomised_t(epsilon: float) -> int:
    """Return the T gates per rotation of mixed fallback synthesis: 0.53 log2(1/epsilon) + 4.86, rounded up.

    ``epsilon`` bounds the diamond distance to the rotation, of a random circuit with a measured work qubit: another
    kind of error than the operator norm of one circuit, hence never mixed with it. The slope is that of Beverland et
    al. (arXiv:2211.07629), the constant that of mixed fallback in arXiv:2203.10064, as in Microsoft's estimators.
    """
    return max(0, math.ceil(0.53 * math.log2(1.0 / epsilon) + 4.86))
