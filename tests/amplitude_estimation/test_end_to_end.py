"""From a problem to an estimate with executed circuits, on every sampler and with every method: the whole way."""

import math

import pytest
from qiskit import QuantumCircuit
from qiskit.primitives import BackendSamplerV2, StatevectorSampler
from qiskit.transpiler import generate_preset_pass_manager
from qiskit_aer import AerSimulator
from qiskit_aer.primitives import SamplerV2

import qalgo
from qalgo.amplitude_estimation.estimator import METHODS

A = 0.3


@pytest.fixture(scope="module")
def problem():
    circuit = QuantumCircuit(2)
    circuit.ry(2 * math.asin(math.sqrt(A)), 0)
    circuit.cx(0, 1)
    return qalgo.EstimationProblem(circuit, [1], post_processing=lambda a: 10 * a)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_runs_the_true_circuits(problem, method):
    estimate = qalgo.estimate_amplitude(problem, 0.02, method=method, mode="circuit", seed=5)
    assert not estimate.emulated
    assert "circuits executed" in str(estimate)
    assert estimate.converged
    assert estimate.amplitude_interval.half_width <= 0.02
    assert abs(estimate.value - 10 * A) <= 10 * 3 * 0.02
    replayed = qalgo.replay(estimate.transcript, problem.post_processing)
    assert (replayed.value, replayed.interval) == (estimate.value, estimate.interval)


@pytest.mark.parametrize(
    "sampler",
    [
        StatevectorSampler(seed=1),
        BackendSamplerV2(backend=AerSimulator(seed_simulator=1)),
        SamplerV2(seed=1),
    ],
    ids=lambda sampler: type(sampler).__name__,
)
@pytest.mark.parametrize("schedule", ["adaptive", "batched"])
def test_the_same_call_on_every_local_sampler(problem, sampler, schedule):
    estimate = qalgo.estimate_amplitude(problem, 0.02, sampler=sampler, seed=3, schedule=schedule)
    assert estimate.converged
    assert type(sampler).__name__ in estimate.device
    assert abs(estimate.amplitude - A) <= 3 * 0.02
    again = qalgo.estimate_amplitude(problem, 0.02, sampler=sampler, seed=3, schedule=schedule)
    assert again.transcript == estimate.transcript


def test_the_call_of_the_readme_on_a_fake_device(problem):
    from qiskit_ibm_runtime.executor_sampler import Sampler
    from qiskit_ibm_runtime.fake_provider import FakeManilaV2

    backend = FakeManilaV2()
    manager = generate_preset_pass_manager(3, backend=backend, seed_transpiler=1)
    estimate = qalgo.estimate_amplitude(
        problem, epsilon=0.1, sampler=Sampler(mode=backend), pass_manager=manager, seed=1, schedule="batched"
    )
    assert estimate.converged
    assert "fake_manila" in estimate.device
    # The device is noisy, so that only gross errors can be excluded.
    assert abs(estimate.amplitude - A) <= 0.3


def test_seeds_repeat_a_run_and_emulation_is_labelled(problem):
    first = qalgo.estimate_amplitude(problem, 0.01, mode="subspace", seed=9)
    second = qalgo.estimate_amplitude(problem, 0.01, mode="subspace", seed=9)
    other = qalgo.estimate_amplitude(problem, 0.01, mode="subspace", seed=10)
    assert first.transcript == second.transcript
    assert first.transcript.rounds != other.transcript.rounds
    assert first.emulated
    assert str(first).splitlines()[0].endswith("emulated, no circuit executed)")


def test_a_sampler_makes_no_sense_without_circuits(problem):
    with pytest.raises(qalgo.ProblemError, match="leave out sampler"):
        qalgo.estimate_amplitude(problem, 0.01, mode="subspace", sampler=StatevectorSampler())
    with pytest.raises(qalgo.ProblemError, match="allowed: circuit, subspace"):
        qalgo.estimate_amplitude(problem, 0.01, mode="magic")


def test_a_backend_makes_sampler_and_pass_manager_and_its_noise_shows():
    from qiskit_ibm_runtime.fake_provider import FakeManilaV2

    circuit = QuantumCircuit(1)
    circuit.ry(1.0, 0)
    problem = qalgo.EstimationProblem(circuit, [0])
    estimate, again = (qalgo.estimate_amplitude(problem, 0.03, backend=FakeManilaV2(), seed=3) for _ in range(2))
    assert estimate.device == "fake_manila, simulated on CPU (Aer)"
    assert estimate.amplitude == again.amplitude
    assert abs(estimate.amplitude - 0.2298) < 0.09
    assert not estimate.emulated
