"""Fake devices cut to the active qubits: the counts, and the noise, of the full model."""

import concurrent.futures
import multiprocessing
import pickle
from typing import Any

import numpy as np
import pytest
from qiskit import QuantumCircuit, generate_preset_pass_manager
from qiskit.circuit import Parameter
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.quantum_info import SparsePauliOp
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel
from qiskit_ibm_runtime.fake_provider import FakeGuadalupeV2, FakeManilaV2

from qalgo.errors import ExecutionError, ProblemError
from qalgo.execution import restrict, run
from qalgo.execution.layouts import LayoutSearch
from qalgo.execution.restriction import RestrictedSimulation, is_simulated_device
from qalgo.seeds import Purpose, derived_seed


def ghz(width: int) -> QuantumCircuit:
    circuit = QuantumCircuit(width, width)
    circuit.h(0)
    for qubit in range(width - 1):
        circuit.cx(qubit, qubit + 1)
    circuit.measure(range(width), range(width))
    return circuit


def random_circuit(seed: int, width: int, deciding: bool) -> QuantumCircuit:
    """Gates, a barrier over all, a delay, a reset, a measured qubit that decides: all that moves random numbers."""
    random = np.random.default_rng(seed)
    circuit = QuantumCircuit(width, width)
    for _ in range(12):
        first, second = (int(qubit) for qubit in random.permutation(width)[:2])
        circuit.ry(float(random.uniform(0, 3)), first)
        circuit.cx(first, second)
    circuit.barrier()
    circuit.delay(4000, 0, unit="dt")
    if seed % 2:
        circuit.reset(1)
    circuit.measure(0, 0)
    if deciding and seed % 3 == 0:
        with circuit.if_test((circuit.clbits[0], 1)):
            circuit.x(1)
    circuit.measure(range(1, width), range(1, width))
    return circuit


def translated(circuit: QuantumCircuit, backend: Any, seed: int) -> QuantumCircuit:
    return LayoutSearch(backend, seed).run(circuit)


@pytest.mark.parametrize("kind", [FakeManilaV2, FakeGuadalupeV2])
def test_counts_are_those_of_the_full_model_bit_for_bit(kind: Any) -> None:
    backend = kind()
    full = AerSimulator.from_backend(backend)
    flow = "if_else" in backend.target.operation_names
    # Few shots are simulated as trajectories, many through the density matrix.
    cases = [(ghz(5), 4000), (ghz(5), 20), *((random_circuit(seed, 3, flow), 200) for seed in range(6))]
    for seed, (circuit, shots) in enumerate(cases):
        result = run(circuit, backend=backend, shots=shots, seed=seed)
        simulated = full.run(
            translated(circuit, backend, seed), shots=shots, seed_simulator=derived_seed(seed, Purpose.SAMPLING, 0, 0)
        ).result()
        assert result.counts[0] == simulated.get_counts()
    assert result.sampler == f"AerSimulator ({backend.name})"
    assert result.device == f"{backend.name}, simulated on CPU (Aer)"


def test_the_noise_is_that_of_the_full_model_on_the_same_qubits() -> None:
    backend = FakeGuadalupeV2()
    small = restrict(translated(ghz(4), backend, 1), backend)
    cut = small.backend.simulator.options.noise_model
    full = NoiseModel.from_backend(backend)
    assert len(small.qubits) == small.backend.num_qubits == 4
    compared = 0
    for name, errors in full._local_quantum_errors.items():
        for where, error in errors.items():
            if set(where) <= set(small.qubits):
                there = tuple(small.qubits.index(index) for index in where)
                assert cut._local_quantum_errors[name][there] == error
                compared += 1
    assert compared == sum(len(errors) for errors in cut._local_quantum_errors.values()) > 10
    for position, index in enumerate(small.qubits):
        assert cut._local_readout_errors[(position,)] == full._local_readout_errors[(index,)]


def test_an_observable_is_cut_with_the_circuit_and_ibm_s_estimator_runs_on_what_remains() -> None:
    from qiskit_ibm_runtime.executor_estimator import Estimator

    backend = FakeGuadalupeV2()
    circuit = ghz(3).remove_final_measurements(inplace=False)
    isa = generate_preset_pass_manager(3, backend=backend, seed_transpiler=1).run(circuit)
    small = restrict(isa, backend)
    operator = SparsePauliOp(["XXX", "ZIZ"], [1.0, 2.0]).apply_layout(isa.layout)
    cut = small.observable(operator)
    assert cut.num_qubits == 3
    exact = 1.0 + 2.0
    value = float(Estimator(mode=small.backend).run([(small.circuits[0], cut)]).result()[0].data.evs)
    assert 0.8 * exact < value < 1.05 * exact
    elsewhere = next(index for index in range(16) if index not in small.qubits)
    with pytest.raises(ProblemError, match="outside of the active qubits"):
        small.observable(SparsePauliOp.from_sparse_list([("Z", [elsewhere], 1.0)], 16))


def test_circuits_that_were_not_translated_are_refused() -> None:
    with pytest.raises(ExecutionError, match=r"'h' on qubits \[0\].*generate_preset_pass_manager"):
        restrict(ghz(2), FakeManilaV2())
    with pytest.raises(ExecutionError, match="has 6 qubits"):
        restrict(ghz(6), FakeManilaV2())
    with pytest.raises(ExecutionError, match="with a target"):
        restrict(ghz(2), "fake_fez")  # type: ignore[arg-type]


def test_what_is_simulated_from_its_target_and_what_is_left_as_it_is() -> None:
    class Mine(GenericBackendV2):
        def run(self, run_input: Any, **options: Any) -> Any:
            return super().run(run_input, **options)

    assert is_simulated_device(GenericBackendV2(2))
    assert not is_simulated_device(Mine(2))
    assert not is_simulated_device(AerSimulator())
    quiet = GenericBackendV2(3, noise_info=False)
    assert set(run(ghz(3), backend=quiet, shots=50, seed=1).counts[0]) == {"000", "111"}


def test_worker_processes_give_the_counts_of_a_serial_run() -> None:
    backend = FakeManilaV2()
    serial = run([ghz(2), ghz(3)], backend=backend, shots=100, seed=5)
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as executor:
        assert run([ghz(2), ghz(3)], backend=backend, shots=100, seed=5, executor=executor) == serial
    again = pickle.loads(pickle.dumps(RestrictedSimulation(backend.target, "fake_manila")))
    assert again.name == "AerSimulator (fake_manila)"
    assert again.target.num_qubits == 5


TURNS = 4000
SMALL_ANGLE = 7e-6


def many_small_turns() -> tuple[QuantumCircuit, Parameter]:
    """From the equator: P(1) = (1 + sin(4000 x 7e-6))/2 = .5140; .5 if each turn is rounded away."""
    angle = Parameter("angle")
    circuit = QuantumCircuit(1, 1)
    circuit.rx(np.pi / 2, 0)
    for _ in range(TURNS):
        circuit.barrier()
        circuit.rx(angle, 0)
    circuit.measure(0, 0)
    return circuit, angle


@pytest.mark.parametrize("route", ["backend", "sampler", "parameter"])
def test_angles_are_never_rounded(route: str) -> None:
    # IBM's local mode rounds values of circuit parameters to multiples of (pi/2) 1e-5; ours have none left when sent.
    from qiskit_ibm_runtime.executor_sampler import Sampler

    circuit, angle = many_small_turns()
    bound = circuit.assign_parameters({angle: SMALL_ANGLE})
    simulator = AerSimulator()
    keep = generate_preset_pass_manager(0, basis_gates=["rx"])
    shots = 100_000
    if route == "backend":
        counts = run(bound, backend=GenericBackendV2(2, noise_info=False), shots=shots, seed=1).counts[0]
    elif route == "sampler":
        counts = run(bound, sampler=Sampler(mode=simulator), pass_manager=keep, shots=shots, seed=1).counts[0]
    else:
        result = Sampler(mode=simulator).run([(circuit, [SMALL_ANGLE], shots)]).result()
        counts = result[0].data.c.get_counts()
    expected = 0.5 if route == "parameter" else 0.5 * (1 + np.sin(TURNS * SMALL_ANGLE))
    assert abs(counts["1"] / shots - expected) < 5 * 0.5 / np.sqrt(shots)


def test_a_reseeded_runtime_sampler_rounds_no_angle_that_twirling_makes_a_parameter_of() -> None:
    from qiskit_ibm_runtime.executor_sampler import Sampler

    from qalgo.execution import ibm

    given = Sampler(mode=AerSimulator())
    made = ibm.reseeded(given, 3)
    assert (given.options.simulator.angle_decimals, given.options.simulator.seed_simulator) == (5, None)
    assert (made.options.simulator.angle_decimals, made.options.simulator.seed_simulator) == (12, 3)
