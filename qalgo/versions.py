"""Versions of what a result depends on, read without importing anything."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version

__all__ = ["versions"]

_DISTRIBUTIONS = {
    "qalgo": "qalgo-advantage",
    "qiskit": "qiskit",
    "qiskit-aer": "qiskit-aer",
    "numpy": "numpy",
    "scipy": "scipy",
}
_INSTEAD = {"qiskit-aer": "qiskit-aer-gpu"}
"""Builds of the same package under another name."""


@cache
def versions() -> tuple[tuple[str, str], ...]:
    """Return (name, version) pairs of qalgo, Python and the numerical packages."""
    found = [("python", platform.python_version())]
    for name, distribution in _DISTRIBUTIONS.items():
        found.append((name, _version(distribution) or _build(_INSTEAD.get(name)) or "not installed"))
    return tuple(found)


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def _build(distribution: str | None) -> str | None:
    found = None if distribution is None else _version(distribution)
    return None if found is None else f"{found} ({distribution})"
