"""Time the n-qubit call against qiskit-finance + qiskit-algorithms, and the start of whole processes.

    python tests/benchmarks/pricing_race.py [--peer-python PATH] [--out tests/benchmarks/results/pricing_race.json]

The peers live in an environment of their own; without --peer-python one is made (needs the package index). All figures
are CPU seconds of this machine in this run: read the ratios, not the seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
PEER_PACKAGES = ("qiskit>=2.6,<3", "qiskit-algorithms==0.4.0", "qiskit-finance==0.4.1")
SETUP = {"spot": 2.0, "strike": 1.896, "rate": 0.05, "volatility": 0.4, "maturity": 40 / 365}
CONTRACT = (
    "import qalgo; option = qalgo.EuropeanCall(spot=2.0, strike=1.896, rate=0.05, volatility=0.4, maturity=40 / 365); "
)
PROCESSES = {
    "import qiskit": "import qiskit",
    "import qalgo, circuits": "import qalgo, circuits",
    "import qalgo, circuits after qiskit": "import qiskit, qalgo, circuits",
    "first subspace price": CONTRACT + "qalgo.price(option, epsilon=0.002, seed=7)",
    "first circuit price": CONTRACT + "qalgo.price(option, epsilon=0.002, mode='circuit', seed=7)",
}


def child_cpu_seconds(code: str, repetitions: int) -> dict[str, float]:
    """CPU seconds of whole Python processes: median and least."""
    seconds = []
    for _ in range(repetitions):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return {"median": statistics.median(seconds), "least": min(seconds)}


def own_runs(epsilon: float, seeds: int) -> dict[str, object]:
    """CPU seconds and queries of our estimator on the exact encoding, in this process, imports excluded."""
    import qalgo

    problem = qalgo.EuropeanCall(**SETUP).problem(num_qubits=3, encoding="exact")
    qalgo.estimate_amplitude(problem, epsilon=0.05, seed=0)  # imports and caches
    rows = {}
    for mode in ("subspace", "circuit"):
        seconds, queries = [], []
        for seed in range(seeds):
            before = time.process_time()
            estimate = qalgo.estimate_amplitude(problem, epsilon=epsilon, mode=mode, seed=seed)
            seconds.append(time.process_time() - before)
            queries.append(estimate.queries.state_preparation)
        rows[mode] = {
            "cpu_seconds_median": statistics.median(seconds),
            "cpu_seconds_least": min(seconds),
            "state_preparation_queries_mean": statistics.fmean(queries),
        }
    cost_a, cost_q = qalgo.cost_of(problem.state_preparation), qalgo.cost_of(problem.grover_operator)
    return {**rows, "cx_a": cost_a.cx, "cx_q": cost_q.cx}


def peer_python(given: str | None, folder: str) -> str:
    """The peers' interpreter: the one given, or that of a fresh environment."""
    if given is not None:
        return given
    venv.create(folder, with_pip=True)
    python = str(Path(folder) / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "--quiet", *PEER_PACKAGES], check=True)
    return python


def peer_runs(python: str, epsilon: float) -> dict[str, object]:
    """The same contract with the peers, at their default and at their best number of shots."""
    setup = {**SETUP, "num_qubits": 3, "epsilon": epsilon, "shots": [1024, 100], "seed": 1}
    script = str(HERE / "peer_scripts" / "qiskit_finance_call.py")
    done = subprocess.run([python, script, json.dumps(setup)], check=True, capture_output=True, text=True)
    rows: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer-python")
    parser.add_argument("--epsilon", type=float, default=1e-3, help="half-width on the probability")
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument("--out", default=str(HERE / "results" / "pricing_race.json"))
    arguments = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from qalgo.versions import versions

    processes = {name: child_cpu_seconds(code, arguments.repetitions) for name, code in PROCESSES.items()}
    with tempfile.TemporaryDirectory() as folder:
        peers = peer_runs(peer_python(arguments.peer_python, folder), arguments.epsilon)
    own = own_runs(arguments.epsilon, arguments.repetitions)
    base = processes["import qiskit"]["median"]
    result = {
        "schema": "qalgo.benchmark.pricing_race",
        "version": 1,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
        "versions": dict(versions()),
        "setup": {**SETUP, "num_qubits": 3, "epsilon_on_probability": arguments.epsilon},
        "process_cpu_seconds": processes,
        "process_ratio_to_import_qiskit": {name: row["median"] / base for name, row in processes.items()},
        "qalgo": own,
        "qiskit_finance_and_algorithms": peers,
    }
    Path(arguments.out).write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
