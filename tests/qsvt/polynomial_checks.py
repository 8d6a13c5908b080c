"""Independent evaluation of polynomials in extended precision, and the closed-form degrees of other constructions."""

import math

import numpy as np


def extended_values(polynomial, x):
    """scale * P(x) by Clenshaw's recurrence in long double: what the stored coefficients stand for."""
    coefficients = polynomial.coefficients.astype(np.longdouble)
    x = np.asarray(x).astype(np.longdouble)
    here, above = np.zeros_like(x), np.zeros_like(x)
    for value in coefficients[:0:-1]:
        here, above = value + 2 * x * here - above, here
    return np.longdouble(polynomial.scale) * (coefficients[0] + x * here - above)


def points(low, high, count):
    """Points of [low, high], dense at both ends, which are included."""
    return np.clip(0.5 * (low + high) - 0.5 * (high - low) * np.cos(np.linspace(0.0, np.pi, count)), low, high)


def largest_error(polynomial, target, count=2001):
    """Largest |scale P - target| seen on the domain, with an exact target in long double."""
    return max(
        float(np.max(np.abs(extended_values(polynomial, x) - target(x.astype(np.longdouble)))))
        for x in (points(low, high, count) for low, high in polynomial.domain)
    )


def largest_value(polynomial, count=20_001):
    """Largest |P| seen on [-1, 1], by numpy's own recurrence."""
    x = np.cos(np.linspace(0.0, np.pi, count))
    return float(np.max(np.abs(np.polynomial.chebyshev.chebval(x, polynomial.coefficients))))


def alternations(error):
    """Sizes of the largest |error| of each run of one sign: a best approximation has equal ones, and enough of them."""
    starts = np.flatnonzero(np.diff(np.sign(error)) != 0) + 1
    return np.array([np.max(np.abs(run)) for run in np.split(error, starts)])


def cks_degree(kappa, epsilon):
    """1/x of arXiv:1511.02306, Lemma 14, with the bound of the coefficients at double order."""
    b = math.ceil(kappa**2 * math.log(kappa / epsilon))
    return 2 * math.ceil(math.sqrt(b * math.log(4 * b / epsilon))) + 1


def chebyshev_inverse_degree(kappa, epsilon):
    """1/x of arXiv:2109.04248: the residual is a Chebyshev polynomial."""
    return 2 * math.ceil(math.log(2 * kappa / epsilon) / (2 * math.atanh(1 / kappa))) - 1


def gslw_cosine_degree(t, epsilon):
    """cos(t x) of arXiv:1806.01838, Lemma 57: 2 ceil(r(e t / 2, 5 epsilon / 4) / 2), (s / r)^r = epsilon, r > s."""
    s, goal = math.e * t / 2, math.log(1.25 * epsilon)
    low, high = s, s + 1e3 + 10 * s
    for _ in range(200):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if middle * math.log(s / middle) > goal else (low, middle)
    return 2 * math.ceil(high / 2)


def eremenko_yuditskii_degree(delta, epsilon):
    """Degree 2 m + 1 at which the asymptotic error of the best sign polynomial is epsilon."""

    def error(m):
        return (1 - delta) / math.sqrt(math.pi * delta * m) * ((1 - delta) / (1 + delta)) ** m

    low, high = 1, 10**7
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if error(middle) > epsilon else (low, middle)
    return 2 * low + 1
