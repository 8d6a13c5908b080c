r"""Circuits of one or two phase sequences, plain or laid out as (controlled) block encodings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from circuits.errors import ProblemError
from circuits.phase_sequence import SequenceQubits, append_sequence, extra_qubits, in_time_order, reflection_phases
from circuits.projector_phase import Minimise

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from circuits.block_encoding import BlockEncoding

__all__ = ["checked_weights", "pair_circuit", "single_circuit"]

RealVector = npt.NDArray[np.float64]
Weights = tuple[complex, complex]


@dataclass(frozen=True, slots=True)
class _Stage:
    circuit: QuantumCircuit
    encoding: list[int]
    signal: int
    parity: int
    control: int | None
    flag: int
    extra: list[int]


def single_circuit(
    encoding: BlockEncoding,
    values: RealVector,
    minimise: Minimise,
    *,
    as_encoding: bool = False,
    controlled: bool = False,
) -> QuantumCircuit:
    """Return the sequence of one polynomial; registers of ``qsvt``, or system, ancilla, work (, control).

    With the control off all phases are zero, and uses and inverse uses cancel: an odd last use is controlled.
    """
    stage = _stage(encoding, minimise, pair=False, as_encoding=as_encoding, controlled=controlled)
    uses = values.size - 1
    column = in_time_order(reflection_phases(values), uses + 1)
    columns = [column] if stage.control is None else [np.zeros(uses + 1), column]
    qubits = SequenceQubits(
        encoding=stage.encoding,
        signal=stage.signal,
        selectors=() if stage.control is None else (stage.control,),
        last_control=stage.control if uses % 2 else None,
        extra=stage.extra,
    )
    append_sequence(stage.circuit, encoding, np.stack(columns, axis=1), qubits, minimise)
    return stage.circuit


def pair_circuit(
    encoding: BlockEncoding,
    values: tuple[RealVector, RealVector],
    weights: Weights,
    minimise: Minimise,
    *,
    as_encoding: bool = False,
    controlled: bool = False,
) -> QuantumCircuit:
    """Return the sequence of two polynomials; the longer one runs where ``parity`` is 1."""
    checked_weights(weights)
    order = (0, 1) if values[0].size >= values[1].size else (1, 0)
    (longer, shorter), (heavy, light) = [values[i] for i in order], [complex(weights[i]) for i in order]
    uses = longer.size - 1
    opposite = (longer.size - shorter.size) % 2 == 1
    stage = _stage(encoding, minimise, pair=True, flagged=opposite, as_encoding=as_encoding, controlled=controlled)
    columns = [in_time_order(reflection_phases(part), uses + 1) for part in (shorter, longer)]
    if stage.control is not None:
        columns = [np.zeros(uses + 1), np.zeros(uses + 1), *columns]
    # An even number of uses must remain where the control is off, so that they cancel.
    last = stage.control if uses % 2 else None
    if opposite:
        last = stage.parity if stage.control is None else stage.flag
    qubits = SequenceQubits(
        encoding=stage.encoding,
        signal=stage.signal,
        selectors=(stage.parity,) if stage.control is None else (stage.parity, stage.control),
        last_control=last,
        extra=stage.extra,
    )
    angle = 2.0 * float(np.arctan2(np.sqrt(abs(heavy)), np.sqrt(abs(light))))
    stage.circuit.ry(angle, stage.parity)
    if opposite and stage.control is not None:
        _append_flag(stage, odd=uses % 2 == 1)
    append_sequence(stage.circuit, encoding, np.stack(columns, axis=1), qubits, minimise)
    if opposite and stage.control is not None:
        _append_flag(stage, odd=uses % 2 == 1, inverse=True)
    _append_arguments(stage, float(np.angle(light)), float(np.angle(heavy)))
    stage.circuit.ry(-angle, stage.parity)
    return stage.circuit


def checked_weights(weights: Weights) -> float:
    """Return |w_1| + |w_2|.

    Raises:
        ProblemError: not finite, or both zero.
    """
    total = float(sum(abs(complex(weight)) for weight in weights)) if len(weights) == 2 else np.nan
    if not (np.isfinite(total) and total > 0.0):
        raise ProblemError(f"weights are {weights!r}; allowed: two finite complex numbers, not both zero")
    return total


def _append_flag(stage: _Stage, *, odd: bool, inverse: bool = False) -> None:
    """Flag where the last use is made: odd: control and parity are 1; even: not where they are 1 and 0."""
    from qiskit.circuit.library import RCCXGate

    circuit = stage.circuit
    gate = RCCXGate()
    if odd:
        circuit.append(gate.inverse() if inverse else gate, [stage.parity, stage.control, stage.flag])
        return
    circuit.x([stage.parity, stage.flag] if inverse else stage.parity)
    circuit.append(gate.inverse() if inverse else gate, [stage.parity, stage.control, stage.flag])
    circuit.x(stage.parity if inverse else [stage.parity, stage.flag])


def _append_arguments(stage: _Stage, shorter: float, longer: float) -> None:
    if stage.control is None:
        stage.circuit.global_phase += shorter
        if longer != shorter:
            stage.circuit.p(longer - shorter, stage.parity)
        return
    if shorter:
        stage.circuit.p(shorter, stage.control)
    if longer != shorter:
        stage.circuit.cp(longer - shorter, stage.control, stage.parity)


def _stage(
    encoding: BlockEncoding,
    minimise: Minimise,
    *,
    pair: bool,
    as_encoding: bool,
    controlled: bool,
    flagged: bool = False,
) -> _Stage:
    from qiskit import QuantumCircuit, QuantumRegister

    if encoding.ancillas < 1:
        raise ProblemError("encoding has no ancilla; allowed: at least one qubit that marks the block")
    extra = extra_qubits(encoding, int(pair) + int(controlled), minimise)
    name = "QSVT"
    if not as_encoding:
        sizes = [("signal", 1), ("parity", int(pair)), ("extra", extra)]
        registers = [QuantumRegister(size, label) for label, size in sizes if size]
        circuit = QuantumCircuit(*encoding.circuit.qregs, *registers, name=name)
        width = encoding.circuit.num_qubits
        spare = width + 1 + int(pair)
        return _Stage(circuit, list(range(width)), width, width + 1, None, -1, list(range(spare, spare + extra)))
    # The control leads to one more selector, never to fewer clean qubits: plain and controlled circuits agree.
    extra = max(extra, extra_qubits(encoding, int(pair) + 1, minimise))
    # The flag of a controlled pair comes last among the work qubits.
    data, work, total = encoding.num_system + encoding.ancillas, encoding.work_qubits, extra + int(flagged)
    ancillas = encoding.ancillas + 1 + int(pair)
    sizes = [("system", encoding.num_system), ("ancilla", ancillas), ("work", work + total), ("control", controlled)]
    circuit = QuantumCircuit(*(QuantumRegister(int(size), label) for label, size in sizes if size), name=name)
    first_work = encoding.num_system + ancillas
    return _Stage(
        circuit,
        [*range(data), *range(first_work, first_work + work)],
        data,
        data + 1,
        first_work + work + total if controlled else None,
        first_work + work + extra,
        list(range(first_work + work, first_work + work + extra)),
    )
