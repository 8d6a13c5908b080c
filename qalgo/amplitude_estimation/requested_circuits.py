"""The circuits that a round asks for: Q^k A, A^dagger Q^k A and phase estimation, joined from translated pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qalgo.errors import ProblemError
from qalgo.transcript import PhaseReadout, Request, ReturnShots

if TYPE_CHECKING:
    from qiskit import QuantumCircuit
    from qiskit.circuit import CircuitInstruction

    from qalgo.amplitude_estimation.problem import EstimationProblem
    from qalgo.execution.runner import CircuitRunner

__all__ = ["RequestedCircuits", "grover_of"]


class RequestedCircuits:
    """Builds and keeps the translated circuits of one problem for one runner.

    Args:
        problem: A, Q and the good states. Q may be wider than A: further qubits are work qubits, |0> at first.
        runner: translates for the sampler's device.

    Attributes:
        frame: the qubits of Q and the classical bits of the objective register, without gates.
    """

    def __init__(self, problem: EstimationProblem, runner: CircuitRunner) -> None:
        self._problem, self._runner = problem, runner
        self._grover = grover_of(problem)
        self.frame = self._empty()
        self._circuits: dict[tuple[int, str], QuantumCircuit] = {}
        self._undoing: list[CircuitInstruction] | None = None
        self._pieces: tuple[list[CircuitInstruction], list[CircuitInstruction]] | None = None

    def of(self, request: Request) -> QuantumCircuit:
        """Return the circuit of a request in the gates of the sampler, with measurements.

        Raises:
            ExecutionError: it cannot be translated.
        """
        if isinstance(request, PhaseReadout):
            key = (request.num_evaluation_qubits, request.window)
        else:
            returns = isinstance(request, ReturnShots)
            if self._runner.composable:
                return self.joined(request.power, returns=returns)
            key = (request.power, "return" if returns else "objective")
        if key not in self._circuits:
            if isinstance(request, PhaseReadout):
                self._circuits[key] = self._canonical(request)
            else:
                whole = self.whole(request.power, returns=isinstance(request, ReturnShots))
                self._circuits[key] = self._runner.lower(whole)
        return self._circuits[key]

    def whole(self, power: int, *, returns: bool = False) -> QuantumCircuit:
        """Q^k A, or A^dagger Q^k A, with measurements, as given: nothing translated."""
        circuit = self.frame.copy_empty_like()
        prepared = range(self._problem.state_preparation.num_qubits)
        circuit.compose(self._problem.state_preparation, prepared, inplace=True)
        for _ in range(power):
            circuit.compose(self._grover, circuit.qubits, inplace=True, copy=False)
        if returns:
            # Without the barrier the transpiler would cancel A^dagger against what comes before it.
            circuit.barrier()
            circuit.compose(self._unprepared(), prepared, inplace=True)
        return self._measured(circuit, returns)

    def joined(self, power: int, *, returns: bool = False) -> QuantumCircuit:
        """The same from the translated pieces, with no check per gate: Q may come 1e5 times."""
        prepare, iterate = self.translated()
        circuit = self.frame.copy_empty_like()
        for instruction in prepare:
            circuit._append(instruction)
        for _ in range(power):
            for instruction in iterate:
                circuit._append(instruction)
        if returns:
            if self._undoing is None:
                undo = self.frame.copy_empty_like()
                undo.compose(self._unprepared(), range(self._problem.state_preparation.num_qubits), inplace=True)
                self._undoing = _on(self._runner.lower_piece(undo, clean=()), self.frame)
            for instruction in self._undoing:
                circuit._append(instruction)
        return self._measured(circuit, returns)

    def _unprepared(self) -> QuantumCircuit:
        from circuits.inversion import flattened

        return flattened(self._problem.state_preparation).inverse()

    def _measured(self, circuit: QuantumCircuit, returns: bool) -> QuantumCircuit:
        """Measure the objective qubits, or all qubits of A in place of them."""
        if not returns:
            circuit.measure(list(self._problem.objective_qubits), circuit.clbits)
            return circuit
        from qiskit import ClassicalRegister, QuantumCircuit

        register = ClassicalRegister(self._problem.state_preparation.num_qubits, "returned")
        # Made anew: the classical register of the frame is that of the objective qubits.
        whole = QuantumCircuit(*circuit.qregs, register)
        for instruction in circuit.data:
            whole._append(instruction)
        whole.measure(range(register.size), register)
        return whole

    def translated(self) -> tuple[list[CircuitInstruction], list[CircuitInstruction]]:
        """Return the translated gates of A and of Q on the qubits of the frame; without a pass manager only."""
        if self._pieces is None:
            width = range(self._grover.num_qubits)
            prepare = self.frame.copy_empty_like()
            prepare.compose(
                self._problem.state_preparation, range(self._problem.state_preparation.num_qubits), inplace=True
            )
            iterate = self.frame.copy_empty_like()
            iterate.compose(self._grover, width, inplace=True)
            # Qubits that neither touches are |0> all along: wide gates may borrow them, and give them back.
            untouched = set(width) - _touched(prepare) - _touched(iterate)
            first = self._runner.lower_piece(prepare, clean=width)
            again = self._runner.lower_piece(iterate, clean=untouched)
            self._pieces = (_on(first, self.frame), _on(again, self.frame))
        return self._pieces

    def _canonical(self, request: PhaseReadout) -> QuantumCircuit:
        """Phase estimation with Q run forwards or backwards between controlled sign flips: 2^m + 1 uses of A."""
        from qiskit import ClassicalRegister

        from circuits.phase import canonical_amplitude_estimation
        from qalgo.amplitude_estimation.windows import phase_window

        whole = canonical_amplitude_estimation(
            self._problem.state_preparation,
            self._problem.objective_qubits,
            request.num_evaluation_qubits,
            window=phase_window(request.num_evaluation_qubits, request.window),
            good_states=self._problem.good_states,
        )
        evaluation = next(register for register in whole.qregs if register.name == "evaluation")
        if self._runner.composable:
            whole = self._runner.lower_piece(whole, clean=range(whole.num_qubits))
        measured = ClassicalRegister(len(evaluation), "evaluation_bits")
        whole.add_register(measured)
        whole.measure([whole.find_bit(qubit).index for qubit in evaluation], measured)
        return whole if self._runner.composable else self._runner.lower(whole)

    def _empty(self) -> QuantumCircuit:
        from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister

        register = ClassicalRegister(len(self._problem.objective_qubits), "objective")
        return QuantumCircuit(QuantumRegister(self._grover.num_qubits, "q"), register)


def grover_of(problem: EstimationProblem) -> QuantumCircuit:
    """Return Q.

    Raises:
        ProblemError: the problem has none.
    """
    if problem.grover_operator is None:
        raise ProblemError("the problem has no grover_operator; allowed: leave it out, or give a QuantumCircuit")
    return problem.grover_operator


def _touched(circuit: QuantumCircuit) -> set[int]:
    return {
        circuit.find_bit(qubit).index
        for instruction in circuit.data
        if instruction.operation.name != "barrier"
        for qubit in instruction.qubits
    }


def _on(piece: QuantumCircuit, frame: QuantumCircuit) -> list[CircuitInstruction]:
    """The instructions of a piece on the qubits of the frame, by index."""
    return [
        instruction.replace(qubits=[frame.qubits[piece.find_bit(qubit).index] for qubit in instruction.qubits])
        for instruction in piece.data
    ]
