"""Readout errors: calibration circuits, the confusion matrix they give, and its inverse with what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from qalgo.errors import ExecutionError, ProblemError

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from qalgo.execution.samplers import Counts

__all__ = ["Confusion", "FullConfusion", "TensoredConfusion", "calibration_circuit", "final_measurements"]

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
_SMALLEST_DETERMINANT = 1e-3


class Confusion(Protocol):
    """P(read i | state j) on m measured bits, bit 0 lowest."""

    def correct(self, law: Vector) -> Vector:
        """Return R^-1 law: quasi-probabilities that add up to the same."""
        ...

    def dense_inverse(self) -> Matrix:
        """Return R^-1, shape (2^m, 2^m)."""
        ...

    def sampling_variances(self, law: Vector) -> Vector:
        """Return sum_j (R^-1)_ij^2 law_j - (R^-1 law)_i^2: variances of one shot."""
        ...

    def calibration_covariance(self, quasi: Vector) -> Matrix:
        """Return the covariance, to first order, that the finite calibration adds to R^-1 law."""
        ...

    def calibration_variances(self, quasi: Vector) -> Vector:
        """Return the diagonal of the calibration covariance."""
        ...

    @property
    def overhead(self) -> float:
        """Square of the largest column sum of |R^-1|: no variance of an observable in [-1, 1] grows by more."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class FullConfusion:
    """All 2^m columns measured: holds for correlated errors."""

    matrix: Matrix
    """Shape (2^m, 2^m), columns add up to 1."""
    shots: int
    """Per prepared state."""

    def dense_inverse(self) -> Matrix:
        """Return R^-1."""
        try:
            return np.asarray(np.linalg.inv(self.matrix), dtype=np.float64)
        except np.linalg.LinAlgError as error:
            raise ExecutionError(
                "the readout calibration is singular: the device does not tell states apart"
            ) from error

    def correct(self, law: Vector) -> Vector:
        """Return R^-1 law."""
        return np.asarray(self.dense_inverse() @ law, dtype=np.float64)

    def sampling_variances(self, law: Vector) -> Vector:
        """Return the variances of one shot."""
        inverse = self.dense_inverse()
        return np.asarray(inverse**2 @ law - (inverse @ law) ** 2, dtype=np.float64)

    def calibration_covariance(self, quasi: Vector) -> Matrix:
        """Columns are multinomial frequencies: sum_j q_j^2 R^-1 (diag r_j - r_j r_j^T) R^-T / shots."""
        inverse = self.dense_inverse()
        spread = np.diag(self.matrix @ quasi**2) - (self.matrix * quasi**2) @ self.matrix.T
        return np.asarray(inverse @ spread @ inverse.T / self.shots, dtype=np.float64)

    def calibration_variances(self, quasi: Vector) -> Vector:
        """Return the diagonal."""
        return np.asarray(np.diag(self.calibration_covariance(quasi)), dtype=np.float64)

    @property
    def overhead(self) -> float:
        """Square of the 1-norm of R^-1."""
        return float(np.abs(self.dense_inverse()).sum(axis=0).max() ** 2)


@dataclass(frozen=True, slots=True, eq=False)
class TensoredConfusion:
    """Two states measured, bits independent: R is a tensor product of 2 x 2 matrices, never built."""

    matrices: tuple[Matrix, ...]
    """One per bit, bit 0 first; column = prepared, row = read."""
    shots: int

    def correct(self, law: Vector) -> Vector:
        """Return R^-1 law, bit by bit."""
        return _applied([_inverse(matrix) for matrix in self.matrices], law)

    def dense_inverse(self) -> Matrix:
        """Return R^-1."""
        product: Matrix = np.eye(1)
        for matrix in self.matrices:
            product = np.asarray(np.kron(_inverse(matrix), product), dtype=np.float64)
        return product

    def sampling_variances(self, law: Vector) -> Vector:
        """Return the variances of one shot: squares of a tensor product are the tensor product of squares."""
        squares = _applied([_inverse(matrix) ** 2 for matrix in self.matrices], law)
        return np.asarray(squares - self.correct(law) ** 2, dtype=np.float64)

    def calibration_covariance(self, quasi: Vector) -> Matrix:
        """Sum the outer products of the first-order shifts by each of the 2m measured rates."""
        shifts = self._shifts(quasi)
        return np.asarray(shifts.T @ shifts, dtype=np.float64)

    def calibration_variances(self, quasi: Vector) -> Vector:
        """Return the diagonal."""
        return np.asarray((self._shifts(quasi) ** 2).sum(axis=0), dtype=np.float64)

    def _shifts(self, quasi: Vector) -> Matrix:
        rows = []
        for bit, matrix in enumerate(self.matrices):
            for column in (0, 1):
                direction = np.zeros((2, 2))
                direction[:, column] = (1.0, -1.0)
                factors = [np.eye(2) for _ in self.matrices]
                factors[bit] = _inverse(matrix) @ direction
                rate = float(matrix[1 - column, column])
                rows.append(_applied(factors, quasi) * np.sqrt(rate * (1.0 - rate) / self.shots))
        return np.array(rows)

    @property
    def overhead(self) -> float:
        """Product over bits of the squared 1-norms."""
        return float(np.prod([np.abs(_inverse(matrix)).sum(axis=0).max() ** 2 for matrix in self.matrices]))


def calibration_circuit(num_qubits: int, qubits: Sequence[int], state: int, flip: Sequence[str]) -> QuantumCircuit:
    """Prepare the bits of ``state`` on physical qubits with native gates and measure them.

    Args:
        num_qubits: width of the device.
        qubits: bit i of the outcome is qubit ``qubits[i]``.
        state: the basis state.
        flip: names of the gates that together flip a qubit: ("x",) or ("sx", "sx").
    """
    from qiskit import QuantumCircuit

    circuit = QuantumCircuit(num_qubits, len(qubits), name=f"calibration_{state}")
    for bit, qubit in enumerate(qubits):
        if (state >> bit) & 1:
            for name in flip:
                getattr(circuit, name)(qubit)
    circuit.measure(list(qubits), range(len(qubits)))
    return circuit


def confusion_of(found: Sequence[Counts], width: int) -> FullConfusion:
    """Build the full matrix from the counts of all 2^m prepared states."""
    shots = min(sum(counts.values()) for counts in found)
    matrix = np.zeros((2**width, 2**width))
    for state, counts in enumerate(found):
        for value, count in counts.items():
            matrix[value, state] += count / sum(counts.values())
    return FullConfusion(matrix, shots)


def tensored_of(zeros: Counts, ones: Counts, bits: Sequence[int]) -> TensoredConfusion:
    """Build the matrices of some bits from the counts of all-zero and all-one preparations."""
    matrices = []
    for bit in bits:
        columns = []
        for counts in (zeros, ones):
            rate = sum(count for value, count in counts.items() if (value >> bit) & 1) / sum(counts.values())
            columns.append((1.0 - rate, rate))
        matrices.append(np.array(columns).T)
    return TensoredConfusion(tuple(matrices), min(sum(zeros.values()), sum(ones.values())))


def final_measurements(circuit: QuantumCircuit) -> dict[int, int]:
    """Return classical bit -> physical qubit of a circuit that measures only at its end.

    Raises:
        ProblemError: control flow, a bit written twice, a qubit used after its measurement, or no measurement.
    """
    found: dict[int, int] = {}
    measured: set[int] = set()
    for instruction in circuit.data:
        name = instruction.operation.name
        qubits = [circuit.find_bit(qubit).index for qubit in instruction.qubits]
        if name == "barrier":
            continue
        again = measured & set(qubits)
        bits = [circuit.find_bit(bit).index for bit in instruction.clbits]
        if hasattr(instruction.operation, "blocks") or again or found.keys() & set(bits):
            raise ProblemError(
                f"circuit {circuit.name!r} measures before its end or decides by outcomes ({name}): readout errors "
                "can be taken out of final measurements only; leave readout mitigation out"
            )
        if name == "measure":
            found[bits[0]] = qubits[0]
            measured.add(qubits[0])
    if not found:
        raise ProblemError(f"circuit {circuit.name!r} measures nothing: add measurements")
    return dict(sorted(found.items()))


def _inverse(matrix: Matrix) -> Matrix:
    determinant = float(matrix[0, 0] * matrix[1, 1] - matrix[0, 1] * matrix[1, 0])
    if abs(determinant) < _SMALLEST_DETERMINANT:
        raise ExecutionError(
            f"a qubit is read as 1 with probability {matrix[1, 0]:.3g} after 0 and {matrix[1, 1]:.3g} after 1: its "
            "readout cannot be corrected; choose another layout or leave readout mitigation out"
        )
    return np.array([[matrix[1, 1], -matrix[0, 1]], [-matrix[1, 0], matrix[0, 0]]]) / determinant


def _applied(factors: Sequence[Matrix], vector: Vector) -> Vector:
    """Apply one 2 x 2 matrix per bit to a vector over all bit strings."""
    width = len(factors)
    tensor = vector.reshape((2,) * width)
    for bit, factor in enumerate(factors):
        axis = width - 1 - bit
        tensor = np.moveaxis(np.tensordot(factor, tensor, axes=(1, axis)), 0, axis)
    return np.asarray(tensor.reshape(-1), dtype=np.float64)
