"""Spread of physical costs over all models, with the CPU time of each, beside the first estimator of qdk.

Run from the checkout: ``python tests/benchmarks/physical_resources.py``. Nothing here is a measured quantum cost: only
the CPU seconds are measured. Writes ``results/physical_resources.json``.
"""

import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time
import warnings
from pathlib import Path

from qalgo.logical_counts import LogicalCounts
from qalgo.physical_resources.cost import CLOSED_FORMS, MODELS, physical_cost
from qalgo.physical_resources.qdk_models import TELEMETRY, installed_version
from qalgo.versions import versions

os.environ[TELEMETRY] = "none"
RUNS = 9
# Name -> counts, failure probability, physical errors; the counts are those of qdk's first estimator.
JOBS = {
    "Fourier transform, 10 qubits": (LogicalCounts(10, 27, 0, 108, 31, 0), 1e-3, (1e-3, 1e-4)),
    "Grover, 6 qubits, 6 iterates": (LogicalCounts(6, 396, 0, 648, 378, 6), 1e-3, (1e-3,)),
    "Grover, 8 qubits, 12 iterates": (LogicalCounts(8, 1176, 0, 3120, 1332, 8), 1e-3, (1e-3,)),
    "Grover, 10 qubits, 25 iterates": (LogicalCounts(10, 3250, 0, 11900, 3975, 10), 1e-3, (1e-3,)),
    "derivative pricing, 4,700 qubits, 1e9 T": (LogicalCounts(4700, 10**9, 0, 0, 0, 0), 1e-2, (1e-3,)),
}


def cpu_seconds(work) -> float:
    """Median CPU seconds over several runs; the first, with its imports, does not count."""
    work()
    seconds = []
    for _ in range(RUNS):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return statistics.median(seconds)


def spread(counts: LogicalCounts, failure: float, error: float) -> dict[str, object]:
    cost = physical_cost(counts, failure, physical_error=error)
    models = {}
    for model in cost.models:
        figures = {"qubits": model.qubits, "seconds": model.seconds} if model.exists else {"reason": model.reason}
        if model.exists:
            figures["cpu_s"] = cpu_seconds(
                lambda name=model.name: physical_cost(counts, failure, physical_error=error, models=[name])
            )
        models[model.name] = figures
    return {
        "qubits": {**cost.qubits.to_dict(), "ratio": cost.qubits.ratio},
        "seconds": {**cost.seconds.to_dict(), "ratio": cost.seconds.ratio},
        "models": models,
        "closed_forms_cpu_s": cpu_seconds(
            lambda: physical_cost(counts, failure, physical_error=error, models=CLOSED_FORMS)
        ),
        "first_qdk_estimator": first_estimator(counts, failure, error),
    }


def first_estimator(counts: LogicalCounts, failure: float, error: float) -> dict[str, float] | str:
    """Return what the deprecated estimator says, where it is still there."""
    if importlib.util.find_spec("qdk") is None or importlib.util.find_spec("qdk.estimator") is None:
        return "not installed"
    from qdk.estimator import LogicalCounts as TheirCounts

    theirs = TheirCounts(
        {
            "numQubits": counts.num_qubits,
            "tCount": counts.t,
            "cczCount": counts.toffoli,
            "rotationCount": counts.rotations,
            "rotationDepth": counts.rotation_depth,
            "measurementCount": counts.measurements,
        }
    )
    name = {1e-3: "qubit_gate_ns_e3", 1e-4: "qubit_gate_ns_e4"}[error]
    asked = {"errorBudget": failure, "qubitParams": {"name": name}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        found = theirs.estimate(asked)["physicalCounts"]
        seconds = cpu_seconds(lambda: theirs.estimate(asked))
    return {"qubits": found["physicalQubits"], "seconds": found["runtime"] * 1e-9, "cpu_s": seconds}


def import_seconds(code: str) -> float:
    """Median CPU seconds of a fresh process."""
    seconds = []
    for _ in range(5):
        before = os.times()
        subprocess.run([sys.executable, "-c", code], check=True)
        after = os.times()
        used = after.children_user + after.children_system - before.children_user - before.children_system
        seconds.append(used)
    return statistics.median(seconds)


def main() -> None:
    result = {
        "models": list(MODELS),
        "jobs": {
            f"{name}, physical error {error:g}": spread(counts, failure, error)
            for name, (counts, failure, errors) in JOBS.items()
            for error in errors
        },
        "import_cpu_s": {
            "python": import_seconds("pass"),
            "physical_cost": import_seconds("import qalgo; qalgo.physical_cost"),
            **({"qdk.qre": import_seconds("import qdk.qre.models")} if installed_version() else {}),
        },
        "versions": {**dict(versions()), "qdk": installed_version() or "not installed"},
    }
    target = Path(__file__).with_name("results") / "physical_resources.json"
    target.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    for name, job in result["jobs"].items():
        qubits, seconds = job["qubits"], job["seconds"]
        print(
            f"{name}: {qubits['minimum']:,.0f} to {qubits['maximum']:,.0f} qubits ({qubits['ratio']:.3g}x), "
            f"{seconds['minimum']:.3g} to {seconds['maximum']:.3g} s ({seconds['ratio']:.3g}x); closed forms "
            f"{1e3 * job['closed_forms_cpu_s']:.1f} ms CPU; first estimator of qdk {job['first_qdk_estimator']}"
        )
        print("  CPU ms:", {m: round(1e3 * f["cpu_s"], 1) for m, f in job["models"].items() if "cpu_s" in f})
    print("import, CPU s:", result["import_cpu_s"])


if __name__ == "__main__":
    main()
