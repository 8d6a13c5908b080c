"""Prices in the job journal: how one is recorded, and how it is asked again in another process."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qalgo.execution.journal import begin_run, wanted
from qalgo.execution.journalled_run import JournalledRun, kept
from qalgo.seeds import root_seed
from qalgo.transcript import Transcript

if TYPE_CHECKING:
    from qalgo.option_pricing.encoding import EncodedContract
    from qalgo.option_pricing.results import Price

__all__ = ["Record", "arguments_of", "record_of"]

_OBJECTS = (
    "backend",
    "sampler",
    "pass_manager",
    "executor",
    "journal",
    "transcript",
    "seed",
    "progress",
    "max_seconds",
)
"""Keywords that are not part of the question, or are recorded elsewhere."""


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """The keywords of one estimation with the run that it is recorded under, if it is."""

    keywords: Mapping[str, Any]
    run: JournalledRun | None

    def kept(self) -> AbstractContextManager[None]:
        """Return the context in which the run is worked on."""
        return kept(self.run)

    def finish(self, price: Price) -> None:
        """Write the result, unless a time budget ended the run: it may still go on."""
        if self.run is not None and (price.converged or self.keywords.get("max_seconds") is None):
            self.run.finish(price.to_dict())


def record_of(
    encoded: EncodedContract, epsilon: float, options: Mapping[str, Any], keywords: Mapping[str, Any]
) -> Record:
    """Decide whether a price is recorded, and find the run that it continues, if there is one.

    Raises:
        ProblemError: arguments that JSON cannot hold.
    """
    choice, where = keywords["journal"], {"sampler": keywords["sampler"], "backend": keywords.get("backend")}
    if isinstance(choice, JournalledRun) or keywords["mode"] != "circuit" or not wanted(choice, **where):
        return Record(keywords, None)
    transcript, seed = keywords["transcript"], keywords["seed"]
    resumed = _loaded(transcript)
    root = resumed.seed if resumed is not None and seed is None else root_seed(seed)
    asked = {
        "contract": encoded.contract.to_dict(),
        "epsilon": epsilon,
        "num_qubits": encoded.num_qubits,
        "encoding": encoded.encoding,
        **options,
        **{name: value for name, value in keywords.items() if name not in _OBJECTS},
    }
    run = begin_run(
        choice,
        "price",
        asked,
        seed=root,
        **where,
        own_pass_manager=keywords["pass_manager"] is not None,
        transcript=None if transcript is None or isinstance(transcript, Transcript) else Path(transcript),
        resumable=transcript is not None,
        fixed_seed=seed is not None or resumed is not None,
    )
    root = root if run is None else run.question.seed
    return Record({**keywords, "seed": root, "journal": run}, run)


def arguments_of(run: JournalledRun) -> tuple[Any, float, dict[str, Any]]:
    """Return contract, epsilon and keywords of a recorded price.

    Raises:
        ProblemError: not a contract that this version knows.
    """
    from qalgo.option_pricing.contract import Contract

    asked = dict(run.question.asked)
    contract = Contract.from_dict(asked.pop("contract"))
    return contract, float(asked.pop("epsilon")), {**asked, "seed": run.question.seed}


def _loaded(transcript: Any) -> Transcript | None:
    if transcript is None or isinstance(transcript, Transcript):
        return transcript
    return Transcript.load(transcript) if Path(transcript).exists() else None
