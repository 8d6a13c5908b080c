"""``qalgo sweep grid.toml``: a task at every point of a grid, on processes or Dask, resumable."""

from __future__ import annotations

import argparse
import csv
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qalgo.command_line.output import announced, output_folder
from qalgo.errors import ExecutionError, ProblemError

if TYPE_CHECKING:
    from qalgo.sweeps.table import SweepTable

__all__ = ["add_sweep_parser", "sweep_command"]

DONE, FAILED = 0, 1

SCHEMA = """\
GRID.toml:
  [sweep]
  task = "price"            # price, estimate, compare, cost, or "module:function"; modules beside the file are found
  seed = 7                  # optional: one integer repeats every random number
  repetitions = 1           # optional: each point so often, with different random numbers
  store = "prices.jsonl"    # optional, relative to this file; default: its name with .jsonl

  [fixed]                   # optional: what all points share, keywords of the task
  contract = "european-call"
  strike = 1.896
  rate = 0.05
  maturity = "40/365"

  [grid]                    # all combinations; lists or ranges, scale "linear" or "log"
  spot = [1.8, 2.0, 2.2]
  volatility = { start = 0.2, stop = 0.4, num = 3 }
  epsilon = { start = 0.01, stop = 0.001, num = 2, scale = "log" }

  [[points]]                # optional: further points, or all of them instead of [grid]
  spot = 3.0
  volatility = 0.4
  epsilon = 0.01

Every finished point is appended to the store at once. The same command resumes after whatever ended it, also with a
larger grid; the values do not depend on workers, order or interruptions. Points that failed are listed with their
error, and exit code 1.
"""


def add_sweep_parser(commands: Any, epilog: str) -> None:
    """Add the command to the subparsers of ``qalgo``."""
    what = "compute a task at every point of a grid, resumable, on processes or Dask"
    parser = commands.add_parser(
        "sweep",
        help=what,
        description=f"{what[0].upper()}{what[1:]}.",
        epilog=f"{SCHEMA}\n{epilog}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("grid", metavar="GRID.toml", help="task and points, see below")
    parser.add_argument("--store", metavar="FILE", help="keep finished points here (default: as the file says)")
    parser.add_argument("--seed", type=int, metavar="N", help="root seed, instead of the file's")
    parser.add_argument("--retry-failed", action="store_true", help="compute again what failed according to the store")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--workers", type=int, default=1, metavar="N", help="processes of this machine (default 1)")
    where.add_argument(
        "--dask",
        metavar="ADDRESS",
        help="scheduler, tcp://host:8786, or local[:N]: a Dask cluster of N processes here",
    )
    output = parser.add_argument_group("output")
    output.add_argument("--json", action="store_true", help="print JSON on standard output, nothing else")
    output.add_argument("--out", metavar="DIR", help="write sweep.json, sweep.csv and sweep.svg into this folder")
    output.add_argument("--quiet", action="store_true", help="no announcement, no progress bar")


def sweep_command(arguments: argparse.Namespace) -> int:
    """Run the sweep of a file; return the exit code."""
    from qalgo.sweeps.files import read_sweep
    from qalgo.sweeps.runner import sweep

    plan = read_sweep(arguments.grid)
    folder = output_folder(arguments.out)
    beside = str(Path(arguments.grid).resolve().parent)
    if beside not in sys.path:  # tasks of the user's own; workers inherit the path
        sys.path.insert(0, beside)
    shown = sys.stderr.isatty() and not arguments.quiet
    with announced("qalgo.sweeps", not arguments.quiet and not shown), _executor(arguments) as executor:
        table = sweep(
            plan.task,
            plan.points,
            seed=plan.seed if arguments.seed is None else arguments.seed,
            repetitions=plan.repetitions,
            executor=executor,
            store=plan.store if arguments.store is None else arguments.store,
            retry_failed=arguments.retry_failed,
            progress=shown,
        )
    print(json.dumps(table.to_dict()) if arguments.json else table)
    if folder is not None:
        _save(table, folder)
    if table.failed:
        print(
            f"qalgo: {len(table.failed)} of {len(table)} points failed; once the cause is removed, --retry-failed "
            "computes them again",
            file=sys.stderr,
        )
    return FAILED if table.failed else DONE


@contextmanager
def _executor(arguments: argparse.Namespace) -> Iterator[Executor | None]:
    if arguments.dask is not None:
        from qalgo.sweeps.dask_executor import dask_executor

        with dask_executor(arguments.dask) as executor:
            yield executor
        return
    if arguments.workers < 1:
        raise ProblemError(f"--workers is {arguments.workers}; allowed: at least 1")
    if arguments.workers == 1:
        yield None
        return
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(arguments.workers, initializer=_be_a_worker) as pool:
        try:
            yield pool
        except KeyboardInterrupt:
            for process in multiprocessing.active_children():  # they would finish their points first
                process.terminate()
            raise


def _be_a_worker() -> None:
    """Leave Ctrl-C to the parent, and do not outlive it when it is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()


def _end_with_the_parent() -> None:
    import multiprocessing

    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _save(table: SweepTable, folder: Path) -> None:
    try:
        (folder / "sweep.json").write_text(json.dumps(table.to_dict(), indent=1), encoding="utf-8")
        names = [*dict.fromkeys(name for row in table.rows for name in row.point), *table.results]
        heads = [*names, *(name for name in ("repetition", "seed", "error", "seconds") if name not in names)]
        with (folder / "sweep.csv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([heads, *([row.get(name) for name in heads] for row in table.rows)])
        if any(row.error is None for row in table.rows):
            figure: Any = table.plot().figure
            figure.savefig(folder / "sweep.svg", bbox_inches="tight")
    except OSError as error:
        raise ExecutionError(f"cannot write into {folder}: {error.strerror}; choose another --out") from error
