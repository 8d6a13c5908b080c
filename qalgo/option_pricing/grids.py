"""How the law of the price is put on 2^n points: strike-aligned bins, or the equidistant points of the literature."""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from qalgo.errors import ProblemError
from qalgo.option_pricing.lognormal import LogNormal, normal_interval, split_evenly
from qalgo.option_pricing.payoff import PiecewiseAffine

__all__ = ["GRIDS", "MAX_QUBITS", "PriceGrid", "make_grid", "qubits_for_kinks"]

GRIDS = ("aligned", "published")
MAX_QUBITS = 16
PUBLISHED_DEVIATIONS = 3.0
EDGE_SCORE_LIMIT = 30.0
"""Kinks beyond this many standard deviations get no edge: the mass there, below 1e-196, changes no double."""


@dataclass(frozen=True, slots=True, eq=False)
class PriceGrid:
    """2^n prices in increasing order with their probabilities; index 0 is the lowest price."""

    name: str
    prices: npt.NDArray[np.float64]  # (2^n,), currency units
    probabilities: npt.NDArray[np.float64]  # (2^n,), sums to 1
    pieces: npt.NDArray[np.intp]  # (2^n,), piece of the payoff that holds at each point
    bias: Mapping[str, float]
    """Bounds on the error of sum(p f) by cause, undiscounted currency units: discretisation, truncation."""
    evaluations: int
    """Evaluations of the density or of the distribution function made for the grid and its bounds."""


def make_grid(name: str, law: LogNormal, payoff: PiecewiseAffine, num_qubits: int) -> PriceGrid:
    """Tabulate a law on 2^num_qubits points.

    "aligned": bins with an edge at every kink of the payoff; probabilities are differences of the distribution
    function, prices are conditional means, and the end bins hold the tails. A payoff that is affine in each bin is
    then averaged without error, at every number of bins. The other edges cut the parts between kinks into bins of
    nearly equal probability. This keeps the end bins wide, and with their conditional means also the range of the
    payoff, on which the queries depend; it also makes the amplitudes to be loaded nearly uniform.

    "published": the density at 2^n equidistant prices within three standard deviations of the mean, normalised to 1
    (Stamatopoulos et al., arXiv:1905.02666, section 3.1; the grid of qiskit-finance). It has a discretisation and a
    truncation error; both bounds are deterministic, see :func:`published_bias`.

    Raises:
        ProblemError: unknown name, a number of qubits out of range, or too few bins for the kinks.
    """
    if isinstance(num_qubits, bool) or not isinstance(num_qubits, (int, np.integer)):
        raise ProblemError(f"num_qubits is {num_qubits!r}; allowed: an integer from 1 to {MAX_QUBITS}")
    if not 1 <= num_qubits <= MAX_QUBITS:
        raise ProblemError(f"num_qubits is {num_qubits}; allowed: 1 to {MAX_QUBITS}")
    if name == "aligned":
        return _aligned(law, payoff, int(num_qubits))
    if name == "published":
        return _published(law, payoff, int(num_qubits))
    raise ProblemError(f"grid is {name!r}; allowed: {', '.join(GRIDS)}")


def qubits_for_kinks(law: LogNormal, payoff: PiecewiseAffine) -> int:
    """Return the least number of qubits whose bins give every kink an edge."""
    return max(1, math.ceil(math.log2(len(_kink_scores(law, payoff)) + 1)))


def _kink_scores(law: LogNormal, payoff: PiecewiseAffine) -> list[float]:
    scores = sorted({law.score(kink) for kink in payoff.kinks})
    return [score for score in scores if abs(score) <= EDGE_SCORE_LIMIT]


def _aligned(law: LogNormal, payoff: PiecewiseAffine, num_qubits: int) -> PriceGrid:
    kinks = _kink_scores(law, payoff)
    if len(kinks) + 1 > 2**num_qubits:
        raise ProblemError(
            f"num_qubits is {num_qubits}, but the payoff has {len(kinks)} kinks and each needs an edge between bins; "
            f"allowed: at least {qubits_for_kinks(law, payoff)} qubits"
        )
    parts = list(pairwise((-math.inf, *kinks, math.inf)))
    counts = _shared_out([normal_interval(low, high) for low, high in parts], 2**num_qubits)
    edges, pieces = [-math.inf], []
    for (low, high), count in zip(parts, counts, strict=True):
        edges += [*split_evenly(low, high, count), high]
        # Looked up at a point inside the part: the price of an edge may differ from the kink by rounding.
        inside = min(max(0.5 * (max(low, -1e3) + min(high, 1e3)), -EDGE_SCORE_LIMIT), EDGE_SCORE_LIMIT)
        pieces += [payoff.piece_at(law.price_at(inside))] * count
    probabilities, prices = law.masses_and_means(edges)
    bias = {"discretisation": 0.0, "truncation": 0.0}
    return PriceGrid(
        "aligned", prices, probabilities, np.array(pieces), MappingProxyType(bias), evaluations=2**num_qubits
    )


def _shared_out(masses: list[float], bins: int) -> list[int]:
    """Give each part one bin, then each further bin to the part with most mass per bin."""
    counts = [1] * len(masses)
    heap = [(-mass, index) for index, mass in enumerate(masses)]
    heapq.heapify(heap)
    for _ in range(bins - len(masses)):
        _, index = heap[0]
        counts[index] += 1
        heapq.heapreplace(heap, (-masses[index] / counts[index], index))
    return counts


def _published(law: LogNormal, payoff: PiecewiseAffine, num_qubits: int) -> PriceGrid:
    reach = PUBLISHED_DEVIATIONS * law.standard_deviation
    low, high = max(0.0, law.forward - reach), law.forward + reach
    prices = np.linspace(low, high, 2**num_qubits)
    density = law.density(prices)
    probabilities = density / math.fsum(density)
    pieces = np.searchsorted(np.asarray(payoff.kinks), prices, side="right")
    bias = published_bias(law, payoff, prices, density, probabilities)
    return PriceGrid("published", prices, probabilities, pieces, MappingProxyType(bias), evaluations=2 * len(prices))


def published_bias(
    law: LogNormal,
    payoff: PiecewiseAffine,
    prices: npt.NDArray[np.float64],
    density: npt.NDArray[np.float64],
    probabilities: npt.NDArray[np.float64],
) -> dict[str, float]:
    r"""Return bounds on the errors of the published grid, undiscounted currency units.

    With I the covered interval and mu the tabulated mean, G = (f - mu) density has rectangle sum zero, so the
    discretisation error mu - E[f | I] is minus its integral over P(I): the trapezoid error of each cell (evaluated in
    closed form), added up in absolute value so that errors which happen to cancel are not counted on, plus the two
    half end points. The truncation error is E[f - E[f | I]; outside I], at the worst value that E[f | I] may have.
    """
    low, high = float(prices[0]), float(prices[-1])
    values = payoff(prices)
    mean = float(probabilities @ values)
    centred = (values - mean) * density
    step = float(prices[1] - prices[0])
    cells = [
        law.partial_payoff(payoff, a, b) - mean * law.mass(a, b) - 0.5 * step * (left + right)
        for (a, b), (left, right) in zip(pairwise(map(float, prices)), pairwise(map(float, centred)), strict=True)
    ]
    ends = 0.5 * step * abs(float(centred[0] + centred[-1]))
    inside = law.mass(low, high)
    outside = law.mass(0.0, low) + law.mass(high, math.inf)
    lost = law.partial_payoff(payoff, 0.0, low) + law.partial_payoff(payoff, high, math.inf)
    truncation = max(abs(lost - value * outside) for value in _extremes(payoff, low, high))
    return {"discretisation": (math.fsum(map(abs, cells)) + ends) / inside, "truncation": truncation}


def _extremes(payoff: PiecewiseAffine, low: float, high: float) -> tuple[float, float]:
    """Least and greatest value of the payoff on [low, high], one-sided limits at jumps included."""
    values = []
    for index, (start, end) in enumerate(payoff.segments()):
        left, right = max(low, start), min(high, end)
        if left <= right:
            values += [payoff.intercepts[index] + payoff.slopes[index] * price for price in (left, right)]
    return min(values), max(values)
