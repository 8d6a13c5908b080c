"""Inner loops of the phase finder, compiled by numba (optional; imported only on demand)."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

__all__ = ["multiply_layers", "strip_leaf"]

RealArray = npt.NDArray[np.float64]


@numba.njit  # type: ignore[untyped-decorator]
def strip_leaf(pair: RealArray, gamma: RealArray, joined: RealArray) -> None:
    """Fill gamma, shape (n,), and (xi, eta - 1) in ``joined``, shape (2, n), from (a, b) in ``pair``, shape (2, n)."""
    n = gamma.size
    a = pair[0].copy()
    b = pair[1].copy()
    eta = np.zeros(n)
    # y = z^k xi(1/z) is kept from place n - k on: multiplying by z moves its start, not its entries; so with b / z.
    y = np.zeros(n + 1)
    eta[0] = 1.0
    for k in range(n):
        ratio = b[k] / a[0]
        gamma[k] = ratio
        tail = b[k:]
        for j in range(n - k):
            first, second = a[j], tail[j]
            a[j] = first + ratio * second
            tail[j] = second - ratio * first
        back = y[n - k :]
        for j in range(k + 1):
            first, second = eta[j], back[j]
            eta[j] = first - ratio * second
            back[j] = second + ratio * first
    for j in range(n):
        joined[0, j] = y[n - j]
        joined[1, j] = eta[j]
    joined[1, 0] = 0.0


@numba.njit  # type: ignore[untyped-decorator]
def multiply_layers(gamma: RealArray, pairs: RealArray) -> None:
    """Fill (xi, eta - 1), shape (nodes, 2, n), from gamma, shape (nodes, n)."""
    nodes, n = gamma.shape
    for node in range(nodes):
        eta = np.zeros(n)
        y = np.zeros(n + 1)
        eta[0] = 1.0
        for k in range(n):
            ratio = gamma[node, k]
            back = y[n - k :]
            for j in range(k + 1):
                first, second = eta[j], back[j]
                eta[j] = first - ratio * second
                back[j] = second + ratio * first
        for j in range(n):
            pairs[node, 0, j] = y[n - j]
            pairs[node, 1, j] = eta[j]
        pairs[node, 1, 0] = 0.0
