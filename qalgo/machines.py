"""Clock models of quantum and classical machines: what a logical gate and a classical operation take.

Nothing here is measured with a simulator: quantum time is gates x machine model, classical time operations x model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from qalgo.budgets import (
    HOEFLER_OPERATIONS,
    BandwidthLimit,
    OperationBudget,
    OperationRate,
    bandwidth_limit,
    operation_budget,
)
from qalgo.comparable import GateCost
from qalgo.crossover import Crossover, crossover_of
from qalgo.errors import ProblemError
from qalgo.processors import (
    A100,
    ASIC,
    CPU_CORE,
    PROCESSORS,
    QUANTUM_CLOCKS,
    ClassicalProcessor,
    QuantumClock,
    check_positive,
    processor_named,
    this_machine,
)
from qalgo.published import BABBUSH_PRIMITIVES, BABBUSH_TABLE, HOEFLER_TABLE_2, SEARCH_OVERHEADS

__all__ = [
    "A100",
    "ASIC",
    "BABBUSH_2021",
    "BABBUSH_PRIMITIVES",
    "BABBUSH_TABLE",
    "CPU_CORE",
    "HOEFLER_2023",
    "HOEFLER_2023_ASIC",
    "HOEFLER_OPERATIONS",
    "HOEFLER_TABLE_2",
    "MACHINES",
    "NEUTRAL_ATOM_2025",
    "PROCESSORS",
    "QUANTUM_CLOCKS",
    "REQUIRED_2024",
    "SEARCH_OVERHEADS",
    "TRAPPED_ION_2022",
    "BandwidthLimit",
    "ClassicalProcessor",
    "Crossover",
    "MachineModel",
    "OperationBudget",
    "OperationRate",
    "QuantumClock",
    "bandwidth_limit",
    "crossover_of",
    "machine_named",
    "operation_budget",
    "processor_named",
    "this_machine",
]

SMALLEST_FIGURE, LARGEST_FIGURE = 1e-60, 1e60
_CLASSICAL = "; classical side, "
"""Where the source of a model turns from the quantum clock to the processor."""


@dataclass(frozen=True, slots=True)
class MachineModel:
    """How long one logical gate and one classical operation take: a quantum clock against classical processors."""

    name: str
    seconds_per_t: float
    """Wall seconds per T gate of an error-corrected machine that makes one at a time."""
    seconds_per_toffoli: float
    classical_operations_per_second: float
    """Arithmetic operations per second of one classical processor."""
    parallelism: float
    """Classical processors that work at the same time (S of 2011.04149)."""
    source: str

    def __post_init__(self) -> None:
        names = ("seconds_per_t", "seconds_per_toffoli", "classical_operations_per_second", "parallelism")
        check_positive(f"machine {self.name!r}", {name: getattr(self, name) for name in names})
        for name in names:
            # Beyond, products of these figures leave the range of floating-point numbers.
            if not SMALLEST_FIGURE <= getattr(self, name) <= LARGEST_FIGURE:
                raise ProblemError(
                    f"machine {self.name!r}: {name} is {getattr(self, name):g}; "
                    f"allowed: {SMALLEST_FIGURE:g} to {LARGEST_FIGURE:g}"
                )

    def query_seconds(self, gates: GateCost) -> float | None:
        """Seconds of one quantum query (T gates one after the other), or None when its T count is not known."""
        return None if gates.t_per_query is None else gates.t_per_query * self.seconds_per_t

    def operation_seconds(self, operations: float) -> float:
        """Seconds of so many classical operations, spread over all processors."""
        return operations / (self.classical_operations_per_second * self.parallelism)

    def against(self, processor: ClassicalProcessor | str) -> MachineModel:
        """Return the same quantum clock against another classical processor, e.g. ``this_machine()``.

        Raises:
            ProblemError: no processor has this name.
        """
        other = processor_named(processor)
        return replace(
            self,
            name=f"{self.name} against {other.name}",
            classical_operations_per_second=other.operations_per_second,
            source=f"{self.source.partition(_CLASSICAL)[0]}{_CLASSICAL}{other.name}: {other.source}",
        )

    def scaled(self, *, parallelism: float | None = None, distillation: float = 1.0) -> MachineModel:
        """Return a variant with other numbers of classical processors and a faster quantum computer.

        Args:
            parallelism: S of 2011.04149, classical processors; None keeps those of the model.
            distillation: R of 2011.04149, how much faster magic states are made.

        Raises:
            ProblemError: a value that is not a positive number.
        """
        check_positive(f"machine {self.name!r}", {"distillation": distillation})
        processors = self.parallelism if parallelism is None else parallelism
        changed = [f"S = {processors:g}"] if processors != self.parallelism else []
        changed += [f"R = {distillation:g}"] if distillation != 1.0 else []
        return replace(
            self,
            name=", ".join([self.name, *changed]),
            seconds_per_t=self.seconds_per_t / distillation,
            seconds_per_toffoli=self.seconds_per_toffoli / distillation,
            parallelism=processors,
        )

    def __str__(self) -> str:
        return (
            f"{self.name}: {self.seconds_per_t:.3g} s per T, {self.seconds_per_toffoli:.3g} s per Toffoli; "
            f"{self.classical_operations_per_second:.3g} operations/s on each of {self.parallelism:g} classical "
            f"processors ({self.source})"
        )


def _model(clock_name: str, processor: ClassicalProcessor, name: str | None = None) -> MachineModel:
    clock = QUANTUM_CLOCKS[clock_name]
    return MachineModel(
        name=name or clock.name,
        seconds_per_t=clock.seconds_per_t,
        seconds_per_toffoli=clock.seconds_per_toffoli,
        classical_operations_per_second=processor.operations_per_second,
        parallelism=1.0,
        source=f"{clock.source}{_CLASSICAL}{processor.name}: {processor.source}",
    )


HOEFLER_2023 = _model("hoefler-2023", A100)
HOEFLER_2023_ASIC = _model("hoefler-2023", ASIC, "hoefler-2023-asic")
BABBUSH_2021 = _model("babbush-2021", CPU_CORE)
TRAPPED_ION_2022 = _model("trapped-ion-2022", A100)
NEUTRAL_ATOM_2025 = _model("neutral-atom-2025", A100)
REQUIRED_2024 = _model("required-2024", A100)

MACHINES: Mapping[str, MachineModel] = MappingProxyType(
    {
        model.name: model
        for model in (
            HOEFLER_2023,
            HOEFLER_2023_ASIC,
            BABBUSH_2021,
            TRAPPED_ION_2022,
            NEUTRAL_ATOM_2025,
            REQUIRED_2024,
        )
    }
)


def machine_named(machine: MachineModel | str | None) -> MachineModel:
    """Return a machine model by name; None gives ``HOEFLER_2023``.

    Raises:
        ProblemError: no model has this name.
    """
    if machine is None:
        return HOEFLER_2023
    if isinstance(machine, MachineModel):
        return machine
    if not isinstance(machine, str) or machine not in MACHINES:
        raise ProblemError(f"machine is {machine!r}; allowed: {', '.join(MACHINES)} or a MachineModel")
    return MACHINES[machine]
