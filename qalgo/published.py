"""Break-even figures as papers print them, each with the scenario that gives it: references, not measurements."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from qalgo.crossover import crossover_of
from qalgo.errors import ProblemError

__all__ = [
    "BABBUSH_PRIMITIVES",
    "BABBUSH_TABLE",
    "HOEFLER_TABLE_2",
    "SEARCH_OVERHEADS",
    "Primitive",
    "PublishedBreakEven",
    "SearchOverhead",
]

HOUR, DAY, YEAR = 3600.0, 86_400.0, 365.25 * 86_400.0

HOEFLER_TABLE_2: Mapping[tuple[str, int], str] = MappingProxyType(
    {
        ("fp16", 2): "0.2",
        ("fp16", 3): "45,800",
        ("fp16", 4): "2.8M",
        ("int32", 2): "0.003",
        ("int32", 3): "1,630",
        ("int32", 4): "130,000",
        ("binary", 2): "68",
        ("binary", 3): "12.5M",
        ("binary", 4): "712M",
    }
)
"""2307.00523, Table 2, as printed: (kind, order) -> operations per oracle call, within 1e6 s, against an ASIC."""


@dataclass(frozen=True, slots=True)
class Primitive:
    """What an algorithm repeats, on both kinds of machine."""

    name: str
    quantum_seconds: float
    """t_Q, seconds of one quantum execution."""
    classical_seconds: float
    """t_C, seconds of one classical execution on one processor core."""
    source: str


BABBUSH_PRIMITIVES: Mapping[str, Primitive] = MappingProxyType(
    {
        "lower-bound": Primitive(
            "lower-bound", 17e-3, 33e-9, "2011.04149: 100 Toffoli of 170 us; 100 classical operations of 330 ps"
        ),
        "qsa-sk512": Primitive(
            "qsa-sk512",
            0.44,
            7e-9,
            "2011.04149: one step of quantum simulated annealing, Sherrington-Kirkpatrick model of 512 spins",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class PublishedBreakEven:
    """One entry of the tables of 2011.04149."""

    primitive: str
    order: float
    """d, the order of the speed-up."""
    parallelism: float
    """S, classical cores."""
    distillation: float
    """R, speed-up of magic-state distillation."""
    printed: str
    """The break-even time as printed; empty for a scenario of the tables whose print is not at hand."""
    printed_seconds: float | None

    @property
    def name(self) -> str:
        """A label, e.g. "qsa-sk512, order 2, S = 1000, R = 10"."""
        parts = [self.primitive, f"order {self.order:g}", f"S = {self.parallelism:g}"]
        return ", ".join(parts + ([f"R = {self.distillation:g}"] if self.distillation != 1 else []))

    @property
    def seconds(self) -> float:
        """The break-even time recomputed, seconds."""
        return float(10.0 ** self._crossover()[0])

    @property
    def queries(self) -> float:
        """The break-even size recomputed: calls of the quantum primitive."""
        return float(10.0 ** self._crossover()[1])

    def _crossover(self) -> tuple[float, float]:
        primitive = BABBUSH_PRIMITIVES[self.primitive]
        found = crossover_of(
            primitive.quantum_seconds,
            primitive.classical_seconds,
            order=self.order,
            parallelism=self.parallelism,
            distillation=self.distillation,
        )
        return float(found.log10_seconds), float(found.log10_queries)


BABBUSH_TABLE: tuple[PublishedBreakEven, ...] = (
    PublishedBreakEven("lower-bound", 2, 1, 1, "2.4 hours", 2.4 * HOUR),
    PublishedBreakEven("lower-bound", 2, 1e3, 1, "100 days", 100 * DAY),
    PublishedBreakEven("lower-bound", 2, 1e6, 1, "280 years", 280 * YEAR),
    PublishedBreakEven("lower-bound", 4, 1e3, 1, "14 seconds", 14.0),
    PublishedBreakEven("qsa-sk512", 2, 1, 1, "320 days", 320 * DAY),
    PublishedBreakEven("qsa-sk512", 2, 1e3, 1, "880 years", 880 * YEAR),
    PublishedBreakEven("qsa-sk512", 2, 1e6, 1, "880,000 years", 880e3 * YEAR),
    PublishedBreakEven("qsa-sk512", 3, 1e6, 1, "", None),
    PublishedBreakEven("qsa-sk512", 4, 1e6, 1, "4.9 hours", 4.9 * HOUR),
    PublishedBreakEven("qsa-sk512", 2, 1e3, 10, "8.8 years", 8.8 * YEAR),
    PublishedBreakEven("qsa-sk512", 2, 1e3, 100, "32 days", 32 * DAY),
    PublishedBreakEven("qsa-sk512", 2, 1e3, 1000, "7.7 hours", 7.7 * HOUR),
)
"""2011.04149: break-even times by order d, classical cores S and distillation speed-up R."""


@dataclass(frozen=True, slots=True)
class SearchOverhead:
    """How much slower a quantum computer is per step of unstructured search; the year is pinned, not today's."""

    name: str
    log10_overhead: float
    """Of the slowdown per step, gate overhead included."""
    qubit_penalty: bool
    """Whether the slowdown grows with the square root of the qubits, log2(n): layouts without long-range gates."""
    year: int
    source: str

    def log10_crossover(self, processors: float = 1.0) -> float:
        r"""Return log10 of n* from which search of n items is faster: n / p = C sqrt(n), C the slowdown.

        Args:
            processors: p, classical processors.

        Raises:
            ProblemError: ``processors`` is below 1.
        """
        if not processors >= 1:
            raise ProblemError(f"processors is {processors!r}; allowed: at least 1")
        base = 2.0 * (self.log10_overhead + math.log10(processors))
        found = base
        # The penalty is log10(qubits), qubits = log2(n): a contraction, since its slope is 1 / (n ln 10) of the answer.
        for _ in range(60 if self.qubit_penalty else 0):
            found = base + math.log10(found / math.log10(2.0))
        return found


_CALCULATOR = "Quantum Economic Advantage calculator (2508.21031), presets of 2024"

SEARCH_OVERHEADS: Mapping[str, SearchOverhead] = MappingProxyType(
    {
        overhead.name: overhead
        for overhead in (
            SearchOverhead("choi-2023", 6.0, False, 2023, "2310.15505: speed 1e4 x gate overhead 1e2, no penalty"),
            SearchOverhead("ibm-2024", 3.78, True, 2024, _CALCULATOR),
            SearchOverhead("ionq-2024", 8.48, False, 2024, _CALCULATOR),
            SearchOverhead("quera-2024", 5.1, False, 2024, _CALCULATOR),
        )
    }
)
