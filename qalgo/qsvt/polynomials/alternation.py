"""Where an error curve on a grid has its extrema of alternating sign."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["alternating_extrema"]

RealVector = npt.NDArray[np.float64]


def alternating_extrema(error: RealVector, wanted: int) -> tuple[RealVector, RealVector, RealVector]:
    """Return places (in grid steps, by parabolas), sizes and signs of alternating maxima of |error|, ends included.

    Of neighbouring maxima of one sign the largest is kept; while there are too many, the smaller end is dropped.
    """
    size, signs = np.abs(error), np.sign(error)
    before, after = np.full(error.size, -np.inf), np.full(error.size, -np.inf)
    before[1:], after[:-1] = signs[1:] * error[:-1], signs[:-1] * error[1:]
    index = np.flatnonzero((size >= before) & (size > after))
    signs = signs[index]
    if index.size > wanted or np.any(signs[1:] == signs[:-1]):
        kept: list[int] = []
        for number in range(index.size):
            if kept and signs[kept[-1]] == signs[number]:
                kept[-1] = max(kept[-1], number, key=lambda one: size[index[one]])
            else:
                kept.append(number)
        while len(kept) > wanted:
            kept.pop(0 if size[index[kept[0]]] < size[index[kept[-1]]] else -1)
        index, signs = index[kept], signs[kept]
    inside = (index > 0) & (index < size.size - 1)
    middle = index[inside]
    left, centre, right = before[middle], size[middle], after[middle]
    shift = 0.5 * (left - right) / (left - 2.0 * centre + right)
    places, sizes = index.astype(np.float64), size[index]
    places[inside] += shift
    sizes[inside] -= 0.25 * (left - right) * shift
    return places, sizes, signs
