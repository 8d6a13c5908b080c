"""One writer at a time for a file."""

from __future__ import annotations

import errno
import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qalgo.errors import ProblemError

__all__ = ["locked", "refusals"]

_held: set[Path] = set()
_held_guard = threading.Lock()


@contextmanager
def refusals(path: Path) -> Iterator[None]:
    """Turn what the system says about a file into a ProblemError that names it."""
    try:
        yield
    except OSError as error:
        raise ProblemError(f"cannot use {str(path)!r} as a store: {error.strerror}; choose another file") from error


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep every other process, and other threads of this one, from opening the same store.

    The lock is a POSIX record lock: it goes when the process dies, however it dies, and forked workers do not inherit
    it (an orphan would hold a ``flock`` for ever). It lies on a file of its own, ``<name>.lock``, since closing any
    descriptor of a file, one opened just to read it, gives up all such locks on it.

    Raises:
        ProblemError: another process or thread has the store open, or its folder cannot be written to.
    """
    with refusals(path):
        own = path.resolve()
    own = own.with_name(own.name + ".lock")
    with _held_guard:
        if own in _held:
            raise _busy(path)
        _held.add(own)
    try:
        with refusals(path):
            file = _lock_file(own, path)
        try:
            yield
        finally:
            # Removed while it is still locked; who waits for it finds out that it is gone (see _lock_file).
            own.unlink(missing_ok=True)
            os.close(file)
    finally:
        with _held_guard:
            _held.discard(own)


def _lock_file(own: Path, path: Path) -> int:
    while True:
        file = os.open(own, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _try_lock(file)
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.EACCES):
                os.close(file)
                raise _busy(path) from error
            warnings.warn(
                f"{str(path)!r} cannot be locked here ({error.strerror}): only one process may use it",
                stacklevel=7,
            )
            return file
        if _still_there(own, file):
            return file
        os.close(file)


def _still_there(own: Path, file: int) -> bool:
    """Whether the file that was locked is the one others would lock: its last holder may have removed it."""
    try:
        return os.path.samestat(os.fstat(file), own.stat())
    except FileNotFoundError:
        return False


def _try_lock(file: int) -> None:
    try:
        import fcntl
    except ImportError:  # not on Windows: there the lock holds within one process only
        return
    fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _busy(path: Path) -> ProblemError:
    return ProblemError(
        f"the store {str(path)!r} is being written by another sweep; wait until it has ended, or choose another file"
    )
