r"""The exact encoding: the objective qubit of A|0> is 1 with probability sum_i p_i (f_i - fmin)/(fmax - fmin).

.. math:: A|0\rangle = \sum_i \sqrt{p_i}\,|i\rangle\bigl(\sqrt{1-g_i}\,|0\rangle + \sqrt{g_i}\,|1\rangle\bigr),
          \qquad g_i = \frac{f_i - f_{\min}}{f_{\max} - f_{\min}}.

On the aligned grid the payoff is affine in each bin and f_i is its conditional mean, so that the discounted
fmin + (fmax - fmin) a is the Black-Scholes value itself at every n: a property of the tables, not evidence for the
algorithm. The tables hold 2^n probabilities and 2^n payoffs, and alone already give the answer.
"""

from __future__ import annotations

from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from qalgo.errors import ProblemError
from qalgo.option_pricing.encoding import AffineMap, EncodedContract, scaled
from qalgo.option_pricing.grids import make_grid
from qalgo.option_pricing.references import MATRIX_PRODUCT_STATE

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from qalgo.option_pricing.contract import Contract

__all__ = ["LOADERS", "encode_exactly"]

LOADERS = ("exact", "mps")
BOND_DIMENSION = 4
LEAST_COMPRESSED_QUBITS = 3


def encode_exactly(
    contract: Contract, num_qubits: int, *, grid: str = "aligned", loader: str = "exact"
) -> EncodedContract:
    """Encode a contract with its payoff tabulated; :func:`qalgo.option_pricing.encoding.encode` says more.

    Raises:
        ProblemError: unknown grid or loader, or too few qubits.
    """
    if loader not in LOADERS:
        raise ProblemError(f"loader is {loader!r}; allowed: {', '.join(LOADERS)}")
    if loader == "mps" and num_qubits < LEAST_COMPRESSED_QUBITS:
        raise ProblemError(
            f'loader="mps" with num_qubits={num_qubits}; allowed: at least {LEAST_COMPRESSED_QUBITS}, or loader="exact"'
        )
    payoff = contract.pieces()
    table = make_grid(grid, contract.law, payoff, num_qubits)
    payoffs = np.asarray(payoff.intercepts)[table.pieces] + np.asarray(payoff.slopes)[table.pieces] * table.prices
    low, spread, flags = scaled(payoffs)
    loaded = contract.discount * spread
    bias = {cause: contract.discount * bound for cause, bound in table.bias.items()}
    if loader == "mps":
        bias["loader"] = loaded * _loader_deviation(table.probabilities, flags)
    return EncodedContract(
        contract=contract,
        encoding="exact",
        grid=grid,
        loader=loader,
        num_qubits=num_qubits,
        prices=table.prices,
        probabilities=table.probabilities,
        payoffs=payoffs,
        flags=flags,
        price=AffineMap(contract.discount * low, loaded),
        bias=MappingProxyType(bias),
        tabulated_points=MappingProxyType({"density": table.evaluations, "payoff": 2**num_qubits}),
        references=(MATRIX_PRODUCT_STATE,) if loader == "mps" else (),
        build=partial(_compressed_state if loader == "mps" else _joint_state, table.probabilities, flags),
    )


def _joint_state(probabilities: npt.NDArray[np.float64], flags: npt.NDArray[np.float64]) -> QuantumCircuit:
    from circuits.states import joint_payoff_state

    return joint_payoff_state(probabilities, flags)


def _compressed_state(probabilities: npt.NDArray[np.float64], flags: npt.NDArray[np.float64]) -> QuantumCircuit:
    from circuits.states import joint_payoff_amplitudes, matrix_product_state

    # keep_objective would write the tabulated answer into the circuit: its error would be zero by construction.
    amplitudes = joint_payoff_amplitudes(probabilities, flags)
    return matrix_product_state(amplitudes, BOND_DIMENSION, keep_objective=False)


def _loader_deviation(probabilities: npt.NDArray[np.float64], flags: npt.NDArray[np.float64]) -> float:
    """Bound the change of a that the compressed state makes: its probabilities' errors, added up in absolute value."""
    from circuits.matrix_product import matrix_product_approximation
    from circuits.states import joint_payoff_amplitudes

    wanted = joint_payoff_amplitudes(probabilities, flags)
    loaded = matrix_product_approximation(wanted, BOND_DIMENSION, keep_objective=False).vector()
    good = slice(len(probabilities), None)
    return float(np.sum(np.abs(loaded[good] ** 2 - wanted[good] ** 2)))
