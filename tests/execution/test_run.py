"""run(): counts, seeds, errors, executors, the record."""

import concurrent.futures
import json

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit import Parameter
from qiskit_aer import AerSimulator
from scipy import stats

from qalgo.errors import ExecutionError, ProblemError
from qalgo.execution import run, sampler_for
from qalgo.run_results import Run


def coins(num_qubits: int = 2) -> QuantumCircuit:
    circuit = QuantumCircuit(num_qubits, num_qubits)
    circuit.h(range(num_qubits))
    circuit.measure(range(num_qubits), range(num_qubits))
    return circuit


def test_bit_strings_are_little_endian_with_registers_as_in_qiskit() -> None:
    low, high = ClassicalRegister(2, "low"), ClassicalRegister(1, "high")
    circuit = QuantumCircuit(QuantumRegister(3), low, high)
    circuit.x([0, 2])
    circuit.measure([0, 1, 2], [low[0], low[1], high[0]])
    expected = AerSimulator().run(circuit, shots=7).result().get_counts()
    assert run(circuit, shots=7, seed=1).counts == (expected,) == ({"1 01": 7},)


def test_counts_follow_the_exact_law() -> None:
    circuit = QuantumCircuit(1, 1)
    circuit.ry(2 * np.arcsin(np.sqrt(0.3)), 0)
    circuit.measure(0, 0)
    hits = run(circuit, shots=20_000, seed=2).counts[0]["1"]
    assert stats.binomtest(hits, 20_000, 0.3).pvalue > 1e-3


def test_same_seed_same_counts_and_no_two_circuits_share_random_numbers() -> None:
    circuits = [coins(6)] * 4
    first, again, other = (run(circuits, shots=300, seed=seed).counts for seed in (11, 11, 12))
    assert first == again
    assert first != other
    assert len({json.dumps(counts) for counts in first}) == 4


def test_shots_per_circuit_and_record_round_trip() -> None:
    result = run([coins(), coins()], shots=[5, 9], seed=3)
    assert result.shots == (5, 9)
    assert [sum(counts.values()) for counts in result.counts] == [5, 9]
    assert Run.from_dict(json.loads(json.dumps(result.to_dict()))) == result
    assert (result.seed, result.device, result.sampler) == (3, "CPU (Aer statevector)", "AerSimulator")
    assert "qiskit-aer" in dict(result.versions)
    assert "14 shots" in str(result)
    assert "seed         3" in str(result)
    with pytest.raises(ProblemError, match="not a run"):
        Run.from_dict({"schema": "qalgo.estimate", "version": 1})


def test_unseeded_runs_differ_and_record_their_seed() -> None:
    first, second = run(coins(8), shots=200), run(coins(8), shots=200)
    assert first.counts != second.counts
    assert run(coins(8), shots=200, seed=first.seed).counts == first.counts


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"circuits": []}, "circuits is empty"),
        ({"circuits": "qc"}, "holds a str"),
        ({"circuits": QuantumCircuit(1)}, "at least one register"),
        ({"shots": 0}, "positive integer"),
        ({"shots": [1, 2]}, "one for each circuit"),
        ({"shots": 2.5}, "positive integer"),
        ({"mitigation": "readout"}, "no noise"),
        ({"device": "tpu"}, "allowed: auto, cpu, gpu"),
        ({"seed": -1}, "non-negative"),
    ],
)
def test_bad_input_is_refused_with_what_is_allowed(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ProblemError, match=message):
        run(**{"circuits": coins(), **arguments})  # type: ignore[arg-type]


def test_unbound_parameters_are_refused_by_name() -> None:
    circuit = QuantumCircuit(1, 1)
    circuit.rx(Parameter("angle"), 0)
    circuit.measure(0, 0)
    with pytest.raises(ProblemError, match="angle"):
        run(circuit)


def test_an_operation_without_definition_is_a_clear_error() -> None:
    from qiskit.circuit import Gate

    circuit = QuantumCircuit(1, 1)
    circuit.append(Gate("mystery", 1, []), [0])
    circuit.measure(0, 0)
    with pytest.raises(ExecutionError, match="mystery") as caught:
        run(circuit)
    assert caught.value.__cause__ is not None


def test_too_wide_a_circuit_is_refused_before_anything_is_allocated() -> None:
    with pytest.raises(ExecutionError, match="60 qubits"):
        run(coins(60))


def test_idle_qubits_cost_no_memory() -> None:
    circuit = QuantumCircuit(60, 1)
    circuit.x(40)
    circuit.measure(40, 0)
    assert run(circuit, shots=3, seed=1).counts == ({"1": 3},)


@pytest.mark.parametrize("kind", [concurrent.futures.ThreadPoolExecutor, concurrent.futures.ProcessPoolExecutor])
def test_an_executor_gives_the_counts_of_a_serial_run(kind: type) -> None:
    circuits = [coins(3), coins(4), coins(3)]
    serial = run(circuits, shots=[50, 60, 70], seed=5)
    options = {}
    if kind is concurrent.futures.ProcessPoolExecutor:
        import multiprocessing

        options = {"mp_context": multiprocessing.get_context("spawn")}
    with kind(max_workers=2, **options) as executor:
        spread = run(circuits, shots=[50, 60, 70], seed=5, executor=executor)
    assert spread == serial


def test_a_shut_down_executor_is_a_clear_error() -> None:
    executor = concurrent.futures.ThreadPoolExecutor(1)
    executor.shutdown()
    with pytest.raises(ExecutionError, match="shutdown"):
        run([coins(), coins()], executor=executor)


def test_backend_makes_sampler_and_pass_manager() -> None:
    from qiskit.providers.fake_provider import GenericBackendV2

    backend = GenericBackendV2(3, coupling_map=[[0, 1], [1, 2]], seed=1)
    circuit = QuantumCircuit(3, 3)
    circuit.h(0)
    circuit.cx(0, 2)
    circuit.cx(0, 1)
    circuit.measure(range(3), range(3))
    result = run(circuit, backend=backend, shots=200, seed=4)
    assert result.reason == "backend given"
    assert result.counts == run(circuit, backend=backend, shots=200, seed=4).counts
    assert result.counts[0]["000"] + result.counts[0]["111"] > 180
    assert run(circuit, backend=AerSimulator(), shots=50, seed=4).shots == (50,)
    assert type(sampler_for(AerSimulator())).__name__ == "SamplerV2"
    with pytest.raises(ExecutionError, match="BackendV2"):
        sampler_for("ibm_fez")  # type: ignore[arg-type]
    with pytest.raises(ProblemError, match="both given"):
        run(circuit, backend=backend, sampler=sampler_for(AerSimulator()))


@pytest.mark.parametrize("angle", [float("inf"), float("nan")])
def test_angles_that_are_no_numbers_are_refused(angle: float) -> None:
    circuit = QuantumCircuit(1, 1)
    circuit.rx(angle, 0)
    circuit.measure(0, 0)
    with pytest.raises(ProblemError, match="allowed: finite numbers"):
        run(circuit)
