"""Where outcomes come from: the closed-form law of the circuits (emulated), or the circuits themselves."""

from __future__ import annotations

import math
from concurrent.futures import Executor
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from qalgo.amplitude_estimation.noise import Depolarising
from qalgo.errors import ProblemError
from qalgo.seeds import Purpose, stream
from qalgo.transcript import GroverShots, Outcome, PhaseReadout, Request, ReturnShots

if TYPE_CHECKING:
    from qiskit import QuantumCircuit
    from qiskit.circuit import CircuitInstruction
    from qiskit.primitives import BaseSamplerV2
    from qiskit.providers import BackendV2
    from qiskit.transpiler import PassManager

    from qalgo.amplitude_estimation.problem import EstimationProblem
    from qalgo.execution.engines import EngineChoice
    from qalgo.execution.evolution import PowerLaw
    from qalgo.execution.journalled_run import JournalledRun
    from qalgo.execution.simulator_options import SimulatorOptions

__all__ = ["CircuitSource", "SubspaceSource", "exact_amplitude"]

KERNEL_DEVICE = "CPU (qalgo statevector)"


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


class CircuitSource:
    r"""Runs the true circuits Q^k A and, for phase read-outs, canonical amplitude estimation.

    Without a pass manager A and Q are translated once, each by itself; neighbouring one- and two-qubit gates are merged
    into one matrix, as Aer's gate fusion does. On a noise-free state vector of our own an engine applies Q power after
    power and keeps the outcome law of every power (:func:`qalgo.execution.engines.choose_engine`); otherwise Q^k A is
    joined from the translated pieces and run. With a pass manager (devices, fake backends) the full circuit of every
    distinct power goes through it, once: a layout chosen for Q alone would end on other qubits than it began on. All
    circuits of a round are one submission.

    Args:
        problem: A, Q and the good states. Q may be wider than A: further qubits are work qubits, |0> at first.
        seed: root integer; request j of round r has random numbers of its own, whatever was run before.
        backend: makes sampler and pass manager; fake and generic ones are simulated on the active qubits.
        sampler: any ``BaseSamplerV2``; default: a state vector on this machine.
        pass_manager: translates for the sampler's device.
        device: "auto", "cpu" or "gpu" for the default sampler.
        executor: spreads the circuits of a round; the counts are those of a serial run. An engine has no use for it:
            one run through all powers takes no longer than the largest power alone.
        simulator: options of the default sampler, the engine among them.
        journal: records every submission before its result is waited for.

    Raises:
        ExecutionError: unusable sampler or device, too little memory.
        ProblemError: arguments that contradict each other.
    """

    mode = "circuit"

    def __init__(
        self,
        problem: EstimationProblem,
        *,
        seed: int,
        backend: BackendV2 | None = None,
        sampler: BaseSamplerV2 | None = None,
        pass_manager: PassManager | None = None,
        device: str = "auto",
        executor: Executor | None = None,
        simulator: SimulatorOptions | None = None,
        journal: JournalledRun | None = None,
    ) -> None:
        from qalgo.execution.runner import CircuitRunner

        self._problem = problem
        self._journalled = journal is not None
        self._grover = _grover_of(problem)
        self._seed = seed
        self._runner = CircuitRunner(
            num_qubits=self._grover.num_qubits,
            seed=seed,
            backend=backend,
            sampler=sampler,
            pass_manager=pass_manager,
            device=device,
            executor=executor,
            simulator=simulator,
            journal=journal,
        )
        self._runner.warn_unless_seeded()
        self._circuits: dict[tuple[int, str], QuantumCircuit] = {}
        self._undoing: list[CircuitInstruction] | None = None
        self._pieces: tuple[list[CircuitInstruction], list[CircuitInstruction]] | None = None
        self._frame = self._empty()
        self._used: dict[EngineChoice, None] = {}

    @property
    def device(self) -> str:
        """Where the circuits ran."""
        kernels = {choice.name == "kernels" for choice in self._used}
        return " and ".join([KERNEL_DEVICE] * (True in kernels) + [self._runner.device] * (kernels != {True}))

    @property
    def device_reason(self) -> str:
        """Why they ran there."""
        return self._runner.reason

    @property
    def engine(self) -> str:
        """How the circuits were run, every way that was used; empty before the first round."""
        return "; ".join(str(choice) for choice in self._used)

    def measure(self, requests: tuple[Request, ...], round_index: int) -> tuple[Outcome, ...]:
        """Run the circuits of one round as one submission.

        Raises:
            ExecutionError: translation or the sampler failed.
        """
        powers = [request for request in requests if isinstance(request, GroverShots)]
        choice = self._engine if len(powers) == len(requests) else _composed(requests)
        self._used[choice] = None
        if choice.name != "composed":
            return tuple(self._drawn(request, round_index, index) for index, request in enumerate(powers))
        circuits = [self._circuit(request) for request in requests]
        shots = [request.shots for request in requests]
        found = self._runner.run(circuits, shots, round_index)
        return tuple(self._outcome(request, counts) for request, counts in zip(requests, found, strict=True))

    @cached_property
    def _engine(self) -> EngineChoice:
        from qalgo.execution.engines import EngineChoice, choose_engine

        if self._journalled:
            return EngineChoice("composed", "every submission is journalled")
        operations = [one for piece in self._translated() for one in piece] if self._runner.composable else []
        return choose_engine(
            self._runner.sampling,
            composable=self._runner.composable,
            num_qubits=self._grover.num_qubits,
            operations=operations,
        )

    @cached_property
    def _law(self) -> PowerLaw:
        from qalgo.execution.evolution import power_law

        prepare, iterate = self._translated()
        objective = tuple(self._problem.objective_qubits)
        return power_law(
            self._engine, self._runner, prepare, iterate, self._frame, objective, self._problem.good_states
        )

    def _drawn(self, request: GroverShots, round_index: int, index: int) -> int:
        """Draw the hits from the simulated probability: the law of shots on Q^k A."""
        probability = self._law.probability(request.power)
        random = stream(self._seed, Purpose.SAMPLING, round_index, index)
        return int(random.binomial(request.shots, probability))

    def _outcome(self, request: Request, counts: dict[int, int]) -> Outcome:
        if isinstance(request, ReturnShots):
            return counts.get(0, 0)
        if isinstance(request, GroverShots):
            return sum(counts.get(value, 0) for value in self._problem.good_states)
        return tuple(value for value, count in sorted(counts.items()) for _ in range(count))

    def _circuit(self, request: Request) -> QuantumCircuit:
        if isinstance(request, PhaseReadout):
            key = (request.num_evaluation_qubits, request.window)
        else:
            returns = isinstance(request, ReturnShots)
            if self._runner.composable:
                return self._joined(request.power, returns=returns)
            key = (request.power, "return" if returns else "objective")
        if key not in self._circuits:
            if isinstance(request, PhaseReadout):
                self._circuits[key] = self._canonical(request)
            else:
                whole = self._whole(request.power, returns=isinstance(request, ReturnShots))
                self._circuits[key] = self._runner.lower(whole)
        return self._circuits[key]

    def _empty(self) -> QuantumCircuit:
        from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister

        register = ClassicalRegister(len(self._problem.objective_qubits), "objective")
        return QuantumCircuit(QuantumRegister(self._grover.num_qubits, "q"), register)

    def _whole(self, power: int, *, returns: bool = False) -> QuantumCircuit:
        """Q^k A, or A^dagger Q^k A, with measurements, as given: nothing translated."""
        circuit = self._frame.copy_empty_like()
        prepared = range(self._problem.state_preparation.num_qubits)
        circuit.compose(self._problem.state_preparation, prepared, inplace=True)
        for _ in range(power):
            circuit.compose(self._grover, circuit.qubits, inplace=True, copy=False)
        if returns:
            # Without the barrier the transpiler would cancel A^dagger against what comes before it.
            circuit.barrier()
            circuit.compose(self._unprepared(), prepared, inplace=True)
        return self._measured(circuit, returns)

    def _joined(self, power: int, *, returns: bool = False) -> QuantumCircuit:
        """The same from the translated pieces, with no check per gate: Q may come 1e5 times."""
        prepare, iterate = self._translated()
        circuit = self._frame.copy_empty_like()
        for instruction in prepare:
            circuit._append(instruction)
        for _ in range(power):
            for instruction in iterate:
                circuit._append(instruction)
        if returns:
            if self._undoing is None:
                undo = self._frame.copy_empty_like()
                undo.compose(self._unprepared(), range(self._problem.state_preparation.num_qubits), inplace=True)
                self._undoing = _on(self._runner.lower_piece(undo, clean=()), self._frame)
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

    def _translated(self) -> tuple[list[CircuitInstruction], list[CircuitInstruction]]:
        if self._pieces is None:
            width = range(self._grover.num_qubits)
            prepare = self._frame.copy_empty_like()
            prepare.compose(
                self._problem.state_preparation, range(self._problem.state_preparation.num_qubits), inplace=True
            )
            iterate = self._frame.copy_empty_like()
            iterate.compose(self._grover, width, inplace=True)
            # Qubits that neither touches are |0> all along: wide gates may borrow them, and give them back.
            untouched = set(width) - _touched(prepare) - _touched(iterate)
            first = self._runner.lower_piece(prepare, clean=width)
            again = self._runner.lower_piece(iterate, clean=untouched)
            self._pieces = (_on(first, self._frame), _on(again, self._frame))
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


def _composed(requests: tuple[Request, ...]) -> EngineChoice:
    from qalgo.execution.engines import EngineChoice

    returns = any(isinstance(request, ReturnShots) for request in requests)
    return EngineChoice("composed", "A inverted, all qubits measured" if returns else "phase read-outs")


def _grover_of(problem: EstimationProblem) -> QuantumCircuit:
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
