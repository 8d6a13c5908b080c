"""A problem whose methods follow laws that are known in closed form: the independent reference of the comparison.

A law is (constant C, exponent k): asked for half-width e, a trial costs C e^-k and errs by a normal number of standard
deviation e/1.96 (so that the 95th percentile of |error| is e).
"""

import math
from dataclasses import dataclass, field

import numpy as np

from qalgo.comparable import Bound, GateCost, Preprocessing, Reference, Theorem, Trial

Z95 = 1.959963984540054
QUANTUM = Theorem(1.0, "cost ~ 1/error", "quant-ph/0005055, theorem 12")
CLASSICAL = Theorem(2.0, "cost ~ 1/error^2", "central limit theorem")
NOTHING_HIDDEN = Preprocessing(0, "none", False)


@dataclass(frozen=True)
class LawMethod:
    name: str
    kind: str
    constant: float
    exponent: float
    unit: str
    theorem: Theorem | None = None
    execution: str = "executed"
    deterministic: bool = False
    preprocessing: Preprocessing = NOTHING_HIDDEN
    gates: GateCost | None = None
    operations_per_unit: float | None = None
    success_probability: float = 1.0
    seconds: float = 0.0
    """Predicted seconds per unit."""

    def predicted_cost(self, accuracy):
        return self.constant * accuracy**-self.exponent

    def seconds_per_unit(self):
        return self.seconds

    def trial(self, accuracy, seed, index):
        random = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(index,)))
        spread = accuracy / Z95
        error = accuracy if self.deterministic else float(random.normal(0.0, spread))
        return Trial(error, self.predicted_cost(accuracy), accuracy)


def quantum(name="amplitude estimation", constant=3.0, exponent=1.0, **keywords):
    given = {"unit": "uses of A", "theorem": QUANTUM, "execution": "emulated", **keywords}
    given.setdefault("gates", GateCost(26.0, 1000.0, 5, "toy"))
    return LawMethod(name, "quantum", constant, exponent, **given)


def monte_carlo(constant=4.0, **keywords):
    given = {"unit": "samples", "theorem": CLASSICAL, "operations_per_unit": 100.0, **keywords}
    return LawMethod("plain Monte Carlo", "classical", constant, 2.0, **given)


def quasi_monte_carlo(constant=0.5, exponent=1.0, **keywords):
    given = {"unit": "points", "operations_per_unit": 100.0, **keywords}
    return LawMethod("quasi-Monte Carlo", "classical", constant, exponent, **given)


@dataclass
class ToyProblem:
    quantum_methods: tuple = (quantum(),)
    classical_methods: tuple = (monte_carlo(),)
    ladder: tuple = tuple(0.1 * 2.0**-j for j in range(8))
    words: tuple = ("a toy",)
    pictures: dict = field(default_factory=dict)

    def title(self):
        return "toy problem"

    def unit(self):
        return "coins"

    def accuracies(self):
        return self.ladder

    def methods(self, executor=None):
        return self.quantum_methods

    def baselines(self):
        return self.classical_methods

    def reference(self):
        return Reference(math.pi, "closed form")

    def bound(self):
        return Bound(QUANTUM, CLASSICAL, "N_quantum >= sqrt(N_classical), up to a constant")

    def caveats(self):
        return self.words

    def figures(self):
        return self.pictures
