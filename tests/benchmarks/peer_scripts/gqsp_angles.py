"""Run in a peer's environment: GQSP angles by nlft-qsp and PennyLane; CPU seconds and the 80-bit error, as JSON lines.

Reads {"time": t, "scale": s, "pad": n, "cut": c, "repetitions": r, "methods": [...]} per line from standard input.
"""

import json
import sys
import time
from importlib.metadata import version

import numpy as np
from scipy.special import jv

LONG = np.longdouble
POINTS_SEED = 5


def coefficients_of(setup):
    t = setup["time"]
    reach = int(t + 12 * t ** (1 / 3) + 20)
    k = np.arange(-reach, reach + 1)
    found = setup["scale"] * (-1j) ** (k % 4) * jv(k, t)
    kept = np.flatnonzero(np.abs(found) > setup["cut"])
    first, last = max(0, kept[0] - setup["pad"]), kept[-1] + 1 + setup["pad"]
    return found[first:last]


def points(count=6):
    rng = np.random.default_rng(POINTS_SEED)
    return np.concatenate([np.arange(count), rng.uniform(0, 2 * np.pi, count)]).astype(LONG)


def horner(coefficients, z):
    value = np.zeros_like(z)
    for coefficient in coefficients[::-1]:
        value = value * z + coefficient
    return value


def mw_entry(theta, phi, lam, z):
    """2308.01501: R(theta_d, phi_d, 0) A ... A R(theta_0, phi_0, lambda), upper left."""
    theta, phi = np.asarray(theta, dtype=LONG), np.asarray(phi, dtype=LONG)
    c, s, e = np.cos(theta), np.sin(theta), np.cos(phi) + 1j * np.sin(phi)
    start = np.exp(1j * LONG(lam))
    first, second = start * e[0] * c[0] * np.ones_like(z), start * s[0] * np.ones_like(z)
    for k in range(1, len(c)):
        first = first * z
        first, second = e[k] * (c[k] * first + s[k] * second), s[k] * first - c[k] * second
    return first


def nlft_entry(phi, lbd, theta, z):
    """2503.03026: the row <0| times e^{i lambda Z} e^{i phi_0 X} e^{i theta_0 Z} A ..., left to right."""
    phi, theta = np.asarray(phi, dtype=LONG), np.asarray(theta, dtype=LONG)
    c, s, e = np.cos(phi), 1j * np.sin(phi), np.cos(theta) + 1j * np.sin(theta)
    first, second = np.exp(1j * LONG(lbd)) * np.ones_like(z), np.zeros_like(z)
    for k in range(len(c)):
        if k:
            first = first * z
        first, second = (first * c[k] + second * s[k]) * e[k], (first * s[k] + second * c[k]) / e[k]
    return first


def solve_nlft(coefficients):
    from nlft_qsp.poly import Polynomial
    from nlft_qsp.qsp import GQSPPhaseFactors

    return GQSPPhaseFactors.solve(Polynomial(coefficients))


def solve_pennylane(coefficients):
    import pennylane as qml

    return np.array(qml.poly_to_angles(list(coefficients), "GQSP"), dtype=float)


SOLVERS = {
    "nlft-qsp": (solve_nlft, lambda found, z: nlft_entry(found.phi, found.lbd, found.theta, z)),
    "pennylane": (solve_pennylane, lambda found, z: mw_entry(found[0], found[1], found[2, 0], z)),
}


def main():
    z = np.cos(points()) + 1j * np.sin(points())
    for line in sys.stdin:
        setup = json.loads(line)
        coefficients = coefficients_of(setup)
        row = {"versions": {name: version(name) for name in ("nlft-qsp", "pennylane", "numpy")}}
        for method in setup["methods"]:
            solve, entry = SOLVERS[method]
            seconds = []
            try:
                for _ in range(setup["repetitions"]):
                    start = time.process_time()
                    found = solve(coefficients)
                    seconds.append(time.process_time() - start)
                error = float(np.max(np.abs(entry(found, z) - horner(coefficients, z))))
                row[method] = {"cpu_s": float(np.median(seconds)), "error": error}
            except Exception as failure:
                row[method] = {"failure": f"{type(failure).__name__}: {failure}"[:200]}
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
