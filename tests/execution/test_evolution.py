"""One evolution through all powers: the probabilities are those of separate circuits, in whatever order one asks."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.circuit.library import StatePreparation
from qiskit.quantum_info import Statevector
from qiskit_aer import AerSimulator

from circuits.reflection import grover_operator
from qalgo.errors import ExecutionError
from qalgo.execution import evolution
from qalgo.execution.evolution import AerEvolution, KernelEvolution, PowerLaw
from qalgo.execution.runner import CircuitRunner
from qalgo.execution.simulator_options import SimulatorOptions

OBJECTIVE, GOOD = (3, 1), (1, 2)


def preparation(num_qubits: int = 5) -> QuantumCircuit:
    random = np.random.default_rng(2)
    circuit = QuantumCircuit(num_qubits)
    circuit.append(StatePreparation(np.sqrt(random.dirichlet(np.ones(8)))), [0, 1, 2])
    for qubit in range(num_qubits - 1):
        circuit.cry(float(random.random()), qubit, qubit + 1)
    return circuit


def pieces(a: QuantumCircuit, runner: CircuitRunner) -> tuple[Any, ...]:
    q = grover_operator(a, OBJECTIVE, good_states=GOOD)
    frame = QuantumCircuit(q.num_qubits)

    def on_frame(circuit: QuantumCircuit, clean: range) -> list[Any]:
        lowered = runner.lower_piece(circuit, clean=clean)
        return [
            one.replace(qubits=[frame.qubits[lowered.find_bit(qubit).index] for qubit in one.qubits])
            for one in lowered.data
        ]

    wide = frame.compose(a, range(a.num_qubits))
    return on_frame(wide, range(frame.num_qubits)), on_frame(q, range(0)), frame, OBJECTIVE, GOOD


def law(kind: str, a: QuantumCircuit, **options: Any) -> PowerLaw:
    runner = CircuitRunner(num_qubits=a.num_qubits, seed=1, simulator=SimulatorOptions(**options))
    if kind == "kernels":
        return PowerLaw(KernelEvolution(*pieces(a, runner)))
    return PowerLaw(AerEvolution(*pieces(a, runner), runner=runner))


def separate(a: QuantumCircuit, power: int) -> float:
    """The probability from a circuit of its own, run by Aer with its own decomposition and fusion."""
    q = grover_operator(a, OBJECTIVE, good_states=GOOD)
    circuit = QuantumCircuit(q.num_qubits).compose(a, range(a.num_qubits))
    for _ in range(power):
        circuit = circuit.compose(q)
    runner = CircuitRunner(num_qubits=q.num_qubits, seed=1)
    lowered = runner.lower(circuit)
    lowered.save_probabilities(list(OBJECTIVE))
    found = AerSimulator(method="statevector").run(lowered, shots=1).result().data(0)["probabilities"]
    return float(sum(found[value] for value in GOOD))


@pytest.mark.parametrize("kind", ["kernels", "aer"])
def test_saved_probabilities_are_those_of_separate_circuits(kind: str) -> None:
    a = preparation()
    found = law(kind, a)
    for power in (0, 1, 2, 5, 16, 40):
        assert found.probability(power) == pytest.approx(separate(a, power), abs=1e-12)
    assert found.largest_power == 40


@pytest.mark.parametrize("kind", ["kernels", "aer"])
def test_the_law_is_that_of_the_rotation_by_two_theta(kind: str) -> None:
    a = preparation()
    table = Statevector(a).probabilities(list(OBJECTIVE))
    theta = np.arcsin(np.sqrt(sum(table[value] for value in GOOD)))
    found = law(kind, a)
    powers = range(120)
    expected = np.sin((2 * np.array(powers) + 1) * theta) ** 2
    assert np.allclose([found.probability(power) for power in powers], expected, atol=1e-11)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 150), min_size=1, max_size=8))
def test_no_order_of_questions_changes_a_bit(powers: list[int]) -> None:
    a = preparation(8)
    asked, straight = law("kernels", a), law("kernels", a)
    last = straight.probability(150)
    found = {power: asked.probability(power) for power in powers}
    assert found == {power: straight.probability(power) for power in powers}
    assert asked.probability(150) == last


def test_long_evolutions_by_aer_are_cut_without_changing_a_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    a = preparation()
    whole = law("aer", a)
    whole.probability(30)
    monkeypatch.setattr(evolution, "MAX_INSTRUCTIONS", 100)
    cut = law("aer", a)
    cut.probability(7)
    assert [cut.probability(power) for power in range(31)] == [whole.probability(power) for power in range(31)]


def test_known_powers_are_not_simulated_again() -> None:
    class Counting:
        calls: list[int] = []  # noqa: RUF012

        def advance(self, number: int) -> Iterator[list[float]]:
            self.calls.append(number)
            yield [0.5] * number

    counting = Counting()
    found = PowerLaw(counting)
    for power in (3, 3, 0, 10, 5):
        assert found.probability(power) == 0.5
    assert counting.calls == [4, 7]


def test_single_precision_is_good_to_its_rounding() -> None:
    a = preparation()
    single, double = law("aer", a, precision="single"), law("kernels", a)
    difference = [abs(single.probability(power) - double.probability(power)) for power in range(60)]
    assert 1e-9 < max(difference) < 1e-4


@pytest.mark.parametrize("kind", ["kernels", "aer"])
def test_a_matrix_that_is_not_unitary_is_refused(kind: str) -> None:
    from qiskit.circuit.library import UnitaryGate

    circuit = QuantumCircuit(5)
    circuit.append(UnitaryGate(np.diag([1.0, 1.1]), check_input=False), [0])
    circuit.h(0)
    runner = CircuitRunner(num_qubits=5, seed=1)
    frame = QuantumCircuit(5)
    gates = frame.compose(circuit).data
    if kind == "kernels":
        found = PowerLaw(KernelEvolution([], gates, frame, OBJECTIVE, GOOD))
    else:
        found = PowerLaw(AerEvolution([], gates, frame, OBJECTIVE, GOOD, runner=runner))
    with pytest.raises(ExecutionError, match="squared norm"):
        found.probability(3)


def test_aer_merges_no_gates_across_the_places_where_something_is_saved() -> None:
    # Aer's fusion begins above 14 qubits. The states are compared: a sum over threads may differ in the last bit.
    a = preparation(15)
    whole, cut = law("aer", a), law("aer", a)
    whole.probability(3)
    for power in range(4):
        cut.probability(power)
    first, second = (one._evolution._state for one in (whole, cut))  # type: ignore[attr-defined]
    assert np.array_equal(first, second)
    assert cut.probability(3) == pytest.approx(law("kernels", a).probability(3), abs=1e-12)


@pytest.mark.parametrize("kind", ["kernels", "aer"])
def test_an_interrupted_evolution_goes_on_where_it_was(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    a = preparation()
    straight, broken = law(kind, a), law(kind, a)
    straight.probability(90)
    monkeypatch.setattr(evolution, "MAX_INSTRUCTIONS", 1000)
    name = {"kernels": "_fill", "aer": "_circuit"}[kind]
    real = getattr(type(broken._evolution), name)
    calls = []

    def interrupted(self: Any, number: Any) -> Any:
        calls.append(number)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(self, number)

    monkeypatch.setattr(type(broken._evolution), name, interrupted)
    with pytest.raises(KeyboardInterrupt):
        broken.probability(90)
    assert 0 <= broken.largest_power < 90
    assert [broken.probability(k) for k in range(91)] == [straight.probability(k) for k in range(91)]
