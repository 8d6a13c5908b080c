import numpy as np
import pytest
from circuit_checks import cx_count, matrix
from encoding_checks import check_encoding, check_flag
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit, transpile
from qiskit.quantum_info import Pauli, SparsePauliOp, random_pauli_list

from circuits.domain_wall_encoding import domain_wall, wall_plan
from circuits.errors import ProblemError
from circuits.pauli_sum_encoding import pauli_sum, plan
from circuits.pauli_terms import PauliString, append_doubly_controlled_pauli, pauli_terms
from circuits.unary_iteration import append_iteration, append_tree_weights, depth, iteration_work, weighted_tree


def ising(num_qubits: int) -> SparsePauliOp:
    """Open chain, J = 1, h = 0.7: 2 n - 1 terms."""
    bonds = [("ZZ", [q, q + 1], 1.0) for q in range(num_qubits - 1)]
    return SparsePauliOp.from_sparse_list([*bonds, *(("X", [q], 0.7) for q in range(num_qubits))], num_qubits)


def random_operator(num_qubits: int, terms: int, seed: int, *, is_complex: bool) -> SparsePauliOp:
    rng = np.random.default_rng(seed)
    strings = random_pauli_list(num_qubits, terms, seed=seed, phase=False)
    values = rng.normal(size=terms) + (1j * rng.normal(size=terms) if is_complex else 0)
    return SparsePauliOp(strings, values)


@given(st.integers(1, 12), st.booleans(), st.integers(0, 10**6))
@settings(max_examples=15, deadline=None)
def test_unary_iteration_encodes_any_sum(terms, is_complex, seed):
    operator = random_operator(2, terms, seed, is_complex=is_complex)
    encoding = pauli_sum(operator)
    check_encoding(encoding, operator, transpiled=terms < 5)
    assert encoding.alpha == pytest.approx(np.abs(operator.simplify(atol=0, rtol=0).coeffs).sum())
    assert encoding.self_inverse == encoding.hermitian


@given(st.integers(1, 7), st.booleans(), st.integers(0, 10**6))
@settings(max_examples=15, deadline=None)
def test_domain_walls_encode_any_sum(terms, is_complex, seed):
    operator = random_operator(2, terms, seed, is_complex=is_complex)
    check_encoding(domain_wall(pauli_terms(operator)[0]), operator, transpiled=False, control=terms < 6)


def test_ising_chain_of_four():
    encoding = pauli_sum(ising(4))
    assert encoding.alpha == pytest.approx(5.8)
    assert cx_count(encoding.circuit) <= 41
    check_encoding(encoding, ising(4), control=False)
    # The control costs one more AND and two pairs of flags that were shared.
    assert cx_count(encoding.controlled_circuit()) <= 51


def test_ising_chain_of_four_with_domain_walls():
    encoding = domain_wall(pauli_terms(ising(4))[0])
    assert (encoding.alpha, encoding.ancillas, encoding.clean_work) == (pytest.approx(5.8), 1, False)
    assert cx_count(encoding.circuit) <= 32
    check_flag(encoding)
    assert np.allclose(encoding.matrix(), ising(4).to_matrix(), rtol=0, atol=1e-12)


def test_cost_is_linear_in_the_terms():
    sizes = range(4, 13)
    walls = [cx_count(domain_wall(pauli_terms(ising(n))[0]).circuit) for n in sizes]
    assert walls == [12 * n - 16 for n in sizes]
    unary = [cx_count(pauli_sum(ising(n)).circuit) for n in sizes]
    # 41 CX for 7 terms, 167 for 23: between 5.8 and 7.4 for each term.
    assert all(cost <= 7.5 * (2 * n - 1) for n, cost in zip(sizes, unary, strict=True))
    assert unary[0] == 41
    assert unary[-1] <= 167


@pytest.mark.parametrize("num_qubits", [3, 5])
def test_predicted_cost_is_an_upper_bound_and_close(num_qubits):
    terms, _ = pauli_terms(ising(num_qubits))
    for planned in (plan(terms), wall_plan(terms)):
        real = cx_count(planned.build().circuit)
        assert 0.9 * planned.predicted_cx <= real <= planned.predicted_cx


def test_equal_coefficients_share_rotations():
    circuit = transpile(pauli_sum(ising(4)).circuit, basis_gates=["cx", "rz", "sx", "x"], optimization_level=1)
    angles = np.array([float(gate.operation.params[0]) for gate in circuit.data if gate.operation.name == "rz"])
    distance = np.abs((angles + np.pi / 8) % (np.pi / 4) - np.pi / 8)
    assert np.count_nonzero(distance > 1e-9) == 6


@pytest.mark.parametrize("leaves", [2, 3, 4, 5, 6, 7, 9])
@pytest.mark.parametrize("controlled", [False, True])
def test_iteration_selects_each_leaf_once(leaves, controlled):
    """Each leaf flips the signs and bits of its own number on a register: told apart from every other choice."""
    tree = weighted_tree(np.ones(leaves))
    levels, work = depth(tree), iteration_work(tree, controlled=controlled)
    assert levels == (leaves - 1).bit_length()
    circuit = QuantumCircuit(levels + work + 1 + controlled)
    target = levels + work
    visited = []

    def action(leaf, flag):
        visited.append(leaf)
        circuit.cry(0.3 + leaf, flag, target)

    control = target + 1 if controlled else None
    append_iteration(circuit, tree, range(levels), range(levels, levels + work), action, control=control)
    assert sorted(visited) == list(range(leaves))
    unitary = matrix(circuit)
    on = 2 ** (target + 1) if controlled else 0
    for leaf, path in _paths(tree, levels):
        columns = [on + path, on + path + 2**target]
        cosine, sine = np.cos((0.3 + leaf) / 2), np.sin((0.3 + leaf) / 2)
        assert np.allclose(unitary[np.ix_(columns, columns)], [[cosine, -sine], [sine, cosine]], rtol=0, atol=1e-12)
        if controlled:
            assert np.allclose(unitary[path, path], 1, rtol=0, atol=1e-12)


def _paths(tree, levels, path=0, level=0):
    if isinstance(tree, int):
        yield tree, path
        return
    yield from _paths(tree.zero, levels, path, level + 1)
    yield from _paths(tree.one, levels, path | 1 << (levels - 1 - level), level + 1)


@given(st.lists(st.sampled_from([0.5, 1.0, 2.5, 0.1]), min_size=1, max_size=9))
@settings(max_examples=30, deadline=None)
def test_weights_of_the_tree(values):
    weights = np.array(values)
    tree = weighted_tree(weights)
    levels = depth(tree)
    circuit = QuantumCircuit(max(1, levels))
    append_tree_weights(circuit, tree, weights, range(levels))
    probabilities = np.abs(matrix(circuit)[:, 0]) ** 2
    for leaf, path in _paths(tree, levels):
        # All states below a leaf that is not on the last level belong to it.
        below = 1 << (levels - _level_of(tree, leaf))
        assert probabilities[path : path + below].sum() == pytest.approx(weights[leaf] / weights.sum(), abs=1e-12)


def _level_of(tree, leaf, level=0):
    if isinstance(tree, int):
        return level if tree == leaf else None
    zero = _level_of(tree.zero, leaf, level + 1)
    return zero if zero is not None else _level_of(tree.one, leaf, level + 1)


@given(st.integers(0, 15), st.integers(0, 15), st.integers(0, 15), st.integers(0, 15))
@settings(max_examples=40, deadline=None)
def test_products_of_strings(x1, z1, x2, z2):
    first, second = PauliString(x1, z1), PauliString(x2, z2)
    product, phase = first.times(second)
    assert np.allclose(_explicit(first) @ _explicit(second), phase * _explicit(product))


def _explicit(string):
    bits = [[bool(mask >> q & 1) for q in range(4)] for mask in (string.z, string.x)]
    return Pauli((*bits, 0)).to_matrix()


@pytest.mark.parametrize("phase", [1, -1, 1j, -1j, np.exp(0.3j)])
def test_doubly_controlled_strings(phase):
    string = PauliString(0b0110, 0b1100)
    circuit = QuantumCircuit(6)
    append_doubly_controlled_pauli(circuit, string, range(4), (4, 5), phase)
    wanted = np.eye(64, dtype=complex)
    wanted[48:, 48:] = phase * _explicit(string)
    assert np.allclose(matrix(circuit), wanted, rtol=0, atol=1e-12)


def test_merged_and_vanishing_terms():
    operator = SparsePauliOp(["X", "X", "Z", "Z"], [0.5, 0.25, 1.0, -1.0])
    encoding = pauli_sum(operator)
    assert encoding.alpha == pytest.approx(0.75)
    check_encoding(encoding, operator)
    with pytest.raises(ProblemError, match="zero"):
        pauli_sum(SparsePauliOp(["X", "X"], [1.0, -1.0]))
