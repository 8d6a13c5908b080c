"""Models of Microsoft's ``qdk`` through its current estimator, ``qdk.qre``; the only module that imports it.

``qdk`` reports its use over the network unless told not to before it is imported: here it always is.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import MappingProxyType
from typing import Any

from qalgo.physical_resources.demand import Demand, t_per_rotation
from qalgo.physical_resources.results import ModelCost, readable_seconds

__all__ = ["MODELS", "TELEMETRY", "estimate", "installed_version"]

TELEMETRY = "QDK_PYTHON_TELEMETRY"
SOURCE = "qdk.qre"
DISTANCES, MORE_DISTANCES = tuple(range(3, 26, 2)), tuple(range(27, 50, 2))
"""Of the data: the default of qdk, and what is added where that gives no result (1e9 T gates on 4,700 qubits).

They are not tried at once, since a needlessly large distance saves factories by slowing the algorithm down.
"""
NANOSECOND = 1e-9
ROUND_BASED_LIMIT = 1.9e-3
"""Physical error p up to which every step of its factory succeeds now and then.

The second of two rounds on bare qubits fails with probability 15 x 7.1 p + 356 p. Towards 1, at 2.2e-3, the search for
enough copies takes practically for ever, and cannot be interrupted.
"""
SYNTHESIS_CHOICES = 7
"""Numbers of T gates per rotation that are tried, from one below the fewest that the budget allows."""
EXTRA = "pip install 'qalgo-advantage[resources]'"


@dataclass(frozen=True, slots=True)
class _Factory:
    paper: str
    names: tuple[str, ...]
    """Classes of ``qdk.qre.models``, applied one after the other."""

    @property
    def takes_toffoli(self) -> bool:
        return len(self.names) > 1


_FACTORIES: Mapping[str, _Factory] = MappingProxyType(
    {
        "qdk-round-based": _Factory("2211.07629 (15-to-1 in rounds)", ("RoundBasedFactory",)),
        "qdk-litinski": _Factory("1905.06903, tables 1 and 2", ("Litinski19Factory",)),
        "qdk-cultivation": _Factory("2409.17595 (cultivation)", ("GSJ24Factory",)),
        "qdk-cultivation-ccx": _Factory("2409.17595, fig. 24 (8T to CCX)", ("GSJ24Factory", "GSJ24CCXFactory")),
    }
)


def installed_version() -> str | None:
    """Return the version of qdk without importing it, or None."""
    try:
        return version("qdk")
    except PackageNotFoundError:
        return None


def estimate(name: str, demand: Demand, more_distances: Sequence[int] = MORE_DISTANCES) -> ModelCost:
    """Return the point of fewest qubits on the frontier that ``qdk.qre`` finds with one kind of factory.

    Args:
        name: one of ``MODELS``.
        demand: what is to be run.
        more_distances: code distances of the data that are tried too where those up to 25 give nothing.
    """
    factory = _FACTORIES[name]
    source = f"{SOURCE}: {factory.paper}"
    try:
        qre, models, application = _qdk()
    except ImportError as error:
        return ModelCost(name, source, reason=_missing(error))
    reason = _refusal(demand, factory)
    if reason:
        return ModelCost(name, source, reason=reason)
    for distances in (DISTANCES, (*DISTANCES, *more_distances)) if more_distances else (DISTANCES,):
        table, said = _search(qre, models, application, demand, factory, distances)
        if table:
            return _cost(name, source, demand, table)
    return ModelCost(name, source, reason=_obstacle(said, demand))


MODELS: Mapping[str, Callable[[Demand], ModelCost]] = MappingProxyType(
    {name: partial(estimate, name) for name in _FACTORIES}
)


def _qdk() -> tuple[Any, Any, Any]:
    os.environ[TELEMETRY] = "none"
    from qdk import qre
    from qdk.qre import models
    from qdk.qre.application import OpenQASMApplication

    return qre, models, OpenQASMApplication


def _search(
    qre: Any, models: Any, application: Any, demand: Demand, factory: _Factory, distances: Sequence[int]
) -> tuple[Any, str]:
    """Return the frontier, and what qdk printed: where it finds nothing, it prints why."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        table = qre.estimate(
            application(_counts(demand)),
            _architecture(models, demand),
            _instructions(models, factory, distances),
            _trace(qre, demand, factory),
            max_error=demand.failure_probability,
        )
    return table, said.getvalue()


def _missing(error: ImportError) -> str:
    what = "qdk is not installed" if installed_version() is None else f"qdk cannot be imported ({error})"
    return f"{what}: {EXTRA}"


def _refusal(demand: Demand, factory: _Factory) -> str:
    """Say why qdk is not even asked, or nothing."""
    if factory.takes_toffoli and not demand.counts.toffoli:
        return "no Toffoli gates: the same as qdk-cultivation"
    if "RoundBasedFactory" in factory.names and demand.physical_error > ROUND_BASED_LIMIT:
        return f"its search does not end above physical error {ROUND_BASED_LIMIT:g}"
    if _longest_nanoseconds(demand) >= 2**63:
        return "it counts nanoseconds in 64 bits, too few for a run this long"
    return ""


def _longest_nanoseconds(demand: Demand) -> float:
    """Bound the run time from above: qdk would overflow without a word."""
    technology, counts = demand.technology, demand.counts
    logical_cycles = counts.measurements + 2 * demand.t_states + 3 * counts.toffoli
    cycle = 5 * technology.gate_seconds + technology.measurement_seconds
    return logical_cycles * MORE_DISTANCES[-1] * cycle / NANOSECOND


def _counts(demand: Demand) -> Any:
    """Logical counts as qdk takes them; rotations beyond one per qubit and layer would end the process."""
    from qdk.estimator import LogicalCounts

    counts = demand.counts
    return LogicalCounts(
        {
            "numQubits": counts.num_qubits,
            "tCount": counts.t,
            "rotationCount": counts.rotations,
            "rotationDepth": demand.rotation_depth,
            "cczCount": counts.toffoli,
            "measurementCount": counts.measurements,
        }
    )


def _architecture(models: Any, demand: Demand) -> Any:
    technology = demand.technology
    return models.GateBased(
        error_rate=demand.physical_error,
        gate_time=max(1, round(technology.gate_seconds / NANOSECOND)),
        measurement_time=max(1, round(technology.measurement_seconds / NANOSECOND)),
    )


def _instructions(models: Any, factory: _Factory, distances: Sequence[int]) -> Any:
    query = models.SurfaceCode.q(distance=list(distances))
    for name in factory.names:
        # The factory search of qdk would leave a cache in the user's home.
        quiet = {"use_cache": False, "cache_dir": Path(tempfile.gettempdir())} if name == "RoundBasedFactory" else {}
        query *= getattr(models, name).q(**quiet)
    return query


def _trace(qre: Any, demand: Demand, factory: _Factory) -> Any:
    """Rotations with the few numbers of T gates worth trying (qdk alone ends at 20, too few for 1e6 rotations)."""
    rotations = demand.counts.rotations
    # The whole failure probability may go into synthesis here, not a third.
    fewest = t_per_rotation(rotations, demand.failure_probability) if rotations else 2
    tried = list(range(max(1, fewest - 1), fewest - 1 + SYNTHESIS_CHOICES)) if rotations else [fewest]
    pauli = qre.PSSPC.q(num_ts_per_rotation=tried, ccx_magic_states=[factory.takes_toffoli])
    return pauli * qre.LatticeSurgery.q()


def _obstacle(said: str, demand: Demand) -> str:
    """Say in one sentence what qdk printed."""
    allowed = f"; allowed: {demand.failure_probability:.2g}"
    reached = re.search(r"minimum error among .* was ([0-9.e+-]+[0-9])", said)
    reached = reached or re.search(r"maximum allowed error: ([0-9.e+-]+[0-9]) >", said)
    if reached:
        return f"the smallest failure probability it finds is {float(reached[1]):.2g}{allowed}"
    absent = re.search(r"Instructions absent from every ISA: ([^.]*)", said)
    if absent:
        what = "code" if "LATTICE_SURGERY" in absent[1] else absent[1]
        return f"it has no {what} for physical error {demand.physical_error:g}"
    return f"no combination of code and factory keeps within the failure probability{allowed}"


def _cost(name: str, source: str, demand: Demand, table: Any) -> ModelCost:
    from qdk.qre import property_keys
    from qdk.qre.instruction_ids import LATTICE_SURGERY

    best = min(table, key=lambda entry: (entry.qubits, entry.runtime))
    fastest = min(table, key=lambda entry: (entry.runtime, entry.qubits))
    per_rotation = best.properties.get(property_keys.NUM_TS_PER_ROTATION)
    synthesis = (f"{per_rotation} T per rotation (mixed synthesis)",) if demand.counts.rotations else ()
    made = list(best.factories.values())
    return ModelCost(
        name,
        source,
        qubits=int(best.qubits),
        seconds=best.runtime * NANOSECOND,
        code_distance=int(best.source[LATTICE_SURGERY].transform.distance),
        factories=sum(item.copies for item in made),
        factory="; ".join(f"{item.states:,} states at error {item.error_rate:.2g}" for item in made),
        factory_qubits=int(best.properties.get(property_keys.PHYSICAL_FACTORY_QUBITS, 0)),
        t_states=demand.counts.t + 4 * demand.counts.toffoli + demand.counts.rotations * int(per_rotation or 0),
        error=float(best.error),
        assumptions=(
            "code cycle: 5 gates and 1 measurement",
            f"fewest qubits of {len(table)} on the frontier; the fastest: {fastest.qubits:,} qubits, "
            f"{readable_seconds(fastest.runtime * NANOSECOND)}",
            *synthesis,
        ),
    )
