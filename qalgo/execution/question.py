"""What a journalled run computes, in values that JSON and QPY can hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qalgo.errors import ProblemError
from qalgo.execution.journal_files import circuits_from_qpy, read_json, write_json, write_whole
from qalgo.execution.providers import Origin

__all__ = ["RUN_FILE", "Question", "read_question", "write_question"]

SCHEMA = "qalgo.job_run"
SCHEMA_VERSION = 1
RUN_FILE, CIRCUITS_FILE = "run.json", "question.qpy"


@dataclass(frozen=True, slots=True)
class Question:
    """What a run computes, in values that JSON and QPY can hold: enough to ask it again in another process."""

    kind: str
    """"run", "estimate" or "price"."""
    seed: int
    asked: Mapping[str, Any]
    """The arguments, JSON-safe."""
    origin: Origin
    own_pass_manager: bool = False
    """Whether the user gave a pass manager: it is not recorded."""
    transcript: str | None = None
    """Absolute path of the user's own transcript, if there is one."""
    circuits: bytes = b""
    """QPY."""

    def same_as(self, other: Question) -> bool:
        """Whether both ask the same, apart from the seed and from where."""
        if (self.kind, dict(self.asked)) != (other.kind, dict(other.asked)):
            return False
        if self.circuits == other.circuits or not (self.circuits and other.circuits):
            return self.circuits == other.circuits
        # Names that qiskit makes up differ from process to process; circuits compare without them.
        return circuits_from_qpy(self.circuits) == circuits_from_qpy(other.circuits)


def write_question(folder: Path, question: Question, created: str) -> None:
    """Write the files of a run that do not change any more.

    Raises:
        OSError: they cannot be written.
    """
    from qalgo.versions import versions

    if question.circuits:
        write_whole(folder / CIRCUITS_FILE, question.circuits)
    write_json(
        folder / RUN_FILE,
        {
            "schema": SCHEMA,
            "version": SCHEMA_VERSION,
            "run": folder.name,
            "kind": question.kind,
            "created": created,
            "seed": question.seed,
            "asked": dict(question.asked),
            "origin": question.origin.to_dict(),
            "own_pass_manager": question.own_pass_manager,
            "transcript": question.transcript,
            "has_circuits": bool(question.circuits),
            "versions": dict(versions()),
        },
    )


def read_question(folder: Path) -> tuple[Question, str]:
    """Return what :func:`write_question` wrote: the question and when it was asked.

    Raises:
        ProblemError: missing, damaged or of another version.
    """
    data = read_json(folder / RUN_FILE, SCHEMA, SCHEMA_VERSION)
    circuits = folder / CIRCUITS_FILE
    try:
        question = Question(
            kind=str(data["kind"]),
            seed=int(data["seed"]),
            asked=dict(data["asked"]),
            origin=Origin(**data["origin"]),
            own_pass_manager=bool(data["own_pass_manager"]),
            transcript=data["transcript"],
            circuits=circuits.read_bytes() if data["has_circuits"] else b"",
        )
        return question, str(data["created"])
    except (KeyError, TypeError, ValueError) as error:
        raise ProblemError(f"{folder / RUN_FILE} is damaged: {error!r}") from error
    except OSError as error:
        raise ProblemError(f"cannot read {circuits}: {error.strerror}") from error
