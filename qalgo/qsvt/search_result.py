"""The frozen result of a search: what was found, at what cost, and what was promised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qalgo.qsvt.records import check_header, kept
from qalgo.resources import QueryCount
from qalgo.results import Interval
from qalgo.run_results import Run

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

__all__ = ["SearchResult"]

SCHEMA, SCHEMA_VERSION = "qalgo.search", 1
_SOURCES = {
    "yoder-low-chuang": "Yoder, Low, Chuang, arXiv:1409.3305, equations 1, 4 and 11",
    "sign": "Gilyen, Su, Low, Wiebe, arXiv:1806.01838, theorem 27; Martyn et al., arXiv:2105.02859, section III",
    "grover": "Brassard, Hoyer, Mosca, Tapp, arXiv:quant-ph/0005055, section 2",
}


@dataclass(frozen=True, slots=True, eq=False)
class SearchResult:
    """What a fixed-point search found. The circuit was executed; every outcome was checked classically."""

    found: int | None
    """The good value seen most often (register of the objective qubits, little-endian); None if no shot was good."""
    hits: tuple[tuple[int, int], ...]
    """Good values and how often each was seen."""
    shots: int
    success: Interval
    """Success probability of one shot: Clopper-Pearson interval from the counts."""
    guaranteed_success: float
    """Least success probability of one shot if the weight is at least ``lower_bound`` ("grover": exactly that)."""
    lower_bound: float
    method: str
    length: int
    """Uses of A or its inverse per shot."""
    queries: QueryCount
    """Over all shots; ``grover`` counts generalised iterates."""
    run: Run
    built: QuantumCircuit | None = None
    """:attr:`circuit`; None in a result read back from a record."""

    @property
    def circuit(self) -> QuantumCircuit:
        """One shot, without measurements.

        Raises:
            ProblemError: the result was read back from a record.
        """
        return kept(self.built, "fixed_point_search")

    @property
    def references(self) -> tuple[str, ...]:
        """Papers of the method."""
        return (_SOURCES[self.method],)

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary with the schema's name and version; the circuit is left out."""
        return {
            "schema": SCHEMA,
            "version": SCHEMA_VERSION,
            "found": self.found,
            "hits": [list(pair) for pair in self.hits],
            "shots": self.shots,
            "success": self.success.to_dict(),
            "guaranteed_success": self.guaranteed_success,
            "lower_bound": self.lower_bound,
            "method": self.method,
            "length": self.length,
            "queries": self.queries.to_dict(),
            "run": self.run.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> SearchResult:
        """Rebuild from :meth:`to_dict`, without the circuit.

        Raises:
            ProblemError: another schema or version.
        """
        check_header(data, SCHEMA, SCHEMA_VERSION)
        found = data["found"]
        return cls(
            found=None if found is None else int(found),
            hits=tuple((int(value), int(count)) for value, count in data["hits"]),
            shots=int(data["shots"]),
            success=Interval.from_dict(data["success"]),
            guaranteed_success=float(data["guaranteed_success"]),
            lower_bound=float(data["lower_bound"]),
            method=str(data["method"]),
            length=int(data["length"]),
            queries=QueryCount.from_dict(data["queries"]),
            run=Run.from_dict(data["run"]),
        )

    def __str__(self) -> str:
        good = sum(count for _, count in self.hits)
        return "\n".join(
            [
                f"search by {self.method}: found {'nothing' if self.found is None else self.found} (executed)",
                f"  good shots   {good:,} of {self.shots:,}; success {self.success}",
                f"  guaranteed   {self.guaranteed_success:.6g} per shot for a weight from {self.lower_bound:.4g} on",
                f"  queries      {self.length:,} uses of A per shot, {self.queries.state_preparation:,} in all",
                f"  device       {self.run.device}, seed {self.run.seed}",
                f"  source       {self.references[0]}",
            ]
        )

    def _repr_html_(self) -> str:
        import html

        return f"<pre>{html.escape(str(self))}</pre>"
