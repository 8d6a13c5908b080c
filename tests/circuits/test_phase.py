import math

import numpy as np
import pytest
from circuit_checks import cx_count, lowered, published_call, random_joint
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.quantum_info import Statevector

from circuits.errors import ProblemError
from circuits.phase import canonical_amplitude_estimation, phase_estimation
from circuits.states import joint_payoff_state

METHODS = ("reflected", "controlled")


def rotation(theta: float) -> QuantumCircuit:
    circuit = QuantumCircuit(1)
    circuit.ry(2 * theta, 0)
    return circuit


def law(theta: float, window: np.ndarray) -> np.ndarray:
    """P(y) for eigenphases +-2 theta with weight 1/2 each, summed out term by term."""
    size = len(window)
    steps = np.arange(size)
    total = np.zeros(size)
    for sign in (1, -1):
        for y in range(size):
            amplitude = np.sum(window * np.exp(1j * steps * (2 * sign * theta - 2 * math.pi * y / size)))
            total[y] += abs(amplitude) ** 2 / size / 2
    return total


def sine(size: int) -> np.ndarray:
    values = np.sin(np.pi * np.arange(1, size + 1) / (size + 1))
    return values / np.linalg.norm(values)


def readout(circuit: QuantumCircuit, num_evaluation: int) -> np.ndarray:
    assert circuit.qregs[0].name == "evaluation"
    return Statevector(circuit).probabilities(range(num_evaluation))


@settings(derandomize=True, max_examples=25, deadline=None)
@given(theta=st.floats(0, math.pi / 2), num_evaluation=st.integers(1, 4), method=st.sampled_from(METHODS))
def test_readout_law_with_uniform_and_sine_window(theta, num_evaluation, method):
    size = 2**num_evaluation
    for window in (None, sine(size)):
        circuit = canonical_amplitude_estimation(rotation(theta), [0], num_evaluation, window=window, method=method)
        expected = law(theta, np.ones(size) / math.sqrt(size) if window is None else window)
        np.testing.assert_allclose(readout(circuit, num_evaluation), expected, atol=1e-9)


def test_window_need_not_be_symmetric():
    window = np.random.default_rng(1).normal(size=8)
    window /= np.linalg.norm(window)
    for method in METHODS:
        circuit = canonical_amplitude_estimation(rotation(0.4), [0], 3, window=window, method=method)
        np.testing.assert_allclose(readout(circuit, 3), law(0.4, window), atol=1e-9)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("y", [0, 1, 3, 4])
def test_a_phase_on_the_grid_is_read_exactly(method, y):
    circuit = canonical_amplitude_estimation(rotation(math.pi * y / 8), [0], 3, method=method)
    found = readout(circuit, 3)
    assert found[y] + (found[8 - y] if 0 < y < 4 else 0) == pytest.approx(1)
    assert math.sin(math.pi * y / 8) ** 2 == pytest.approx(Statevector(rotation(math.pi * y / 8)).probabilities()[1])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("work_qubits", [0, 1])
def test_law_of_a_joint_state_with_several_good_states(method, work_qubits):
    preparation = joint_payoff_state(*random_joint(2, 5))
    good = [1, 2]
    probability = Statevector(preparation).probabilities([0, 2])[good].sum()
    circuit = canonical_amplitude_estimation(
        preparation, [0, 2], 3, good_states=good, work_qubits=work_qubits, method=method
    )
    expected = law(math.asin(math.sqrt(probability)), np.ones(8) / math.sqrt(8))
    np.testing.assert_allclose(readout(circuit, 3), expected, atol=1e-9)
    if work_qubits:
        assert Statevector(circuit).probabilities([circuit.num_qubits - 1])[0] == pytest.approx(1)


def test_reflected_method_uses_half_the_queries():
    """2^m + 1 uses of A or its inverse instead of 2^(m+1) - 1, counted by a marker gate inside A."""
    marked = QuantumCircuit(1)
    marked.sx(0)
    for num_evaluation in (1, 2, 3, 4):
        size = 2**num_evaluation
        for method, uses in (("reflected", size + 1), ("controlled", 2 * size - 1)):
            count = canonical_amplitude_estimation(marked, [0], num_evaluation, method=method).count_ops()
            assert count["sx"] + count["sxdg"] == uses


@pytest.mark.parametrize(
    ("num_evaluation", "target", "controlled", "reflected", "with_work"),
    [(3, 384, 230, 118, 110), (5, 1649, 988, 404, 372), (7, 6666, 3986, 1490, 1362)],
)
def test_targets_of_the_published_instance(num_evaluation, target, controlled, reflected, with_work):
    _, weights, payoff = published_call(3)
    preparation = joint_payoff_state(weights, payoff / payoff.max())

    def cost(**options):
        return cx_count(canonical_amplitude_estimation(preparation, [3], num_evaluation, **options))

    assert cost(method="controlled") <= controlled < target
    assert cost() <= reflected < controlled
    assert cost(work_qubits=1) <= with_work < reflected


@pytest.mark.parametrize("work_qubits", [0, 1])
def test_transpiled_circuit_has_the_law_too(work_qubits):
    preparation = joint_payoff_state(*random_joint(3, 8))
    theta = math.asin(math.sqrt(Statevector(preparation).probabilities([3])[1]))
    circuit = lowered(canonical_amplitude_estimation(preparation, [3], 3, work_qubits=work_qubits))
    where = circuit.layout.final_index_layout()[:3] if circuit.layout else range(3)
    expected = law(theta, np.ones(8) / math.sqrt(8))
    np.testing.assert_allclose(Statevector(circuit).probabilities(where), expected, atol=1e-8)


def phase_gate_power(phi: float):
    def power(index: int) -> QuantumCircuit:
        circuit = QuantumCircuit(2)
        circuit.cp(2 * math.pi * phi * 2**index, 0, 1)
        return circuit

    return power


@pytest.mark.parametrize("y", range(8))
def test_phase_estimation_reads_every_grid_phase_in_natural_order(y):
    excited = QuantumCircuit(1)
    excited.x(0)
    found = readout(phase_estimation(excited, phase_gate_power(y / 8), 3), 3)
    assert found[y] == pytest.approx(1)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: canonical_amplitude_estimation(rotation(0.1), [0], 0), "num_evaluation_qubits is 0"),
        (lambda: canonical_amplitude_estimation(rotation(0.1), [0], 40), "allowed: 1 to 16"),
        (lambda: canonical_amplitude_estimation(rotation(0.1), [0], 2, window=[0.6, 0.8]), "allowed: 4 real"),
        (lambda: canonical_amplitude_estimation(rotation(0.1), [0], 1, window=[0.6, 0.8j]), "real numbers"),
        (lambda: canonical_amplitude_estimation(rotation(0.1), [0], 1, window=[1.0, 1.0]), "norm"),
        (lambda: canonical_amplitude_estimation(rotation(0.1), [0], 1, method="fast"), "'fast'"),
        (lambda: canonical_amplitude_estimation(rotation(0.1), [1], 1), "0..0"),
        (lambda: phase_estimation(QuantumCircuit(2), phase_gate_power(0.1), 1), "at least the 2 qubits"),
    ],
)
def test_bad_input_is_named(build, message):
    with pytest.raises(ProblemError, match=message):
        build()
