r"""Unit quaternions to 79 bits in pairs of doubles, for certificates.

A number x with |x| <= 1 is a pair: ``high``, a multiple of 2^-26, and ``low``, |low| <= 2^-27, any double. Products of
two high parts are multiples of 2^-52, so their sums below 2 are exact in double precision; everything else is of size
2^-27 and rounds at 2^-80. This costs a third of double-double arithmetic and asks for no fused multiply-add.

A unit quaternion :math:`\alpha + \beta j` (:math:`j \alpha = \bar\alpha j`) is an array of shape (2, 2, ...), complex:
(high, low) x (alpha, beta).
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["ROUNDING", "SHIFT", "multiply", "multiply_all", "phase_factors", "root_powers", "split"]

ComplexArray = npt.NDArray[Any]
RealArray = npt.NDArray[np.float64]

ROUNDING = 2.0**-76
"""Bound on the error that one product of unit quaternions adds."""

_BITS = 26
SHIFT = 1.5 * 2.0**_BITS
"""Adding and subtracting it rounds to a multiple of 2^-26."""

_COMPLEX_SHIFT = complex(SHIFT, SHIFT)
_FIXED = 128  # bits behind the point of the integers that tables start from
_STEPS = 256  # table of exp(i m / 256)


def split(exact: ComplexArray, rest: ComplexArray) -> tuple[ComplexArray, ComplexArray]:
    """Return (high, low) of exact + rest, where ``exact`` is a sum on a grid of 2^-62 or coarser and rest is small."""
    shift = _COMPLEX_SHIFT if np.iscomplexobj(exact) else SHIFT
    high = ((exact + rest) + shift) - shift
    return high, (exact - high) + rest


def multiply(first: ComplexArray, second: ComplexArray) -> ComplexArray:
    """Return products of quaternions, shapes (2, 2, ...) as described above."""
    # (alpha, beta) times (c, d) is alpha (c, d) - beta (conj d, -conj c).
    turned = np.conj(second[:, ::-1])
    np.negative(turned[:, 1], out=turned[:, 1])
    full = first[0] + first[1]
    rest = full[0] * second[1]
    rest += first[1, 0] * second[0]
    rest -= full[1] * turned[1]
    rest -= first[1, 1] * turned[0]
    exact = first[0, 0] * second[0]
    exact -= first[0, 1] * turned[0]
    out = np.empty((2, *exact.shape), dtype=np.complex128)
    high = np.add(exact, rest, out=out[0])
    high += _COMPLEX_SHIFT
    high -= _COMPLEX_SHIFT
    low = np.subtract(exact, high, out=out[1])
    low += rest
    return out


def multiply_all(layers: ComplexArray) -> ComplexArray:
    """Return the ordered product along axis 2, (2, 2, n, ...) -> (2, 2, ...), neighbours first."""
    while layers.shape[2] > 1:
        even = layers.shape[2] // 2 * 2
        paired = multiply(layers[:, :, 0:even:2], layers[:, :, 1:even:2])
        layers = paired if even == layers.shape[2] else np.concatenate([paired, layers[:, :, -1:]], axis=2)
    return layers[:, :, 0]


def multiply_phases(first: ComplexArray, second: ComplexArray) -> ComplexArray:
    """Return products of complex numbers of modulus at most 1, shape (2, ...): (high, low)."""
    (a, a_low), (b, b_low) = first, second
    return np.stack(split(a * b, (a + a_low) * b_low + a_low * b))


def phase_factors(angles: RealArray) -> ComplexArray:
    """Return exp(i angle), shape (2, n): (high, low), for doubles |angle| <= 3.98."""
    steps = np.rint(angles * _STEPS)
    small = angles - steps / _STEPS  # exact, |small| <= 2^-9
    head = (small + 1.5 * 2.0**17) - 1.5 * 2.0**17  # a multiple of 2^-35: its square is exact
    tail = small - head
    square = small * small
    cosine_rest = -tail * (head + 0.5 * tail) + square * square * (1 / 24 - square * (1 / 720 - square / 40320))
    sine_rest = -small * square * (1 / 6 - square * (1 / 120 - square * (1 / 5040 - square / 362880)))
    factor = np.stack(split(1j * small - 0.5 * head * head, cosine_rest + 1j * sine_rest))
    factor[0] += 1.0
    table = _unit_table()
    index = np.abs(steps).astype(np.intp)
    turned = table[:, index]
    turned = np.where(steps < 0, np.conj(turned), turned)
    return multiply_phases(turned, factor)


def root_powers(count: int) -> ComplexArray:
    """Return exp(i pi m / count), m = 0 .. 2 count - 1, shape (2, 2 count): (high, low)."""
    return _powers(_pi() // count, 2 * count)


@functools.lru_cache(maxsize=1)
def _unit_table() -> ComplexArray:
    return _powers((1 << _FIXED) // _STEPS, 4 * _STEPS)


def _powers(angle: int, count: int) -> ComplexArray:
    """Return exp(i m angle / 2^128) for m < count, by doubling: log2(count) products deep."""
    table = np.empty((2, count), dtype=np.complex128)
    table[:, 0] = 1.0, 0.0
    done = 1
    while done < count:
        more = min(done, count - done)
        factor = _exact_phase(angle * done)
        table[:, done : done + more] = multiply_phases(table[:, :more], factor[:, None])
        done += more
    return table


def _exact_phase(angle: int) -> ComplexArray:
    """Return exp(i angle / 2^128), shape (2,), by the exponential series in integers, |angle| a few turns at most."""
    unit = 1 << _FIXED
    halvings = 8
    real, imaginary = unit, 0
    term_real, term_imaginary = unit, 0
    for order in range(1, 40):
        divisor = order << (_FIXED + halvings)
        term_real, term_imaginary = -term_imaginary * angle // divisor, term_real * angle // divisor
        real, imaginary = real + term_real, imaginary + term_imaginary
    for _ in range(halvings):
        real, imaginary = (real * real - imaginary * imaginary) >> _FIXED, (2 * real * imaginary) >> _FIXED
    parts = []
    for value in (real, imaginary):
        high = (value + (1 << (_FIXED - _BITS - 1))) >> (_FIXED - _BITS)
        low = value - (high << (_FIXED - _BITS))
        parts.append((math.ldexp(high, -_BITS), math.ldexp(low, -_FIXED)))
    return np.array([complex(parts[0][0], parts[1][0]), complex(parts[0][1], parts[1][1])])


@functools.lru_cache(maxsize=1)
def _pi() -> int:
    """Return pi * 2^128, rounded down, by Machin's formula."""
    guard = 16
    unit = 1 << (_FIXED + guard)

    def inverse_tangent(x: int) -> int:
        total, power, order = 0, unit // x, 1
        while power:
            total += (power // order) if order % 4 == 1 else -(power // order)
            power //= x * x
            order += 2
        return total

    return (4 * (4 * inverse_tangent(5) - inverse_tangent(239))) >> guard
