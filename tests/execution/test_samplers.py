"""The same call on five samplers, on one without metadata, and on samplers that fail."""

import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, generate_preset_pass_manager
from qiskit.circuit.library import Initialize, MCXGate, StatePreparation
from qiskit.exceptions import QiskitError
from qiskit.primitives import (
    BackendSamplerV2,
    BaseSamplerV2,
    PrimitiveResult,
    SamplerPubResult,
    StatevectorSampler,
)
from qiskit.primitives.primitive_job import PrimitiveJob
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel, depolarizing_error
from qiskit_aer.primitives import SamplerV2 as AerSampler
from scipy import stats

from qalgo.errors import ExecutionError, ProblemError
from qalgo.execution import run
from qalgo.execution.runner import CircuitRunner

WEIGHTS = np.array([0.1, 0.2, 0.3, 0.4])


def loader() -> QuantumCircuit:
    """Load, unload, load again (the inverse is what kills Aer), with an open-controlled X that does nothing twice."""
    load = StatePreparation(np.sqrt(WEIGHTS))
    circuit = QuantumCircuit(4, 2)
    for gate in (load, load.inverse(), load):
        circuit.append(gate, [0, 1])
    for _ in range(2):
        circuit.append(MCXGate(3, ctrl_state=2), [0, 1, 2, 3])
    circuit.measure([0, 1], [0, 1])
    return circuit


@pytest.fixture(scope="module")
def manila() -> Any:
    from qiskit_ibm_runtime.fake_provider import FakeManilaV2

    return FakeManilaV2()


class WithoutMetadata(BaseSamplerV2):
    """A sampler of another make: results carry no metadata at all; counts its submissions."""

    def __init__(self) -> None:
        self.submissions: list[int] = []

    def run(self, pubs: Iterable[Any], *, shots: int | None = None) -> Any:
        listed = list(pubs)
        self.submissions.append(len(listed))
        results = StatevectorSampler().run(listed, shots=shots).result()
        bare = PrimitiveResult([SamplerPubResult(result.data) for result in results])
        job = PrimitiveJob(lambda: bare)
        job._submit()
        return job


class Failing(BaseSamplerV2):
    def __init__(self, error: BaseException) -> None:
        self.error = error

    def run(self, pubs: Iterable[Any], *, shots: int | None = None) -> Any:
        raise self.error


def ideal_samplers() -> list[BaseSamplerV2]:
    return [
        StatevectorSampler(seed=3),
        BackendSamplerV2(backend=AerSimulator(), options={"seed_simulator": 3}),
        AerSampler(seed=3),
        AerSampler.from_backend(AerSimulator(method="statevector"), seed=3),
    ]


def chi_square_p(counts: Any, law: np.ndarray) -> float:
    observed = np.array([counts.get(format(value, "02b"), 0) for value in range(4)])
    return float(stats.chisquare(observed, law * observed.sum()).pvalue)


@pytest.mark.parametrize("sampler", ideal_samplers(), ids=lambda sampler: type(sampler).__name__)
def test_known_ideal_samplers_need_no_pass_manager(sampler: BaseSamplerV2) -> None:
    result = run([loader(), loader()], sampler=sampler, shots=4000, seed=8)
    assert all(chi_square_p(counts, WEIGHTS) > 1e-4 for counts in result.counts)
    assert result.counts[0] != result.counts[1]
    assert run([loader(), loader()], sampler=sampler, shots=4000, seed=8).counts == result.counts
    assert type(sampler).__name__ in result.sampler


@pytest.mark.parametrize("sampler", ideal_samplers(), ids=lambda sampler: type(sampler).__name__)
def test_rounds_have_fresh_random_numbers_under_one_seed(sampler: BaseSamplerV2) -> None:
    circuit = QuantumCircuit(1, 1)
    circuit.h(0)
    circuit.measure(0, 0)
    runner = CircuitRunner(num_qubits=1, seed=1, sampler=sampler)
    lowered = runner.lower(circuit)
    hits = [counts.get(1, 0) for index in range(60) for counts in runner.run([lowered] * 2, [8, 8], index)]
    table = np.bincount(hits, minlength=9)
    expected = len(hits) * stats.binom.pmf(np.arange(9), 8, 0.5)
    # Repeated numbers put all 120 rounds into one cell; independent ones follow the binomial law.
    middle = slice(2, 7)
    observed = [*table[middle], table[:2].sum() + table[7:].sum()]
    wanted = [*expected[middle], expected[:2].sum() + expected[7:].sum()]
    assert stats.chisquare(observed, wanted).pvalue > 1e-4
    assert abs(stats.pearsonr(hits[:-1], hits[1:]).statistic) < 0.35


def test_the_seed_of_a_known_sampler_is_used_when_none_is_given() -> None:
    first, second = (run(loader(), sampler=AerSampler(seed=5), shots=100) for _ in range(2))
    assert first == second
    assert first.seed == 5


@pytest.mark.filterwarnings("ignore:The SamplerV2 class is deprecated:DeprecationWarning")
def test_both_runtime_samplers_on_a_fake_backend(manila: Any) -> None:
    from qiskit_ibm_runtime import SamplerV2
    from qiskit_ibm_runtime.executor_sampler import Sampler

    pass_manager = generate_preset_pass_manager(1, backend=manila, seed_transpiler=1)
    circuit = QuantumCircuit(2, 2)
    circuit.append(StatePreparation(np.sqrt(WEIGHTS)), [0, 1])
    circuit.measure([0, 1], [0, 1])
    for kind in (SamplerV2, Sampler):
        sampler = kind(mode=manila)
        first, again = (
            run([circuit, circuit], sampler=sampler, pass_manager=pass_manager, shots=[300, 400], seed=2)
            for _ in range(2)
        )
        assert first.shots == (300, 400)
        assert first.counts == again.counts
        # Noise of this device moves no probability by more than a few per cent.
        assert abs(first.counts[1]["11"] / 400 - 0.4) < 0.15
        same = run([circuit, circuit], sampler=sampler, pass_manager=pass_manager, shots=300, seed=2)
        assert same.counts[0] != same.counts[1]
        with pytest.raises(ExecutionError, match="generate_preset_pass_manager"):
            run(circuit, sampler=sampler)
        untranslated = generate_preset_pass_manager(0, basis_gates=["u", "cx"])
        with pytest.raises(ExecutionError, match=r"did not run.*generate_preset_pass_manager") as caught:
            run(circuit, sampler=sampler, pass_manager=untranslated)
        assert isinstance(caught.value.__cause__, QiskitError)
    assert run(circuit, backend=manila, shots=20, seed=1).sampler == "AerSimulator (fake_manila)"


def test_a_sampler_without_metadata_gets_one_submission_and_a_warning_about_the_seed() -> None:
    sampler = WithoutMetadata()
    with pytest.warns(UserWarning, match="not a sampler that qalgo knows how to seed"):
        result = run([loader(), loader()], sampler=sampler, shots=[2000, 3000], seed=1)
    assert sampler.submissions == [2]
    assert result.shots == (2000, 3000)
    assert chi_square_p(result.counts[1], WEIGHTS) > 1e-4
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run(loader(), sampler=sampler, shots=5)


def test_a_subclass_of_a_known_sampler_is_used_as_given() -> None:
    class Counting(StatevectorSampler):
        calls = 0

        def run(self, pubs: Any, *, shots: int | None = None) -> Any:
            type(self).calls += 1
            return super().run(pubs, shots=shots)

    assert sum(run([loader()] * 3, sampler=Counting(), shots=9).shots) == 27
    assert Counting.calls == 1


def test_equal_shots_are_made_by_repeating_circuits_in_one_submission() -> None:
    from qalgo.execution.samplers import AsGiven

    sampler = WithoutMetadata()
    sampling = AsGiven(sampler, "device", "device", equal_shots=True)
    circuit = QuantumCircuit(1, 1)
    circuit.x(0)
    circuit.measure(0, 0)
    assert sampling.counts([circuit, circuit], [20, 30], None) == [{1: 20}, {1: 30}]
    assert sampler.submissions == [5]
    with pytest.raises(ExecutionError, match="greatest common divisor"):
        sampling.counts([circuit, circuit], [1009, 1013], None)


@pytest.mark.parametrize(
    "error", [RuntimeError("queue closed"), ValueError("bad pub"), KeyError("shots"), OSError("net")]
)
def test_what_a_sampler_raises_is_wrapped_with_its_cause(error: Exception) -> None:
    with pytest.raises(ExecutionError, match=f"Failing did not run the circuits: {type(error).__name__}") as caught:
        run(loader(), sampler=Failing(error))
    assert caught.value.__cause__ is error


def test_keyboard_interrupt_passes_through() -> None:
    with pytest.raises(KeyboardInterrupt):
        run(loader(), sampler=Failing(KeyboardInterrupt()))


def test_aer_errors_are_wrapped() -> None:
    sampler = AerSampler(options={"backend_options": {"method": "stabilizer"}})
    with pytest.raises(ExecutionError, match="did not run"):
        run(loader(), sampler=sampler, seed=1)


def test_samplers_that_are_none_and_devices_that_do_not_belong_here() -> None:
    with pytest.raises(ExecutionError, match="allowed: a BaseSamplerV2"):
        run(loader(), sampler="aer")  # type: ignore[arg-type]
    with pytest.raises(ProblemError, match="brings its own device"):
        run(loader(), sampler=AerSampler(), device="cpu")


def test_an_executor_is_refused_where_nothing_can_be_spread() -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as executor, pytest.raises(ExecutionError, match="leave executor out"):
        run([loader()] * 2, sampler=WithoutMetadata(), executor=executor)
    with ThreadPoolExecutor(2) as executor:
        spread = run([loader()] * 2, sampler=AerSampler(), seed=3, shots=50, executor=executor)
    assert spread == run([loader()] * 2, sampler=AerSampler(), seed=3, shots=50)


def test_noise_reaches_circuits_that_are_not_translated_by_the_user() -> None:
    noise = NoiseModel(basis_gates=["sx", "rz", "x", "cx"])
    noise.add_all_qubit_quantum_error(depolarizing_error(0.5, 1), ["sx", "x"])
    sampler = AerSampler(options={"backend_options": {"noise_model": noise}})
    circuit = QuantumCircuit(1, 1)
    circuit.ry(np.pi, 0)
    circuit.measure(0, 0)
    counts = run(circuit, sampler=sampler, shots=400, seed=1).counts[0]
    assert 40 < counts["0"] < 250


def test_aer_with_a_coupling_map_needs_a_pass_manager() -> None:
    from qiskit.providers.fake_provider import GenericBackendV2

    backend = AerSimulator.from_backend(GenericBackendV2(4, seed=1), noise_model=None)
    with pytest.raises(ExecutionError, match="generate_preset_pass_manager"):
        run(loader(), sampler=AerSampler.from_backend(backend))


def test_a_pass_manager_made_for_aer_is_made_safe() -> None:
    # Its output holds the multiplexer without parameters: running it as it is would kill this process.
    pass_manager = generate_preset_pass_manager(1, AerSimulator())
    assert "multiplexer" in pass_manager.run(loader()).count_ops()
    for sampler in (None, AerSampler(), StatevectorSampler()):
        counts = run(loader(), sampler=sampler, pass_manager=pass_manager, shots=4000, seed=2).counts[0]
        assert chi_square_p(counts, WEIGHTS) > 1e-4


def test_initialise_at_the_start_runs_on_a_state_vector_sampler() -> None:
    circuit = QuantumCircuit(2, 2)
    circuit.append(Initialize(np.sqrt(WEIGHTS)), [0, 1])
    circuit.measure([0, 1], [0, 1])
    counts = run(circuit, sampler=StatevectorSampler(), shots=4000, seed=1).counts[0]
    assert chi_square_p(counts, WEIGHTS) > 1e-4


class Odd(BaseSamplerV2):
    """Returns another number of shots than was asked for: devices round up to their own portions."""

    def __init__(self, factor: float) -> None:
        self.factor = factor

    def run(self, pubs: Iterable[Any], *, shots: int | None = None) -> Any:
        return StatevectorSampler().run([(pub[0], None, int(pub[2] * self.factor)) for pub in pubs])


def test_surplus_shots_are_left_out_and_missing_ones_are_an_error() -> None:
    assert run(loader(), sampler=Odd(1.5), shots=40).shots == (40,)
    with pytest.raises(ExecutionError, match=r"40 shots .* returned 20"):
        run(loader(), sampler=Odd(0.5), shots=40)


@pytest.mark.parametrize("sampler", [None, *ideal_samplers()], ids=lambda sampler: type(sampler).__name__)
def test_registers_keep_their_places(sampler: BaseSamplerV2 | None) -> None:
    low, high = ClassicalRegister(2, "low"), ClassicalRegister(3, "high")
    circuit = QuantumCircuit(QuantumRegister(5), low, high)
    circuit.x([0, 3])
    circuit.measure(range(5), [*low, *high])
    assert run(circuit, sampler=sampler, shots=3, seed=1).counts == ({"010 01": 3},)
