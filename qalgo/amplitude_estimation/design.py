"""What the choice of a power is computed with: candidates K and the expected fall of the variance."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["IntArray", "odd_multiples", "weighted_log_variance"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def odd_multiples(values: FloatArray) -> IntArray:
    """Return odd integers next to positive ascending values, each once (np.unique would import numpy.ma)."""
    odd = 2 * (0.5 * values).astype(np.int64) + 1
    return odd[np.diff(odd, prepend=0) > 0]


def weighted_log_variance(moments: FloatArray) -> FloatArray:
    """Return weight x log(variance), from (rows, 3) weights, first and second moments."""
    weight = np.maximum(moments[:, 0], 1e-12)
    variance = np.maximum(moments[:, 2] / weight - (moments[:, 1] / weight) ** 2, 1e-300)
    return np.asarray(weight * np.log(variance), dtype=np.float64)
