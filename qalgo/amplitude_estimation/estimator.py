"""What every amplitude estimator is: a deterministic machine from measured rounds to the next request.

An estimator holds no random numbers, no circuits and no clock. The loop asks for the next round, has it measured
(by circuits or by the emulated law), and hands the outcomes back. Fed the same rounds, an estimator makes the same
requests and gives the same estimate: that is what makes transcripts re-runnable and interrupted runs resumable.
"""

from __future__ import annotations

import importlib
import inspect
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from qalgo.errors import ProblemError
from qalgo.results import Interval, NoiseEstimate
from qalgo.transcript import Outcome, Request, Round

__all__ = ["METHODS", "Bracket", "Estimator", "MeasurementSource", "check_accuracy", "make_estimator"]

METHODS: Mapping[str, tuple[str, str]] = {
    "bayesian": ("qalgo.amplitude_estimation.bayesian", "bayesian_estimator"),
    "iterative": ("qalgo.amplitude_estimation.iterative", "IterativeEstimator"),
    "modified_iterative": ("qalgo.amplitude_estimation.modified_iterative", "ModifiedIterativeEstimator"),
    "maximum_likelihood": ("qalgo.amplitude_estimation.maximum_likelihood", "MaximumLikelihoodEstimator"),
    "canonical": ("qalgo.amplitude_estimation.canonical", "CanonicalEstimator"),
}
"""Name of a method -> (module, class or function), called as ``name(epsilon, confidence, **settings)``."""


@dataclass(frozen=True, slots=True)
class Bracket:
    """What an estimator knows after the rounds it has seen: a value and an interval for the probability a."""

    value: float
    interval: Interval
    noise: NoiseEstimate | None = None
    """What the estimator knows about the noise, where its model has one."""


class Estimator(Protocol):
    """The protocol of all estimators; ``epsilon`` is the half-width on the probability a = sin^2(theta)."""

    references: tuple[str, ...]
    """BibTeX entries of the method."""

    def settings(self) -> Mapping[str, Any]:
        """JSON-safe settings that, with epsilon and confidence, fix the estimator's behaviour."""
        ...

    def next_round(self) -> tuple[Request, ...]:
        """Requests of the next submission; empty when the estimator has finished."""
        ...

    def observe(self, finished: Round) -> None:
        """Take in the outcomes of the round asked for."""
        ...

    def bracket(self) -> Bracket:
        """The best value and interval so far; valid at any time, [0, 1] before the first round."""
        ...


class MeasurementSource(Protocol):
    """Where outcomes come from: circuits on a device, or the closed-form law (emulated).

    A source may also have ``engine`` (how powers of Q were run) and ``device_reason`` (why on that device): strings
    that are read after the last round.
    """

    mode: str
    """Either "circuit" or "subspace"."""

    @property
    def device(self) -> str:
        """Description for the result."""
        ...

    def measure(self, requests: tuple[Request, ...], round_index: int) -> tuple[Outcome, ...]:
        """Measure all requests of one round as one submission, with the random streams of ``round_index``."""
        ...


def check_accuracy(epsilon: float, confidence: float) -> None:
    """Raise ProblemError unless 0 < epsilon < 1/2 and 0 < confidence < 1."""
    if not (isinstance(epsilon, (int, float)) and math.isfinite(epsilon) and 0.0 < epsilon < 0.5):
        raise ProblemError(
            f"epsilon is {epsilon!r}; allowed: a half-width on a probability, 0 < epsilon < 0.5 (for example 0.001)"
        )
    if not (isinstance(confidence, (int, float)) and math.isfinite(confidence) and 0.0 < confidence < 1.0):
        raise ProblemError(f"confidence is {confidence!r}; allowed: 0 < confidence < 1 (for example 0.95)")


def make_estimator(method: str, epsilon: float, confidence: float, settings: Mapping[str, Any]) -> Estimator:
    """Make a fresh estimator by name.

    Raises:
        ProblemError: unknown method or setting, epsilon or confidence out of range.
    """
    check_accuracy(epsilon, confidence)
    if method not in METHODS:
        raise ProblemError(f"method is {method!r}; allowed: {', '.join(sorted(METHODS))}")
    module, name = METHODS[method]
    factory = getattr(importlib.import_module(module), name)
    allowed = [key for key in inspect.signature(factory).parameters if key not in ("epsilon", "confidence")]
    unknown = sorted(set(settings) - set(allowed))
    if unknown:
        raise ProblemError(
            f"method {method!r} has no setting {', '.join(map(repr, unknown))}; allowed: {', '.join(allowed) or 'none'}"
        )
    estimator: Estimator = factory(float(epsilon), float(confidence), **settings)
    return estimator
