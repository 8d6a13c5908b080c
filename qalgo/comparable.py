"""What the comparison needs to know about a problem, whatever its family: the protocols, and nothing else.

A family (or a user, for an A operator and a classical function of their own) provides an object with the five methods
of :class:`Comparable`; :mod:`qalgo.comparison` runs it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar, runtime_checkable

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from matplotlib.axes import Axes

    from qalgo.machines import MachineModel

__all__ = [
    "PLAIN_MONTE_CARLO",
    "USES_OF_A",
    "Bound",
    "Comparable",
    "ComparesItself",
    "GateCost",
    "Method",
    "Preprocessing",
    "Reference",
    "Theorem",
    "Trial",
]

PLAIN_MONTE_CARLO = "plain Monte Carlo"
"""Name of the one baseline that the quadratic bound is stated against."""
USES_OF_A = "uses of A"
"""Unit of amplitude estimation: the only quantum cost of which a share of the quadratic bound is computed."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One independent run of one method at one target accuracy."""

    error: float
    """Signed: estimate minus reference, in the problem's unit."""
    cost: float
    """In the method's unit (uses of A, samples, evaluations)."""
    half_width: float | None = None
    """Half-width of the interval the run itself claims, if it claims one (problem's unit)."""


@dataclass(frozen=True, slots=True)
class Theorem:
    """Cost ~ accuracy^(-exponent): a slope without a constant."""

    exponent: float
    statement: str
    source: str
    """arXiv id or DOI with equation or theorem number."""
    optimal: bool = False
    """Whether a smaller exponent is proven impossible for methods of this kind."""


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """Classical work hidden in building an encoding or an oracle."""

    evaluations: int
    description: str
    contains_answer: bool
    """True when this work alone already gives the answer classically."""


@dataclass(frozen=True, slots=True)
class GateCost:
    """Gates behind one unit of cost of a quantum method, for machine models."""

    cx_per_query: float
    t_per_query: float | None
    num_qubits: int
    source: str


@dataclass(frozen=True, slots=True)
class Reference:
    """The value that errors are measured against."""

    value: float
    source: str


@dataclass(frozen=True, slots=True)
class Bound:
    """The theoretical statement a comparison is held against, e.g. the quadratic bound of amplitude estimation."""

    quantum: Theorem
    classical: Theorem
    statement: str


class Method(Protocol):
    """A solver that can be run at a target accuracy: quantum or classical, all with the same statistic."""

    name: str
    kind: Literal["quantum", "classical"]
    unit: str
    """Unit of cost, plural: "uses of A", "samples", "payoff evaluations"."""
    execution: Literal["executed", "emulated"]
    deterministic: bool
    """A deterministic method is run once per accuracy: its error is its error."""
    theorem: Theorem | None
    preprocessing: Preprocessing
    gates: GateCost | None
    operations_per_unit: float | None
    """Arithmetic operations behind one unit of a classical method, stated as a rough figure; None for a quantum one."""
    success_probability: float
    """Probability that one run yields a usable outcome; 1 unless post-selection is involved."""

    def predicted_cost(self, accuracy: float) -> float:
        """Rough cost of one trial in the method's unit, before anything is run."""
        ...

    def seconds_per_unit(self) -> float:
        """Rough wall seconds per unit of cost on this machine: to announce durations and skip hopeless sizes only."""
        ...

    def trial(self, accuracy: float, seed: int, index: int) -> Trial:
        """Run once at half-width ``accuracy`` (95 %, problem's unit) with the streams of (seed, index)."""
        ...


@runtime_checkable
class Comparable(Protocol):
    """A problem with at least one quantum and one classical method."""

    def title(self) -> str:
        """One line that says what is compared."""
        ...

    def unit(self) -> str:
        """Unit of the value, e.g. "currency units"."""
        ...

    def accuracies(self) -> Sequence[float]:
        """Default ladder of at least six half-widths, largest first."""
        ...

    def methods(self, executor: Executor | None = None) -> Sequence[Method]:
        """The quantum methods, the default one first."""
        ...

    def baselines(self) -> Sequence[Method]:
        """The classical methods; the one named "plain Monte Carlo" is the partner of the quadratic bound."""
        ...

    def reference(self) -> Reference:
        """The exact value and where it comes from."""
        ...

    def bound(self) -> Bound:
        """The theorem the measured speed-up is held against."""
        ...

    def caveats(self) -> Sequence[str]:
        """Sentences that belong to every verdict on this problem."""
        ...

    def figures(self) -> Mapping[str, Callable[[Axes | None], Axes]]:
        """Pictures of the problem itself: name -> function drawing on the given (or a new) Axes."""
        ...


Result = TypeVar("Result", covariant=True)


class ComparesItself(Protocol[Result]):
    """A result that is compared by counts at equal error instead of measured exponents, e.g. of a linear system."""

    def own_comparison(
        self,
        *,
        accuracies: Sequence[float] | None = None,
        baselines: Sequence[str] | None = None,
        machine: MachineModel | str | None = None,
    ) -> Result:
        """Return the comparison; it prints, plots and saves as :class:`qalgo.Comparison` does."""
        ...
