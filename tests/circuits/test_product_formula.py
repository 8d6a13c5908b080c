import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.quantum_info import Operator, SparsePauliOp
from scipy.linalg import expm

from circuits.errors import ProblemError
from circuits.product_formula import FORMULAS, commuting_groups, formula_order, product_formula, stages
from tests.circuits.circuit_checks import cx_count


def ising_chain(width, coupling=1.0, field=0.7):
    terms = [("ZZ", [i, i + 1], -coupling) for i in range(width - 1)] + [("X", [i], -field) for i in range(width)]
    return SparsePauliOp.from_sparse_list(terms, width)


def _error(hamiltonian, time, steps, formula):
    unitary = Operator(product_formula(commuting_groups(hamiltonian), time, steps, formula)).data
    return np.linalg.norm(unitary - expm(-1j * time * hamiltonian.to_matrix()), 2)


@pytest.mark.parametrize("formula", FORMULAS)
def test_the_error_falls_with_the_stated_order(formula):
    hamiltonian = ising_chain(3)
    coarse, fine = _error(hamiltonian, 0.8, 2, formula), _error(hamiltonian, 0.8, 4, formula)
    assert abs(math.log2(coarse / fine) - formula_order(formula)) < 0.35


@pytest.mark.parametrize("formula", FORMULAS)
def test_stages_are_consistent_and_symmetric(formula):
    found = stages(formula, 2)
    for group in (0, 1):
        assert abs(sum(weight for name, weight in found if name == group) - 1) < 1e-12
    assert np.allclose([weight for _, weight in found], [weight for _, weight in found[::-1]])
    assert [name for name, _ in found] == [name for name, _ in found[::-1]]
    assert all(a[0] != b[0] for a, b in itertools.pairwise(found))


@pytest.mark.parametrize(("formula", "per_step"), [("suzuki-2", 6), ("suzuki-4", 30), ("blanes-moan-6", 60)])
def test_cx_of_a_step_of_the_ising_chain(formula, per_step):
    groups = commuting_groups(ising_chain(4))
    one, two = (cx_count(product_formula(groups, 1.0, steps, formula)) for steps in (1, 2))
    assert (one, two - one) == (per_step, per_step)


@given(st.integers(0, 10**6), st.sampled_from(["suzuki-2", "suzuki-4", "kahan-li-6"]))
@settings(max_examples=15)
def test_any_hamiltonian_converges_to_its_exponential(seed, formula):
    rng = np.random.default_rng(seed)
    labels = ["".join(rng.choice(list("IXYZ"), 3)) for _ in range(5)]
    hamiltonian = SparsePauliOp(labels, rng.normal(size=5)).simplify()
    assert _error(hamiltonian, 0.3, 24, formula) < (1e-2 if formula == "suzuki-2" else 1e-4)


def test_commuting_terms_are_exact_in_one_step_phase_included():
    hamiltonian = SparsePauliOp.from_list([("ZZ", 0.4), ("XX", -0.9), ("II", 0.7)])
    assert _error(hamiltonian, 1.3, 1, "suzuki-2") < 1e-12


def test_wrong_requests_are_explained():
    groups = commuting_groups(ising_chain(3))
    with pytest.raises(ProblemError, match="'suzuki-4'"):
        product_formula(groups, 1.0, 1, "euler")
    with pytest.raises(ProblemError, match="steps"):
        product_formula(groups, 1.0, 0)
    with pytest.raises(ProblemError, match="do not commute"):
        product_formula([ising_chain(3)], 1.0, 1)
    with pytest.raises(ProblemError, match="two groups"):
        stages("blanes-moan-4", 3)
    with pytest.raises(ProblemError, match="qubits"):
        product_formula([*groups, ising_chain(4)], 1.0, 1)
