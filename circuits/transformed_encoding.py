r"""A polynomial of a block encoding, as a block encoding with a proven error."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from circuits.block_encoding import BlockEncoding
from circuits.projector_phase import Minimise
from circuits.sequence_circuits import Weights, checked_weights, pair_circuit, single_circuit

if TYPE_CHECKING:
    from circuits.signal_processing import QSPPhases

__all__ = ["perturbation_bound", "transformed_encoding"]


def perturbation_bound(coefficients: npt.ArrayLike, block_error: float) -> float:
    r"""Return a bound on :math:`\|P(A) - P(B)\|` for contractions with :math:`\|A - B\| \le` ``block_error``.

    P = sum_k c_k T_k, |P| <= 1. With D_k = T_k(A) - T_k(B), Hermitian A and B, the recurrence gives
    :math:`D_{k+1} = 2 A D_k - D_{k-1} + 2 (A - B) T_k(B)`, hence
    :math:`D_n = U_{n-1}(A)(A - B) + 2 \sum_{k=1}^{n-1} U_{n-1-k}(A)(A - B) T_k(B)`, and as
    :math:`\|U_j(A)\| \le j + 1`, :math:`\|D_n\| \le n^2 \|A - B\|`. Singular values of any A: the same for the
    Hermitian matrix with blocks A and its adjoint. The bound is the smaller of :math:`\sum_k |c_k| k^2` times
    ``block_error``, of :math:`4 d \sqrt{block\_error}` (1806.01838, lemma 22), and of 2.
    """
    magnitudes = np.abs(np.asarray(coefficients, dtype=np.float64))
    orders = np.arange(magnitudes.size, dtype=np.float64)
    lipschitz = float(np.sum(magnitudes * orders**2)) * block_error
    return float(min(lipschitz, 4.0 * orders[-1] * np.sqrt(block_error), 2.0))


def transformed_encoding(
    encoding: BlockEncoding,
    phases: QSPPhases,
    second: QSPPhases | None,
    weights: Weights,
    minimise: Minimise,
) -> BlockEncoding:
    """See :func:`circuits.signal_processing.transformed`."""
    parts = (phases,) if second is None else (phases, second)
    sizes = (1.0,) if second is None else tuple(abs(complex(weight)) for weight in weights)
    delta = encoding.error / encoding.alpha
    error = sum(
        size * (perturbation_bound(part.coefficients, delta) + part.error)
        for size, part in zip(sizes, parts, strict=True)
    )
    if second is None:
        build = partial(single_circuit, encoding, phases.values, minimise, as_encoding=True)
        alpha = 1.0
    else:
        alpha = checked_weights(weights)
        build = partial(pair_circuit, encoding, (phases.values, second.values), weights, minimise, as_encoding=True)
    real = second is None or not any(complex(weight).imag for weight in weights)
    degrees = " and ".join(str(part.degree) for part in parts)
    rows, columns = encoding.shape
    even = all(part.parity == 0 for part in parts)
    return BlockEncoding(
        circuit=build(),
        num_system=encoding.num_system,
        ancillas=encoding.ancillas + len(parts),
        alpha=alpha,
        error=float(error),
        method="QSVT",
        reason=f"polynomial of degree {degrees} of the encoding by {encoding.method}",
        hermitian=real and (even or encoding.hermitian),
        shape=(columns, columns) if even else (rows, columns),
        preparation=encoding.preparation,
        clean_work=encoding.clean_work,
        controlled_builder=partial(build, controlled=True),
    )
