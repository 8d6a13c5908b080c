"""One run in the job journal: every submission is on the disk before its result is waited for.

A submission is written twice before anybody waits: once just before it is sent (``announced``: shots, circuits as QPY,
a tag that goes with the job where the provider has tags), once when the provider has given it an id (``submitted``).
Between the two lies the moment in which the provider has accepted a job that we know only by its tag; a run that dies
there finds its job by the tag, or, where there are no tags, asks before it pays again.
"""

from __future__ import annotations

import hashlib
import secrets
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qalgo.errors import ExecutionError, ProblemError, QalgoError
from qalgo.execution.job_record import JobRecord
from qalgo.execution.journal_files import (
    RunLock,
    circuits_from_qpy,
    circuits_to_qpy,
    read_json,
    write_json,
    write_whole,
)
from qalgo.execution.providers import Retriever, is_remote
from qalgo.execution.question import Question, read_question, write_question
from qalgo.execution.watching import Watched

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from qalgo.execution.samplers import Sampling

__all__ = ["JournalledRun", "kept"]

RESULT_SCHEMA = "qalgo.job_result"
RESULT_VERSION = 1
TRANSCRIPT_FILE, RESULT_FILE, LOCK_FILE = "transcript.json", "result.json", "lock"
Counts = dict[int, int]
Measure = Callable[["Sampling", Sequence["QuantumCircuit"], Sequence[int], int], list[Counts]]


@dataclass(slots=True, eq=False)
class JournalledRun:
    """A run with a folder of its own in the journal; nothing is written before its first submission."""

    journal: Path
    run_id: str
    question: Question
    created: str
    retriever: Retriever | None = None
    """How a job is fetched by its id, if the sampler and IBM's service do not say it."""
    resubmit: bool = False
    """Whether a job that its provider does not return is sent (and paid) again."""
    earlier_rounds: Mapping[str, Any] | None = None
    """The transcript that the run begins with, as a dictionary: written with its first submission."""
    _records: dict[str, JobRecord] = field(default_factory=dict)
    _parts: dict[int, int] = field(default_factory=dict)
    _lock: RunLock | None = None

    @classmethod
    def new(cls, journal: Path, question: Question) -> JournalledRun:
        """Return a run that has not submitted anything yet."""
        now = datetime.now(UTC)
        run_id = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
        return cls(journal, run_id, question, now.isoformat(timespec="seconds"))

    @classmethod
    def load(cls, folder: Path) -> JournalledRun:
        """Read a run and its submissions.

        Raises:
            ProblemError: a file of it is missing, damaged or of another version.
        """
        question, created = read_question(folder)
        run = cls(folder.parent, folder.name, question, created)
        run._read_records()
        return run

    @property
    def folder(self) -> Path:
        """Where the run's files lie."""
        return self.journal / self.run_id

    @property
    def transcript_path(self) -> Path:
        """Where the finished rounds of an estimation are kept."""
        return self.folder / TRANSCRIPT_FILE

    @property
    def records(self) -> tuple[JobRecord, ...]:
        """The submissions, in the order of the schedule."""
        return tuple(self._records[name] for name in sorted(self._records))

    @property
    def waiting(self) -> tuple[JobRecord, ...]:
        """Submissions whose result is not here yet."""
        return tuple(record for record in self.records if record.status != "collected")

    def circuits(self) -> list[QuantumCircuit]:
        """Return the circuits of the question.

        Raises:
            ProblemError: damaged, or written by a newer qiskit.
        """
        return circuits_from_qpy(self.question.circuits)

    def measured(
        self,
        sampling: Sampling,
        circuits: Sequence[QuantumCircuit],
        shots: Sequence[int],
        round_index: int,
        measure: Measure,
    ) -> list[Counts]:
        """Return the counts of a submission: from the journal, from the provider, or by submitting it.

        Raises:
            ExecutionError: the journal cannot be written (nothing has been submitted then), another process works on
                this run, or a job that was submitted cannot be had back.
        """
        part = self._parts.get(round_index, 0)
        self._parts[round_index] = part + 1
        self._open()
        local = _is_local(sampling)
        record = self._records.get(f"{round_index:05d}-{part:03d}")
        if record is None:
            earlier = False
            record = self._announced(sampling, circuits, shots, round_index, part, local)
        else:
            earlier = not record.local
            _check(record, shots, local, self.resubmit)
            if record.local and not local:
                record = replace(record, status="announced", local=False)
                self.store(record, "that is")
        if record.counts is not None:
            return [dict(found) for found in record.counts]
        watched: Any = sampling
        if not local:
            watched = replace(sampling, sampler=Watched(self, record.name, earlier, sampling.sampler))  # type: ignore[type-var, attr-defined]
        counts = measure(watched, circuits, shots, round_index)
        done = replace(self._records[record.name], status="collected", counts=tuple(counts))
        self.store(done, "its result is")
        return counts

    def record(self, name: str) -> JobRecord:
        """Return a submission by the name of its files."""
        return self._records[name]

    def store(self, record: JobRecord, what: str) -> None:
        """Write a record whose job has been accepted: it must not get lost because a disk is full."""
        self._records[record.name] = record
        try:
            write_json(self.folder / f"{record.name}.json", record.to_dict())
        except OSError as error:
            job = f"job {', '.join(record.job_ids)}" if record.job_ids else "a job"
            warnings.warn(
                f"{job} of run {self.run_id} was accepted, but {what} not in the journal {str(self.folder)!r}: "
                f"{error.strerror}; note the id, and do not end this process before it is done",
                UserWarning,
                stacklevel=2,
            )

    def finish(self, result: Mapping[str, Any]) -> None:
        """Write the result: the run is over."""
        if not self.folder.exists():
            return
        data = {"schema": RESULT_SCHEMA, "version": RESULT_VERSION, "result": result}
        try:
            write_json(self.folder / RESULT_FILE, data)
        except OSError as error:
            warnings.warn(
                f"the result of run {self.run_id} is not in the journal {str(self.journal)!r}: {error.strerror}; "
                "'qalgo resume' would compute it again from the counts there",
                UserWarning,
                stacklevel=2,
            )

    def result(self) -> dict[str, Any] | None:
        """Return the result of a run that is over, else None.

        Raises:
            ProblemError: damaged, or of another version.
        """
        path = self.folder / RESULT_FILE
        if not path.exists():
            return None
        return dict(read_json(path, RESULT_SCHEMA, RESULT_VERSION)["result"])

    def lock(self) -> None:
        """Claim the run for this process, and read again what another one may have submitted since it was loaded.

        Raises:
            ExecutionError: another one works on it, or the folder cannot be written.
            ProblemError: a record that is damaged.
        """
        if self._lock is None:
            lock = RunLock(self.folder / LOCK_FILE)
            try:
                lock.acquire()
            except OSError as error:
                raise self._unwritable(error) from error
            self._lock = lock
            self._read_records()

    def close(self) -> None:
        """Let other processes work on the run."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def advice(self) -> str:
        """Say what is still out and how to get it, or "" where nothing has been submitted."""
        if not self._records:
            return ""
        where = f"--journal {self.journal}"
        jobs = [job for record in self.waiting for job in record.job_ids]
        open_jobs = f"job {', '.join(jobs)} goes on at its provider" if jobs else f"{len(self._records)} submissions"
        return f"{open_jobs}; recorded as run {self.run_id}: 'qalgo resume {self.run_id} {where}' collects and goes on"

    def _open(self) -> None:
        if self._lock is not None:
            return
        if not self.folder.exists():
            try:
                self._materialise()
            except OSError as error:
                raise self._unwritable(error) from error
        self.lock()

    def _read_records(self) -> None:
        records = (JobRecord.load(path) for path in sorted(self.folder.glob("[0-9]*.json")))
        self._records = {record.name: record for record in records}

    def _materialise(self) -> None:
        self.folder.mkdir(parents=True, mode=0o700)
        if self.earlier_rounds is not None:
            write_json(self.transcript_path, self.earlier_rounds)
        write_question(self.folder, self.question, self.created)

    def _announced(
        self,
        sampling: Sampling,
        circuits: Sequence[QuantumCircuit],
        shots: Sequence[int],
        round_index: int,
        part: int,
        local: bool,
    ) -> JobRecord:
        data = circuits_to_qpy(circuits)
        record = JobRecord(
            run_id=self.run_id,
            kind=self.question.kind,
            round_index=round_index,
            part=part,
            status="running" if local else "announced",
            job_ids=(),
            tag=f"qalgo-{self.run_id}-{round_index}-{part}",
            created=datetime.now(UTC).isoformat(timespec="milliseconds"),
            sampler=sampling.name,
            backend=self.question.origin.backend,
            local=local,
            shots=tuple(int(number) for number in shots),
            circuits_sha256=hashlib.sha256(data).hexdigest(),
            seed=self.question.seed,
        )
        try:
            write_whole(self.folder / f"{record.name}.qpy", data)
            write_json(self.folder / f"{record.name}.json", record.to_dict())
        except OSError as error:
            raise self._unwritable(error) from error
        self._records[record.name] = record
        return record

    def _unwritable(self, error: OSError) -> ExecutionError:
        return ExecutionError(
            f"cannot write the job journal {str(self.journal)!r}: {error.strerror}; nothing has been submitted. Choose "
            "another folder with journal=PATH or the environment variable QALGO_JOBS, or free some space "
            "(journal=False runs without one: a crash then loses the job)"
        )


@contextmanager
def kept(run: JournalledRun | None, *, owned: bool = True) -> Iterator[None]:
    """Add to whatever ends a run early how it goes on, and let go of the run at the end if it is ours to close."""
    try:
        yield
    except (QalgoError, KeyboardInterrupt) as error:
        advice = "" if run is None or not owned else run.advice()
        if advice:
            error.add_note(advice)
        raise
    finally:
        if run is not None and owned:
            run.close()


def _is_local(sampling: Sampling) -> bool:
    return sampling.seedable or not is_remote(sampler=getattr(sampling, "sampler", None))


def _check(record: JobRecord, shots: Sequence[int], local: bool, resubmit: bool) -> None:
    if record.shots != tuple(shots):
        raise ProblemError(
            f"round {record.round_index} of run {record.run_id} was submitted with shots {record.shots}, now "
            f"{tuple(shots)} are asked: the journal belongs to another question or another version of qalgo"
        )
    if local and not record.local and record.counts is None and not resubmit:
        raise ExecutionError(
            f"round {record.round_index} of run {record.run_id} was submitted to {record.sampler} "
            f"(job {', '.join(record.job_ids) or 'without known id'}), but what is given now simulates on this "
            "machine: give the sampler or backend of that job, or resubmit=True (--resubmit) to give it up"
        )
