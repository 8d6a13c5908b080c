"""CPU time of amplitude estimation by circuits and by emulation: within a process, and of whole processes.

Run from the checkout: ``python tests/benchmarks/execution_speed.py``. A on 4 qubits with 11 CX, epsilon 1e-3. CPU
seconds, since wall time depends on who else uses the machine. Writes ``results/execution_speed.json``.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from qiskit import QuantumCircuit

from qalgo.amplitude_estimation.driver import estimate_amplitude
from qalgo.amplitude_estimation.problem import EstimationProblem
from qalgo.amplitude_estimation.sources import CircuitSource
from qalgo.transcript import GroverShots
from qalgo.versions import versions

EPSILON = 1e-3
RUNS = 20


def problem() -> EstimationProblem:
    circuit = QuantumCircuit(4)
    for index in range(11):
        circuit.ry(0.13 * index + 0.2, index % 4)
        circuit.cx(index % 4, (index + 1) % 4)
    return EstimationProblem(circuit, [3])


def estimates(mode: str) -> dict[str, float]:
    asked = problem()
    estimate_amplitude(asked, EPSILON, mode=mode, seed=0)
    seconds, iterates, rounds = [], [], []
    for seed in range(1, RUNS + 1):
        start = time.process_time()
        estimate = estimate_amplitude(asked, EPSILON, mode=mode, seed=seed)
        seconds.append(time.process_time() - start)
        iterates.append(estimate.queries.grover)
        rounds.append(estimate.queries.submissions)
    return {
        "median_cpu_s": statistics.median(seconds),
        "max_cpu_s": max(seconds),
        "mean_grover_queries": statistics.mean(iterates),
        "mean_submissions": statistics.mean(rounds),
    }


def per_iterate() -> dict[str, float]:
    source = CircuitSource(problem(), seed=1)
    source.measure((GroverShots(1, 1),), 0)
    start = time.process_time()
    source.measure((GroverShots(2000, 1),), 1)
    seconds = time.process_time() - start
    return {
        "us_per_grover_iterate": 1e6 * seconds / 2000,
        "operations_per_iterate": len(source.circuits.translated()[1]),
    }


def whole_process(mode: str) -> float:
    """Median CPU seconds of a fresh process with one estimate, imports included."""
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import execution_speed as e;"
        f"e.estimate_amplitude(e.problem(), e.EPSILON, mode={mode!r}, seed=1)"
    )
    return process_seconds(code)


def process_seconds(code: str) -> float:
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
        "epsilon": EPSILON,
        "runs": RUNS,
        "threads": os.environ.get("OMP_NUM_THREADS", "unset"),
        "circuit": {**estimates("circuit"), **per_iterate(), "whole_process_cpu_s": whole_process("circuit")},
        "import_qiskit_cpu_s": process_seconds("import qiskit"),
        "subspace": {**estimates("subspace"), "whole_process_cpu_s": whole_process("subspace")},
        "versions": dict(versions()),
    }
    target = Path(__file__).with_name("results") / "execution_speed.json"
    target.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
