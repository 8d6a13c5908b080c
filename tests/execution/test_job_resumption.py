"""The promise itself: a process that is killed in the middle of a run loses no job and pays for none twice."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from provider_double import FolderSampler, submissions
from qiskit import QuantumCircuit, generate_preset_pass_manager

import qalgo
from qalgo.errors import ExecutionError, ProblemError
from qalgo.execution.journal import find_run, jobs, read_journal
from qalgo.execution.journalled_run import kept

pytestmark = pytest.mark.filterwarnings("ignore:.* is not a sampler that qalgo knows how to seed:UserWarning")

HERE = str(Path(__file__).parent)
PROLOGUE = f"""
import json, os, signal, sys, time, warnings
from pathlib import Path
warnings.simplefilter("ignore")
sys.path.insert(0, {HERE!r})
import qalgo
from provider_double import FolderSampler, submissions
import numpy as np
from qiskit import QuantumCircuit

root = Path(sys.argv[1])
circuit = QuantumCircuit(1)
circuit.ry(2 * np.arcsin(np.sqrt(0.3)), 0)
problem = qalgo.EstimationProblem(circuit, [0])
call = qalgo.EuropeanCall(spot=2, strike=1.896, rate=0.05, volatility=0.4, maturity=40 / 365)

def die():
    os.kill(os.getpid(), signal.SIGKILL)
"""


def problem() -> qalgo.EstimationProblem:
    circuit = QuantumCircuit(1)
    circuit.ry(2 * np.arcsin(np.sqrt(0.3)), 0)
    return qalgo.EstimationProblem(circuit, [0])


def call() -> Any:
    return qalgo.EuropeanCall(spot=2, strike=1.896, rate=0.05, volatility=0.4, maturity=40 / 365)


def started(root: Path, script: str) -> subprocess.Popen[str]:
    (root / "provider").mkdir()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(HERE).parents[1]), *sys.path])}
    words = [sys.executable, "-c", PROLOGUE + script, str(root)]
    return subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def killed(root: Path, script: str) -> None:
    """Run a script that kills its own process."""
    process = started(root, script)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL, errors


def waits_for(journal: Path, round_index: int) -> bool:
    """Whether the journal shows a submitted job in that round."""
    records = read_journal(journal)[0] if journal.is_dir() else []
    return any((record.round_index, record.status) == (round_index, "submitted") for record in records)


def fresh(tmp_path: Path, name: str) -> Path:
    folder = tmp_path / name
    folder.mkdir()
    return folder


ESTIMATE = """
qalgo.estimate_amplitude(problem, 0.02, seed=5, journal=root / "jobs",
    sampler=FolderSampler(root / "provider", lambda number: time.sleep(100 if number == 4 else 0)))
"""
RESUME = """
(run,) = {record.run_id for record in qalgo.jobs(root / "jobs")}
estimate = qalgo.resume(run, journal=root / "jobs", sampler=FolderSampler(root / "provider"))
print(json.dumps(estimate.to_dict()))
"""


def test_sigkill_while_waiting_for_a_paid_job_loses_nothing_and_pays_nothing_twice(tmp_path: Path) -> None:
    whole = qalgo.estimate_amplitude(problem(), 0.02, seed=5, sampler=FolderSampler(fresh(tmp_path, "whole")))
    process = started(tmp_path, ESTIMATE)
    deadline = time.monotonic() + 60
    while not waits_for(tmp_path / "jobs", 4):
        assert time.monotonic() < deadline, process.kill()
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    # While it lives, nobody else may work on its run.
    run = jobs(tmp_path / "jobs")[0].run_id
    with pytest.raises(ExecutionError, match="another process is working on run"):
        qalgo.resume(run, journal=tmp_path / "jobs", sampler=FolderSampler(tmp_path / "provider"))
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert submissions(tmp_path / "provider") == 5
    assert [record.status for record in jobs(tmp_path / "jobs")] == ["collected"] * 4 + ["submitted"]

    again = subprocess.run(
        [sys.executable, "-c", PROLOGUE + RESUME, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(HERE).parents[1]), *sys.path])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert again.returncode == 0, again.stderr
    resumed = qalgo.Estimate.from_dict(json.loads(again.stdout))
    assert resumed.transcript == whole.transcript
    assert (resumed.value, resumed.interval) == (whole.value, whole.interval)
    assert submissions(tmp_path / "provider") == submissions(tmp_path / "whole") == len(whole.transcript.rounds)
    assert qalgo.resume(run, journal=tmp_path / "jobs") == resumed


BEFORE = """
class Dying(FolderSampler):
    def run(self, pubs, *, shots=None):
        if submissions(self.folder) == 2:
            die()
        return super().run(pubs, shots=shots)
qalgo.estimate_amplitude(problem, 0.02, seed=5, journal=root / "jobs", sampler=Dying(root / "provider"))
"""
BETWEEN = """
class Dying(FolderSampler):
    def run(self, pubs, *, shots=None):
        job = super().run(pubs, shots=shots)
        if submissions(self.folder) == 3:
            die()
        return job
qalgo.estimate_amplitude(problem, 0.02, seed=5, journal=root / "jobs", sampler=Dying(root / "provider"))
"""


@pytest.mark.parametrize(("script", "sent"), [(BEFORE, 2), (BETWEEN, 3)], ids=["before", "between"])
def test_a_job_without_known_id_is_never_sent_again_without_being_told(tmp_path: Path, script: str, sent: int) -> None:
    killed(tmp_path, script)
    records = jobs(tmp_path / "jobs")
    assert [record.status for record in records] == ["collected", "collected", "announced"]
    sampler = FolderSampler(tmp_path / "provider")
    with pytest.raises(ExecutionError, match=r"no job id is known.*--resubmit") as caught:
        qalgo.resume(records[0].run_id, journal=tmp_path / "jobs", sampler=sampler)
    assert records[2].tag in str(caught.value)
    assert submissions(tmp_path / "provider") == sent
    told = qalgo.resume(records[0].run_id, journal=tmp_path / "jobs", sampler=sampler, resubmit=True)
    assert submissions(tmp_path / "provider") == sent - 2 + len(told.transcript.rounds)
    assert told.converged


def interrupted(root: Path, number: int) -> FolderSampler:
    """A provider: whoever waits for its job with that number is interrupted."""

    def wait(index: int) -> None:
        if index == number:
            raise KeyboardInterrupt

    return FolderSampler(root, wait)


def test_a_job_that_its_provider_lost_is_paid_again_only_when_told(tmp_path: Path) -> None:
    provider, journal = fresh(tmp_path, "provider"), tmp_path / "jobs"
    with pytest.raises(KeyboardInterrupt) as caught:
        qalgo.estimate_amplitude(problem(), 0.05, seed=5, journal=journal, sampler=interrupted(provider, 2))
    run = jobs(journal)[0].run_id
    assert "2 finished rounds are in error.transcript" in caught.value.__notes__[0]
    assert f"qalgo resume {run}" in caught.value.__notes__[-1]
    assert "job-0002" in caught.value.__notes__[-1]
    (provider / "job-0002.npz").unlink()
    with pytest.raises(ExecutionError, match=r"job job-0002 \(round 2 .*LookupError: no job job-0002.*--resubmit"):
        qalgo.resume(run, journal=journal, sampler=FolderSampler(provider))
    assert submissions(provider) == 3
    estimate = qalgo.resume(run, journal=journal, sampler=FolderSampler(provider), resubmit=True)
    assert submissions(provider) == len(estimate.transcript.rounds) + 1


def test_a_simulator_does_not_silently_replace_a_paid_job(tmp_path: Path) -> None:
    provider, journal = fresh(tmp_path, "provider"), tmp_path / "jobs"
    with pytest.raises(KeyboardInterrupt):
        qalgo.estimate_amplitude(problem(), 0.05, seed=5, journal=journal, sampler=interrupted(provider, 1))
    run = jobs(journal)[0].run_id
    with pytest.raises(ExecutionError, match="what is given now simulates on this machine"):
        qalgo.resume(run, journal=journal, backend="aer")
    assert qalgo.resume(run, journal=journal, backend="aer", resubmit=True).converged


def test_the_same_call_with_its_transcript_goes_on_with_the_open_job(tmp_path: Path) -> None:
    provider, whole = fresh(tmp_path, "provider"), fresh(tmp_path, "whole")
    keywords: dict[str, Any] = {"journal": tmp_path / "jobs", "transcript": tmp_path / "rounds.json"}
    with pytest.raises(KeyboardInterrupt):
        # No seed, and not one round finished: only the journal knows what was asked.
        qalgo.estimate_amplitude(problem(), 0.05, sampler=interrupted(provider, 0), **keywords)
    with pytest.raises(ProblemError, match="asked something else and still has jobs out"):
        qalgo.estimate_amplitude(problem(), 0.04, sampler=FolderSampler(provider), **keywords)
    estimate = qalgo.estimate_amplitude(problem(), 0.05, sampler=FolderSampler(provider), **keywords)
    expected = qalgo.estimate_amplitude(problem(), 0.05, seed=estimate.seed, sampler=FolderSampler(whole))
    assert estimate.transcript == expected.transcript
    assert submissions(provider) == submissions(whole)
    assert len({record.run_id for record in jobs(tmp_path / "jobs")}) == 1
    assert qalgo.Transcript.load(tmp_path / "rounds.json") == estimate.transcript


def test_a_transcript_in_hand_goes_on_with_the_open_job(tmp_path: Path) -> None:
    provider, journal = fresh(tmp_path, "provider"), tmp_path / "jobs"
    with pytest.raises(KeyboardInterrupt) as caught:
        qalgo.estimate_amplitude(problem(), 0.05, journal=journal, sampler=interrupted(provider, 3))
    rounds = caught.value.transcript  # type: ignore[attr-defined]
    estimate = qalgo.estimate_amplitude(
        problem(), 0.05, journal=journal, transcript=rounds, sampler=FolderSampler(provider)
    )
    assert submissions(provider) == len(estimate.transcript.rounds)


PRICE = """
qalgo.price(call, 0.05, mode="circuit", seed=3, journal=root / "jobs",
    sampler=FolderSampler(root / "provider", lambda number: die() if number == 2 else None))
"""


def test_a_price_is_resumed_as_a_price(tmp_path: Path) -> None:
    whole = qalgo.price(call(), 0.05, mode="circuit", seed=3, sampler=FolderSampler(fresh(tmp_path, "whole")))
    killed(tmp_path, PRICE)
    records = jobs(tmp_path / "jobs")
    assert [(record.kind, record.status) for record in records][1:] == [("price", "collected"), ("price", "submitted")]
    price = qalgo.resume(records[0].run_id, journal=tmp_path / "jobs", sampler=FolderSampler(tmp_path / "provider"))
    assert price.estimate.transcript == whole.estimate.transcript
    assert (price.contract, price.value, price.interval) == (whole.contract, whole.value, whole.interval)
    assert submissions(tmp_path / "provider") == submissions(tmp_path / "whole")
    assert qalgo.resume(records[0].run_id, journal=tmp_path / "jobs") == price


def test_post_processing_is_not_recorded_and_said_so(tmp_path: Path) -> None:
    provider, journal = fresh(tmp_path, "provider"), tmp_path / "jobs"
    asked = qalgo.EstimationProblem(problem().state_preparation, [0], post_processing=lambda a: 100 * a)
    with pytest.raises(KeyboardInterrupt):
        qalgo.estimate_amplitude(asked, 0.05, seed=1, journal=journal, sampler=interrupted(provider, 2))
    run = jobs(journal)[0].run_id
    with pytest.warns(UserWarning, match=r"not recorded.*post_processing=\.\.\."):
        plain = qalgo.resume(run, journal=journal, sampler=FolderSampler(provider))
    assert plain.value == plain.amplitude
    processed = qalgo.resume(run, journal=journal, post_processing=asked.post_processing)
    assert processed.value == pytest.approx(100 * plain.amplitude)
    assert submissions(provider) == len(plain.transcript.rounds)


LOCAL = """
from qiskit import generate_preset_pass_manager
from qiskit_ibm_runtime.executor_sampler import Sampler
from qiskit_ibm_runtime.fake_provider import FakeManilaV2
from qalgo.execution import journalled_run

write = journalled_run.write_json
def dying(path, data):
    write(path, data)
    if data.get("round") == 2 and data["status"] == "running":
        die()
journalled_run.write_json = dying
manila = FakeManilaV2()
qalgo.estimate_amplitude(problem, 0.1, seed=5, journal=root / "jobs", sampler=Sampler(mode=manila),
    pass_manager=generate_preset_pass_manager(1, backend=manila, seed_transpiler=1))
"""


def test_jobs_that_die_with_their_process_are_run_again_with_the_same_seeds(tmp_path: Path) -> None:
    from qiskit_ibm_runtime.executor_sampler import Sampler
    from qiskit_ibm_runtime.fake_provider import FakeManilaV2

    manila = FakeManilaV2()
    keywords: dict[str, Any] = {
        "sampler": Sampler(mode=manila),
        "pass_manager": generate_preset_pass_manager(1, backend=manila, seed_transpiler=1),
    }
    whole = qalgo.estimate_amplitude(problem(), 0.1, seed=5, **keywords)
    killed(tmp_path, LOCAL)
    records = jobs(tmp_path / "jobs")
    assert [record.status for record in records] == ["collected", "collected", "running"]
    assert records[2].local
    resumed = qalgo.resume(records[0].run_id, journal=tmp_path / "jobs", **keywords)
    assert resumed.transcript == whole.transcript
    assert resumed.interval == whole.interval


def test_what_another_process_submitted_after_a_run_was_loaded_is_not_paid_again(tmp_path: Path) -> None:
    provider, journal = fresh(tmp_path, "provider"), tmp_path / "jobs"
    with pytest.raises(KeyboardInterrupt):
        qalgo.estimate_amplitude(problem(), 0.05, seed=1, journal=journal, sampler=interrupted(provider, 1))
    run_id = jobs(journal)[0].run_id
    loaded_before = find_run(run_id, journal)
    with pytest.raises(KeyboardInterrupt):
        qalgo.resume(run_id, journal=journal, sampler=interrupted(provider, 2))
    with kept(loaded_before):
        qalgo.estimate_amplitude(problem(), 0.05, seed=1, journal=loaded_before, sampler=FolderSampler(provider))
    records = jobs(journal)
    assert len(records) > 3
    assert submissions(provider) == len(records)


BEFORE_THE_FIRST = """
from qalgo.execution import journalled_run
journalled_run.circuits_to_qpy = lambda circuits: die()
qalgo.estimate_amplitude(problem, 0.1, seed=5, journal=root / "jobs", transcript=root / "t.json",
    sampler=FolderSampler(root / "provider"))
"""


def test_the_same_call_goes_on_with_a_run_that_died_before_its_first_submission(tmp_path: Path) -> None:
    killed(tmp_path, BEFORE_THE_FIRST)
    (folder,) = (tmp_path / "jobs").iterdir()
    estimate = qalgo.estimate_amplitude(
        problem(),
        0.1,
        seed=5,
        journal=tmp_path / "jobs",
        transcript=tmp_path / "t.json",
        sampler=FolderSampler(tmp_path / "provider"),
    )
    assert estimate.converged
    assert [one.name for one in (tmp_path / "jobs").iterdir()] == [folder.name]


@pytest.mark.parametrize("kind", ["run", "estimate", "price"])
def test_a_run_goes_on_with_the_simulator_options_it_was_asked_with(tmp_path: Path, kind: str) -> None:
    keywords: dict[str, Any] = {
        "simulator": qalgo.SimulatorOptions(method="matrix_product_state"),
        "journal": tmp_path,
        "seed": 3,
    }
    circuit = problem().state_preparation.copy()
    circuit.measure_all()
    if kind == "run":
        qalgo.run(circuit, **keywords)
    elif kind == "estimate":
        qalgo.estimate_amplitude(problem(), 0.1, **keywords)
    else:
        qalgo.price(call(), 0.2, num_qubits=2, mode="circuit", noise=qalgo.Depolarising(), **keywords)
    (folder,) = tmp_path.iterdir()
    whole = json.loads((folder / "result.json").read_text())["result"]
    (folder / "result.json").unlink()
    resumed = qalgo.resume(folder.name, journal=tmp_path)
    assert "matrix_product_state" in json.dumps(whole)
    assert "matrix_product_state" in json.dumps(resumed.to_dict())
