"""Which engine runs powers of Q, when, and that it says so."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from qiskit import QuantumCircuit, generate_preset_pass_manager
from qiskit.circuit.library import StatePreparation
from qiskit.primitives import StatevectorSampler
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel, depolarizing_error
from qiskit_aer.primitives import SamplerV2 as AerSampler
from scipy import stats

from qalgo.amplitude_estimation.driver import estimate_amplitude
from qalgo.amplitude_estimation.problem import EstimationProblem
from qalgo.amplitude_estimation.sources import CircuitSource
from qalgo.errors import ProblemError
from qalgo.execution import engines
from qalgo.execution.simulator_options import SimulatorOptions
from qalgo.results import Estimate
from qalgo.transcript import GroverShots, PhaseReadout, ReturnShots, Transcript

EVOLUTIONS = ("kernels", "aer evolution")
WIDEST = 16


def problem() -> EstimationProblem:
    circuit = QuantumCircuit(4)
    weights = np.array([1, 3, 5, 7, 6, 4, 2, 1], dtype=float)
    circuit.append(StatePreparation(np.sqrt(weights / weights.sum())), [0, 1, 2])
    for qubit in range(3):
        circuit.cry(0.35 * 2**qubit, qubit, 3)
    return EstimationProblem(state_preparation=circuit, objective_qubits=[3])


def engine_of(**options: Any) -> tuple[str, str]:
    """The engine of a source after one round, and its device."""
    source = CircuitSource(problem(), seed=1, **options)
    source.measure((GroverShots(1, 5),), 0)
    return source.engine, source.device


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Make one of the evolutions the choice for small circuits."""

    def chosen(name: str) -> None:
        monkeypatch.setattr(engines, "KERNEL_QUBITS", WIDEST if name == "kernels" else 0)

    return chosen


def test_the_default_is_an_evolution_and_says_so() -> None:
    assert engine_of() == (
        "evolution: Q applied power after power by numpy kernels (4 qubits)",
        "CPU (qalgo statevector)",
    )
    estimate = estimate_amplitude(problem(), 0.01, seed=1)
    assert (estimate.engine, estimate.device) == engine_of()
    assert not estimate.emulated
    assert f"engine       {estimate.engine}" in str(estimate)
    assert Estimate.from_dict(estimate.to_dict()).engine == estimate.engine
    older = {key: value for key, value in estimate.to_dict().items() if key not in ("engine", "device_reason")}
    assert Estimate.from_dict(older).engine == ""
    emulated = estimate_amplitude(problem(), 0.01, seed=1, mode="subspace")
    assert emulated.engine.startswith("subspace law")


def test_wide_or_single_precision_circuits_evolve_in_aer(monkeypatch: pytest.MonkeyPatch) -> None:
    single = engine_of(simulator=SimulatorOptions(precision="single"))
    assert single[0].startswith("evolution: all powers in one Aer run")
    assert single[1] == "CPU (Aer statevector, single precision)"
    monkeypatch.setattr(engines, "KERNEL_QUBITS", 3)
    assert engine_of() == (
        "evolution: all powers in one Aer run, saved at each (4 qubits)",
        "CPU (Aer statevector)",
    )


def noisy() -> AerSampler:
    noise = NoiseModel(basis_gates=["sx", "rz", "x", "cx"])
    noise.add_all_qubit_quantum_error(depolarizing_error(0.05, 2), ["cx"])
    return AerSampler(options={"backend_options": {"noise_model": noise}})


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (lambda: {"sampler": StatevectorSampler()}, "sampler given"),
        (lambda: {"sampler": AerSampler()}, "sampler given"),
        (lambda: {"sampler": noisy()}, "sampler given"),
        (lambda: {"pass_manager": generate_preset_pass_manager(1, AerSimulator())}, "pass manager given"),
        (lambda: {"simulator": SimulatorOptions(engine="composed")}, "asked for"),
        (lambda: {"simulator": SimulatorOptions(method="matrix_product_state")}, "method matrix_product_state"),
        (lambda: {"simulator": SimulatorOptions(method="automatic")}, "method automatic"),
        (lambda: {"simulator": SimulatorOptions(blocking_qubits=3)}, "state vector in chunks"),
    ],
)
def test_everything_else_runs_a_circuit_for_every_power(options: Callable[[], Any], reason: str) -> None:
    engine, device = engine_of(**options())
    assert engine == f"composed: a circuit for every power ({reason})"
    assert device != "CPU (qalgo statevector)"


def test_a_noisy_simulator_keeps_its_noise() -> None:
    request = (GroverShots(5, 2000),)
    source = CircuitSource(problem(), seed=1, sampler=noisy())
    a = problem().exact_amplitude()
    ideal = np.sin(11 * np.arcsin(np.sqrt(a))) ** 2
    assert stats.binomtest(int(source.measure(request, 0)[0]), 2000, ideal).pvalue < 1e-6  # type: ignore[arg-type]


def test_phase_readouts_stay_circuits_of_their_own() -> None:
    source = CircuitSource(problem(), seed=1)
    source.measure((PhaseReadout(3, "uniform", 5),), 0)
    assert source.engine == "composed: a circuit for every power (phase read-outs)"
    assert source.device == "CPU (Aer statevector)"


def test_shots_that_return_are_composed_and_both_ways_are_named() -> None:
    source = CircuitSource(problem(), seed=1)
    source.measure((ReturnShots(1, 5),), 0)
    composed = "composed: a circuit for every power (A inverted, all qubits measured)"
    assert (source.engine, source.device) == (composed, "CPU (Aer statevector)")
    for index in (1, 2):
        source.measure((GroverShots(1, 5),), index)
    assert source.engine == f"{composed}; {engine_of()[0]}"
    assert source.device == "CPU (qalgo statevector) and CPU (Aer statevector)"


def test_a_reset_inside_a_gate_keeps_the_circuits() -> None:
    hidden = QuantumCircuit(1)
    hidden.reset(0)
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.append(hidden.to_instruction(), [1])
    circuit.cx(0, 1)
    grover = QuantumCircuit(2)
    asked = EstimationProblem(circuit, [1], grover_operator=grover)
    source = CircuitSource(asked, seed=1)
    assert 20 < int(source.measure((GroverShots(1, 100),), 0)[0]) < 80  # type: ignore[arg-type]
    assert source.engine == "composed: a circuit for every power ('reset' is not a gate)"
    with pytest.raises(ProblemError, match=r"engine=\"evolution\" was asked for, but 'reset' is not a gate"):
        CircuitSource(asked, seed=1, simulator=SimulatorOptions(engine="evolution")).measure((GroverShots(0, 1),), 0)


def test_states_that_do_not_fit_are_composed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "fits", lambda *arguments, **options: False)
    assert engine_of()[0].endswith("(4 state vectors of 4 qubits do not fit into memory)")


@pytest.mark.parametrize("name", EVOLUTIONS)
def test_shots_follow_the_amplitudes_squared(use: Callable[[str], None], name: str) -> None:
    """Chi-square over 400 requests with seeds of their own, against the binomial law of the exact amplitude."""
    use(name)
    theta = np.arcsin(np.sqrt(problem().exact_amplitude()))
    source = CircuitSource(problem(), seed=17)
    for power in (0, 3, 11):
        hits = np.array(source.measure((GroverShots(power, 6),) * 400, power))
        expected = 400 * stats.binom.pmf(np.arange(7), 6, np.sin((2 * power + 1) * theta) ** 2)
        order = np.argsort(expected)
        # Rare outcomes are taken together, so that every class expects at least 8.
        kept = order[np.cumsum(expected[order]) >= 8]
        observed = np.bincount(hits, minlength=7)
        rest = [index for index in order if index not in kept]
        table = [*observed[kept], observed[rest].sum()], [*expected[kept], expected[rest].sum()]
        keep = [index for index, value in enumerate(table[1]) if value > 0]
        assert stats.chisquare([table[0][i] for i in keep], [table[1][i] for i in keep]).pvalue > 1e-3


@pytest.mark.parametrize("name", EVOLUTIONS)
def test_engine_and_composed_circuits_have_one_law(use: Callable[[str], None], name: str) -> None:
    use(name)
    composed = CircuitSource(problem(), seed=5, simulator=SimulatorOptions(engine="composed"))
    requests = tuple(GroverShots(power, 3000) for power in (0, 1, 2, 4, 8, 16))
    for ours, theirs in zip(
        CircuitSource(problem(), seed=4).measure(requests, 0), composed.measure(requests, 0), strict=True
    ):
        table = np.array([[ours, 3000 - ours], [theirs, 3000 - theirs]])  # type: ignore[operator]
        assert stats.chi2_contingency(table, correction=False).pvalue > 1e-3


@pytest.mark.parametrize("name", EVOLUTIONS)
def test_rounds_do_not_depend_on_order_cache_or_executor(use: Callable[[str], None], name: str) -> None:
    from concurrent.futures import ThreadPoolExecutor

    use(name)
    rounds = [(GroverShots(9, 40), GroverShots(2, 30)), (GroverShots(0, 50),), (GroverShots(25, 60),)]
    forward, backward = CircuitSource(problem(), seed=3), CircuitSource(problem(), seed=3)
    found = [forward.measure(requests, index) for index, requests in enumerate(rounds)]
    again = {index: backward.measure(rounds[index], index) for index in (2, 0, 1)}
    fresh = [CircuitSource(problem(), seed=3).measure(requests, index) for index, requests in enumerate(rounds)]
    assert found == [again[index] for index in range(3)] == fresh
    with ThreadPoolExecutor(2) as executor:
        spread = CircuitSource(problem(), seed=3, executor=executor)
        assert [spread.measure(requests, index) for index, requests in enumerate(rounds)] == found
    assert forward.measure(rounds[0], 1) != found[0]


@pytest.mark.parametrize("schedule", ["adaptive", "batched"])
def test_a_resumed_run_ends_like_one_that_was_never_interrupted(schedule: str) -> None:
    whole = estimate_amplitude(problem(), 0.005, seed=8, schedule=schedule)
    half = len(whole.transcript.rounds) // 2
    shown = whole.transcript.to_dict()
    part = Transcript.from_dict({**shown, "rounds": shown["rounds"][:half]})
    resumed = estimate_amplitude(problem(), 0.005, seed=8, schedule=schedule, transcript=part)
    assert resumed.transcript == whole.transcript
    assert resumed.engine == whole.engine


def test_both_evolutions_make_the_same_estimate(use: Callable[[str], None]) -> None:
    found = []
    for name in EVOLUTIONS:
        use(name)
        found.append(estimate_amplitude(problem(), 0.01, seed=12))
    assert found[0].transcript == found[1].transcript
    assert found[0].engine != found[1].engine


def test_arguments_that_contradict_each_other_are_refused() -> None:
    options = SimulatorOptions()
    with pytest.raises(ProblemError, match="simulator is given together with a sampler"):
        estimate_amplitude(problem(), 0.1, sampler=StatevectorSampler(), simulator=options)
    with pytest.raises(ProblemError, match="leave out simulator"):
        estimate_amplitude(problem(), 0.1, mode="subspace", simulator=options)
    manager = generate_preset_pass_manager(1, AerSimulator())
    with pytest.raises(ProblemError, match="but pass manager given"):
        estimate_amplitude(problem(), 0.1, pass_manager=manager, simulator=SimulatorOptions(engine="evolution"))


def test_prices_pass_the_simulator_on() -> None:
    import qalgo

    contract = qalgo.EuropeanCall(spot=2, strike=1.74, rate=0.05, volatility=0.4, maturity=40 / 365)
    options = SimulatorOptions(engine="composed")
    priced = qalgo.price(contract, 0.02, mode="circuit", seed=1, simulator=options)
    assert priced.estimate.engine == "composed: a circuit for every power (asked for)"  # type: ignore[union-attr]
    assert "CPU (qalgo statevector)" in str(qalgo.price(contract, 0.02, mode="circuit", seed=1))
