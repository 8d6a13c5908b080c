import math

import numpy as np
import pytest
from circuit_checks import cx_count, matrix, published_call
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.circuit.library import IntegerComparatorGate
from qiskit.quantum_info import Statevector

from circuits.arithmetic import comparator, comparator_work_qubits, piecewise_linear_rotation
from circuits.errors import ProblemError
from circuits.reflection import amplified, grover_operator
from circuits.states import load_distribution


@pytest.mark.parametrize("num_qubits", [1, 2, 3, 4])
def test_comparator_truth_table(num_qubits):
    """All thresholds, both values of the result qubit, work qubits 0 before and after, no phase."""
    top = 2**num_qubits
    for threshold in range(-1, top + 2):
        circuit = comparator(num_qubits, threshold)
        assert circuit.num_ancillas == comparator_work_qubits(num_qubits, threshold)
        columns = matrix(circuit)[:, : 2 * top]
        expected = np.zeros_like(columns)
        for value in range(top):
            for result in (0, 1):
                expected[value + top * (result ^ (value >= threshold)), value + top * result] = 1
        np.testing.assert_allclose(columns, expected, atol=1e-12)


@pytest.mark.parametrize(("num_qubits", "peer_with_idle_qubits"), [(4, 32), (5, 42), (6, 56), (7, 66), (8, 80)])
def test_comparator_never_explodes(num_qubits, peer_with_idle_qubits):
    for threshold in (1, 2 ** (num_qubits - 1) - 1, 2 ** (num_qubits - 1) + 1, 2**num_qubits - 1):
        circuit = comparator(num_qubits, threshold)
        assert circuit.num_ancillas <= num_qubits - 2
        assert cx_count(circuit) <= 6 * (num_qubits - 1) < peer_with_idle_qubits
    assert cx_count(comparator(num_qubits, 2 ** (num_qubits - 1))) == 1


def test_comparator_agrees_with_qiskit():
    for threshold in (1, 3, 6):
        peer = QuantumCircuit(4)
        peer.append(IntegerComparatorGate(3, threshold), range(4))
        np.testing.assert_allclose(matrix(comparator(3, threshold))[:16, :16], matrix(peer), atol=1e-10)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(num_qubits=st.integers(1, 4), data=st.data())
def test_piecewise_rotation_is_ry_of_the_stated_angle(num_qubits, data):
    top = 2**num_qubits
    inner = data.draw(st.lists(st.integers(1, top - 1), max_size=min(3, top - 1), unique=True))
    breakpoints = [0, *sorted(inner)]
    angle = st.floats(-4, 4)
    slopes = [data.draw(st.one_of(st.just(0.0), st.just(0.7), angle)) for _ in breakpoints]
    offsets = [data.draw(angle) for _ in breakpoints]
    columns = matrix(piecewise_linear_rotation(num_qubits, breakpoints, slopes, offsets))[:, : 2 * top]
    np.testing.assert_allclose(columns[2 * top :], 0, atol=1e-10)  # work qubits come back to 0
    for value in range(top):
        piece = max(index for index, start in enumerate(breakpoints) if start <= value)
        half = (offsets[piece] + slopes[piece] * (value - breakpoints[piece])) / 2
        block = columns[np.ix_([value, value + top], [value, value + top])]
        rotation = [[math.cos(half), -math.sin(half)], [math.sin(half), math.cos(half)]]
        np.testing.assert_allclose(block, rotation, atol=1e-10)


def linearised_call(num_qubits: int) -> tuple[QuantumCircuit, float, list[int]]:
    """Loader and payoff of 1905.02666 with c = 0.25: angle 2 (pi/4 + pi c/4 f~)."""
    prices, weights, payoff = published_call(num_qubits)
    scale = math.pi * 0.25 / 4
    first = int(np.flatnonzero(payoff > 0)[0])
    slope = 4 * scale * (prices[1] - prices[0]) / payoff.max()
    offsets = [2 * (math.pi / 4 - scale), 2 * (math.pi / 4 - scale) + 4 * scale * payoff[first] / payoff.max()]
    rotation = piecewise_linear_rotation(num_qubits, [0, first], [0.0, slope], offsets)
    circuit = rotation.copy_empty_like()
    circuit.compose(load_distribution(weights), range(num_qubits), inplace=True)
    circuit.compose(rotation, inplace=True)
    angles = math.pi / 4 + scale * (2 * payoff / payoff.max() - 1)
    return circuit, float(weights @ np.sin(angles) ** 2), list(range(num_qubits + 1, circuit.num_qubits))


@pytest.mark.parametrize(
    ("num_qubits", "peer_a", "peer_q", "most_a", "most_q"),
    [(3, 92, 306, 25, 62), (4, 139, 504, 37, 92), (5, 190, 742, 50, 124)],
)
def test_linearised_call_against_qiskit_finance(num_qubits, peer_a, peer_q, most_a, most_q):
    circuit, exact, work = linearised_call(num_qubits)
    assert Statevector(circuit).probabilities([num_qubits])[1] == pytest.approx(exact, abs=1e-12)
    assert cx_count(circuit) <= most_a < peer_a
    assert cx_count(grover_operator(circuit, [num_qubits], clean_qubits=work)) <= most_q < peer_q


@pytest.mark.parametrize("power", [0, 1, 3])
def test_amplification_with_the_carries_left_out_of_the_reflection(power):
    circuit, exact, work = linearised_call(3)
    grover = grover_operator(circuit, [3], clean_qubits=work)
    state = Statevector(amplified(circuit, grover, power))
    expected = math.sin((2 * power + 1) * math.asin(math.sqrt(exact))) ** 2
    assert state.probabilities([3])[1] == pytest.approx(expected, abs=1e-10)
    assert state.probabilities(work)[0] == pytest.approx(1)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: comparator(0, 1), "num_qubits is 0"),
        (lambda: comparator(3, 2.5), "threshold is 2.5"),
        (lambda: comparator(100, 1), "at most 60"),
        (lambda: piecewise_linear_rotation(2, [0, 1], [0.0], [0.0]), "one of each"),
        (lambda: piecewise_linear_rotation(2, [1], [0.0], [0.0]), "0 first"),
        (lambda: piecewise_linear_rotation(2, [0, 4], [0.0, 1.0], [0.0, 1.0]), "below 2"),
        (lambda: piecewise_linear_rotation(2, [0, 2, 2], [0.0, 1.0, 1.0], [0.0, 1.0, 1.0]), "rising"),
        (lambda: piecewise_linear_rotation(2, [0, 1.5], [0.0, 1.0], [0.0, 1.0]), "integers"),
        (lambda: piecewise_linear_rotation(2, [0], [math.inf], [0.0]), "finite"),
    ],
)
def test_bad_input_is_named(build, message):
    with pytest.raises(ProblemError, match=message):
        build()
