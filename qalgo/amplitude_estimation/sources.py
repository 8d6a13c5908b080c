"""Where outcomes come from: the closed-form law of the circuits (emulated), or the circuits themselves."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from qalgo.errors import ProblemError
from qalgo.execution.limits import check_state_vector
from qalgo.seeds import Purpose, stream
from qalgo.transcript import GroverShots, Outcome, PhaseReadout, Request

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from qalgo.amplitude_estimation.problem import EstimationProblem

__all__ = ["SubspaceSource", "exact_amplitude"]

NORM_TOLERANCE = 1e-8


def exact_amplitude(problem: EstimationProblem) -> float:
    r"""Return the probability a of a good outcome of A|0>, from one state vector.

    Costs 2^n complex numbers and time ~ gates x 2^n. This is emulation: a device would have to estimate a.

    Raises:
        ExecutionError: the state vector (two copies of it are alive at once) would not fit into the free memory.
        ProblemError: A holds an operation without a matrix, or its final state is not normalised.
    """
    from qiskit.exceptions import QiskitError
    from qiskit.quantum_info import Statevector

    circuit = problem.state_preparation
    check_state_vector(circuit.num_qubits, copies=2, what="state_preparation")
    _check_unitary_gates(circuit)
    try:
        state = Statevector.from_instruction(circuit)
    except QiskitError as error:
        raise ProblemError(
            f"state_preparation cannot be simulated as a state vector: {error}; allowed: gates with a matrix or a "
            "definition made of such gates"
        ) from error
    norm = float(np.sum(np.abs(state.data) ** 2))
    if not abs(norm - 1.0) <= NORM_TOLERANCE:
        raise ProblemError(
            f"state_preparation gives a state of squared norm {norm:.9g}; allowed: 1, within {NORM_TOLERANCE:g}. "
            "A gate in it is not unitary: normalise the vector or repair the matrix that it was made from"
        )
    probabilities = state.probabilities(list(problem.objective_qubits))
    return min(1.0, max(0.0, math.fsum(probabilities[list(problem.good_states)]) / norm))


class SubspaceSource:
    r"""Draws outcomes from the exact law of the circuits, without executing them.

    Q acts on the plane of the good and bad parts of A|0> as a rotation by 2 theta, a = sin^2(theta), so that
    :math:`Q^k A|0\rangle` is good with probability :math:`\sin^2((2k+1)\theta)` (quant-ph/0005055, eq. 8), and
    phase estimation of Q reads out the mixture of the window's law at theta/pi and 1 - theta/pi.

    Args:
        a: the probability of a good outcome of A, in [0, 1].
        seed: root integer; the draws of request j in round r depend on (seed, r, j) only.

    Raises:
        ProblemError: a outside [0, 1].
    """

    mode = "subspace"
    device = "emulated: sin^2((2k+1) theta), no circuit executed"

    def __init__(self, a: float, *, seed: int) -> None:
        if not 0.0 <= a <= 1.0:
            raise ProblemError(f"a is {a!r}; allowed: a probability between 0 and 1")
        self._a = float(a)
        # atan2 keeps full relative accuracy at both ends, where arcsin(sqrt(a)) loses half the digits near a = 1.
        self._theta = math.atan2(math.sqrt(self._a), math.sqrt(1.0 - self._a))
        self._seed = seed
        self._readouts: dict[tuple[int, str], npt.NDArray[np.float64]] = {}

    def measure(self, requests: tuple[Request, ...], round_index: int) -> tuple[Outcome, ...]:
        """Draw the outcomes of one round."""
        return tuple(
            self._draw(request, stream(self._seed, Purpose.EMULATION, round_index, index))
            for index, request in enumerate(requests)
        )

    def _draw(self, request: Request, random: np.random.Generator) -> Outcome:
        if isinstance(request, GroverShots):
            probability = math.sin((2 * request.power + 1) * self._theta) ** 2
            return int(random.binomial(request.shots, min(1.0, probability)))
        law = self._readout_law(request)
        return tuple(int(value) for value in random.choice(law.size, size=request.shots, p=law))

    def _readout_law(self, request: PhaseReadout) -> npt.NDArray[np.float64]:
        key = (request.num_evaluation_qubits, request.window)
        if key not in self._readouts:
            from qalgo.amplitude_estimation.windows import phase_window, readout_distribution

            window = phase_window(request.window, request.num_evaluation_qubits)
            law = np.asarray(readout_distribution(self._a, window), dtype=np.float64)
            self._readouts[key] = law / law.sum()
        return self._readouts[key]


def _check_unitary_gates(circuit: QuantumCircuit) -> None:
    # The norm of A|0> alone would let a projector through.
    for instruction in circuit.data:
        operation = instruction.operation
        if instruction.is_standard_gate() or not hasattr(operation, "__array__") or operation.num_qubits > 8:
            continue
        matrix = np.asarray(operation.__array__(), dtype=np.complex128)
        error = float(np.max(np.abs(matrix.conj().T @ matrix - np.eye(len(matrix)))))
        if not error <= NORM_TOLERANCE:
            raise ProblemError(
                f"gate {operation.name!r} of state_preparation is not unitary: its matrix times its adjoint differs "
                f"from the identity by {error:.2g}; allowed: {NORM_TOLERANCE:g}"
            )
