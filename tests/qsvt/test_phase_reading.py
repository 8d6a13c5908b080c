import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.quantum_info import Statevector, random_unitary

import qalgo
from qalgo.qsvt.phase_reading import bit_polynomial

phase_estimation = qalgo.qsvt.phase_estimation


def _phase_gate(turns):
    circuit = QuantumCircuit(1)
    circuit.p(2 * math.pi * turns, 0)
    return circuit


def _law(estimate):
    return Statevector(estimate.circuit).probabilities(list(range(estimate.bits)))


def _distance(value, turns):
    return abs((value - turns + 0.5) % 1 - 0.5)


@given(st.floats(0, 1, exclude_max=True), st.integers(1, 5), st.sampled_from([0.2, 0.02, 1e-3]))
@settings(max_examples=30, deadline=None)
def test_every_phase_is_read_within_the_half_width(turns, bits, failure):
    estimate = phase_estimation(_phase_gate(turns), [0, 1], bits=bits, failure_probability=failure, shots=1, seed=1)
    law = _law(estimate)
    near = [y for y in range(2**bits) if _distance(y / 2**bits, turns) <= estimate.half_width + 1e-12]
    assert law[near].sum() >= 1 - failure - 1e-9


def test_a_dyadic_phase_is_read_exactly():
    estimate = phase_estimation(_phase_gate(11 / 16), [0, 1], bits=4, failure_probability=1e-3, shots=200, seed=1)
    assert estimate.value == 11 / 16
    assert _law(estimate)[11] >= 0.999


def test_superpositions_keep_their_weights_and_matrices_their_eigenphases():
    unitary = random_unitary(4, seed=7).data
    values, vectors = np.linalg.eig(unitary)
    weights = np.array([0.1, 0.2, 0.3, 0.4])
    vectors = np.linalg.qr(vectors)[0]
    state = vectors @ np.sqrt(weights)
    turns = np.angle(np.diag(vectors.conj().T @ unitary @ vectors)) / (2 * math.pi)
    estimate = phase_estimation(unitary, state, bits=6, failure_probability=1e-3, shots=1, seed=1)
    law = _law(estimate)
    for weight, phase in zip(weights, turns, strict=True):
        around = [y for y in range(64) if _distance(y / 64, phase) <= estimate.half_width]
        others = [other for other in turns if other != phase]
        if all(_distance(other, phase) > 2 * estimate.half_width for other in others):
            assert abs(law[around].sum() - weight) < 2e-3
    assert len(values) == 4


def test_queries_are_counted_in_the_circuit():
    estimate = phase_estimation(_phase_gate(0.3), [0, 1], bits=3, shots=1, seed=1)
    controlled = sum(
        1 for item in estimate.circuit.data if item.operation.name.startswith("c") and len(item.qubits) == 2
    )
    corrections = estimate.degree * 3 * 2 // 2
    assert controlled - corrections == estimate.queries_per_shot == estimate.degree * 7


@pytest.mark.parametrize("failure", [0.3, 1e-2, 1e-4, 1e-6])
def test_the_polynomial_decides_bits_outside_the_gap(failure):
    polynomial = bit_polynomial(failure)
    near, far = np.linspace(0, math.pi / 6, 2001), np.linspace(math.pi / 3, math.pi / 2, 2001)
    assert polynomial.parity == "even"
    assert np.min(polynomial(np.cos(near)) ** 2) >= 1 - failure
    assert np.max(polynomial(np.cos(far)) ** 2) <= failure
    assert np.max(np.abs(polynomial(np.linspace(-1, 1, 4001)))) <= polynomial.sup_bound <= 1


def test_the_result_prints_and_saves():
    estimate = phase_estimation(_phase_gate(0.3), [0, 1], bits=3, shots=20, seed=1)
    assert json.loads(json.dumps(estimate.to_dict()))["bits"] == 3
    assert "turns" in str(estimate)
    assert sum(count for _, count in estimate.counts) == estimate.shots == 20


@pytest.mark.parametrize(
    ("unitary", "options", "message"),
    [
        (np.array([[1, 1], [0, 1]]), {}, "unitary"),
        (np.eye(3), {}, "shape"),
        ("U", {}, "QuantumCircuit"),
        (np.eye(2), {"bits": 0}, "bits"),
        (np.eye(2), {"bits": 15}, "bits"),
        (np.eye(2), {"shots": 0}, "shots"),
        (np.eye(2), {"failure_probability": 1.0}, "failure_probability"),
        (np.eye(2), {"state": [1, 0, 0, 0]}, "qubits"),
    ],
)
def test_wrong_input_is_explained(unitary, options, message):
    arguments = {"bits": 3, **options}
    with pytest.raises(qalgo.ProblemError, match=message):
        phase_estimation(unitary, **arguments)


@pytest.mark.parametrize("failure", [1e-4, 1e-5, 1e-6])
def test_rare_failures(failure):
    estimate = phase_estimation(_phase_gate(0.25), [0, 1], bits=2, failure_probability=failure, shots=1, seed=1)
    assert _law(estimate)[1] >= 1 - failure
