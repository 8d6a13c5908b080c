r"""The published encoding: comparators and a piecewise-linear rotation, f read off the slope of a sine.

Point i turns the objective qubit by the angle phi_i = pi/4 + c' f~_i, with f~ = 2 (f - fmin)/(fmax - fmin) - 1 and
c' = pi c/4 (Stamatopoulos et al., arXiv:1905.02666, eqs. 18-22; eq. 21 prints pi/4 - c where its own angles and its
code have pi/4 - pi c/4). Then

.. math:: a = \sum_i p_i \sin^2\varphi_i = \tfrac12 + \tfrac12\sum_i p_i \sin(2c'\tilde f_i),

and the price is read as fmin + (fmax - fmin)(a - 1/2 + c')/(2c'): exact up to the curvature of the sine. That error
is at most (fmax - fmin)(c' - sin(2c')/2)/(2c'), about (fmax - fmin) c'^2/3, and cannot be cured by more qubits.
"""

from __future__ import annotations

import math
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from qalgo.errors import ProblemError
from qalgo.option_pricing.encoding import AffineMap, EncodedContract, scaled
from qalgo.option_pricing.grids import PriceGrid, make_grid
from qalgo.option_pricing.payoff import PiecewiseAffine
from qalgo.option_pricing.references import LINEARISED_ENCODING

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from qalgo.option_pricing.contract import Contract

__all__ = ["encode_linearised", "linearisation_bound", "rescaling_for"]


def encode_linearised(
    contract: Contract, num_qubits: int, *, grid: str = "published", rescaling: float = 0.25
) -> EncodedContract:
    """Encode a contract with the published circuit; :func:`qalgo.option_pricing.encoding.encode` says more.

    On the published grid prices are equidistant, so a piecewise-linear payoff is piecewise linear in the index. On the
    aligned grid the prices of each part between kinks are replaced by the straight line in the index that fits them
    best in the least-squares sense weighted with their probabilities; such a fit keeps the weighted mean, and with it
    the expectation of a payoff that is affine there: no discretisation error arises.

    Args:
        contract: one spot, one strike.
        num_qubits: qubits of the price register.
        grid: "published" or "aligned".
        rescaling: the c above, 0 < c <= 1. Smaller: less bias, but more queries (about 1/c).

    Raises:
        ProblemError: rescaling out of range, unknown grid, too few qubits for the kinks.
    """
    if isinstance(rescaling, bool) or not isinstance(rescaling, (int, float)) or not 0.0 < rescaling <= 1.0:
        raise ProblemError(f"rescaling is {rescaling!r}; allowed: 0 < rescaling <= 1 (0.25 in the paper)")
    payoff = contract.pieces()
    table = make_grid(grid, contract.law, payoff, num_qubits)
    starts, lines = _lines(table, payoff)
    payoffs = _on_lines(starts, lines, len(table.prices))
    low, spread, _ = scaled(payoffs)
    half_angle = 0.25 * math.pi * rescaling  # c'
    # Ry(2 phi_i): line by line, in the index i. A constant payoff has range 0 and any angle will do.
    unit = spread or 1.0
    angles = [
        (
            2.0 * (0.25 * math.pi + half_angle * (2.0 * (intercept - low) / unit - 1.0)),
            4.0 * half_angle * slope / unit,
        )
        for intercept, slope in lines
    ]
    flags = np.sin(0.5 * _on_lines(starts, angles, len(payoffs))) ** 2
    slope = contract.discount * spread / (2.0 * half_angle)
    bias = {cause: contract.discount * bound for cause, bound in table.bias.items()}
    bias["encoding"] = contract.discount * linearisation_bound(spread, rescaling)
    return EncodedContract(
        contract=contract,
        encoding="linearised",
        grid=grid,
        loader="exact",
        num_qubits=num_qubits,
        prices=table.prices,
        probabilities=table.probabilities,
        payoffs=payoffs,
        flags=flags,
        price=AffineMap(contract.discount * low + slope * (half_angle - 0.5), slope),
        bias=MappingProxyType(bias),
        # The published bound evaluates the payoff in every cell; the circuit itself only knows the lines.
        tabulated_points=MappingProxyType(
            {"density": table.evaluations, "payoff": 2**num_qubits if grid == "published" else 0}
        ),
        references=(LINEARISED_ENCODING,),
        build=partial(_circuit, table.probabilities, tuple(starts), tuple(angles)),
    )


def linearisation_bound(spread: float, rescaling: float) -> float:
    """Return the largest error of reading a payoff of range ``spread`` off the sine, in the payoff's unit."""
    half_angle = 0.25 * math.pi * rescaling
    return spread * (half_angle - 0.5 * math.sin(2.0 * half_angle)) / (2.0 * half_angle)


def rescaling_for(spread: float, bound: float) -> float:
    """Return the largest rescaling, at most 1, whose linearisation bound is at most ``bound`` (> 0)."""
    if linearisation_bound(spread, 1.0) <= bound:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if linearisation_bound(spread, middle) <= bound else (low, middle)
    return low


def _lines(table: PriceGrid, payoff: PiecewiseAffine) -> tuple[list[int], list[tuple[float, float]]]:
    """First index of each line, and its (intercept, slope) in the index: payoff = intercept + slope i."""
    starts, lines = [], []
    for piece in sorted(set(table.pieces.tolist())):
        indices = np.flatnonzero(table.pieces == piece)
        price, step = _straight(indices, table.prices[indices], table.probabilities[indices])
        starts.append(int(indices[0]))
        lines.append((payoff.intercepts[piece] + payoff.slopes[piece] * price, payoff.slopes[piece] * step))
    return starts, lines


def _straight(
    indices: npt.NDArray[np.intp], prices: npt.NDArray[np.float64], weights: npt.NDArray[np.float64]
) -> tuple[float, float]:
    """Intercept and slope in the index of the weighted least-squares line through the prices."""
    total = float(weights.sum())
    if len(indices) == 1:
        return float(prices[0]), 0.0
    if not total > 0.0:
        weights, total = np.ones(len(indices)), float(len(indices))
    centre, level = float(weights @ indices) / total, float(weights @ prices) / total
    spread = float(weights @ (indices - centre) ** 2)
    # Where all weight sits on one point any slope keeps the mean; the plain fit is as good as any.
    used = weights if spread > 0.0 else np.ones(len(indices))
    offsets = indices - float(used @ indices) / float(used.sum())
    slope = float((used * offsets) @ prices) / float((used * offsets) @ offsets)
    return level - slope * centre, slope


def _on_lines(starts: list[int], lines: list[tuple[float, float]], size: int) -> npt.NDArray[np.float64]:
    """Evaluate lines given by (intercept, slope) in the index at all indices."""
    index = np.arange(size)
    which = np.searchsorted(np.asarray(starts), index, side="right") - 1
    values: npt.NDArray[np.float64] = np.array(lines)[which, 0] + np.array(lines)[which, 1] * index
    return values


def _circuit(
    probabilities: npt.NDArray[np.float64], starts: tuple[int, ...], angles: tuple[tuple[float, float], ...]
) -> QuantumCircuit:
    """Loader on the price register, then the rotation of the objective qubit; work qubits of the comparators last."""
    from circuits.arithmetic import piecewise_linear_rotation
    from circuits.states import load_state

    num_qubits = len(probabilities).bit_length() - 1
    rotation = piecewise_linear_rotation(
        num_qubits,
        breakpoints=list(starts),
        slopes=[slope for _, slope in angles],
        offsets=[intercept + slope * start for start, (intercept, slope) in zip(starts, angles, strict=True)],
    )
    circuit = rotation.copy_empty_like()
    circuit.compose(load_state(np.sqrt(probabilities)), range(num_qubits), inplace=True)
    circuit.compose(rotation, inplace=True)
    return circuit
