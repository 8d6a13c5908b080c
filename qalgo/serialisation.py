"""Comparison <-> JSON-safe dictionary, from the type hints of the dataclasses."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints

from qalgo.comparable import Bound, Reference
from qalgo.errors import ProblemError
from qalgo.machines import BreakEven, MachineModel
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
    fields = {name: _plain(getattr(comparison, name)) for name in _FIELDS}
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
        values = {name: _build(kind, data[name]) for name, kind in _FIELDS.items() if name != "versions"}
        values["versions"] = tuple((str(name), str(version)) for name, version in data["versions"].items())
        return factory(**values)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ProblemError(f"the comparison is damaged: {error!r}") from error


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    return value


def _build(kind: Any, data: Any) -> Any:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        inner = [option for option in get_args(kind) if option is not type(None)]
        return None if data is None else _build(inner[0], data)
    if origin is tuple:
        return tuple(_build(get_args(kind)[0], item) for item in data)
    if origin is Literal:
        if data not in get_args(kind):
            raise ValueError(f"{data!r} is not one of {get_args(kind)}")
        return data
    if dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{field.name: _build(hints[field.name], data[field.name]) for field in dataclasses.fields(kind)})  # type: ignore[operator]  # a dataclass type, not an instance
    return kind(data)
