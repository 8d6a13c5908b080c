"""sweep(task, grid): every point once, on any executor, each result on disk as soon as it is there."""

from __future__ import annotations

import logging
import os
import pickle
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from itertools import islice
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from qalgo.errors import ExecutionError, ProblemError, QalgoError
from qalgo.seeds import root_seed
from qalgo.sweeps.grid import SweepPoint, plain, planned, point_seed
from qalgo.sweeps.store import SweepStore
from qalgo.sweeps.table import SweepRow, SweepTable
from qalgo.sweeps.tasks import Task, check_arguments, resolved
from qalgo.versions import versions

if TYPE_CHECKING:
    import numpy as np

__all__ = ["sweep"]

_log = logging.getLogger("qalgo.sweeps")

FAILURES = (QalgoError, ArithmeticError, ValueError)
"""What a task may raise for one point while the others go on; anything else is a mistake in the task and ends all."""

Outcome = tuple[Mapping[str, Any] | None, str | None, float]


def sweep(
    task: Task | str,
    grid: Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Any]],
    *,
    fixed: Mapping[str, Any] | None = None,
    seed: int | np.random.Generator | None = None,
    repetitions: int = 1,
    executor: Executor | None = None,
    store: str | os.PathLike[str] | None = None,
    retry_failed: bool = False,
    progress: bool = False,
    max_pending: int = 1000,
) -> SweepTable:
    """Compute a task at every point of a grid.

    The random numbers of a point depend on the root seed and on what the point holds, nothing else: serial, threads,
    processes and Dask, interrupted and resumed, and any grid that contains the point give the same value, bit for bit.

    Args:
        task: a function ``task(*, seed, ...)`` at the top level of a module that takes the values of a point as
            keywords and returns a number, or a dictionary of numbers, text and lists; or the name of a built-in one:
            "price" (:func:`qalgo.price` of a contract), "estimate" (an amplitude that is known), "compare"
            (:func:`qalgo.compare`), "cost" (gates of a contract's circuits); or "module:function".
        grid: names with the values they take, all combinations are computed; or a list of points.
        fixed: values that all points share (points may say otherwise). They are part of each point.
        seed: root seed; None takes that of the store, or draws one.
        repetitions: how often each point is computed, with different random numbers.
        executor: any ``concurrent.futures.Executor``: threads, processes, or ``client.get_executor()`` of Dask.
        store: a file of JSON lines to which every finished point is appended, and from which the same call, or one
            with a larger grid, resumes after whatever ended it: finished points are not computed again. One process
            at a time may use it. Changing the code of a task asks for a new store: only its name is compared.
        retry_failed: compute the points again that failed according to the store.
        progress: show a tqdm bar.
        max_pending: most points handed to the executor at a time.

    Returns:
        The table, in the order of the grid. A point whose task raised a ``QalgoError``, ``ValueError`` or
        ``ArithmeticError`` is a row with the error's text; the others go on.

    Raises:
        ProblemError: a task, grid, value or store that cannot be used, or a task that does not take a name.
        ExecutionError: a worker process died, or the disk is full; a note says what is saved.
        KeyboardInterrupt: likewise; ``error.partial`` holds the finished rows.
    """
    function, name = resolved(task)
    points = planned(grid, fixed, repetitions)
    check_arguments(function, name, dict.fromkeys(tuple(point.values) for point in points))
    _check_executor(function, name, executor, max_pending)
    with ExitStack() as stack:
        book = None if store is None else stack.enter_context(SweepStore(store, name, _asked(seed)))
        root = root_seed(seed) if book is None else book.root
        rows = {} if book is None else _usable(book.rows, retry_failed)
        waiting = [point for point in points if point.name not in rows]
        _log.info("%s", _announcement(name, len(points), len(waiting), book))
        bar = stack.enter_context(_Bar(progress, len(points), len(points) - len(waiting)))

        def finish(point: SweepPoint, outcome: Outcome, more: bool = False) -> None:
            if point.name in rows:  # an interruption came just after it was recorded
                return
            row = SweepRow(point.values, point.repetition, point.key, point_seed(root, point), *outcome)
            if book is not None:
                book.record(row)
            rows[point.name] = row
            # Written is enough to survive a kill. The disk, far slower, is waited for once for all that is finished.
            if book is not None and not more:
                book.sync()
            bar.advance(row)

        try:
            if executor is None:
                for point in waiting:
                    finish(point, _evaluate(function, point.values, point_seed(root, point)))
            else:
                _spread(executor, function, waiting, root, finish, max_pending)
        except BaseException as error:
            saved = tuple(rows[point.name] for point in points if point.name in rows)
            where = f"in {str(book.path)!r}: the same call resumes" if book is not None else "in error.partial"
            error.partial = SweepTable(name, saved, root, versions())  # type: ignore[attr-defined]  # for who catches it
            error.add_note(f"{len(saved)} of {len(points)} points are finished, {where}")
            raise
    # The values of a point are those of this call: a store may hold 2.0 where the grid says 2.
    found = (replace(rows[point.name], point=point.values) for point in points)
    return SweepTable(name, tuple(found), root, versions())


def _check_executor(function: Task, name: str, executor: Executor | None, max_pending: int) -> None:
    if isinstance(max_pending, bool) or not isinstance(max_pending, int) or max_pending < 1:
        raise ProblemError(f"max_pending is {max_pending!r}; allowed: a positive integer")
    if executor is not None and not isinstance(executor, Executor):
        raise ProblemError(
            f"executor is a {type(executor).__name__}; allowed: a concurrent.futures.Executor (of a Dask client: "
            "client.get_executor())"
        )
    if isinstance(executor, ProcessPoolExecutor):
        try:
            pickle.dumps(function)
        except (pickle.PickleError, AttributeError, TypeError) as error:
            raise ProblemError(
                f"task {name} cannot be sent to another process ({error}); allowed: a function at the top level of a "
                "module, or an executor of threads"
            ) from error


def _asked(seed: int | np.random.Generator | None) -> int | None:
    return None if seed is None else root_seed(seed)


def _usable(rows: Mapping[tuple[str, int], SweepRow], retry_failed: bool) -> dict[tuple[str, int], SweepRow]:
    return {name: row for name, row in rows.items() if row.error is None or not retry_failed}


def _announcement(name: str, total: int, waiting: int, book: SweepStore | None) -> str:
    text = f"sweep of {name}: {total:,} points"
    return text if book is None else f"{text}, {total - waiting:,} of them already in {str(book.path)!r}"


def _evaluate(function: Task, values: Mapping[str, Any], seed: int) -> Outcome:
    """Compute one point, wherever this runs: result or error as plain values, and the seconds."""
    start = time.perf_counter()
    try:
        result, error = function(seed=seed, **values), None
    except FAILURES as failure:
        return None, f"{type(failure).__name__}: {failure}", time.perf_counter() - start
    seconds = time.perf_counter() - start
    found = plain(result, "the result of the task")
    return found if isinstance(found, dict) else {"value": found}, error, seconds


def _spread(
    executor: Executor,
    function: Task,
    points: Sequence[SweepPoint],
    root: int,
    finish: Callable[..., None],
    max_pending: int,
) -> None:
    """Keep at most ``max_pending`` points with the executor; whatever ends this, what is computed is kept."""
    done: SimpleQueue[Future[Outcome]] = SimpleQueue()
    pending: dict[Future[Outcome], SweepPoint] = {}

    def submit(point: SweepPoint) -> None:
        try:
            future = executor.submit(_evaluate, function, point.values, point_seed(root, point))
        except RuntimeError as error:  # broken, or shut down
            raise _lost(error) from error
        pending[future] = point
        future.add_done_callback(done.put)

    waiting: Iterator[SweepPoint] = iter(points)
    try:
        for point in islice(waiting, max_pending):
            submit(point)
        while pending:
            future = done.get()
            finish(pending[future], future.result(), not done.empty())
            # Whatever refers to a future of Dask keeps its value on a worker, to be computed again if that one dies.
            del pending[future], future
            for point in islice(waiting, 1):
                submit(point)
    except (BrokenExecutor, CancelledError) as error:
        raise _lost(error) from error
    finally:
        for future in pending:
            future.cancel()
        for future, point in pending.items():
            if future.done() and not future.cancelled() and future.exception() is None:
                finish(point, future.result())


def _lost(error: BaseException) -> ExecutionError:
    reason = f": {error}" if str(error) else ""
    return ExecutionError(
        f"the executor lost its workers ({type(error).__name__}{reason}): killed, out of memory or shut "
        "down; run it again, with fewer workers if memory is short"
    )


class _Bar:
    """A tqdm bar over points, or nothing."""

    def __init__(self, shown: bool, total: int, finished: int) -> None:
        self._bar: Any = None
        self._failed = 0
        if shown:
            from tqdm.auto import tqdm

            self._bar = tqdm(total=total, initial=finished, desc="sweep", unit="point", leave=False)

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def advance(self, row: SweepRow) -> None:
        if self._bar is not None:
            self._failed += row.error is not None
            if self._failed:
                self._bar.set_postfix_str(f"{self._failed} failed", refresh=False)
            self._bar.update()
