"""apply_function end to end on Aer, against eigenvalues and singular values by numpy."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.polynomial.chebyshev import chebval
from qiskit import QuantumCircuit
from qiskit.primitives import StatevectorSampler

import circuits
import qalgo
from qalgo.errors import ConvergenceError, ProblemError
from qalgo.qsvt import Polynomial


def hermitian(rng, size):
    matrix = rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size))
    return matrix + matrix.conj().T


def exact(matrix, function, state):
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * function(values)) @ vectors.conj().T @ state


FUNCTIONS = {
    "exp": lambda x: np.exp(-0.3 * x),
    "phase": lambda x: np.exp(-1j * x),
    "cos": np.cos,
    "tanh": np.tanh,
    "cubic": lambda x: x**3 - x**2 + 1,
    "lorentz": lambda x: 1 / (x * x + 1),
    "constant": lambda x: 3.0,
    "turned": lambda x: (1 + 2j) * x,
}


@settings(max_examples=16, deadline=None)
@given(name=st.sampled_from(sorted(FUNCTIONS)), size=st.integers(2, 5), seed=st.integers(0, 2**32 - 1))
def test_functions_of_hermitian_matrices_within_the_stated_error(name, size, seed):
    rng = np.random.default_rng(seed)
    matrix, state = hermitian(rng, size), rng.normal(size=size) + 1j * rng.normal(size=size)
    function = FUNCTIONS[name]
    result = qalgo.apply_function(matrix, function, state, epsilon=1e-7)
    wanted = exact(matrix, lambda x: function(x) + 0 * x, state)
    assert np.linalg.norm(result.vector - wanted) <= result.error <= 1e-7 * np.linalg.norm(state)
    assert result.norm == pytest.approx(np.linalg.norm(wanted), abs=result.error)
    assert result.success_probability == pytest.approx(
        (np.linalg.norm(wanted) / (result.scale * np.linalg.norm(state))) ** 2, rel=1e-6, abs=1e-9
    )
    assert result.emulated
    assert result.queries == result.degree
    assert np.linalg.norm(result.state - wanted / np.linalg.norm(wanted)) <= result.state_error


def test_other_matrices_have_their_singular_values_transformed():
    rng = np.random.default_rng(4)
    matrix = rng.normal(size=(3, 4))
    left, singular, right = np.linalg.svd(matrix, full_matrices=False)
    state = rng.normal(size=4)
    odd = qalgo.apply_function(matrix, np.sin, state, epsilon=1e-8)
    assert odd.kind == "singular value transformation"
    assert np.linalg.norm(odd.vector - (left * np.sin(singular)) @ right @ state) <= odd.error
    # The even function also acts on the kernel, as its value at 0.
    kernel = state - right.T @ right @ state
    even = qalgo.apply_function(matrix, np.cos, state, epsilon=1e-8)
    assert np.linalg.norm(even.vector - ((right.T * np.cos(singular)) @ right @ state + kernel)) <= even.error
    with pytest.raises(ProblemError, match="not Hermitian"):
        qalgo.apply_function(matrix, np.exp, state)


def test_polynomials_and_pairs_act_on_the_matrix_over_alpha():
    rng = np.random.default_rng(6)
    matrix, state = hermitian(rng, 4), rng.normal(size=4)
    encoding = circuits.block_encode(matrix)
    series = np.array([0.1, 0.3, 0.0, -0.4])
    mixed = Polynomial(series, sup_bound=0.8, scale=2.0)
    result = qalgo.apply_function(encoding, mixed, state, epsilon=1e-8)
    wanted = exact(matrix / encoding.alpha, lambda x: 2.0 * chebval(x, series), state)
    assert np.linalg.norm(result.vector - wanted) <= result.error
    pair = qalgo.qsvt.complex_exponential(1.7, 1e-9)
    turned = qalgo.apply_function(encoding, pair, state, weights=(1, -1j), epsilon=1e-8)
    wanted = exact(matrix / encoding.alpha, lambda x: np.exp(-1.7j * x), state)
    assert np.linalg.norm(turned.vector - wanted) <= turned.error
    assert turned.controlled_queries == 1


def test_shots_and_a_prepared_state():
    rng = np.random.default_rng(8)
    matrix = hermitian(rng, 4)
    preparation = QuantumCircuit(2)
    preparation.h([0, 1])
    result = qalgo.apply_function(matrix, np.cos, preparation, epsilon=1e-6, readout="shots", shots=4000, seed=5)
    wanted = exact(matrix, np.cos, np.full(4, 0.5))
    success = (np.linalg.norm(wanted) / result.scale) ** 2
    assert result.vector is None
    assert not result.emulated
    assert abs(result.success_probability - success) < 5 * np.sqrt(success * (1 - success) / 4000)
    law = np.abs(wanted) ** 2 / np.linalg.norm(wanted) ** 2
    spread = np.sqrt(law * (1 - law) / (4000 * success))
    assert np.all(np.abs(result.probabilities - law) < 5 * spread + 1e-3)
    with pytest.raises(ProblemError, match="no state"):
        _ = result.state
    again = qalgo.apply_function(matrix, np.cos, preparation, epsilon=1e-6, readout="shots", shots=4000, seed=5)
    assert np.array_equal(again.probabilities, result.probabilities)
    assert json.loads(json.dumps(result.to_dict()))["shots"] == 4000
    assert "4,000 shots" in str(result)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"state": np.ones(3)}, "shape"),
        ({"state": np.zeros(4)}, "norm"),
        ({"state": np.array([1.0, np.nan, 0, 0])}, "norm"),
        ({"state": QuantumCircuit(3)}, "3 qubits"),
        ({"function": Polynomial(np.array([0.0, 1.5]), sup_bound=1.0)}, "exceeds 1"),
        ({"function": lambda x: 1 / x}, "finite"),
        ({"function": lambda x: 0 * x}, "zero"),
        ({"function": lambda x: np.exp((1 + 1j) * x)}, "real parts"),
        ({"function": 3}, "callable"),
        ({"epsilon": 0.0}, "epsilon"),
        ({"readout": "tomography"}, "readout"),
        ({"shots": 0}, "shots"),
        ({"confidence": 1.0}, "confidence"),
    ],
)
def test_bad_input_is_refused_in_words(change, words):
    given = {"matrix": np.diag([1.0, 2, 3, 4]), "function": np.cos, "state": np.ones(4), **change}
    with pytest.raises(ProblemError, match=words):
        qalgo.apply_function(**given)


def test_rough_functions_and_rounding_are_said():
    with pytest.raises(ConvergenceError, match="polynomial of degree"):
        qalgo.apply_function(np.eye(2), np.sign, np.ones(2), epsilon=1e-3)
    with pytest.raises(ConvergenceError, match="rounding"):
        qalgo.apply_function(np.eye(2), np.cos, np.ones(2), epsilon=1e-16)


def test_shots_on_a_sampler_of_the_users():
    matrix = np.array([[0.6, 0.3], [0.3, -0.2]])
    found = qalgo.apply_function(
        matrix,
        np.cos,
        [1.0, 0.0],
        epsilon=1e-4,
        readout="shots",
        shots=4000,
        sampler=StatevectorSampler(seed=3),
        seed=3,
    )
    values, vectors = np.linalg.eigh(matrix)
    exact = (vectors * np.cos(values)) @ vectors.T @ np.array([1.0, 0.0])
    shares = exact**2 / np.sum(exact**2)
    accepted = found.success_probability * 4000
    assert np.all(np.abs(found.probabilities - shares) <= 5 * np.sqrt(shares * (1 - shares) / accepted) + 1e-3)
