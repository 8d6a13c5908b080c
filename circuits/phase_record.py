"""Phases of signal processing as JSON-safe records, and as short tables."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from circuits.errors import ProblemError

__all__ = ["VERSION", "checked_record", "phase_table", "phase_table_html", "stored_error", "vector"]

VERSION = 1
_SHOWN = 3


def checked_record(data: Mapping[str, Any], schema: str) -> Mapping[str, Any]:
    """Return ``data`` if it is a record of this schema.

    Raises:
        ProblemError: another schema or version.
    """
    if data.get("schema") != schema or data.get("version") != VERSION:
        raise ProblemError(
            f"the record has schema {data.get('schema')!r} version {data.get('version')!r}; "
            f"allowed: {schema!r} version {VERSION}"
        )
    return data


def vector(entries: Sequence[float], size: int | None = None) -> npt.NDArray[np.float64]:
    """Return a real vector of a record.

    Raises:
        ProblemError: not one axis of finite numbers, or not of ``size``.
    """
    found = np.array(entries, dtype=np.float64)
    if found.ndim != 1 or found.size == 0 or not np.all(np.isfinite(found)) or found.size != (size or found.size):
        raise ProblemError(
            f"the record holds an array of shape {found.shape}; allowed: one axis of finite numbers"
            + ("" if size is None else f", {size} of them")
        )
    return found


def stored_error(error: float | None) -> float:
    """Return the error of a record, which holds null for one that was not evaluated (NaN)."""
    return float("nan") if error is None else float(error)


def phase_table(title: str, rows: Sequence[tuple[str, object]]) -> str:
    """Return the rows below a title; of an array the first entries."""
    return "\n".join([title, *(f"  {name:<12} {_shown(value)}" for name, value in rows)])


def phase_table_html(text: str) -> str:
    """Return the table for a notebook."""
    return f"<pre>{html.escape(text)}</pre>"


def _shown(value: object) -> str:
    if isinstance(value, np.ndarray):
        start = ", ".join(f"{entry:.6g}" for entry in value[:_SHOWN])
        return start if value.size <= _SHOWN else f"{start}, ... {value[-1]:.6g} ({value.size:,} in all)"
    return str(value)
