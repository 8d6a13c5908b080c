"""The store: whole lines or none, one writer, one sweep."""

import json
import subprocess
import sys

import pytest

import qalgo.sweeps.store as store_module
from qalgo.errors import ExecutionError, ProblemError
from qalgo.sweeps.store import SweepStore
from qalgo.sweeps.table import SweepRow


def row(index, error=None):
    result = {"value": 0.1 * index} if error is None else None
    return SweepRow({"x": index}, 0, f"{index:032x}", 100 + index, result, error, 0.5)


@pytest.fixture
def path(tmp_path):
    with SweepStore(tmp_path / "sweep.jsonl", "price", 7) as store:
        for index in range(3):
            store.record(row(index))
    return tmp_path / "sweep.jsonl"


def test_rows_come_back_bit_for_bit(path):
    with SweepStore(path, "price", 7) as store:
        assert list(store.rows.values()) == [row(0), row(1), row(2)]
        assert [found.seconds for found in store.rows.values()] == [0.5] * 3
    with SweepStore(path, "price", None) as store:
        assert store.root == 7
    header = json.loads(path.read_text().splitlines()[0])
    assert header["versions"]["numpy"]
    assert [item.name for item in path.parent.iterdir()] == ["sweep.jsonl"]


def test_a_last_line_torn_anywhere_is_dropped_and_written_again(path):
    whole = path.read_bytes()
    start = whole[:-1].rindex(b"\n") + 1
    for cut in range(start, len(whole), 5):
        path.write_bytes(whole[:cut])
        with SweepStore(path, "price", 7) as store:
            assert list(store.rows.values()) == [row(0), row(1)]
            store.record(row(2))
        assert path.read_bytes() == whole


def test_a_torn_first_line_starts_anew(path):
    header = path.read_bytes().splitlines()[0]
    for cut in range(0, len(header), 9):
        path.write_bytes(header[:cut])
        with SweepStore(path, "price", 7) as store:
            assert not store.rows
        assert path.read_bytes() == header + b"\n"


def test_a_last_line_of_zeros_after_a_power_cut_is_dropped(path):
    whole = path.read_bytes()
    for rubbish in (b"\0" * 40, b"\0" * 40 + b"\n", b'{"key": "\n'):
        path.write_bytes(whole + rubbish)
        with SweepStore(path, "price", 7) as store:
            assert len(store.rows) == 3
        assert path.read_bytes() == whole


def test_of_a_point_written_twice_the_last_counts(path):
    with SweepStore(path, "price", 7) as store:
        store.record(row(1, error="no"))
    with SweepStore(path, "price", 7) as store:
        assert store.rows[row(1).name].error == "no"
        assert len(store.rows) == 3


@pytest.mark.parametrize(
    ("task", "seed", "message"),
    [
        ("cost", 7, "belongs to another sweep: task 'price' with seed 7, asked for is 'cost' with seed 7"),
        ("price", 8, "belongs to another sweep.*asked for is 'price' with seed 8"),
        ("cost", None, "asked for is 'cost'; allowed"),
    ],
)
def test_another_sweep_is_refused_and_its_store_untouched(path, task, seed, message):
    before = path.read_bytes()
    with pytest.raises(ProblemError, match=message):
        SweepStore(path, task, seed)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"shopping list", b"a,b\n1,2\n", b"{}\n", b"[]\n", b'{"schema": "qalgo.price"}\n', b"\n"]
)
def test_a_file_that_is_no_store_is_never_touched(tmp_path, content):
    (tmp_path / "mine").write_bytes(content)
    with pytest.raises(ProblemError, match="is not the store of a sweep; choose another file"):
        SweepStore(tmp_path / "mine", "price", 7)
    assert (tmp_path / "mine").read_bytes() == content


def test_damage_in_the_middle_is_named_by_its_line(path):
    lines = path.read_text().splitlines(keepends=True)
    for broken in ("{\n", '{"key": 1}\n', "3\n"):
        path.write_text("".join([*lines[:2], broken, *lines[2:]]))
        with pytest.raises(ProblemError, match="damaged in line 3: remove that line"):
            SweepStore(path, "price", 7)


@pytest.mark.parametrize("name", ["seed", "versions"])
def test_a_damaged_first_line_is_named(path, name):
    path.write_text(path.read_text().replace(f'"{name}"', '"else"', 1))
    for seed in (7, None):
        with pytest.raises(ProblemError, match="damaged in line 1"):
            SweepStore(path, "price", seed)


def test_a_newer_store_is_refused(path):
    path.write_text(path.read_text().replace('"version": 1', '"version": 2', 1))
    with pytest.raises(ProblemError, match="has version 2, this qalgo reads 1"):
        SweepStore(path, "price", 7)


@pytest.mark.parametrize("where", ["missing/folder/s.jsonl", ".", "/dev/full", "/dev/null"])
def test_places_that_cannot_hold_a_store(tmp_path, where):
    with pytest.raises(ProblemError, match="choose another file"):
        SweepStore(tmp_path / where, "price", 7)


def test_one_writer_at_a_time(path):
    code = f"from qalgo.sweeps.store import SweepStore; SweepStore({str(path)!r}, 'price', 7)"
    before = path.read_bytes()
    with SweepStore(path, "price", 7) as store:
        with pytest.raises(ProblemError, match="being written by another sweep"):
            SweepStore(path, "price", 7)
        path.read_text()  # reading it must not give up the lock
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert "being written by another sweep; wait until it has ended" in done.stderr
        store.record(row(3))
    assert path.read_bytes().startswith(before)
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_abandoned_lock_file_is_no_obstacle(path):
    path.with_name("sweep.jsonl.lock").write_text("")
    with SweepStore(path, "price", 7) as store:
        assert len(store.rows) == 3


def test_a_file_system_without_locks_is_said(path, monkeypatch):
    import errno
    import fcntl

    def refuse(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "lockf", refuse)
    with pytest.warns(UserWarning, match="cannot be locked here"), SweepStore(path, "price", 7) as store:
        assert len(store.rows) == 3


def test_a_full_disk_leaves_whole_lines(path, monkeypatch):
    import os

    before, write = path.read_bytes(), os.write
    with SweepStore(path, "price", 7) as store:
        monkeypatch.setattr(store_module.os, "write", lambda file, data: write(file, data[:10]))
        with pytest.raises(ExecutionError, match=r"cannot write the store .*sweep.jsonl': No space left"):
            store.record(row(3))
        assert path.read_bytes() == before


def test_other_versions_are_said_and_written_down(path, monkeypatch):
    newer = (("python", "9.9"), ("numpy", "8.8"))
    monkeypatch.setattr(store_module, "versions", lambda: newer)
    with pytest.warns(UserWarning, match=r"numpy .* -> 8\.8"), SweepStore(path, "price", 7) as store:
        store.record(row(3))
    with SweepStore(path, "price", 7) as store:  # said once
        assert len(store.rows) == 4
    assert json.loads(path.read_text().splitlines()[4]) == {"versions": dict(newer)}


def test_ctrl_c_after_the_write_does_not_write_twice(path, monkeypatch):
    write = store_module.os.write

    def interrupted(file, data):
        write(file, data)
        raise KeyboardInterrupt

    with SweepStore(path, "price", 7) as store:
        monkeypatch.setattr(store_module.os, "write", interrupted)
        with pytest.raises(KeyboardInterrupt):
            store.record(row(3))
        monkeypatch.undo()
        store.record(row(3))
        store.record(row(4))
    assert len(path.read_text().splitlines()) == 6


def test_a_disk_that_breaks_is_said(path, monkeypatch):
    def broken(file):
        raise OSError(5, "Input/output error")

    with SweepStore(path, "price", 7) as store:
        monkeypatch.setattr(store_module.os, "fsync", broken)
        with pytest.raises(ExecutionError, match=r"cannot write the store .*: Input/output error"):
            store.sync()
        monkeypatch.undo()
