"""Emulated and executed outcomes follow the same law; seeds; one state vector gives a."""

import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from qiskit import QuantumCircuit, generate_preset_pass_manager
from qiskit.circuit import Gate
from qiskit.circuit.library import IntegerComparatorGate, MCPhaseGate, MCXGate, RYGate, StatePreparation
from qiskit.primitives import BackendSamplerV2, BaseSamplerV2, StatevectorSampler
from qiskit.quantum_info import Statevector, random_unitary
from qiskit_aer import AerSimulator
from qiskit_aer.primitives import SamplerV2 as AerSampler
from scipy import stats

from qalgo.amplitude_estimation.emulation import SubspaceSource, exact_amplitude
from qalgo.amplitude_estimation.problem import EstimationProblem
from qalgo.amplitude_estimation.sources import CircuitSource
from qalgo.errors import ExecutionError, ProblemError
from qalgo.execution.state_vector import final_state
from qalgo.transcript import GroverShots, PhaseReadout


def loaded() -> QuantumCircuit:
    """Three qubits of a distribution and an objective rotated by them: the shape of an option's A."""
    circuit = QuantumCircuit(4)
    weights = np.array([1, 3, 5, 7, 6, 4, 2, 1], dtype=float)
    circuit.append(StatePreparation(np.sqrt(weights / weights.sum())), [0, 1, 2])
    for qubit in range(3):
        circuit.cry(0.35 * 2**qubit, qubit, 3)
    return circuit


def problem(**options: Any) -> EstimationProblem:
    return EstimationProblem(state_preparation=loaded(), objective_qubits=[3], **options)


def law(a: float, power: int) -> float:
    return float(np.sin((2 * power + 1) * np.arcsin(np.sqrt(a))) ** 2)


def random_circuit(seed: int) -> QuantumCircuit:
    random = np.random.default_rng(seed)
    circuit = QuantumCircuit(6, global_phase=0.3)
    for qubit in range(6):
        circuit.h(qubit)
    gates: list[Gate] = [
        StatePreparation(np.sqrt([0.1, 0.2, 0.3, 0.4])),
        StatePreparation(np.sqrt([0.4, 0.3, 0.2, 0.1])).inverse(),
        MCXGate(5, ctrl_state=int(random.integers(32))),
        MCXGate(3),
        MCPhaseGate(0.7, 4),
        IntegerComparatorGate(3, 5),
        RYGate(0.4).control(2, ctrl_state=1, annotated=True),
    ]
    for index in random.permutation(len(gates)):
        circuit.append(gates[index], [int(q) for q in random.permutation(6)[: gates[index].num_qubits]])
        circuit.barrier()
        circuit.ry(float(random.random()), int(random.integers(6)))
    circuit.unitary(random_unitary(4, seed=seed), [4, 1])
    circuit.append(circuit.copy().to_instruction(), [3, 5, 0, 2, 1, 4])
    return circuit


@pytest.mark.parametrize("seed", range(5))
def test_the_state_vector_is_that_of_qiskit(seed: int) -> None:
    circuit = random_circuit(seed)
    assert np.allclose(final_state(circuit), Statevector(circuit).data, atol=1e-10)


@pytest.mark.parametrize("objective", [[0], [5, 2], [1, 4, 0]])
def test_exact_amplitude_reads_the_objective_register_little_endian(objective: list[int]) -> None:
    circuit = random_circuit(3)
    asked = EstimationProblem(
        state_preparation=circuit,
        objective_qubits=objective,
        grover_operator=circuit,
        is_good_state=lambda bits: bits.startswith("0"),
    )
    table = Statevector(circuit).probabilities(objective)
    expected = sum(p for value, p in enumerate(table) if format(value, f"0{len(objective)}b").startswith("0"))
    assert exact_amplitude(asked) == pytest.approx(expected, abs=1e-12)


def test_wide_controlled_gates_need_no_wide_matrix() -> None:
    # The matrix of this gate alone would take 4 TiB.
    circuit = QuantumCircuit(19)
    circuit.h(range(18))
    circuit.append(MCXGate(18), range(19))
    asked = EstimationProblem(state_preparation=circuit, objective_qubits=[18], grover_operator=circuit)
    assert exact_amplitude(asked) == pytest.approx(2.0**-18, rel=1e-9)


def test_a_that_is_not_unitary_or_too_wide_is_refused() -> None:
    class Projector(Gate):
        def __init__(self) -> None:
            super().__init__("projector", 1, [])

        def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
            return np.diag([1.0, 0.0]).astype(dtype or complex)

    circuit = QuantumCircuit(1)
    circuit.append(Projector(), [0])
    with pytest.raises(ProblemError, match=r"projector.*not unitary"):
        exact_amplitude(EstimationProblem(circuit, [0], grover_operator=circuit))
    opaque = QuantumCircuit(1)
    opaque.append(Gate("opaque", 1, []), [0])
    with pytest.raises(ProblemError, match="neither a matrix nor a definition"):
        exact_amplitude(EstimationProblem(opaque, [0], grover_operator=opaque))
    wide = QuantumCircuit(70)
    with pytest.raises(ExecutionError, match="70 qubits"):
        exact_amplitude(EstimationProblem(wide, [0], grover_operator=wide))


@pytest.mark.parametrize("power", [0, 1, 2, 5, 13, 40])
def test_circuits_follow_the_law_that_the_emulation_draws_from(power: int) -> None:
    shots = 4000
    a = exact_amplitude(problem())
    request = (GroverShots(power, shots),)
    executed = CircuitSource(problem(), seed=21).measure(request, 0)[0]
    emulated = SubspaceSource(a, seed=21).measure(request, 0)[0]
    table = [[executed, shots - executed], [emulated, shots - emulated]]
    if min(sum(column) for column in zip(*table, strict=True)) > 0:
        assert stats.chi2_contingency(table, correction=False).pvalue > 1e-3
    assert stats.binomtest(executed, shots, law(a, power)).pvalue > 1e-3
    assert stats.binomtest(emulated, shots, law(a, power)).pvalue > 1e-3


@pytest.mark.parametrize("window", ["uniform", "sine", "slepian"])
def test_phase_readouts_follow_the_law_that_the_emulation_draws_from(window: str) -> None:
    a = exact_amplitude(problem())
    request = (PhaseReadout(4, window, 3000),)
    executed = CircuitSource(problem(), seed=4).measure(request, 0)[0]
    emulated = SubspaceSource(a, seed=4).measure(request, 0)[0]
    assert isinstance(executed, tuple)
    assert isinstance(emulated, tuple)
    table = np.array([np.bincount(executed, minlength=16), np.bincount(emulated, minlength=16)])
    table = table[:, table.sum(axis=0) >= 20]
    assert table.shape[1] >= 3
    assert stats.chi2_contingency(table).pvalue > 1e-3


def test_several_good_states_and_several_objective_qubits() -> None:
    asked = EstimationProblem(
        state_preparation=loaded(), objective_qubits=[2, 3], is_good_state=lambda bits: bits in ("01", "10")
    )
    a = exact_amplitude(asked)
    hits = CircuitSource(asked, seed=2).measure((GroverShots(0, 4000), GroverShots(2, 4000)), 0)
    for power, found in zip((0, 2), hits, strict=True):
        assert isinstance(found, int)
        assert stats.binomtest(found, 4000, law(a, power)).pvalue > 1e-3


def grover_with_work_qubits(spare: int) -> QuantumCircuit:
    from circuits.reflection import grover_operator

    return grover_operator(loaded(), [3], work_qubits=spare)


def test_q_may_be_wider_than_a() -> None:
    asked = problem(grover_operator=grover_with_work_qubits(2))
    a = exact_amplitude(asked)
    hits = CircuitSource(asked, seed=3).measure((GroverShots(3, 4000),), 0)[0]
    assert isinstance(hits, int)
    assert stats.binomtest(hits, 4000, law(a, 3)).pvalue > 1e-3


def joined_equals_whole(asked: EstimationProblem) -> bool:
    source = CircuitSource(asked, seed=1, sampler=StatevectorSampler())
    joined = Statevector(source.circuits.joined(1).remove_final_measurements(inplace=False))
    whole = Statevector(source.circuits.whole(1).remove_final_measurements(inplace=False))
    return bool(abs(abs(joined.inner(whole)) - 1) < 1e-9)


def test_wide_gates_in_the_middle_borrow_only_what_is_clean() -> None:
    # Qubits 6 to 9 hold data when the iterate begins (at angles where a stray X shows: |+> would hide it), though it
    # does not touch them before its comparator. Any unitary may stand in for Q here.
    prepare, iterate = QuantumCircuit(10), QuantumCircuit(12)
    prepare.h(range(5))
    for qubit in range(6, 10):
        prepare.ry(0.2 * qubit, qubit)
    iterate.append(IntegerComparatorGate(5, 11), range(6))
    iterate.barrier()
    iterate.h(range(10))
    assert joined_equals_whole(EstimationProblem(prepare, [5], grover_operator=iterate))


def test_circuits_whose_synthesis_with_borrowed_qubits_fails_are_run_without() -> None:
    from circuits.reflection import grover_operator

    circuit = QuantumCircuit(10)
    circuit.h(range(10))
    circuit.append(IntegerComparatorGate(5, 11), range(6))
    iterate = QuantumCircuit(14)
    iterate.compose(grover_operator(circuit, [9, 5]), range(10), inplace=True)
    assert joined_equals_whole(EstimationProblem(circuit, [9, 5], grover_operator=iterate))


class Counting(BaseSamplerV2):
    """Counts submissions and circuits; a sampler of another make."""

    def __init__(self) -> None:
        self.submissions: list[int] = []

    def run(self, pubs: Iterable[Any], *, shots: int | None = None) -> Any:
        listed = list(pubs)
        self.submissions.append(len(listed))
        return StatevectorSampler().run(listed, shots=shots)


def test_one_submission_per_round_and_each_power_translated_once() -> None:
    class CountingPassManager:
        def __init__(self) -> None:
            self.seen = 0

        def run(self, circuit: QuantumCircuit) -> QuantumCircuit:
            self.seen += 1
            return generate_preset_pass_manager(1, basis_gates=["u", "cx"]).run(circuit)

    sampler, manager = Counting(), CountingPassManager()
    with pytest.warns(UserWarning, match="knows how to seed"):
        source = CircuitSource(problem(), seed=1, sampler=sampler, pass_manager=manager)
    for index in range(3):
        source.measure((GroverShots(0, 10), GroverShots(2, 20)), index)
    assert sampler.submissions == [2, 2, 2]
    assert manager.seen == 2


def test_without_pass_manager_nothing_is_translated_per_power(monkeypatch: pytest.MonkeyPatch) -> None:
    from qalgo.execution import targets

    calls: list[str] = []
    original = targets._translate
    monkeypatch.setattr(targets, "_translate", lambda *given: calls.append("x") or original(*given))
    source = CircuitSource(problem(), seed=1)
    for power in range(1, 9):
        source.measure((GroverShots(power, 1),), power)
    assert len(calls) == 2


@pytest.mark.parametrize(
    "make",
    [
        lambda: None,
        lambda: StatevectorSampler(),
        lambda: AerSampler(),
        lambda: BackendSamplerV2(backend=AerSimulator()),
    ],
)
def test_every_simulator_gives_the_law_and_repeats_under_its_seed(make: Any) -> None:
    a = exact_amplitude(problem())
    requests = (GroverShots(2, 2000), GroverShots(2, 2000))
    first = CircuitSource(problem(), seed=6, sampler=make()).measure(requests, 0)
    again = CircuitSource(problem(), seed=6, sampler=make()).measure(requests, 0)
    later = CircuitSource(problem(), seed=6, sampler=make()).measure(requests, 1)
    assert first == again
    assert len({*first, *later}) > 1
    for hits in (*first, *later):
        assert isinstance(hits, int)
        assert stats.binomtest(hits, 2000, law(a, 2)).pvalue > 1e-4


@pytest.mark.parametrize("emulated", [True, False])
def test_rounds_are_independent_of_each_other_and_of_the_order_of_calls(emulated: bool) -> None:
    a = exact_amplitude(problem())

    def source() -> Any:
        return SubspaceSource(a, seed=9) if emulated else CircuitSource(problem(), seed=9)

    forward, backward = source(), source()
    request = (GroverShots(0, 8), GroverShots(0, 8))
    rounds = [forward.measure(request, index) for index in range(100)]
    assert [backward.measure(request, index) for index in reversed(range(100))] == rounds[::-1]
    hits = np.array(rounds)
    # Repeated random numbers would make columns equal or rounds alike.
    table = np.histogram2d(hits[:, 0], hits[:, 1], bins=[[0, 3, 4, 5, 9]] * 2)[0]
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    assert stats.chi2_contingency(table).pvalue > 1e-3
    spread = np.var(hits.ravel(), ddof=1) / (8 * a * (1 - a))
    assert 0.7 < spread < 1.35


def test_an_executor_changes_nothing() -> None:
    requests = tuple(GroverShots(power, 50) for power in range(4))
    serial = CircuitSource(problem(), seed=7).measure(requests, 2)
    with ThreadPoolExecutor(2) as executor:
        assert CircuitSource(problem(), seed=7, executor=executor).measure(requests, 2) == serial


def test_subspace_at_the_ends_and_outside() -> None:
    request = (GroverShots(1000, 50),)
    assert SubspaceSource(0.0, seed=1).measure(request, 0) == (0,)
    assert SubspaceSource(1.0, seed=1).measure(request, 0) == (50,)
    assert SubspaceSource(1.0, seed=1).device.startswith("emulated")
    with pytest.raises(ProblemError, match="between 0 and 1"):
        SubspaceSource(1.5, seed=1)
    with pytest.raises(ProblemError, match="between 0 and 1"):
        SubspaceSource(float("nan"), seed=1)


def test_a_fake_device_runs_and_refuses_circuits_not_made_for_it() -> None:
    from qiskit_ibm_runtime.executor_sampler import Sampler
    from qiskit_ibm_runtime.fake_provider import FakeManilaV2

    backend = FakeManilaV2()
    manager = generate_preset_pass_manager(1, backend=backend, seed_transpiler=1)
    source = CircuitSource(problem(), seed=1, sampler=Sampler(mode=backend), pass_manager=manager)
    hits = source.measure((GroverShots(0, 400),), 0)[0]
    assert isinstance(hits, int)
    assert abs(hits / 400 - exact_amplitude(problem())) < 0.2
    assert source.device == "Sampler (fake_manila)"
    with pytest.raises(ExecutionError, match="generate_preset_pass_manager"):
        CircuitSource(problem(), seed=1, sampler=Sampler(mode=backend))


def test_the_emulated_path_imports_neither_aer_nor_scipy() -> None:
    code = (
        "import sys; from qiskit import QuantumCircuit; before = set(sys.modules);"
        "from qalgo.amplitude_estimation.problem import EstimationProblem;"
        "from qalgo.amplitude_estimation.emulation import SubspaceSource, exact_amplitude;"
        "from qalgo.transcript import GroverShots;"
        "c = QuantumCircuit(2); c.ry(0.4, 0); c.cx(0, 1);"
        "a = exact_amplitude(EstimationProblem(c, [1]));"
        "SubspaceSource(a, seed=1).measure((GroverShots(3, 5),), 0);"
        "new = set(sys.modules) - before;"
        "sys.exit(any(n.split('.')[0] in ('qiskit_aer', 'scipy', 'matplotlib', 'qiskit_ibm_runtime') for n in new))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
