"""Certificate of QSP phases."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from qalgo.qsvt.nonlinear_fft import forward
from qalgo.qsvt.sup_norm import grid_bound, samples

__all__ = ["forward_error"]

RealVector = npt.NDArray[np.float64]


def forward_coefficients(values: RealVector) -> RealVector:
    """Return the Chebyshev coefficients of Re <0|U|0> for symmetric phases of degree >= 1, shape (d + 1,), in double."""
    from scipy.fft import irfft, next_fast_len, rfft

    degree = len(values) - 1
    half = (degree + 1) // 2
    layers = values[: degree // 2 + 1].copy()
    layers[0] -= math.pi / 4
    gamma = np.tan(layers)
    pair, factor = forward(gamma[:half])
    length = 2 * int(next_fast_len(half, real=True))
    spectra = rfft(factor * pair[:, :half], length)
    product = irfft(spectra[0] * spectra[1], length)
    if length < degree + 1:
        product = np.append(product, 0.0)
    # b = w + w reversed for odd degree; for even degree the middle layer adds the difference of the moduli.
    terms = product[: degree + 1]
    full = terms + terms[::-1]
    if degree % 2 == 0:
        power = irfft(np.abs(spectra[1]) ** 2 - np.abs(spectra[0]) ** 2, length)[: half + 1]
        power[half:] = 0.0
        cosine, sine = math.cos(layers[half]), math.sin(layers[half])
        full = cosine * full
        full[half:] += sine * power
        full[:half] += sine * power[:0:-1]
    coefficients = np.zeros(degree + 1)
    coefficients[degree % 2 :: 2] = -2.0 * full[half:]
    if degree % 2 == 0:
        coefficients[0] *= 0.5
    return coefficients


def forward_error(values: RealVector, coefficients: RealVector) -> float:
    """Return the largest |Re <0|U|0> - P| on a grid, times the factor that makes it a bound, all in double."""
    degree = len(values) - 1
    difference = forward_coefficients(values) - coefficients
    count = 2 * (degree + 1)
    return grid_bound(float(np.max(np.abs(samples(difference, count)))), degree, count)
