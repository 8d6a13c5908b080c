"""Zero-noise extrapolation along an exponential: the whole distribution decays towards the uniform one at one rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from qalgo.seeds import Purpose, stream

if TYPE_CHECKING:
    from collections.abc import Callable

    from qalgo.execution.samplers import Counts

__all__ = ["decay_per_fold", "redrawn", "undecayed"]

Vector = npt.NDArray[np.float64]
_VISIBLE = 9.0
"""Squared: three standard deviations."""
_SMALLEST_DECAY = 0.01
REPLICATES = 200


def decay_per_fold(laws: Sequence[Vector], folds: Sequence[int], noise: float) -> float:
    """Return r, how much of the distance to the uniform law is left per fold: law_f - u ~ r^f (law_0 - u).

    The noise of many random gates is nearly depolarising: it scales the whole distribution towards the uniform one.
    Least squares over all folds and outcomes.

    Args:
        laws: one distribution over all 2^m outcomes per fold.
        folds: ascending, the first is 1.
        noise: sum of the variances of the first law: its square distance to the uniform law is too large by it.

    Returns:
        At most 1; exactly 1 where the first law cannot be told from the uniform one, so that there is no decay to see.
    """
    distances = [law - 1.0 / law.size for law in laws]
    contrast = float(distances[0] @ distances[0]) - noise
    if not contrast > _VISIBLE * noise:
        return 1.0
    shares = [float(distances[0] @ later) / contrast for later in distances[1:]]
    gaps = [fold - folds[0] for fold in folds[1:]]
    # One minimum of a smooth function on (0, 1]: a grid finds its valley, the second grid the bottom.
    low, high = _SMALLEST_DECAY, 1.0
    for _ in range(4):
        grid = np.linspace(low, high, 101)
        misfit = sum((share - grid**gap) ** 2 for share, gap in zip(shares, gaps, strict=True))
        best, step = float(grid[int(np.argmin(misfit))]), float(grid[1] - grid[0])
        low, high = max(_SMALLEST_DECAY, best - step), min(1.0, best + step)
    return best


def undecayed(laws: Sequence[Vector], folds: Sequence[int], noise: float) -> Vector:
    """Return the distribution at no noise: the first one, with its distance to the uniform law divided by r."""
    uniform = 1.0 / laws[0].size
    return np.asarray(uniform + (laws[0] - uniform) / decay_per_fold(laws, folds, noise), dtype=np.float64)


def redrawn(
    found: Sequence[Counts], estimate: Callable[[Sequence[Counts]], Vector], seed: int, index: int
) -> npt.NDArray[np.float64]:
    """Return the estimate on 200 parametric resamples of all counts, shape (200, outcomes): their spread is its error.

    Args:
        found: the counts that the estimate is made of.
        estimate: what is done with them.
        seed: root; replicate i draws from the stream (mitigation, index, i).
        index: of the circuit.
    """
    rows = []
    for replicate in range(REPLICATES):
        random = stream(seed, Purpose.MITIGATION, index, replicate)
        rows.append(estimate([_drawn(counts, random) for counts in found]))
    return np.array(rows)


def _drawn(counts: Counts, random: np.random.Generator) -> Counts:
    total = sum(counts.values())
    drawn = random.multinomial(total, np.array(list(counts.values())) / total)
    return {value: int(number) for value, number in zip(counts, drawn, strict=True)}
