"""Finished points on disk: one JSON line each, written as they finish, whole or not at all, by one process.

The first line says which sweep the file belongs to; a line of ``versions`` follows where another installation went on.
"""

from __future__ import annotations

import errno
import json
import os
import stat
import warnings
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from qalgo.errors import ExecutionError, ProblemError
from qalgo.seeds import root_seed
from qalgo.sweeps.lock import locked, refusals
from qalgo.sweeps.table import SweepRow
from qalgo.versions import versions

__all__ = ["SweepStore"]

SCHEMA = "qalgo.sweep-store"
SCHEMA_VERSION = 1
_START = json.dumps({"schema": SCHEMA})[:-1].encode()


class SweepStore:
    """The file of one sweep, locked while it is open. Use as a context manager.

    Args:
        path: read if it exists, made otherwise. Beside it a file ``<name>.lock`` exists while it is open.
        task: name of the task.
        seed: root seed; None takes that of the file, or a fresh one.

    Raises:
        ProblemError: the file belongs to another sweep, is damaged, cannot be used, or is open elsewhere.
    """

    def __init__(self, path: str | os.PathLike[str], task: str, seed: int | None) -> None:
        self.path = Path(path)
        self.rows: dict[tuple[str, int], SweepRow] = {}
        """Finished points by name; of a point that was computed again after a failure, the last."""
        with ExitStack() as stack:
            stack.enter_context(locked(self.path))
            with refusals(self.path):
                flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
                self._file = os.open(self.path, flags, 0o644)
                stack.callback(os.close, self._file)
                if not stat.S_ISREG(os.fstat(self._file).st_mode):
                    raise self._foreign()
            self.root = self._open(task, seed)
            self._closing = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._closing:
            self.sync()

    def record(self, row: SweepRow) -> None:
        """Append one finished point; from then on it survives this process, after :meth:`sync` this machine too.

        Raises:
            ExecutionError: the disk is full or the file cannot be written any more.
        """
        self._append(row.to_dict())
        self.rows[row.name] = row

    def sync(self) -> None:
        """Make sure that all that was recorded is on the disk.

        Raises:
            ExecutionError: the disk is full or broken.
        """
        try:
            os.fsync(self._file)
        except OSError as error:
            raise self._unwritable(error) from error

    def _open(self, task: str, seed: int | None) -> int:
        with refusals(self.path):
            data = self._read()
        *lines, torn = data.split(b"\n")
        if not lines:
            if torn[: len(_START)] != _START[: len(torn)]:
                raise self._foreign()
            return self._begin(task, seed)
        header = self._header(lines[0], task, seed)
        # Only the line that was being written when the process died can be torn: its point is computed again.
        if torn:
            self._cut(len(data) - len(torn))
        elif len(lines) > 1 and _parsed(lines[-1]) is None:
            self._cut(len(data) - len(lines.pop()) - 1)
        last: Mapping[str, str] = header["versions"]
        for number, line in enumerate(lines[1:], start=2):
            last = self._load(line, number) or last
        self._note_versions(last)
        return int(header["seed"])

    def _begin(self, task: str, seed: int | None) -> int:
        self._cut(0)
        root = root_seed(seed)
        about = {"task": task, "seed": root, "versions": dict(versions())}
        self._append({"schema": SCHEMA, "version": SCHEMA_VERSION, **about})
        self.sync()
        return root

    def _header(self, line: bytes, task: str, seed: int | None) -> Mapping[str, Any]:
        header = _parsed(line)
        if header is None or header.get("schema") != SCHEMA:
            raise self._foreign()
        if header.get("version") != SCHEMA_VERSION:
            raise ProblemError(
                f"the store {str(self.path)!r} has version {header.get('version')!r}, this qalgo reads "
                f"{SCHEMA_VERSION}; choose another file"
            )
        if not isinstance(header.get("seed"), int) or not isinstance(header.get("versions"), dict):
            raise ProblemError(f"the store {str(self.path)!r} is damaged in line 1; choose another file")
        found = header.get("task"), header["seed"]
        if found != (task, found[1] if seed is None else seed):
            asked = f"{task!r}" if seed is None else f"{task!r} with seed {seed!r}"
            raise ProblemError(
                f"the store {str(self.path)!r} belongs to another sweep: task {found[0]!r} with seed {found[1]!r}, "
                f"asked for is {asked}; allowed: the same task and seed (the grid may differ), or another file"
            )
        return header

    def _load(self, line: bytes, number: int) -> Mapping[str, str] | None:
        """Take in one line; return the versions that hold from it on, if it says so."""
        try:
            entry = json.loads(line)
            if set(entry) == {"versions"}:
                return dict(entry["versions"])
            row = SweepRow.from_dict(entry)
        except (KeyError, TypeError, ValueError) as error:
            raise ProblemError(
                f"the store {str(self.path)!r} is damaged in line {number}: remove that line, and its point is "
                "computed again, or choose another file"
            ) from error
        self.rows[row.name] = row
        return None

    def _note_versions(self, last: Mapping[str, str]) -> None:
        changed = [f"{name} {last.get(name)} -> {new}" for name, new in versions() if last.get(name) != new]
        if changed:
            self._append({"versions": dict(versions())})
            warnings.warn(
                f"the store {str(self.path)!r} was written with other versions ({', '.join(changed)}): the values of "
                "one sweep may come from both",
                stacklevel=5,
            )

    def _read(self) -> bytes:
        os.lseek(self._file, 0, os.SEEK_SET)
        with os.fdopen(os.dup(self._file), "rb") as stream:
            return stream.read()

    def _cut(self, size: int) -> None:
        with refusals(self.path):
            os.ftruncate(self._file, size)

    def _append(self, entry: Mapping[str, Any]) -> None:
        line = (json.dumps(entry) + "\n").encode("utf-8")
        try:
            size = os.fstat(self._file).st_size
            # Ctrl-C may come between writing a line and knowing it: it is not written again.
            if not self._ends_with(line, size) and os.write(self._file, line) < len(line):
                os.ftruncate(self._file, size)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            raise self._unwritable(error) from error

    def _ends_with(self, line: bytes, size: int) -> bool:
        if size < len(line):
            return False
        os.lseek(self._file, size - len(line), os.SEEK_SET)
        return os.read(self._file, len(line)) == line

    def _unwritable(self, error: OSError) -> ExecutionError:
        return ExecutionError(f"cannot write the store {str(self.path)!r}: {error.strerror}")

    def _foreign(self) -> ProblemError:
        return ProblemError(f"{str(self.path)!r} is not the store of a sweep; choose another file")


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None
