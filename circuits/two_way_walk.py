r"""exp(-i t H / alpha) in K + 1 steps of a qubitised walk, all but two of them with the encoding uncontrolled.

The signal decides between a step forward and one backward (2401.10321). With e and o the even and odd part of
:math:`P(z) \approx e^{-i t \cos\theta}`, z = exp(i theta), the matrix

.. math:: \begin{pmatrix} e & z^{-1} o \\ z o & e \end{pmatrix} \approx
          \mathrm{diag}(1, z) \, e^{-i t X \cos\theta} \, \mathrm{diag}(1, z^{-1})

has one parity in each entry, which is all that steps diag(z, 1/z) can make; between the two controlled steps diag(1, z)
the state |+> of the signal turns into P. Ordinary GQSP, whose steps are diag(z, 1), takes 2 K of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from circuits.generalised_signal_processing import (
    append_marked_rotation,
    check_encoding,
    hermitised,
)
from circuits.phase_record import VERSION, checked_record, phase_table, phase_table_html, stored_error, vector

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from circuits.block_encoding import BlockEncoding

__all__ = ["EvolutionPhases", "walk_evolution"]

SCHEMA = "circuits.evolution_phases"
RealVector = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class EvolutionPhases:
    r"""Rotations :math:`M_j = D(\chi_j) \mathrm{Rot}(\psi_j) D(-\chi_j)`, j = 0 .. K - 1, M_{K-1} acting first.

    Rot(psi) = exp(i psi Y), D(chi) = diag(exp(i chi), 1). Symmetric: psi_j = psi_{K-1-j}, chi too.
    """

    psi: RealVector  # shape (K,), radians
    chi: RealVector  # shape (K,), radians
    phase: float
    """Global phase, radians."""
    time: float
    """t of exp(-i t cos theta); alpha times the time of H."""
    scale: float
    """exp(-i t cos theta) is approximated by scale times the block."""
    error: float
    """Certified bound on sup over theta of |scale * block - exp(-i t cos theta)|."""

    def __post_init__(self) -> None:
        self.psi.setflags(write=False)
        self.chi.setflags(write=False)

    @property
    def degree(self) -> int:
        """K, odd."""
        return int(self.psi.size)

    @property
    def queries(self) -> int:
        """Uses of a self-inverse encoding, two of which are controlled."""
        return self.degree + 1

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary with the schema's name and version; numbers survive to the last bit."""
        return {
            "schema": SCHEMA,
            "version": VERSION,
            "psi": self.psi.tolist(),
            "chi": self.chi.tolist(),
            "phase": self.phase,
            "time": self.time,
            "scale": self.scale,
            "error": None if math.isnan(self.error) else self.error,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> EvolutionPhases:
        """Rebuild from :meth:`to_dict`; the error is the one on record, not evaluated again.

        Raises:
            ProblemError: another schema or version, or arrays that do not belong together.
        """
        psi = vector(checked_record(data, SCHEMA)["psi"])
        chi = vector(data["chi"], psi.size)
        phase, time, scale = (float(data[name]) for name in ("phase", "time", "scale"))
        return cls(psi, chi, phase, time, scale, stored_error(data["error"]))

    def __str__(self) -> str:
        return phase_table(
            f"rotations of a walk that goes both ways, exp(-i {self.time:g} cos theta) (radians)",
            [
                ("queries", f"{self.queries:,} walk steps, two controlled"),
                ("psi", self.psi),
                ("chi", self.chi),
                ("phase", f"{self.phase:.6g}"),
                ("scale", f"{self.scale:.12g}"),
                ("error", f"{self.error:.3g}"),
            ],
        )

    def _repr_html_(self) -> str:
        return phase_table_html(str(self))


def walk_evolution(encoding: BlockEncoding, phases: EvolutionPhases) -> QuantumCircuit:
    r"""Return a circuit whose block, times ``phases.scale``, is exp(-i t H / alpha) up to ``phases.error``.

    Registers: those of the encoding (of :func:`circuits.generalised_signal_processing.hermitised`, whose one use costs
    two, if it is not self-inverse), then ``signal``; project ancillas and signal on |0>. Cost: K + 1 uses of the
    encoding, of which the first and the last are controlled.

    Raises:
        ProblemError: an encoding without ancillas, or of a matrix that is not Hermitian.
    """
    from qiskit import QuantumCircuit, QuantumRegister

    check_encoding(encoding)
    if not encoding.self_inverse:
        encoding = hermitised(encoding)
    circuit = QuantumCircuit(*encoding.circuit.qregs, QuantumRegister(1, "signal"), name="evolution")
    signal, inside = circuit.num_qubits - 1, range(encoding.circuit.num_qubits)
    controlled = encoding.controlled_circuit()
    circuit.global_phase += phases.phase
    circuit.h(signal)
    # diag(W, 1), whose reflection is part of the first marked rotation.
    circuit.x(signal)
    circuit.compose(controlled, inplace=True)
    circuit.x(signal)
    for step in range(phases.degree - 1, -1, -1):
        psi, chi = float(phases.psi[step]), float(phases.chi[step])
        circuit.p(chi, signal)
        # Rot(psi) where the ancillas are |0>, -Z Rot(psi) Z = Rot(pi - psi) elsewhere.
        append_marked_rotation(circuit, encoding, math.pi - 2.0 * psi)
        circuit.ry(-math.pi, signal)
        circuit.p(-chi, signal)
        if step:
            circuit.compose(encoding.circuit, inside, inplace=True)
    # diag(1, W^-1), W^-1 = U R: its reflection is part of the last marked rotation too.
    circuit.compose(controlled, inplace=True)
    circuit.h(signal)
    return circuit
