r"""Sums, products, multiples, adjoints and tensor products of block encodings, with exact bookkeeping.

With :math:`\|A - \alpha \tilde A\| \le \epsilon` for every factor (1806.01838, lemmas 52 and 53):

=====================  ============================  =====================================================
result                 alpha                         error
=====================  ============================  =====================================================
c A                    abs(c) alpha                  abs(c) error
sum of c_i A_i         sum of abs(c_i) alpha_i       sum of abs(c_i) error_i
A B, and A (x) B       alpha_A alpha_B               error_A (alpha_B + error_B) + alpha_A error_B
A^dagger               alpha                         error
=====================  ============================  =====================================================

The terms of a sum take turns on the same ancillas and work qubits; factors of a product have ancillas of their own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from qiskit import QuantumCircuit, QuantumRegister

from circuits.block_encoding import BlockEncoding, Preparation
from circuits.errors import ProblemError
from circuits.pauli_terms import append_phase
from circuits.unary_iteration import append_iteration, append_tree_weights, depth, iteration_work, weighted_tree

__all__ = ["adjoint", "product", "scaled", "summed", "tensor", "with_alpha"]


def scaled(encoding: BlockEncoding, factor: complex) -> BlockEncoding:
    """Return an encoding of factor * A: only alpha and a global phase change."""
    value = complex(factor)
    if value == 0 or not np.isfinite(value):
        raise ProblemError(f"factor is {factor!r}; allowed: finite numbers other than zero")
    size = abs(value)
    phase = value / size
    circuit = encoding.circuit.copy()
    append_phase(circuit, phase, None)
    real = value.imag == 0
    return replace(
        encoding,
        circuit=circuit,
        alpha=size * encoding.alpha,
        error=size * encoding.error,
        hermitian=encoding.hermitian and real,
        self_inverse=encoding.self_inverse and real,
        controlled_builder=partial(_phased_control, encoding, phase),
        summands=tuple((value * weight, term) for weight, term in _summands(encoding)),
    )


def _phased_control(encoding: BlockEncoding, phase: complex) -> QuantumCircuit:
    circuit = encoding.controlled_circuit().copy()
    append_phase(circuit, phase, circuit.num_qubits - 1)
    return circuit


def adjoint(encoding: BlockEncoding) -> BlockEncoding:
    """Return an encoding of the conjugate transpose: the inverse circuit; a Hermitian matrix is returned as it is."""
    if encoding.hermitian:
        return encoding
    terms = encoding.summands
    return replace(
        encoding,
        circuit=encoding.inverse_circuit().copy(),
        shape=(encoding.shape[1], encoding.shape[0]),
        controlled_builder=partial(_inverse_control, encoding),
        summands=tuple((complex(weight).conjugate(), adjoint(term)) for weight, term in terms),
    )


def _inverse_control(encoding: BlockEncoding) -> QuantumCircuit:
    circuit = encoding.controlled_circuit()
    return circuit if encoding.self_inverse else circuit.inverse()


def with_alpha(encoding: BlockEncoding, alpha: float) -> BlockEncoding:
    """Return an encoding of the same matrix with a larger alpha: one more ancilla, turned by arccos(old / new).

    Raises:
        ProblemError: alpha below the present one.
    """
    if not np.isfinite(alpha) or alpha < encoding.alpha * (1 - 1e-12):
        raise ProblemError(
            f"alpha is {alpha!r}; allowed for the method {encoding.method!r}: finite and at least {encoding.alpha:.17g}"
        )
    if alpha <= encoding.alpha:
        return encoding
    whole = _clean(encoding)
    angle = 2 * math.acos(whole.alpha / alpha)

    def build(controlled: bool) -> QuantumCircuit:
        circuit, system, ancilla, work, control = _registers(
            whole.num_system, whole.ancillas + 1, whole.work_qubits, controlled
        )
        _place(circuit, whole, system, ancilla[:-1], work, control)
        # Ry Z is its own inverse.
        if control is None:
            circuit.z(ancilla[-1])
            circuit.ry(angle, ancilla[-1])
        else:
            circuit.cz(control, ancilla[-1])
            circuit.cry(angle, control, ancilla[-1])
        return circuit

    return replace(
        whole,
        circuit=build(False),
        ancillas=whole.ancillas + 1,
        alpha=float(alpha),
        controlled_builder=partial(build, True),
        summands=(),
    )


def summed(first: BlockEncoding, second: BlockEncoding, factor: complex = 1.0) -> BlockEncoding:
    r"""Return an encoding of A + factor B; sums of sums become one sum with one weighted index over all terms.

    Ancillas: the largest of the terms plus ceil(log2 terms); each term is used once, controlled by one qubit.

    Raises:
        ProblemError: different shapes.
    """
    if first.shape != second.shape:
        raise ProblemError(f"shapes are {first.shape} and {second.shape}; allowed: equal shapes")
    terms = (*_summands(first), *((factor * weight, term) for weight, term in _summands(second)))
    factors = [complex(weight) for weight, _ in terms]
    parts = [_clean(term) for _, term in terms]
    weights = np.array([abs(weight) * part.alpha for weight, part in zip(factors, parts, strict=True)])
    tree = weighted_tree(weights)
    build = partial(_sum_circuit, factors, parts, weights)
    real = all(weight.imag == 0 for weight in factors)
    return BlockEncoding(
        circuit=build(controlled=False),
        num_system=max(part.num_system for part in parts),
        ancillas=depth(tree) + max(part.ancillas for part in parts),
        alpha=math.fsum(weights),
        error=math.fsum(abs(weight) * part.error for weight, part in zip(factors, parts, strict=True)),
        method="sum",
        reason=f"{len(parts)} encodings under one weighted index",
        hermitian=real and all(part.hermitian for part in parts),
        self_inverse=real and all(part.self_inverse for part in parts),
        shape=first.shape,
        preparation=_joint_preparation(parts),
        controlled_builder=partial(build, controlled=True),
        summands=terms,
    )


def _sum_circuit(
    factors: Sequence[complex], parts: Sequence[BlockEncoding], weights: np.ndarray, *, controlled: bool
) -> QuantumCircuit:
    tree = weighted_tree(weights)
    shared = max(part.ancillas for part in parts)
    # As many flags as the controlled circuit needs.
    flags = iteration_work(tree, controlled=True)
    inner = max(part.work_qubits for part in parts)
    circuit, system, ancilla, work, control = _registers(
        max(part.num_system for part in parts), shared + depth(tree), flags + inner, controlled
    )
    index = ancilla[shared:]

    def action(leaf: int, flag: int | None) -> None:
        _place(circuit, parts[leaf], system, ancilla, work[flags:], flag)
        append_phase(circuit, factors[leaf] / abs(factors[leaf]), flag)

    weigh = QuantumCircuit(circuit.num_qubits)
    append_tree_weights(weigh, tree, weights, index)
    circuit.compose(weigh, circuit.qubits, inplace=True)
    append_iteration(circuit, tree, index, work[:flags], action, control=control)
    circuit.compose(weigh.inverse(), circuit.qubits, inplace=True)
    return circuit


def product(left: BlockEncoding, right: BlockEncoding) -> BlockEncoding:
    """Return an encoding of A B: U_B, then U_A, on ancillas of their own.

    Raises:
        ProblemError: the columns of A are not the rows of B.
    """
    if left.shape[1] != right.shape[0]:
        raise ProblemError(f"shapes are {left.shape} and {right.shape}; allowed: as many columns as then rows")
    size = max(left.num_system, right.num_system)
    build = partial(_pair_circuit, _clean(left), _clean(right), list(range(size)), list(range(size)))
    return replace(
        _pair(left, right, build, size),
        method="product",
        shape=(left.shape[0], right.shape[1]),
        hermitian=left is right and left.hermitian,
    )


def tensor(left: BlockEncoding, right: BlockEncoding) -> BlockEncoding:
    """Return an encoding of the Kronecker product of A (on the high qubits) and B (on the low ones), as numpy.kron.

    Raises:
        ProblemError: B is padded: then its padding would lie inside the product.
    """
    if right.shape != (2**right.num_system, 2**right.num_system):
        raise ProblemError(f"the right factor has shape {right.shape}; allowed: 2^n x 2^n; pad the matrix with zeros")
    size = left.num_system + right.num_system
    high, low = list(range(right.num_system, size)), list(range(right.num_system))
    build = partial(_pair_circuit, _clean(left), _clean(right), high, low)
    return replace(
        _pair(left, right, build, size),
        method="tensor product",
        shape=(left.shape[0] * right.shape[0], left.shape[1] * right.shape[1]),
        hermitian=left.hermitian and right.hermitian,
        # They act on different systems with ancillas of their own.
        self_inverse=left.self_inverse and right.self_inverse,
    )


def _pair(left: BlockEncoding, right: BlockEncoding, build: Callable[..., QuantumCircuit], size: int) -> BlockEncoding:
    return BlockEncoding(
        circuit=build(controlled=False),
        num_system=size,
        ancillas=_clean(left).ancillas + _clean(right).ancillas,
        alpha=left.alpha * right.alpha,
        error=left.error * (right.alpha + right.error) + left.alpha * right.error,
        method="pair",
        reason=f"{left.method} and {right.method}",
        preparation=_joint_preparation([left, right]),
        controlled_builder=partial(build, controlled=True),
    )


def _pair_circuit(
    left: BlockEncoding, right: BlockEncoding, left_system: list[int], right_system: list[int], *, controlled: bool
) -> QuantumCircuit:
    size = max(*left_system, *right_system) + 1
    work_qubits = max(left.work_qubits, right.work_qubits)
    circuit, _, ancilla, work, control = _registers(size, left.ancillas + right.ancillas, work_qubits, controlled)
    _place(circuit, right, right_system, ancilla[: right.ancillas], work, control)
    _place(circuit, left, left_system, ancilla[right.ancillas :], work, control)
    return circuit


def _summands(encoding: BlockEncoding) -> tuple[tuple[complex, BlockEncoding], ...]:
    return encoding.summands or ((1.0, encoding),)


def _clean(encoding: BlockEncoding) -> BlockEncoding:
    """Count work qubits that are not always clean among the ancillas: they cannot be shared with other circuits."""
    if encoding.clean_work:
        return encoding

    def build(controlled: bool) -> QuantumCircuit:
        circuit, system, ancilla, _, control = _registers(encoding.num_system, total, 0, controlled)
        own = encoding.ancillas
        _place(circuit, encoding, system, ancilla[:own], ancilla[own:], control)
        return circuit

    total = encoding.ancillas + encoding.work_qubits
    return replace(
        encoding,
        circuit=build(False),
        ancillas=total,
        clean_work=True,
        # Only on the code that the work qubits carry.
        self_inverse=False,
        controlled_builder=partial(build, True),
        summands=(),
    )


def _registers(
    system: int, ancillas: int, work: int, controlled: bool
) -> tuple[QuantumCircuit, list[int], list[int], list[int], int | None]:
    """Return an empty circuit and the indices of its system, ancilla, work and control qubits."""
    sizes = {"system": system, "ancilla": ancillas, "work": work, "control": int(controlled)}
    registers = [QuantumRegister(size, name) for name, size in sizes.items() if size]
    circuit = QuantumCircuit(*registers, name="cU" if controlled else "U")
    qubits = list(range(circuit.num_qubits))
    first, second = system + ancillas, system + ancillas + work
    return circuit, qubits[:system], qubits[system:first], qubits[first:second], qubits[-1] if controlled else None


def _place(
    circuit: QuantumCircuit,
    encoding: BlockEncoding,
    system: list[int],
    ancilla: list[int],
    work: list[int],
    control: int | None,
) -> None:
    """Append U, or controlled U, of an encoding on the first qubits of each list."""
    own = [*system[: encoding.num_system], *ancilla[: encoding.ancillas], *work[: encoding.work_qubits]]
    if control is None:
        circuit.compose(encoding.circuit, own, inplace=True)
    else:
        circuit.compose(encoding.controlled_circuit(), [*own, control], inplace=True)


def _joint_preparation(parts: Sequence[BlockEncoding]) -> Preparation:
    costs = [part.preparation for part in parts]
    names = [cost.description for cost in costs if cost.description != "none"]
    return Preparation(
        math.fsum(cost.operations for cost in costs),
        "; ".join(dict.fromkeys(names)) or "none",
        any(cost.solves_problem for cost in costs),
    )
