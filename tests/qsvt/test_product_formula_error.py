import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.quantum_info import Operator, SparsePauliOp
from scipy.linalg import expm

from circuits.product_formula import FORMULAS, commuting_groups, product_formula, stages
from qalgo.errors import ConvergenceError, ProblemError
from qalgo.qsvt.pauli_algebra import commutator, pauli_sum
from qalgo.qsvt.product_formula_error import commutator_error, dense_error, fewest_steps, formula_error
from tests.circuits.test_product_formula import ising_chain


def _random_hamiltonian(seed, width=3, terms=5):
    rng = np.random.default_rng(seed)
    labels = ["".join(rng.choice(list("IXYZ"), width)) for _ in range(terms)]
    return SparsePauliOp(labels, rng.normal(size=terms)).simplify()


def _matrix(found, width):
    paulis = {}
    for x, z, coefficient in zip(found.x, found.z, found.coefficients, strict=True):
        label = "".join("IXZY"[(x >> q & 1) + 2 * (z >> q & 1)] for q in reversed(range(width)))
        paulis[label] = coefficient
    return SparsePauliOp(list(paulis), list(paulis.values())).to_matrix() if paulis else np.zeros((2**width, 2**width))


@given(st.integers(0, 10**6))
@settings(max_examples=30)
def test_commutators_equal_those_of_the_matrices(seed):
    left, right = _random_hamiltonian(seed), _random_hamiltonian(seed + 1)
    a, b = left.to_matrix(), right.to_matrix()
    found = commutator(pauli_sum(left), pauli_sum(right))
    assert np.max(np.abs(_matrix(found, 3) - (a @ b - b @ a))) < 1e-12


@given(st.integers(0, 10**6), st.sampled_from(["suzuki-2", "suzuki-4"]), st.floats(0.05, 1.5), st.integers(1, 6))
@settings(max_examples=40)
def test_the_commutator_bound_holds(seed, formula, time, steps):
    groups = commuting_groups(_random_hamiltonian(seed))
    found = stages(formula, len(groups))
    exact = dense_error(groups, found)(time, steps)
    assert commutator_error(groups, found, FORMULAS[formula])(time, steps) >= exact - 1e-13


@pytest.mark.parametrize("formula", FORMULAS)
def test_the_dense_error_is_that_of_the_circuit(formula):
    hamiltonian = ising_chain(3)
    groups = commuting_groups(hamiltonian)
    unitary = Operator(product_formula(groups, 0.9, 3, formula)).data
    expected = np.linalg.norm(unitary - expm(-0.9j * hamiltonian.to_matrix()), 2)
    assert abs(dense_error(groups, stages(formula, 2))(0.9, 3) - expected) < 1e-12


def test_the_leading_order_of_the_bound_is_sharp_to_a_small_factor():
    """For small steps only the first commutator counts: 1-norm against spectral norm is all that is lost."""
    groups = commuting_groups(ising_chain(4))
    found = stages("suzuki-2", 2)
    bound, exact = commutator_error(groups, found, 2)(1.0, 2000), dense_error(groups, found)(1.0, 2000)
    assert exact < bound < 5 * exact


# 4-site open Ising chain (J = 1, h = 0.7): steps found by an independent search over exact matrices.
@pytest.mark.parametrize(
    ("formula", "time", "epsilon", "steps"),
    [("suzuki-2", 1, 1e-3, 28), ("suzuki-4", 1, 1e-6, 16), ("suzuki-4", 10, 1e-3, 46), ("suzuki-2", 10, 1e-3, 714)],
)
def test_steps_of_the_ising_chain(formula, time, epsilon, steps):
    error, words = formula_error(commuting_groups(ising_chain(4)), stages(formula, 2), FORMULAS[formula])
    assert fewest_steps(error, FORMULAS[formula], time, epsilon) == steps
    assert "dense" in words


def test_sixth_order_halves_the_gates_of_fourth_order_suzuki_at_1e_6():
    groups = commuting_groups(ising_chain(4))
    steps = {
        name: fewest_steps(dense_error(groups, stages(name, 2)), FORMULAS[name], 1.0, 1e-6)
        for name in ("suzuki-4", "blanes-moan-6")
    }
    assert 60 * steps["blanes-moan-6"] <= 0.5 * 30 * steps["suzuki-4"]


def test_wide_registers_are_bounded_without_matrices():
    groups = commuting_groups(ising_chain(20))
    error, words = formula_error(groups, stages("suzuki-4", 2), 4)
    assert "commutators" in words
    assert error(1.0, fewest_steps(error, 4, 1.0, 1e-4)) <= 1e-4


def test_hopeless_requests_end_with_advice():
    groups = commuting_groups(ising_chain(3))
    with pytest.raises(ConvergenceError, match="gqsp"):
        fewest_steps(commutator_error(groups, stages("suzuki-2", 2), 2), 2, 1e4, 1e-12)
    with pytest.raises(ProblemError, match="at most 31"):
        pauli_sum(ising_chain(40))
