"""Options of the default simulator: what reaches Aer, what is recorded, what is refused."""

from typing import Any

import numpy as np
import pytest
from qiskit import QuantumCircuit
from scipy import stats

import qalgo
from qalgo.errors import ExecutionError, ProblemError
from qalgo.execution import devices, run
from qalgo.execution.simulator_options import MPS_GATES, SimulatorOptions

LAW = np.array([0.1, 0.2, 0.3, 0.4])


def circuit() -> QuantumCircuit:
    """Two qubits loaded with LAW, and wide gates that matrix product states do not know."""
    from qiskit.circuit.library import MCPhaseGate, MCXGate, StatePreparation

    made = QuantumCircuit(4, 2)
    made.append(StatePreparation(np.sqrt(LAW)), [0, 1])
    made.h([2, 3])
    for sign in (1, -1):
        made.append(MCPhaseGate(sign * 0.3, 3), range(4))
        made.append(MCXGate(3), [3, 2, 1, 0])
    made.append(MCXGate(3), [3, 2, 1, 0])
    made.append(MCXGate(3), [3, 2, 1, 0])
    made.measure([0, 1], [0, 1])
    return made


def exact() -> np.ndarray:
    from qiskit.quantum_info import Statevector

    return np.asarray(Statevector(circuit().remove_final_measurements(inplace=False)).probabilities([0, 1]))


@pytest.mark.parametrize(
    ("options", "device"),
    [
        ({}, "CPU (Aer statevector)"),
        ({"precision": "single"}, "CPU (Aer statevector, single precision)"),
        ({"method": "matrix_product_state"}, "CPU (Aer matrix_product_state)"),
        ({"method": "automatic"}, "CPU (Aer automatic)"),
        ({"blocking_qubits": 2}, "CPU (Aer statevector, chunks of 2^2 amplitudes)"),
        ({"max_memory_mb": 512}, "CPU (Aer statevector)"),
    ],
)
def test_every_option_gives_the_law_and_is_recorded(options: dict[str, Any], device: str) -> None:
    result = run(circuit(), shots=4000, seed=2, simulator=SimulatorOptions(**options))
    assert result.device == device
    observed = [result.counts[0].get(format(value, "02b"), 0) for value in range(4)]
    assert stats.chisquare(observed, exact() * 4000).pvalue > 1e-3


def test_options_reach_aer(monkeypatch: pytest.MonkeyPatch) -> None:
    import qiskit_aer

    seen: list[dict[str, Any]] = []
    real = qiskit_aer.AerSimulator

    def watched(**options: Any) -> Any:
        seen.append(options)
        return real(**options)

    monkeypatch.setattr(qiskit_aer, "AerSimulator", watched)
    options = SimulatorOptions(precision="single", blocking_qubits=2, max_memory_mb=64)
    run(circuit(), shots=2, seed=1, simulator=options)
    wanted = {"precision": "single", "blocking_enable": True, "blocking_qubits": 2, "max_memory_mb": 64}
    assert wanted.items() <= seen[-1].items()
    assert SimulatorOptions(cu_state_vec=True).aer_options("GPU")["cuStateVec_enable"] is True
    assert "cuStateVec_enable" not in SimulatorOptions(cu_state_vec=True).aer_options("CPU")


def test_matrix_product_states_run_what_no_state_vector_holds() -> None:
    wide = QuantumCircuit(60, 1)
    wide.h(0)
    for qubit in range(59):
        wide.cx(qubit, qubit + 1)
    wide.measure(59, 0)
    with pytest.raises(ExecutionError, match="60 qubits"):
        run(wide, shots=5)
    result = run(wide, shots=200, seed=1, simulator=SimulatorOptions(method="matrix_product_state"))
    assert 60 < result.counts[0]["1"] < 140


def test_gates_of_matrix_product_states_are_those_aer_lists() -> None:
    from qiskit_aer import AerSimulator

    known = set(AerSimulator(method="matrix_product_state").configuration().basis_gates)
    assert known >= MPS_GATES


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "stabilizer"}, "allowed: statevector, matrix_product_state, tensor_network, automatic"),
        ({"precision": "half"}, "allowed: double, single"),
        ({"engine": "subspace"}, "allowed: auto, evolution, composed"),
        ({"blocking_qubits": 0}, "allowed: a positive integer"),
        ({"max_memory_mb": 1.5}, "allowed: a positive integer"),
        ({"method": "matrix_product_state", "cu_state_vec": True}, "belongs to state vectors"),
        ({"method": "tensor_network", "blocking_qubits": 4}, "belongs to state vectors"),
        ({"method": "matrix_product_state", "engine": "evolution"}, "carries a state vector"),
    ],
)
def test_wrong_combinations_are_explained(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ProblemError, match=message):
        SimulatorOptions(**options)


def test_what_needs_a_gpu_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    absent = devices.DeviceChoice("GPU", False, "this build of qiskit-aer has no GPU support", "install one")
    monkeypatch.setattr(devices, "_probe_gpu", lambda: absent)
    network, library = SimulatorOptions(method="tensor_network"), SimulatorOptions(cu_state_vec=True)
    with pytest.raises(ExecutionError, match=r"tensor_network.*GPUs only.*no GPU support.*use method='statevector'"):
        run(circuit(), simulator=network)
    for options in (network, library):
        with pytest.raises(ProblemError, match="GPUs only"):
            run(circuit(), simulator=options, device="cpu")
    with pytest.raises(ProblemError, match="runs on CPUs only"):
        run(circuit(), simulator=SimulatorOptions(method="matrix_product_state"), device="gpu")
    result = run(circuit(), shots=3, seed=1, simulator=library)
    assert result.device == "CPU (Aer statevector)"
    assert "no GPU support" in result.reason
    assert "cu_state_vec=True has no effect" in result.reason


def test_the_facade_has_it() -> None:
    assert qalgo.SimulatorOptions is SimulatorOptions
