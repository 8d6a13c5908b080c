"""Classical partners of amplitude estimation: the mean of samples, for any function that draws them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from qalgo.amplitude_estimation.bounds import MONTE_CARLO
from qalgo.comparable import PLAIN_MONTE_CARLO, GateCost, Method, Preprocessing, Reference, Theorem, Trial
from qalgo.errors import ProblemError

__all__ = ["PILOT_SEED", "Z95", "ClassicalFunction", "ClassicalMethod", "SampleMean", "calibrated"]

Floats = npt.NDArray[np.float64]
Draw = Callable[[np.random.Generator, int], npt.ArrayLike]
Z95 = 1.959963984540054
"""97.5 % quantile of the normal law: half-width of a 95 % interval in standard errors."""
PILOT_SEED = 20_110_415
"""Pilots always draw the same numbers, so that the sizes they fix do not depend on the seed of a comparison."""
PILOT_DRAWS = 16_384
BATCH = 2**17


@dataclass(frozen=True, slots=True)
class ClassicalFunction:
    """A classical function of the user's own whose mean is the quantity that the circuit encodes.

    ``qalgo.compare(problem, baselines=[qalgo.ClassicalFunction(draw)])`` measures it as "plain Monte Carlo":
    ``draw(random, size)`` returns ``size`` independent samples (floats) made with the Generator ``random``. One sample
    is one unit of cost. It must be picklable (a function at module level) if an executor of processes is used.

    Raises:
        ProblemError: ``draw`` cannot be called, or a number is out of range.
    """

    draw: Draw
    reference: float | None = None
    """The exact mean, if known: all errors, also those of the circuit, are then measured against it. Without it they
    are measured against the probability in the circuit's own state vector."""
    name: str = PLAIN_MONTE_CARLO
    """The one named "plain Monte Carlo" is the partner of the quadratic bound."""
    operations_per_sample: float | None = None
    """Arithmetic operations of one sample, a rough figure; needed for break-even times only."""

    def __post_init__(self) -> None:
        if not callable(self.draw):
            raise ProblemError(f"draw is a {type(self.draw).__name__}; allowed: a function draw(random, size)")
        if self.reference is not None and not math.isfinite(self.reference):
            raise ProblemError(f"reference is {self.reference!r}; allowed: a finite number or None")
        if self.operations_per_sample is not None and not self.operations_per_sample > 0:
            raise ProblemError(f"operations_per_sample is {self.operations_per_sample!r}; allowed: positive or None")

    def as_method(self, reference: Reference) -> Method:
        """Return the Monte Carlo method that takes the mean of the samples."""
        return SampleMean(self.draw, reference.value, name=self.name, operations_per_unit=self.operations_per_sample)


class ClassicalMethod:
    """What every classical method says of itself unless it knows better."""

    name: str
    kind: Literal["quantum", "classical"] = "classical"
    unit: str = "evaluations"
    execution: Literal["executed", "emulated"] = "executed"
    deterministic: bool = False
    theorem: Theorem | None = None
    preprocessing: Preprocessing = Preprocessing(0, "none", False)
    gates: GateCost | None = None
    operations_per_unit: float | None = None
    success_probability: float = 1.0


class SampleMean(ClassicalMethod):
    """Plain Monte Carlo: as many samples as their standard deviation asks for, known from a pilot.

    Args:
        draw: ``draw(random, size)`` returns samples.
        reference: errors are measured against it.
        name: name in the comparison.
        operations_per_unit: arithmetic operations of one sample.
    """

    unit = "samples"

    def __init__(
        self,
        draw: Draw,
        reference: float,
        *,
        name: str = PLAIN_MONTE_CARLO,
        operations_per_unit: float | None = None,
    ) -> None:
        self.name = name
        self.theorem = MONTE_CARLO
        self.operations_per_unit = operations_per_unit
        self.preprocessing = Preprocessing(PILOT_DRAWS, "pilot for the standard deviation", False)
        self._draw = draw
        self._reference = reference

    @cached_property
    def deviation(self) -> float:
        """Standard deviation of one sample, from the pilot."""
        return float(np.std(self._samples(np.random.default_rng(PILOT_SEED), PILOT_DRAWS), ddof=1))

    def predicted_cost(self, accuracy: float) -> float:
        """Return the number of samples for a 95 % half-width ``accuracy``."""
        return float(max(2, math.ceil((Z95 * self.deviation / accuracy) ** 2)))

    def seconds_per_unit(self) -> float:
        """Return the rough wall seconds of one sample on this machine."""
        return calibrated(lambda size: self._samples(np.random.default_rng(PILOT_SEED), size), PILOT_DRAWS)

    def trial(self, accuracy: float, seed: int, index: int) -> Trial:
        """Run once."""
        random = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(index,)))
        size = int(self.predicted_cost(accuracy))
        total, squares = 0.0, 0.0
        for start in range(0, size, BATCH):
            # Shifted by the reference: the sum of squares keeps its digits.
            values = self._samples(random, min(BATCH, size - start)) - self._reference
            total += float(values.sum())
            squares += float(values @ values)
        error = total / size
        variance = max(0.0, squares - size * error**2) / (size - 1)
        return Trial(error, float(size), Z95 * math.sqrt(variance / size))

    def _samples(self, random: np.random.Generator, size: int) -> Floats:
        values: Floats = np.asarray(self._draw(random, size), dtype=np.float64)
        if values.shape != (size,) or not np.all(np.isfinite(values)):
            raise ProblemError(
                f"draw(random, {size}) of {self.name!r} returned an array of shape {values.shape} with "
                f"{int(np.sum(~np.isfinite(values)))} values that are not finite; allowed: {size} finite numbers"
            )
        return values


def calibrated(work: Callable[[int], object], size: int) -> float:
    """Return rough seconds per unit of ``work(size)``, as a power of four.

    Coarse on purpose: a comparison leaves out what would take too long, and two runs should leave out the same.
    """
    work(size)  # imports and caches are not part of it
    started = time.thread_time()
    work(size)
    seconds = max(time.thread_time() - started, 1e-7) / size
    return float(4.0 ** round(math.log(seconds, 4)))
