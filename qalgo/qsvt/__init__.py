"""Quantum signal processing: polynomials, their phases with certificates, and the algorithms made of them.

The names below are resolved on first use.
"""

from importlib import import_module as _import_module

_NAMES = {
    "CertifiedPhases": "qalgo.qsvt.phase_finding",
    "PhaseEstimate": "qalgo.qsvt.phase_result",
    "Polynomial": "qalgo.qsvt.polynomial",
    "QueryPoint": "qalgo.qsvt.query_points",
    "complex_exponential": "qalgo.qsvt.polynomials.waves",
    "cosine": "qalgo.qsvt.polynomials.waves",
    "evolution_phases": "qalgo.qsvt.evolution_phase_finding",
    "exponential": "qalgo.qsvt.polynomials.real_exponentials",
    "fit": "qalgo.qsvt.polynomials.fitting",
    "gaussian": "qalgo.qsvt.polynomials.real_exponentials",
    "generalised_phases": "qalgo.qsvt.generalised_phase_finding",
    "inverse": "qalgo.qsvt.polynomials.reciprocals",
    "linear_system_baselines": "qalgo.qsvt.baseline",
    "linear_system_bounds": "qalgo.qsvt.bounds",
    "phase_estimation": "qalgo.qsvt.phase_reading",
    "phases": "qalgo.qsvt.phase_finding",
    "plot_cost_by_part": "qalgo.qsvt.figures",
    "plot_queries_against_kappa": "qalgo.qsvt.figures",
    "positive_definite_inverse": "qalgo.qsvt.polynomials.reciprocals",
    "power": "qalgo.qsvt.polynomials.powers",
    "rectangle": "qalgo.qsvt.polynomials.steps",
    "sign": "qalgo.qsvt.polynomials.signs",
    "simulation_baselines": "qalgo.qsvt.simulation_baseline",
    "sine": "qalgo.qsvt.polynomials.waves",
    "square_root": "qalgo.qsvt.polynomials.powers",
    "step": "qalgo.qsvt.polynomials.steps",
    "threshold": "qalgo.qsvt.polynomials.steps",
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
