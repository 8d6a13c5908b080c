"""The job journal: on by default where jobs are paid for, on the disk before anybody waits, without secrets."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import warnings
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from provider_double import FolderSampler, submissions
from qiskit import QuantumCircuit
from qiskit.circuit.library import IntegerComparatorGate, MCXGate, UCRYGate
from qiskit.primitives import BackendSamplerV2, StatevectorSampler
from qiskit.quantum_info import Operator
from qiskit_aer import AerSimulator
from qiskit_aer.primitives import SamplerV2 as AerSampler

from qalgo.errors import ExecutionError, ProblemError
from qalgo.execution import run
from qalgo.execution.job_record import JobRecord
from qalgo.execution.journal import default_folder, find_run, jobs, read_journal
from qalgo.execution.journal_files import RunLock, circuits_from_qpy, circuits_to_qpy
from qalgo.execution.journalled_run import JournalledRun, kept
from qalgo.execution.providers import is_remote
from qalgo.execution.samplers import sampling_of
from qalgo.resumption import resume


def coin(angle: float = 1.0) -> QuantumCircuit:
    circuit = QuantumCircuit(1, 1)
    circuit.ry(angle, 0)
    circuit.measure(0, 0)
    return circuit


@pytest.fixture
def provider(tmp_path: Path) -> Path:
    folder = tmp_path / "provider"
    folder.mkdir()
    return folder


def test_jobs_of_an_unknown_sampler_are_recorded_without_asking(provider: Path) -> None:
    before = len(jobs())
    result = run([coin(), coin(2.0)], sampler=FolderSampler(provider), shots=[40, 50])
    record = jobs()[before:][0]
    assert len(jobs()) == before + 1
    assert (record.status, record.job_ids, record.shots, record.round_index) == (
        "collected",
        ("job-0000",),
        (40, 50),
        0,
    )
    assert [{format(value, "b"): count for value, count in found.items()} for found in record.counts or ()] == [
        dict(counts) for counts in result.counts
    ]
    assert resume(record.run_id) == result
    assert default_folder() == Path(os.environ["QALGO_JOBS"])


def test_simulators_on_this_machine_are_recorded_only_when_asked(tmp_path: Path) -> None:
    class Own(StatevectorSampler):
        pass

    local: list[Any] = [None, StatevectorSampler(), AerSampler(), BackendSamplerV2(backend=AerSimulator()), Own()]
    assert not any(is_remote(sampler=sampler) for sampler in local)
    before = len(jobs())
    for sampler in local:
        run(coin(), sampler=sampler, shots=3)
    run(coin(), backend=AerSimulator(), shots=3)
    assert len(jobs()) == before
    asked = [run(coin(), sampler=sampler, shots=30, seed=4, journal=tmp_path / "asked") for sampler in local[:4]]
    assert asked == [run(coin(), sampler=sampler, shots=30, seed=4) for sampler in local[:4]]
    assert [record.local for record in jobs(tmp_path / "asked")] == [True] * 4


def test_the_record_is_on_the_disk_before_the_job_is_sent_and_before_its_result_is_waited_for(
    provider: Path, tmp_path: Path
) -> None:
    seen = []

    class Looking(FolderSampler):
        def run(self, pubs: Any, *, shots: int | None = None) -> Any:
            seen.append(jobs(tmp_path)[0])
            job = super().run(pubs, shots=shots)
            result = job.result

            def looked() -> Any:
                seen.append(jobs(tmp_path)[0])
                return result()

            job.result = looked  # type: ignore[method-assign]
            return job

    run(coin(), sampler=Looking(provider), shots=7, journal=tmp_path)
    assert [record.status for record in seen] == ["announced", "submitted"]
    assert [record.job_ids for record in seen] == [(), ("job-0000",)]
    # The circuits lie beside the record, readable and as they were sent.
    found = find_run(seen[0].run_id, tmp_path)
    sent = circuits_from_qpy((found.folder / f"{seen[0].name}.qpy").read_bytes())
    assert Operator(sent[0].remove_final_measurements(inplace=False)) == Operator(
        coin().remove_final_measurements(inplace=False)
    )


def test_no_secret_of_a_sampler_reaches_the_files(provider: Path, tmp_path: Path) -> None:
    secret = "SECRET-0123456789"

    class Account:
        token = secret
        channel = "ibm_quantum_platform"

    class Device:
        name = "paid_device"
        service = Account()
        options = MappingProxyType({"token": secret})

    class WithAccount(FolderSampler):
        token = api_key = secret
        _service = Account()
        options = MappingProxyType({"token": secret})
        backend = Device()

    run(coin(), sampler=WithAccount(provider), shots=5, journal=tmp_path / "journal")
    files = [path for path in (tmp_path / "journal").rglob("*") if path.is_file()]
    assert len(files) >= 4
    assert not [path for path in files if secret.encode() in path.read_bytes()]
    assert jobs(tmp_path / "journal")[0].backend == "paid_device"


def test_a_journal_that_cannot_be_written_refuses_before_anything_is_paid(
    provider: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ExecutionError, match=r"nothing has been submitted.*journal=PATH.*QALGO_JOBS"):
        run(coin(), sampler=FolderSampler(provider), journal=tmp_path / "file" / "journal")
    monkeypatch.setenv("QALGO_JOBS", str(tmp_path / "file" / "journal"))
    with pytest.raises(ExecutionError, match="nothing has been submitted"):
        run(coin(), sampler=FolderSampler(provider))
    assert submissions(provider) == 0
    assert run(coin(), sampler=FolderSampler(provider), shots=5, journal=False).shots == (5,)


def test_a_job_that_was_accepted_is_not_dropped_when_the_disk_is_full(
    provider: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qalgo.execution import journalled_run

    write = journalled_run.write_json

    def full(path: Path, data: Any) -> None:
        if submissions(provider):
            raise OSError(28, "No space left on device")
        write(path, data)

    monkeypatch.setattr(journalled_run, "write_json", full)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = run(coin(), sampler=FolderSampler(provider), shots=9, journal=tmp_path / "journal")
    assert result.shots == (9,)
    assert "job-0000" in str(caught[0].message)
    assert "was accepted, but its id is not in the journal" in str(caught[0].message)


def test_collected_counts_come_from_the_journal_even_when_the_provider_has_forgotten_the_job(
    provider: Path, tmp_path: Path
) -> None:
    whole = run([coin(), coin(2.0)], sampler=FolderSampler(provider), shots=[40, 50], journal=tmp_path)
    (record,) = jobs(tmp_path)
    (tmp_path / record.run_id / "result.json").unlink()
    (provider / "job-0000.npz").unlink()
    again = resume(record.run_id, journal=tmp_path, sampler=FolderSampler(provider))
    assert (again.counts, again.shots) == (whole.counts, whole.shots)  # type: ignore[union-attr]
    assert submissions(provider) == 1


def test_unknown_and_ambiguous_ids_and_folders_are_named(provider: Path, tmp_path: Path) -> None:
    for _ in range(2):
        run(coin(), sampler=FolderSampler(provider), shots=3, journal=tmp_path)
    first, second = (record.run_id for record in jobs(tmp_path))
    with pytest.raises(ProblemError, match=f"no run or job has the id 'nothing'.*{second}.*qalgo jobs"):
        resume("nothing", journal=tmp_path)
    with pytest.raises(ProblemError, match="several runs match"):
        find_run(first[:4], tmp_path)
    assert find_run("job-0001", tmp_path).run_id == second
    assert find_run(first[:-1] if first[:-1] != second[:-1] else first, tmp_path).run_id == first
    with pytest.raises(ProblemError, match="is no folder"):
        jobs(tmp_path / "missing")


def test_damaged_and_foreign_records_are_left_out_with_a_warning(provider: Path, tmp_path: Path) -> None:
    for _ in range(3):
        run(coin(), sampler=FolderSampler(provider), shots=3, journal=tmp_path)
    damaged, foreign, whole = (tmp_path / record.run_id / f"{record.name}.json" for record in jobs(tmp_path))
    damaged.write_text('{"schema": "qalgo.job", "ver')
    foreign.write_text(json.dumps({**json.loads(foreign.read_text()), "version": 99}))
    records, unreadable = read_journal(tmp_path)
    assert [record.run_id for record in records] == [whole.parent.name]
    texts = {path: next(line for line in unreadable if str(path) in line) for path in (damaged, foreign)}
    assert "is damaged: it is not JSON" in texts[damaged]
    assert "by another version of qalgo: schema 'qalgo.job' version 99" in texts[foreign]
    with pytest.warns(UserWarning, match="left out of the list") as caught:
        assert len(jobs(tmp_path)) == 1
    assert len(caught) == 2
    (foreign.parent / "result.json").unlink()
    with pytest.raises(ProblemError, match=r"another version.*version 99"):
        resume(foreign.parent.name, journal=tmp_path)


def test_records_round_trip_and_damage_is_refused() -> None:
    record = JobRecord(
        *("run", "estimate", 3, 0, "submitted", ("a", "b"), "tag", "2030-01-01T00:00:00+00:00"),
        *("Sampler (ibm_x)", "ibm_x", False, (3, 4), "hash", 7, ({0: 3}, {5: 4})),
    )
    data = json.loads(json.dumps(record.to_dict()))
    assert JobRecord.from_dict(data) == record
    assert "a, b" in str(record)
    for change in ({"status": "sold"}, {"shots": 3}, {"counts": [[1]]}):
        with pytest.raises(ProblemError, match="damaged"):
            JobRecord.from_dict({**data, **change})
    with pytest.raises(ProblemError, match="not a job record"):
        JobRecord.from_dict({**data, "version": 0})


def test_circuits_keep_their_gates_where_qpy_can_hold_them() -> None:
    circuit = QuantumCircuit(6)
    circuit.append(UCRYGate([0.1, 0.2, 0.3, 0.4]), [0, 1, 2])
    circuit.append(MCXGate(4), [0, 1, 2, 3, 4])
    circuit.append(IntegerComparatorGate(3, 2), [0, 1, 2, 3])
    (read,) = circuits_from_qpy(circuits_to_qpy([circuit]))
    assert np.abs(Operator(read).data - Operator(circuit).data).max() < 1e-10
    assert read.count_ops()["mcx"] >= 1
    with pytest.raises(ProblemError, match="damaged"):
        circuits_from_qpy(b"QISKIT nonsense")


def _hold(path: str, ready: Any, done: Any) -> None:
    lock = RunLock(Path(path))
    lock.acquire()
    ready.set()
    done.wait(30)


def test_a_run_has_one_worker_at_a_time_and_dead_ones_do_not_count(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready, done = context.Event(), context.Event()
    (tmp_path / "run").mkdir()
    path = tmp_path / "run" / "lock"
    process = context.Process(target=_hold, args=(str(path), ready, done))
    process.start()
    assert ready.wait(30)
    with pytest.raises(ExecutionError, match="another process is working on run run"):
        RunLock(path).acquire()
    process.kill()
    process.join()
    lock = RunLock(path)
    lock.acquire()
    lock.release()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
def test_a_worker_that_outlives_its_process_does_not_hold_the_run(tmp_path: Path) -> None:
    script = """
import os, sys, time
from pathlib import Path
from qalgo.execution.journal_files import RunLock
lock = RunLock(Path(sys.argv[1]))
lock.acquire()
worker = os.fork()
if worker:
    time.sleep(0.5)
    print(worker, flush=True)
time.sleep(60)
"""
    (tmp_path / "run").mkdir()
    path = tmp_path / "run" / "lock"
    parent = subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    try:
        with pytest.raises(ExecutionError, match="another process"):
            RunLock(path).acquire()
        parent.kill()
        parent.wait()
        lock = RunLock(path)
        lock.acquire()
        lock.release()
    finally:
        parent.stdout.close()
        os.kill(worker, signal.SIGKILL)


def _submit_many(journal: str, provider: str) -> None:
    for _ in range(4):
        run(coin(), sampler=FolderSampler(Path(provider)), shots=3, journal=journal)


def test_processes_share_a_journal(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    processes = [context.Process(target=_submit_many, args=(str(tmp_path / "j"), str(one))) for one in folders]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    records, unreadable = read_journal(tmp_path / "j")
    assert unreadable == []
    assert len({record.run_id for record in records}) == 8
    assert not list((tmp_path / "j").rglob("*.partial"))


def test_an_interruption_names_the_job_and_how_to_go_on(provider: Path, tmp_path: Path) -> None:
    def interrupt(number: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        run(coin(), sampler=FolderSampler(provider, interrupt), shots=11, journal=tmp_path)
    (record,) = jobs(tmp_path)
    assert caught.value.__notes__[-1].startswith("job job-0000 goes on at its provider")
    assert f"qalgo resume {record.run_id} --journal {tmp_path}" in caught.value.__notes__[-1]
    collected = resume(record.run_id, journal=tmp_path, sampler=FolderSampler(provider))
    assert collected.shots == (11,)  # type: ignore[union-attr]
    assert submissions(provider) == 1


def test_what_cannot_be_made_again_from_names_is_asked_for(provider: Path, tmp_path: Path) -> None:
    run(coin(), sampler=FolderSampler(provider), shots=5, journal=tmp_path)
    (record,) = jobs(tmp_path)
    (tmp_path / record.run_id / "result.json").unlink()
    with pytest.raises(ExecutionError, match=r"FolderSampler, which qalgo cannot make again.*sampler=\.\.\."):
        resume(record.run_id, journal=tmp_path)
    with pytest.raises(ProblemError, match="both given"):
        resume(record.run_id, journal=tmp_path, sampler=FolderSampler(provider), backend="aer")
    opened = JournalledRun.load(tmp_path / record.run_id)
    with pytest.raises(ProblemError, match="was submitted with shots"), kept(opened):
        opened.measured(sampling_of(FolderSampler(provider)), [coin()], [6], 0, lambda *_: [])
