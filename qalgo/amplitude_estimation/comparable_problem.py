"""An estimation problem of the user's own as something that can be compared with a classical function."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from qalgo.amplitude_estimation.baseline import ClassicalFunction
from qalgo.amplitude_estimation.bounds import AMPLITUDE_ESTIMATION, quadratic_bound
from qalgo.comparable import USES_OF_A, Bound, GateCost, Method, Preprocessing, Reference, Theorem, Trial
from qalgo.errors import ProblemError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from qiskit import QuantumCircuit

    from qalgo.amplitude_estimation.problem import EstimationProblem
    from qalgo.results import Estimate

__all__ = ["SECONDS_PER_RUN", "ComparableEstimation", "EmulatedEstimation", "emulated_estimate", "gate_cost"]

SECONDS_PER_RUN = 0.015
"""Rough wall seconds of one emulated run; used to announce durations only."""
SYNTHESIS_ERROR = 1e-10
T_PER_TOFFOLI = 4
LADDER = tuple(0.1 * 0.5**step for step in range(8))


def emulated_estimate(a: float, epsilon: float, estimator: str, seed: int, index: int) -> Estimate:
    """Return one estimation whose outcomes are drawn from the law of the circuits, with the streams of (seed, index).

    Args:
        a: the probability of a good outcome of A.
        epsilon: half-width on a.
        estimator: name of the estimator.
        seed: root integer of the trial.
        index: number of the trial; part of every stream.
    """
    from qalgo.amplitude_estimation.emulation import SubspaceSource
    from qalgo.amplitude_estimation.loop import estimate_from
    from qalgo.seeds import Purpose, derived_seed

    root = derived_seed(seed, Purpose.TRIAL, index)
    return estimate_from(SubspaceSource(a, seed=root), epsilon, method=estimator, seed=root)


def gate_cost(problem: EstimationProblem) -> GateCost:
    """Count the gates behind one use of A: half of a Grover operator, which uses A twice.

    T gates: Q is counted with its rotations merged and its reflections as measured ANDs (four T each, see
    :mod:`qalgo.fault_tolerance.logical`); every rotation whose angle is no multiple of pi/4 is taken to cost what
    ancilla-free synthesis to 1e-10 costs on average. That accuracy is a budget of 1e-3 for ten million rotations.
    """
    from qalgo.fault_tolerance.logical import logical_pieces
    from qalgo.fault_tolerance.models import mean_deterministic_t

    grover = problem.grover_operator
    if grover is None:
        raise ProblemError("the problem has no Grover operator")
    counts = logical_pieces().piece(grover, hierarchical=False).counts()
    per_rotation = mean_deterministic_t(SYNTHESIS_ERROR)
    return GateCost(
        cx_per_query=0.5 * _cx_count(grover),
        t_per_query=0.5 * (counts.t + T_PER_TOFFOLI * counts.toffoli + per_rotation * counts.rotations),
        num_qubits=grover.num_qubits,
        source="half of Q: CX in cx, rz, sx, x (qiskit level 3, all qubits connected); T after merging rotations, with "
        "measured ANDs (arXiv:1709.06648), rotations to 1e-10 at the mean 3.02 log2(1/error) + 1.77 T each "
        "(arXiv:2203.10064)",
    )


def _cx_count(circuit: QuantumCircuit) -> int:
    from qiskit.transpiler import generate_preset_pass_manager

    basis = ["cx", "rz", "sx", "x"]
    transpiled = generate_preset_pass_manager(3, basis_gates=basis, seed_transpiler=1).run(circuit)
    return int(transpiled.count_ops().get("cx", 0))


@dataclass(frozen=True, slots=True)
class _Scale:
    """From the probability to the user's quantity; an affine post-processing is found by looking at three points."""

    offset: float
    slope: float

    @classmethod
    def of(cls, problem: EstimationProblem) -> _Scale:
        function = problem.post_processing
        if function is None:
            return cls(0.0, 1.0)
        low, middle, high = (float(function(value)) for value in (0.0, 0.5, 1.0))
        if not abs(middle - 0.5 * (low + high)) <= 1e-9 * max(abs(low), abs(high), abs(high - low)):
            raise ProblemError(
                "post_processing is not affine: its half-widths depend on where the probability is. Compare the "
                "probability itself (leave post_processing out, and let draw return samples of the probability's mean)"
            )
        if low == high:
            raise ProblemError("post_processing is constant: there is nothing to estimate")
        return cls(low, high - low)

    def __call__(self, probability: float) -> float:
        return self.offset + self.slope * probability


class EmulatedEstimation:
    """Amplitude estimation of a known probability, outcomes drawn from the law of the circuits."""

    kind: Literal["quantum", "classical"] = "quantum"
    unit: str = USES_OF_A
    execution: Literal["executed", "emulated"] = "emulated"
    deterministic: bool = False
    operations_per_unit: float | None = None
    success_probability: float = 1.0

    def __init__(
        self, a: float, scale: _Scale, reference: float, estimator: str, gates: GateCost, num_qubits: int
    ) -> None:
        self.name: str = f"{estimator.capitalize()} estimation"
        self.theorem: Theorem | None = AMPLITUDE_ESTIMATION
        self.preprocessing: Preprocessing = Preprocessing(
            0, f"unknown: what went into the {num_qubits}-qubit circuit is the user's", False
        )
        self.gates: GateCost | None = gates
        self._a, self._scale, self._reference, self._estimator = a, scale, reference, estimator

    def predicted_cost(self, accuracy: float) -> float:
        """Return about 3.5 (bayesian) or 16 uses of A per half-width."""
        return (3.5 if self._estimator == "bayesian" else 16.0) / self._half_width(accuracy)

    def seconds_per_unit(self) -> float:
        """Return the rough wall seconds of one query at half-width 1e-3."""
        return SECONDS_PER_RUN / 3500.0

    def predicted_seconds(self, accuracy: float) -> float:
        """Return the rough wall seconds of one emulated run, which hardly depend on the accuracy."""
        return SECONDS_PER_RUN

    def trial(self, accuracy: float, seed: int, index: int) -> Trial:
        """Emulate one run."""
        estimate = emulated_estimate(self._a, self._half_width(accuracy), self._estimator, seed, index)
        half_width = abs(self._scale.slope) * estimate.interval.half_width
        return Trial(
            self._scale(estimate.value) - self._reference, float(estimate.queries.state_preparation), half_width
        )

    def _half_width(self, accuracy: float) -> float:
        return min(accuracy / abs(self._scale.slope), 0.49)


class ComparableEstimation:
    """The five answers that :func:`qalgo.compare` needs, for an A operator and a classical function of the user's.

    Args:
        problem: A; its post-processing, if any, must be affine.
        functions: classical functions whose mean is the post-processed probability.

    Raises:
        ProblemError: no classical function, different references, a post-processing that is not affine.
    """

    def __init__(self, problem: EstimationProblem, functions: Sequence[object] = ()) -> None:
        wrong = [item for item in functions if not isinstance(item, ClassicalFunction)]
        if wrong:
            raise ProblemError(
                f"a baseline of an estimation problem is a {type(wrong[0]).__name__}; allowed: "
                "qalgo.ClassicalFunction(draw, reference=...)"
            )
        self._problem = problem
        self._functions = cast("Sequence[ClassicalFunction]", functions)
        self._scale = _Scale.of(problem)
        self._a = problem.exact_amplitude()
        known = {item.reference for item in self._functions if item.reference is not None}
        if len(known) > 1:
            raise ProblemError(f"the classical functions name different references {sorted(known)}; allowed: one")
        self._known = known.pop() if known else None

    def title(self) -> str:
        """Return what is estimated."""
        width = self._problem.state_preparation.num_qubits
        return f"mean encoded in a {width}-qubit state preparation {self._problem.state_preparation.name!r}"

    def unit(self) -> str:
        """Return the unit of the quantity."""
        return "probability" if self._problem.post_processing is None else "units of the post-processed probability"

    def accuracies(self) -> tuple[float, ...]:
        """Return eight half-widths, from a tenth of the range of the quantity on."""
        return tuple(abs(self._scale.slope) * step for step in LADDER)

    def methods(self, executor: Executor | None = None) -> tuple[Method, ...]:
        """Return two estimators on the same A."""
        del executor
        gates = gate_cost(self._problem)
        width = self._problem.state_preparation.num_qubits
        reference = self.reference().value
        return tuple(
            EmulatedEstimation(self._a, self._scale, reference, name, gates, width)
            for name in ("bayesian", "iterative")
        )

    def baselines(self) -> tuple[Method, ...]:
        """Return the user's classical functions as Monte Carlo methods."""
        return tuple(function.as_method(self.reference()) for function in self._functions)

    def reference(self) -> Reference:
        """Return the user's exact value, else what the state vector of A gives."""
        if self._known is not None:
            return Reference(self._known, "given by the user")
        return Reference(self._scale(self._a), "one state vector of A: errors of the encoding itself are not seen")

    def bound(self) -> Bound:
        """Return the quadratic bound."""
        return quadratic_bound()

    def caveats(self) -> tuple[str, ...]:
        """Return what belongs to every verdict here."""
        found = ["What it took to build the circuit is not counted: it is the user's, and may contain the answer."]
        gap = abs(self._scale(self._a) - self.reference().value)
        if gap > 0 and self._known is not None:
            found.append(f"The circuit's own value is off the reference by {gap:.2g}: no query makes up for that.")
        found.append("Only Monte Carlo was given as a classical method: better ones may exist for this function.")
        return tuple(found)

    def figures(self) -> Mapping[str, Callable[[Axes | None], Axes]]:
        """Return no pictures: the circuit is the user's."""
        return {}
