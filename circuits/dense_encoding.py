r"""Any matrix as a block encoding with alpha equal to its norm: the classical decomposition, put into a circuit.

Hermitian :math:`A = V \Lambda V^\dagger`: with M = Ry(2 arccos(Lambda / alpha)) Z, a rotation of one ancilla selected
by the system, the block of :math:`V M V^\dagger` is A / alpha. Otherwise :math:`A = L \Sigma R^\dagger` in the same
way. The classical O(N^3) decomposition already contains the answer to every problem about A: such an encoding
demonstrates, it cannot speed anything up.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from qiskit import QuantumCircuit, QuantumRegister
from qiskit.quantum_info import Operator

from circuits.block_encoding import BlockEncoding, Preparation
from circuits.encoding_plan import EncodingPlan
from circuits.errors import ProblemError
from circuits.multiplexed import append_multiplexed_ry
from circuits.orthogonal_synthesis import append_selected_orthogonal, append_special_orthogonal, special_orthogonal_cx
from circuits.validation import checked_number

__all__ = ["MAX_DENSE_QUBITS", "checked_alpha", "dense_cx", "dilation", "padded_qubits", "plan"]

MAX_DENSE_QUBITS = 9
"""Largest system of a dense encoding: its circuit has about 4^n CX."""

_ORDERS = 20
_SPLITS = 4
_LARGEST_MEASURED = 6
"""Most qubits on which a synthesised basis change is compared with its matrix: 16^n operations."""
_SYNTHESIS_ERROR = 1e-13
"""Per row of the matrix: above it a synthesis is tried again."""

HERMITIAN = "eigen-dilation"
GENERAL = "singular-value dilation"

ComplexMatrix = npt.NDArray[np.complex128]
Matrix = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class _Factors:
    """A = left diag(values) right^dagger on the padded space."""

    left: Matrix
    values: npt.NDArray[np.float64]
    right: Matrix
    hermitian: bool


def padded_qubits(shape: tuple[int, int]) -> int:
    """Return the number of system qubits that hold a matrix of this shape, at least one."""
    return max(1, (max(shape) - 1).bit_length())


def checked_alpha(alpha: float | None, least: float) -> float:
    """Return alpha, by default the least possible one.

    Raises:
        ProblemError: alpha is not a finite number or below ``least``.
    """
    if alpha is None:
        return least
    alpha = checked_number(alpha, "alpha")
    if alpha < least * (1 - 1e-12):
        raise ProblemError(f"alpha is {alpha!r}; allowed here: finite and at least {least:.17g}")
    return max(float(alpha), least)


def dense_cx(num_qubits: int, *, real: bool, hermitian: bool) -> int:
    """Return the predicted CX of :func:`dilation`: two basis changes and one multiplexed rotation."""
    if real:
        basis = special_orthogonal_cx(num_qubits)
    else:
        # quant-ph/0406176, theorem 13, with both of its optimisations.
        basis = 0 if num_qubits == 1 else round(23 / 48 * 4.0**num_qubits - 1.5 * 2.0**num_qubits + 4 / 3)
        basis -= (int(4.0 ** (num_qubits - 2)) - 1) // 3 if num_qubits > 2 else 0
    return 2 * basis + (1 << num_qubits) - (0 if hermitian else 1)


def plan(matrix: npt.ArrayLike, alpha: float | None = None) -> EncodingPlan | None:
    """Return the plan of :func:`dilation` for a finite, nonzero matrix; None if it is too large."""
    array = np.asarray(matrix)
    shape = (int(array.shape[0]), int(array.shape[1]))
    qubits = padded_qubits(shape)
    if qubits > MAX_DENSE_QUBITS:
        return None
    hermitian = _is_hermitian(array)
    real = not np.any(np.imag(array))
    return EncodingPlan(
        method=HERMITIAN if hermitian else GENERAL,
        predicted_cx=dense_cx(qubits, real=real, hermitian=hermitian),
        alpha=checked_alpha(alpha, float(np.linalg.norm(array, 2))),
        build=partial(dilation, array, alpha),
        reason="any matrix, alpha equal to its norm",
    )


def dilation(matrix: npt.ArrayLike, alpha: float | None = None) -> BlockEncoding:
    r"""Encode any matrix by its eigen- or singular-value decomposition; alpha is its spectral norm or larger.

    One ancilla, no work qubits. CX: for n qubits and a real matrix 2 S(n) + 2^n, S = 2, 15, 79 for n = 2, 3, 4
    (174 for 16 x 16). A Hermitian matrix gives a U that is its own inverse. Other shapes are padded with zeros.

    ``error`` is that of the circuit as it is returned, measured up to 6 qubits. Optimisation levels 2 and 3 of qiskit
    drop what is nearly the identity: where a matrix is close to one of fewer gates (singular values that are equal but
    for 1e-4 or less, say) they lose up to 4e-5 of alpha; ``optimization_level=1`` does not.

    Raises:
        ProblemError: not a finite nonzero matrix; alpha below the norm; more than 2^``MAX_DENSE_QUBITS`` rows.
    """
    array = np.asarray(matrix, dtype=np.complex128)
    if array.ndim != 2 or not np.all(np.isfinite(array)) or not np.any(array):
        raise ProblemError(f"matrix has shape {array.shape}; allowed: two axes of finite numbers, not all zero")
    shape = (int(array.shape[0]), int(array.shape[1]))
    qubits = padded_qubits(shape)
    if qubits > MAX_DENSE_QUBITS:
        raise ProblemError(f"matrix has shape {shape}; allowed: at most {2**MAX_DENSE_QUBITS}; use its structure")
    padded = np.zeros((2**qubits, 2**qubits), dtype=np.complex128)
    padded[: shape[0], : shape[1]] = array
    factors = _sturdy(_factorised(padded, _is_hermitian(array)))
    scale = checked_alpha(alpha, float(np.max(np.abs(factors.values))))
    cosines = np.clip(factors.values / scale, -1.0, 1.0)
    # An arccos within rounding of 0 or pi would be noise of 1e-8.
    cosines = np.where(np.abs(cosines) > 1 - 1e-14, np.sign(cosines), cosines)
    left, right = (_synthesised(basis) for basis in (factors.left, factors.right))
    rebuilt = scale * ((left * cosines) @ right.conj().T)
    return BlockEncoding(
        circuit=_circuit(factors, cosines, controlled=False),
        num_system=qubits,
        ancillas=1,
        alpha=scale,
        error=float(np.linalg.norm(padded - rebuilt, 2)),
        method=HERMITIAN if factors.hermitian else GENERAL,
        reason="any matrix, alpha equal to its norm",
        hermitian=factors.hermitian,
        self_inverse=factors.hermitian,
        shape=shape,
        preparation=Preparation(
            (9.0 if factors.hermitian else 20.0) * 8**qubits,
            "eigenvalue decomposition" if factors.hermitian else "singular value decomposition",
            solves_problem=True,
        ),
        controlled_builder=partial(_circuit, factors, cosines, controlled=True),
    )


def _is_hermitian(array: Matrix) -> bool:
    # Exactly, but for the last digits: what the decomposition would add to the error anyway.
    if array.shape[0] != array.shape[1]:
        return False
    return bool(np.max(np.abs(array - array.conj().T)) <= 1e-15 * np.max(np.abs(array)))


def _factorised(padded: ComplexMatrix, hermitian: bool) -> _Factors:
    work = padded if np.any(padded.imag) else padded.real
    if hermitian:
        if not np.any(work - np.diag(np.diagonal(work))):
            return _Factors(
                np.eye(len(work), dtype=np.complex128), np.diagonal(work).real.copy(), np.eye(len(work)), True
            )
        values, left = np.linalg.eigh(work)
        if not np.iscomplexobj(work) and np.linalg.det(left) < 0:
            left[:, 0] *= -1
        return _Factors(left, values, left, hermitian)
    left, values, adjoint = np.linalg.svd(work)
    right = adjoint.conj().T
    if not np.iscomplexobj(work):
        for basis in (left, right):
            if np.linalg.det(basis) < 0:
                basis[:, 0] *= -1
                values[0] *= -1
    return _Factors(left, values, right, hermitian)


def _sturdy(factors: _Factors) -> _Factors:
    """Reorder the values until no angle is nearly, but not quite, one at which a transpiler would drop a gate.

    Optimisation at level 2 replaces two-qubit blocks within an infidelity near 1e-13, which is an error of 1e-7; the
    synthesis of complex bases replaces those within 1e-9. There the phases of the vectors, which are free, help too.
    """
    count = factors.values.size
    qubits = list(range(count.bit_length() - 1))
    # Large matrices have so many angles that some are always close, and each trial is long.
    for trial in range(_ORDERS if count <= 32 else 2):
        rng = np.random.default_rng(trial)
        order = rng.permutation(count) if trial else np.arange(count)
        found = factors
        if trial:
            signs: Matrix = np.ones(count)
            # An odd permutation reverses the determinant: one sign repairs it, in both factors at once.
            signs[0] = np.linalg.det(np.eye(count)[order])
            if np.iscomplexobj(factors.left):
                signs = np.exp(2j * np.pi * rng.random(count))
            found = _Factors(
                factors.left[:, order] * signs,
                factors.values[order],
                factors.right[:, order] * signs,
                factors.hermitian,
            )
        bases = [found.left] if factors.hermitian else [found.left, found.right]
        changes = [_basis_change(basis, qubits) for basis in bases]
        exact = all(_deviation(change, basis) <= _allowed(basis) for change, basis in zip(changes, bases, strict=True))
        if exact and not any(map(_fragile, changes)):
            return found
    return factors


def _fragile(circuit: QuantumCircuit) -> bool:
    angles = np.array([float(angle) for instruction in circuit.data for angle in instruction.operation.params])
    distance = np.abs((angles + np.pi / 8) % (np.pi / 4) - np.pi / 8)
    return bool(np.any((distance > 1e-12) & (distance < 1e-5)))


def _circuit(factors: _Factors, cosines: npt.NDArray[np.float64], *, controlled: bool) -> QuantumCircuit:
    qubits = len(cosines).bit_length() - 1
    registers = [QuantumRegister(qubits, "system"), QuantumRegister(1, "ancilla")]
    if controlled:
        registers.append(QuantumRegister(1, "control"))
    circuit = QuantumCircuit(*registers, name="cU" if controlled else "U")
    system = list(range(qubits))
    angles = 2 * np.arccos(cosines)
    after = _basis_change(factors.left, system)
    if controlled:
        control = qubits + 1
        if factors.hermitian:
            circuit.cz(control, qubits)
        else:
            # U = (L M L^+) (L R^+): the first needs a control on M alone.
            _append_controlled(circuit, factors.left @ factors.right.conj().T, system, control)
        circuit.compose(after.inverse(), system, inplace=True)
        append_multiplexed_ry(circuit, np.concatenate([0 * angles, angles]), [*system, control], qubits)
        if not factors.hermitian:
            # U lacks the last CZ of its rotation: so does the controlled one.
            circuit.ccz(control, system[-1], qubits)
    else:
        before = after if factors.hermitian else _basis_change(factors.right, system)
        circuit.compose(before.inverse(), system, inplace=True)
        if factors.hermitian:
            circuit.z(qubits)
        # Without its last CZ, which acts only where the ancilla ends in |1>, a U^2 = 1 would be lost.
        append_multiplexed_ry(circuit, angles, system, qubits, drop_last=not factors.hermitian)
    circuit.compose(after, system, inplace=True)
    return circuit


def _special(basis: Matrix) -> bool:
    return not np.any(np.imag(basis)) and np.linalg.det(np.real(basis)) > 0


def _basis_change(basis: Matrix, system: list[int]) -> QuantumCircuit:
    circuit = QuantumCircuit(len(system))
    if np.array_equal(basis, np.eye(len(basis))):
        return circuit
    if _special(basis):
        append_special_orthogonal(circuit, np.real(basis).astype(np.float64), system)
        return circuit
    circuit.compose(_unitary_circuit(basis), system, inplace=True)
    return circuit


def _unitary_circuit(matrix: Matrix) -> QuantumCircuit:
    """Return the circuit of a unitary.

    qiskit rounds two-qubit blocks within an infidelity of 1e-9 to simpler ones, an error of up to 1e-5. Where that
    happens the matrix is split in two factors that are not near any simple one.
    """
    from qiskit.synthesis import qs_decomposition

    matrix = np.asarray(matrix, dtype=np.complex128)
    best = qs_decomposition(matrix)
    error = _deviation(best, matrix)
    for seed in range(_SPLITS):
        if error <= _allowed(matrix):
            break
        rng = np.random.default_rng(seed)
        first, _ = np.linalg.qr(rng.normal(size=matrix.shape) + 1j * rng.normal(size=matrix.shape))
        split = qs_decomposition(first).compose(qs_decomposition(matrix @ first.conj().T))
        if (found := _deviation(split, matrix)) < error:
            best, error = split, found
    return best


def _allowed(matrix: Matrix) -> float:
    return _SYNTHESIS_ERROR * len(matrix)


def _deviation(circuit: QuantumCircuit, matrix: Matrix) -> float:
    """Return the largest difference of the entries, zero (not measured) for large matrices."""
    if circuit.num_qubits > _LARGEST_MEASURED:
        return 0.0
    return float(np.max(np.abs(Operator(circuit).data - matrix)))


def _synthesised(basis: Matrix) -> Matrix:
    """Return the matrix that the circuit of a basis change really has, the basis itself for large ones."""
    qubits = len(basis).bit_length() - 1
    if qubits > _LARGEST_MEASURED:
        return basis
    return np.asarray(Operator(_basis_change(basis, list(range(qubits)))).data)


def _append_controlled(circuit: QuantumCircuit, matrix: Matrix, system: list[int], control: int) -> None:
    """Append a unitary under a control: identity and matrix, selected."""
    identity = np.eye(len(matrix))
    if _special(matrix):
        append_selected_orthogonal(circuit, [identity, np.real(matrix)], system, control)
        return
    zero = np.zeros_like(matrix)
    both = np.block([[identity, zero], [zero, matrix]])
    circuit.compose(_unitary_circuit(both), [*system, control], inplace=True)
