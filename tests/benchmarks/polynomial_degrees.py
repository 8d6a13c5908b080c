"""Degrees and errors of our polynomials beside the optimum and the constructions that other packages use.

Run from the checkout: ``python tests/benchmarks/polynomial_degrees.py [python of an environment with pyqsp]``. Degrees
and errors do not depend on the machine, seconds do (CPU seconds of one call in a warm process). "error" is measured in
extended precision from the stored coefficients on up to 2001 points, "bound" is what the polynomial promises, "optimum"
the closed minimax error (1/x) or the degree of the asymptotic optimum (sign). Degrees of others are their closed
formulas (arXiv:1511.02306 as pyqsp and Qrisp, arXiv:2109.04248 as unitaria, arXiv:1806.01838), the erf degree is the
shortest cut of erf(k x); pyqsp itself is run where its environment is given, with the best constant factor for its 1/x.
Writes ``results/polynomial_degrees.json``.
"""

import json
import math
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from qalgo.qsvt import cosine, inverse, positive_definite_inverse, sign
from qalgo.versions import versions

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent / "qsvt"))
from polynomial_checks import (  # noqa: E402
    chebyshev_inverse_degree,
    cks_degree,
    eremenko_yuditskii_degree,
    extended_values,
    gslw_cosine_degree,
    points,
)

COUNT = 2001
LARGEST_WORK = 2e7


def timed(builder: Any, *arguments: float) -> tuple[Any, float]:
    start = time.process_time()
    polynomial = builder(*arguments)
    return polynomial, round(time.process_time() - start, 5)


def measured(polynomial: Any, x: np.ndarray, target: np.ndarray) -> float:
    return float(np.max(np.abs(extended_values(polynomial, x) - target)))


def few(x: np.ndarray, degree: int) -> np.ndarray:
    """As many of the points as can be evaluated in extended precision in a second or so, the first included."""
    return x[:: max(1, math.ceil(x.size * degree / LARGEST_WORK))]


def inverses() -> list[dict[str, Any]]:
    rows = []
    for kappa in (10, 100, 1000, 10_000):
        for epsilon in (1e-2, 1e-6, 1e-10):
            polynomial, seconds = timed(inverse, kappa, epsilon)
            a, half = 1 / kappa, (polynomial.degree + 1) // 2
            best = (1 + a) / a * math.exp(-half * 2 * math.atanh(a))
            x = points(a, 1.0, COUNT)
            x = few(np.union1d(x, a + (x - a) ** 2 / (1 - a)), polynomial.degree)
            error = measured(polynomial, x, 1 / x.astype(np.longdouble))
            rows.append(
                {
                    "kappa": kappa,
                    "epsilon": epsilon,
                    "degree": polynomial.degree,
                    "bound": polynomial.error,
                    "error": error,
                    "optimum": best,
                    "error_over_optimum": error / best,
                    "scale_over_kappa": polynomial.scale / kappa,
                    "qcheb_degree": chebyshev_inverse_degree(kappa, epsilon),
                    "cks_degree": cks_degree(kappa, epsilon),
                    "cpu_s": seconds,
                }
            )
    return rows


def positive_definite() -> list[dict[str, Any]]:
    rows = []
    for kappa in (10, 100, 1000, 10_000, 100_000):
        for epsilon in (1e-2, 1e-6):
            polynomial, seconds = timed(positive_definite_inverse, kappa, epsilon)
            rows.append(
                {
                    "kappa": kappa,
                    "relative_error": epsilon,
                    "degree": polynomial.degree,
                    "sqrt_formula": 0.5 * math.sqrt(kappa) * math.log(2 / epsilon),
                    "bound": polynomial.relative_error,
                    "scale_over_kappa": polynomial.scale / kappa,
                    "cpu_s": seconds,
                }
            )
    return rows


def signs() -> list[dict[str, Any]]:
    rows = []
    for delta in (0.05, 0.01, 0.001):
        for epsilon in (1e-2, 1e-6, 1e-10):
            polynomial, seconds = timed(sign, delta, epsilon)
            x = points(delta, 1.0, COUNT)
            x = few(np.union1d(x, points(delta, min(1.0, 3 * delta), COUNT)), polynomial.degree)
            rows.append(
                {
                    "delta": delta,
                    "epsilon": epsilon,
                    "degree": polynomial.degree,
                    "bound": polynomial.error,
                    "error": measured(polynomial, x, np.ones(x.size)),
                    "asymptotic_optimum_degree": eremenko_yuditskii_degree(delta, epsilon),
                    "erf_degree": sign(delta, epsilon, method="erf").degree,
                    "cpu_s": seconds,
                }
            )
    return rows


def cosines() -> list[dict[str, Any]]:
    rows = []
    for t in (10, 100, 1000, 10_000):
        for epsilon in (1e-3, 1e-6, 1e-10):
            polynomial, seconds = timed(cosine, t, epsilon)
            x = few(points(-1.0, 1.0, COUNT), polynomial.degree)
            rows.append(
                {
                    "t": t,
                    "epsilon": epsilon,
                    "degree": polynomial.degree,
                    "bound": polynomial.error,
                    "error": measured(polynomial, x, np.cos(t * x.astype(np.longdouble))),
                    "closed_form_degree": gslw_cosine_degree(t, epsilon),
                    "cpu_s": seconds,
                }
            )
    return rows


def add_pyqsp(python: str, results: dict[str, list[dict[str, Any]]]) -> None:
    """Run pyqsp on the smaller cases: larger ones take it minutes."""
    asked = [(row, ["inverse", row["kappa"], row["epsilon"]]) for row in results["inverse"] if row["kappa"] <= 100]
    asked += [(row, ["cosine", row["t"], row["epsilon"]]) for row in results["cosine"] if row["t"] <= 1000]
    script = HERE / "peer_scripts" / "pyqsp_polynomials.py"
    question = json.dumps([case for _, case in asked])
    outcome = subprocess.run([python, str(script)], input=question, capture_output=True, text=True, check=True)
    for (row, _), answer in zip(asked, json.loads(outcome.stdout), strict=True):
        row["pyqsp"] = answer


def main() -> None:
    inverse(7, 1e-2), sign(0.3, 1e-2), cosine(3, 1e-3)  # so that no import is timed
    results = {
        "inverse": inverses(),
        "positive_definite_inverse": positive_definite(),
        "sign": signs(),
        "cosine": cosines(),
    }
    if len(sys.argv) > 1:
        add_pyqsp(sys.argv[1], results)
    for family, rows in results.items():
        print(family)
        for row in rows:
            shown = (
                f"{name}={value:.6g}" if isinstance(value, float) else f"{name}={value}" for name, value in row.items()
            )
            print("  " + ", ".join(shown))
    record = {
        "command": "python tests/benchmarks/polynomial_degrees.py PEER_PYTHON",
        "seed": None,
        "versions": dict(versions()),
        "results": results,
    }
    (HERE / "results" / "polynomial_degrees.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
