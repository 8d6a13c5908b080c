"""LinearSystemSolution <-> JSON-safe dictionary with the name and version of its schema."""

from __future__ import annotations

from typing import Any

import numpy as np

from qalgo.errors import ProblemError
from qalgo.qsvt.amplification_plan import AmplificationPlan
from qalgo.qsvt.linear_system_budget import ErrorBudget
from qalgo.qsvt.linear_system_result import LinearSystemSolution
from qalgo.results import Interval
from qalgo.run_results import Run

__all__ = ["solution_from_dict", "solution_to_dict"]

SCHEMA = "qalgo.linear_system"
SCHEMA_VERSION = 1
_PLAIN = (
    "interval_meaning",
    "readout",
    "bound",
    "epsilon",
    "norm",
    "measured_success",
    "method",
    "reason",
    "size",
    "num_qubits",
    "kappa",
    "kappa_source",
    "degree",
    "encoding_method",
    "alpha",
    "ancillas",
    "preparation_description",
    "preparation_solves_problem",
    "seed",
)


def solution_to_dict(solution: LinearSystemSolution) -> dict[str, Any]:
    """Return a JSON-safe dictionary; circuits are left out."""
    x = solution.x
    entries: list[Any] | None = None
    if x is not None:
        entries = [[z.real, z.imag] for z in x.tolist()] if np.iscomplexobj(x) else x.tolist()
    return {
        "schema": SCHEMA,
        "version": SCHEMA_VERSION,
        "x": entries,
        "emulated": solution.emulated,
        "error": solution.error,
        "success_probability": solution.success_probability,
        **{name: getattr(solution, name) for name in _PLAIN},
        "error_budget": solution.error_budget.to_dict(),
        "amplification": solution.amplification.to_dict(),
        "intervals": [interval.to_dict() for interval in solution.intervals],
        "magnitude_intervals": [interval.to_dict() for interval in solution.magnitude_intervals],
        "norm_interval": None if solution.norm_interval is None else solution.norm_interval.to_dict(),
        "run": None if solution.run is None else solution.run.to_dict(),
        "references": list(solution.references),
        "versions": dict(solution.versions),
    }


def solution_from_dict(data: dict[str, Any]) -> LinearSystemSolution:
    """Rebuild without circuits.

    Raises:
        ProblemError: another schema or version.
    """
    if data.get("schema") != SCHEMA or data.get("version") != SCHEMA_VERSION:
        raise ProblemError(
            f"not a linear system: schema {data.get('schema')!r} version {data.get('version')!r}; "
            f"allowed: {SCHEMA!r} version {SCHEMA_VERSION}"
        )
    entries = data["x"]
    x = None
    if entries is not None:
        paired = bool(entries) and isinstance(entries[0], list)
        x = np.array([complex(*pair) for pair in entries]) if paired else np.array(entries, dtype=np.float64)
    interval = data["norm_interval"]
    return LinearSystemSolution(
        x=x,
        **{name: data[name] for name in _PLAIN},
        error_budget=ErrorBudget.from_dict(data["error_budget"]),
        amplification=AmplificationPlan.from_dict(data["amplification"]),
        intervals=tuple(Interval.from_dict(one) for one in data["intervals"]),
        magnitude_intervals=tuple(Interval.from_dict(one) for one in data["magnitude_intervals"]),
        norm_interval=None if interval is None else Interval.from_dict(interval),
        run=None if data["run"] is None else Run.from_dict(data["run"]),
        references=tuple(data["references"]),
        versions=tuple(sorted((str(k), str(v)) for k, v in data["versions"].items())),
    )
