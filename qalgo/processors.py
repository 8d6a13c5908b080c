"""Classical processors and quantum clocks: named values with their sources, and this machine, measured."""

from __future__ import annotations

import math
import platform
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import numpy as np

from qalgo.budgets import HOEFLER_OPERATIONS
from qalgo.errors import ProblemError

__all__ = [
    "A100",
    "ASIC",
    "CPU_CORE",
    "PROCESSORS",
    "QUANTUM_CLOCKS",
    "THIS_MACHINE",
    "ClassicalProcessor",
    "QuantumClock",
    "check_positive",
    "processor_named",
    "this_machine",
]

THIS_MACHINE = "this-machine"


def check_positive(owner: str, values: Mapping[str, object]) -> None:
    """Refuse anything but positive, finite numbers.

    Raises:
        ProblemError: names the owner and the field.
    """
    for name, value in values.items():
        if not (isinstance(value, (int, float)) and math.isfinite(value) and value > 0):
            raise ProblemError(f"{owner}: {name} is {value!r}; allowed: a positive number")


@dataclass(frozen=True, slots=True)
class ClassicalProcessor:
    """How many arithmetic operations one classical processor does per second."""

    name: str
    operations_per_second: float
    source: str
    measured: bool = False
    """True when timed on the machine at hand; otherwise published."""

    def __post_init__(self) -> None:
        check_positive(f"processor {self.name!r}", {"operations_per_second": self.operations_per_second})

    def __str__(self) -> str:
        kind = "measured" if self.measured else "published"
        return f"{self.name}: {self.operations_per_second:.3g} operations/s, {kind} ({self.source})"


@dataclass(frozen=True, slots=True)
class QuantumClock:
    """How long one logical T gate and one Toffoli of an error-corrected machine take."""

    name: str
    seconds_per_t: float
    seconds_per_toffoli: float
    source: str

    def __post_init__(self) -> None:
        times = {"seconds_per_t": self.seconds_per_t, "seconds_per_toffoli": self.seconds_per_toffoli}
        check_positive(f"clock {self.name!r}", times)

    def __str__(self) -> str:
        times = f"{self.seconds_per_t:.3g} s per T, {self.seconds_per_toffoli:.3g} s per Toffoli"
        return f"{self.name}: {times} ({self.source})"


A100 = ClassicalProcessor(
    "a100", HOEFLER_OPERATIONS["fp16"].gpu, "2307.00523: one NVIDIA A100 at half its peak, fp16 operations"
)
ASIC = ClassicalProcessor(
    "asic",
    HOEFLER_OPERATIONS["fp16"].asic,
    "2307.00523: a chip of 54.2e9 transistors made for fp16 operations only, 0.7 ns cycle",
)
CPU_CORE = ClassicalProcessor("cpu-core", 1 / 330e-12, "2011.04149: 330 ps per operation of one core")
PROCESSORS: Mapping[str, ClassicalProcessor] = MappingProxyType(
    {processor.name: processor for processor in (A100, ASIC, CPU_CORE)}
)

_CYCLE = "2211.07629: surface code, (4 two-qubit gates + 2 measurements) x distance per logical cycle, one T per cycle"

QUANTUM_CLOCKS: Mapping[str, QuantumClock] = MappingProxyType(
    {
        clock.name: clock
        for clock in (
            QuantumClock(
                "hoefler-2023", 1e-5, 1e-5, "2307.00523 (CACM 66(5), 82): 10 microseconds per logical operation"
            ),
            # One CCZ state (or the two T states it can be turned into) per 5.5 x 30 code cycles of a microsecond.
            QuantumClock(
                "babbush-2021", 1.65e-4 / 2, 1.65e-4, "2011.04149: 165 microseconds per Toffoli from one factory"
            ),
            QuantumClock(
                "trapped-ion-2022",
                25 * 600e-6,
                4 * 25 * 600e-6,
                f"{_CYCLE}; gates and measurements of 100 microseconds, distance 25 assumed, 4 T per Toffoli",
            ),
            QuantumClock(
                "neutral-atom-2025",
                1e-3,
                1e-3,
                "2505.15907: error-correction cycles of 1 ms, optimistically one per transversal logical operation",
            ),
            QuantumClock(
                "required-2024",
                1 / 45e6,
                4 / 45e6,
                "2307.14310: 45 MHz, the rate of T gates that derivative pricing is said to require; no machine",
            ),
        )
    }
)


@cache
def this_machine() -> ClassicalProcessor:
    """Time a numpy kernel on one core of this machine, once per process (about 0.1 s of CPU time).

    The rate is that of a multiplication and an addition per element of double-precision arrays that fit into the first
    cache, best of several rounds: what a vectorised classical baseline can expect. It is a classical processor and
    nothing else: no quantum figure is made from it.
    """
    size, rounds, repetitions = 2048, 12, 1500
    random = np.random.default_rng(1)
    factor, term, result = random.random(size), random.random(size), np.empty(size)
    seconds = []
    for _ in range(rounds):
        start = time.process_time()
        for _ in range(repetitions):
            np.multiply(factor, term, out=result)
            np.add(result, term, out=result)
        seconds.append(time.process_time() - start)
    rate = 2.0 * size * repetitions / max(min(seconds), 1e-9)
    source = (
        f"measured: CPU time of numpy {np.__version__} multiply and add, {size} doubles, best of {rounds} rounds, one "
        f"core of a {platform.machine()} machine"
    )
    return ClassicalProcessor(THIS_MACHINE, rate, source, measured=True)


def processor_named(processor: ClassicalProcessor | str) -> ClassicalProcessor:
    """Return a classical processor by name; "this-machine" is measured.

    Raises:
        ProblemError: no processor has this name.
    """
    if isinstance(processor, ClassicalProcessor):
        return processor
    if processor == THIS_MACHINE:
        return this_machine()
    if not isinstance(processor, str) or processor not in PROCESSORS:
        listed = ", ".join([*PROCESSORS, THIS_MACHINE])
        raise ProblemError(f"classical processor is {processor!r}; allowed: {listed} or a ClassicalProcessor")
    return PROCESSORS[processor]
