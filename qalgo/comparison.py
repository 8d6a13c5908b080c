"""compare(problem): quantum and classical methods at the same accuracies, measured with one statistic."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast, overload

from qalgo.comparable import Bound, Comparable, ComparesItself, Method, Reference
from qalgo.crossings import BreakEven, laws_break_even
from qalgo.errors import ProblemError
from qalgo.fitting import FitSample, fit_power_law, summarise
from qalgo.machines import MachineModel, machine_named
from qalgo.measurement import Cell, Journal, PlannedCell, announced, measure, plan
from qalgo.seeds import Purpose, root_seed, stream
from qalgo.selection import (
    HONEST_REPETITIONS,
    Baseline,
    check_accuracies,
    check_numbers,
    comparable_of,
    select_methods,
    sort_baselines,
)
from qalgo.verdict import AccuracyRow, MethodRow, Scaling, SpeedUp, Verdict, decide, method_row, scaling, speed_up

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes

__all__ = ["Baseline", "Comparison", "compare"]

_log = logging.getLogger("qalgo.comparison")
Own = TypeVar("Own")


@dataclass(frozen=True, slots=True)
class Comparison:
    """The measured comparison of quantum and classical methods on one problem.

    Printed it is a compact table with the verdict; ``plot()`` draws error against cost, ``save(folder)`` writes
    ``report.html``, ``report.json``, ``report.md`` and the figures.
    """

    title: str
    unit: str
    """Unit of the value and of all errors."""
    reference: Reference
    bound: Bound
    methods: tuple[MethodRow, ...]
    """Quantum methods first, the default one at the top."""
    speed_ups: tuple[SpeedUp, ...]
    """Every quantum method against every classical one, at the 95th percentiles of ``accuracies``."""
    scalings: tuple[Scaling, ...]
    verdict: Verdict
    caveats: tuple[str, ...]
    machine: MachineModel
    break_evens: tuple[BreakEven, ...]
    """The default quantum method against each classical one, on ``machine``."""
    accuracies: tuple[float, ...]
    """Target half-widths, largest first; problem's unit."""
    repetitions: int
    seed: int
    predicted_seconds: float
    """What was announced before the run, one core; never part of a fit, a verdict or a break-even."""
    versions: tuple[tuple[str, str], ...]
    problem_figures: Mapping[str, Callable[[Axes | None], Axes]] = field(
        default_factory=dict, compare=False, repr=False
    )
    """Pictures of the problem; empty after ``from_dict``."""

    def method(self, name: str) -> MethodRow:
        """Return the row of a method by its name.

        Raises:
            ProblemError: no method has this name.
        """
        for row in self.methods:
            if row.name == name:
                return row
        raise ProblemError(f"no method is named {name!r}; there are: {', '.join(row.name for row in self.methods)}")

    def speed_up(self, quantum: str, classical: str) -> SpeedUp:
        """Return the speed-up at the finest accuracy.

        Raises:
            ProblemError: the two were not compared (unknown name, or no fit).
        """
        found = [item for item in self.speed_ups if (item.quantum, item.classical) == (quantum, classical)]
        if not found:
            raise ProblemError(f"{quantum!r} and {classical!r} were not compared: unknown names, or one has no fit")
        return found[-1]

    def __str__(self) -> str:
        from qalgo.report import to_text

        return to_text(self)

    def _repr_html_(self) -> str:
        from qalgo.report import to_html_fragment

        return to_html_fragment(self)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw error against cost on log axes: 95th percentiles, fits, and the bounds as slopes without a constant."""
        from qalgo.figures import draw_error_against_cost

        return draw_error_against_cost(self, ax)

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write report.html (self-contained), report.json, report.md and the figures as PNG and SVG.

        All files are made in a hidden folder inside it first and moved when complete: nothing is left half written.

        Returns:
            The path of ``report.html``.

        Raises:
            ProblemError: the folder is a file or may not be written to.
            ExecutionError: the disk is full.
        """
        from qalgo.report import save

        return save(self, folder)

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary with the schema's name and version."""
        from qalgo.serialisation import comparison_to_dict

        return comparison_to_dict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Comparison:
        """Rebuild from :meth:`to_dict`; the figures of the problem are not in it.

        Raises:
            ProblemError: the data has another schema or version, or is damaged.
        """
        from qalgo.serialisation import comparison_from_dict

        return comparison_from_dict(cls, data)


@overload
def compare(  # type: ignore[overload-overlap]  # every object is an object
    problem: ComparesItself[Own],
    *,
    accuracies: Sequence[float] | None = None,
    baselines: Sequence[str | Method | Baseline] | None = None,
    repetitions: int = HONEST_REPETITIONS,
    seed: int | np.random.Generator | None = None,
    executor: Executor | None = None,
    progress: bool = False,
    machine: MachineModel | str | None = None,
    journal: str | os.PathLike[str] | None = None,
    max_cell_seconds: float = 8.0,
) -> Own: ...


@overload
def compare(
    problem: object,
    *,
    accuracies: Sequence[float] | None = None,
    baselines: Sequence[str | Method | Baseline] | None = None,
    repetitions: int = HONEST_REPETITIONS,
    seed: int | np.random.Generator | None = None,
    executor: Executor | None = None,
    progress: bool = False,
    machine: MachineModel | str | None = None,
    journal: str | os.PathLike[str] | None = None,
    max_cell_seconds: float = 8.0,
) -> Comparison: ...


def compare(
    problem: object,
    *,
    accuracies: Sequence[float] | None = None,
    baselines: Sequence[str | Method | Baseline] | None = None,
    repetitions: int = HONEST_REPETITIONS,
    seed: int | np.random.Generator | None = None,
    executor: Executor | None = None,
    progress: bool = False,
    machine: MachineModel | str | None = None,
    journal: str | os.PathLike[str] | None = None,
    max_cell_seconds: float = 8.0,
) -> Any:
    """Solve a problem with quantum and classical methods at the same accuracies and say what was measured.

    How long it will take is logged (logger ``qalgo.comparison``, level INFO) before anything runs, printed to the
    standard error with ``progress=True``, and kept in ``comparison.predicted_seconds``.

    Args:
        problem: a contract, an ``EstimationProblem``, a result that has one, or any object with the methods of
            :class:`qalgo.comparable.Comparable`. A result that brings its own comparison, such as the solution of a
            linear system, is compared by counts at equal error, in which nothing is random: of the options below it
            takes ``accuracies`` (at least one), ``baselines`` (names) and ``machine``, and refuses a journal.
        accuracies: half-widths at 95 %, in the problem's unit, at least six; default: the problem's own.
        baselines: names of classical methods to keep, and further ones: ``Method`` objects or, for an
            ``EstimationProblem``, ``qalgo.ClassicalFunction(draw)``. Default: all of the problem.
        repetitions: independent runs per method and accuracy, at least 20 (below 100 the result says so).
        seed: one integer fixes every random number; serial, parallel and resumed runs agree.
        executor: a ``concurrent.futures.Executor`` over which the runs are spread.
        progress: announce the duration and show a tqdm bar.
        machine: clock model for break-even times: a name in ``qalgo.machines.MACHINES`` or a ``MachineModel``.
        journal: file that records every finished part and from which the same call resumes.
        max_cell_seconds: predicted seconds (one core) above which the runs of one method at one accuracy are not
            made but extrapolated by the method's fit, and flagged.

    Returns:
        The comparison: a ``Comparison``, or what the result itself makes (``LinearSystemComparison``), with the same
        verbs. Interrupted by Ctrl-C, the KeyboardInterrupt holds the finished parts in ``partial``.

    Raises:
        ProblemError: nothing to compare, an unknown baseline, fewer than six accuracies, a value out of range.
        ExecutionError: a method failed, or the journal cannot be written.
    """
    if callable(getattr(problem, "own_comparison", None)):
        return _own(cast("ComparesItself[Any]", problem), accuracies, baselines, machine, journal)
    names, extra, functions = sort_baselines(baselines)
    subject = comparable_of(problem, functions)
    model = machine_named(machine)
    ladder = check_accuracies(subject.accuracies() if accuracies is None else accuracies)
    check_numbers(repetitions, max_cell_seconds)
    root = root_seed(seed) if seed is not None or journal is None else _journal_seed(journal)
    reference = subject.reference()
    own = [] if functions and subject is not problem else [item.as_method(reference) for item in functions]
    methods = select_methods(subject, names, [*extra, *own], executor)
    cells = plan(methods, ladder, repetitions, max_cell_seconds)
    _announce(cells, progress)
    book = None if journal is None else Journal(journal, _question(subject, cells, ladder, repetitions, root))
    finished = measure(cells, root, executor=executor, journal=book, progress=progress)
    return _assemble(subject, finished, ladder, repetitions, root, model)


def _own(
    problem: ComparesItself[Any],
    accuracies: Sequence[float] | None,
    baselines: Sequence[str | Method | Baseline] | None,
    machine: MachineModel | str | None,
    journal: str | os.PathLike[str] | None,
) -> Any:
    if journal is not None:
        raise ProblemError("journal is given; allowed: None here, this comparison has no random runs to record")
    names, extra, functions = sort_baselines(baselines)
    if extra or functions:
        raise ProblemError("baselines holds methods or functions; allowed here: names of classical methods")
    return problem.own_comparison(accuracies=accuracies, baselines=names, machine=machine_named(machine))


def _journal_seed(journal: str | os.PathLike[str]) -> int:
    recorded = Journal.root_of(journal)
    return root_seed(None) if recorded is None else recorded


def _question(
    subject: Comparable,
    cells: Sequence[PlannedCell],
    ladder: Sequence[float],
    repetitions: int,
    root: int,
) -> dict[str, Any]:
    names = list(dict.fromkeys(f"{cell.method.kind} {cell.method_index}: {cell.method.name}" for cell in cells))
    return {
        "title": subject.title(),
        "reference": subject.reference().value,
        "methods": names,
        "accuracies": list(ladder),
        "repetitions": repetitions,
        "seed": root,
    }


def _announce(cells: Sequence[PlannedCell], progress: bool) -> None:
    for line in announced(cells):
        _log.info("%s", line)
        if progress:
            from tqdm.auto import tqdm

            tqdm.write(line, file=_stderr())


def _stderr() -> Any:
    import sys

    return sys.stderr


def _assemble(
    subject: Comparable,
    finished: Sequence[Cell],
    ladder: tuple[float, ...],
    repetitions: int,
    root: int,
    machine: MachineModel,
) -> Comparison:
    from qalgo.versions import versions

    reference = subject.reference()
    groups: dict[tuple[str, int], list[Cell]] = {}
    for cell in finished:
        groups.setdefault(cell.planned.key[:2], []).append(cell)
    measured = [_measured_method(group, reference, root) for group in groups.values()]
    quantum = [item for item in measured if item[0].kind == "quantum"]
    classical = [item for item in measured if item[0].kind == "classical"]
    pairs = [(left, right) for left in quantum for right in classical]
    scalings = tuple(scaling((left[0].name, left[1]), (right[0].name, right[1])) for left, right in pairs)
    candidates = (speed_up(left, right, error) for left, right in pairs for error in ladder)
    speed_ups = tuple(item for item in candidates if item is not None)
    rows = tuple(item[0] for item in measured)
    default, fit = quantum[0]
    break_evens = tuple(
        laws_break_even((default.name, fit, default.gates), (row.name, sample, row.operations_per_unit), machine)
        for row, sample in classical
    )
    return Comparison(
        title=subject.title(),
        unit=subject.unit(),
        reference=reference,
        bound=subject.bound(),
        methods=rows,
        speed_ups=speed_ups,
        scalings=scalings,
        verdict=decide(rows, scalings, speed_ups),
        caveats=(*subject.caveats(), *_own_caveats(rows, repetitions)),
        machine=machine,
        break_evens=break_evens,
        accuracies=ladder,
        repetitions=repetitions,
        seed=root,
        predicted_seconds=sum(cell.planned.seconds for cell in finished if not cell.planned.hopeless),
        versions=versions(),
        problem_figures=dict(subject.figures()),
    )


def _measured_method(cells: Sequence[Cell], reference: Reference, root: int) -> tuple[MethodRow, FitSample | None]:
    method, index = cells[0].planned.method, cells[0].planned.method_index
    key = (0 if method.kind == "quantum" else 1, index)
    done = [cell for cell in cells if cell.trials]
    success = method.success_probability
    fit = fit_power_law(
        [cell.trials for cell in done],
        method.theorem,
        lambda position: stream(root, Purpose.BOOTSTRAP, *key, position),
        success_probability=success,
        # Below a few units in the last place of the reference an error is rounding, not accuracy.
        resolution=1e-14 * max(abs(reference.value), min(cell.planned.accuracy for cell in cells)),
    )
    if fit is not None and fit.law.source == "constant cost" and fit.law.error_min > cells[-1].planned.accuracy:
        fit = None  # it never reaches the finer accuracies, whatever they cost
    return method_row(method, fit, [_accuracy_row(cell, fit, success) for cell in cells]), fit


def _accuracy_row(cell: Cell, fit: FitSample | None, success: float) -> AccuracyRow:
    accuracy, seconds = cell.planned.accuracy, cell.planned.seconds
    if not cell.trials:
        return AccuracyRow(accuracy, None, None if fit is None else fit.law.cost(accuracy), True, seconds)
    statistics = summarise(cell.trials, success)
    return AccuracyRow(accuracy, statistics, statistics.mean_cost, False, seconds)


def _own_caveats(rows: Sequence[MethodRow], repetitions: int) -> list[str]:
    found = []
    if repetitions < HONEST_REPETITIONS:
        found.append(
            f"Preliminary: {repetitions} runs per accuracy instead of at least {HONEST_REPETITIONS}; percentiles and "
            "intervals are rough."
        )
    emulated = [row.name for row in rows if row.execution == "emulated"]
    if emulated:
        found.append(
            f"Emulated, outcomes drawn from the exact law of the circuits, none executed: {', '.join(emulated)}."
        )
    left_out = [row.name for row in rows if any(item.extrapolated for item in row.accuracies)]
    if left_out:
        found.append(f"Too slow at the finest accuracies, extrapolated by their fit there: {', '.join(left_out)}.")
    deviating = [
        f"{row.name} ({row.fit.fitted_exponent:.2f} instead of {row.theorem.exponent:g})"
        for row in rows
        if row.fit is not None and row.theorem is not None and row.fit.source == "fitted"
    ]
    if deviating:
        found.append(f"Measured exponent differs from the theorem's and is used instead: {', '.join(deviating)}.")
    beyond = [
        f"{row.name} (measured {row.fit.fitted_exponent:.2f}, proven at least {row.theorem.exponent:g})"
        for row in rows
        if row.fit is not None and row.theorem is not None and row.theorem.optimal
        if row.fit.exponent_high < row.theorem.exponent
    ]
    if beyond:
        found.append(
            "Measured exponent below a proven lower bound, so not asymptotic on this ladder; the bound's is used: "
            f"{', '.join(beyond)}."
        )
    return found
