"""Overhead per point of a sweep and its scaling: in this process, on two processes, on a local Dask cluster.

Run from the checkout: ``python tests/benchmarks/sweeps.py [POINTS]``. Overhead: a task that does nothing, so the time
is that of planning, sending, and storing (with one fsync per point; a second figure without a store). Scaling: a task
of fixed CPU work, cold start of the workers left out. Every table is compared with the serial one, bit for bit, and the
resumed run of a full store is timed as well. On a machine that others use, read the share of time that the workers
spent in tasks, not the speed-up. Writes ``results/sweeps.json``.
"""

import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from qalgo.sweeps.dask_executor import dask_executor
from qalgo.sweeps.runner import sweep
from qalgo.sweeps.table import SweepTable
from qalgo.versions import versions

SEED = 7
WORKERS = 2


def nothing(*, seed: int, x: float) -> float:
    return x


def work(*, seed: int, x: float) -> float:
    """About 40 ms of one core, single-threaded."""
    random = np.random.default_rng(seed)
    return float(sum(random.normal(x, 1.0, 20_000).mean() for _ in range(100)))


@contextmanager
def serial() -> Iterator[None]:
    yield None


@contextmanager
def processes() -> Iterator[Executor]:
    with ProcessPoolExecutor(WORKERS) as pool:
        yield pool


@contextmanager
def dask() -> Iterator[Executor]:
    with dask_executor(f"local:{WORKERS}") as executor:
        yield executor


def seconds(run: Callable[[], object]) -> tuple[float, float]:
    """Wall seconds, and CPU seconds of this process (not its workers)."""
    before, start = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    run()
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measured(executor: Executor | None, points: int, folder: Path) -> dict[str, object]:
    grid = {"x": [float(index) for index in range(points)]}
    sweep(work, {"x": [-1.0 - index for index in range(8)]}, seed=SEED, executor=executor)  # start the workers
    table = sweep(nothing, grid, seed=SEED)
    store = folder / "store.jsonl"
    with_store = seconds(lambda: sweep(nothing, grid, seed=SEED, executor=executor, store=store))
    without = seconds(lambda: sweep(nothing, grid, seed=SEED, executor=executor))
    resumed = seconds(lambda: sweep(nothing, grid, seed=SEED, executor=executor, store=store))
    load = {"x": grid["x"][:100]}
    tables: list[SweepTable] = []
    scaling = seconds(lambda: tables.append(sweep(work, load, seed=SEED, executor=executor)))
    busy = sum(tables[0].column("seconds"))
    return {
        "overhead_ms_per_point": 1e3 * with_store[0] / points,
        "overhead_cpu_ms_per_point": 1e3 * with_store[1] / points,
        "overhead_without_store_ms_per_point": 1e3 * without[0] / points,
        "resume_full_store_ms_per_point": 1e3 * resumed[0] / points,
        "work_100_points_wall_s": scaling[0],
        "work_100_points_share_of_time_in_tasks": busy / scaling[0] / (1 if executor is None else WORKERS),
        "identical_to_serial": sweep(nothing, grid, seed=SEED, store=store) == table
        and tables[0] == sweep(work, load, seed=SEED),
    }


def main() -> None:
    points = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    found: dict[str, dict[str, object]] = {}
    for name, context in (("serial", serial), ("two processes", processes), ("dask local:2", dask)):
        with tempfile.TemporaryDirectory() as folder, context() as executor:
            found[name] = measured(executor, points, Path(folder))
    alone = found["serial"]["work_100_points_wall_s"]
    for row in found.values():
        row["speed_up_on_work"] = alone / row["work_100_points_wall_s"]  # type: ignore[operator]
    result = {
        "points": points,
        "seed": SEED,
        "cores": os.cpu_count(),
        "load_average": os.getloadavg()[0],
        **found,
        "versions": dict(versions()),
    }
    target = Path(__file__).with_name("results") / "sweeps.json"
    target.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
