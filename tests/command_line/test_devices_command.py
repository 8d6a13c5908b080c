"""qalgo devices: simulators, fake devices, and an account whose secrets never show."""

import json
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from qiskit_ibm_runtime.accounts.exceptions import AccountNotFoundError
from qiskit_ibm_runtime.exceptions import IBMNotAuthorizedError
from qiskit_ibm_runtime.fake_provider import FakeFez

from qalgo.__main__ import main

TOKEN = "crn-v1-0123456789abcdefghijklmnopqrstuvwxyz-SECRET"


def test_simulators_and_fake_devices_are_listed(capsys: Any) -> None:
    assert main(["devices"]) == 0
    out = capsys.readouterr().out
    assert "CPU" in out
    assert any(line.split()[:3] == ["fake_fez", "156", "cz"] for line in out.splitlines())
    assert main(["devices", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    manila = next(device for device in data["devices"] if device["name"] == "fake_manila")
    assert (manila["qubits"], manila["two_qubit_gates"], manila["kind"]) == (5, ["cx"], "fake")
    assert {device["kind"] for device in data["devices"]} == {"fake"}
    widths = [device["qubits"] for device in data["devices"]]
    assert widths == sorted(widths)


def account(monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    def service() -> Any:
        if isinstance(answer, Exception):
            raise answer
        return SimpleNamespace(backends=lambda: answer)

    monkeypatch.setattr("qiskit_ibm_runtime.QiskitRuntimeService", service)


def test_devices_of_an_account_come_first_and_only_when_asked(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    fez = FakeFez()
    real = SimpleNamespace(
        name="ibm_fez", configuration=fez.configuration, status=lambda: SimpleNamespace(pending_jobs=17)
    )
    account(monkeypatch, [real])
    assert main(["devices", "--account"]) == 0
    assert "ibm_fez" in (out := capsys.readouterr().out)
    assert "account, 17 jobs waiting" in out
    account(monkeypatch, RuntimeError("must not be asked"))
    assert main(["devices"]) == 0


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (AccountNotFoundError("Unable to find account."), "save_account"),
        (IBMNotAuthorizedError(f"401 for {TOKEN}"), "IBMNotAuthorizedError: '401 for <hidden>'"),
        (OSError("no route to host"), "no route to host"),
    ],
)
def test_refusals_are_explained_without_secrets(
    monkeypatch: pytest.MonkeyPatch, capsys: Any, error: Exception, message: str
) -> None:
    account(monkeypatch, error)
    assert main(["devices", "--account"]) == 1
    said = capsys.readouterr().err
    assert message in said
    assert TOKEN not in said


def test_without_the_package_the_cure_is_named(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setitem(sys.modules, "qiskit_ibm_runtime", None)
    monkeypatch.setitem(sys.modules, "qiskit_ibm_runtime.fake_provider", None)
    assert main(["devices"]) == 0
    assert "pip install 'qiskit-ibm-runtime" in capsys.readouterr().out
    assert main(["devices", "--account"]) == 1
    assert "pip install" in capsys.readouterr().err
