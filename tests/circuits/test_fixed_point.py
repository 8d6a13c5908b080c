import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.quantum_info import Operator, Statevector

from circuits.errors import ProblemError
from circuits.fixed_point import (
    fixed_point_amplified,
    fixed_point_angles,
    fixed_point_length,
    fixed_point_success,
    polynomial_amplified,
)
from circuits.selective_phase import append_set_phase, append_set_x, disjoint_cubes
from qalgo.qsvt import phases
from tests.circuits.circuit_checks import cx_count


def _loader(seed, width=3):
    rng = np.random.default_rng(seed)
    circuit = QuantumCircuit(width)
    for qubit in range(width):
        circuit.ry(rng.uniform(0, math.pi), qubit)
        circuit.rz(rng.uniform(0, math.pi), qubit)
    for qubit in range(width - 1):
        circuit.cx(qubit, qubit + 1)
    return circuit


def _weight(circuit, states, width=3):
    amplitudes = Statevector(circuit).data[: 2**width]
    return float(np.sum(np.abs(amplitudes[states]) ** 2))


# 1409.3305: L of (lambda, delta), recomputed there and here from the published condition.
@pytest.mark.parametrize(
    ("fraction", "delta", "length"),
    [(0.1, 0.1, 11), (0.01, 0.01, 53), (0.01, 1e-3, 77), (1e-4, 1e-3, 761), (1e-6, 1e-3, 7601)],
)
def test_the_published_lengths(fraction, delta, length):
    assert fixed_point_length(fraction, delta**2) == length


@given(st.floats(1e-4, 0.9), st.floats(1e-6, 0.5))
def test_the_length_is_the_smallest_odd_one(fraction, failure):
    length = fixed_point_length(fraction, failure)
    for weight in np.linspace(fraction, 1, 30):
        assert fixed_point_success(weight, length, failure) >= 1 - failure - 1e-9
    if length > 1:
        assert fixed_point_success(fraction, length - 2, failure) < 1 - failure + 1e-9


@given(st.integers(0, 10**6), st.integers(0, 5), st.floats(0.01, 0.6), st.integers(0, 2))
@settings(max_examples=25)
def test_the_law_of_the_sequence(seed, half, failure, work):
    rng = np.random.default_rng(seed)
    good = sorted(rng.choice(8, size=rng.integers(1, 8), replace=False).tolist())
    loader = _loader(seed)
    length = 2 * half + 1
    circuit = fixed_point_amplified(loader, range(3), length, failure, good_states=good, work_qubits=work)
    expected = fixed_point_success(min(1.0, _weight(loader, good)), length, failure)
    # With work qubits returned to |0>, all weight is on the first eight amplitudes.
    assert abs(_weight(circuit, list(range(8))) - 1) < 1e-12
    assert abs(_weight(circuit, good) - expected) < 1e-11


def test_more_failure_means_grover():
    """For delta -> 1 the angles are those of Grover's iterate, pi: the sequence contains plain amplification."""
    alpha, beta = fixed_point_angles(7, 1 - 1e-12)
    assert np.allclose(np.abs(alpha), math.pi, atol=1e-4)
    assert np.allclose(np.abs(beta), math.pi, atol=1e-4)


@given(st.integers(0, 10**6), st.lists(st.floats(-1, 1), min_size=1, max_size=6), st.integers(0, 1))
@settings(max_examples=25)
def test_an_odd_polynomial_of_the_amplitude(seed, weights, work):
    rng = np.random.default_rng(seed)
    good = sorted(rng.choice(8, size=rng.integers(1, 8), replace=False).tolist())
    loader = _loader(seed)
    coefficients = np.zeros(2 * len(weights))
    coefficients[1::2] = weights
    norm = np.sum(np.abs(coefficients))
    coefficients = coefficients / (norm * 1.1) if norm > 1e-3 else np.array([0.0, 0.5])
    circuit = polynomial_amplified(loader, range(3), phases(coefficients), good_states=good, work_qubits=work)
    start = Statevector(loader).data
    good_part = np.zeros(8, dtype=complex)
    good_part[good] = start[good]
    amplitude = math.sqrt(np.sum(np.abs(good_part) ** 2))
    expected = np.polynomial.chebyshev.chebval(amplitude, coefficients) * good_part / amplitude
    final = Statevector(circuit).data[:8]
    # Registers: state, work, signal: index < 8 means work and signal in |0>. The phase is common to all entries.
    overlap = np.vdot(final[good], expected[good])
    aligned = final * (overlap / abs(overlap))
    assert np.max(np.abs(aligned[good] - expected[good])) < 1e-10


@pytest.mark.parametrize("states", [[4, 5, 6, 7], [0], [1, 3, 4], [0, 1, 2, 3, 4, 5, 6, 7], [2, 3, 6, 7, 0]])
def test_cubes_cover_each_state_once(states):
    cubes = disjoint_cubes(states, 3)
    covered = [state for value, mask in cubes for state in range(8) if state & mask == value]
    assert sorted(covered) == sorted(states)


def test_a_subcube_costs_one_phase():
    circuit = QuantumCircuit(3)
    append_set_phase(circuit, range(3), [4, 5, 6, 7], 0.3)
    assert dict(circuit.count_ops()) == {"p": 1}


@pytest.mark.parametrize("clean", [(), (4,), (4, 5)])
def test_selective_phases_and_flips(clean):
    states, angle = [1, 6, 9, 15, 14], 0.7
    width = 6
    circuit = QuantumCircuit(width)
    append_set_phase(circuit, range(4), states, angle, clean)
    kept = [index for index in range(2**width) if index >> 4 == 0]
    diagonal = np.where(np.isin(np.arange(16), states), np.exp(1j * angle), 1)
    assert np.max(np.abs(Operator(circuit).data[np.ix_(kept, kept)] - np.diag(diagonal))) < 1e-12
    flip = QuantumCircuit(7)
    append_set_x(flip, range(4), states, 6, clean)
    matrix = Operator(flip).data
    for state, target in itertools.product(range(16), (0, 1)):
        image = state + ((target ^ (state in states)) << 6)
        assert abs(abs(matrix[image, state + (target << 6)]) - 1) < 1e-12


def test_two_work_qubits_keep_wide_reflections_linear():
    costs = []
    for width in (4, 6, 8):
        loader = QuantumCircuit(width)
        loader.h(range(width))
        costs.append(cx_count(fixed_point_amplified(loader, range(width), 3, 0.1, work_qubits=2)))
    assert costs[2] - costs[1] <= costs[1] - costs[0] + 12


@pytest.mark.parametrize("length", [0, 2, -3, 4, 3.0, True])
def test_even_lengths_do_not_exist(length):
    with pytest.raises(ProblemError, match="odd integer"):
        fixed_point_amplified(_loader(1), range(3), length, 0.1)


@pytest.mark.parametrize("bad", [0, 1.5, -0.1, math.nan])
def test_fractions_are_checked(bad):
    with pytest.raises(ProblemError, match="between 0 and 1"):
        fixed_point_length(bad, 0.1)
    with pytest.raises(ProblemError, match="between 0 and 1"):
        fixed_point_length(0.1, bad)


def test_even_polynomials_are_refused():
    with pytest.raises(ProblemError, match="odd"):
        polynomial_amplified(_loader(1), range(3), phases([0.1, 0, 0.4]))
