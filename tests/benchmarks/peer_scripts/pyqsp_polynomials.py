"""Degrees and errors of pyqsp's own polynomials, as JSON; run by ``polynomial_degrees.py`` in pyqsp's environment."""

import contextlib
import io
import json
import sys
import time
import warnings

import numpy as np
from pyqsp import poly

warnings.simplefilter("ignore")


def generated(builder, **options):
    with contextlib.redirect_stdout(io.StringIO()):
        start = time.process_time()
        found, scale = builder().generate(ensure_bounded=True, return_scale=True, chebyshev_basis=True, **options)
        seconds = time.process_time() - start
    coefficients = np.asarray(getattr(found, "coef", found), dtype=float).ravel()
    return coefficients, float(np.ravel(scale)[0]), seconds


def inverse(kappa, epsilon):
    coefficients, _, seconds = generated(poly.PolyOneOverX, kappa=kappa, epsilon=epsilon)
    x = np.linspace(1.0 / kappa, 1.0, 4001)
    values = np.polynomial.chebyshev.chebval(x, coefficients)
    # Its scale is stated up to a constant of its own: the best constant is taken, in its favour.
    factor = float(np.dot(values, 1 / x) / np.dot(values, values))
    error = float(np.max(np.abs(factor * values - 1 / x)))
    # It returns the whole series; the shortest cut that keeps epsilon is what a user could make of it.
    x, low, high = x[::4], 0, coefficients.size - 1
    while low < high:
        middle = (low + high) // 2
        cut = factor * np.polynomial.chebyshev.chebval(x, coefficients[: middle + 1])
        low, high = (low, middle) if np.max(np.abs(cut - 1 / x)) <= epsilon else (middle + 1, high)
    return {"degree": coefficients.size - 1, "degree_if_cut": high, "error": error, "cpu_s": seconds}


def cosine(t, epsilon):
    coefficients, scale, seconds = generated(poly.PolyCosineTX, tau=t, epsilon=epsilon)
    x = np.linspace(-1.0, 1.0, 4001)
    error = np.max(np.abs(np.polynomial.chebyshev.chebval(x, coefficients) / scale - np.cos(t * x)))
    return {"degree": coefficients.size - 1, "error": float(error), "cpu_s": seconds}


results = []
for family, first, epsilon in json.load(sys.stdin):
    try:
        found = {"inverse": inverse, "cosine": cosine}[family](first, epsilon)
    except Exception as error:  # any failure of a peer is a result
        found = {"failed": repr(error)[:200]}
    results.append(found)
json.dump(results, sys.stdout)
