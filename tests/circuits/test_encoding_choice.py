import math

import numpy as np
import pytest
from encoding_checks import check_encoding
from qiskit.quantum_info import SparsePauliOp
from scipy import sparse

import circuits
from circuits.encoding_choice import encoding_plans
from circuits.errors import ProblemError

CHAIN = SparsePauliOp.from_sparse_list(
    [*(("ZZ", [q, q + 1], 1.0) for q in range(2)), *(("X", [q], 0.7) for q in range(3))], 3
)


@pytest.mark.parametrize("method", ["auto", "unary iteration", "domain wall", "eigen-dilation", "dilation"])
def test_every_method_encodes_the_same_operator(method):
    encoding = circuits.block_encode(CHAIN, method=method)
    check_encoding(encoding, CHAIN, control=False)
    if method not in ("auto", "dilation"):
        assert encoding.method == method


def test_the_cheapest_plan_is_taken_and_named_with_its_runner_up():
    plans = [plan for plan in encoding_plans(CHAIN) if plan.method != "domain wall"]
    best, second = sorted(plans, key=lambda plan: plan.alpha * plan.predicted_cx)[:2]
    encoding = circuits.block_encode(CHAIN)
    assert encoding.method == best.method
    assert encoding.alpha == pytest.approx(best.alpha)
    assert second.method in encoding.reason
    assert f"{best.predicted_cx} CX" in encoding.reason


@pytest.mark.parametrize(
    "matrix",
    [
        [[1, 2], [3, 4]],
        np.array([[1.0, 2j], [-2j, 0.5]]),
        sparse.csr_matrix(np.diag([1.0, 0.0, 3.0])),
        sparse.coo_array(np.array([[0.0, 1, 0], [2, 0, 0]])),
        SparsePauliOp(["XY", "ZI"], [1j, 2.0]),
    ],
    ids=["list", "complex", "csr", "rectangular", "complex-coefficients"],
)
def test_kinds_of_input(matrix):
    wanted = matrix if not isinstance(matrix, list) else np.array(matrix)
    check_encoding(circuits.block_encode(matrix), wanted, control=False)


def test_a_given_alpha_is_kept():
    for method in ("auto", "unary iteration", "eigen-dilation"):
        encoding = circuits.block_encode(CHAIN, method=method, alpha=5.0)
        assert encoding.alpha == 5.0
        check_encoding(encoding, CHAIN, control=False)


def test_refusals():
    for bad, message in (
        ([[math.nan, 1.0]], "not finite"),
        ([1.0, 2.0], r"shape \(2,\)"),
        (np.zeros((2, 2)), "zero"),
        (sparse.csr_matrix((4, 4)), "zero"),
        (sparse.csr_matrix(np.array([[math.inf, 1.0]])), "not finite"),
        ("text", "numbers"),
        (np.zeros((0, 3)), r"shape \(0, 3\)"),
        (SparsePauliOp(["X"], [math.nan]), "not finite"),
        (SparsePauliOp(["X"], [0.0]), "zero"),
    ):
        with pytest.raises(ProblemError, match=message):
            circuits.block_encode(bad)
    with pytest.raises(ProblemError, match=r"alpha is 1\.0; allowed .*at least 2\.7"):
        circuits.block_encode(CHAIN, alpha=1.0)
    with pytest.raises(ProblemError, match="'domain wall'"):
        circuits.block_encode(CHAIN, method="magic")


def test_sizes_are_checked_before_memory_is_taken():
    # Written out, this matrix would take 2^44 bytes.
    ones = np.ones(1000)
    rows = np.random.default_rng(1).integers(0, 2**20, size=(2, 1000))
    scattered = sparse.coo_array((ones, (rows[0], rows[1])), shape=(2**20, 2**20))
    with pytest.raises(ProblemError, match="at most 512"):
        circuits.block_encode(scattered, method="auto")
    wide = SparsePauliOp(["Z" * 40, "X" * 40], [1.0, 2.0])
    assert circuits.block_encode(wide).num_system == 40
