"""``qalgo jobs`` and ``qalgo resume`` as a user types them, on simulators of this machine."""

import json
from pathlib import Path
from typing import Any

import pytest
from qiskit import QuantumCircuit
from qiskit_aer import AerSimulator

import qalgo
from qalgo.__main__ import main


class PowerCut(BaseException):
    """Ends a call the way a dying process does: nothing handles it."""


@pytest.fixture
def cut_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Call something with a journal and end it when its submission number ``rounds`` has been written down."""

    def call(function: Any, *arguments: Any, rounds: int, **keywords: Any) -> str:
        from qalgo.execution import journalled_run

        write = journalled_run.write_json

        def dying(path: Path, data: Any) -> None:
            write(path, data)
            if data.get("round") == rounds and data["status"] == "running":
                raise PowerCut

        with monkeypatch.context() as patch:
            patch.setattr(journalled_run, "write_json", dying)
            with pytest.raises(PowerCut):
                function(*arguments, journal=tmp_path, **keywords)
        return qalgo.jobs(tmp_path)[0].run_id

    return call


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(list(words))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_a_price_in_circuit_mode_is_listed_and_resumed(cut_short: Any, tmp_path: Path, capsys: Any) -> None:
    call = qalgo.EuropeanCall(spot=2, strike=1.896, rate=0.05, volatility=0.4, maturity=40 / 365)
    run_id = cut_short(qalgo.price, call, 0.02, mode="circuit", seed=7, rounds=2)
    journal = ("--journal", str(tmp_path))
    code, out, err = answer(capsys, "jobs", *journal)
    assert (code, err) == (0, "")
    assert out.splitlines()[3].split()[:4] == [run_id, "price", "2", "running"]
    assert out.splitlines()[-1] == f"to collect and go on: qalgo resume {run_id}"
    rows = json.loads(answer(capsys, "jobs", "--open", "--json", *journal)[1])["jobs"]
    assert [(row["run"], row["round"], row["status"], row["kind"]) for row in rows] == [(run_id, 2, "running", "price")]
    code, out, _ = answer(capsys, "resume", run_id[:20], "--json", *journal)
    # Only circuits that are submitted are journalled: the other engines submit nothing.
    composed = qalgo.SimulatorOptions(engine="composed")
    resumed, whole = json.loads(out), qalgo.price(call, 0.02, mode="circuit", seed=7, simulator=composed).to_dict()
    for result in (resumed, whole):
        assert result["estimate"].pop("engine").startswith("composed")
        result["estimate"].pop("classical_seconds")
    assert code == 0
    assert resumed == whole
    assert answer(capsys, "jobs", "--open", *journal)[1] == "no jobs\n"


def test_a_run_on_a_backend_is_resumed_by_the_name_of_the_backend(cut_short: Any, tmp_path: Path, capsys: Any) -> None:
    from qiskit_ibm_runtime.fake_provider import FakeManilaV2

    circuit = QuantumCircuit(2, 2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [0, 1])
    for backend in (FakeManilaV2(), AerSimulator()):
        run_id = cut_short(qalgo.run, circuit, backend=backend, shots=200, seed=3, rounds=0)
        code, out, _ = answer(capsys, "resume", run_id, "--journal", str(tmp_path))
        assert code == 0
        assert out == f"{qalgo.run(circuit, backend=backend, shots=200, seed=3)}\n"
        (tmp_path / run_id / "run.json").unlink()


def test_mitigation_is_applied_to_what_is_collected(cut_short: Any, tmp_path: Path) -> None:
    from qiskit_ibm_runtime.fake_provider import FakeManilaV2

    circuit = QuantumCircuit(2, 2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [0, 1])
    options = (qalgo.ZeroNoise(extrapolation="linear"), qalgo.Readout("tensored", shots=300))
    keywords: dict[str, Any] = {"backend": FakeManilaV2(), "shots": 200, "seed": 3, "mitigation": options}
    run_id = cut_short(qalgo.run, circuit, rounds=0, **keywords)
    whole = qalgo.run(circuit, **keywords)
    assert qalgo.resume(run_id, journal=tmp_path) == whole
    assert qalgo.resume(run_id, journal=tmp_path) == whole


def test_an_estimation_on_a_fake_device_goes_on_there(cut_short: Any, tmp_path: Path, capsys: Any) -> None:
    from qiskit_ibm_runtime.fake_provider import FakeManilaV2

    circuit = QuantumCircuit(1)
    circuit.ry(1.0, 0)
    problem = qalgo.EstimationProblem(circuit, [0])
    keywords: dict[str, Any] = {"backend": FakeManilaV2(), "seed": 2}
    run_id = cut_short(qalgo.estimate_amplitude, problem, 0.1, rounds=2, **keywords)
    code, out, _ = answer(capsys, "resume", run_id, "--json", "--journal", str(tmp_path))
    whole = qalgo.estimate_amplitude(problem, 0.1, **keywords)
    assert code == 0
    assert json.loads(out)["transcript"] == whole.transcript.to_dict()
    assert json.loads(out)["device"] == whole.device


def test_refusals_and_warnings_are_one_line(tmp_path: Path, capsys: Any) -> None:
    code, out, err = answer(capsys, "resume", "nothing", "--journal", str(tmp_path))
    assert (code, out) == (1, "")
    assert err.startswith("qalgo: error: no run or job has the id 'nothing'")
    assert answer(capsys, "jobs", "--journal", str(tmp_path / "missing"))[0] == 1
    assert answer(capsys, "jobs")[0] == 0
    circuit = QuantumCircuit(1, 1)
    circuit.measure(0, 0)
    qalgo.run(circuit, shots=2, journal=tmp_path)
    (record,) = qalgo.jobs(tmp_path)
    (tmp_path / record.run_id / f"{record.name}.json").write_text("{")
    code, out, err = answer(capsys, "jobs", "--json", "--journal", str(tmp_path))
    assert code == 0
    assert json.loads(out)["jobs"] == []
    assert err.startswith("qalgo: warning: left out of the list: ")
    assert "is damaged" in json.loads(out)["unreadable"][0]


def test_what_is_lost_with_a_function_is_said(cut_short: Any, tmp_path: Path, capsys: Any) -> None:
    circuit = QuantumCircuit(1)
    circuit.ry(1.0, 0)
    problem = qalgo.EstimationProblem(circuit, [0], post_processing=lambda a: 1 - a)
    run_id = cut_short(qalgo.estimate_amplitude, problem, 0.1, seed=2, rounds=1)
    code, out, err = answer(capsys, "resume", run_id, "--journal", str(tmp_path))
    assert code == 0
    assert "amplitude estimation" in out
    assert err.startswith("qalgo: warning: the problem of run")
    assert len(err.splitlines()) == 1


def test_resuming_before_any_job_says_that_there_is_none(tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.setenv("QALGO_JOBS", str(tmp_path / "never"))
    code, out, err = answer(capsys, "resume", "nothing")
    assert (code, out) == (1, "")
    assert err.startswith("qalgo: error: no run or job has the id 'nothing'")
