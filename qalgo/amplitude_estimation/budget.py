"""What ends an estimation before its half-width is reached: a budget of uses of A, or of seconds."""

from __future__ import annotations

import math
import time

from qalgo.amplitude_estimation.estimator import Estimator
from qalgo.errors import ProblemError
from qalgo.resources import QueryCount
from qalgo.transcript import Request

__all__ = ["check_budget", "exhausted", "still_needed"]


def check_budget(max_queries: int | None, max_seconds: float | None) -> None:
    """Raise ProblemError unless the budgets are positive, or None for no limit."""
    if max_queries is not None and max_queries < 1:
        raise ProblemError(f"max_queries is {max_queries!r}; allowed: at least 1, or None for no limit")
    if max_seconds is not None and not max_seconds > 0:
        raise ProblemError(f"max_seconds is {max_seconds!r}; allowed: positive seconds, or None for no limit")


def exhausted(
    spent: QueryCount,
    requests: tuple[Request, ...],
    max_queries: int | None,
    max_seconds: float | None,
    started: float,
) -> str:
    """Return why no further round may be measured, or "" when one may."""
    wanted = spent.state_preparation + sum(request.queries().state_preparation for request in requests)
    if max_queries is not None and wanted > max_queries:
        return f"query budget: the next round would make {wanted:,} uses of A, allowed {max_queries:,}"
    if max_seconds is not None and time.perf_counter() - started > max_seconds:
        return f"time budget of {max_seconds:g} s used up"
    return ""


def still_needed(estimator: Estimator) -> str:
    """Return what a noise-aware estimator foresees, for the message of a run that a budget ended."""
    noise = estimator.bracket().noise
    if noise is None or not math.isfinite(noise.queries_to_go):
        return ""
    return (
        f"; epsilon is not reachable within it: at the estimated depolarising rate of {noise.rate:.2g} per use of A "
        f"about {noise.queries_to_go:.2g} more uses of A are needed"
    )
