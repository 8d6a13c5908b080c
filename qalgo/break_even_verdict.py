"""break_even(comparison): where, if anywhere, the measured quantum methods overtake the classical ones on a machine."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from qalgo.crossings import BreakEven, laws_break_even
from qalgo.crossover import BUDGET_SECONDS
from qalgo.errors import ProblemError
from qalgo.fitting import FitSample, PowerLaw, regenerated
from qalgo.machines import MachineModel, machine_named
from qalgo.plain_data import from_plain, to_plain
from qalgo.processors import ClassicalProcessor, check_positive
from qalgo.seeds import Purpose, stream
from qalgo.verdict import SOLVED, MethodRow, Scaling
from qalgo.versions import versions

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from qalgo.comparison import Comparison

__all__ = ["BreakEvenVerdict", "MethodLine", "break_even"]

SCHEMA = "qalgo.break_even"
SCHEMA_VERSION = 1
_REGENERATED = 2
"""First index of the random streams of regenerated replicates; a comparison uses 0 and 1 for its bootstrap."""


@dataclass(frozen=True, slots=True)
class MethodLine:
    """A method as a law of run time: cost at an error, work behind one unit of it."""

    name: str
    kind: Literal["quantum", "classical"]
    unit: str
    law: PowerLaw | None
    """None when no exponent could be fitted."""
    work: float | None
    """T gates per query of a quantum method, arithmetic operations per unit of a classical one; None: not known."""
    contains_answer: bool
    """Whether the classical work hidden in the quantum circuit already gives the answer."""

    def seconds(self, machine: MachineModel, error: float) -> float | None:
        """Run time at a 95th percentile ``error`` of |error| on a machine model, or None when it is not known."""
        if self.law is None or self.work is None:
            return None
        if self.kind == "quantum":
            return self.law.cost(error) * self.work * machine.seconds_per_t
        return machine.operation_seconds(self.law.cost(error) * self.work)


@dataclass(frozen=True, slots=True)
class BreakEvenVerdict:
    """Crossover of every quantum method against every classical baseline, on one machine model or several.

    Printed it is a table for the default quantum method; ``plot()`` draws run time against problem size.
    """

    title: str
    unit: str
    """Unit of the errors."""
    machines: tuple[MachineModel, ...]
    seconds: float
    """Time within which the quantum method has to win, for the operation budgets."""
    methods: tuple[MethodLine, ...]
    """Quantum methods first, the default one at the top."""
    crossings: tuple[BreakEven, ...]
    """For every quantum method, every classical one and every machine."""
    headline: str
    notes: tuple[str, ...]
    seed: int
    """Of the comparison; it fixes the replicates too."""
    versions: tuple[tuple[str, str], ...]

    @property
    def default(self) -> MethodLine:
        """The default quantum method."""
        return self.methods[0]

    def method(self, name: str) -> MethodLine:
        """Return a method by its name.

        Raises:
            ProblemError: no method has this name.
        """
        for line in self.methods:
            if line.name == name:
                return line
        raise ProblemError(f"no method is named {name!r}; there are: {', '.join(line.name for line in self.methods)}")

    def against(self, classical: str, quantum: str | None = None) -> tuple[BreakEven, ...]:
        """Return the crossings against one classical method, one per machine.

        Args:
            classical: name of the baseline.
            quantum: name of the quantum method; the default one when None.

        Raises:
            ProblemError: no such pair.
        """
        name = self.default.name if quantum is None else quantum
        kinds = (self.method(name).kind, self.method(classical).kind)
        if kinds != ("quantum", "classical"):
            raise ProblemError(f"{name!r} is {kinds[0]} and {classical!r} is {kinds[1]}; allowed: quantum, classical")
        return tuple(item for item in self.crossings if (item.quantum, item.classical) == (name, classical))

    def __str__(self) -> str:
        from qalgo.break_even_text import to_text

        return to_text(self)

    def _repr_html_(self) -> str:
        from qalgo.break_even_text import to_html_fragment

        return to_html_fragment(self)

    def plot(self, ax: Axes | None = None, *, quantum: str | None = None) -> Axes:
        """Draw run time against problem size (1/error) on log axes: classical lines, quantum band over the machines.

        What is extrapolated beyond the measured errors is dashed; crossings are marked where they exist.
        """
        from qalgo.break_even_picture import draw_time_against_size

        return draw_time_against_size(self, ax, quantum=quantum)

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write break_even.json, break_even.txt and the figure as PNG and SVG; return the path of the JSON file.

        Raises:
            ProblemError: the folder is a file or may not be written to.
            ExecutionError: the disk is full.
        """
        from qalgo.report import save_break_even

        return save_break_even(self, folder)

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary with the schema's name and version."""
        return {"schema": SCHEMA, "version": SCHEMA_VERSION, **to_plain(self), "versions": dict(self.versions)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> BreakEvenVerdict:
        """Rebuild from :meth:`to_dict`.

        Raises:
            ProblemError: the data has another schema or version, or is damaged.
        """
        if data.get("schema") != SCHEMA or data.get("version") != SCHEMA_VERSION:
            raise ProblemError(
                f"not a break-even verdict this qalgo reads: schema {data.get('schema')!r} version "
                f"{data.get('version')!r}; expected {SCHEMA!r} version {SCHEMA_VERSION}"
            )
        try:
            found: BreakEvenVerdict = from_plain(cls, {**data, "versions": list(data["versions"].items())})
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ProblemError(f"the break-even verdict is damaged: {error!r}") from error
        return found


def break_even(
    comparison: Comparison,
    machine: MachineModel | str | Sequence[MachineModel | str] | None = None,
    *,
    classical: ClassicalProcessor | str | None = None,
    parallelism: float | None = None,
    distillation: float = 1.0,
    seconds: float = BUDGET_SECONDS,
) -> BreakEvenVerdict:
    """Say from which size and run time on a quantum method would beat each classical baseline, or why it never does.

    Both sides are taken at the same 95th percentile of |error|, as measured; quantum time is T gates x clock, classical
    time operations / rate. The theorem's exponent is used where the data allow it, constants are fitted. A crossover is
    claimed only where the whole interval of the difference of exponents is above 0.1 in favour of the quantum method;
    "none" where it is nowhere in its favour; "not established" between the two. Intervals have level 99 %: those of the
    comparison's own bootstrap where it was made with the same machine, elsewhere from replicates regenerated from the
    stored intervals of the laws, so that a comparison read from a file gives the same answer as a fresh one.

    Args:
        comparison: from :func:`qalgo.compare` or ``Comparison.from_dict``.
        machine: a ``MachineModel``, a name in ``qalgo.machines.MACHINES``, or several of them for a band over models;
            default ``HOEFLER_2023``.
        classical: another classical processor for all machines: "a100", "asic", "cpu-core", "this-machine" or a
            ``ClassicalProcessor``.
        parallelism: S, classical processors; default: those of each machine.
        distillation: R, how much faster magic states are made than the machines say.
        seconds: time within which the quantum method has to win, for the operation budget (T gates per query).

    Raises:
        ProblemError: not a comparison, an unknown name, or a number out of range.
    """
    rows = _rows_of(comparison)
    check_positive("break_even", {"seconds": seconds})
    chosen = list(machine) if isinstance(machine, Iterable) and not isinstance(machine, str) else [machine]
    if not chosen:
        raise ProblemError("machine is an empty list; allowed: at least one machine model")
    models = tuple(
        (model if classical is None else model.against(classical)).scaled(
            parallelism=parallelism, distillation=distillation
        )
        for model in map(machine_named, chosen)
    )
    names = [model.name for model in models]
    if len(set(names)) < len(names):
        raise ProblemError(f"machine holds a name twice: {', '.join(names)}; give each model a name of its own")
    lines = tuple(_line(row) for row in rows)
    crossings = _crossings(comparison, models, seconds)
    return BreakEvenVerdict(
        title=comparison.title,
        unit=comparison.unit,
        machines=models,
        seconds=float(seconds),
        methods=lines,
        crossings=crossings,
        headline=_headline(lines, crossings),
        notes=_notes(lines, crossings, models),
        seed=comparison.seed,
        versions=versions(),
    )


def _rows_of(comparison: Comparison) -> tuple[MethodRow, ...]:
    if not (hasattr(comparison, "methods") and hasattr(comparison, "scalings")):
        raise ProblemError(
            f"cannot say anything about a {type(comparison).__name__}; allowed: a Comparison, from qalgo.compare(...) "
            "or Comparison.from_dict(json.load(...))"
        )
    return comparison.methods


def _line(row: MethodRow) -> MethodLine:
    t_count = None if row.gates is None else row.gates.t_per_query
    work = t_count if row.kind == "quantum" else row.operations_per_unit
    return MethodLine(row.name, row.kind, row.unit, row.fit, work, row.preprocessing.contains_answer)


def _crossings(comparison: Comparison, models: Sequence[MachineModel], seconds: float) -> tuple[BreakEven, ...]:
    samples = [_sample(comparison, index) for index in range(len(comparison.methods))]
    sides = list(zip(comparison.methods, samples, strict=True))
    gaps = {(item.quantum, item.classical): item for item in comparison.scalings}
    known = {(item.quantum, item.classical): item for item in comparison.break_evens}
    found = []
    for row, fit in (side for side in sides if side[0].kind == "quantum"):
        for other, baseline in (side for side in sides if side[0].kind == "classical"):
            pair = (row.name, other.name)
            for model in models:
                own = known.get(pair) if model == comparison.machine and seconds == BUDGET_SECONDS else None
                if own is not None and own.queries_low is not None:
                    found.append(own)
                    continue
                quantum, classical = (row.name, fit, row.gates), (other.name, baseline, other.operations_per_unit)
                found.append(laws_break_even(quantum, classical, model, gap=_gap(gaps.get(pair)), seconds=seconds))
    return tuple(found)


def _sample(comparison: Comparison, index: int) -> FitSample | None:
    law = comparison.methods[index].fit
    return None if law is None else regenerated(law, stream(comparison.seed, Purpose.BOOTSTRAP, _REGENERATED, index))


def _gap(scaling: Scaling | None) -> tuple[float, float] | None:
    if scaling is None or scaling.gap_low is None or scaling.gap_high is None:
        return None
    return scaling.gap_low, scaling.gap_high


def _headline(lines: Sequence[MethodLine], crossings: Sequence[BreakEven]) -> str:
    default = lines[0]
    own = [item for item in crossings if item.quantum == default.name]
    statuses: dict[str, set[str]] = {}
    for item in own:
        statuses.setdefault(item.classical, set()).add(item.status)
    crossed = [name for name, found in statuses.items() if found == {"crossover"}]
    never = [name for name, found in statuses.items() if found == {"none"}]
    mixed = [name for name, found in statuses.items() if "crossover" in found and len(found) > 1]
    if len(crossed) == len(statuses):
        parts = ["a crossover against every classical method measured"]
    else:
        parts = [f"no crossover against {_listed(never)}"] if never else ["not established"]
        parts += [f"one exists against {_listed(crossed)}"] if crossed else []
        parts += [f"against {_listed(mixed)} it depends on the machine"] if mixed else []
    return "; ".join(([SOLVED] if default.contains_answer else []) + parts)


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{len(names)} classical methods" if len(names) > 2 else " and ".join(names)


def _notes(
    lines: Sequence[MethodLine], crossings: Sequence[BreakEven], models: Sequence[MachineModel]
) -> tuple[str, ...]:
    default, found = lines[0], []
    errors = [item.error_low for item in crossings if item.quantum == default.name and item.error_low is not None]
    if errors and default.law is not None and default.law.extrapolates(min(errors)):
        found.append(
            f"Extrapolated: crossings lie at errors down to {min(errors):.1e}; measured was down to "
            f"{default.law.error_min:.1e}."
        )
    if any(model.parallelism != 1 for model in models):
        found.append("All classical methods are taken to share their work over the processors without loss.")
    return tuple(found)
