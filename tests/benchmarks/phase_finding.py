"""QSP phases: the race with nlft-qsp and qsppack, accuracy to degree 1e6, near-critical and fuzzed polynomials.

Run from the checkout: ``python tests/benchmarks/phase_finding.py PEER_PYTHON``, where PEER_PYTHON is the interpreter of
a virtual environment with nlft-qsp, qsppack and numba (qiskit is not needed there): ours and theirs run in one process,
by turns, median of five (calls below 20 ms are repeated and averaged). ``phases()`` is timed as the user calls it, with
its certificate, and with ``certificate="none"``; the peers give no certificate. qsppack needs an FFT length by hand and
gets the power of two from 16 d on. Errors are those of Re <0|U|0> in 80-bit long doubles, at random angles and near
x = 0, 1 and -1, less what these resolve themselves: 2^-64 a step, no longer small at degree 1e5, where the error in
79-bit fixed-point arithmetic at 100 random angles stands beside it. Writes ``results/phase_finding.json``.
"""

import json
import math
import os
import platform
import statistics
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "qsvt")]

from long_double import angles, phase_error, resolution  # noqa: E402

from qalgo.errors import ConvergenceError, ProblemError  # noqa: E402
from qalgo.qsvt import nonlinear_fft, phases  # noqa: E402
from qalgo.qsvt.certificate import exact_errors  # noqa: E402
from qalgo.qsvt.sup_norm import sup_norm  # noqa: E402

Vector = npt.NDArray[np.float64]
ROUNDS = 5
FUZZED = 200
SEED = 20261


def cosine(time_: float, height: float) -> Vector:
    """height cos(t x) by Jacobi and Anger, cut where the tail is below 1e-14."""
    from scipy.special import jv

    orders = np.arange(0, int(time_ + 20 * time_ ** (1 / 3) + 60), 2)
    coefficients = np.zeros(orders[-1] + 1)
    coefficients[orders] = 2 * (-1.0) ** (orders // 2) * jv(orders, time_)
    coefficients[0] /= 2
    tails = np.cumsum(np.abs(coefficients[::-1]))[::-1]
    return height * coefficients[: np.flatnonzero(tails > 1e-14)[-1] + 1]


def inverse(kappa: float, epsilon: float, height: float) -> Vector:
    """1/x on [1/kappa, 1] in its closed minimax form (2507.15537), scaled to sup |P| = height."""
    from scipy.fft import dct

    a = 1 / kappa
    n = math.ceil(math.log((1 + a) / (a * epsilon)) / math.log((1 + a) / (1 - a)))
    edge = (1 + a * a) / (1 - a * a)
    growth = math.acosh(edge)
    x = np.cos(np.pi * (np.arange(4 * n) + 0.5) / (4 * n))
    y = (2 * x * x - (1 + a * a)) / (1 - a * a)

    def scaled(order: int, at: Vector) -> Vector:
        """T_order(at) exp(-n growth)."""
        inside = np.cos(order * np.arccos(np.clip(at, -1, 1))) * math.exp(-n * growth)
        rate = np.arccosh(np.maximum(np.abs(at), 1))
        sign = np.sign(at) ** order
        outside = sign * (np.exp(order * rate - n * growth) + np.exp(-order * rate - n * growth)) / 2
        return np.where(np.abs(at) <= 1, inside, outside)

    def ratio(at: Vector) -> Vector:
        return scaled(n, at) + (1 - a) / (1 + a) * scaled(n - 1, at)

    values = (1 - ratio(y) / ratio(np.array([-edge]))) / x / kappa
    coefficients = np.asarray(dct(values, 2))[: 2 * n] / (4 * n)
    coefficients[::2] = 0.0
    return coefficients * (height / sup_norm(coefficients).value)


RACES = {
    "cos 100": lambda: cosine(100, 0.5),
    "cos 1000": lambda: cosine(1000, 0.5),
    "1/x kappa=100": lambda: inverse(100, 1e-6, 0.9),
    "cos 10000": lambda: cosine(10_000, 0.5),
    "1/x kappa=1000": lambda: inverse(1000, 1e-6, 0.9),
}


def nlft_qsp(coefficients: Vector) -> Vector:
    from nlft_qsp import ChebyshevQSPPhaseFactors, ChebyshevTExpansion

    return np.asarray(ChebyshevQSPPhaseFactors.solve(ChebyshevTExpansion(list(coefficients))).phi, dtype=np.float64)


def qsppack(coefficients: Vector) -> Vector:
    from qsppack.solver import solve

    degree = len(coefficients) - 1
    options = {"method": "NLFT", "N": 1 << (16 * degree).bit_length(), "typePhi": "full", "targetPre": True}
    found, _ = solve(coefficients[degree % 2 :: 2], degree % 2, options)
    return np.asarray(found)


def race() -> dict[str, Any]:
    """Ours and theirs by turns, in this process."""
    methods = {
        "numpy, certified": (False, lambda c: phases(c).values),
        "numpy": (False, lambda c: phases(c, certificate="none").values),
        "numba, certified": (True, lambda c: phases(c).values),
        "numba": (True, lambda c: phases(c, certificate="none").values),
        "nlft-qsp": (False, nlft_qsp),
        "qsppack": (False, qsppack),
    }
    nonlinear_fft.compile_leaf()
    compiled = nonlinear_fft._compiled
    table = {}
    for problem, make in RACES.items():
        coefficients = make()
        degree = len(coefficients) - 1
        seconds: dict[str, list[float]] = {name: [] for name in methods}
        errors = {}
        repeats: dict[str, int] = {}
        for turn in range(-1, ROUNDS):  # the first turn warms up
            for name, (fast, method) in methods.items():
                nonlinear_fft._compiled, nonlinear_fft._stripped = (compiled if fast else None), -(1 << 62)
                before = time.process_time()
                for _ in range(repeats.get(name, 1)):
                    values = method(coefficients)
                used = (time.process_time() - before) / repeats.get(name, 1)
                if turn >= 0:
                    seconds[name].append(used)
                else:
                    repeats[name] = max(1, int(0.02 / used))
                if turn < 0 and len(values) == degree + 1:
                    errors[name] = phase_error(values, coefficients, angles(degree, 1, count=20))
        medians = {name: statistics.median(times) for name, times in seconds.items()}
        ours = [name for name in methods if name not in ("nlft-qsp", "qsppack")]
        table[problem] = {
            "degree": degree,
            "cpu_seconds": medians,
            "errors": errors,
            "faster_than_nlft_qsp": {name: medians["nlft-qsp"] / medians[name] for name in ours},
            "faster_than_qsppack": {name: medians["qsppack"] / medians[name] for name in ours},
        }
        print(problem, json.dumps(table[problem]), file=sys.stderr, flush=True)
    return table


def accuracy() -> dict[str, Any]:
    """Error and time to degree 1e6, with numba where it is installed."""
    numba = nonlinear_fft.compile_leaf()
    table = {}
    for time_ in (10, 100, 1000, 10_000, 100_000, 1_000_000):
        coefficients = cosine(time_, 0.5)
        degree = len(coefficients) - 1
        before = time.process_time(), time.perf_counter()
        result = phases(coefficients)
        cpu, wall = time.process_time() - before[0], time.perf_counter() - before[1]
        points = np.random.default_rng(SEED).integers(0, 1 << 15, 100)
        theta = angles(degree, 2, count=20 if degree > 200_000 else 60)
        table[f"cos {time_}"] = {
            "degree": degree,
            "numba": numba,
            "cpu_seconds": cpu,
            "wall_seconds": wall,
            "certified_error": result.error,
            "certificate": result.certificate,
            "long_double_error": phase_error(result.values, coefficients, theta),
            "resolution_of_long_doubles": resolution(degree),
            "error_in_79_bits": float(np.max(np.abs(exact_errors(result.values, coefficients, points, 1 << 16)))),
        }
        print(time_, table[f"cos {time_}"], flush=True)
    return table


def near_critical() -> dict[str, Any]:
    """sup |P| = 1 - gap, no parameter; the grid around the highest peak is part of the angles."""
    table = {}
    shapes = {
        "1/x kappa=10": inverse(10, 1e-6, 1.0),
        "1/x kappa=100": inverse(100, 1e-6, 1.0),
        "cos 1000": cosine(1000, 1),
    }
    for name, shape in shapes.items():
        norm = sup_norm(shape)
        for gap in (1e-2, 1e-4, 1e-6, 1e-8):
            coefficients = shape * ((1 - gap) / norm.value)
            degree = len(coefficients) - 1
            entry: dict[str, Any] = {"degree": degree}
            before = time.process_time()
            try:
                result = phases(coefficients)
            except ConvergenceError as error:
                entry["refused"] = str(error)
            else:
                entry["cpu_seconds"] = time.process_time() - before
                entry["certified_error"] = result.error
                near = norm.theta + math.sqrt(gap) / degree * np.arange(-3, 4)
                theta = np.append(angles(degree, 3, count=40), near)
                entry["long_double_error"] = phase_error(result.values, coefficients, theta)
            table[f"{name}, 1 - {gap:g}"] = entry
            print(name, gap, entry, flush=True)
    return table


def fuzz() -> dict[str, Any]:
    """Random polynomials: every answer is checked in long doubles, every refusal against what was drawn."""
    rng = np.random.default_rng(SEED)
    counts: Counter[str] = Counter()
    worst_ratio = worst_error = 0.0
    for _ in range(FUZZED):
        degree = int(np.exp(rng.uniform(0, np.log(5001))))
        coefficients = np.zeros(degree + 1)
        coefficients[degree % 2 :: 2] = rng.normal(size=degree // 2 + 1)
        coefficients *= np.exp(-rng.choice([0.0, 3.0, 30.0]) * np.arange(degree + 1) / degree)
        kind = str(rng.choice(["any scale", "near one", "too large", "mixed parity"], p=[0.5, 0.3, 0.1, 0.1]))
        height = {
            "any scale": 10.0 ** rng.uniform(-15, 0) * 0.999,
            "near one": 1 - 10.0 ** rng.uniform(-7, -1),
            "too large": 1 + 10.0 ** rng.uniform(-9, 1),
            "mixed parity": 0.5,
        }[kind]
        coefficients *= height / sup_norm(coefficients).value
        if kind == "mixed parity":
            coefficients = np.append(coefficients, height / 2)
        padding = np.zeros(int(rng.integers(0, 50)))
        if rng.random() < 0.5:
            padding += 1e-19 * height * rng.normal(size=len(padding))
        padded = np.concatenate([coefficients, padding])
        try:
            result = phases(padded)
        except ProblemError:
            counts["refused: as it must" if kind in ("too large", "mixed parity") else f"refused: {kind}"] += 1
            continue
        except ConvergenceError:
            counts[f"not converged: {kind}"] += 1
            continue
        true = phase_error(result.values, padded, angles(degree, 4, count=30))
        silent = true > result.error or result.error > 1e-12 or kind in ("too large", "mixed parity")
        counts["SILENT FAILURE" if silent else "solved"] += 1
        worst_ratio, worst_error = max(worst_ratio, true / result.error), max(worst_error, result.error)
    return {
        "seed": SEED,
        "counts": dict(counts),
        "largest true / certified": worst_ratio,
        "largest certified": worst_error,
    }


def versions() -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version

    found = {"python": platform.python_version()}
    for name in ("numpy", "scipy", "numba", "nlft-qsp", "qsppack"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def main() -> None:
    if sys.argv[1:] == ["--race"]:
        print(json.dumps({"versions": versions(), "race": race()}))
        return
    if len(sys.argv) != 2:
        sys.exit("usage: python tests/benchmarks/phase_finding.py PEER_PYTHON")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    answer = subprocess.run(
        [sys.argv[1], __file__, "--race"], env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    figures = {
        "command": "OMP_NUM_THREADS=1 python tests/benchmarks/phase_finding.py PEER_PYTHON",
        "rounds": ROUNDS,
        "peers": json.loads(answer.stdout.splitlines()[-1]),
        "versions": versions(),
        "fuzz": fuzz(),
        "near_critical": near_critical(),
        "accuracy": accuracy(),
    }
    target = Path(__file__).parent / "results" / "phase_finding.json"
    target.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
