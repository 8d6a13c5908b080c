"""The tables behind the circuits, summed classically: whatever the quantum route precomputes, the baseline gets too."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from qalgo.amplitude_estimation.baseline import ClassicalMethod, calibrated
from qalgo.comparable import Preprocessing, Trial
from qalgo.option_pricing import bounds

if TYPE_CHECKING:
    from qalgo.option_pricing.contract import Contract
    from qalgo.option_pricing.encoding import EncodedContract

__all__ = ["TabulatedSum", "TensorContraction", "encoded_once", "price_qubits"]

Floats = npt.NDArray[np.float64]
DEFAULT_QUBITS = 3
BOND_DIMENSION = 4


def price_qubits(contract: Contract) -> int:
    """Return the qubits of the price register: three, or as many as give every kink an edge."""
    from qalgo.option_pricing.grids import qubits_for_kinks

    return max(DEFAULT_QUBITS, qubits_for_kinks(contract.law, contract.pieces()))


@lru_cache(maxsize=256)
def encoded_once(
    contract: Contract, num_qubits: int, encoding: str, grid: str, rescaling: float | None
) -> EncodedContract:
    """Return an encoding, made once per process."""
    return contract.encoded(num_qubits, encoding, grid=grid, rescaling=rescaling)


class _Tabulated(ClassicalMethod, ABC):
    """A sum over the tables of the exact encoding."""

    deterministic = True

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._qubits = price_qubits(contract)
        encoded = self._encoded()
        self.theorem = bounds.TABULATED
        tabulated = sum(encoded.tabulated_points.values())
        self.preprocessing = Preprocessing(tabulated, f"the tables of {2**self._qubits} points", True)

    def _encoded(self) -> EncodedContract:
        return encoded_once(self._contract, self._qubits, "exact", "aligned", None)

    @abstractmethod
    def _amplitude(self) -> float:
        """Return the probability a of the objective qubit, from the tables alone."""

    def _trial(self, accuracy: float, cost: float) -> Trial:
        encoded = self._encoded()
        value = encoded.price(self._amplitude())
        return Trial(value - self._contract.reference().value, cost, max(accuracy, encoded.total_bias))

    def seconds_per_unit(self) -> float:
        """Return the rough wall seconds of one run (its cost does not depend on the accuracy)."""
        return calibrated(lambda _: self._amplitude(), 1)


class TabulatedSum(_Tabulated):
    """Add up probability times payoff over the 2^n points that the exact encoding tabulates anyway."""

    name = "tabulated sum"
    unit = "evaluations"
    operations_per_unit: float | None = 100.0

    def predicted_cost(self, accuracy: float) -> float:
        """Return the evaluations behind the tables."""
        return float(self.preprocessing.evaluations)

    def trial(self, accuracy: float, seed: int, index: int) -> Trial:
        """Sum the tables."""
        return self._trial(accuracy, self.predicted_cost(accuracy))

    def _amplitude(self) -> float:
        encoded = self._encoded()
        return math.fsum(encoded.probabilities * encoded.flags)


class TensorContraction(_Tabulated):
    """Contract the joint state of price and objective qubit as a matrix-product state: O(n chi^3) operations."""

    name = "matrix-product state contraction"
    unit = "multiplications"
    operations_per_unit: float | None = 2.0

    def predicted_cost(self, accuracy: float) -> float:
        """Return the multiplications of two contractions: the norm, and the part whose objective qubit is 1."""
        return float(sum(2 * left * 2 * right * (left + right) for left, right in self._bonds()))

    def trial(self, accuracy: float, seed: int, index: int) -> Trial:
        """Contract the state."""
        return self._trial(accuracy, self.predicted_cost(accuracy))

    def _bonds(self) -> list[tuple[int, int]]:
        return [(tensor.shape[0], tensor.shape[2]) for tensor in self._tensors()]

    def _tensors(self) -> list[Floats]:
        encoded = self._encoded()
        amplitudes = np.sqrt(encoded.probabilities)
        joint = np.concatenate([amplitudes * np.sqrt(1.0 - encoded.flags), amplitudes * np.sqrt(encoded.flags)])
        return matrix_product_state(joint, BOND_DIMENSION)

    def _amplitude(self) -> float:
        tensors = self._tensors()
        # The objective qubit is the first site; only its value 1 is kept.
        return squared_norm([tensors[0][:, 1:, :], *tensors[1:]]) / squared_norm(tensors)


def matrix_product_state(vector: Floats, bond: int) -> list[Floats]:
    """Return tensors of shape (left, 2, right), most significant qubit first, with bonds of at most ``bond``."""
    sites = vector.size.bit_length() - 1
    tensors: list[Floats] = []
    rest = vector.reshape(1, -1)
    for _ in range(sites - 1):
        left = rest.shape[0]
        columns, values, rows = np.linalg.svd(rest.reshape(2 * left, -1), full_matrices=False)
        kept = min(bond, int(np.sum(values > 1e-15 * values[0])))
        tensors.append(columns[:, :kept].reshape(left, 2, kept))
        rest = values[:kept, None] * rows[:kept]
    tensors.append(rest.reshape(rest.shape[0], 2, 1))
    return tensors


def squared_norm(tensors: list[Floats]) -> float:
    """Return the squared norm of a matrix-product state, contracted site by site."""
    inner: Floats = np.ones((1, 1))
    for tensor in tensors:
        half = np.tensordot(inner, tensor, axes=(1, 0))  # (left', 2, right)
        inner = np.tensordot(tensor, half, axes=((0, 1), (0, 1)))  # (right', right)
    return float(inner[0, 0])
