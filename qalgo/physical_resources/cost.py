"""The one verb of the package: logical counts in, a span over models out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from qalgo.errors import ProblemError
from qalgo.logical_counts import HasLogicalCounts, LogicalCounts
from qalgo.physical_resources import beverland, fixed_machines, gidney_fowler, litinski, qdk_models
from qalgo.physical_resources.demand import Demand
from qalgo.physical_resources.results import ModelCost, PhysicalCost
from qalgo.physical_resources.technology import Technology, technology_named
from qalgo.versions import versions

__all__ = ["CLOSED_FORMS", "MODELS", "physical_cost"]

CLOSED_FORMS: Mapping[str, Callable[[Demand], ModelCost]] = MappingProxyType(
    {
        beverland.NAME: beverland.estimate,
        gidney_fowler.NAME: gidney_fowler.estimate,
        litinski.FAST: litinski.estimate_fast,
        litinski.COMPACT: litinski.estimate_compact,
        fixed_machines.BABBUSH: fixed_machines.estimate_babbush,
        fixed_machines.HOEFLER: fixed_machines.estimate_hoefler,
    }
)
"""Models that need nothing but this package."""
MODELS: Mapping[str, Callable[[Demand], ModelCost]] = MappingProxyType({**CLOSED_FORMS, **qdk_models.MODELS})
"""All models, those of Microsoft's ``qdk`` last; without the package each says how to install it."""


def physical_cost(
    logical: LogicalCounts | HasLogicalCounts,
    failure_probability: float = 1e-3,
    *,
    physical_error: float | None = None,
    models: Iterable[str] | None = None,
    technology: Technology | str | None = None,
) -> PhysicalCost:
    """Return physical qubits and run time of an error-corrected algorithm as spans over published models.

    No model is right: on one 10-qubit Fourier transform they differ by a factor of 80 in qubits. The result is
    therefore the minimum, median and maximum, with each model's figures, source and assumptions, or its reason for
    giving none. Nothing here is measured.

    Args:
        logical: logical counts, or anything that holds them as ``counts``, such as a fault-tolerant cost.
        failure_probability: of one execution, from all causes together; each model divides it among them.
        physical_error: of every gate and measurement; that of the technology, 1e-3, when None.
        models: names from ``qalgo.physical_resources.cost.MODELS``; all of them when None.
        technology: times of the physical qubits, or its name ("superconducting", "ion-trap", "neutral-atom");
            superconducting when None.

    Returns:
        The costs. The closed forms take milliseconds, the models of ``qdk`` (extra ``resources``) some tenths of a
        second.

    Raises:
        ProblemError: an argument is out of range, a circuit is given instead of counts, or no model gives a result.
    """
    demand = _demand(counts_of(logical), failure_probability, physical_error, technology_named(technology))
    return PhysicalCost(
        logical=demand.counts,
        failure_probability=demand.failure_probability,
        physical_error=demand.physical_error,
        technology=demand.technology,
        models=tuple(MODELS[name](demand) for name in _names(models)),
        versions=(*versions(), ("qdk", qdk_models.installed_version() or "not installed")),
    )


def counts_of(logical: object) -> LogicalCounts:
    """Return the logical counts in an argument.

    Raises:
        ProblemError: there are none.
    """
    if isinstance(logical, LogicalCounts):
        return logical
    counts: Any = getattr(logical, "counts", None)
    if isinstance(counts, LogicalCounts):
        return counts
    if any(kind.__name__ == "QuantumCircuit" for kind in type(logical).__mro__):
        raise ProblemError(
            "physical_cost takes logical counts, not a circuit; use physical_cost(qalgo.fault_tolerant_cost(circuit))"
        )
    raise ProblemError(
        f"logical is a {type(logical).__name__}; allowed: LogicalCounts, or an object that holds them as 'counts', "
        "such as the result of qalgo.fault_tolerant_cost(circuit)"
    )


def _demand(counts: LogicalCounts, failure: float, error: float | None, technology: Technology) -> Demand:
    return Demand(counts, failure, technology.physical_error if error is None else error, technology)


def _names(models: Iterable[str] | None) -> tuple[str, ...]:
    if models is None:
        return tuple(MODELS)
    names = (models,) if isinstance(models, str) else tuple(models)
    unknown = [name for name in names if name not in MODELS]
    if unknown or not names:
        given = ", ".join(map(repr, unknown)) or "none"
        raise ProblemError(f"models: {given}; allowed: one or more of {', '.join(MODELS)}")
    return tuple(dict.fromkeys(names))
