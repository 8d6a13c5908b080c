"""Physical costs: one per model, with its provenance, and their spread, which is the answer."""

from __future__ import annotations

import html
import re
import statistics
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from qalgo.errors import ProblemError
from qalgo.logical_counts import LogicalCounts
from qalgo.physical_resources.technology import Technology

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ModelCost", "PhysicalCost", "Span", "readable_seconds"]

SCHEMA, SCHEMA_VERSION = "qalgo.physical_cost", 1


@dataclass(frozen=True, slots=True)
class Span:
    """Spread over models. It is no confidence interval: the models are not draws from anything."""

    minimum: float
    median: float
    maximum: float

    @property
    def ratio(self) -> float:
        """How many times the largest exceeds the smallest."""
        return self.maximum / self.minimum

    def __contains__(self, value: float) -> bool:
        return self.minimum <= value <= self.maximum

    def to_dict(self) -> dict[str, float]:
        """Return a JSON-safe dictionary."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ModelCost:
    """What one model says, or why it says nothing."""

    name: str
    source: str
    """arXiv id, with table or section where a figure comes from one."""
    qubits: int | None = None
    """Physical qubits: data, routing and factories. None when the model gives no result."""
    seconds: float | None = None
    """Run time of one execution (one shot)."""
    code_distance: int | None = None
    """Of the data."""
    factories: float | None = None
    """Magic-state factories that work at the same time."""
    factory: str = ""
    """What one factory is."""
    factory_qubits: int | None = None
    """Physical qubits of all factories together."""
    t_states: int | None = None
    """T states used (four per Toffoli gate), or CCZ states where the model says so in ``factory``."""
    error: float | None = None
    """Failure probability reached, rotations included, where the model gives it."""
    assumptions: tuple[str, ...] = ()
    reason: str = ""
    """Why there is no result; empty when there is one."""

    @property
    def exists(self) -> bool:
        """Whether the model gives a result."""
        return not self.reason

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary."""
        return {**asdict(self), "assumptions": list(self.assumptions)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ModelCost:
        """Rebuild from :meth:`to_dict`."""
        values = {name: data[name] for name in cls.__slots__}
        return cls(**{**values, "assumptions": tuple(str(item) for item in data["assumptions"])})

    def __str__(self) -> str:
        if self.qubits is None or self.seconds is None:
            return f"no result: {self.reason}"
        factories = "1 factory" if self.factories == 1 else f"{self.factories or 0:g} factories"
        return (
            f"{self.qubits:,} qubits, {readable_seconds(self.seconds)} (distance {self.code_distance}, {factories}; "
            f"{re.split('[,;]', self.source)[0]})"
        )


@dataclass(frozen=True, slots=True)
class PhysicalCost:
    """Physical qubits and run time as spans over models; theoretical throughout, nothing of it is measured."""

    logical: LogicalCounts
    failure_probability: float
    physical_error: float
    technology: Technology
    models: tuple[ModelCost, ...]
    """In the order of the models; those without a result are here too."""
    versions: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if not any(model.exists for model in self.models):
            reasons = "; ".join(f"{model.name}: {model.reason}" for model in self.models) or "no model was asked"
            raise ProblemError(
                f"no model gives a physical cost at physical_error {self.physical_error:g} and failure_probability "
                f"{self.failure_probability:g}; change one of them, or the models ({reasons})"
            )

    @property
    def qubits(self) -> Span:
        """Physical qubits over the models that give a result."""
        return _span([model.qubits for model in self.models])

    @property
    def seconds(self) -> Span:
        """Seconds of one execution over the models that give a result."""
        return _span([model.seconds for model in self.models])

    def model(self, name: str) -> ModelCost:
        """Return one model's cost.

        Raises:
            ProblemError: the model was not asked.
        """
        for item in self.models:
            if item.name == name:
                return item
        raise ProblemError(f"model is {name!r}; this result holds: {', '.join(item.name for item in self.models)}")

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw physical qubits against seconds, one point per model.

        Args:
            ax: axes to draw on; new ones when None.

        Returns:
            The axes.
        """
        from qalgo.physical_resources.figures import plot_physical_cost

        return plot_physical_cost(self, ax)

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary with the schema's name and version."""
        return {
            "schema": SCHEMA,
            "version": SCHEMA_VERSION,
            "logical": self.logical.to_dict(),
            "failure_probability": self.failure_probability,
            "physical_error": self.physical_error,
            "technology": self.technology.to_dict(),
            "qubits": self.qubits.to_dict(),
            "seconds": self.seconds.to_dict(),
            "models": [model.to_dict() for model in self.models],
            "versions": dict(self.versions),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> PhysicalCost:
        """Rebuild from :meth:`to_dict`.

        Raises:
            ProblemError: the data has another schema or version, or is damaged.
        """
        if data.get("schema") != SCHEMA or data.get("version") != SCHEMA_VERSION:
            raise ProblemError(
                f"not a physical cost this qalgo reads: schema {data.get('schema')!r} version {data.get('version')!r}; "
                f"expected {SCHEMA!r} version {SCHEMA_VERSION}"
            )
        try:
            return cls(
                logical=LogicalCounts.from_dict(data["logical"]),
                failure_probability=float(data["failure_probability"]),
                physical_error=float(data["physical_error"]),
                technology=Technology.from_dict(data["technology"]),
                models=tuple(ModelCost.from_dict(item) for item in data["models"]),
                versions=tuple((str(name), str(version)) for name, version in data["versions"].items()),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ProblemError(f"the physical cost is damaged: {error!r}") from error

    def __str__(self) -> str:
        counts = self.logical
        found = f"{sum(model.exists for model in self.models)} of {len(self.models)} models"
        qubits, seconds = self.qubits, self.seconds
        width = max(len(model.name) for model in self.models)
        return "\n".join(
            (
                f"physical cost over {found} (theoretical; {self.technology.name}, physical error "
                f"{self.physical_error:g}, failure probability {self.failure_probability:g})",
                f"  {'logical':<{width}}  {counts.num_qubits:,} qubits, {counts.t:,} T, {counts.toffoli:,} Toffoli, "
                f"{counts.rotations:,} rotations, {counts.measurements:,} measurements",
                f"  {'qubits':<{width}}  {qubits.minimum:,.0f} / {qubits.median:,.0f} / {qubits.maximum:,.0f} "
                "(min / median / max)",
                f"  {'run time':<{width}}  {readable_seconds(seconds.minimum)} / {readable_seconds(seconds.median)} / "
                f"{readable_seconds(seconds.maximum)}",
                *(f"  {model.name:<{width}}  {model}" for model in self.models),
            )
        )

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def readable_seconds(seconds: float) -> str:
    """Return a duration with three digits and a unit that fits."""
    for limit, size, unit in (
        (1e-3, 1e-6, "us"),
        (1, 1e-3, "ms"),
        (120, 1, "s"),
        (7200, 60, "min"),
        (172800, 3600, "h"),
    ):
        if seconds < limit:
            return f"{seconds / size:.3g} {unit}"
    days = seconds / 86400
    return f"{days:,.3g} days" if days < 730 else f"{days / 365.25:,.3g} years"


def _span(values: list[int | None] | list[float | None]) -> Span:
    known = [float(value) for value in values if value is not None]
    return Span(min(known), statistics.median(known), max(known))
