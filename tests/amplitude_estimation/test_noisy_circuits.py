"""Executed circuits under Aer's noise: the depolarising law holds, the rate is found, return circuits are right."""

import math

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.primitives import StatevectorSampler
from qiskit.transpiler import generate_preset_pass_manager
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel, depolarizing_error
from qiskit_aer.primitives import SamplerV2

import qalgo
from qalgo.amplitude_estimation.sources import CircuitSource
from qalgo.transcript import GroverShots, ReturnShots

RATE = 0.02
SHOTS = 20_000


def one_qubit(a):
    """A = Ry(2 theta); Q = Ry(4 theta) in two rotations, so that there is one noisy gate per use of A."""
    theta = math.asin(math.sqrt(a))
    prepare, iterate = QuantumCircuit(1), QuantumCircuit(1)
    prepare.ry(2 * theta, 0)
    iterate.ry(2 * theta, 0)
    iterate.barrier()
    iterate.ry(2 * theta, 0)
    return qalgo.EstimationProblem(prepare, [0], grover_operator=iterate), theta


def noisy_sampler(model):
    return SamplerV2.from_backend(AerSimulator(noise_model=model))


@pytest.fixture(scope="module")
def sampler():
    model = NoiseModel(basis_gates=["ry"])
    model.add_all_qubit_quantum_error(depolarizing_error(RATE, 1), ["ry"])
    return noisy_sampler(model)


def test_the_law_holds_on_circuits_with_one_noisy_gate_per_use(sampler):
    problem, theta = one_qubit(0.3)
    powers = (0, 1, 4, 12, 30)
    requests = (*(GroverShots(k, SHOTS) for k in powers), *(ReturnShots(k, SHOTS) for k in powers))
    found = np.array(CircuitSource(problem, seed=5, sampler=sampler).measure(requests, 0)) / SHOTS
    noise = qalgo.Depolarising(rate=RATE).completed(1, 0.5)
    law = [noise.probability(2 * k + 1, theta) for k in powers] + [noise.return_probability(k, theta) for k in powers]
    # Five standard deviations of a proportion.
    assert np.abs(found - law).max() < 5 * 0.5 / math.sqrt(SHOTS)
    ideal = [math.sin((2 * k + 1) * theta) ** 2 for k in powers]
    assert np.abs(found[: len(powers)] - ideal).max() > 0.1


@pytest.mark.parametrize("a", [0.3, 0.5])
def test_rate_and_amplitude_are_found_from_executed_circuits(sampler, a):
    problem, _ = one_qubit(a)
    estimate = qalgo.estimate_amplitude(problem, 0.01, noise="depolarising", sampler=sampler, seed=2)
    assert estimate.converged
    assert not estimate.emulated
    assert abs(estimate.amplitude - a) <= 2 * 0.01
    assert RATE / 3 < estimate.noise.rate < 3 * RATE
    assert estimate.noise.rate_interval.low < RATE < estimate.noise.rate_interval.high
    assert estimate.transcript.settings["noise"]["returns"] == [0.5, 1.0]
    again = qalgo.replay(estimate.transcript)
    assert again.noise == estimate.noise


def test_the_law_holds_roughly_where_noise_sits_on_the_two_qubit_gates():
    """Gate noise is not depolarising per use: the law is a model, good to some hundredths here."""
    call = qalgo.EuropeanCall(spot=2.0, strike=1.896, rate=0.05, volatility=0.4, maturity=40 / 365)
    problem = call.encoded(2).problem()
    model = NoiseModel(basis_gates=["u", "cx"])
    model.add_all_qubit_quantum_error(depolarizing_error(0.01, 2), ["cx"])
    powers = (0, 1, 2, 4, 6, 9)
    source = CircuitSource(problem, seed=3, sampler=noisy_sampler(model))
    found = np.array(source.measure(tuple(GroverShots(k, SHOTS) for k in powers), 0)) / SHOTS
    theta = math.asin(math.sqrt(problem.exact_amplitude()))
    rates = np.linspace(0.0, 0.15, 301)
    laws = np.array(
        [[qalgo.Depolarising(rate=rate).probability(2 * k + 1, theta) for k in powers] for rate in rates.tolist()]
    )
    misfit = np.abs(laws - found).max(axis=1)
    best = rates[int(np.argmin(misfit))]
    # 12 CX per Q make about 6 x 0.01 per use of A, less what does not reach the objective qubit.
    assert 0.02 < best < 0.07
    assert misfit.min() < 0.04
    assert misfit[0] > 4 * misfit.min()


@pytest.mark.parametrize("encoding", ["exact", "linearised"])
def test_return_circuits_without_noise(encoding):
    call = qalgo.EuropeanCall(spot=2.0, strike=1.896, rate=0.05, volatility=0.4, maturity=40 / 365)
    problem = call.encoded(2, encoding=encoding).problem()
    theta = math.asin(math.sqrt(problem.exact_amplitude()))
    requests = tuple(ReturnShots(k, 4000) for k in (0, 1, 2, 3))
    ideal = np.array([math.cos(2 * k * theta) ** 2 for k in (0, 1, 2, 3)])
    manager = generate_preset_pass_manager(3, basis_gates=["rz", "sx", "x", "cx"], seed_transpiler=1)
    for options in ({}, {"sampler": StatevectorSampler(), "pass_manager": manager}):
        found = np.array(CircuitSource(problem, seed=1, **options).measure(requests, 0)) / 4000
        assert found[0] == 1.0
        assert np.abs(found - ideal).max() < 5 * 0.5 / math.sqrt(4000)


def test_the_transpiler_does_not_cancel_the_return():
    """A noisy device must run all of A^dagger Q^k A: at k = 0 two uses of A, not none."""
    prepare = QuantumCircuit(2)
    prepare.ry(1.2, 0)
    prepare.cx(0, 1)
    problem = qalgo.EstimationProblem(prepare, [1])
    model = NoiseModel(basis_gates=["rz", "sx", "x", "cx"])
    model.add_all_qubit_quantum_error(depolarizing_error(0.3, 2), ["cx"])
    manager = generate_preset_pass_manager(3, basis_gates=["rz", "sx", "x", "cx"], seed_transpiler=1)
    source = CircuitSource(problem, seed=1, sampler=noisy_sampler(model), pass_manager=manager)
    returned = source.measure((ReturnShots(0, SHOTS),), 0)[0] / SHOTS
    # Two noisy CX, each of which keeps the state with probability 0.7.
    assert returned == pytest.approx(0.7**2 + (1 - 0.7**2) / 4, abs=0.02)


def test_emulated_noise_is_for_emulation():
    problem, _ = one_qubit(0.3)
    noise = qalgo.Depolarising(rate=1e-2)
    estimate = qalgo.estimate_amplitude(
        problem, 0.01, mode="subspace", noise="depolarising", emulated_noise=noise, seed=4
    )
    assert estimate.emulated
    assert "emulated with depolarising noise at rate 0.01" in estimate.device
    assert abs(estimate.amplitude - 0.3) <= 2 * 0.01
    with pytest.raises(qalgo.ProblemError, match="emulated_noise is for"):
        qalgo.estimate_amplitude(problem, 0.01, emulated_noise=noise)
    with pytest.raises(qalgo.ProblemError, match="has no setting 'noise'"):
        qalgo.estimate_amplitude(problem, 0.01, mode="subspace", method="iterative", noise="depolarising")
