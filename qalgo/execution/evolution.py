"""A|0>, Q A|0>, Q^2 A|0>, ... in one go: the state vector is carried on, the outcome law is saved at every power."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from qalgo.errors import ExecutionError
from qalgo.execution.installation import import_aer
from qalgo.execution.kernels import Program, block_qubits, compile_steps, final_layout, indices_of, merge
from qalgo.execution.samplers import AerDevice
from qalgo.execution.simulation import simulate

if TYPE_CHECKING:
    from qiskit import QuantumCircuit
    from qiskit.circuit import CircuitInstruction

    from qalgo.execution.engines import EngineChoice
    from qalgo.execution.runner import CircuitRunner

__all__ = ["AerEvolution", "Evolution", "KernelEvolution", "PowerLaw", "power_law"]

NORM_TOLERANCE = 1e-6
SINGLE_NORM_TOLERANCE = 1e-2
BUFFER_AMPLITUDES = 2**14
"""Amplitudes kept before their probabilities are summed: enough to make the summing cheap, and 256 KiB."""
BUFFER_STATES = 64
MAX_INSTRUCTIONS = 20_000
"""Instructions of one Aer circuit; longer evolutions are cut into pieces."""


class Evolution(Protocol):
    """Applies Q again and again."""

    def advance(self, number: int) -> Iterator[list[float]]:
        """Yield, in parts, the probability of a good outcome at the next ``number`` powers, beginning at power 0.

        After an interruption the next call goes on behind the last part that was yielded.
        """
        ...


class PowerLaw:
    """The probability of a good outcome of Q^k A|0>, simulated once for every power up to the largest asked for.

    Every power is reached by applying Q to the state of the power before, whatever was asked first: the numbers do not
    depend on the order of the questions. Memory: one state vector and 8 bytes per power.
    """

    def __init__(self, evolution: Evolution) -> None:
        self._evolution = evolution
        self._known: list[float] = []

    @property
    def largest_power(self) -> int:
        """The largest power simulated so far; -1 before the first."""
        return len(self._known) - 1

    def probability(self, power: int) -> float:
        """Return the probability of a good outcome of Q^power A|0>.

        Raises:
            ExecutionError: the simulation failed, or A or Q is not unitary.
        """
        missing = power - self.largest_power
        if missing > 0:
            for part in self._evolution.advance(missing):
                self._known.extend(part)
        return min(1.0, max(0.0, self._known[power]))


def power_law(
    choice: EngineChoice,
    runner: CircuitRunner,
    prepare: Sequence[CircuitInstruction],
    iterate: Sequence[CircuitInstruction],
    frame: QuantumCircuit,
    objective: Sequence[int],
    good_states: Sequence[int],
) -> PowerLaw:
    """Return the outcome law of Q^k A as the chosen engine simulates it.

    Args:
        choice: an evolution.
        runner: the runner it was chosen for.
        prepare: the gates of A, translated, on the qubits of ``frame``.
        iterate: the gates of Q.
        frame: gives the qubits their indices.
        objective: indices of the objective qubits, the first one lowest.
        good_states: good values of the objective register.
    """
    if choice.name == "kernels":
        return PowerLaw(KernelEvolution(prepare, iterate, frame, objective, good_states))
    return PowerLaw(AerEvolution(prepare, iterate, frame, objective, good_states, runner=runner))


class KernelEvolution:
    """The evolution with numpy kernels (:mod:`qalgo.execution.kernels`): no circuit is built, no library is called.

    Args:
        prepare: the gates of A, on the qubits of ``frame``.
        iterate: the gates of Q.
        frame: gives the qubits their indices.
        objective: indices of the objective qubits, the first one lowest.
        good_states: good values of the objective register.

    Raises:
        ExecutionError: an operation that is not a gate with a matrix.
    """

    def __init__(
        self,
        prepare: Sequence[CircuitInstruction],
        iterate: Sequence[CircuitInstruction],
        frame: QuantumCircuit,
        objective: Sequence[int],
        good_states: Sequence[int],
    ) -> None:
        position = {qubit: index for index, qubit in enumerate(frame.qubits)}
        count = frame.num_qubits
        widest = block_qubits(count)
        first, again = merge(prepare, position, widest=widest), merge(iterate, position, widest=widest)
        if isinstance(first, str) or isinstance(again, str):
            raise ExecutionError(f"the kernels cannot run this circuit: {first if isinstance(first, str) else again}")
        plain = tuple(range(count))
        layout = final_layout(again, plain)
        start = compile_steps(first, plain, layout)
        start.entry[0] = 1.0
        start.run()
        self._state = start.result
        self._iterate: Program = compile_steps(again, layout, layout)
        self._good = np.flatnonzero(np.isin(indices_of(tuple(objective), layout), good_states))
        rows = min(BUFFER_STATES, max(1, BUFFER_AMPLITUDES >> count))
        self._buffer = np.empty((rows, 2**count), dtype=np.complex128)
        self._begun = False

    def advance(self, number: int) -> Iterator[list[float]]:
        """Apply Q with one pass over the kernels per power."""
        if not self._begun and number:
            first = self._summed(self._state[np.newaxis])
            self._begun = True
            yield first
            number -= 1
        while number:
            states = self._buffer[: min(len(self._buffer), number)]
            self._fill(states)
            found = self._summed(states)
            self._state = states[-1].copy()
            yield found
            number -= len(states)

    def _fill(self, states: npt.NDArray[np.complex128]) -> None:
        program, entry, result = self._iterate, self._iterate.entry, self._iterate.result
        entry[...] = self._state
        for row in states:
            program.run()
            row[...] = result
            entry[...] = result

    def _summed(self, states: npt.NDArray[np.complex128]) -> list[float]:
        _check_norm(float(np.square(states[-1].view(np.float64)).sum()))
        # take() makes contiguous rows, so that the sum over a row does not depend on how many there are.
        good = states.take(self._good, axis=1)
        return [float(value) for value in (good.real**2 + good.imag**2).sum(axis=1)]


class AerEvolution:
    """The evolution as Aer circuits: ``save_probabilities`` after every Q, the last state handed to the next circuit.

    Args:
        prepare: the gates of A, on the qubits of ``frame``.
        iterate: the gates of Q.
        frame: the qubits.
        objective: indices of the objective qubits, the first one lowest.
        good_states: good values of the objective register.
        runner: knows the simulator's options, and changes from the GPU to the CPU where it may.
    """

    def __init__(
        self,
        prepare: Sequence[CircuitInstruction],
        iterate: Sequence[CircuitInstruction],
        frame: QuantumCircuit,
        objective: Sequence[int],
        good_states: Sequence[int],
        *,
        runner: CircuitRunner,
    ) -> None:
        self._prepare, self._iterate, self._frame = prepare, iterate, frame
        self._objective, self._good = list(objective), list(good_states)
        self._runner = runner
        self._state: npt.NDArray[np.complex128] | None = None

    def advance(self, number: int) -> Iterator[list[float]]:
        """Run one circuit, or several where it would get too long to hold."""
        largest = max(1, MAX_INSTRUCTIONS // (len(self._iterate) + 1))
        while number:
            part = min(largest, number)
            yield self._runner.attempt(partial(self._advance, part))
            number -= part

    def _advance(self, number: int) -> list[float]:
        sampling = self._runner.sampling
        if not isinstance(sampling, AerDevice):
            raise ExecutionError(f"{sampling.name} is not the default simulator: it runs composed circuits only")
        # Aer merges no gates across the places where something is saved: every Q is run like the one before.
        data = simulate(self._circuit(number), device=sampling.device, options=sampling.options, shots=1, seed=0)
        state = np.asarray(data.state, dtype=np.complex128)
        norm = float(np.vdot(state, state).real)
        single = sampling.options.precision == "single"
        _check_norm(norm, SINGLE_NORM_TOLERANCE if single else NORM_TOLERANCE)
        # Aer takes no state whose norm has drifted by the rounding of single precision.
        self._state = state / np.sqrt(norm) if single else state
        return [float(np.asarray(getattr(data, f"power_{index}"))[self._good].sum()) for index in range(number)]

    def _circuit(self, number: int) -> QuantumCircuit:
        import_aer()
        from qiskit import QuantumCircuit
        from qiskit.circuit import CircuitInstruction
        from qiskit_aer.library import SaveProbabilities, SaveStatevector, SetStatevector

        circuit = QuantumCircuit(*self._frame.qregs, name="Q^k A")
        pieces = [self._iterate] * number
        if self._state is None:
            pieces[0] = self._prepare
        else:
            circuit.append(SetStatevector(self._state), circuit.qubits)
        objective = [circuit.qubits[index] for index in self._objective]
        for index, piece in enumerate(pieces):
            for instruction in piece:
                circuit._append(instruction)
            saved = SaveProbabilities(len(objective), label=f"power_{index}")
            circuit._append(CircuitInstruction(saved, objective))
        circuit.append(SaveStatevector(circuit.num_qubits, label="state"), circuit.qubits)
        return circuit


def _check_norm(norm: float, tolerance: float = NORM_TOLERANCE) -> None:
    if not abs(norm - 1.0) <= tolerance:
        raise ExecutionError(
            f"the state has squared norm {norm:.9g}; allowed: 1, within {tolerance:g}: a gate of A or Q is not "
            "unitary: normalise the vector or repair the matrix that it was made from"
        )
