r"""Nonlinear Fourier transform of complex sequences, inverse and forward, both in O(n log^2 n) operations.

The layers :math:`M_k = (1 + |F_k|^2)^{-1/2} \begin{pmatrix} 1 & F_k \\ -\bar F_k & 1 \end{pmatrix}` with
A = diag(z, 1) between them give :math:`M_0 A M_1 A \cdots A M_{n-1}` the last column (p, q), polynomials in z with
q(0) > 0. The inverse transform is divide and conquer on layer stripping (2505.12615, section 4); a leaf is one Cholesky
factorisation of :math:`L(q) L(q)^\dagger + L(p) L(p)^\dagger`, L lower triangular Toeplitz (2410.06409).
"""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

__all__ = ["layers", "product_entry", "stripped_layers"]

ComplexArray = npt.NDArray[np.complex128]
RealArray = npt.NDArray[np.float64]

# Leaves have l coefficients, nodes l 2^j: l with small prime factors keeps every FFT length fast.
_NICE = (32, 36, 40, 45, 48, 50, 54, 60, 64)
_FORWARD_LEAF = 8
# The condition of the Cholesky leaf is ~ 1 / q_0^2.
_SMALLEST_HEAD = 0.1


def layers(p: ComplexArray, q: ComplexArray) -> ComplexArray:
    """Return F_0 .. F_{n-1} for the pair (p, q), both of shape (n,), |p|^2 + |q|^2 = 1, q outer with q(0) > 0."""
    count = len(p)
    doublings = max(0, (-(-count // _NICE[-1]) - 1).bit_length())
    leaf = next(nice for nice in _NICE if nice << doublings >= count) if doublings else count
    pair = np.zeros((2, leaf << doublings), dtype=np.complex128)
    pair[0, :count], pair[1, :count] = q, p
    found = np.zeros(leaf << doublings, dtype=np.complex128)
    _node(pair, found, count, leaf, last=True)
    return found[:count]


def stripped_layers(p: ComplexArray, q: ComplexArray) -> ComplexArray:
    """Return what :func:`layers` returns by plain layer stripping: O(n^2), but accurate relative to q, however small.

    Where |P| is near 1 on the whole circle, q is small and the rounding of transforms, relative to p, spoils it.
    """
    found = np.empty(len(p), dtype=np.complex128)
    for k in range(len(p)):
        ratio = p[0] / q[0].real
        found[k] = ratio
        cosine = 1.0 / np.hypot(1.0, abs(ratio))
        sine = ratio * cosine
        q, p = q[:-1] * cosine + np.conj(sine) * p[:-1], p[1:] * cosine - sine * q[1:]
    return found


def _node(pair: ComplexArray, found: ComplexArray, count: int, leaf: int, *, last: bool) -> ComplexArray:
    """Fill found[:count]; return (xi, eta), the last column of the node's product, unless it is the last node."""
    n = pair.shape[1]
    if n == leaf:
        joined = np.zeros((2, n), dtype=np.complex128)
        _cholesky_leaf(pair[:, :count], found[:count], joined[:, :count])
        return joined
    from scipy.fft import fft, ifft

    half = n // 2
    if count <= half:
        return _node(pair[:, :half], found[:half], count, leaf, last=last)
    left = fft(_node(pair[:, :half], found[:half], half, leaf, last=False), n)
    (q, p), (xi, eta) = fft(pair), left
    # The wrap-around of cyclic length n falls on entries that are not kept.
    moved = np.stack([ifft(np.conj(xi) * p + np.conj(eta) * q)[:half], ifft(eta * p - xi * q)[half:]])
    right = _node(moved, found[half:], count - half, leaf, last=last)
    if last:
        return right
    xi_right, eta_right = fft(right, n)
    # f#(z) = z^half conj f(1 / conj z) has the spectrum (-1)^k conj(f_k) at length n = 2 half.
    np.negative(xi_right[1::2], out=xi_right[1::2])
    joined_xi, joined_eta = np.conj(eta) * xi_right + xi * eta_right, eta * eta_right - np.conj(xi) * xi_right
    # Divided by n, not multiplied by its rounded inverse: a constant must come back exactly.
    joined = np.asarray(ifft(np.stack([joined_xi, joined_eta]), norm="forward"))
    joined /= n
    return joined


def _cholesky_leaf(pair: ComplexArray, found: ComplexArray, joined: ComplexArray) -> None:
    """Solve a leaf: with K = C C^dagger, F_k = (C^{-1} p)_k C_kk / q_0; (xi, eta) from the last row of C^{-1}."""
    from scipy.linalg import lapack

    n = pair.shape[1]
    if n == 1 or pair[0, 0].real < _SMALLEST_HEAD:
        _strip_leaf(pair, found, joined)
        return
    padded = np.zeros((2, 2 * n - 1), dtype=np.complex128)
    padded[:, n - 1 :] = pair
    stacked = padded.ravel().take(_toeplitz_index(n))
    factor, failed = lapack.zpotrf(stacked @ stacked.conj().T, lower=1)
    if failed:
        _strip_leaf(pair, found, joined)
        return
    last_unit = np.zeros(n, dtype=np.complex128)
    last_unit[-1] = 1.0
    solved, _ = lapack.ztrtrs(factor, pair[1], lower=1)
    row = np.conj(lapack.ztrtrs(factor, last_unit, lower=1, trans=2)[0][::-1])
    found[:] = solved * factor.diagonal() / pair[0, 0].real
    joined[1], joined[0] = stacked[:, :n] @ row, stacked[:, n:] @ row


@functools.lru_cache(maxsize=64)
def _toeplitz_index(n: int) -> npt.NDArray[np.intp]:
    steps = np.arange(n)
    index = steps[:, None] - steps[None, :] + n - 1
    return np.concatenate([index, index + 2 * n - 1], axis=1)


def _strip_leaf(pair: ComplexArray, found: ComplexArray, joined: ComplexArray) -> None:
    """Layer stripping, one layer at a time, then the product of the layers."""
    q, p = pair
    n = len(found)
    eta, y = np.zeros(n, dtype=np.complex128), np.zeros(n + 1, dtype=np.complex128)
    eta[0] = 1.0
    for k in range(n):
        ratio = p[0] / q[0].real
        found[k] = ratio
        cosine = 1.0 / np.hypot(1.0, abs(ratio))
        sine = ratio * cosine
        q, p = q[:-1] * cosine + np.conj(sine) * p[:-1], p[1:] * cosine - sine * q[1:]
        # y = z^k xi#(z): (eta, y) <- (eta cos - y sin, z (y cos + conj(sin) eta)).
        old, back = eta[: k + 1].copy(), y[: k + 1].copy()
        eta[: k + 1] = old * cosine - back * sine
        y[1 : k + 2] = back * cosine + old * np.conj(sine)
        y[0] = 0.0
    joined[1], joined[0] = eta, np.conj(y[:0:-1])


def product_entry(theta: RealArray, phi: RealArray) -> ComplexArray:
    r"""Return the coefficients of the upper left entry of R(theta_d, phi_d) A R(theta_{d-1}, phi_{d-1}) A ... A R_0.

    A = diag(z, 1) and :math:`R(\theta, \phi) = \begin{pmatrix} e^{i\phi}\cos\theta & e^{i\phi}\sin\theta \\
    \sin\theta & -\cos\theta \end{pmatrix}`; theta and phi have shape (d + 1,), index 0 is the rightmost factor. Plain
    products of matrices of polynomials, all nodes of a level at once: nothing of the inverse transform is used.
    """
    from scipy.fft import fft, ifft

    count = len(theta)
    doublings = max(0, (-(-count // _FORWARD_LEAF) - 1).bit_length())
    # Lengths are powers of two: only their transforms have no rounding common to all nodes, which would add up.
    padding = (_FORWARD_LEAF << doublings) - count
    # R(0, pi) A = -A: each added factor on the right multiplies the entry by -z.
    angle = np.concatenate([theta[::-1], np.zeros(padding)]).reshape(-1, _FORWARD_LEAF)
    turn = np.concatenate([np.exp(1j * phi[::-1]), np.full(padding, -1.0)]).reshape(-1, _FORWARD_LEAF)
    upper, phase = _short_products(angle, turn)
    while len(upper) > 1:
        n = 2 * upper.shape[2]
        (first_left, second_left), (first, second) = _neighbours(fft(upper, n).swapaxes(0, 1))
        # Multiplication by z^(n / 2) at length n; e z^(n / 2) is the determinant of a half.
        sign = np.where(np.arange(n) % 2, -1.0, 1.0)
        right_phase = phase[1::2, None]
        joined = np.empty((len(upper) // 2, 2, n), dtype=np.complex128)
        joined[:, 0] = first_left * first - np.conj(right_phase) * sign * np.conj(second_left) * second
        joined[:, 1] = sign * np.conj(first_left) * second + right_phase * second_left * first
        # Divided by n, not multiplied by its rounded inverse: a constant must come back exactly.
        upper, phase = np.asarray(ifft(joined, norm="forward")) / n, phase[::2] * phase[1::2]
    entry = np.conj(upper[0, 0, ::-1])
    return np.asarray((-1) ** padding * entry[padding:])


def _neighbours(nodes: ComplexArray) -> tuple[ComplexArray, ComplexArray]:
    return nodes[:, ::2], nodes[:, 1::2]


def _short_products(theta: RealArray, turn: ComplexArray) -> tuple[ComplexArray, ComplexArray]:
    """Multiply R A of each row (first column leftmost); upper row (alpha, beta) as (z^length alpha*, beta).

    In this form a product of layers near the identity is near a constant, whose transforms are exact: the rounding of
    twiddle factors, common to all nodes, would add up. The second result is determinant / z^length.
    """
    rows, length = theta.shape
    upper = np.zeros((rows, 2, length), dtype=np.complex128)
    upper[:, 0, 0] = 1.0
    cosine, sine = np.cos(theta), np.sin(theta)
    phase = np.ones(rows, dtype=np.complex128)
    for k in range(length):
        c, s, e = cosine[:, k, None], sine[:, k, None], turn[:, k, None]
        first, second = upper[:, 0, : k + 1].copy(), upper[:, 1, : k + 1].copy()
        # z^k times the conjugate of one is the reversed conjugate of the other; (alpha, beta) R A with
        # alpha = z^k first*: (z (alpha e c + beta s), alpha e s - beta c).
        upper[:, 0, : k + 1] = np.conj(e) * c * first
        upper[:, 0, 1 : k + 1] += s * np.conj(second[:, :k][:, ::-1])
        upper[:, 1, : k + 1] = e * s * np.conj(first[:, ::-1]) - c * second
        phase *= -turn[:, k]
    return upper, phase
