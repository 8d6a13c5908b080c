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


@cache
def versions() -> tuple[tuple[str, str], ...]:
    """Return (name, version) pairs of qalgo, Python and the numerical packages."""
    found = [("python", platform.python_version())]
    for name, distribution in _DISTRIBUTIONS.items():
        try:
            found.append((name, version(distribution)))
        except PackageNotFoundError:
            found.append((name, "not installed"))
    return tuple(found)
