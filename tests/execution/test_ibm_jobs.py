"""Jobs of IBM Quantum, with its own Sampler and backend classes and a service that keeps its jobs in a folder."""

from pathlib import Path
from typing import Any

import pytest
from provider_double import FolderJob, FolderSampler, submissions
from qiskit import QuantumCircuit
from qiskit.providers import BackendV2
from qiskit.providers.fake_provider import GenericBackendV2

from qalgo.__main__ import main
from qalgo.errors import ExecutionError
from qalgo.execution import ibm, run
from qalgo.execution.journal import jobs
from qalgo.execution.providers import is_remote
from qalgo.resumption import resume

runtime = pytest.importorskip("qiskit_ibm_runtime")
TOKEN = "TOKEN-" + 4 * "0123456789"


class Service:
    """What is used of ``QiskitRuntimeService``; knows its jobs by id and tag."""

    token = TOKEN
    refusing = False

    def __init__(self, folder: Path) -> None:
        self.folder, self.tags = folder, dict[str, str]()

    def backend(self, name: str) -> BackendV2:
        if name != "ibm_double":
            raise RuntimeError(f"no backend {name} for {TOKEN}")
        return Device(self)

    def job(self, job_id: str) -> FolderJob:
        if self.refusing:
            raise RuntimeError(f"not authorised: {TOKEN}")
        return FolderSampler(self.folder).retrieve_job(job_id)

    def jobs(self, *, limit: int, job_tags: list[str]) -> list[FolderJob]:
        return [self.job(job_id) for job_id, tag in self.tags.items() if tag in job_tags][:limit]

    def submit(self, sampler: Any, pubs: Any) -> FolderJob:
        job = FolderSampler(self.folder).run(pubs)
        (self.tags[job.job_id()],) = sampler.options.environment.job_tags
        return job


class Device(runtime.IBMBackend):  # type: ignore[misc, name-defined]
    """A real device's class with five qubits and no network."""

    def __init__(self, service: Service) -> None:
        BackendV2.__init__(self, name="ibm_double", provider=service)
        self._service, self._instance, self._token = service, "crn", TOKEN
        self._inner = GenericBackendV2(5, seed=1)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)

    service = property(lambda self: self._service)
    target = property(lambda self: self._inner.target)
    max_circuits = None


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    from qiskit_ibm_runtime.executor_sampler import Sampler

    (tmp_path / "provider").mkdir()
    made = Service(tmp_path / "provider")
    monkeypatch.setattr(runtime, "QiskitRuntimeService", lambda: made)
    monkeypatch.setattr(Sampler, "run", lambda self, pubs: made.submit(self, pubs))
    return made


def coin() -> QuantumCircuit:
    circuit = QuantumCircuit(1, 1)
    circuit.h(0)
    circuit.measure(0, 0)
    return circuit


def interrupting(service: Service, *, accepted: bool) -> Any:
    """What ends a process: while it waits, or just after the provider has accepted the job."""

    def submit(sampler: Any, pubs: Any) -> Any:
        job = Service.submit(service, sampler, pubs)
        if accepted:
            raise KeyboardInterrupt

        def interrupt() -> None:
            raise KeyboardInterrupt

        job._wait = interrupt
        return job

    return submit


@pytest.mark.parametrize("accepted", [False, True], ids=["waiting", "before its id is known"])
def test_the_command_line_collects_a_job_through_the_saved_account(
    service: Service,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    accepted: bool,
) -> None:
    journal = str(tmp_path / "jobs")
    assert is_remote(backend=Device(service))
    with monkeypatch.context() as patch:
        patch.setattr(service, "submit", interrupting(service, accepted=accepted))
        with pytest.raises(KeyboardInterrupt):
            run([coin(), coin()], backend=Device(service), shots=40, seed=1, journal=journal)
    (record,) = jobs(journal)
    assert (record.status, record.backend) == ("announced" if accepted else "submitted", "ibm_double")
    assert service.tags == {"job-0000": record.tag}
    service.refusing = True
    assert main(["resume", record.run_id, "--journal", journal]) == 1
    error = capsys.readouterr().err
    assert "not authorised: <hidden>" in error
    assert TOKEN not in error
    service.refusing = False
    assert main(["resume", record.run_id[:-1], "--journal", journal]) == 0
    assert "Sampler (ibm_double)" in capsys.readouterr().out
    assert jobs(journal)[0].job_ids == ("job-0000",)
    assert submissions(service.folder) == 1
    files = [path for path in (tmp_path / "jobs").rglob("*") if path.is_file()]
    assert not [path for path in files if TOKEN.encode() in path.read_bytes()]


def test_a_tag_is_added_to_a_copy_of_the_sampler(service: Service) -> None:
    from qiskit_ibm_runtime.executor_sampler import Sampler

    with pytest.warns(DeprecationWarning, match="deprecated"):
        old = runtime.SamplerV2(mode=Device(service))
    for sampler in (old, Sampler(mode=Device(service))):
        sampler.options.environment.job_tags = ["mine"]
        copy = ibm.tagged(sampler, "ours")
        assert copy.options.environment.job_tags == ["mine", "ours"]
        assert sampler.options.environment.job_tags == ["mine"]
        assert type(copy) is type(sampler)
        assert copy.backend() is sampler.backend()


def test_own_options_are_not_recorded_and_asked_for(service: Service, tmp_path: Path) -> None:
    from qiskit.transpiler import PassManager
    from qiskit_ibm_runtime.executor_sampler import Sampler

    sampler = Sampler(mode=Device(service), options={"default_shots": 77})
    run(coin(), sampler=sampler, pass_manager=PassManager(), shots=5, journal=tmp_path)
    (record,) = jobs(tmp_path)
    (tmp_path / record.run_id / "result.json").unlink()
    with pytest.raises(ExecutionError, match="whose options are not recorded"):
        resume(record.run_id, journal=tmp_path)
    assert resume(record.run_id, journal=tmp_path, backend="ibm_double").shots == (5,)  # type: ignore[union-attr]


def test_backends_that_do_not_exist_are_named(service: Service) -> None:
    with pytest.raises(ExecutionError, match=r"cannot get backend 'ibm_nowhere'.*<hidden>.*save_account"):
        ibm.saved_backend("ibm_nowhere")
    with pytest.raises(ExecutionError, match=r"allowed: .*FakeManilaV2"):
        ibm.fake_backend("FakeAtlantis")
    assert ibm.fake_backend("fake_manila").num_qubits == ibm.fake_backend("FakeManilaV2").num_qubits == 5
