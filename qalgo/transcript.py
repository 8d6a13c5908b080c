"""The record of a run: what was asked of the quantum device in each round and what came back.

A transcript re-runs its estimator (same rounds in, same estimate out), and an interrupted run resumes from it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from qalgo.errors import ExecutionError, ProblemError
from qalgo.resources import QueryCount

__all__ = ["GroverShots", "Outcome", "PhaseReadout", "Request", "ReturnShots", "Round", "Transcript", "queries_of"]

SCHEMA = "qalgo.transcript"
SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class GroverShots:
    """Run Q^power A and measure the objective qubits ``shots`` times. The outcome is the number of good results."""

    power: int
    shots: int

    def queries(self) -> QueryCount:
        """Cost of this request."""
        return QueryCount((2 * self.power + 1) * self.shots, self.power * self.shots, self.shots, 1, 0)


@dataclass(frozen=True, slots=True)
class ReturnShots:
    r"""Run A^dagger Q^power A ``shots`` times and measure all qubits of A. The outcome is how often they are all 0.

    Its probability is cos^2(2 power theta). With ``GroverShots`` alone a = 1/2 cannot be told from a device that has
    lost everything, since both give 1/2 at every power; here they give 0 or 1, and 2^-n.
    """

    power: int
    shots: int

    def queries(self) -> QueryCount:
        """Cost of this request."""
        return QueryCount((2 * self.power + 2) * self.shots, self.power * self.shots, self.shots, 1, 0)


@dataclass(frozen=True, slots=True)
class PhaseReadout:
    """Run phase estimation of Q on A|0> with a window; the outcome is one integer in [0, 2^m) per shot.

    Cost of a shot: 2^m + 1 uses of A, 2^(m-1) of Q (:func:`circuits.phase.canonical_amplitude_estimation`).
    """

    num_evaluation_qubits: int
    window: str
    shots: int

    def queries(self) -> QueryCount:
        """Cost of this request."""
        iterates = 2 ** (self.num_evaluation_qubits - 1)
        return QueryCount((2 * iterates + 1) * self.shots, iterates * self.shots, self.shots, 1, 0)


Request = GroverShots | ReturnShots | PhaseReadout
Outcome = int | tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Round:
    """One submission: requests and, in the same order, their outcomes."""

    requests: tuple[Request, ...]
    outcomes: tuple[Outcome, ...]

    def __post_init__(self) -> None:
        if len(self.requests) != len(self.outcomes):
            raise ProblemError(f"a round has {len(self.requests)} requests but {len(self.outcomes)} outcomes")
        for request, outcome in zip(self.requests, self.outcomes, strict=True):
            _check_outcome(request, outcome)


def _check_outcome(request: Request, outcome: Outcome) -> None:
    if isinstance(request, GroverShots | ReturnShots):
        if not isinstance(outcome, int) or not 0 <= outcome <= request.shots:
            raise ProblemError(f"outcome {outcome!r} is not a number of hits in 0..{request.shots} of {request}")
    elif (
        not isinstance(outcome, tuple)
        or len(outcome) != request.shots
        or not all(0 <= value < 2**request.num_evaluation_qubits for value in outcome)
    ):
        raise ProblemError(
            f"outcome {outcome!r} is not {request.shots} integers below 2^{request.num_evaluation_qubits}"
        )


def queries_of(rounds: tuple[Round, ...]) -> QueryCount:
    """Sum the queries of finished rounds."""
    total = QueryCount()
    for finished in rounds:
        for request in finished.requests:
            total = total + request.queries()
        total = total + QueryCount(submissions=1)
    return total


@dataclass(frozen=True, slots=True)
class Transcript:
    """All finished rounds of one estimation, with what is needed to repeat it."""

    method: str
    epsilon: float
    confidence: float
    seed: int
    mode: str
    """Either "circuit" (executed) or "subspace" (emulated: outcomes drawn from the law sin^2((2k+1) theta))."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    rounds: tuple[Round, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "settings", MappingProxyType(dict(self.settings)))

    @property
    def queries(self) -> QueryCount:
        """Queries of the finished rounds."""
        return queries_of(self.rounds)

    def extended(self, finished: Round) -> Transcript:
        """Return a transcript with one more round."""
        return replace(self, rounds=(*self.rounds, finished))

    def same_question(self, other: Transcript) -> bool:
        """Whether two transcripts record the same estimation, up to the number of finished rounds."""
        return replace(self, rounds=()).to_dict() == replace(other, rounds=()).to_dict()

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary with the schema's name and version."""
        return {
            "schema": SCHEMA,
            "version": SCHEMA_VERSION,
            "method": self.method,
            "epsilon": self.epsilon,
            "confidence": self.confidence,
            "seed": self.seed,
            "mode": self.mode,
            "settings": dict(self.settings),
            "rounds": [_round_to_dict(finished) for finished in self.rounds],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Transcript:
        """Rebuild from :meth:`to_dict`.

        Raises:
            ProblemError: when the data is not a transcript of a version that this qalgo reads.
        """
        if data.get("schema") != SCHEMA or data.get("version") != SCHEMA_VERSION:
            raise ProblemError(
                f"not a transcript this qalgo reads: schema {data.get('schema')!r} version {data.get('version')!r}; "
                f"expected {SCHEMA!r} version {SCHEMA_VERSION}"
            )
        try:
            rounds = tuple(_round_from_dict(item) for item in data["rounds"])
            return cls(
                method=str(data["method"]),
                epsilon=float(data["epsilon"]),
                confidence=float(data["confidence"]),
                seed=int(data["seed"]),
                mode=str(data["mode"]),
                settings=dict(data["settings"]),
                rounds=rounds,
            )
        except (KeyError, TypeError) as error:
            raise ProblemError(f"the transcript is damaged: {error!r}; start a new one") from error

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the transcript as JSON; the file is replaced at once, so an interruption never leaves half of it.

        Raises:
            ExecutionError: the file cannot be written (no such folder, no right, disk full).
        """
        target = Path(path)
        partial = target.with_name(target.name + ".partial")
        try:
            partial.write_text(json.dumps(self.to_dict()), encoding="utf-8")
            partial.replace(target)
        except OSError as error:
            raise ExecutionError(
                f"cannot write the transcript {str(target)!r}: {error.strerror}; choose another path or free some space"
            ) from error
        return target

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Transcript:
        """Read a transcript that :meth:`save` wrote.

        Raises:
            ProblemError: when the file is missing or not a transcript.
        """
        try:
            data = json.loads(Path(path).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ProblemError(f"cannot read a transcript from {str(path)!r}: {error}") from error
        if not isinstance(data, dict):
            raise ProblemError(f"{str(path)!r} holds no transcript: expected a JSON object")
        return cls.from_dict(data)


def _round_to_dict(finished: Round) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for request, outcome in zip(finished.requests, finished.outcomes, strict=True):
        if isinstance(request, GroverShots):
            rows.append({"power": request.power, "shots": request.shots, "hits": outcome})
        elif isinstance(request, ReturnShots):
            rows.append({"return_power": request.power, "shots": request.shots, "hits": outcome})
        else:
            readout = {"evaluation_qubits": request.num_evaluation_qubits, "window": request.window}
            rows.append({**readout, "shots": request.shots, "readouts": outcome})
    return [{**row, "readouts": list(row["readouts"])} if "readouts" in row else row for row in rows]


def _round_from_dict(rows: list[dict[str, Any]]) -> Round:
    requests: list[Request] = []
    outcomes: list[Outcome] = []
    for row in rows:
        if "power" in row:
            requests.append(GroverShots(int(row["power"]), int(row["shots"])))
            outcomes.append(int(row["hits"]))
        elif "return_power" in row:
            requests.append(ReturnShots(int(row["return_power"]), int(row["shots"])))
            outcomes.append(int(row["hits"]))
        else:
            requests.append(PhaseReadout(int(row["evaluation_qubits"]), str(row["window"]), int(row["shots"])))
            outcomes.append(tuple(int(value) for value in row["readouts"]))
    return Round(tuple(requests), tuple(outcomes))
