r"""Inverse nonlinear Fourier transform of a real pair (a, b): reflection coefficients in O(n log^2 n) operations.

Divide and conquer on layer stripping (2505.12615, section 4; 2410.06409) in real arithmetic: a node of size n strips
its left half, moves (a, b) past it by two correlations of cyclic length n (the wrap-around falls on entries that are
not kept), strips its right half and joins both. A leaf is solved directly, by one Cholesky factorisation of
:math:`K = L(a) L(a)^T + L(b) L(b)^T` with the lower triangular Toeplitz matrices L (or by plain layer stripping:
compiled, where numba is at hand, or where a_0 is so small that K would be ill-conditioned).
"""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["compile_leaf", "forward", "reflection_coefficients"]

RealArray = npt.NDArray[np.float64]
ComplexArray = npt.NDArray[np.complex128]

# Leaves have l coefficients, nodes l 2^j: l with small prime factors keeps every FFT length fast.
_NICE = (32, 36, 40, 45, 48, 50, 54, 60, 64)
# The compiled leaf is quadratic too, but with far less per call than a node.
_COMPILED_LEAF = 4
_FORWARD_LEAF = 8
_COMPILED_FORWARD_LEAF = 32
_COMPILED_FORWARD_ALONE = 160
# Below this a_0 the condition of the Cholesky leaf, ~ 1 / a_0^2, would cost digits.
_SMALLEST_HEAD = 0.1
# Coefficients that the numpy leaf may strip in one process before compiling the other one has paid.
_PATIENCE = 1 << 20
_stripped = 0
_compiled: Any = None


def reflection_coefficients(a: RealArray, b: RealArray, count: int) -> RealArray:
    r"""Strip ``count`` layers off the power series pair (a, b).

    Layer k is :math:`\gamma_k = b_0 / a_0`, then :math:`(a, b) \leftarrow (a + \gamma b, (b - \gamma a) / z)`. The
    factors :math:`(1 + \gamma_k^2)^{-1/2}` of the rotations are left out everywhere: they cancel in gamma, and without
    them eta starts with exactly 1, so that only small parts pass through the FFT.

    Args:
        a: first coefficients of a, shape (m,), m >= count; a_0 > 0.
        b: first coefficients of b, shape (m,).
        count: layers to strip, at least 1.

    Returns:
        gamma, shape (count,).
    """
    solve, longest = _leaf_solver(count)
    size, leaf = _sizes(count, longest)
    pair = np.zeros((2, size))
    pair[0, :count], pair[1, :count] = a[:count], b[:count]
    gamma = np.zeros(size)
    _node(pair, gamma, count, leaf, solve, last=True)
    return gamma[:count]


def compile_leaf() -> bool:
    """Compile the numba loops now (about a second); False where numba is not installed."""
    global _compiled
    if _compiled is None and importlib.util.find_spec("numba") is not None:
        from qalgo.qsvt import compiled_loops

        _compiled = compiled_loops
    return _compiled is not None


def compiled() -> Any:
    """Return the module of compiled loops if they are ready, else None."""
    return _compiled


def _leaf_solver(count: int) -> tuple[Callable[..., None], int]:
    """Return the leaf to use and by which factor it may be longer than 64."""
    global _stripped
    _stripped += count
    if _compiled is None and _stripped > _PATIENCE:
        compile_leaf()
    return (_cholesky_leaf, 1) if _compiled is None else (_compiled.strip_leaf, _COMPILED_LEAF)


def _sizes(count: int, longest: int) -> tuple[int, int]:
    """Return the length of the root and of the leaves."""
    if count <= _NICE[-1] * longest:
        return count, count
    doublings = (-(-count // _NICE[-1]) - 1).bit_length()
    root = next(nice for nice in _NICE if nice << doublings >= count) << doublings
    leaf = root
    while leaf > _NICE[-1] * longest:
        leaf //= 2
    return root, leaf


def _node(
    pair: RealArray, gamma: RealArray, count: int, leaf: int, solve: Callable[..., None], *, last: bool
) -> RealArray:
    """Fill gamma[:count]; return (xi, eta - 1) of the node, shape (2, n), unless it is the last of all."""
    n = pair.shape[1]
    if n == leaf:
        joined = np.zeros((2, n))
        solve(pair[:, :count], gamma[:count], joined[:, :count])
        return joined
    from scipy.fft import irfft, rfft

    half = n // 2
    if count <= half:
        return _node(pair[:, :half], gamma[:half], count, leaf, solve, last=last)
    left = _node(pair[:, :half], gamma[:half], half, leaf, solve, last=False)
    spectrum = rfft(left, n)
    # Reversal p#(z) = z^half p(1/z) has the spectrum (-1)^k conj(p_k) at cyclic length n = 2 half; the sign is a
    # shift by half, which leaves the entries that are kept in front.
    shifted = irfft(_moved(rfft(pair), spectrum), n)
    moved = np.empty((2, half))
    np.add(pair[0, :half], shifted[0, :half], out=moved[0])
    np.add(pair[1, half:], shifted[1, half:], out=moved[1])
    right = _node(moved, gamma[half:], count - half, leaf, solve, last=last)
    return right if last else _joined(left, right, spectrum)


def _joined(left: RealArray, right: RealArray, spectrum: ComplexArray) -> RealArray:
    r"""Return (xi, eta - 1) of two neighbouring halves, shapes (..., 2, half) -> (..., 2, 2 half).

    What is linear in the small parts is added outside the FFT, whose rounding would otherwise be relative to the 1 and,
    in nodes that are alike, of one sign.
    """
    from scipy.fft import irfft, rfft

    half = left.shape[-1]
    joined = np.asarray(irfft(_join_spectra(rfft(right, 2 * half), spectrum), 2 * half))
    joined[..., :half] += left
    joined[..., 0, half:] += right[..., 0, :]
    joined[..., 1, :half] += right[..., 1, :]
    joined[..., 1, 0] = 0.0
    return joined


def _moved(pair: ComplexArray, left: ComplexArray) -> ComplexArray:
    """What (xi, eta - 1) add to (a, b): (eta - 1)# a + xi# b, shifted by half, and (eta - 1) b - xi a."""
    (a, b), (xi, eta) = pair, left
    out = np.empty_like(pair)
    np.multiply(np.conj(eta), a, out=out[0])
    out[0] += np.conj(xi) * b
    np.multiply(eta, b, out=out[1])
    out[1] -= xi * a
    return out


def _join_spectra(right: ComplexArray, left: ComplexArray) -> ComplexArray:
    r"""Return the spectrum of what is quadratic in the (xi, eta - 1) of two halves, at twice their length.

    (eta_l - 1)# xi_r + xi_l (eta_r - 1) and (eta_l - 1)(eta_r - 1) - xi_l# xi_r. Shapes (..., 2, frequencies).
    """
    xi_right, eta_right = right[..., 0, :], right[..., 1, :]
    xi, eta = left[..., 0, :], left[..., 1, :]
    out = np.empty_like(right)
    joined_xi, joined_eta = out[..., 0, :], out[..., 1, :]
    # # is (-1)^k conj(.): the sign goes onto xi_r, which both products share.
    turned = xi_right.copy()
    np.negative(turned[..., 1::2], out=turned[..., 1::2])
    np.multiply(np.conj(eta), turned, out=joined_xi)
    joined_xi += xi * eta_right
    np.multiply(eta, eta_right, out=joined_eta)
    joined_eta -= np.conj(xi) * turned
    return out


def _cholesky_leaf(pair: RealArray, gamma: RealArray, joined: RealArray) -> None:
    r"""Solve a leaf by linear algebra.

    With K = C C^T: gamma_k = (C^{-1} b)_k C_kk / a_0; eta ~ L(a) u and xi ~ L(b) u, where u is the last row of C^{-1}
    reversed (the conditions "eta b - xi a = O(z^n)" and "eta# a + xi# b = O(z^n)" as one system in K).
    """
    from scipy.linalg import lapack

    n = pair.shape[1]
    if n == 1 or pair[0, 0] < _SMALLEST_HEAD * np.max(np.abs(pair)):
        _strip_leaf(pair, gamma, joined)
        return
    padded = np.zeros((2, 2 * n - 1))
    padded[:, n - 1 :] = pair
    stacked = padded.ravel().take(_toeplitz_index(n))  # [L(a) L(b)], shape (n, 2 n)
    factor, failed = lapack.dpotrf(stacked @ stacked.T, lower=1)
    if failed:
        _strip_leaf(pair, gamma, joined)
        return
    last_unit = np.zeros(n)
    last_unit[-1] = 1.0
    solved, _ = lapack.dtrtrs(factor, pair[1], lower=1)
    u = lapack.dtrtrs(factor, last_unit, lower=1, trans=1)[0][::-1] / (pair[0, 0] / factor[-1, -1])
    gamma[:] = solved * factor.diagonal() / pair[0, 0]
    joined[0], joined[1] = stacked[:, n:] @ u, stacked[:, :n] @ u
    joined[1, 0] = 0.0


@functools.lru_cache(maxsize=64)
def _toeplitz_index(n: int) -> npt.NDArray[np.intp]:
    steps = np.arange(n)
    index = steps[:, None] - steps[None, :] + n - 1
    return np.concatenate([index, index + 2 * n - 1], axis=1)


def _strip_leaf(pair: RealArray, gamma: RealArray, joined: RealArray) -> None:
    """Layer stripping, one layer at a time."""
    a, b = pair
    for k in range(len(gamma)):
        ratio = b[0] / a[0]
        gamma[k] = ratio
        a, b = a[:-1] + ratio * b[:-1], b[1:] - ratio * a[1:]
    joined[:] = multiplied_out(gamma)


def forward(gamma: RealArray) -> tuple[RealArray, float]:
    r"""Return what layers gamma do to a pair: (xi, eta) and the factor that they still lack, in O(n log^2 n).

    The forward transform: all nodes of a level at once.

    Returns:
        (xi, eta), shape (2, n), n >= layers, with zeros behind, and the factor :math:`\prod_k (1 + \gamma_k^2)^{-1/2}`.
    """
    from scipy.fft import rfft

    count = len(gamma)
    longest = _FORWARD_LEAF
    if _compiled is not None:
        longest = _COMPILED_FORWARD_LEAF if count > _COMPILED_FORWARD_ALONE else count
    doublings = max(0, (-(-count // longest) - 1).bit_length())
    leaf = -(-count >> doublings)
    # Layers that are added behind have gamma = 0: they leave xi and eta as they are.
    padded = np.zeros(leaf << doublings)
    padded[:count] = gamma
    pairs = multiplied_out(padded.reshape(1 << doublings, leaf))
    while len(pairs) > 1:
        left = pairs[::2]
        pairs = _joined(left, pairs[1::2], rfft(left, 2 * left.shape[-1]))
    pair = pairs[0]
    pair[1, 0] = 1.0
    return pair, float(np.exp(-0.5 * np.sum(np.log1p(gamma * gamma))))


def multiplied_out(gamma: RealArray) -> RealArray:
    """Return (xi, eta - 1) of layers, (..., n) -> (..., 2, n), one layer after the other.

    Recurrence (eta, y) <- (eta - gamma y, z (y + gamma eta)) with y = z^k xi(1/z).
    """
    n = gamma.shape[-1]
    if _compiled is not None and gamma.ndim == 2:
        pairs = np.empty((len(gamma), 2, n))
        _compiled.multiply_layers(gamma, pairs)
        return pairs
    eta, y = np.zeros(gamma.shape), np.zeros((*gamma.shape[:-1], n + 1))
    eta[..., 0] = 1.0
    for k in range(n):
        ratio = gamma[..., k : k + 1]
        old, back = eta[..., : k + 1], y[..., : k + 1]
        eta[..., : k + 1], y[..., 1 : k + 2] = old - back * ratio, back + old * ratio
    eta[..., 0] = 0.0
    return np.stack([y[..., :0:-1], eta], axis=-2)
