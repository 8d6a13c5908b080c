"""sweep(): the same table from every executor, in every order, interrupted or not."""

import json
import signal
import threading
import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial

import counted_tasks as tasks
import numpy as np
import pytest

import qalgo
from qalgo.errors import ExecutionError, ProblemError
from qalgo.sweeps.grid import planned, point_seed
from qalgo.sweeps.runner import sweep


class Backwards(Executor):
    """Runs in this thread, the last submitted first, whenever a result could be waited for."""

    def __init__(self):
        self.waiting, self.most = [], 0

    def submit(self, function, /, *args, **kwargs):
        future = Future()
        self.waiting.append((future, partial(function, *args, **kwargs)))
        self.most = max(self.most, len(self.waiting))
        threading.Timer(0.01, self.work).start() if len(self.waiting) == 1 else None
        return future

    def work(self):
        while self.waiting:
            future, call = self.waiting.pop()
            if future.set_running_or_notify_cancel():
                future.set_result(call())


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "calls.log"
    path.write_text("")
    return path


def calls(log):
    return sorted(float(line) for line in log.read_text().split())


def test_rows_are_in_the_order_of_the_grid_with_the_values_of_their_seeds():
    table = qalgo.sweep(tasks.noisy, tasks.GRID, seed=7)
    assert table.column("x") == (0.5,) * 3 + (1,) * 3 + (2.5,) * 3 + (4,) * 3
    for row, point in zip(table.rows, planned(tasks.GRID), strict=True):
        assert row.seed == point_seed(7, point)
        random = np.random.default_rng(row.seed)
        assert row.value == random.normal(row.point["x"], 1.0)
        assert row.result["draws"] == random.integers(0, 2**62, 2).tolist()
    assert len(set(table.column("value"))) == 12


def test_every_executor_gives_the_same_table(tmp_path):
    serial = sweep(tasks.noisy, tasks.GRID, seed=7, repetitions=2)
    with ThreadPoolExecutor(3) as threads, ProcessPoolExecutor(2) as processes:
        for index, executor in enumerate((threads, processes, Backwards())):
            again = sweep(
                tasks.noisy, tasks.GRID, seed=7, repetitions=2, executor=executor, store=tmp_path / str(index)
            )
            assert again == serial
            assert again.to_dict()["rows"][5]["result"] == serial.to_dict()["rows"][5]["result"]
    orders = [[json.loads(line)["key"] for line in (tmp_path / i).read_text().splitlines()[1:]] for i in "02"]
    assert orders[0] != orders[1]  # the table is sorted, the store is not
    assert sorted(orders[0]) == sorted(orders[1])


def test_the_same_call_computes_nothing_again_and_a_larger_grid_only_what_is_new(tmp_path, log):
    store, fixed = tmp_path / "s.jsonl", {"log": str(log)}
    first = sweep(tasks.logged, {"x": [1, 2, 3]}, fixed=fixed, seed=7, store=store)
    again = sweep(tasks.logged, {"x": [1, 2, 3]}, fixed=fixed, store=store)
    larger = sweep(tasks.logged, {"x": [4, 3.0, 2, 0.5]}, fixed=fixed, seed=7, store=store)
    assert again == first
    assert calls(log) == [0.5, 1, 2, 3, 4]
    assert larger.column("x") == (4, 3.0, 2, 0.5)
    assert larger.column("value")[1:3] == first.column("value")[:0:-1]
    assert len(store.read_text().splitlines()) == 6


def test_a_failing_point_is_a_row_and_the_others_go_on(tmp_path):
    store, grid = tmp_path / "s.jsonl", {"x": [4, 13, -1, 9]}
    table = sweep(tasks.root_of, grid, seed=1, store=store)
    assert table.column("value") == (2.0, None, None, 3.0)
    assert table.column("error")[1] == "ConvergenceError: thirteen does not converge"
    assert table.column("error")[2] == "ValueError: math domain error"
    assert sweep(tasks.root_of, grid, store=store) == table
    assert len(store.read_text().splitlines()) == 5
    assert sweep(tasks.root_of, grid, store=store, retry_failed=True) == table
    assert len(store.read_text().splitlines()) == 7  # the two failures once more, no other


def test_a_mistake_in_a_task_ends_the_sweep_and_says_what_is_saved(tmp_path):
    store = tmp_path / "s.jsonl"
    with pytest.raises(KeyError) as caught:
        sweep(tasks.mistaken, {"x": [1, 2, 3, 4]}, seed=1, store=store)
    assert caught.value.__notes__ == [f"2 of 4 points are finished, in {str(store)!r}: the same call resumes"]
    assert caught.value.partial.column("value") == (1, 2)
    with pytest.raises(ProblemError, match="the result of the task is a set"):
        sweep(set_task, {"x": [1]}, seed=1)


def set_task(*, seed, x):
    return {x}


def test_ctrl_c_keeps_what_is_finished(tmp_path):
    for executor in (None, ThreadPoolExecutor(1)):
        store = tmp_path / type(executor).__name__
        with pytest.raises(KeyboardInterrupt) as caught:
            sweep(tasks.interrupted, {"x": [1, 2, 3, 4]}, seed=1, store=store, executor=executor)
        assert caught.value.partial.column("value")[:2] == (1, 2)
        assert "the same call resumes" in caught.value.__notes__[0]
        assert len(store.read_text().splitlines()) >= 3
        if executor is not None:
            executor.shutdown()


def test_ctrl_c_while_waiting_cancels_what_is_pending(tmp_path):
    started, called = threading.Event(), []

    def slow(*, seed, x):
        called.append(x)
        if x == 2:
            started.set()
            time.sleep(0.3)
        return x

    def interrupt():
        started.wait()
        signal.raise_signal(signal.SIGINT)

    store = tmp_path / "s.jsonl"
    interrupter = threading.Thread(target=interrupt)
    interrupter.start()
    with ThreadPoolExecutor(1) as executor, pytest.raises(KeyboardInterrupt) as caught:
        sweep(slow, {"x": [1, 2, *range(3, 50)]}, seed=1, store=store, executor=executor)
    interrupter.join()
    assert called == [1, 2]
    assert caught.value.partial.column("value") == (1,)
    assert len(store.read_text().splitlines()) == 2
    assert sweep(slow, {"x": [1, 2, 3]}, store=store).column("value") == (1, 2, 3)


def test_a_worker_that_dies_is_reported_with_what_is_saved(tmp_path):
    store, grid = tmp_path / "s.jsonl", {"x": [1, 2, 3, 4]}
    with ProcessPoolExecutor(1) as executor, pytest.raises(ExecutionError, match="lost its workers") as caught:
        sweep(tasks.deadly, grid, seed=1, store=store, executor=executor, max_pending=1)
    assert caught.value.__notes__ == [f"2 of 4 points are finished, in {str(store)!r}: the same call resumes"]
    closed = ThreadPoolExecutor(1)
    closed.shutdown()
    with pytest.raises(ExecutionError, match="lost its workers"):
        sweep(tasks.root_of, grid, seed=1, executor=closed)


def test_no_more_points_are_submitted_than_allowed():
    executor = Backwards()
    table = sweep(tasks.root_of, {"x": range(40)}, seed=1, executor=executor, max_pending=7)
    assert table.column("value") == tuple(x**0.5 if x != 13 else None for x in range(40))
    assert executor.most == 7


def test_what_is_finished_is_on_the_disk_before_the_next_point_is_waited_for(tmp_path, monkeypatch):
    import os

    synced, fsync = [], os.fsync
    monkeypatch.setattr(os, "fsync", lambda file: (fsync(file), synced.append(os.fstat(file).st_size)))
    store = tmp_path / "s.jsonl"
    sweep(tasks.root_of, {"x": [1, 2, 3]}, seed=1, store=store)
    ends = [0, *(index + 1 for index, byte in enumerate(store.read_bytes()) if byte == 10)]
    assert sorted(set(synced)) == ends[1:]  # one by one in series
    synced.clear()
    with ThreadPoolExecutor(2) as executor:
        sweep(tasks.root_of, {"x": range(50)}, seed=1, store=store, executor=executor)
    assert synced[-1] == store.stat().st_size


def test_progress_counts_from_what_is_stored(tmp_path, capsys):
    store = tmp_path / "s.jsonl"
    sweep(tasks.root_of, {"x": [1, 13]}, seed=1, store=store)
    assert capsys.readouterr() == ("", "")
    sweep(tasks.root_of, {"x": [1, 13, -4, 9, 16]}, seed=1, store=store, progress=True)
    shown = capsys.readouterr().err
    assert "2/5" in shown
    assert "sweep" in shown


def test_seeds_of_every_kind(tmp_path):
    grid = {"x": [1, 2]}
    from_generator = sweep(tasks.root_of, grid, seed=np.random.default_rng(3))
    assert from_generator.seed == sweep(tasks.root_of, grid, seed=np.random.default_rng(3)).seed
    drawn = sweep(tasks.root_of, grid, store=tmp_path / "s")
    assert sweep(tasks.root_of, grid, store=tmp_path / "s").seed == drawn.seed
    with pytest.raises(ProblemError, match="seed is -1"):
        sweep(tasks.root_of, grid, seed=-1, store=tmp_path / "t")


@pytest.mark.parametrize(
    ("task", "keywords", "message"),
    [
        ("prise", {}, "task is 'prise'; allowed: price, estimate, compare, cost, or"),
        ("no_such_module:f", {}, "cannot import 'no_such_module'"),
        ("counted_tasks:nothing", {}, "has no function 'nothing'"),
        ("counted_tasks:GRID", {}, "is a dict; allowed: a function"),
        (3, {}, "task is 3; allowed: a function"),
        (partial(tasks.root_of, x=1), {}, "allowed: a function"),
        (tasks.noisy, {}, "needs y: write it into the grid or into fixed"),
        (tasks.root_of, {"fixed": {"z": 1}}, "does not take z; allowed: x"),
        (lambda x: x, {}, "takes no seed"),
        (tasks.root_of, {"executor": 2}, "executor is a int; allowed: a concurrent.futures.Executor"),
        (tasks.root_of, {"max_pending": 0}, "max_pending is 0"),
        ("price", {"grid": {"spott": [2.0]}, "fixed": {"epsilon": 0.01}}, "price does not take spott; allowed: .*spot"),
    ],
)
def test_what_cannot_be_swept_is_named_before_anything_runs(task, keywords, message):
    with pytest.raises(ProblemError, match=message):
        sweep(task, **{"grid": {"x": [1]}, "seed": 1, **keywords})


def test_a_local_function_needs_threads():
    def local(*, seed, x):
        return x

    with ProcessPoolExecutor(1) as processes, pytest.raises(ProblemError, match="cannot be sent to another process"):
        sweep(local, {"x": [1]}, seed=1, executor=processes)
    assert sweep(local, {"x": [1]}, seed=1).column("value") == (1,)
