"""GQSP phases of 0.9 exp(-i t cos theta) by degree, beside nlft-qsp and PennyLane: CPU seconds and 80-bit error.

Run from the checkout: ``OMP_NUM_THREADS=1 python tests/benchmarks/generalised_phases.py PEER_PYTHON``, where
PEER_PYTHON is the interpreter of an environment with nlft-qsp and PennyLane. Every angle set is evaluated by its own
convention's product in 80-bit arithmetic at 12 points of the circle. ``cut``: coefficients below it are dropped at both
ends; ``pad``: so many of them are kept all the same. Median of 5 runs (1 above t = 5000). The peers run one after the
other with ours, in their own process: read the ratios. PennyLane only up to t = 200. Writes
``results/generalised_phases.json`` and, with ``--figure PATH``, a figure.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

import qalgo
from qalgo.versions import versions

HERE = Path(__file__).parent
sys.path.append(str(HERE / "peer_scripts"))
from gqsp_angles import POINTS_SEED, coefficients_of, horner, mw_entry, points  # noqa: E402

CASES = [
    (5.0, 0, 1e-8),
    (30.0, 0, 1e-8),
    (140.0, 0, 1e-8),
    (5.0, 0, 1e-16),
    (30.0, 0, 1e-16),
    (30.0, 50, 1e-16),
    (140.0, 0, 1e-16),
    (140.0, 50, 1e-16),
    (1000.0, 0, 1e-16),
    (1e4, 0, 1e-16),
    (49_700.0, 0, 1e-16),
]


def ours(setup):
    coefficients = coefficients_of(setup)
    seconds = []
    for _ in range(setup["repetitions"]):
        start = time.process_time()
        phases = qalgo.qsvt.generalised_phases(coefficients)
        seconds.append(time.process_time() - start)
    z = np.cos(points()) + 1j * np.sin(points())
    found = mw_entry(phases.theta, phases.phi, phases.lam, z)
    error = float(np.max(np.abs(found - horner(coefficients, z))))
    return {"cpu_s": float(np.median(seconds)), "error": error, "certified_error": phases.error}


def figure(rows, path):
    from matplotlib.figure import Figure

    drawing = Figure(figsize=(9, 3.6), layout="constrained")
    left, right = drawing.subplots(1, 2)
    for method, marker in (("qalgo", "o"), ("nlft-qsp", "s"), ("pennylane", "^")):
        solved = [row for row in rows if "error" in row.get(method, {}) and row["pad"] == 0 and row["cut"] == 1e-16]
        degrees = [row["degree"] for row in solved]
        left.loglog(degrees, [row[method]["error"] for row in solved], marker=marker, label=method)
        right.loglog(degrees, [row[method]["cpu_s"] for row in solved], marker=marker, label=method)
    left.set(xlabel="degree", ylabel="error (80-bit)", title="GQSP of 0.9 exp(-i t cos theta)")
    right.set(xlabel="degree", ylabel="CPU seconds")
    left.legend()
    drawing.savefig(path)


def main():
    peer = sys.argv[1]
    rows = []
    script = HERE / "peer_scripts" / "gqsp_angles.py"
    qalgo.qsvt.generalised_phases([0.1, 0.2])
    for t, pad, cut in CASES:
        setup = {"time": t, "scale": 0.9, "pad": pad, "cut": cut, "repetitions": 1 if t > 5e3 else 5}
        setup["methods"] = ["nlft-qsp", "pennylane"] if t < 200 else ["nlft-qsp"]
        row = {"time": t, "pad": pad, "cut": cut, "degree": len(coefficients_of(setup)) - 1, "qalgo": ours(setup)}
        done = subprocess.run([peer, script], input=json.dumps(setup), capture_output=True, text=True, check=True)
        row.update(json.loads(done.stdout))
        rows.append(row)
        print(json.dumps(row))
    document = {
        "command": "python tests/benchmarks/generalised_phases.py PEER_PYTHON",
        "seed": POINTS_SEED,
        "versions": dict(versions()),
    }
    document["peer_versions"] = rows[0]["versions"]
    document["rows"] = [{key: value for key, value in row.items() if key != "versions"} for row in rows]
    (HERE / "results" / "generalised_phases.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    if "--figure" in sys.argv:
        figure(rows, sys.argv[sys.argv.index("--figure") + 1])


if __name__ == "__main__":
    main()
