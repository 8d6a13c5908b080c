"""Sweeps on Dask: the values of a serial run, from threads and failures as there, clusters that do not fit."""

import sys
from types import SimpleNamespace

import counted_tasks as tasks
import pytest

from qalgo.errors import ExecutionError, ProblemError
from qalgo.sweeps import dask_executor as door
from qalgo.sweeps.dask_executor import dask_executor
from qalgo.sweeps.runner import sweep

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def threads():
    """A scheduler and one worker inside this process, reached by TCP."""
    options = {
        "n_workers": 1,
        "threads_per_worker": 3,
        "processes": False,
        "protocol": "tcp",
        "dashboard_address": None,
    }
    with distributed.LocalCluster(**options) as cluster, distributed.Client(cluster) as client:
        yield cluster, client


def test_threads_of_dask_give_the_table_of_a_serial_run(threads, tmp_path):
    serial = sweep(tasks.noisy, tasks.GRID, seed=7, repetitions=2)
    store = tmp_path / "s.jsonl"
    table = sweep(
        tasks.noisy, tasks.GRID, seed=7, repetitions=2, executor=threads[1].get_executor(), store=store, max_pending=5
    )
    assert table == serial
    assert len(store.read_text().splitlines()) == 25


def test_a_running_scheduler_is_reached_by_its_address_and_left_running(threads):
    address = threads[0].scheduler_address
    with dask_executor(address) as executor:
        table = sweep("estimate", {"amplitude": [0.1, 0.4]}, fixed={"epsilon": 0.05}, seed=7, executor=executor)
    assert table == sweep("estimate", {"amplitude": [0.1, 0.4]}, fixed={"epsilon": 0.05}, seed=7)
    assert len(threads[1].scheduler_info()["workers"]) == 1


def test_failures_and_mistakes_are_those_of_a_serial_run(threads, tmp_path):
    executor = threads[1].get_executor()
    grid = {"x": [4, 13, -1, 9]}
    assert sweep(tasks.root_of, grid, seed=1, executor=executor) == sweep(tasks.root_of, grid, seed=1)
    with pytest.raises(KeyError, match="a slip of the pen") as caught:
        sweep(tasks.mistaken, {"x": [1, 2, 3]}, seed=1, executor=executor, store=tmp_path / "s", max_pending=1)
    assert caught.value.partial.column("value") == (1, 2)


class FarAway:
    """A client whose worker has another scipy, or no qalgo at all."""

    def __init__(self, address, **_):
        self.address = address

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def run(self, function):
        if "empty" in self.address:
            raise ModuleNotFoundError("No module named 'qalgo'")
        return {"tcp://far:1": function(), "tcp://far:2": (*function()[:-1], ("scipy", "0.1"))}


def test_workers_with_other_versions_or_without_qalgo_are_refused(monkeypatch):
    monkeypatch.setattr(distributed, "Client", FarAway)
    with pytest.raises(ProblemError, match=r"the Dask worker tcp://far:2 has scipy 0\.1 \(here .*\); install the same"):
        dask_executor("tcp://far:8786").__enter__()
    with pytest.raises(ProblemError, match=r"cannot import qalgo \(No module named 'qalgo'\); install it there"):
        dask_executor("tcp://empty:8786").__enter__()


def test_no_scheduler_and_no_dask_are_said_with_the_cure(monkeypatch):
    monkeypatch.setattr(door, "CONNECT_SECONDS", 0.5)
    with pytest.raises(ProblemError, match=r"no Dask scheduler answers at 'tcp://127\.0\.0\.1:9'"):
        dask_executor("tcp://127.0.0.1:9").__enter__()
    with pytest.raises(ProblemError, match="no Dask scheduler answers at 'carrier-pigeon://x'"):
        dask_executor("carrier-pigeon://x").__enter__()
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ExecutionError, match=r'pip install "qalgo-advantage\[distributed\]"'):
        dask_executor("local").__enter__()


def test_lost_workers_are_an_error_that_says_what_is_saved(monkeypatch, tmp_path):
    def lose(*_, **__):
        raise distributed.scheduler.KilledWorker("point", SimpleNamespace(address="tcp://far:1"), 3)

    monkeypatch.setattr(FarAway, "run", lambda *_: {})
    monkeypatch.setattr(FarAway, "get_executor", lambda self: self, raising=False)
    monkeypatch.setattr(distributed, "Client", FarAway)
    with pytest.raises(ExecutionError, match="the Dask cluster tcp://far:8786 lost its workers") as caught:
        lose_inside("tcp://far:8786", lose)
    assert caught.value.__notes__ == ["1 of 2 points are finished"]


def lose_inside(address, lose):
    with dask_executor(address):
        try:
            lose()
        except distributed.scheduler.KilledWorker as error:
            error.add_note("1 of 2 points are finished")
            raise
