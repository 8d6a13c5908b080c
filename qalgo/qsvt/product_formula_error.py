r"""How many steps a product formula needs: errors that are computed or proven, never extrapolated.

Up to eight qubits the error of all steps is computed from dense matrices. Beyond, r steps have at most r times the
error of one, whose generator is expanded in nested commutators (1912.08854, theorem 3): with
:math:`S'(s) S(s)^{-1} = -iF(s)` and :math:`F(s) = H + \sum_{q \ge p} F_q s^q`,

.. math:: \|S(h) - e^{-iHh}\| \le \sum_{q=p}^{Q} \|F_q\| \frac{h^{q+1}}{q+1} + \text{tail},

where the :math:`F_q` are computed exactly as sums of Pauli strings (their 1-norm bounds the norm) and the tail from
:math:`\|F_q\| \le \Lambda (2\Lambda)^q / q!`, :math:`\Lambda = \sum_k |c_k| \|H_{g_k}\|_1`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from qalgo.errors import ConvergenceError
from qalgo.qsvt.pauli_algebra import PauliSum, commutator, pauli_sum

if TYPE_CHECKING:
    from qiskit.quantum_info import SparsePauliOp

    from circuits.product_formula import Stage

__all__ = ["EXACT_QUBITS", "FormulaError", "commutator_error", "dense_error", "fewest_steps", "formula_error"]

EXACT_QUBITS = 8
"""Widest register whose error is computed from dense matrices (2^n x 2^n)."""
MAX_STEPS = 10**7
_MOST_STRINGS = 20_000
_FURTHER_ORDERS = 16

FormulaError = Callable[[float, int], float]
"""From (time, steps) to the spectral norm of S(t / r)^r - e^{-iHt}, or a proven bound on it."""
ComplexMatrix = npt.NDArray[np.complex128]


def formula_error(groups: Sequence[SparsePauliOp], found: Sequence[Stage], order: int) -> tuple[FormulaError, str]:
    """Return the sharpest error available for this width, and what it is in words."""
    if groups[0].num_qubits <= EXACT_QUBITS:
        return dense_error(groups, found), "computed from dense matrices"
    return commutator_error(groups, found, order), "proven from nested commutators"


def dense_error(groups: Sequence[SparsePauliOp], found: Sequence[Stage]) -> FormulaError:
    """Return the exact error: classical work of order 8^n log(steps) per call."""
    spectra = [np.linalg.eigh(np.asarray(group.to_matrix())) for group in groups]
    total = np.linalg.eigh(sum(np.asarray(group.to_matrix()) for group in groups))

    def error(time: float, steps: int) -> float:
        product: ComplexMatrix = np.eye(len(total[0]), dtype=np.complex128)
        for group, coefficient in found:
            product = _exponential(spectra[group], coefficient * time / steps) @ product
        difference = np.linalg.matrix_power(product, steps) - _exponential(total, time)
        return float(np.linalg.norm(difference, 2))

    return error


def commutator_error(groups: Sequence[SparsePauliOp], found: Sequence[Stage], order: int) -> FormulaError:
    """Return the bound of the module docstring: polynomial in the number of terms, any number of qubits up to 31."""
    sums = [pauli_sum(group) for group in groups]
    norms = _generator_norms(sums, found, order)
    total = sum(abs(coefficient) * sums[group].one_norm for group, coefficient in found)
    last = order + len(norms) - 1

    def error(time: float, steps: int) -> float:
        h = abs(time) / steps
        if h == 0 or total == 0:
            return 0.0
        known = sum(norm * h ** (order + k + 1) / (order + k + 1) for k, norm in enumerate(norms))
        # Lambda (2 Lambda h)^q / q! summed over q > Q is below its first term times e^(2 Lambda h).
        exponent = (last + 1) * math.log(2 * total * h) + 2 * total * h - math.lgamma(last + 2)
        tail = total * h / (last + 2) * math.exp(exponent) if exponent < 700 else math.inf
        return steps * (known + tail)

    return error


def fewest_steps(error: FormulaError, order: int, time: float, epsilon: float) -> int:
    """Return the smallest r found with error(t, r) <= epsilon, by bisection between a failing and a holding r.

    Raises:
        ConvergenceError: more than ten million steps, or an accuracy below the rounding of double precision.
    """

    def holds(steps: int) -> bool:
        return error(time, steps) <= epsilon

    upper = 1
    while not holds(upper):
        upper *= 2
        if upper > MAX_STEPS:
            raise ConvergenceError(
                f"a product formula of order {order} needs more than {MAX_STEPS:,} steps for time {time:g} and error "
                f"{epsilon:g}; use method='gqsp', or a larger epsilon"
            )
    lower = upper // 2
    while upper - lower > 1:
        middle = (lower + upper) // 2
        lower, upper = (lower, middle) if holds(middle) else (middle, upper)
    return upper


def _exponential(spectrum: tuple[npt.NDArray[np.float64], ComplexMatrix], angle: float) -> ComplexMatrix:
    values, vectors = spectrum
    return np.asarray((vectors * np.exp(-1j * angle * values)) @ vectors.conj().T)


def _generator_norms(sums: Sequence[PauliSum], found: Sequence[Stage], order: int) -> list[float]:
    """1-norms of F_p, F_{p+1}, ... as far as the number of Pauli strings stays moderate."""
    highest = order + _FURTHER_ORDERS
    empty = PauliSum(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.complex128))
    series = [empty] * (highest + 1)
    for group, coefficient in found:
        series = _conjugated(series, sums[group], coefficient)
        series[0] = series[0].plus(sums[group].scaled(coefficient))
        while len(series) > order + 1 and series[-1].x.size > _MOST_STRINGS:
            series.pop()
    return [term.one_norm for term in series[order:]]


def _conjugated(series: Sequence[PauliSum], generator: PauliSum, coefficient: float) -> list[PauliSum]:
    """Power series in s of e^{-i s c X} F(s) e^{i s c X}, truncated to the same length."""
    result = list(series)
    for power, term in enumerate(series):
        nested = term
        for depth in range(1, len(series) - power):
            if nested.x.size == 0:
                break
            nested = commutator(generator, nested).scaled(-1j * coefficient / depth)
            result[power + depth] = result[power + depth].plus(nested)
    return result
