"""Files of the job journal: written whole or not at all, read with their version checked, one writer per run."""

from __future__ import annotations

import io
import json
import os
import secrets
import struct
import sys
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from qalgo.errors import ExecutionError, ProblemError

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

__all__ = ["RunLock", "circuits_from_qpy", "circuits_to_qpy", "read_json", "write_json", "write_whole"]

MAX_UNFOLDINGS = 20


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that appears under its name only when all of it is on the disk.

    Raises:
        OSError: it cannot be written; nothing is left under the name, or what was there before.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.partial")
    try:
        with partial.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Write a JSON object with :func:`write_whole`."""
    write_whole(path, json.dumps(data).encode())


def read_json(path: Path, schema: str, version: int) -> dict[str, Any]:
    """Read a JSON object of one schema and version.

    Raises:
        ProblemError: missing, damaged, or of another schema or version; the message says which.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProblemError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise ProblemError(f"{path} is damaged: it is not JSON ({error})") from error
    if not isinstance(data, dict) or data.get("schema") != schema:
        raise ProblemError(f"{path} is damaged: expected a JSON object with schema {schema!r}")
    if data.get("version") != version:
        raise ProblemError(
            f"{path} was written by another version of qalgo: schema {schema!r} version {data.get('version')!r}, this "
            f"qalgo reads version {version}; use the qalgo that wrote it"
        )
    return data


def circuits_to_qpy(circuits: Sequence[QuantumCircuit]) -> bytes:
    """Return circuits as QPY that can be read back.

    Half of the library gates can be written but not read (their classes want arguments that QPY does not keep): these
    are replaced by their definitions, level by level; all other gates stay what they are.

    Raises:
        ExecutionError: a circuit that no such replacement makes readable.
    """
    from qiskit.exceptions import QiskitError

    waiting = list(circuits)
    for _ in range(MAX_UNFOLDINGS):
        try:
            return _round_trip(waiting)
        except (QiskitError, struct.error, TypeError, ValueError, AttributeError, LookupError) as error:
            reason = error
        unfolded = [_unfolded(circuit) for circuit in waiting]
        if unfolded == waiting:
            break
        waiting = unfolded
    raise ExecutionError(
        f"the circuits cannot be written to the job journal as QPY ({type(reason).__name__}: {reason}); transpile them "
        "to standard gates first, or pass journal=False (a crash then loses the job)"
    ) from reason


def circuits_from_qpy(data: bytes) -> list[QuantumCircuit]:
    """Read what :func:`circuits_to_qpy` wrote.

    Raises:
        ProblemError: the bytes are no QPY of a version that this qiskit reads.
    """
    from qiskit import qpy
    from qiskit.exceptions import QiskitError

    try:
        return list(qpy.load(io.BytesIO(data)))
    except (QiskitError, struct.error, ValueError, TypeError, LookupError) as error:
        raise ProblemError(
            f"the circuits of the job journal are damaged or of a newer QPY version: {type(error).__name__}: {error}"
        ) from error


def _round_trip(circuits: Sequence[QuantumCircuit]) -> bytes:
    from qiskit import qpy

    buffer = io.BytesIO()
    qpy.dump(list(circuits), buffer)
    qpy.load(io.BytesIO(buffer.getvalue()))
    return buffer.getvalue()


def _unfolded(circuit: QuantumCircuit) -> QuantumCircuit:
    """Replace every gate that does not survive QPY by itself by its definition."""
    from qiskit import QuantumCircuit
    from qiskit.exceptions import QiskitError

    lost = set()
    for instruction in circuit.data:
        operation = instruction.operation
        if operation.name in lost:
            continue
        alone = QuantumCircuit(operation.num_qubits, operation.num_clbits)
        alone.append(operation, range(operation.num_qubits), range(operation.num_clbits))
        try:
            _round_trip([alone])
        except (QiskitError, struct.error, TypeError, ValueError, AttributeError, LookupError):
            lost.add(operation.name)
    return circuit.decompose(sorted(lost)) if lost else circuit


def _sync_folder(folder: Path) -> None:
    """Make a renaming last through a power cut; Windows has no such call for folders."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class RunLock:
    """Held by the one process that works on a run; the system lets go of it when that process dies, however it does.

    Workers of a process pool that were forked while it was held let go of it at once: they may outlive the process.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None

    def acquire(self) -> None:
        """Take the lock.

        Raises:
            ExecutionError: another living process holds it.
            OSError: the file cannot be opened.
        """
        if self._file is not None:
            return
        file = self._path.open("ab")
        try:
            _lock(file)
        except OSError as error:
            file.close()
            raise ExecutionError(
                f"another process is working on run {self._path.parent.name}: wait until it ends, or end it first (two "
                "at once would pay twice)"
            ) from error
        self._file = file
        _held.add(self)

    def release(self) -> None:
        """Let go of the lock, if it is held."""
        if self._file is not None:
            self._file.close()
            self._file = None


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


_held: weakref.WeakSet[RunLock] = weakref.WeakSet()


def _let_go_in_worker() -> None:
    for lock in list(_held):
        lock.release()


if hasattr(os, "register_at_fork"):
    # Closing a worker's copy of the file leaves the lock with the process that took it.
    os.register_at_fork(after_in_child=_let_go_in_worker)
