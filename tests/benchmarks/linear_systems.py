"""Linear systems: the Laplacian of 16 points both ways, and the CPU time of a first answer in a fresh process.

    python tests/benchmarks/linear_systems.py [--out tests/benchmarks/results/linear_systems.json]

CX are counted on cx, rz, sx, x at level 3. Seconds are CPU seconds of this machine in this run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
FIRST = (
    "import time, numpy as np, qalgo; "
    "A = np.array([[2, 1, 0, .5], [0, 3, 1, 0], [1, 0, -2, 1], [0, .3, 0, 1.5]]); b = np.array([1, 2, -1, .5]); "
    "s = qalgo.solve_linear_system(A, b, epsilon={epsilon}); x = np.linalg.solve(A, b); "
    "assert np.linalg.norm(s.x - x) < {epsilon} * np.linalg.norm(x); print(time.process_time())"
)


def first_answers(repetitions: int) -> dict[str, object]:
    """CPU seconds of whole processes that solve one 4 x 4 system, and of import qiskit alone."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    rows: dict[str, object] = {}
    codes = {f"4x4, epsilon {e:g}": FIRST.format(epsilon=e) for e in (1e-3, 1e-6)}
    codes["import qiskit"] = "import time, qiskit; print(time.process_time())"
    for name, code in codes.items():
        seconds = []
        for _ in range(repetitions):
            done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, env=environment)
            seconds.append(float(done.stdout))
        rows[name] = {"median": statistics.median(seconds), "least": min(seconds)}
    return rows


def laplacian_rows(size: int, seed: int) -> list[dict[str, object]]:
    """Both ways, at two accuracies, with errors against numpy."""
    import qalgo
    from circuits.tridiagonal_encoding import laplacian_path

    matrix = 2 * np.eye(size) - np.eye(size, k=1) - np.eye(size, k=-1)
    rhs = np.random.default_rng(seed).normal(size=size)
    exact = np.linalg.solve(matrix, rhs)
    rows = []
    for epsilon in (1e-2, 1e-6):
        for bound, polynomial in (
            ("any-rhs", "shortest"),
            ("any-rhs", "auto"),
            ("any-rhs", "likely"),
            ("this-rhs", "shortest"),
        ):
            for method in ("positive-definite", "qsvt"):
                if method == "qsvt" and polynomial != "shortest":
                    continue
                encoding = laplacian_path(size.bit_length() - 1) if method == "qsvt" else None
                start = time.process_time()
                solution = qalgo.solve_linear_system(
                    matrix, rhs, epsilon=epsilon, method=method, encoding=encoding, bound=bound, polynomial=polynomial
                )
                seconds = time.process_time() - start
                cost = solution.cost()
                x = solution.x
                rows.append(
                    {
                        "epsilon": epsilon,
                        "bound": bound,
                        "polynomial": polynomial,
                        "method": method,
                        "degree": solution.degree,
                        "kappa": solution.kappa,
                        "qubits": solution.num_qubits,
                        "state_error": float(np.linalg.norm(x / np.linalg.norm(x) - exact / np.linalg.norm(exact))),
                        "error_bound": solution.error,
                        "success_theory": solution.success_probability,
                        "success_state_vector": solution.measured_success,
                        "degree_over_sqrt_p": solution.queries_per_success,
                        "solve_cpu_seconds": seconds,
                        **cost.to_dict(),
                        "amplification": solution.amplification.to_dict(),
                    }
                )
                print(json.dumps(rows[-1]), flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=HERE / "results" / "linear_systems.json")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    from qalgo.versions import versions

    record = {
        "command": "python tests/benchmarks/linear_systems.py",
        "seed": given.seed,
        "versions": dict(versions()),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "first_answer_cpu_seconds": first_answers(given.repetitions),
        "laplacian_16": laplacian_rows(16, given.seed),
    }
    given.out.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(record["first_answer_cpu_seconds"]))


if __name__ == "__main__":
    main()
