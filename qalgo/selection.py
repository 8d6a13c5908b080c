"""What compare() was asked: the problem, the methods that take part, the ladder of accuracies - checked."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from typing import Protocol, cast

from qalgo.comparable import Comparable, Method, Reference
from qalgo.errors import ProblemError
from qalgo.fitting import MIN_ACCURACIES

__all__ = [
    "HONEST_REPETITIONS",
    "Baseline",
    "check_accuracies",
    "check_numbers",
    "comparable_of",
    "select_methods",
    "sort_baselines",
]

HONEST_REPETITIONS = 100
MIN_REPETITIONS = 20


class Baseline(Protocol):
    """What may be handed in as a baseline besides a Method: something that becomes one, given the reference."""

    def as_method(self, reference: Reference) -> Method:
        """Return the method whose errors are measured against ``reference``."""
        ...


def comparable_of(problem: object, functions: Sequence[Baseline]) -> Comparable:
    """Return the Comparable behind a contract, a problem (which may need ``functions``) or a result.

    Raises:
        ProblemError: there is none.
    """
    if isinstance(problem, Comparable):
        return problem
    maker = getattr(problem, "comparable", None)
    if callable(maker):
        return cast("Comparable", maker(functions))
    for name in ("contract", "problem"):
        inner = getattr(problem, name, None)
        if inner is not None:
            return comparable_of(inner, functions)
    raise ProblemError(
        f"cannot compare a {type(problem).__name__}; allowed: a contract, an EstimationProblem, a price, or an object "
        "with the methods of qalgo.comparable.Comparable"
    )


def sort_baselines(
    baselines: Sequence[str | Method | Baseline] | None,
) -> tuple[list[str] | None, list[Method], list[Baseline]]:
    """Return names, methods and functions that become methods; names are None when all are kept.

    Raises:
        ProblemError: an entry is none of these.
    """
    if isinstance(baselines, str):
        raise ProblemError(f"baselines is the string {baselines!r}; allowed: a list, e.g. [{baselines!r}]")
    names: list[str] = []
    extra: list[Method] = []
    functions: list[Baseline] = []
    for item in baselines or ():
        if isinstance(item, str):
            names.append(item)
        elif hasattr(item, "as_method"):
            functions.append(cast("Baseline", item))
        elif hasattr(item, "trial") and hasattr(item, "predicted_cost"):
            extra.append(item)
        else:
            raise ProblemError(
                f"a baseline is a {type(item).__name__}; allowed: a name, a qalgo.ClassicalFunction or a Method"
            )
    return (names or None), extra, functions


def select_methods(
    subject: Comparable, names: Sequence[str] | None, extra: Sequence[Method], executor: Executor | None
) -> list[tuple[int, Method]]:
    """Methods with their index; the index does not depend on which ones are kept, so neither do the random streams."""
    quantum = list(enumerate(subject.methods(executor)))
    known = list(subject.baselines())
    classical = list(enumerate([*known, *extra]))
    if names is not None:
        unknown = sorted(set(names) - {method.name for method in known})
        if unknown:
            allowed = ", ".join(repr(method.name) for method in known) or "none"
            raise ProblemError(f"no baseline is named {', '.join(map(repr, unknown))}; this problem has: {allowed}")
        classical = [(index, method) for index, method in classical if index >= len(known) or method.name in names]
    found = [method.name for _, method in (*quantum, *classical)]
    if len(set(found)) < len(found):
        raise ProblemError(f"two methods have the same name: {', '.join(sorted(found))}; give each its own")
    if not quantum or not classical:
        missing = "quantum method" if not quantum else "classical baseline"
        raise ProblemError(
            f"{subject.title()!r} has no {missing}: nothing to compare. For a state preparation of your own give the "
            "classical function, compare(problem, baselines=[qalgo.ClassicalFunction(draw)])"
        )
    return [*quantum, *classical]


def check_accuracies(accuracies: Sequence[float]) -> tuple[float, ...]:
    """Return the ladder, largest accuracy first.

    Raises:
        ProblemError: fewer than six different positive numbers.
    """
    try:
        ladder = tuple(sorted({float(value) for value in accuracies}, reverse=True))
    except (TypeError, ValueError) as error:
        raise ProblemError(f"accuracies is {accuracies!r}; allowed: positive numbers") from error
    if len(ladder) < MIN_ACCURACIES or not all(0 < value < float("inf") for value in ladder):
        raise ProblemError(
            f"accuracies is {list(ladder)}; allowed: at least {MIN_ACCURACIES} different positive half-widths, since "
            "an exponent is fitted through them (for example 0.1 / 2**j for j = 0..7)"
        )
    return ladder


def check_numbers(repetitions: int, max_cell_seconds: float) -> None:
    """Raise ProblemError unless there are enough repetitions and a positive limit."""
    if isinstance(repetitions, bool) or not isinstance(repetitions, int) or repetitions < MIN_REPETITIONS:
        raise ProblemError(
            f"repetitions is {repetitions!r}; allowed: an integer of at least {MIN_REPETITIONS} (a 95th percentile "
            f"needs them), {HONEST_REPETITIONS} for an honest comparison"
        )
    if not max_cell_seconds > 0:
        raise ProblemError(f"max_cell_seconds is {max_cell_seconds!r}; allowed: positive seconds (inf runs everything)")
