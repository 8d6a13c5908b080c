"""Quantum signal processing: polynomials, their phases with certificates, and the algorithms made of them.

The names below are resolved on first use.
"""

from importlib import import_module as _import_module

_NAMES = {
    "Polynomial": "qalgo.qsvt.polynomial",
    "evolution_phases": "qalgo.qsvt.evolution_phase_finding",
    "generalised_phases": "qalgo.qsvt.generalised_phase_finding",
    "phases": "qalgo.qsvt.phase_finding",
    "walk_exponential": "qalgo.qsvt.walk_series",
}

__all__ = [*_NAMES]


def __getattr__(name: str) -> object:
    if name not in _NAMES:
        raise AttributeError(f"module 'qalgo.qsvt' has no attribute {name!r}")
    value = getattr(_import_module(_NAMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
