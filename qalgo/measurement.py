"""Running the trials of a comparison: plan, duration, executor, journal - and nothing about what they mean."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np

from qalgo.comparable import Method, Trial
from qalgo.errors import ExecutionError, ProblemError
from qalgo.seeds import Purpose

__all__ = ["Cell", "Journal", "PlannedCell", "TimedMethod", "announced", "measure", "plan", "trial_seed"]

SCHEMA = "qalgo.comparison-journal"
SCHEMA_VERSION = 1
CHUNKS = 16


@runtime_checkable
class TimedMethod(Protocol):
    """A method whose seconds are not proportional to its cost (an emulated one) may predict them itself."""

    def predicted_seconds(self, accuracy: float) -> float:
        """Rough wall seconds of one trial: to announce durations and skip hopeless sizes only."""
        ...


@dataclass(frozen=True, slots=True)
class PlannedCell:
    """One method at one accuracy, before it is run."""

    method: Method
    method_index: int
    accuracy: float
    accuracy_index: int
    runs: int
    seconds: float
    """Predicted wall seconds of all runs together, in one process."""
    hopeless: bool
    """Too slow to be run: the fit of the method is extrapolated to it."""

    @property
    def key(self) -> tuple[str, int, int]:
        """What identifies the cell in a journal and in the random streams."""
        return self.method.kind, self.method_index, self.accuracy_index


@dataclass(frozen=True, slots=True)
class Cell:
    """The finished runs of one method at one accuracy; ``trials`` is empty when they were not run."""

    planned: PlannedCell
    trials: tuple[Trial, ...]


def trial_seed(root: int, kind: str, method_index: int, accuracy_index: int, trial: int) -> int:
    """Return the 63-bit seed of one trial, the same in whatever order and process the trials run."""
    purpose = Purpose.TRIAL if kind == "quantum" else Purpose.BASELINE
    key = (int(purpose), method_index, accuracy_index, trial)
    return int(np.random.SeedSequence(root, spawn_key=key).generate_state(1, np.uint64)[0] >> np.uint64(1))


def plan(
    methods: Sequence[tuple[int, Method]],
    accuracies: Sequence[float],
    repetitions: int,
    max_cell_seconds: float,
) -> tuple[PlannedCell, ...]:
    """Return every cell with its predicted duration; cells above ``max_cell_seconds`` are marked hopeless."""
    cells = []
    for index, method in methods:
        runs = 1 if method.deterministic else repetitions
        per_unit = 0.0 if isinstance(method, TimedMethod) else method.seconds_per_unit()
        for position, accuracy in enumerate(accuracies):
            if isinstance(method, TimedMethod):
                one = method.predicted_seconds(accuracy)
            else:
                one = method.predicted_cost(accuracy) * per_unit
            seconds = runs * one
            cells.append(PlannedCell(method, index, accuracy, position, runs, seconds, not seconds <= max_cell_seconds))
    return tuple(cells)


def measure(
    cells: Sequence[PlannedCell],
    root: int,
    *,
    executor: Executor | None = None,
    journal: Journal | None = None,
    progress: bool = False,
) -> tuple[Cell, ...]:
    """Run all cells that are not hopeless; the same seeds give the same trials with and without an executor.

    Raises:
        KeyboardInterrupt: with the finished cells in its attribute ``partial``.
        ExecutionError: a trial failed; ``partial`` likewise.
    """
    finished: list[Cell] = []
    bar = _Bar(progress, sum(0.0 if cell.hopeless else cell.seconds for cell in cells))
    try:
        for cell in cells:
            recorded = journal.trials(cell) if journal is not None else None
            if recorded is not None:
                finished.append(Cell(cell, recorded))
            elif cell.hopeless:
                finished.append(Cell(cell, ()))
            else:
                trials = _run_cell(cell, root, executor)
                finished.append(Cell(cell, trials))
                if journal is not None:
                    journal.record(finished[-1])
            bar.advance(cell)
    except (KeyboardInterrupt, ExecutionError) as error:
        error.partial = tuple(finished)  # type: ignore[union-attr]  # the finished cells travel with the error
        where = f"in {str(journal.path)!r}: the same call resumes" if journal is not None else "in error.partial"
        error.add_note(f"{len(finished)} of {len(cells)} parts are finished, {where}")
        raise
    finally:
        bar.close()
    return tuple(finished)


def _run_cell(cell: PlannedCell, root: int, executor: Executor | None) -> tuple[Trial, ...]:
    if executor is None or cell.runs == 1:
        return _run_trials(cell.method, cell.accuracy, root, cell.key, range(cell.runs))
    step = math.ceil(cell.runs / CHUNKS)
    parts = [range(start, min(start + step, cell.runs)) for start in range(0, cell.runs, step)]
    futures: list[Future[tuple[Trial, ...]]] = []
    try:
        futures = [executor.submit(_run_trials, cell.method, cell.accuracy, root, cell.key, part) for part in parts]
        return tuple(trial for future in futures for trial in future.result())
    finally:
        for future in futures:
            future.cancel()


def _run_trials(
    method: Method, accuracy: float, root: int, key: tuple[str, int, int], indices: range
) -> tuple[Trial, ...]:
    trials = tuple(method.trial(accuracy, trial_seed(root, *key, index), index) for index in indices)
    for trial in trials:
        if not (math.isfinite(trial.error) and math.isfinite(trial.cost) and trial.cost > 0):
            raise ExecutionError(
                f"{method.name} at accuracy {accuracy:g} gave error {trial.error!r} at cost {trial.cost!r}; "
                "allowed: finite numbers, a positive cost"
            )
    return trials


class Journal:
    """Finished cells, one JSON line each, after a line that says which comparison they belong to.

    Args:
        path: read if it exists, made otherwise.
        question: JSON-safe description of the comparison; a journal of another one is refused.

    Raises:
        ProblemError: the file is not a journal of this comparison, or cannot be read or written.
    """

    def __init__(self, path: str | os.PathLike[str], question: Mapping[str, Any]) -> None:
        self.path = Path(path)
        self._header = {"schema": SCHEMA, "version": SCHEMA_VERSION, **question}
        self._cells: dict[tuple[str, int, int], tuple[Trial, ...]] = {}
        lines = self._read()
        if lines:
            self._load(lines)
        self._rewrite()

    @staticmethod
    def root_of(path: str | os.PathLike[str]) -> int | None:
        """Return the root seed that a journal was started with, or None when there is no journal yet."""
        try:
            with Path(path).open(encoding="utf-8") as stream:
                header = json.loads(stream.readline())
            return int(header["seed"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ProblemError(f"cannot read a journal from {str(path)!r}: {error}; choose another file") from error

    def trials(self, cell: PlannedCell) -> tuple[Trial, ...] | None:
        """Return the recorded runs of a cell, or None."""
        return self._cells.get(cell.key)

    def record(self, cell: Cell) -> None:
        """Append one finished cell and make sure that it is on the disk.

        Raises:
            ExecutionError: the disk is full or the file cannot be written any more.
        """
        self._cells[cell.planned.key] = cell.trials
        try:
            with self.path.open("a", encoding="utf-8") as stream:
                stream.write(_line(cell.planned.key, cell.trials))
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise ExecutionError(f"cannot write the journal {str(self.path)!r}: {error.strerror}") from error

    def _read(self) -> list[str]:
        try:
            return self.path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        except (OSError, ValueError) as error:
            raise ProblemError(f"cannot read the journal {str(self.path)!r}: {error}") from error

    def _load(self, lines: list[str]) -> None:
        try:
            header = json.loads(lines[0])
        except ValueError as error:
            raise ProblemError(f"{str(self.path)!r} is not a journal of a comparison; choose another file") from error
        if header != json.loads(json.dumps(self._header)):
            raise ProblemError(
                f"the journal {str(self.path)!r} belongs to another comparison (problem, methods, accuracies, "
                "repetitions or seed differ): call with the same arguments, or choose another file"
            )
        for line in lines[1:]:
            try:
                entry = json.loads(line)
            except ValueError:
                break  # the last line of an interrupted write; its cell is run again
            kind, method, accuracy = entry["cell"]
            self._cells[kind, method, accuracy] = tuple(Trial(*values) for values in entry["trials"])

    def _rewrite(self) -> None:
        """Write header and whole lines anew, so that half a last line is not glued to the next one."""
        partial = self.path.with_name(self.path.name + ".partial")
        text = json.dumps(self._header) + "\n" + "".join(_line(key, trials) for key, trials in self._cells.items())
        try:
            partial.write_text(text, encoding="utf-8")
            partial.replace(self.path)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise ProblemError(f"cannot write the journal {str(self.path)!r}: {error.strerror}") from error


def _line(key: tuple[str, int, int], trials: Sequence[Trial]) -> str:
    rows = [[trial.error, trial.cost, trial.half_width] for trial in trials]
    return json.dumps({"cell": list(key), "trials": rows}) + "\n"


class _Bar:
    """A tqdm bar in predicted seconds, or nothing."""

    def __init__(self, shown: bool, seconds: float) -> None:
        self._bar: Any = None
        if shown:
            from tqdm.auto import tqdm

            layout = "{desc}: {percentage:3.0f}%|{bar}| {elapsed}<{remaining}{postfix}"
            self._bar = tqdm(total=max(seconds, 1e-9), desc="comparison", bar_format=layout, leave=False)

    def advance(self, cell: PlannedCell) -> None:
        if self._bar is not None:
            self._bar.set_postfix_str(f"{cell.method.name} at {cell.accuracy:.2g}", refresh=False)
            self._bar.update(0.0 if cell.hopeless else cell.seconds)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


def announced(cells: Sequence[PlannedCell]) -> Iterator[str]:
    """Yield the lines that say, before anything runs, how long it will take and what is left out."""
    running = [cell for cell in cells if not cell.hopeless]
    seconds = sum(cell.seconds for cell in running)
    total = sum(cell.runs for cell in running)
    yield f"{len(running)} parts, {total:,} runs: about {_duration(seconds)} on one core"
    for cell in cells:
        if cell.hopeless:
            yield f"{cell.method.name} at {cell.accuracy:.2g} would take {_duration(cell.seconds)}: extrapolated"


def _duration(seconds: float) -> str:
    for limit, size, unit in ((120, 1, "s"), (7200, 60, "min"), (172800, 3600, "h")):
        if seconds < limit:
            return f"{seconds / size:.2g} {unit}"
    return f"{seconds / 86400:.2g} days"
