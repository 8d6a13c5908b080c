"""One submission as the job journal keeps it: what was sent, where, under which id, and what came back. No secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from qalgo.errors import ProblemError
from qalgo.execution.journal_files import read_json

__all__ = ["JobRecord", "JobStatus"]

SCHEMA = "qalgo.job"
SCHEMA_VERSION = 1
JobStatus = Literal["announced", "submitted", "running", "collected"]
"""``announced``: about to be sent, no id yet; ``submitted``: accepted, the result is still with the provider;
``running``: on a simulator of this machine, dies with its process; ``collected``: the counts are in the record."""


@dataclass(frozen=True, slots=True)
class JobRecord:
    """One submission of circuits. Its circuits, as they were sent, lie beside the record as QPY."""

    run_id: str
    """The run that it belongs to: what ``qalgo resume`` takes."""
    kind: str
    """What the run is: "run", "estimate" or "price"."""
    round_index: int
    """Position in the (adaptive) schedule, from 0."""
    part: int
    """Position within the round, from 0."""
    status: JobStatus
    job_ids: tuple[str, ...]
    """The provider's ids (one, unless a sampler splits a submission); empty before it is accepted and on simulators."""
    tag: str
    """Given to the job where the provider has tags, so that it is found even without its id."""
    created: str
    """When it was announced: ISO 8601, UTC."""
    sampler: str
    """Class of the sampler, with its backend where it has one."""
    backend: str
    local: bool
    """Whether it runs on this machine: nothing is paid, and it is run again rather than fetched."""
    shots: tuple[int, ...]
    """Per circuit."""
    circuits_sha256: str
    """Of the QPY file beside the record."""
    seed: int
    """The root seed of the run."""
    counts: tuple[Mapping[int, int], ...] | None = None
    """Per circuit, once collected: integer value of all classical registers (the first one lowest) -> how often."""

    @property
    def name(self) -> str:
        """Name of its files, without suffix."""
        return f"{self.round_index:05d}-{self.part:03d}"

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary with the schema's name and version."""
        counts = None
        if self.counts is not None:
            counts = [{str(value): count for value, count in found.items()} for found in self.counts]
        return {
            "schema": SCHEMA,
            "version": SCHEMA_VERSION,
            "run": self.run_id,
            "kind": self.kind,
            "round": self.round_index,
            "part": self.part,
            "status": self.status,
            "job_ids": list(self.job_ids),
            "tag": self.tag,
            "created": self.created,
            "sampler": self.sampler,
            "backend": self.backend,
            "local": self.local,
            "shots": list(self.shots),
            "circuits_sha256": self.circuits_sha256,
            "seed": self.seed,
            "counts": counts,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> JobRecord:
        """Rebuild from :meth:`to_dict`.

        Raises:
            ProblemError: the data has another schema or version, or is damaged.
        """
        if data.get("schema") != SCHEMA or data.get("version") != SCHEMA_VERSION:
            raise ProblemError(f"not a job record: schema {data.get('schema')!r} version {data.get('version')!r}")
        try:
            if data["status"] not in get_args(JobStatus):
                raise ValueError(f"status {data['status']!r}")
            counts = data["counts"]
            return cls(
                run_id=str(data["run"]),
                kind=str(data["kind"]),
                round_index=int(data["round"]),
                part=int(data["part"]),
                status=data["status"],
                job_ids=tuple(str(one) for one in data["job_ids"]),
                tag=str(data["tag"]),
                created=str(data["created"]),
                sampler=str(data["sampler"]),
                backend=str(data["backend"]),
                local=bool(data["local"]),
                shots=tuple(int(number) for number in data["shots"]),
                circuits_sha256=str(data["circuits_sha256"]),
                seed=int(data["seed"]),
                counts=None
                if counts is None
                else tuple({int(value): int(count) for value, count in found.items()} for found in counts),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ProblemError(f"the job record is damaged: {error!r}") from error

    @classmethod
    def load(cls, path: Path) -> JobRecord:
        """Read a record.

        Raises:
            ProblemError: missing, damaged or of another version; the message names the file.
        """
        try:
            return cls.from_dict(read_json(path, SCHEMA, SCHEMA_VERSION))
        except ProblemError as error:
            raise ProblemError(f"{error}" if str(path) in str(error) else f"{path}: {error}") from error

    def __str__(self) -> str:
        job = ", ".join(self.job_ids) or ("none: on this machine" if self.local else "not known yet")
        return "\n".join(
            (
                f"job of run {self.run_id} ({self.kind})",
                f"  job id       {job}",
                f"  status       {self.status}",
                f"  submitted    {self.created}",
                f"  sampler      {self.sampler}",
                f"  circuits     {len(self.shots)}, {sum(self.shots):,} shots",
                f"  round        {self.round_index}",
                f"  tag          {self.tag}",
            )
        )

    def _repr_html_(self) -> str:
        import html

        return f"<pre>{html.escape(str(self))}</pre>"
