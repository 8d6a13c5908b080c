"""The only door to Dask: an executor on a cluster that runs already, or on one of this machine."""

from __future__ import annotations

import logging
import os
import re
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager
from typing import Any

from qalgo.errors import ExecutionError, ProblemError
from qalgo.versions import versions

__all__ = ["dask_executor"]

CONNECT_SECONDS = 15
MISSING = 'Dask is not installed; install it with: pip install "qalgo-advantage[distributed]"'


@contextmanager
def dask_executor(address: str) -> Iterator[Executor]:
    """Give an executor on a Dask cluster; a local cluster ends with it, a foreign one stays.

    The workers of a foreign cluster need the same packages as this machine; what differs is an error.

    Args:
        address: of a scheduler, "tcp://host:8786", or "local" or "local:N" for N processes of one thread on this
            machine (default: one for each core).

    Raises:
        ProblemError: not an address, no scheduler there, or workers with other versions of what results depend on.
        ExecutionError: Dask is not installed, or the cluster lost its workers meanwhile.
    """
    local = re.fullmatch(r"local(?::([1-9]\d*))?", address)
    if local is None and "://" not in address:
        raise ProblemError(f'dask is {address!r}; allowed: "local", "local:N" or an address like "tcp://host:8786"')
    try:
        import distributed
        from distributed.comm import CommClosedError
    except ImportError as error:
        raise ExecutionError(MISSING) from error
    with ExitStack() as stack:
        if local is not None:
            count = int(local[1]) if local[1] else os.cpu_count() or 1
            # Without a dashboard: no port to clash, nothing to install for it.
            options = {"threads_per_worker": 1, "dashboard_address": None, "silence_logs": logging.ERROR}
            cluster = distributed.LocalCluster(n_workers=count, **options)
            client = stack.enter_context(distributed.Client(stack.enter_context(cluster)))
            client.run(_leave_interrupts_to_the_parent)
        else:
            client = stack.enter_context(_connected(distributed, address))
            _check_workers(client)
        try:
            yield client.get_executor()
        except (distributed.scheduler.KilledWorker, CommClosedError) as error:
            lost = ExecutionError(
                f"the Dask cluster {address} lost its workers ({type(error).__name__}): a point killed every worker "
                "that tried it (out of memory?), or the scheduler is gone"
            )
            raise _with_notes(lost, error) from error


def _connected(distributed: Any, address: str) -> Any:
    try:
        return distributed.Client(address, timeout=CONNECT_SECONDS)
    except (OSError, ValueError) as error:  # no answer in time; not a protocol that Dask knows
        raise ProblemError(
            f"no Dask scheduler answers at {address!r} ({error or type(error).__name__}); start one with 'dask "
            'scheduler\', or use "local"'
        ) from error


def _leave_interrupts_to_the_parent() -> None:
    """Ctrl-C in a terminal goes to the workers too; they would fill it with tracebacks."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _check_workers(client: Any) -> None:
    """Values are the same bit for bit only where the same code computes them."""
    own = dict(versions())
    try:
        found = client.run(versions)
    except ImportError as error:
        raise ProblemError(f"a Dask worker cannot import qalgo ({error}); install it there") from error
    for worker, others in found.items():
        other = [f"{name} {version} (here {own.get(name)})" for name, version in others if own.get(name) != version]
        if other:
            raise ProblemError(f"the Dask worker {worker} has {', '.join(other)}; install the same versions there")


def _with_notes(error: ExecutionError, cause: BaseException) -> ExecutionError:
    for note in getattr(cause, "__notes__", ()):
        error.add_note(note)
    return error
