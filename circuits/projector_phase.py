r"""Phases :math:`e^{i \phi Z (2 \Pi - 1)}` about the projector on |0...0> of some qubits, at the lowest CX or T.

The operator is diagonal: :math:`2 \Pi - 1 = -1 + 2^{1-m} \sum_S Z_S` over the subsets S of the m projected qubits. It
is emitted as RZ on the ``signal`` qubit inside a walk of CX through all subsets (a Gray code), or, with fewer
rotations, as one RZ between two relative-phase multi-controlled X (1508.03273), whose diagonal phases cancel.
``selectors`` multiplex the phase: every value of theirs has its own angle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from circuits.errors import ProblemError

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

__all__ = ["Minimise", "ProjectorPhase", "reduction", "walsh"]

Minimise = Literal["cx", "t"]
RealVector = npt.NDArray[np.float64]

_NEGLIGIBLE_ANGLE = 1e-15
_AND_CX = 6
"""CX to compute and remove, with relative phases, the AND that replaces two controls by one."""
_LARGEST_RELATIVE = 3
"""Controls of the widest relative-phase X that needs no work qubit (RC3X: 6 CX, 8 T)."""


def reduction(marks: int, selectors: int, minimise: Minimise) -> int:
    """Return how many of the projected qubits to replace by ANDs in clean qubits (two per clean qubit).

    Raises:
        ProblemError: ``minimise`` is neither "cx" nor "t".
    """
    if minimise not in ("cx", "t"):
        raise ProblemError(f"minimise is {minimise!r}; allowed: 'cx' or 't'")
    if minimise == "t":
        return max(0, marks - _LARGEST_RELATIVE)
    return min(range(max(1, marks)), key=lambda removed: _AND_CX * removed + 2 ** (marks - removed + selectors))


@dataclass(slots=True)
class ProjectorPhase:
    r"""Appends :math:`e^{i \phi Z_{signal} (2 \Pi - 1)}`; tracks which selectors are still added to the signal.

    Cost per phase with m projected qubits and s selectors: "cx": 2^m CX, or 2^(m+s) - 1 with selectors, and 2^(m+s)
    rotations; each AND in a clean qubit costs 6 CX and takes one from m, used where that is cheaper. "t": two
    relative-phase X (at most 12 CX and 16 T for m <= 3) and 2^s rotations.
    """

    circuit: QuantumCircuit
    marks: Sequence[int]
    """Qubits whose |0...0> is projected on."""
    signal: int
    selectors: Sequence[int] = ()
    """Qubits that choose the angle, little-endian; only used as controls."""
    clean: Sequence[int] = ()
    """Qubits in |0>, returned so."""
    minimise: Minimise = "cx"
    _open: int = field(default=0, init=False)
    """Bit k: selector k is added to the signal, a CX that the next phase shares."""

    def append(self, angles: RealVector, *, projected: bool = False) -> None:
        """Append one phase, ``angles`` of shape (2^s,).

        ``projected``: the marks are in |0...0> here, before the first or after the last use of the encoding.
        """
        spectrum = walsh(np.asarray(angles, dtype=np.float64))
        if projected:
            self._walk(spectrum, (), ())
            return
        removed = reduction(len(self.marks), len(self.selectors), self.minimise)
        removed = min(removed, 2 * len(self.clean))
        rungs, controls = _rungs(self.marks, self.clean, removed)
        for rung in rungs:
            self._append_and(*rung)
        if self.minimise == "t" and 1 < len(controls) <= _LARGEST_RELATIVE:
            self._between_relative_x(spectrum, controls)
        else:
            self._walk(spectrum, [qubit for qubit, _ in controls], [value for _, value in controls])
        for rung in reversed(rungs):
            self._append_and(*rung, inverse=True)

    def close(self) -> None:
        """Remove the selectors that are still added to the signal."""
        for index, qubit in enumerate(self.selectors):
            if self._open >> index & 1:
                self.circuit.cx(qubit, self.signal)
        self._open = 0

    def _walk(self, spectrum: RealVector, controls: Sequence[int], values: Sequence[int]) -> None:
        """RZ on the signal inside all subsets; the last selector changes last, so that it can stay open."""
        count = len(controls)
        qubits = [*controls, *self.selectors]
        last = 2 ** len(qubits) - 1
        for step in range(last + 1):
            subset = step ^ (step >> 1)
            inside = subset & (2**count - 1)
            weight = 2.0 ** (1 - count) - (1.0 if inside == 0 else 0.0)
            sign = (-1) ** sum(value for index, value in enumerate(values) if inside >> index & 1)
            angle = -2.0 * sign * weight * float(spectrum[(subset >> count) ^ self._open])
            if abs(angle) > _NEGLIGIBLE_ANGLE:
                self.circuit.rz(angle, self.signal)
            if step < last:
                self.circuit.cx(qubits[_trailing_zeros(step + 1)], self.signal)
        if self.selectors:
            self._open ^= 1 << (len(self.selectors) - 1)
        elif count:
            self.circuit.cx(qubits[-1], self.signal)

    def _between_relative_x(self, spectrum: RealVector, controls: Sequence[tuple[int, int]]) -> None:
        self.close()
        zeros = [qubit for qubit, value in controls if value == 0]
        qubits = [*(qubit for qubit, _ in controls), self.signal]
        self.circuit.x(zeros)
        _append_relative_x(self.circuit, qubits)
        # Where the projector is 1 the signal is flipped: the walk without controls has the other sign.
        self._walk(-spectrum, (), ())
        self.close()
        _append_relative_x(self.circuit, qubits, inverse=True)
        self.circuit.x(zeros)

    def _append_and(self, controls: Sequence[tuple[int, int]], target: int, *, inverse: bool = False) -> None:
        zeros = [qubit for qubit, value in controls if value == 0]
        self.circuit.x(zeros)
        _append_relative_x(self.circuit, [*(qubit for qubit, _ in controls), target], inverse=inverse)
        self.circuit.x(zeros)


def _rungs(
    marks: Sequence[int], clean: Sequence[int], removed: int
) -> tuple[list[tuple[list[tuple[int, int]], int]], list[tuple[int, int]]]:
    """Return ANDs (controls with their values, clean target) and the controls that are left, with their values."""
    controls = [(qubit, 0) for qubit in marks]
    rungs = []
    for target in clean:
        taken = min(removed, _LARGEST_RELATIVE - 1) + 1
        if taken < 2:
            break
        rungs.append((controls[:taken], target))
        controls = [*controls[taken:], (target, 1)]
        removed -= taken - 1
    return rungs, controls


def _append_relative_x(circuit: QuantumCircuit, qubits: Sequence[int], *, inverse: bool = False) -> None:
    from qiskit.circuit.library import RC3XGate, RCCXGate

    gate = RCCXGate() if len(qubits) == 3 else RC3XGate()
    circuit.append(gate.inverse() if inverse else gate, list(qubits))


def _trailing_zeros(number: int) -> int:
    return (number & -number).bit_length() - 1


def walsh(values: RealVector) -> RealVector:
    """Return the mean over all selector values b of values[b] * (-1)^(b . k), for every k."""
    index = np.arange(values.size)
    signs = 1.0 - 2.0 * (np.bitwise_count(index[:, None] & index[None, :]) % 2)
    return np.asarray(signs @ values / values.size, dtype=np.float64)
