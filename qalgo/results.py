"""The frozen results that all families share: Interval, NoiseEstimate, Estimate."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from qalgo.errors import ProblemError
from qalgo.resources import QueryCount
from qalgo.transcript import Transcript

__all__ = ["Estimate", "Interval", "IntervalKind", "NoiseEstimate"]

IntervalKind = Literal["credible", "confidence", "asymptotic"]
ESTIMATE_SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Interval:
    """A closed interval with its level and what kind of statement it makes.

    ``credible``: Bayesian, coverage measured, not proven. ``confidence``: coverage proven for every value of the
    parameter. ``asymptotic``: coverage holds in the limit of many shots.
    """

    low: float
    high: float
    level: float
    kind: IntervalKind

    def __post_init__(self) -> None:
        if not self.low <= self.high:
            raise ProblemError(f"interval ends are not ordered: low={self.low!r}, high={self.high!r}")
        if not 0.0 < self.level < 1.0:
            raise ProblemError(f"level is {self.level!r}; allowed: between 0 and 1")

    @property
    def half_width(self) -> float:
        """Half of high - low."""
        return 0.5 * (self.high - self.low)

    @property
    def midpoint(self) -> float:
        """Centre of the interval."""
        return 0.5 * (self.low + self.high)

    def contains(self, value: float) -> bool:
        """Whether low <= value <= high."""
        return self.low <= value <= self.high

    def mapped(self, function: Callable[[float], float]) -> Interval:
        """Send both ends through a monotone function, once, and sort them (a negative slope swaps them)."""
        ends = sorted((float(function(self.low)), float(function(self.high))))
        return replace(self, low=ends[0], high=ends[1])

    def widened(self, below: float, above: float | None = None) -> Interval:
        """Add deterministic bounds: ``below`` is subtracted from low, ``above`` (default: the same) added to high."""
        return replace(self, low=self.low - below, high=self.high + (below if above is None else above))

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary."""
        return {"low": self.low, "high": self.high, "level": self.level, "kind": self.kind}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Interval:
        """Rebuild from :meth:`to_dict`."""
        return cls(float(data["low"]), float(data["high"]), float(data["level"]), data["kind"])

    def __str__(self) -> str:
        return f"[{self.low:.8g}, {self.high:.8g}] ({self.level:.0%} {self.kind})"


@dataclass(frozen=True, slots=True)
class NoiseEstimate:
    """What a noise-aware estimation learned about the depolarising noise of each use of A."""

    rate: float
    """Depolarising probability per use of A (posterior median)."""
    rate_interval: Interval
    fixed_point: float
    """Probability of a good outcome of the fully depolarised state."""
    fixed_point_interval: Interval
    """Of width 0 where the fixed point was given."""
    largest_power: int
    """The largest power k of Q that was measured: the depth was capped by the noise or by epsilon."""
    queries_to_go: float
    """Uses of A still needed for epsilon, foreseen from the estimated noise; 0 when it is reached."""

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary."""
        return {
            "rate": self.rate,
            "rate_interval": self.rate_interval.to_dict(),
            "fixed_point": self.fixed_point,
            "fixed_point_interval": self.fixed_point_interval.to_dict(),
            "largest_power": self.largest_power,
            "queries_to_go": self.queries_to_go,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> NoiseEstimate:
        """Rebuild from :meth:`to_dict`."""
        return cls(
            rate=float(data["rate"]),
            rate_interval=Interval.from_dict(data["rate_interval"]),
            fixed_point=float(data["fixed_point"]),
            fixed_point_interval=Interval.from_dict(data["fixed_point_interval"]),
            largest_power=int(data["largest_power"]),
            queries_to_go=float(data["queries_to_go"]),
        )

    def __str__(self) -> str:
        low, high = self.rate_interval.low, self.rate_interval.high
        fixed = ""
        if self.fixed_point_interval.half_width > 0.0:
            fixed = f", fixed point {self.fixed_point:.3g} +- {self.fixed_point_interval.half_width:.1g}"
        return f"depolarising {self.rate:.3g} per use of A [{low:.2g}, {high:.2g}]{fixed}; k <= {self.largest_power:,}"


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimated amplitude and the quantity it stands for, with its interval, its cost and its record."""

    value: float
    """The estimate after post-processing (equal to ``amplitude`` when there is none)."""
    interval: Interval
    """The interval after post-processing, applied exactly once to each end."""
    amplitude: float
    """The estimated probability a = sin^2(theta) of a good outcome of A, in [0, 1]."""
    amplitude_interval: Interval
    epsilon: float
    """The half-width on the probability a that was asked for."""
    converged: bool
    """Whether the half-width on a is at most epsilon (False when a budget ended the run first)."""
    message: str
    """Why the run ended, in words."""
    queries: QueryCount
    device: str
    """Where the outcomes came from, e.g. "CPU (Aer statevector)" or "emulated: sin^2((2k+1) theta)"."""
    classical_seconds: float
    """Wall time spent outside the device: planning and statistics. Never part of a comparison's cost."""
    transcript: Transcript
    references: tuple[str, ...] = ()
    """BibTeX entries of the methods used."""
    versions: tuple[tuple[str, str], ...] = ()
    noise: NoiseEstimate | None = None
    """The noise, where the estimator's model has one."""
    engine: str = ""
    """How the powers Q^k A were run: an evolution through all powers, a circuit for each, or the closed-form law."""
    device_reason: str = ""
    """Why the circuits ran on that device, e.g. that a GPU failed on the way."""

    @property
    def method(self) -> str:
        """Name of the estimator."""
        return self.transcript.method

    @property
    def mode(self) -> str:
        """Either "circuit" or "subspace"."""
        return self.transcript.mode

    @property
    def emulated(self) -> bool:
        """True when no circuit of Q^k A was executed."""
        return self.mode != "circuit"

    @property
    def seed(self) -> int:
        """The root seed."""
        return self.transcript.seed

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary with the schema's name and version."""
        return {
            "schema": "qalgo.estimate",
            "version": ESTIMATE_SCHEMA_VERSION,
            "value": self.value,
            "interval": self.interval.to_dict(),
            "amplitude": self.amplitude,
            "amplitude_interval": self.amplitude_interval.to_dict(),
            "epsilon": self.epsilon,
            "converged": self.converged,
            "message": self.message,
            "queries": self.queries.to_dict(),
            "device": self.device,
            "classical_seconds": self.classical_seconds,
            "transcript": self.transcript.to_dict(),
            "references": list(self.references),
            "versions": dict(self.versions),
            **({} if self.noise is None else {"noise": self.noise.to_dict()}),
            "engine": self.engine,
            "device_reason": self.device_reason,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Estimate:
        """Rebuild from :meth:`to_dict`.

        Raises:
            ProblemError: when the data has another schema or version.
        """
        if data.get("schema") != "qalgo.estimate" or data.get("version") != ESTIMATE_SCHEMA_VERSION:
            raise ProblemError(f"not an estimate: schema {data.get('schema')!r} version {data.get('version')!r}")
        return cls(
            value=float(data["value"]),
            interval=Interval.from_dict(data["interval"]),
            amplitude=float(data["amplitude"]),
            amplitude_interval=Interval.from_dict(data["amplitude_interval"]),
            epsilon=float(data["epsilon"]),
            converged=bool(data["converged"]),
            message=str(data["message"]),
            queries=QueryCount.from_dict(data["queries"]),
            device=str(data["device"]),
            classical_seconds=float(data["classical_seconds"]),
            transcript=Transcript.from_dict(data["transcript"]),
            references=tuple(data["references"]),
            versions=tuple((str(k), str(v)) for k, v in data["versions"].items()),
            noise=NoiseEstimate.from_dict(data["noise"]) if "noise" in data else None,
            engine=str(data.get("engine", "")),
            device_reason=str(data.get("device_reason", "")),
        )

    def __str__(self) -> str:
        how = "emulated, no circuit executed" if self.emulated else "circuits executed"
        digits = max(4, 2 - math.floor(math.log10(max(self.epsilon, 1e-12))))
        count = self.queries
        return "\n".join(
            (
                f"amplitude estimation ({self.method}; {how})",
                f"  value        {self.value:.{digits}g}",
                f"  interval     {self.interval}",
                f"  probability  {self.amplitude:.{digits}g}, half-width "
                f"{self.amplitude_interval.half_width:.3g} (asked {self.epsilon:.3g})",
                f"  queries      {count.state_preparation:,} of A, {count.grover:,} of Q, {count.shots:,} shots "
                f"in {count.submissions} submissions",
                *(() if self.noise is None else (f"  noise        {self.noise}",)),
                f"  device       {self.device}" + (f" ({self.device_reason})" if self.device_reason else ""),
                *([f"  engine       {self.engine}"] if self.engine else []),
                f"  seed         {self.seed}",
                f"  ended        {self.message}",
            )
        )

    def _repr_html_(self) -> str:
        import html

        return f"<pre>{html.escape(str(self))}</pre>"
