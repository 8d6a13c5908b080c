"""A paid device of another make behind qiskit's ``BackendSamplerV2``: the ids that last are the backend's."""

from pathlib import Path
from typing import Any

import pytest
from qiskit import QuantumCircuit
from qiskit.primitives import BackendSamplerV2
from qiskit.providers import BackendV2, Options
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.transpiler import PassManager

from qalgo.errors import ExecutionError
from qalgo.execution import run
from qalgo.execution.journal import jobs
from qalgo.execution.providers import is_remote
from qalgo.resumption import resume


class PaidBackend(BackendV2):  # type: ignore[misc]
    """Keeps its jobs; whoever waits for job number ``interrupted`` is interrupted."""

    max_circuits = 1

    def __init__(self, interrupted: int = -1) -> None:
        super().__init__(name="paid_device")
        self._inner, self.kept, self.interrupted = GenericBackendV2(3, seed=1), dict[str, Any](), interrupted

    target = property(lambda self: self._inner.target)

    @classmethod
    def _default_options(cls) -> Options:
        return Options()

    def run(self, run_input: Any, **options: Any) -> Any:
        job = self._inner.run(run_input, **{**options, "seed_simulator": len(self.kept)})
        self.kept[job.job_id()] = job
        if len(self.kept) - 1 == self.interrupted:
            job = Interrupting(job.job_id())
        return job

    def retrieve_job(self, job_id: str) -> Any:
        return self.kept[job_id]


class Interrupting:
    def __init__(self, name: str) -> None:
        self._name = name

    def job_id(self) -> str:
        return self._name

    def result(self) -> Any:
        raise KeyboardInterrupt


def coin() -> QuantumCircuit:
    circuit = QuantumCircuit(1, 1)
    circuit.sx(0)
    circuit.measure(0, 0)
    return circuit


def test_every_job_of_a_submission_is_fetched_from_the_backend_by_its_own_id(tmp_path: Path) -> None:
    device = PaidBackend()
    whole = run([coin()] * 3, sampler=BackendSamplerV2(backend=device), pass_manager=PassManager(), shots=50)
    cut = PaidBackend(interrupted=1)
    sampler = BackendSamplerV2(backend=cut)
    assert is_remote(sampler=sampler)
    with pytest.raises(KeyboardInterrupt):
        run([coin()] * 3, sampler=sampler, pass_manager=PassManager(), shots=50, journal=tmp_path)
    (record,) = jobs(tmp_path)
    assert record.job_ids == tuple(cut.kept)
    assert len(record.job_ids) == 3
    assert record.backend == "paid_device"
    resumed = resume(record.run_id, journal=tmp_path, sampler=sampler)
    assert resumed.counts == whole.counts  # type: ignore[union-attr]
    assert len(cut.kept) == 3


def test_a_job_can_be_fetched_in_a_way_of_its_own(tmp_path: Path) -> None:
    cut = PaidBackend(interrupted=0)
    with pytest.raises(KeyboardInterrupt):
        run(coin(), sampler=BackendSamplerV2(backend=cut), pass_manager=PassManager(), shots=50, journal=tmp_path)
    (record,) = jobs(tmp_path)
    kept = dict(cut.kept)
    again = BackendSamplerV2(backend=PaidBackend())
    with pytest.raises(ExecutionError, match=f"job {record.job_ids[0]} .* was not returned by its provider: KeyError"):
        resume(record.run_id, journal=tmp_path, sampler=again)
    resumed = resume(record.run_id, journal=tmp_path, sampler=again, retriever=kept.__getitem__)
    assert resumed.shots == (50,)  # type: ignore[union-attr]
    assert not again.backend.kept
