"""References in 80-bit long doubles, in theta, written without anything of the library."""

import numpy as np

LONG = np.longdouble


def transfer_entry(values, theta):
    """Re <0|U|0> of phases ("Wx, Re"), one W and one phase after the other."""
    angle = np.asarray(theta).astype(LONG)
    x, s = np.cos(angle), np.sin(angle)
    cosines, sines = np.cos(values.astype(LONG)), np.sin(values.astype(LONG))
    upper = [np.full(angle.shape, cosines[0]), np.full(angle.shape, sines[0])]
    lower = [np.zeros_like(x), np.zeros_like(x)]
    for c, p in zip(cosines[1:], sines[1:], strict=True):
        first = upper[0] * x - lower[1] * s, upper[1] * x + lower[0] * s
        second = lower[0] * x - upper[1] * s, lower[1] * x + upper[0] * s
        upper = [first[0] * c - first[1] * p, first[0] * p + first[1] * c]
        lower = [second[0] * c + second[1] * p, second[1] * c - second[0] * p]
    return upper[0]


def chebyshev_sum(coefficients, theta):
    orders = np.flatnonzero(coefficients)
    values = np.asarray(coefficients)[orders].astype(LONG)
    return np.array([np.sum(values * np.cos(orders.astype(LONG) * LONG(angle))) for angle in theta])


def phase_error(values, coefficients, theta):
    """Largest |Re <0|U|0> - P| over the angles, less what long doubles may be off by themselves."""
    worst = np.max(np.abs(transfer_entry(values, theta) - chebyshev_sum(coefficients, theta)))
    return max(0.0, float(worst) - resolution(len(values) - 1))


def resolution(degree):
    """Half a unit in the last place, for each step of both evaluations and for the angle times the degree."""
    return 2.0**-64 * (degree + 4)


def angles(degree, seed, count=60):
    """Random angles, and clusters at x = 1, 0 and -1 on the scale of 1/d."""
    near = np.arange(6) / (4.0 * degree + 4)
    return np.concatenate([np.random.default_rng(seed).uniform(0, np.pi, count), near, np.pi / 2 + near, np.pi - near])
