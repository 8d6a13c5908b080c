"""The states in which qiskit-aer can be installed (stand-ins: no GPU build is installed here), each with its cure."""

import json
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from qiskit import QuantumCircuit

from qalgo.__main__ import main
from qalgo.amplitude_estimation.driver import estimate_amplitude
from qalgo.amplitude_estimation.problem import EstimationProblem
from qalgo.errors import ExecutionError
from qalgo.execution import devices, installation, run

Capture = pytest.CaptureFixture[str]
LIBRARY = "libcusolver.so.11: cannot open shared object file: No such file or directory"


def coin() -> QuantumCircuit:
    circuit = QuantumCircuit(1, 1)
    circuit.h(0)
    circuit.measure(0, 0)
    return circuit


class Absent:
    """Finds no qiskit_aer, as Python does when its files are gone."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name == "qiskit_aer":
            raise ModuleNotFoundError("No module named 'qiskit_aer'", name="qiskit_aer")


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """Put this process into one of the states."""

    def listed(*wheels: str) -> None:
        found = [SimpleNamespace(metadata={"Name": name}) for name in ("numpy", *wheels)]
        monkeypatch.setattr(installation, "distributions", lambda: found)

    def imports(source: str) -> None:
        folder = tmp_path / "qiskit_aer"
        folder.mkdir()
        (folder / "__init__.py").write_text(source)
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, "qiskit_aer")

    def absent() -> None:
        monkeypatch.delitem(sys.modules, "qiskit_aer")
        monkeypatch.setattr(sys, "meta_path", [Absent(), *sys.meta_path])

    def enter(name: str) -> None:
        if name == "cpu build":
            listed("qiskit-aer")
        elif name == "both, no libraries":
            listed("qiskit-aer", "qiskit-aer-gpu")
            imports(f"raise ImportError({LIBRARY!r})")
        elif name == "gpu build, no gpu":
            listed("qiskit-aer-gpu")
            monkeypatch.setattr("qiskit_aer.AerSimulator", simulator("No CUDA device available!"))
        elif name == "gpu build, gpu":
            listed("qiskit-aer-gpu")
            monkeypatch.setattr("qiskit_aer.AerSimulator", simulator(None))
        elif name == "gpu build uninstalled":
            listed("qiskit-aer")
            absent()
        elif name == "gpu build uninstalled, folder left":
            listed("qiskit-aer")
            monkeypatch.setitem(sys.modules, "qiskit_aer", types.ModuleType("qiskit_aer"))
        elif name == "nothing":
            listed()
            absent()
        elif name == "dependency gone":
            listed("qiskit-aer")
            imports("import a_module_that_is_gone")
        for probe in (devices._probe_cpu, devices._probe_gpu):
            probe.cache_clear()

    # The imports that need the real one come first.
    import qiskit_aer
    import qiskit_aer.primitives  # noqa: F401

    yield enter
    for probe in (devices._probe_cpu, devices._probe_gpu):
        probe.cache_clear()


def simulator(failure: str | None) -> type:
    """A GPU build: lists a GPU, runs CPU circuits, and raises on the GPU what Aer raises."""
    from qiskit_aer import AerSimulator

    class Simulator:
        def __init__(self, *, device: str = "CPU", **options: Any) -> None:
            self.device, self.real = device, AerSimulator(**options)

        def available_devices(self) -> tuple[str, ...]:
            return ("CPU", "GPU")

        def run(self, circuit: QuantumCircuit, **options: Any) -> Any:
            if self.device == "GPU" and failure is not None:
                raise RuntimeError(failure)
            result = self.real.run(circuit, **options).result()
            result.results[0].metadata["device"] = self.device
            return SimpleNamespace(result=lambda: result)

    return Simulator


STATES = {
    "cpu build": ("cpu", "has no GPU support", "pip uninstall qiskit-aer' and then 'pip install qiskit-aer-gpu"),
    "both, no libraries": (
        "libraries missing",
        r"qiskit-aer and qiskit-aer-gpu .*libcusolver",
        r"for the CPU 'pip uninstall qiskit-aer-gpu qiskit-aer', then 'pip install qiskit-aer'.*cuquantum-cu12",
    ),
    "gpu build, no gpu": ("no gpu", "No CUDA device available", r"nvidia-smi.*pip uninstall qiskit-aer-gpu"),
    "gpu build uninstalled": (
        "files missing",
        "pip lists qiskit-aer, but the files",
        "pip install --force-reinstall --no-deps qiskit-aer",
    ),
    "gpu build uninstalled, folder left": ("files missing", "pip lists qiskit-aer", "--force-reinstall"),
    "nothing": ("not installed", "is not installed", "pip install qiskit-aer"),
    "dependency gone": ("dependency missing", "a_module_that_is_gone", "pip install a_module_that_is_gone"),
}
BROKEN = [name for name, (kind, _, _) in STATES.items() if kind not in ("cpu", "no gpu")]


@pytest.mark.parametrize("name", STATES)
def test_the_state_is_recognised_and_the_cure_named(state: Callable[[str], None], name: str) -> None:
    import re

    state(name)
    found = devices.aer_installation()
    kind, text, cure = STATES[name]
    assert found.state == kind
    assert found.importable == (name not in BROKEN)
    assert re.search(text, found.text)
    assert re.search(cure, found.cure)
    with pytest.raises(ExecutionError, match=cure):
        run(coin(), device="gpu")


@pytest.mark.parametrize("name", BROKEN)
def test_without_aer_circuits_are_refused_with_the_cure_and_small_estimations_still_run(
    state: Callable[[str], None], name: str
) -> None:
    state(name)
    with pytest.raises(ExecutionError, match=rf"cannot be imported.*{STATES[name][2]}") as caught:
        run(coin())
    assert isinstance(caught.value.__cause__, ImportError)
    circuit = QuantumCircuit(1)
    circuit.ry(1.0, 0)
    assert estimate_amplitude(EstimationProblem(circuit, [0]), 0.02, seed=1).device == "CPU (qalgo statevector)"


@pytest.mark.parametrize("name", ["cpu build", "gpu build, no gpu"])
def test_where_the_cpu_works_auto_uses_it_and_says_why(
    state: Callable[[str], None], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    state(name)
    monkeypatch.setattr(devices, "GPU_WORTHWHILE_QUBITS", 1)
    result = run(coin(), shots=3, seed=1)
    assert result.device == "CPU (Aer statevector)"
    assert STATES[name][1] in f"{result.reason} has no GPU support" if name == "cpu build" else result.reason


def test_a_gpu_that_works_is_taken(state: Callable[[str], None]) -> None:
    state("gpu build, gpu")
    assert (devices.aer_installation().state, devices.aer_installation().cure) == ("gpu", "")
    assert run(coin(), shots=3, seed=1, device="gpu").device == "GPU (Aer statevector)"


def test_aer_from_the_gpu_wheel_alone_has_a_version(monkeypatch: pytest.MonkeyPatch) -> None:
    from qalgo import versions

    def version(name: str) -> str:
        if name == "qiskit-aer":
            raise versions.PackageNotFoundError(name)
        return "1.2.3"

    monkeypatch.setattr(versions, "version", version)
    assert dict(versions.versions.__wrapped__())["qiskit-aer"] == "1.2.3 (qiskit-aer-gpu)"


@pytest.mark.parametrize("name", [*STATES, "gpu build, gpu"])
def test_the_doctor_says_it(state: Callable[[str], None], name: str, capsys: Capture) -> None:
    state(name)
    code = main(["doctor", "--json"])
    found = {one["subject"]: one for one in json.loads(capsys.readouterr().out)["findings"]}
    assert found["qiskit-aer build"]["healthy"] == found["device CPU"]["healthy"] == (name not in BROKEN)
    assert code == (1 if name in BROKEN else 0)
    if name in BROKEN:
        assert "pip " in found["qiskit-aer build"]["text"]
    assert ("qiskit-aer and qiskit-aer-gpu" in found) == (name == "both, no libraries")
    assert ("a probe circuit ran on it" in found["device GPU"]["text"]) == (name == "gpu build, gpu")


def test_both_wheels_side_by_side_are_named_even_where_they_work(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    found = [SimpleNamespace(metadata={"Name": name}) for name in ("qiskit-aer", "qiskit-aer-gpu")]
    monkeypatch.setattr(installation, "distributions", lambda: found)
    assert main(["doctor"]) == 1
    assert "FIX  qiskit-aer and qiskit-aer-gpu  they share one folder" in capsys.readouterr().out
