"""Outcomes of executed circuits; :mod:`qalgo.amplitude_estimation.emulation` draws them from their law instead."""

from __future__ import annotations

from concurrent.futures import Executor
from functools import cached_property
from typing import TYPE_CHECKING

from qalgo.amplitude_estimation.requested_circuits import RequestedCircuits, grover_of
from qalgo.seeds import Purpose, stream
from qalgo.transcript import GroverShots, Outcome, Request, ReturnShots

if TYPE_CHECKING:
    from qiskit.primitives import BaseSamplerV2
    from qiskit.providers import BackendV2
    from qiskit.transpiler import PassManager

    from qalgo.amplitude_estimation.problem import EstimationProblem
    from qalgo.execution.engines import EngineChoice
    from qalgo.execution.evolution import PowerLaw
    from qalgo.execution.journalled_run import JournalledRun
    from qalgo.execution.simulator_options import SimulatorOptions

__all__ = ["CircuitSource"]

KERNEL_DEVICE = "CPU (qalgo statevector)"


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

    Attributes:
        circuits: builds and keeps the circuits.

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
        self._num_qubits = grover_of(problem).num_qubits
        self._seed = seed
        self._runner = CircuitRunner(
            num_qubits=self._num_qubits,
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
        self.circuits = RequestedCircuits(problem, self._runner)
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
        circuits = [self.circuits.of(request) for request in requests]
        shots = [request.shots for request in requests]
        found = self._runner.run(circuits, shots, round_index)
        return tuple(self._outcome(request, counts) for request, counts in zip(requests, found, strict=True))

    @cached_property
    def _engine(self) -> EngineChoice:
        from qalgo.execution.engines import EngineChoice, choose_engine

        if self._journalled:
            return EngineChoice("composed", "every submission is journalled")
        operations = [one for piece in self.circuits.translated() for one in piece] if self._runner.composable else []
        return choose_engine(
            self._runner.sampling,
            composable=self._runner.composable,
            num_qubits=self._num_qubits,
            operations=operations,
        )

    @cached_property
    def _law(self) -> PowerLaw:
        from qalgo.execution.evolution import power_law

        prepare, iterate = self.circuits.translated()
        objective = tuple(self._problem.objective_qubits)
        return power_law(
            self._engine, self._runner, prepare, iterate, self.circuits.frame, objective, self._problem.good_states
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


def _composed(requests: tuple[Request, ...]) -> EngineChoice:
    from qalgo.execution.engines import EngineChoice

    returns = any(isinstance(request, ReturnShots) for request in requests)
    return EngineChoice("composed", "A inverted, all qubits measured" if returns else "phase read-outs")
