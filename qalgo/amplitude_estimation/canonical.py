r"""Canonical amplitude estimation: phase estimation of the Grover operator, with a window (quant-ph/0005055).

The number m of evaluation qubits is fixed before anything is measured, from a tail bound that holds for every theta:
one read-out y lies within c bins of M theta/pi (M = 2^m) with a probability computed from the exact law of the
window (:func:`qalgo.amplitude_estimation.windows.readout_radius`), and the median of an odd number of read-outs fails
only if half of them do. The interval [theta +- c pi/M] is therefore of kind "confidence".
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qalgo.amplitude_estimation.estimator import Bracket, check_accuracy
from qalgo.amplitude_estimation.windows import (
    MAX_EVALUATION_QUBITS,
    half_bandwidth_for,
    readout_radius,
    window_name,
)
from qalgo.errors import ProblemError
from qalgo.results import Interval
from qalgo.transcript import PhaseReadout, Request, Round

__all__ = ["CanonicalEstimator"]

REPETITIONS_TRIED = (1, 3, 5, 7, 9, 11, 15, 21)
MAX_REPETITIONS = 101


@dataclass(frozen=True, slots=True)
class _Plan:
    request: PhaseReadout
    radius: float
    """Half-width on theta in radians."""


class CanonicalEstimator:
    r"""Amplitude estimation by phase estimation; one submission, half-width <= epsilon fixed in advance.

    Args:
        epsilon: half-width on a, 0 < epsilon < 1/2.
        confidence: level of the interval; kind "confidence" (proven for every a).
        window: "slepian" (default), "sine" or "uniform"; "slepian:0.9" fixes the half-bandwidth in bins, otherwise it
            is the best for the confidence of one read-out.
        repetitions: odd number of read-outs whose median is taken; None takes the cheapest number.

    Cost: repetitions x (2^m + 1) uses of A. With the Slepian window at 95 % one read-out is enough and
    2^m >= 1.004 pi/epsilon: 3.2/epsilon to 6.3/epsilon uses of A, depending on how far the next power of two is.

    Raises:
        ProblemError: an argument out of range, or an epsilon that needs more than 24 evaluation qubits.
    """

    references: tuple[str, ...]

    def __init__(
        self, epsilon: float, confidence: float, *, window: str = "slepian", repetitions: int | None = None
    ) -> None:
        check_accuracy(epsilon, confidence)
        if repetitions is not None and not _is_odd(repetitions):
            raise ProblemError(
                f"repetitions is {repetitions!r}; allowed: an odd number from 1 to {MAX_REPETITIONS}, or None"
            )
        self._confidence = confidence
        self._settings = {"window": window_name(window), "repetitions": repetitions}
        self._plan = _cheapest_plan(epsilon, confidence, window_name(window), repetitions)
        self._readouts: tuple[int, ...] = ()
        self.references = (_BRASSARD, *_WINDOW_REFERENCES[window.partition(":")[0]])

    def settings(self) -> Mapping[str, Any]:
        """Return the settings as given; they fix the request."""
        return dict(self._settings)

    def next_round(self) -> tuple[Request, ...]:
        """Return the one phase estimation, then nothing."""
        return () if self._readouts else (self._plan.request,)

    def observe(self, finished: Round) -> None:
        """Take in the read-outs.

        Raises:
            ProblemError: the round is not the one asked for.
        """
        if self._readouts or finished.requests != (self._plan.request,):
            raise ProblemError(f"the round {finished.requests} was not asked for; feed the answer of next_round()")
        outcome = finished.outcomes[0]
        if isinstance(outcome, tuple):
            self._readouts = outcome

    def bracket(self) -> Bracket:
        """Return sin^2 of the median angle and of the ends of its interval; [0, 1] before the read-out."""
        if not self._readouts:
            return Bracket(0.5, Interval(0.0, 1.0, self._confidence, "confidence"))
        size = 2**self._plan.request.num_evaluation_qubits
        # y and M - y are the read-outs of the two eigenphases of the same theta.
        folded = sorted(min(readout, size - readout) for readout in self._readouts)
        theta = math.pi * folded[len(folded) // 2] / size
        low = max(0.0, theta - self._plan.radius)
        high = min(math.pi / 2, theta + self._plan.radius)
        interval = Interval(math.sin(low) ** 2, math.sin(high) ** 2, self._confidence, "confidence")
        return Bracket(math.sin(theta) ** 2, interval)


def _cheapest_plan(epsilon: float, confidence: float, window: str, repetitions: int | None) -> _Plan:
    best: _Plan | None = None
    for number in REPETITIONS_TRIED if repetitions is None else (repetitions,):
        limit = math.inf if best is None else best.request.queries().state_preparation
        best = _plan(epsilon, confidence, window, number, limit) or best
    if best is None:
        raise ProblemError(
            f"epsilon is {epsilon!r}: the {window} window needs more than {MAX_EVALUATION_QUBITS} evaluation qubits; "
            "ask for a larger epsilon, a lower confidence, more repetitions or another window"
        )
    return best


def _plan(epsilon: float, confidence: float, window: str, repetitions: int, limit: float) -> _Plan | None:
    """Return the smallest register with half-width <= epsilon and fewer than ``limit`` uses of A, or None."""
    # A phase in the middle between two read-outs is half a bin away from both: no window has a smaller radius.
    fewest = max(1, math.ceil(math.log2(0.5 * math.pi / epsilon)))
    if repetitions * (2**fewest + 1) >= limit:
        return None
    coverage = _coverage_of_one(confidence, repetitions)
    name = window_name("slepian", round(half_bandwidth_for(coverage), 3)) if window == "slepian" else window
    for num_qubits in range(fewest, MAX_EVALUATION_QUBITS + 1):
        radius = math.pi / 2**num_qubits * readout_radius(num_qubits, name, coverage)
        # |sin^2(x + r) - sin^2(x)| <= sin(r) <= r: both the half-width and the distance to the value are within r.
        if radius <= epsilon:
            plan = _Plan(PhaseReadout(num_qubits, name, repetitions), radius)
            return plan if plan.request.queries().state_preparation < limit else None
    return None


def _coverage_of_one(confidence: float, repetitions: int) -> float:
    """Return the coverage of one read-out at which the median of ``repetitions`` has the confidence."""
    low, high = 0.0, 0.5
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if _median_failure(middle, repetitions) < 1.0 - confidence else (low, middle)
    return 1.0 - low


def _median_failure(failure: float, repetitions: int) -> float:
    needed = range((repetitions + 1) // 2, repetitions + 1)
    return math.fsum(math.comb(repetitions, k) * failure**k * (1.0 - failure) ** (repetitions - k) for k in needed)


def _is_odd(repetitions: object) -> bool:
    return (
        isinstance(repetitions, int)
        and not isinstance(repetitions, bool)
        and 1 <= repetitions <= MAX_REPETITIONS
        and repetitions % 2 == 1
    )


_BRASSARD = (
    "@incollection{brassard2002, author = {Brassard, Gilles and H{\\o}yer, Peter and Mosca, Michele and Tapp, Alain}, "
    "title = {Quantum amplitude amplification and estimation}, booktitle = {Quantum Computation and Information}, "
    "series = {Contemporary Mathematics}, volume = {305}, pages = {53--74}, year = {2002}, "
    "eprint = {quant-ph/0005055}, archivePrefix = {arXiv}}"
)
_IMAI_HAYASHI = (
    "@article{imai2009, author = {Imai, Hiroshi and Hayashi, Masahito}, title = {Fourier analytic approach to phase "
    "estimation in quantum systems}, journal = {New Journal of Physics}, volume = {11}, pages = {043034}, "
    "year = {2009}, eprint = {0810.5602}, archivePrefix = {arXiv}}"
)
_PATEL = (
    "@misc{patel2024, author = {Patel, Dhrumil and Tan, Shi Jie Samuel and Suba{\\c s}{\\i}, Yi{\\u g}it and "
    "Sornborger, Andrew T.}, title = {Optimal coherent quantum phase estimation via tapering}, year = {2024}, "
    "eprint = {2403.18927}, archivePrefix = {arXiv}}"
)
_LUIS_PERINA = (
    "@article{luis1996, author = {Luis, A. and Pe{\\v r}ina, J.}, title = {Optimum phase-shift estimation and the "
    "quantum description of the phase difference}, journal = {Physical Review A}, volume = {54}, pages = {4564--4570}, "
    "year = {1996}, doi = {10.1103/PhysRevA.54.4564}}"
)
_WINDOW_REFERENCES = {"slepian": (_IMAI_HAYASHI, _PATEL), "sine": (_LUIS_PERINA,), "uniform": ()}
