"""Outcomes without circuits of Q^k A: the exact probability from one state vector, and the closed-form law."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from qalgo.amplitude_estimation.noise import Depolarising
from qalgo.errors import ProblemError
from qalgo.seeds import Purpose, stream
from qalgo.transcript import GroverShots, Outcome, PhaseReadout, Request, ReturnShots

if TYPE_CHECKING:
    from qalgo.amplitude_estimation.problem import EstimationProblem

__all__ = ["SubspaceSource", "exact_amplitude"]


def exact_amplitude(problem: EstimationProblem) -> float:
    r"""Return the probability a of a good outcome of A|0>, from one state vector.

    Costs 2^n complex numbers and time ~ gates x 2^n. This is emulation: a device would have to estimate a.

    Raises:
        ExecutionError: the state vector (two copies of it are alive at once) would not fit into the free memory.
        ProblemError: A holds an operation without a matrix, or one that is not unitary.
    """
    from qalgo.execution.state_vector import final_state

    circuit = problem.state_preparation
    state = final_state(circuit).reshape((2,) * circuit.num_qubits)
    count = circuit.num_qubits
    # Axis 0 is the highest qubit; put the objective qubits last, the first of them lowest.
    objective = [count - 1 - qubit for qubit in reversed(problem.objective_qubits)]
    others = [axis for axis in range(count) if axis not in objective]
    table = np.abs(state.transpose(others + objective).reshape(-1, 2 ** len(objective))) ** 2
    good = table[:, list(problem.good_states)].sum()
    return min(1.0, max(0.0, float(good / table.sum())))


class SubspaceSource:
    r"""Draws outcomes from the exact law of the circuits, without executing them.

    Q acts on the plane of the good and bad parts of A|0> as a rotation by 2 theta, a = sin^2(theta), so that
    :math:`Q^k A|0\rangle` is good with probability :math:`\sin^2((2k+1)\theta)` (quant-ph/0005055, eq. 8), and
    phase estimation of Q reads out the mixture of the window's law at theta/pi and 1 - theta/pi. With ``noise`` the
    law is that of :class:`qalgo.amplitude_estimation.noise.Depolarising`, and the description of the device says so.

    Args:
        a: the probability of a good outcome of A, in [0, 1].
        seed: root integer; the draws of request j in round r depend on (seed, r, j) only.
        noise: depolarising noise with a rate and a fixed point that are numbers; None: the exact law.

    Raises:
        ProblemError: a outside [0, 1], or noise of unknown rate.
    """

    mode = "subspace"
    device_reason = ""
    engine = "subspace law: drawn from sin^2((2k+1) theta)"

    def __init__(self, a: float, *, seed: int, noise: Depolarising | None = None) -> None:
        if not 0.0 <= a <= 1.0:
            raise ProblemError(f"a is {a!r}; allowed: a probability between 0 and 1")
        self.device = "emulated: sin^2((2k+1) theta), no circuit executed"
        if noise is not None:
            noise.probability(1, 0.0)  # refuses an unknown rate now, not in the middle of a run
            self.device = f"emulated with {noise}: no circuit executed"
        self._noise = noise
        # atan2 keeps full relative accuracy at both ends, where arcsin(sqrt(a)) loses half the digits near a = 1.
        self._theta = math.atan2(math.sqrt(a), math.sqrt(1.0 - a))
        self._seed = seed
        self._readouts: dict[tuple[int, str], npt.NDArray[np.float64]] = {}

    def measure(self, requests: tuple[Request, ...], round_index: int) -> tuple[Outcome, ...]:
        """Draw the outcomes of one round."""
        return tuple(
            self._draw(request, stream(self._seed, Purpose.EMULATION, round_index, index))
            for index, request in enumerate(requests)
        )

    def _draw(self, request: Request, random: np.random.Generator) -> Outcome:
        if isinstance(request, GroverShots | ReturnShots):
            return int(random.binomial(request.shots, min(1.0, max(0.0, self._probability(request)))))
        if self._noise is not None:
            raise ProblemError(
                "phase read-outs under noise have no closed form here; allowed with noise: methods that measure Q^k A"
            )
        law = self._readout_law(request)
        return tuple(int(value) for value in random.choice(law.size, size=request.shots, p=law))

    def _probability(self, request: GroverShots | ReturnShots) -> float:
        if isinstance(request, ReturnShots):
            if self._noise is not None:
                return self._noise.return_probability(request.power, self._theta)
            return math.cos(2 * request.power * self._theta) ** 2
        if self._noise is not None:
            return self._noise.probability(2 * request.power + 1, self._theta)
        return math.sin((2 * request.power + 1) * self._theta) ** 2

    def _readout_law(self, request: PhaseReadout) -> npt.NDArray[np.float64]:
        key = (request.num_evaluation_qubits, request.window)
        if key not in self._readouts:
            from qalgo.amplitude_estimation.windows import phase_window, readout_distribution

            self._readouts[key] = readout_distribution(self._theta, phase_window(*key))
        return self._readouts[key]
