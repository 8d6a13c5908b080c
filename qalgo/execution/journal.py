"""The job journal: which submissions were made, which still wait at their provider, and where all that is kept."""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qalgo.errors import ProblemError
from qalgo.execution.job_record import JobRecord
from qalgo.execution.journalled_run import JournalledRun
from qalgo.execution.providers import is_remote, origin_of
from qalgo.execution.question import RUN_FILE, Question

if TYPE_CHECKING:
    from qiskit.primitives import BaseSamplerV2
    from qiskit.providers import BackendV2

__all__ = ["JournalChoice", "begin_run", "default_folder", "find_run", "jobs", "read_journal"]

VARIABLE = "QALGO_JOBS"
JournalChoice = bool | str | os.PathLike[str] | JournalledRun | None
"""None: on where jobs may be paid for; True: on; False: off; a path: on, in that folder; a run: goes on with it."""


def default_folder() -> Path:
    """Return the folder of the journal: ``QALGO_JOBS`` if it is set, else the user's data folder of this platform."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named).expanduser().absolute()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "qalgo" / "jobs"


def jobs(journal: str | os.PathLike[str] | None = None) -> list[JobRecord]:
    """List the submissions in the job journal, oldest first.

    Args:
        journal: the folder; default: ``QALGO_JOBS``, else the user's data folder.

    Returns:
        One record for each submission. Nothing is asked of a provider.

    Raises:
        ProblemError: ``journal`` is given and no folder.
    """
    records, unreadable = read_journal(journal)
    for line in unreadable:
        warnings.warn(f"left out of the list: {line}", UserWarning, stacklevel=2)
    return records


def read_journal(journal: str | os.PathLike[str] | None = None) -> tuple[list[JobRecord], list[str]]:
    """Return the readable submissions, oldest first, and a line for every file that cannot be read.

    Raises:
        ProblemError: as :func:`jobs`.
    """
    records, unreadable = [], []
    for folder in _run_folders(_folder(journal)):
        for path in sorted(folder.glob("[0-9]*.json")):
            try:
                records.append(JobRecord.load(path))
            except ProblemError as error:
                unreadable.append(str(error))
    return sorted(records, key=lambda record: (record.created, record.run_id, record.name)), unreadable


def find_run(identifier: str, journal: str | os.PathLike[str] | None = None) -> JournalledRun:
    """Return a run by its id, the beginning of it, or the id of one of its jobs.

    Raises:
        ProblemError: no such run or several; a file of it that is damaged or of another version.
    """
    folder = _folder(journal)
    folders = _run_folders(folder)
    found = [one for one in folders if one.name == identifier]
    if not found and identifier:
        owners = {record.run_id for record in read_journal(folder)[0] if identifier in record.job_ids}
        found = [one for one in folders if one.name.startswith(identifier) or one.name in owners]
    if len(found) != 1:
        known = ", ".join(one.name for one in (found or folders[-5:])) or "none"
        which = "several runs match" if found else "no run or job has"
        raise ProblemError(
            f"{which} the id {identifier!r} in the job journal {str(folder)!r}; {'they are' if found else 'newest'}: "
            f"{known}. 'qalgo jobs' lists all (another folder: --journal DIR or QALGO_JOBS)"
        )
    return JournalledRun.load(found[0])


def begin_run(
    choice: JournalChoice,
    kind: str,
    asked: Mapping[str, Any],
    *,
    seed: int,
    sampler: BaseSamplerV2 | None = None,
    backend: BackendV2 | None = None,
    own_pass_manager: bool = False,
    transcript: Path | None = None,
    resumable: bool = False,
    fixed_seed: bool = True,
    circuits: bytes = b"",
) -> JournalledRun | None:
    """Return the run that a call's submissions are recorded under, or None where nothing is to be recorded.

    Args:
        choice: see :data:`JournalChoice`.
        kind: "run", "estimate" or "price".
        asked: the arguments, JSON-safe.
        seed: root seed.
        sampler: where circuits go.
        backend: likewise.
        own_pass_manager: whether the user gave one.
        transcript: the user's own transcript.
        resumable: whether the call resumes where an earlier one was interrupted: an open run of the same question
            (with the same transcript, or else the same seed) then goes on, so that its jobs are not paid twice.
        fixed_seed: whether the seed was asked for; a fresh one gives way to that of the open run.
        circuits: QPY of the question's circuits.

    Raises:
        ProblemError: an argument that JSON cannot hold; an open run with the same transcript that asked something else.
    """
    if isinstance(choice, JournalledRun):
        return choice
    if not wanted(choice, sampler=sampler, backend=backend):
        return None
    folder = default_folder() if choice is None or isinstance(choice, bool) else Path(choice).expanduser().absolute()
    path = None if transcript is None else str(transcript.absolute())
    origin = origin_of(sampler=sampler, backend=backend)
    question = Question(kind, seed, _json_safe(asked), origin, own_pass_manager, path, circuits)
    earlier = _open_run(folder, question, fixed_seed) if resumable else None
    return earlier or JournalledRun.new(folder, question)


def _json_safe(asked: Mapping[str, Any]) -> dict[str, Any]:
    """As it will be read back: numbers of numpy become Python's, tuples lists."""
    try:
        return dict(json.loads(json.dumps(asked, default=_plain)))
    except (TypeError, ValueError, AttributeError) as error:
        raise ProblemError(
            f"an argument cannot be recorded in the job journal ({error}); allowed: numbers, texts and lists of them, "
            "or journal=False (a crash then loses the job)"
        ) from error


def _plain(value: Any) -> Any:
    """Options and noise models become their dictionaries, numbers of numpy Python's."""
    return value.to_dict() if hasattr(value, "to_dict") else value.item()


def wanted(choice: JournalChoice, *, sampler: BaseSamplerV2 | None = None, backend: BackendV2 | None = None) -> bool:
    """Whether submissions are to be recorded."""
    if choice is None:
        return is_remote(sampler=sampler, backend=backend)
    return choice is not False


def _open_run(folder: Path, question: Question, fixed_seed: bool) -> JournalledRun | None:
    """Return the newest unfinished run that asked the same and was to go on in the same way.

    Raises:
        ProblemError: an open run with the same transcript asked something else and still has jobs out.
    """
    for candidate in reversed(_run_folders(folder)):
        try:
            run = JournalledRun.load(candidate)
            over = run.result() is not None
        except ProblemError:
            continue
        path = question.transcript
        same_thread = run.question.transcript == path if path is not None else run.question.seed == question.seed
        if over or not same_thread:
            continue
        if run.question.same_as(question) and (not fixed_seed or run.question.seed == question.seed):
            return run
        if path is not None and any(not record.local for record in run.waiting):
            raise ProblemError(
                f"transcript {path!r} belongs to run {run.run_id}, which asked something else and still has jobs out: "
                f"'qalgo resume {run.run_id}' collects them; for a new question give another transcript"
            )
    return None


def _folder(journal: str | os.PathLike[str] | None) -> Path:
    if journal is None:
        return default_folder()
    folder = Path(journal).expanduser().absolute()
    if not folder.is_dir():
        raise ProblemError(f"journal is {os.fspath(journal)!r}, which is no folder; allowed: the folder of a journal")
    return folder


def _run_folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(one for one in folder.iterdir() if (one / RUN_FILE).is_file())
