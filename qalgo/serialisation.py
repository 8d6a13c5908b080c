"""Comparison <-> JSON-safe dictionary with the name and version of its schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from qalgo.comparable import Bound, Reference
from qalgo.crossings import BreakEven
from qalgo.errors import ProblemError
from qalgo.machines import MachineModel
from qalgo.plain_data import from_plain, to_plain
from qalgo.verdict import MethodRow, Scaling, SpeedUp, Verdict

if TYPE_CHECKING:
    from qalgo.comparison import Comparison

__all__ = ["comparison_from_dict", "comparison_to_dict"]

SCHEMA = "qalgo.comparison"
SCHEMA_VERSION = 1

_FIELDS: Mapping[str, Any] = {
    "title": str,
    "unit": str,
    "reference": Reference,
    "bound": Bound,
    "methods": tuple[MethodRow, ...],
    "speed_ups": tuple[SpeedUp, ...],
    "scalings": tuple[Scaling, ...],
    "verdict": Verdict,
    "caveats": tuple[str, ...],
    "machine": MachineModel,
    "break_evens": tuple[BreakEven, ...],
    "accuracies": tuple[float, ...],
    "repetitions": int,
    "seed": int,
    "predicted_seconds": float,
    "versions": tuple[tuple[str, str], ...],
}


def comparison_to_dict(comparison: Comparison) -> dict[str, Any]:
    """Return a JSON-safe dictionary with the schema's name and version."""
    fields = {name: to_plain(getattr(comparison, name)) for name in _FIELDS}
    return {"schema": SCHEMA, "version": SCHEMA_VERSION, **fields, "versions": dict(comparison.versions)}


def comparison_from_dict(factory: type[Comparison], data: Mapping[str, Any]) -> Comparison:
    """Rebuild a comparison.

    Raises:
        ProblemError: the data has another schema or version, or is damaged.
    """
    if data.get("schema") != SCHEMA or data.get("version") != SCHEMA_VERSION:
        raise ProblemError(
            f"not a comparison this qalgo reads: schema {data.get('schema')!r} version {data.get('version')!r}; "
            f"expected {SCHEMA!r} version {SCHEMA_VERSION}"
        )
    try:
        values = {name: from_plain(kind, data[name]) for name, kind in _FIELDS.items() if name != "versions"}
        values["versions"] = tuple((str(name), str(version)) for name, version in data["versions"].items())
        return factory(**values)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ProblemError(f"the comparison is damaged: {error!r}") from error
