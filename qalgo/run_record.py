"""What a run records beside its counts: its cost, and the distribution after mitigation."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from qalgo.errors import ProblemError

__all__ = ["Mitigated", "RunCost"]

_SHOWN_OUTCOMES = 6


@dataclass(frozen=True, slots=True)
class RunCost:
    """What was sent to the sampler, mitigation included."""

    circuits: int
    """Circuits executed: those asked for, their folded versions and the calibrations."""
    shots: int
    """Repetitions, summed over all of them."""
    submissions: int
    """Jobs, one after the other."""
    two_qubit_gates: tuple[int, ...]
    """Per circuit asked for: two-qubit gates as executed, before any folding."""
    calibration_circuits: int = 0
    qpu_seconds: float | None = None
    """Estimated time on the device for all shots: circuit durations and delays between repetitions."""
    qpu_note: str = "no durations are known"
    """What the estimate holds, or why there is none."""
    variance_factors: tuple[tuple[str, float], ...] = ()
    """By how much each mitigation multiplies the variance, at equal shots per circuit (readout: an upper bound)."""

    @property
    def variance_factor(self) -> float:
        """Product of the factors: 1 without mitigation."""
        return math.prod(factor for _, factor in self.variance_factors)

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary."""
        return {
            "circuits": self.circuits,
            "shots": self.shots,
            "submissions": self.submissions,
            "two_qubit_gates": list(self.two_qubit_gates),
            "calibration_circuits": self.calibration_circuits,
            "qpu_seconds": self.qpu_seconds,
            "qpu_note": self.qpu_note,
            "variance_factors": [[name, factor] for name, factor in self.variance_factors],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> RunCost:
        """Rebuild from :meth:`to_dict`."""
        return cls(
            circuits=int(data["circuits"]),
            shots=int(data["shots"]),
            submissions=int(data["submissions"]),
            two_qubit_gates=tuple(int(number) for number in data["two_qubit_gates"]),
            calibration_circuits=int(data["calibration_circuits"]),
            qpu_seconds=None if data["qpu_seconds"] is None else float(data["qpu_seconds"]),
            qpu_note=str(data["qpu_note"]),
            variance_factors=tuple((str(name), float(factor)) for name, factor in data["variance_factors"]),
        )

    def __str__(self) -> str:
        seconds = "unknown" if self.qpu_seconds is None else f"{self.qpu_seconds:.3g} s"
        text = (
            f"{self.circuits} circuits ({self.calibration_circuits} calibrations), {self.shots:,} shots in "
            f"{self.submissions} submission{'' if self.submissions == 1 else 's'}, QPU {seconds} ({self.qpu_note})"
        )
        if not self.variance_factors:
            return text
        factors = " x ".join(f"{name} {factor:.2f}" for name, factor in self.variance_factors)
        return f"{text}; variance x {self.variance_factor:.2f} ({factors})"


@dataclass(frozen=True, slots=True)
class Mitigated:
    """The distribution of one circuit after mitigation, as quasi-probabilities, with standard errors."""

    methods: tuple[str, ...]
    """E.g. ("zne 1,3,5 quadratic", "readout full")."""
    quasi: Mapping[str, float]
    """Bit string -> quasi-probability; they add up to 1 but may be negative: unbiased where clipping would not be."""
    standard_errors: Mapping[str, float]
    """Bit string -> standard error: sampling of the circuits and of the calibrations, to first order."""
    largest_error: float
    """Upper bound of the standard error of any observable with values in [-1, 1]."""
    covariance: tuple[tuple[float, ...], ...] | None = None
    """Of the quasi-probabilities, in their order; None above 6 measured bits."""

    @property
    def probabilities(self) -> dict[str, float]:
        """The nearest probability distribution (least squares on the simplex): biased where ``quasi`` is negative."""
        ordered = sorted(self.quasi.values(), reverse=True)
        total, shift = 0.0, 0.0
        for number, value in enumerate(ordered, start=1):
            total += value
            candidate = (total - 1.0) / number
            if value - candidate > 0.0:
                shift = candidate
        return {bits: value - shift for bits, value in self.quasi.items() if value > shift}

    def expectation(self, bits: Iterable[int]) -> tuple[float, float]:
        """Return the mean of the product of Z over classical bits, and its standard error.

        For one bit the probability of a 1 is (1 - mean)/2, with half of the error.

        Args:
            bits: indices of classical bits; bit 0 is the last character of a bit string.

        Raises:
            ProblemError: an index that the circuit does not have.
        """
        chosen = sorted(set(bits))
        words = [word.replace(" ", "") for word in self.quasi]
        width = len(words[0])
        if not chosen or chosen[0] < 0 or chosen[-1] >= width:
            raise ProblemError(f"bits is {chosen}; allowed: at least one classical bit from 0 to {width - 1}")
        signs = [(-1) ** sum(word[width - 1 - bit] == "1" for bit in chosen) for word in words]
        mean = sum(sign * value for sign, value in zip(signs, self.quasi.values(), strict=True))
        if self.covariance is None:
            return mean, self.largest_error
        variance = sum(
            sign * other * entry
            for sign, row in zip(signs, self.covariance, strict=True)
            for other, entry in zip(signs, row, strict=True)
        )
        return mean, math.sqrt(max(0.0, variance))

    def __str__(self) -> str:
        largest = sorted(self.quasi.items(), key=lambda item: (-abs(item[1]), item[0]))[:_SHOWN_OUTCOMES]
        shown = ", ".join(f"{bits}: {value:.4f}+-{self.standard_errors[bits]:.4f}" for bits, value in largest)
        rest = f", and {len(self.quasi) - _SHOWN_OUTCOMES} more" if len(self.quasi) > _SHOWN_OUTCOMES else ""
        return f"{shown}{rest} (quasi-probabilities: {' + '.join(self.methods)})"

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary."""
        return {
            "methods": list(self.methods),
            "quasi": dict(self.quasi),
            "standard_errors": dict(self.standard_errors),
            "largest_error": self.largest_error,
            "covariance": None if self.covariance is None else [list(row) for row in self.covariance],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Mitigated:
        """Rebuild from :meth:`to_dict`."""
        rows = data["covariance"]
        return cls(
            methods=tuple(str(name) for name in data["methods"]),
            quasi={str(bits): float(value) for bits, value in data["quasi"].items()},
            standard_errors={str(bits): float(value) for bits, value in data["standard_errors"].items()},
            largest_error=float(data["largest_error"]),
            covariance=None if rows is None else tuple(tuple(float(entry) for entry in row) for row in rows),
        )
