"""LinearSystemComparison: a quantum solver of one linear system beside the best classical ones, at equal error."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qalgo.errors import ProblemError
from qalgo.machines import MachineModel
from qalgo.plain_data import from_plain, to_plain
from qalgo.qsvt.baseline import ClassicalSolution
from qalgo.qsvt.bounds import QueryBound
from qalgo.qsvt.linear_costs import LadderRow, QuantumCost, ReadOut
from qalgo.qsvt.matrix_structure import MatrixStructure
from qalgo.verdict import Verdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["LinearSystemComparison"]

SCHEMA, SCHEMA_VERSION = "qalgo.linear_system_comparison", 1

_FIELDS: Mapping[str, Any] = {
    "title": str,
    "structure": MatrixStructure,
    "epsilon": float,
    "quantum": QuantumCost,
    "bounds": tuple[QueryBound, ...],
    "baselines": tuple[ClassicalSolution, ...],
    "ladder": tuple[LadderRow, ...],
    "read_out": ReadOut,
    "verdict": Verdict,
    "caveats": tuple[str, ...],
    "machine": MachineModel,
    "versions": tuple[tuple[str, str], ...],
}


@dataclass(frozen=True, slots=True)
class LinearSystemComparison:
    """What one linear system costs the quantum and the classical solvers, and who wins.

    Printed it is a compact table with the verdict; ``plot()`` draws uses of the encoding against kappa with the bounds,
    ``save(folder)`` writes ``report.html``, ``report.json``, ``report.md`` and the figures.
    """

    title: str
    structure: MatrixStructure
    """Of A: what the classical methods may use."""
    epsilon: float
    """State error at which all methods are compared."""
    quantum: QuantumCost
    bounds: tuple[QueryBound, ...]
    """What theory says about the uses of the encoding."""
    baselines: tuple[ClassicalSolution, ...]
    """Classical methods, iterative ones first; their solutions are not kept."""
    ladder: tuple[LadderRow, ...]
    """Several accuracies, coarsest first; the quantum side is emulated. Empty where the matrix is too large."""
    read_out: ReadOut
    verdict: Verdict
    caveats: tuple[str, ...]
    machine: MachineModel
    versions: tuple[tuple[str, str], ...]

    def baseline(self, name: str) -> ClassicalSolution:
        """Return the classical method of this name.

        Raises:
            ProblemError: there is none.
        """
        for item in self.baselines:
            if item.name == name:
                return item
        names = ", ".join(item.name for item in self.baselines)
        raise ProblemError(f"no classical method is named {name!r}; there are: {names}")

    def __str__(self) -> str:
        from qalgo.qsvt.linear_report import to_text

        return to_text(self)

    def _repr_html_(self) -> str:
        from qalgo.qsvt.linear_report import to_html_fragment

        return to_html_fragment(self)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw uses of the encoding, degree / sqrt(p), against kappa, with the bounds."""
        from qalgo.qsvt.figures import plot_queries_against_kappa

        return plot_queries_against_kappa([self.quantum.point(self.epsilon)], self.epsilon, ax)

    def plot_ladder(self, ax: Axes | None = None) -> Axes:
        """Draw the state error against uses of the encoding: the emulated ladder and the executed circuit."""
        from qalgo.qsvt.figures import plot_error_against_queries

        points = [row.quantum for row in self.ladder]
        return plot_error_against_queries([*points, self.quantum.point(self.epsilon)], ax)

    def plot_parts(self, ax: Axes | None = None) -> Axes:
        """Draw the CX of one run part by part."""
        from qalgo.qsvt.figures import plot_cost_by_part

        return plot_cost_by_part({part.name: part.cx for part in self.quantum.parts}, "CX", ax)

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write report.html (self-contained), report.json, report.md and the figures as PNG and SVG, all or none.

        Returns:
            The path of ``report.html``.

        Raises:
            ProblemError: the folder is a file or may not be written to.
            ExecutionError: the disk is full.
        """
        from qalgo.qsvt.linear_report import save

        return save(self, folder)

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary with the schema's name and version."""
        fields = {name: to_plain(getattr(self, name)) for name in _FIELDS}
        return {"schema": SCHEMA, "version": SCHEMA_VERSION, **fields, "versions": dict(self.versions)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> LinearSystemComparison:
        """Rebuild from :meth:`to_dict`.

        Raises:
            ProblemError: the data has another schema or version, or is damaged.
        """
        if data.get("schema") != SCHEMA or data.get("version") != SCHEMA_VERSION:
            raise ProblemError(
                f"not a comparison of linear solvers: schema {data.get('schema')!r} version {data.get('version')!r}; "
                f"expected {SCHEMA!r} version {SCHEMA_VERSION}"
            )
        try:
            values = {name: from_plain(kind, data[name]) for name, kind in _FIELDS.items() if name != "versions"}
            values["versions"] = tuple((str(name), str(version)) for name, version in data["versions"].items())
            return cls(**values)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ProblemError(f"the comparison is damaged: {error!r}") from error
