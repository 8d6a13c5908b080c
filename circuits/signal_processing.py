r"""QSP phases and the circuits that apply a polynomial to the singular values of a block encoding (QSVT).

One convention, everywhere: with :math:`W(x) = \begin{pmatrix} x & i\sqrt{1-x^2} \\ i\sqrt{1-x^2} & x \end{pmatrix}` and
:math:`U_\phi(x) = e^{i\phi_0 Z} \prod_{k=1}^{d} W(x) e^{i\phi_k Z}` the target is the real part,
:math:`\mathrm{Re} \langle 0|U_\phi(x)|0\rangle = P(x)` ("Wx, Re"; 2105.02859, section II). Converters to other
conventions: :mod:`qalgo.qsvt.conventions`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from circuits.errors import ProblemError
from circuits.phase_record import VERSION, checked_record, phase_table, phase_table_html, stored_error, vector
from circuits.phase_sequence import reflection_phases
from circuits.projector_phase import Minimise
from circuits.sequence_circuits import pair_circuit, single_circuit

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from circuits.block_encoding import BlockEncoding

__all__ = ["QSPPhases", "qsvt", "qsvt_pair", "reflection_phases", "transformed"]

SCHEMA = "circuits.qsp_phases"
RealVector = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class QSPPhases:
    """Phases of a real polynomial of definite parity, in the convention "Wx, Re", with a certified error."""

    values: RealVector  # shape (degree + 1,), radians
    coefficients: RealVector  # Chebyshev coefficients of the target, shape (degree + 1,)
    error: float
    """Certified bound on sup over [-1, 1] of |Re <0|U|0> - P|."""

    def __post_init__(self) -> None:
        for array in (self.values, self.coefficients):
            array.setflags(write=False)

    @property
    def degree(self) -> int:
        """Number of uses of the block encoding."""
        return int(self.values.size) - 1

    @property
    def parity(self) -> int:
        """0 for even, 1 for odd."""
        return self.degree % 2

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary with the schema's name and version; numbers survive to the last bit."""
        return {
            "schema": SCHEMA,
            "version": VERSION,
            "values": self.values.tolist(),
            "coefficients": self.coefficients.tolist(),
            "error": None if math.isnan(self.error) else self.error,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Rebuild from :meth:`to_dict`; the error is the one on record, not evaluated again.

        Raises:
            ProblemError: another schema or version, or arrays that do not belong together.
        """
        values = vector(checked_record(data, SCHEMA)["values"])
        return cls(values, vector(data["coefficients"], values.size), stored_error(data["error"]))

    def _rows(self) -> list[tuple[str, object]]:
        return [
            ("degree", f"{self.degree:,} ({('even', 'odd')[self.parity]}): so many uses of the encoding"),
            ("phases", self.values),
            ("target", self.coefficients),
            ("error", f"{self.error:.3g}"),
        ]

    def __str__(self) -> str:
        return phase_table("phases of a real polynomial, convention Wx, Re (radians)", self._rows())

    def _repr_html_(self) -> str:
        return phase_table_html(str(self))


def _check(encoding: Any, *sequences: Any) -> None:
    from circuits.block_encoding import BlockEncoding

    if not isinstance(encoding, BlockEncoding):
        raise ProblemError(
            f"encoding is a {type(encoding).__name__}; allowed: a BlockEncoding, which circuits.block_encode returns"
        )
    for phases in sequences:
        if not isinstance(phases, QSPPhases):
            raise ProblemError(f"phases is a {type(phases).__name__}; allowed: what qalgo.qsvt.phases returns")
        if not phases.values.size or not np.all(np.isfinite(phases.values)):
            raise ProblemError("phases has no values, or values that are not finite; allowed: finite angles in radians")


def qsvt(encoding: BlockEncoding, phases: QSPPhases, *, minimise: Minimise = "cx") -> QuantumCircuit:
    r"""Return a circuit whose block is P(A / alpha), the real polynomial of ``phases``, of the singular values.

    Odd P: :math:`\sum_k P(\sigma_k) |u_k\rangle\langle v_k|`; even P: the same with :math:`|v_k\rangle\langle v_k|`;
    both are P(A / alpha) for Hermitian A (1806.01838, theorem 17). The signal qubit in :math:`|+\rangle` runs the
    phases and their opposites, whose mean is the real part, at no further use of the encoding.

    Registers: those of the encoding, then ``signal`` (one qubit): project ancillas and signal on |0>; with many
    ancillas and no work qubits a register ``extra``, clean before and after. Cost: ``degree`` uses of the encoding or
    its inverse, none of them controlled, and ``degree - 1`` phases about the projector
    (:class:`circuits.projector_phase.ProjectorPhase`: 2, 4, 8 CX for 1, 2, 3 ancillas).

    Transpiling: the optimisation levels 2 and 3 of qiskit drop two-qubit blocks that are nearly the identity. Phases
    below about 5e-5, as at both ends of quickly converging series, are lost with one ancilla or ``minimise="t"``:
    block errors of 1e-6 to 6e-5, whatever the error of the phases. Where that is too much, transpile with
    ``optimization_level=1``: the error is rounding, for a few per cent more CX.

    Args:
        encoding: of A, alpha, with at least one ancilla.
        phases: from :func:`qalgo.qsvt.phases`.
        minimise: "cx": fewest CX; "t": fewest rotations, for Clifford + T.

    Raises:
        ProblemError: an encoding without ancillas.
    """
    _check(encoding, phases)
    return single_circuit(encoding, phases.values, minimise)


def qsvt_pair(
    encoding: BlockEncoding,
    first: QSPPhases,
    second: QSPPhases,
    *,
    weights: tuple[complex, complex] = (1.0, 1.0),
    minimise: Minimise = "cx",
) -> QuantumCircuit:
    r"""Return a circuit whose block is :math:`(w_1 P_1 + w_2 P_2)(A / \alpha) / (|w_1| + |w_2|)`.

    One sequence serves both polynomials: a qubit ``parity`` chooses the phases (one more CX per phase), not the uses of
    the encoding. Of opposite parity: max(degrees) uses, of which the last alone is controlled; of equal parity none is.

    Registers: those of the encoding, ``signal`` and ``parity``: project ancillas, signal and parity on |0>; ``extra``
    as in :func:`qsvt`.

    Args:
        encoding: of A, alpha, with at least one ancilla; Hermitian A where the parities differ, since then an odd
            and an even singular value transformation live on different spaces.
        first: phases of P_1.
        second: phases of P_2, of any degree and parity.
        weights: w_1 and w_2, complex.
        minimise: as in :func:`qsvt`.

    Raises:
        ProblemError: an encoding without ancillas; weights that are not finite or both zero.
    """
    _check(encoding, first, second)
    return pair_circuit(encoding, (first.values, second.values), weights, minimise)


def transformed(
    encoding: BlockEncoding,
    phases: QSPPhases,
    *,
    second: QSPPhases | None = None,
    weights: tuple[complex, complex] = (1.0, 1.0),
    minimise: Minimise = "cx",
) -> BlockEncoding:
    r"""Return P(A / alpha), or :math:`(w_1 P_1 + w_2 P_2)(A / \alpha)`, as a block encoding: QSVT within the algebra.

    alpha is 1, with ``second`` |w_1| + |w_2|; ancillas grow by one (two). ``error`` is proven: with
    :math:`\delta` = error / alpha of the encoding and Chebyshev coefficients c_k it is at most
    :math:`\min(\delta \sum_k |c_k| k^2,\; 4 d \sqrt{\delta})` plus the error of the phases, for each polynomial
    (:func:`circuits.transformed_encoding.perturbation_bound`). Its controlled circuit controls phases, not uses of the
    encoding: at most one use is controlled, for an odd degree.

    Raises:
        ProblemError: as :func:`qsvt` and :func:`qsvt_pair`.
    """
    from circuits.transformed_encoding import transformed_encoding

    return transformed_encoding(encoding, phases, second, weights, minimise)
