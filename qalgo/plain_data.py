"""Frozen dataclasses <-> JSON-safe data, from their type hints."""

from __future__ import annotations

import dataclasses
import types
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

__all__ = ["from_plain", "to_plain"]


def to_plain(value: Any) -> Any:
    """Return dictionaries for dataclasses and lists for tuples, all the way down."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, (tuple, list)):
        return [to_plain(item) for item in value]
    return value


def from_plain(kind: Any, data: Any) -> Any:
    """Rebuild a value of type ``kind``; fields with a default may be missing (data of an older version).

    Raises:
        KeyError, TypeError, ValueError: the data do not fit the type.
    """
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        inner = [option for option in get_args(kind) if option is not type(None)]
        return None if data is None else from_plain(inner[0], data)
    if origin is tuple:
        return tuple(from_plain(get_args(kind)[0], item) for item in data)
    if origin is Literal:
        if data not in get_args(kind):
            raise ValueError(f"{data!r} is not one of {get_args(kind)}")
        return data
    if dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        given = (field for field in dataclasses.fields(kind) if field.name in data or _required(field))
        return kind(**{field.name: from_plain(hints[field.name], data[field.name]) for field in given})  # type: ignore[operator]  # a dataclass type, not an instance
    return kind(data)


def _required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
