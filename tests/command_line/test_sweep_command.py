"""``qalgo sweep`` as a user types it, and as the system kills it."""

import csv
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from qalgo.__main__ import main
from qalgo.sweeps.grid import planned, point_seed
from qalgo.sweeps.table import SweepTable

PRICES = """
[sweep]
task = "price"
seed = 7
[fixed]
strike = 1.896
rate = 0.05
volatility = 0.4
maturity = "40/365"
[grid]
spot = [1.8, 2.0]
epsilon = [0.02, 0.01]
"""
TASK = """
import os, time
import numpy as np

def slow(*, seed, x, log):
    with open(log, "a") as stream:
        stream.write(f"{x} {os.getpid()}\\n")
    time.sleep(0.1)
    return {"value": float(np.random.default_rng(seed).random()), "x squared": x * x}
"""


def run(capsys, *words):
    code = main([str(word) for word in words])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.fixture
def grid(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path])
    path = tmp_path / "grid.toml"
    path.write_text(PRICES)
    return path


def values(text):
    return SweepTable.from_dict(json.loads(text))


def test_a_sweep_prints_its_table_and_resumes(capsys, grid):
    code, out, err = run(capsys, "sweep", grid)
    assert code == 0
    assert out.splitlines()[0] == "sweep of price: 4 points, seed 7"
    assert err == f"qalgo: sweep of price: 4 points, 0 of them already in '{grid.with_suffix('.jsonl')}'\n"
    code, again, err = run(capsys, "sweep", grid)
    assert (code, again) == (0, out)
    assert "4 of them already in" in err


def test_workers_and_seed(capsys, grid, tmp_path):
    serial = values(run(capsys, "sweep", grid, "--json", "--quiet")[1])
    code, out, err = run(capsys, "sweep", grid, "--workers", 2, "--store", tmp_path / "other", "--json", "--quiet")
    assert (code, err) == (0, "")
    assert values(out) == serial
    other = values(run(capsys, "sweep", grid, "--seed", 8, "--store", tmp_path / "third", "--json")[1])
    assert other.seed == 8
    assert set(other.column("value")).isdisjoint(serial.column("value"))
    code, _, err = run(capsys, "sweep", grid, "--seed", 8)
    assert code == 1
    assert "belongs to another sweep: task 'price' with seed 7" in err


def test_out_holds_table_spreadsheet_and_figure(capsys, grid, tmp_path):
    code, _, _ = run(capsys, "sweep", grid, "--out", tmp_path / "new" / "folder")
    assert code == 0
    folder = tmp_path / "new" / "folder"
    table = values((folder / "sweep.json").read_text())
    with (folder / "sweep.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [float(row["value"]) for row in rows] == list(table.column("value"))
    assert [float(row["spot"]) for row in rows] == [1.8, 1.8, 2.0, 2.0]
    assert "<svg" in (folder / "sweep.svg").read_text()


def test_failed_points_exit_1_and_can_be_retried(capsys, grid):
    grid.write_text(PRICES.replace("1.8,", "-1.8,"))
    code, out, err = run(capsys, "sweep", grid, "--quiet")
    assert code == 1
    assert "ProblemError: spot is -1.8" in out
    assert "qalgo: 2 of 4 points failed; once the cause is removed, --retry-failed computes them again" in err
    assert run(capsys, "sweep", grid, "--quiet", "--retry-failed")[0] == 1
    assert len(grid.with_suffix(".jsonl").read_text().splitlines()) == 1 + 4 + 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["missing.toml"], "cannot read missing.toml"),
        (["GRID", "--workers", "0"], "--workers is 0"),
        (["GRID", "--dask", "moon"], 'dask is \'moon\'; allowed: "local", "local:N" or an address'),
        (["GRID", "--dask", "local:0"], "dask is 'local:0'"),
        (["GRID", "--store", "/dev/null"], "is not the store of a sweep"),
        (["GRID", "--seed", "-1"], "seed is -1"),
        (["GRID", "--out", "/dev/full/x"], "choose another --out"),
    ],
)
def test_what_is_refused_is_named_with_exit_code_1(capsys, grid, words, message):
    code, out, err = run(capsys, "sweep", *[grid if word == "GRID" else word for word in words])
    assert (code, out) == (1, "")
    assert err.splitlines()[-1].startswith("qalgo: error: ")
    assert message in err


def test_help_documents_the_schema(capsys):
    with pytest.raises(SystemExit):
        main(["sweep", "--help"])
    out = capsys.readouterr().out
    assert "[[points]]" in out
    assert "exit codes:" in out


def test_workers_and_dask_exclude_each_other(capsys, grid):
    with pytest.raises(SystemExit) as caught:
        main(["sweep", str(grid), "--workers", "2", "--dask", "local"])
    assert caught.value.code == 2
    assert "not allowed with" in capsys.readouterr().err


def test_a_worker_that_dies_is_an_error_that_says_what_is_saved(capsys, grid):
    (grid.parent / "deadly_task.py").write_text(
        "import os, signal\ndef die(*, seed, x):\n    return os.kill(os.getpid(), signal.SIGKILL) if x == 3 else x\n"
    )
    grid.write_text('[sweep]\ntask = "deadly_task:die"\n[grid]\nx = [1, 2, 3]\n')
    code, out, err = run(capsys, "sweep", grid, "--workers", 2, "--quiet")
    assert (code, out) == (1, "")
    assert "the executor lost its workers" in err
    assert err.endswith(f"of 3 points are finished, in '{grid.with_suffix('.jsonl')}': the same call resumes\n")


@pytest.mark.parametrize("extra", [[], ["--workers", "2"], ["--dask", "local:1"]], ids=["serial", "processes", "dask"])
def test_killed_without_warning_nothing_is_lost_or_computed_twice(tmp_path, extra):
    if "--dask" in extra:
        pytest.importorskip("distributed")
    (tmp_path / "my_task.py").write_text(TASK)
    log, store, grid = tmp_path / "calls.log", tmp_path / "grid.jsonl", tmp_path / "grid.toml"
    fixed, points = {"log": str(log)}, {"x": list(range(14))}
    grid.write_text(
        f'[sweep]\ntask = "my_task:slow"\nseed = 7\n[fixed]\nlog = {json.dumps(str(log))}\n[grid]\nx = {points["x"]}\n'
    )
    command = [sys.executable, "-m", "qalgo", "sweep", str(grid), "--json", *extra]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as first:
        wait_for(lambda: store.exists() and store.read_bytes().count(b"\n") >= 5)
        first.kill()
    assert first.returncode == -signal.SIGKILL
    saved = [json.loads(line) for line in store.read_bytes().split(b"\n")[1:-1]]
    assert 4 <= len(saved) < 14
    workers = {int(line.split()[1]) for line in log.read_text().splitlines()}
    wait_for(lambda: not any(alive(pid) for pid in workers))  # none outlives the killed process

    table = values(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    rows = [json.loads(line) for line in store.read_text().splitlines()[1:]]
    assert sorted(row["point"]["x"] for row in rows) == points["x"]
    assert rows[: len(saved)] == saved
    calls = [int(line.split()[0]) for line in log.read_text().splitlines()]
    assert all(calls.count(row["point"]["x"]) == 1 for row in saved)
    assert all(calls.count(x) <= 2 for x in points["x"])  # twice: only what was under way when it was killed
    # An uninterrupted run gives each point these numbers.
    seeds = [point_seed(7, point) for point in planned(points, fixed)]
    assert table.column("seed") == tuple(seeds)
    assert table.column("value") == tuple(np.random.default_rng(seed).random() for seed in seeds)


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A zombie, waiting for whoever adopted it, runs no more.
    try:
        with open(f"/proc/{pid}/stat") as stream:
            return stream.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_for(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize("extra", [["--workers", "4"], ["--dask", "local:2"]], ids=["processes", "dask"])
def test_ctrl_c_ends_the_workers_and_says_that_it_resumes(tmp_path, extra):
    if "--dask" in extra:
        pytest.importorskip("distributed")
    (tmp_path / "my_task.py").write_text(TASK.replace("sleep(0.1)", "sleep(0.1 if x < 2 else 60)"))
    grid = tmp_path / "grid.toml"
    grid.write_text(
        f'[sweep]\ntask = "my_task:slow"\n[fixed]\nlog = {json.dumps(str(tmp_path / "log"))}\n'
        "[grid]\nx = [0, 1, 2]\n"  # some workers idle, one at work
    )
    command = [sys.executable, "-m", "qalgo", "sweep", str(grid), *extra]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    store = tmp_path / "grid.jsonl"
    wait_for(lambda: store.exists() and store.read_bytes().count(b"\n") == 3)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: parent and workers
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert (
        err.splitlines()[-1] == f"qalgo: interrupted; 2 of 3 points are finished, in '{store}': the same call resumes"
    )
    assert len(err.splitlines()) == 2  # and the announcement: nothing from the workers
