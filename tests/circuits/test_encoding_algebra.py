import math

import numpy as np
import pytest
from encoding_checks import check_encoding
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.quantum_info import SparsePauliOp

from circuits.dense_encoding import dilation
from circuits.errors import ProblemError
from circuits.pauli_sum_encoding import pauli_sum


def leaf(kind: int, seed: int):
    """An encoding of a 2 x 2 matrix, and the matrix."""
    rng = np.random.default_rng(seed)
    if kind == 0:
        matrix = rng.normal(size=(2, 2))
    elif kind == 1:
        matrix = rng.normal(size=(2, 2)) + 1j * rng.normal(size=(2, 2))
        matrix = matrix + matrix.conj().T
    else:
        operator = SparsePauliOp(["X", "Y", "Z"], rng.normal(size=3))
        return pauli_sum(operator), operator.to_matrix(), float(np.abs(operator.coeffs).sum())
    return dilation(matrix), matrix, float(np.linalg.norm(matrix, 2))


leaves = st.builds(leaf, st.integers(0, 2), st.integers(0, 50))
factors = st.sampled_from([2.0, -0.5, 1j, 0.3 - 0.7j, -3])


@st.composite
def trees(draw, size=4):
    """(encoding, matrix, alpha) of a random expression with at most ``size`` leaves; alpha by the algebra's formula."""
    if size == 1:
        return draw(leaves)
    kind = draw(st.sampled_from(["sum", "difference", "product", "multiple", "adjoint"]))
    if kind == "multiple":
        encoding, matrix, alpha = draw(trees(size=size - 1))
        factor = draw(factors)
        return factor * encoding, factor * matrix, abs(factor) * alpha
    if kind == "adjoint":
        encoding, matrix, alpha = draw(trees(size=size - 1))
        return encoding.adjoint(), matrix.conj().T, alpha
    left, left_matrix, left_alpha = draw(trees(size=size // 2))
    right, right_matrix, right_alpha = draw(trees(size=size - size // 2))
    if kind == "product":
        return left @ right, left_matrix @ right_matrix, left_alpha * right_alpha
    if kind == "sum":
        return left + right, left_matrix + right_matrix, left_alpha + right_alpha
    return left - right, left_matrix - right_matrix, left_alpha + right_alpha


@given(trees())
@settings(max_examples=25, deadline=None)
def test_expressions_equal_numpy(tree):
    encoding, matrix, alpha = tree
    assert encoding.alpha == pytest.approx(alpha, rel=1e-12)
    check_encoding(encoding, matrix, transpiled=False, control=encoding.circuit.num_qubits <= 9)


def test_transpiled_expression_of_the_user():
    rng = np.random.default_rng(4)
    first, second, third = (rng.normal(size=(4, 4)) for _ in range(3))
    encoding = 0.5 * dilation(first) + dilation(second) @ dilation(third).adjoint()
    check_encoding(encoding, 0.5 * first + second @ third.T, control=False)
    assert encoding.preparation.solves_problem


def test_a_sum_of_sums_has_one_index():
    parts = [leaf(1, seed)[0] for seed in range(4)]
    nested = (parts[0] + parts[1]) - 2 * (parts[2] + parts[3])
    assert len(nested.summands) == 4
    # One shared ancilla of the parts, two index qubits.
    assert nested.ancillas == 3
    assert nested.self_inverse
    assert nested.hermitian


def test_errors_add_up():
    from dataclasses import replace

    first, second = (replace(leaf(0, seed)[0], error=error) for seed, error in ((1, 1e-3), (2, 2e-3)))
    assert (2 * first - 3j * second).error == pytest.approx(8e-3)
    bound = 1e-3 * (second.alpha + 2e-3) + first.alpha * 2e-3
    assert (first @ second).error == pytest.approx(bound)
    assert first.tensor(second).error == pytest.approx(bound)


def test_tensor_products_are_kronecker_products():
    rng = np.random.default_rng(8)
    left, right = rng.normal(size=(2, 3)), rng.normal(size=(2, 2))
    check_encoding(dilation(left).tensor(dilation(right)), np.kron(left, right))
    with pytest.raises(ProblemError, match="2\\^n"):
        dilation(right).tensor(dilation(left))


def test_rectangular_products_and_different_sizes():
    rng = np.random.default_rng(9)
    left, right = rng.normal(size=(2, 2)), rng.normal(size=(2, 5))
    check_encoding(dilation(left) @ dilation(right), left @ right, control=False)
    check_encoding(dilation(right).adjoint() @ dilation(left), right.T @ left, control=False)


def test_larger_alpha():
    encoding, matrix, alpha = leaf(2, 0)
    larger = encoding.with_alpha(1.5 * alpha)
    assert larger.alpha == 1.5 * alpha
    check_encoding(larger, matrix)
    with pytest.raises(ProblemError, match="at least"):
        encoding.with_alpha(0.9 * alpha)


def test_numbers_of_numpy_and_refusals():
    encoding, matrix, _ = leaf(0, 3)
    check_encoding(np.float64(-2.0) * encoding / np.complex128(2j), 1j * matrix, control=False)
    check_encoding(-encoding, -matrix)
    for bad in (0, math.nan, math.inf):
        with pytest.raises(ProblemError, match="factor"):
            encoding * bad
    with pytest.raises(ProblemError, match="shapes"):
        encoding + dilation(np.eye(4))
    with pytest.raises(ProblemError, match="shapes"):
        encoding @ dilation(np.eye(4))
    with pytest.raises(TypeError):
        encoding + 1
    with pytest.raises(TypeError):
        encoding * encoding


def test_printing():
    encoding = leaf(1, 3)[0]
    assert "eigen-dilation" in repr(encoding)
    assert "already solves" in str(encoding)
    assert len(str(encoding).splitlines()) <= 10


def test_sums_of_one_shape_on_registers_of_different_size():
    # A product of 3 x 5 and 5 x 3 is 3 x 3 on three qubits; a 3 x 3 matrix by itself takes two.
    draw = np.random.default_rng(3).normal(size=(3, 3, 5))
    wide, tall, small = draw[0], draw[1].T, draw[2, :, :3]
    product = dilation(wide) @ dilation(tall)
    alone = dilation(small)
    for total in (alone + product, product + alone):
        assert total.num_system == 3
        block = total.matrix()
        assert np.allclose(block[:3, :3], small + wide @ tall, rtol=0, atol=1e-11)
        assert np.max(np.abs(block[3:, :3])) < 1e-11
