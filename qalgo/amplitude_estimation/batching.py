r"""Which powers to run together in one submission, when their outcomes come back only at the end.

Two angles are told apart by shots of Q^k A as well as their outcome laws differ. With the Bhattacharyya coefficient

.. math:: \rho_K(\theta, \theta') = |\sin K\theta \sin K\theta'| + |\cos K\theta \cos K\theta'|, \qquad K = 2k+1,

what is left of the mean squared distance between two angles drawn from the posterior after n_K shots each is

.. math:: D^2 = \frac{\sum m_\theta m_{\theta'} (\theta - \theta')^2 w_{\theta\theta'}}
                     {\sum m_\theta m_{\theta'} w_{\theta\theta'}},
          \qquad w_{\theta\theta'} = \prod_K \rho_K(\theta, \theta')^{n_K}.

For one Gaussian lobe of Fisher information J it is 4/(2J + I) with I = 4 sum n_K K^2, the information of the batch;
far lobes that the batch would leave standing make it larger. Shots are added one after another, each where the
numerator falls most per use of A, until D^2 is what one lobe of the wanted width would give.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["LARGEST_MULTIPLE", "plan_batch"]

FloatArray = npt.NDArray[np.float64]

POINTS = 128
CANDIDATES = 32
SMALLEST_MULTIPLE = 0.15
"""Smallest K in units of 1/scale."""
LARGEST_MULTIPLE = 0.28
"""Largest K in units of 1/target."""
MAX_SHOTS = 300
TINY = 1e-300


def plan_batch(
    angles: FloatArray, masses: FloatArray, *, information: float, scale: float, target: float
) -> dict[int, int]:
    """Return {K: shots} of one submission that is to leave one lobe of standard deviation ``target``.

    Args:
        angles: (cells,) angles theta in radians, ascending; the cells must resolve K = 0.28/target.
        masses: (cells,) their posterior masses, sum 1.
        information: Fisher information on theta of the data so far.
        scale: standard deviation of theta in radians, far lobes included.
        target: standard deviation of theta aimed at, in radians.
    """
    points, weights = _representatives(angles, masses)
    largest = max(1.0, LARGEST_MULTIPLE / target)
    smallest = min(max(1.0, SMALLEST_MULTIPLE / scale), largest)
    multiples = np.unique(2 * (0.5 * np.geomspace(smallest, largest, CANDIDATES)).astype(np.int64) + 1)
    first, second = np.triu_indices(points.size, 1)
    turned = np.outer(multiples, points)
    sines, cosines = np.abs(np.sin(turned)), np.abs(np.cos(turned))
    affinity = sines[:, first] * sines[:, second] + cosines[:, first] * cosines[:, second]
    pairs = weights[first] * weights[second]
    squares = (points[first] - points[second]) ** 2
    alone = 0.5 * float(weights @ weights)
    goal = 4.0 / (information + target**-2)
    plan: dict[int, int] = {}
    for _ in range(MAX_SHOTS):
        left = affinity @ (pairs * squares)
        best = int(np.argmin(np.log(np.maximum(left, TINY) / max(float(pairs @ squares), TINY)) / multiples))
        pairs = pairs * affinity[best]
        plan[int(multiples[best])] = plan.get(int(multiples[best]), 0) + 1
        if float(pairs @ squares) <= goal * (float(pairs.sum()) + alone):
            break
    return dict(sorted(plan.items()))


def _representatives(angles: FloatArray, masses: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Merge the cells into at most POINTS groups of neighbours, with groups of their own for light lobes."""
    if angles.size <= POINTS:
        return angles, masses
    # The fourth root: with the square root a lobe of 1e-5 mass vanished in its neighbour, and was never told apart.
    cumulative = np.cumsum(masses**0.25)
    group = np.minimum((cumulative * (POINTS / cumulative[-1])).astype(np.int64), POINTS - 1)
    _, group = np.unique(group, return_inverse=True)
    weights = np.asarray(np.bincount(group, masses), dtype=np.float64)
    return np.asarray(np.bincount(group, masses * angles) / weights, dtype=np.float64), weights
