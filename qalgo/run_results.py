"""The frozen result of running circuits: Run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from qalgo.errors import ProblemError
from qalgo.run_record import Mitigated, RunCost

__all__ = ["Run"]

RUN_SCHEMA_VERSION = 2
_SHOWN_OUTCOMES = 6


@dataclass(frozen=True, slots=True)
class Run:
    """Counts of one submission of circuits, with where and how they came about."""

    counts: tuple[Mapping[str, int], ...]
    """Per circuit: bit string -> how often. As in Qiskit: little-endian, registers separated by spaces, last first."""
    shots: tuple[int, ...]
    """Per circuit: number of shots, as read from the results."""
    device: str
    """Where the circuits ran, e.g. "CPU (Aer statevector)"."""
    reason: str
    """Why they ran there."""
    seed: int
    """The root seed; transpilation and every circuit's sampling derive theirs from it."""
    sampler: str
    """Name of the sampler, with that of its backend where it has one."""
    versions: tuple[tuple[str, str], ...] = ()
    cost: RunCost | None = None
    """Circuits, shots, gates and estimated device time, mitigation included; None in records of version 1."""
    mitigated: tuple[Mitigated, ...] = ()
    """Per circuit, if mitigation was asked for: the distribution after it, with standard errors."""

    @property
    def quasi(self) -> tuple[Mapping[str, float], ...]:
        """Per circuit: quasi-probabilities after mitigation, possibly negative; empty without mitigation."""
        return tuple(one.quasi for one in self.mitigated)

    @property
    def probabilities(self) -> tuple[Mapping[str, float], ...]:
        """Per circuit: the distribution nearest to ``quasi``; without mitigation the relative frequencies."""
        if self.mitigated:
            return tuple(one.probabilities for one in self.mitigated)
        totals = [sum(counts.values()) for counts in self.counts]
        return tuple(
            {bits: count / total for bits, count in counts.items()}
            for counts, total in zip(self.counts, totals, strict=True)
        )

    def expectation(self, bits: Iterable[int], circuit: int = 0) -> tuple[float, float]:
        """Return the mitigated mean of the product of Z over classical bits, with its standard error.

        Args:
            bits: indices of classical bits; bit 0 is the last character of a bit string.
            circuit: which circuit.

        Raises:
            ProblemError: no mitigation was asked for, or no such circuit or bit.
        """
        if not self.mitigated or not 0 <= circuit < len(self.mitigated):
            raise ProblemError(
                f"expectation of circuit {circuit!r}, and {len(self.mitigated)} circuits were mitigated; allowed: "
                "circuits of a run with mitigation=..."
            )
        return self.mitigated[circuit].expectation(bits)

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary with the schema's name and version."""
        return {
            "schema": "qalgo.run",
            "version": RUN_SCHEMA_VERSION,
            "counts": [dict(counts) for counts in self.counts],
            "shots": list(self.shots),
            "device": self.device,
            "reason": self.reason,
            "seed": self.seed,
            "sampler": self.sampler,
            "versions": dict(self.versions),
            "cost": None if self.cost is None else self.cost.to_dict(),
            "mitigated": [one.to_dict() for one in self.mitigated],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Run:
        """Rebuild from :meth:`to_dict`; also from version 1, which has no cost and no mitigation.

        Raises:
            ProblemError: when the data has another schema or version.
        """
        if data.get("schema") != "qalgo.run" or data.get("version") not in (1, RUN_SCHEMA_VERSION):
            raise ProblemError(f"not a run: schema {data.get('schema')!r} version {data.get('version')!r}")
        return cls(
            counts=tuple({str(key): int(count) for key, count in counts.items()} for counts in data["counts"]),
            shots=tuple(int(number) for number in data["shots"]),
            device=str(data["device"]),
            reason=str(data["reason"]),
            seed=int(data["seed"]),
            sampler=str(data["sampler"]),
            versions=tuple((str(k), str(v)) for k, v in data["versions"].items()),
            cost=None if data.get("cost") is None else RunCost.from_dict(data["cost"]),
            mitigated=tuple(Mitigated.from_dict(one) for one in data.get("mitigated", ())),
        )

    def __str__(self) -> str:
        lines = [
            f"run of {len(self.counts)} circuit{'' if len(self.counts) == 1 else 's'}, {sum(self.shots):,} shots",
            f"  sampler      {self.sampler}",
            f"  device       {self.device} ({self.reason})",
            f"  seed         {self.seed}",
        ]
        if self.cost is not None:
            lines.append(f"  cost         {self.cost}")
        for index, counts in enumerate(self.counts[:_SHOWN_OUTCOMES]):
            common = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
            shown = ", ".join(f"{bits}: {count}" for bits, count in common[:_SHOWN_OUTCOMES])
            rest = f", and {len(common) - _SHOWN_OUTCOMES} more" if len(common) > _SHOWN_OUTCOMES else ""
            lines.append(f"  circuit {index:<4} {shown}{rest}")
            if self.mitigated:
                lines.append(f"  mitigated    {self.mitigated[index]}")
        if len(self.counts) > _SHOWN_OUTCOMES:
            lines.append(f"  and {len(self.counts) - _SHOWN_OUTCOMES} more circuits")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        import html

        return f"<pre>{html.escape(str(self))}</pre>"
