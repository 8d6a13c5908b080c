"""``qalgo jobs`` and ``qalgo resume``: what was submitted, and how it goes on."""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qalgo.execution.job_record import JobRecord

__all__ = ["add_jobs", "add_resume", "jobs_command", "resume_command", "table"]

DONE, UNFINISHED = 0, 3
_COLUMNS = ("run", "round", "status", "job id", "submitted (UTC)", "backend", "circuits", "shots")


def add_jobs(parser: argparse.ArgumentParser) -> None:
    """Add the flags of ``qalgo jobs``."""
    parser.add_argument("--open", action="store_true", help="only those whose result has not been collected")
    _journal(parser)


def add_resume(parser: argparse.ArgumentParser) -> None:
    """Add the flags of ``qalgo resume``."""
    parser.add_argument("id", metavar="ID", help="a run, the beginning of its id, or the id of one of its jobs")
    where = "go on here instead: a device of the saved account, a fake one (FakeFez) or aer"
    parser.add_argument("--backend", metavar="NAME", help=where)
    again = "submit again, and pay again, what the provider does not return"
    parser.add_argument("--resubmit", action="store_true", help=again)
    parser.add_argument("--max-seconds", type=float, metavar="S", help="time budget of this call")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    _journal(parser)


def jobs_command(arguments: argparse.Namespace) -> int:
    """List the submissions of the journal; return the exit code."""
    from qalgo.execution.journal import read_journal

    records, unreadable = read_journal(arguments.journal)
    if arguments.open:
        records = [record for record in records if record.status != "collected"]
    if arguments.json:
        data = {"schema": "qalgo.jobs", "version": 1, "jobs": [_row(record) for record in records]}
        print(json.dumps({**data, "unreadable": unreadable}))
    else:
        print(table(records))
    for line in unreadable:
        print(f"qalgo: warning: left out of the list: {line}", file=sys.stderr)
    return DONE


def resume_command(arguments: argparse.Namespace) -> int:
    """Collect what is out and go on to the end; return the exit code."""
    from qalgo.resumption import resume

    with _warnings_as_lines():
        result = resume(
            arguments.id,
            journal=arguments.journal,
            backend=arguments.backend,
            resubmit=arguments.resubmit,
            max_seconds=arguments.max_seconds,
            progress=sys.stderr.isatty() and not arguments.quiet,
        )
    print(json.dumps(result.to_dict()) if arguments.json else result)
    return DONE if getattr(result, "converged", True) else UNFINISHED


def table(records: Sequence[JobRecord]) -> str:
    """Return the submissions as plain text, one line for each."""
    if not records:
        return "no jobs"
    lines = [_COLUMNS, *(_cells(record) for record in records)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_COLUMNS))]
    text = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    waiting = {record.run_id for record in records if record.status != "collected"}
    if waiting:
        text.append(f"to collect and go on: qalgo resume {' | '.join(sorted(waiting))}")
    return "\n".join(text)


def _cells(record: JobRecord) -> tuple[str, ...]:
    job = ", ".join(record.job_ids) or ("(this machine)" if record.local else "(not known)")
    return (
        record.run_id,
        f"{record.kind} {record.round_index}" + (f".{record.part}" if record.part else ""),
        record.status,
        job,
        record.created[:19].replace("T", " "),
        record.backend or record.sampler,
        str(len(record.shots)),
        f"{sum(record.shots):,}",
    )


def _row(record: JobRecord) -> dict[str, Any]:
    """A record without its counts, which may be long: they are in the journal."""
    return {name: value for name, value in record.to_dict().items() if name not in ("counts", "schema", "version")}


def _journal(parser: argparse.ArgumentParser) -> None:
    folder = "folder of the journal (default: QALGO_JOBS, else the user's data folder)"
    parser.add_argument("--journal", metavar="DIR", help=folder)
    parser.add_argument("--json", action="store_true", help="print JSON on standard output, nothing else")


@contextmanager
def _warnings_as_lines() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("always", UserWarning)
        warnings.showwarning = lambda message, *_, **__: print(f"qalgo: warning: {message}", file=sys.stderr)
        yield
