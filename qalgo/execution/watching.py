"""The sampler of a journalled run: it notes the id of a job before anybody waits for it, and never sends one twice."""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from qalgo.errors import ExecutionError
from qalgo.execution import ibm, providers
from qalgo.execution.providers import Retriever

if TYPE_CHECKING:
    from qalgo.execution.job_record import JobRecord

__all__ = ["Watched"]

_log = logging.getLogger(__name__)


class Ledger(Protocol):
    """What the sampler needs of the run that it belongs to."""

    retriever: Retriever | None
    resubmit: bool

    def record(self, name: str) -> JobRecord:
        """Return a submission."""
        ...

    def store(self, record: JobRecord, what: str) -> None:
        """Write a submission."""
        ...


@dataclass(slots=True, eq=False)
class Watched:
    """Stands in for a sampler during one submission."""

    ledger: Ledger
    name: str
    earlier: bool
    """Whether the submission was announced by an earlier process: then jobs of it may exist."""
    sampler: Any
    _sent: int = 0

    def run(self, pubs: Iterable[Any]) -> Any:
        """Return a job for the pubs: the one of an earlier process if there was one, else a new one."""
        listed = list(pubs)
        if providers.wraps_backend(self.sampler):
            # Its own job is a thread of this process: the ids that last are those that the backend gives.
            return providers.with_backend(self.sampler, self._watched_backend()).run(listed)
        return self._job(lambda: self._tagged().run(listed))

    def _watched_backend(self) -> Any:
        backend = copy.copy(self.sampler.backend)
        send = self.sampler.backend.run
        backend.run = lambda *arguments, **options: self._job(lambda: send(*arguments, **options))
        return backend

    def _tagged(self) -> Any:
        tag = self.ledger.record(self.name).tag
        return ibm.tagged(self.sampler, tag) if ibm.is_ibm(self.sampler) else self.sampler

    def _job(self, send: Callable[[], Any]) -> Any:
        record, index = self.ledger.record(self.name), self._sent
        self._sent += 1
        if index < len(record.job_ids):
            return _Earlier(self, send, index, record.job_ids[index])
        if self.earlier and record.status == "announced":
            return self._announced_before(send, index)
        return self.send(send, index)

    def send(self, send: Callable[[], Any], index: int) -> Any:
        """Submit, and write down the id before anything else happens."""
        record = self.ledger.record(self.name)
        if index or record.status != "announced":
            self.ledger.store(replace(record, status="announced"), "that another one follows is")
        job = send()
        self.note(index, str(job.job_id()))
        return job

    def note(self, index: int, job_id: str) -> None:
        """Record the id of the job with an index in this submission."""
        record = self.ledger.record(self.name)
        ids = (*record.job_ids[:index], job_id, *record.job_ids[index + 1 :])
        self.ledger.store(replace(record, status="submitted", job_ids=ids), "its id is")
        _log.info("round %d: job %s of %s", record.round_index, job_id, record.sampler)

    def _announced_before(self, send: Callable[[], Any], index: int) -> Any:
        """An earlier process was about to submit, and died or failed before it knew an id."""
        record = self.ledger.record(self.name)
        try:
            job = providers.found_by_tag(record.tag, self.sampler)
        except _failures() as error:
            raise ExecutionError(
                f"cannot ask the provider for the job with tag {record.tag} ({ibm.reason_of(error)}): try "
                f"'qalgo resume {record.run_id}' again later"
            ) from error
        if job is not None:
            self.note(index, str(job.job_id()))
            return job
        if self.ledger.resubmit:
            return self.send(send, index)
        searched = "lists no job with tag" if ibm.is_ibm(self.sampler) else "cannot be asked for tag"
        raise ExecutionError(
            f"round {record.round_index} of run {record.run_id} was about to be submitted at {record.created} when its "
            f"process ended, and no job id is known; the provider {searched} {record.tag}. Look at the provider's list "
            "of jobs: if there is none of that time, resubmit=True (--resubmit) submits it again (and pays it if the "
            "first was accepted after all)"
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Earlier:
    """A job of an earlier process."""

    watched: Watched
    send: Callable[[], Any]
    index: int
    id: str

    def job_id(self) -> str:
        return self.id

    def result(self) -> Any:
        ledger = self.watched.ledger
        record = ledger.record(self.watched.name)
        try:
            return providers.fetched(self.id, self.watched.sampler, ledger.retriever).result()
        except _failures() as error:
            if ledger.resubmit:
                return self.watched.send(self.send, self.index).result()
            raise ExecutionError(
                f"job {self.id} (round {record.round_index} of run {record.run_id}, submitted to {record.sampler} at "
                f"{record.created}) was not returned by its provider: {ibm.reason_of(error)}. Try again "
                "later; if it is lost for good, resubmit=True (--resubmit) submits its circuits again, which is paid "
                "again"
            ) from error


def _failures() -> tuple[type[Exception], ...]:
    from qiskit.exceptions import QiskitError

    return (QiskitError, RuntimeError, ValueError, TypeError, LookupError, OSError)
