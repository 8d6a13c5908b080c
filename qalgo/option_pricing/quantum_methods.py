"""The quantum methods for a European contract: amplitude estimation with either encoding, emulated."""

from __future__ import annotations

from concurrent.futures import Executor
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from qalgo.amplitude_estimation.comparable_problem import SECONDS_PER_RUN, emulated_estimate, gate_cost
from qalgo.comparable import USES_OF_A, GateCost, Method, Preprocessing, Theorem, Trial
from qalgo.errors import ProblemError
from qalgo.option_pricing import bounds
from qalgo.option_pricing.linearised_encoding import rescaling_for
from qalgo.option_pricing.tabulated import encoded_once, price_qubits

if TYPE_CHECKING:
    from qalgo.option_pricing.contract import Contract
    from qalgo.option_pricing.encoding import EncodedContract

__all__ = ["AmplitudeEstimation", "methods"]

BIAS_SHARE = 1.0 / 3.0
"""Share of the accuracy given to the linearisation bias: with bias ~ c^2 and queries ~ 1/(c (accuracy - bias)) a third
costs the fewest queries."""
LARGEST_EPSILON = 0.49


def methods(contract: Contract, executor: Executor | None = None) -> tuple[Method, ...]:
    """Return the quantum methods: the default estimator with both encodings, and iterative estimation beside it."""
    del executor  # one trial is emulated in milliseconds; the comparison spreads the trials
    return (
        AmplitudeEstimation(contract, "bayesian", "exact"),
        AmplitudeEstimation(contract, "iterative", "exact"),
        AmplitudeEstimation(contract, "bayesian", "linearised"),
    )


class AmplitudeEstimation:
    """Amplitude estimation of the encoded price.

    Outcomes are drawn from the exact law of the circuits, sin^2((2k+1) theta): emulated. The amplitude itself is
    summed from the encoding's tables.

    Args:
        contract: a single contract.
        estimator: name of the estimator.
        encoding: "exact" or "linearised"; the latter on the aligned grid, its rescaling chosen for each accuracy so
            that a third of it is bias.
    """

    kind: Literal["quantum", "classical"] = "quantum"
    unit: str = USES_OF_A
    execution: Literal["executed", "emulated"] = "emulated"
    deterministic: bool = False
    operations_per_unit: float | None = None
    success_probability: float = 1.0

    def __init__(self, contract: Contract, estimator: str, encoding: str) -> None:
        self.name: str = f"{estimator.capitalize()} estimation ({encoding} encoding)"
        self._contract = contract
        self._estimator = estimator
        self._encoding = encoding
        self._qubits = price_qubits(contract)
        exact = encoding == "exact"
        self.theorem: Theorem | None = bounds.AMPLITUDE_ESTIMATION if exact else bounds.LINEARISED_ESTIMATION
        sample = self._encoded(contract.accuracies()[-1])
        counts = sample.tabulated_points
        listed = ", ".join(f"{number} of the {what}" for what, number in counts.items() if number)
        # Both tabulate the law on bins where the payoff is affine; summed with the payoff this is the price.
        self.preprocessing: Preprocessing = Preprocessing(sum(counts.values()), f"tabulated: {listed}", True)
        self.gates: GateCost | None = _gates(contract, self._qubits, encoding)

    def predicted_cost(self, accuracy: float) -> float:
        """Return about 3.5 uses of A per half-width (bayesian), 16 (iterative)."""
        constant = 3.5 if self._estimator == "bayesian" else 16.0
        return constant / self._half_width(accuracy)

    def seconds_per_unit(self) -> float:
        """Return the rough wall seconds of one query, at the finest of the default accuracies."""
        finest = self._contract.accuracies()[-1]
        return self.predicted_seconds(finest) / self.predicted_cost(finest)

    def predicted_seconds(self, accuracy: float) -> float:
        """Return the rough wall seconds of one emulated run, which hardly depend on the accuracy."""
        return SECONDS_PER_RUN

    def trial(self, accuracy: float, seed: int, index: int) -> Trial:
        """Emulate one run; its interval holds the sampling error and the bias bound."""
        encoded = self._encoded(accuracy)
        estimate = emulated_estimate(
            encoded.tabulated_amplitude(), self._half_width(accuracy), self._estimator, seed, index
        )
        error = encoded.price(estimate.value) - self._contract.reference().value
        half_width = encoded.price.slope * estimate.interval.half_width + encoded.total_bias
        return Trial(error, float(estimate.queries.state_preparation), half_width)

    def _half_width(self, accuracy: float) -> float:
        """Half-width on the probability a that leaves room for the bias."""
        encoded = self._encoded(accuracy)
        left = accuracy - encoded.total_bias
        if not left > 0:
            raise ProblemError(f"accuracy {accuracy:g} is below the bias bound {encoded.total_bias:.3g} of {self.name}")
        return min(left / encoded.price.slope, LARGEST_EPSILON)

    def _encoded(self, accuracy: float) -> EncodedContract:
        rescaling = None
        if self._encoding == "linearised":
            payoffs = encoded_once(self._contract, self._qubits, "linearised", "aligned", None).payoffs
            spread = self._contract.discount * float(payoffs.max() - payoffs.min())
            rescaling = rescaling_for(spread, BIAS_SHARE * accuracy)
        return encoded_once(self._contract, self._qubits, self._encoding, "aligned", rescaling)


@lru_cache(maxsize=32)
def _gates(contract: Contract, num_qubits: int, encoding: str) -> GateCost:
    rescaling = None if encoding == "exact" else 0.25
    encoded = encoded_once(contract, num_qubits, encoding, "aligned", rescaling)
    return gate_cost(encoded.problem())
