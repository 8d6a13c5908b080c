"""A contract as an amplitude: what is loaded, what the probability a stands for, and how wrong that can be."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from qalgo.errors import ProblemError

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from qalgo.amplitude_estimation.problem import EstimationProblem
    from qalgo.option_pricing.contract import Contract

__all__ = ["BIAS_CAUSES", "ENCODINGS", "AffineMap", "EncodedContract", "encode"]

ENCODINGS = ("exact", "linearised")
BIAS_CAUSES = ("discretisation", "truncation", "encoding", "loader")


@dataclass(frozen=True, slots=True)
class AffineMap:
    """a -> offset + slope a: from a probability to discounted currency units. Picklable, unlike a lambda."""

    offset: float
    slope: float

    def __call__(self, probability: float) -> float:
        """Return the price that a probability stands for."""
        return self.offset + self.slope * probability


@dataclass(frozen=True, slots=True, eq=False)
class EncodedContract:
    """One contract on 2^n points, ready to be turned into a circuit. Made by :func:`encode`."""

    contract: Contract
    encoding: str
    grid: str
    loader: str
    num_qubits: int
    """Qubits of the price register, little-endian; the objective qubit has index ``num_qubits``."""
    prices: npt.NDArray[np.float64]  # (2^n,), currency units
    probabilities: npt.NDArray[np.float64]  # (2^n,)
    payoffs: npt.NDArray[np.float64]  # (2^n,), undiscounted currency units
    flags: npt.NDArray[np.float64]  # (2^n,), probability that the objective qubit is 1, given the point
    price: AffineMap
    """From the probability a of the objective qubit to the discounted price."""
    bias: Mapping[str, float]
    """Bounds on the deterministic errors by cause, discounted currency units."""
    tabulated_points: Mapping[str, int]
    """Classical evaluations hidden in the circuit and its bounds: of the density (or distribution), of the payoff."""
    references: tuple[str, ...]
    """BibTeX entries of the encoding."""
    build: Callable[[], QuantumCircuit]
    """Makes the state preparation A."""

    @property
    def total_bias(self) -> float:
        """Sum of the bias bounds, discounted currency units."""
        return math.fsum(self.bias.values())

    def tabulated_amplitude(self) -> float:
        """Return the probability a that the tables give (classically: this is the answer, no circuit needed)."""
        return float(np.clip(math.fsum(self.probabilities * self.flags), 0.0, 1.0))

    def state_preparation(self) -> QuantumCircuit:
        """Return the circuit A on the price register, the objective qubit and, if there are any, work qubits."""
        return self.build()

    def problem(self) -> EstimationProblem:
        """Return the estimation problem; its post-processing gives the discounted price."""
        from circuits.reflection import grover_operator
        from qalgo.amplitude_estimation.problem import EstimationProblem

        state_preparation, objective = self.state_preparation(), [self.num_qubits]
        # Work qubits come back clean: reflecting about them too would double the cost of Q.
        clean = range(self.num_qubits + 1, state_preparation.num_qubits)
        return EstimationProblem(
            state_preparation=state_preparation,
            objective_qubits=objective,
            grover_operator=grover_operator(state_preparation, objective, clean_qubits=clean),
            post_processing=self.price,
        )


def encode(contract: Contract, num_qubits: int = 3, encoding: str = "exact", **options: Any) -> EncodedContract:
    """Encode a single contract.

    Args:
        contract: one spot, one strike.
        num_qubits: qubits of the price register.
        encoding: "exact": the payoff of every point is tabulated, no work qubits; options ``grid`` ("aligned",
            default, without bias; or "published") and ``loader`` ("exact"; or "mps": a matrix-product state, fewer
            gates from about 6 qubits on, with a small error). "linearised": comparator and piecewise-linear rotation;
            options ``grid`` ("published", default, or "aligned") and ``rescaling`` (0.25).
        **options: see above; None means the default.

    Raises:
        ProblemError: unknown encoding, grid, loader or option; too few qubits for the kinks.
    """
    contract._one("an encoding")
    given = {name: value for name, value in options.items() if value is not None}
    allowed = {"exact": ("grid", "loader"), "linearised": ("grid", "rescaling")}
    if encoding not in allowed:
        raise ProblemError(f"encoding is {encoding!r}; allowed: {', '.join(ENCODINGS)}")
    unknown = sorted(set(given) - set(allowed[encoding]))
    if unknown:
        raise ProblemError(
            f"encoding {encoding!r} has no option {', '.join(map(repr, unknown))}; allowed: "
            f"{', '.join(allowed[encoding])}"
        )
    if encoding == "exact":
        from qalgo.option_pricing.exact_encoding import encode_exactly

        return encode_exactly(contract, num_qubits, **given)
    from qalgo.option_pricing.linearised_encoding import encode_linearised

    return encode_linearised(contract, num_qubits, **given)


def scaled(payoffs: npt.NDArray[np.float64]) -> tuple[float, float, npt.NDArray[np.float64]]:
    """Return least payoff, range, and the payoffs scaled to [0, 1]; all 0 where the payoff is constant (range 0)."""
    low, spread = float(payoffs.min()), float(np.ptp(payoffs))
    if not spread > 0.0:
        return low, 0.0, np.zeros_like(payoffs)
    return low, spread, np.clip((payoffs - low) / spread, 0.0, 1.0)
