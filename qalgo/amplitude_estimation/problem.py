"""What is asked: a state preparation A, which outcomes are good, and what the probability stands for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from qalgo.errors import ProblemError

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from qalgo.comparable import Comparable

__all__ = ["EstimationProblem"]

MAX_OBJECTIVE_QUBITS = 12
UNITARITY_TOLERANCE = 1e-8
_NOT_UNITARY = ("measure", "reset", "initialize", "if_else", "for_loop", "while_loop", "switch_case", "break_loop")


@dataclass(frozen=True, slots=True, eq=False)
class EstimationProblem:
    r"""Estimate the probability a that A|0> is found in a good state of the objective qubits.

    .. math:: A|0\rangle = \sqrt{1-a}\,|\psi_0\rangle + \sqrt{a}\,|\psi_1\rangle, \qquad a = \sin^2\theta.

    The nouns are those of qiskit-algorithms. Qubit order is little-endian: the first of ``objective_qubits`` is the
    last character of the bit string given to ``is_good_state``.

    Raises:
        ProblemError: not a circuit; a measurement, reset or control flow in A; a matrix that is not unitary; an
            index that does not exist; a Grover operator narrower than A.
    """

    state_preparation: QuantumCircuit
    """A: a circuit without measurements, acting on |0...0>."""
    objective_qubits: Sequence[int]
    """Indices of the qubits whose value decides between good and bad."""
    grover_operator: QuantumCircuit | None = None
    """Q; built from A when None, by :func:`circuits.reflection.grover_operator`."""
    is_good_state: Callable[[str], bool] | None = None
    """From a bit string of the objective qubits to good (True) or bad; default: all ones."""
    post_processing: Callable[[float], float] | None = None
    """A monotone function from the probability to the quantity of interest; applied once."""
    good_states: tuple[int, ...] = field(init=False)
    """The good values of the objective register as integers."""

    def __post_init__(self) -> None:
        _check_circuit(self.state_preparation, "state_preparation")
        objective = _check_objective(self.objective_qubits, self.state_preparation.num_qubits)
        object.__setattr__(self, "objective_qubits", objective)
        object.__setattr__(self, "good_states", _good_states(len(objective), self.is_good_state))
        if self.grover_operator is None:
            from circuits.reflection import grover_operator

            built = grover_operator(self.state_preparation, objective, good_states=self.good_states)
            object.__setattr__(self, "grover_operator", built)
            return
        _check_circuit(self.grover_operator, "grover_operator")
        if self.grover_operator.num_qubits < self.state_preparation.num_qubits:
            raise ProblemError(
                f"grover_operator has {self.grover_operator.num_qubits} qubits, state_preparation "
                f"{self.state_preparation.num_qubits}; Q must act on all qubits of A (further ones are work qubits)"
            )

    def comparable(self, functions: Sequence[object] = ()) -> Comparable:
        """Return what :func:`qalgo.compare` runs: this problem beside classical functions of the user's.

        Args:
            functions: ``qalgo.ClassicalFunction`` objects whose mean is the post-processed probability.

        Raises:
            ProblemError: functions with different references, or a post-processing that is not affine.
        """
        from qalgo.amplitude_estimation.comparable_problem import ComparableEstimation

        return ComparableEstimation(self, functions)

    def exact_amplitude(self) -> float:
        """Return a from one state vector of A (2^n complex numbers; emulation, not a measurement).

        Raises:
            ExecutionError: when the state vector would not fit into memory.
            ProblemError: when A does not give a normalised state.
        """
        from qalgo.amplitude_estimation.emulation import exact_amplitude

        return exact_amplitude(self)


def _check_circuit(circuit: object, name: str) -> None:
    from qiskit import QuantumCircuit

    if not isinstance(circuit, QuantumCircuit):
        raise ProblemError(f"{name} is a {type(circuit).__name__}; allowed: a qiskit QuantumCircuit")
    found = sorted(set(circuit.count_ops()) & set(_NOT_UNITARY))
    if found:
        raise ProblemError(
            f"{name} holds {', '.join(found)}: A and Q must be unitary, since their inverses are needed; "
            "remove measurements (circuit.remove_final_measurements()), use StatePreparation instead of initialize"
        )
    _check_matrices(circuit, name)
    if circuit.num_parameters:
        names = ", ".join(str(parameter) for parameter in circuit.parameters)
        raise ProblemError(f"{name} has unbound parameters {names}: bind them with assign_parameters")


def _check_matrices(circuit: QuantumCircuit, name: str) -> None:
    """A matrix given by the user may be anything; Qiskit checks it only when it is asked to."""
    for instruction in circuit.data:
        if instruction.operation.name != "unitary":
            continue
        matrix = np.asarray(instruction.operation.to_matrix())
        error = float(np.max(np.abs(matrix.conj().T @ matrix - np.eye(len(matrix)))))
        if not error <= UNITARITY_TOLERANCE:
            raise ProblemError(
                f"{name} holds a matrix that is not unitary: U^dagger U differs from the identity by {error:.2g}; "
                f"allowed: {UNITARITY_TOLERANCE:g}"
            )


def _check_objective(objective: Sequence[int], num_qubits: int) -> tuple[int, ...]:
    try:
        indices = tuple(int(index) for index in objective)
    except TypeError as error:
        raise ProblemError(f"objective_qubits is {objective!r}; allowed: a list of qubit indices, e.g. [3]") from error
    if not 1 <= len(indices) <= MAX_OBJECTIVE_QUBITS:
        raise ProblemError(f"objective_qubits has {len(indices)} entries; allowed: 1 to {MAX_OBJECTIVE_QUBITS}")
    wrong = [index for index in indices if not 0 <= index < num_qubits]
    if wrong or len(set(indices)) != len(indices):
        raise ProblemError(
            f"objective_qubits is {list(indices)}; allowed: different indices in 0..{num_qubits - 1}, "
            f"since state_preparation has {num_qubits} qubits"
        )
    return indices


def _good_states(num_objective: int, is_good_state: Callable[[str], bool] | None) -> tuple[int, ...]:
    if is_good_state is None:
        return (2**num_objective - 1,)
    strings = (format(value, f"0{num_objective}b") for value in range(2**num_objective))
    good = tuple(value for value, bits in enumerate(strings) if is_good_state(bits))
    if not good or len(good) == 2**num_objective:
        which = "none" if not good else "all"
        raise ProblemError(f"is_good_state accepts {which} of the {2**num_objective} states: nothing to estimate")
    return good
