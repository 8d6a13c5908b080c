"""Inner loops of the phase finder, compiled by numba (optional; imported only on demand)."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

__all__ = ["multiply_layers", "multiply_quaternions", "strip_leaf"]

RealArray = npt.NDArray[np.float64]


@numba.njit("void(float64[:,:], float64[:], float64[:,:])")  # type: ignore[untyped-decorator]
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


@numba.njit("void(float64[:,:], float64[:,:,:])")  # type: ignore[untyped-decorator]
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


@numba.njit(  # type: ignore[untyped-decorator]
    "void(float64[:,::1], float64[:,::1], int64[::1], float64, float64[:,::1])", error_model="numpy"
)
def multiply_quaternions(
    circle: RealArray, roots: RealArray, steps: npt.NDArray[np.int64], shift: float, out: RealArray
) -> None:
    """Write the product over k of cos_k + sin_k root^(k step) j for each step into ``out``, shape (8, steps).

    The arithmetic of :mod:`qalgo.qsvt.extended_precision`, one layer after the other.

    Args:
        circle: cosine and sine of the layers, high parts, then low parts; shape (layers, 4).
        roots: real and imaginary part of the roots of unity, high parts, then low parts; shape (period, 4).
        steps: index in ``roots`` of the factor from layer to layer, below the period.
        shift: what rounds to the grid of high parts when it is added and subtracted.
        out: real and imaginary part of alpha and of beta, high parts, then low parts.
    """
    layers, period = circle.shape[0], roots.shape[0]
    for point in range(steps.size):
        ar = 1.0
        ai = br = bi = lar = lai = lbr = lbi = 0.0
        place = 0
        for k in range(layers):
            c = circle[k, 0]
            s = circle[k, 1]
            lc = circle[k, 2]
            ls = circle[k, 3]
            ur = roots[place, 0]
            ui = roots[place, 1]
            # beta of the layer, d: sine times root, brought back to (high, low).
            full = s + ls
            exact = s * ur
            rest = full * roots[place, 2] + ls * ur
            dr = ((exact + rest) + shift) - shift
            ldr = (exact - dr) + rest
            exact = s * ui
            rest = full * roots[place, 3] + ls * ui
            di = ((exact + rest) + shift) - shift
            ldi = (exact - di) + rest
            # (a, b) times (c, d) is (a c - b conj d, a d + b c) for real c: exact part e, rest r.
            far = ar + lar
            fai = ai + lai
            fbr = br + lbr
            fbi = bi + lbi
            e0 = ar * c - (br * dr + bi * di)
            r0 = far * lc + lar * c - (fbr * ldr + fbi * ldi) - (lbr * dr + lbi * di)
            e1 = ai * c - (bi * dr - br * di)
            r1 = fai * lc + lai * c - (fbi * ldr - fbr * ldi) - (lbi * dr - lbr * di)
            e2 = ar * dr - ai * di + br * c
            r2 = far * ldr - fai * ldi + (lar * dr - lai * di) + fbr * lc + lbr * c
            e3 = ar * di + ai * dr + bi * c
            r3 = far * ldi + fai * ldr + (lar * di + lai * dr) + fbi * lc + lbi * c
            ar = ((e0 + r0) + shift) - shift
            lar = (e0 - ar) + r0
            ai = ((e1 + r1) + shift) - shift
            lai = (e1 - ai) + r1
            br = ((e2 + r2) + shift) - shift
            lbr = (e2 - br) + r2
            bi = ((e3 + r3) + shift) - shift
            lbi = (e3 - bi) + r3
            place += steps[point]
            if place >= period:
                place -= period
        out[0, point] = ar
        out[1, point] = ai
        out[2, point] = br
        out[3, point] = bi
        out[4, point] = lar
        out[5, point] = lai
        out[6, point] = lbr
        out[7, point] = lbi
