"""What the job journal adds to a submission: milliseconds for writing it down, by the size of its circuit.

Run from the checkout: ``python tests/benchmarks/job_journal.py``. A sampler that answers at once (nothing is simulated)
gets the same circuits with and without a journal, by turns; a submission is written three times (announced, submitted,
collected), each time through ``fsync``. Wall time holds the waiting for the disk, CPU time does not. Writes
``results/job_journal.json``.
"""

import json
import statistics
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from qiskit import QuantumCircuit
from qiskit.primitives import BaseSamplerV2, BitArray, DataBin, PrimitiveResult, SamplerPubResult
from qiskit.primitives.primitive_job import PrimitiveJob

from qalgo.execution.journal import begin_run
from qalgo.execution.runner import CircuitRunner
from qalgo.versions import versions

SIZES = (10, 1000, 20_000)
SHOTS = 1000
ROUNDS = 30


class Instant(BaseSamplerV2):  # type: ignore[misc]
    """Answers with zeros, at once."""

    def run(self, pubs: Any, *, shots: int | None = None) -> Any:
        answer = BitArray(np.zeros((SHOTS, 1), dtype=np.uint8), 1)
        result = PrimitiveResult([SamplerPubResult(DataBin(c=answer)) for _ in pubs])
        job = PrimitiveJob(lambda: result)
        job._submit()
        return job


def circuit_of(gates: int) -> QuantumCircuit:
    circuit = QuantumCircuit(5, 1)
    for index in range(gates - 1):
        if index % 2:
            circuit.cx(index % 5, (index + 1) % 5)
        else:
            circuit.u(0.1 * index, 0.2, 0.3, index % 5)
    circuit.measure(0, 0)
    return circuit


def overhead(gates: int, folder: Path) -> dict[str, float]:
    circuit = circuit_of(gates)
    run = begin_run(folder, "estimate", {}, seed=1, sampler=Instant())
    runners = [CircuitRunner(num_qubits=5, seed=1, sampler=Instant(), journal=book) for book in (None, run)]
    for runner in runners:
        runner.run([circuit], [SHOTS], 0)
    wall: list[list[float]] = [[], []]
    cpu: list[list[float]] = [[], []]
    for index in range(1, ROUNDS + 1):
        for which, runner in enumerate(runners):
            before = time.perf_counter(), time.process_time()
            runner.run([circuit], [SHOTS], index)
            wall[which].append(time.perf_counter() - before[0])
            cpu[which].append(time.process_time() - before[1])
    without, with_journal = (statistics.median(seconds) for seconds in wall)
    cpu_without, cpu_with = (statistics.median(seconds) for seconds in cpu)
    kept = sum(path.stat().st_size for path in run.folder.glob("00001-*")) if run is not None else 0
    if run is not None:
        run.close()
    return {
        "wall_ms_per_submission": 1e3 * (with_journal - without),
        "cpu_ms_per_submission": 1e3 * (cpu_with - cpu_without),
        "bytes_per_submission": kept,
    }


def main() -> None:
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        figures = {str(gates): overhead(gates, Path(folder) / str(gates)) for gates in SIZES}
    result = {"rounds": ROUNDS, "shots": SHOTS, "seed": 1, "by_gates": figures, "versions": dict(versions())}
    target = Path(__file__).with_name("results") / "job_journal.json"
    target.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
