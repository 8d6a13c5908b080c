"""A circuit that is applied to one state vector many times, compiled once to a few numpy kernels.

Adjoining gates are merged into matrices on few qubits, as Aer's gate fusion does, and every matrix becomes one
re-ordering of the amplitudes and one matrix product. Every gate of the circuit acts on all amplitudes: nothing is
known here about amplitude amplification, and no power of anything is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from qiskit.circuit import CircuitInstruction, Operation, Qubit

__all__ = ["Program", "Step", "block_qubits", "compile_steps", "final_layout", "indices_of", "merge"]

Amplitudes = npt.NDArray[np.complex128]
Indices = npt.NDArray[np.intp]

DENSE_QUBITS = 7
"""Up to this width the whole circuit becomes one matrix: its product costs less than a handful of kernels."""
SERIAL_PRODUCTS, SERIAL_ELEMENTS = 2**15, 2**11
"""Multiplications of a matrix product, and elements of a matrix times a vector, for which OpenBLAS wakes no threads."""


def block_qubits(num_qubits: int) -> int:
    """Return how many qubits a merged matrix spans on a register of ``num_qubits``.

    Measured with tests/benchmarks/engines.py: 5 beats 4 and 6 at 8 to 10 qubits, 4 beats 3 and 5 from 11 on.
    """
    if num_qubits <= DENSE_QUBITS:
        return num_qubits
    return 5 if num_qubits <= 10 else 4


@dataclass(slots=True, eq=False)
class Step:
    """One operation on some qubits, the first of them the lowest bit; ``matrix`` or ``diagonal`` or an X."""

    qubits: tuple[int, ...]
    matrix: Amplitudes | None = None
    """(2^w, 2^w)"""
    diagonal: Amplitudes | None = None
    """(2^w,)"""
    control_state: int = 0
    """With neither of both: X on the last qubit where the others hold this value."""


def merge(instructions: Iterable[CircuitInstruction], position: dict[Qubit, int], *, widest: int) -> list[Step] | str:
    """Return the instructions as steps with matrices on at most ``widest`` qubits merged, or why that is impossible.

    Args:
        instructions: unitary gates on bound parameters.
        position: index of every qubit.
        widest: qubits of the matrices; wider gates are kept as they are.
    """
    steps: list[Step] = []
    for instruction in instructions:
        operation = instruction.operation
        if operation.name == "barrier":
            continue
        step = _step(operation, tuple(position[qubit] for qubit in instruction.qubits), widest)
        if step is None:
            return f"{operation.name!r} is not a gate with a matrix"
        if step.matrix is None or len(step.qubits) > widest:
            steps.append(step)
        else:
            _absorb(steps, step, widest)
    return steps


def _step(operation: Operation, qubits: tuple[int, ...], widest: int) -> Step | None:
    from qiskit.circuit import ControlledGate, Gate

    if not isinstance(operation, Gate) or operation.is_parameterized():
        return None
    size = 2 ** len(qubits)
    step: Step | None = None
    base = operation.base_gate.name if isinstance(operation, ControlledGate) else None
    single = base is not None and operation.num_ctrl_qubits == len(qubits) - 1
    if single and base == "x":
        step = Step(qubits, control_state=operation.ctrl_state)
    elif single and base == "p":
        diagonal = np.ones(size, dtype=np.complex128)
        diagonal[operation.ctrl_state | size // 2] = np.exp(1j * float(operation.params[0]))
        step = Step(qubits, diagonal=diagonal)
    elif operation.name == "diagonal":
        step = Step(qubits, diagonal=np.array(operation.params, dtype=np.complex128))
    elif len(qubits) <= widest or operation.name == "unitary":
        return Step(qubits, matrix=np.array(operation.to_matrix(), dtype=np.complex128))
    if step is None or len(qubits) > widest:
        return step
    dense = np.eye(size)[_flip(step, qubits)] if step.diagonal is None else np.diag(step.diagonal)
    return Step(qubits, matrix=np.asarray(dense, dtype=np.complex128))


def _absorb(steps: list[Step], step: Step, widest: int) -> None:
    """Put a matrix into the earliest block that it can reach past operations on other qubits, or start a new one."""
    wanted = set(step.qubits)
    home = None
    for earlier in reversed(steps):
        held = set(earlier.qubits)
        if earlier.matrix is not None and len(held | wanted) <= widest:
            home = earlier
        if held & wanted:
            break
    if home is None:
        steps.append(step)
        return
    fresh = tuple(qubit for qubit in step.qubits if qubit not in home.qubits)
    if fresh:
        home.matrix = np.kron(np.eye(2 ** len(fresh), dtype=np.complex128), _of(home)).astype(np.complex128)
        home.qubits = (*home.qubits, *fresh)
    home.matrix = _times(_of(step), [home.qubits.index(qubit) for qubit in step.qubits], _of(home))


def _of(step: Step) -> Amplitudes:
    return np.asarray(step.matrix, dtype=np.complex128)


def _times(gate: Amplitudes, bits: list[int], block: Amplitudes) -> Amplitudes:
    """Multiply a block from the left by a gate on some of its bits."""
    width, count = len(bits), len(block).bit_length() - 1
    rows = block.reshape((2,) * count + (-1,))
    # Axis 0 is the highest bit, of the block as of the gate.
    axes = [count - 1 - bit for bit in reversed(bits)]
    product = np.tensordot(gate.reshape((2,) * (2 * width)), rows, axes=(list(range(width, 2 * width)), axes))
    return np.ascontiguousarray(np.moveaxis(product, range(width), axes)).reshape(block.shape)


@dataclass(slots=True, eq=False)
class Program:
    """Kernels bound to two buffers; ``layout`` says which qubit each bit of an index is, lowest first."""

    kernels: list[tuple[Callable[..., Any], tuple[Any, ...]]]
    entry: Amplitudes
    """(2^n,) the buffer to fill before a run."""
    result: Amplitudes
    """(2^n,) the buffer that holds the amplitudes after it."""
    layout: tuple[int, ...]

    def run(self) -> None:
        """Apply the circuit once to the amplitudes in ``entry``."""
        for kernel, arguments in self.kernels:
            kernel(*arguments)


def compile_steps(steps: list[Step], start: tuple[int, ...], end: tuple[int, ...] | None = None) -> Program:
    """Bind steps to buffers.

    Args:
        steps: from :func:`merge`.
        start: layout of the amplitudes that come in.
        end: layout of those that go out; None: whatever is cheapest.
    """
    count = len(start)
    here, spare = np.zeros(2**count, dtype=np.complex128), np.zeros(2**count, dtype=np.complex128)
    entry = here
    layout = start
    pending: Indices | None = None
    kernels: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []
    for step in steps:
        if step.matrix is None and step.diagonal is None:
            flip = _flip(step, layout)
            pending = flip if pending is None else pending[flip]
            continue
        if step.diagonal is not None:
            factors = step.diagonal[indices_of(step.qubits, layout)]
            if pending is not None:
                unordered = np.empty_like(factors)
                unordered[pending] = factors
                factors = unordered
            kernels.append((np.multiply, (here, factors, here)))
            continue
        wanted = _with_top(layout, step.qubits)
        pending = _reordered(pending, layout, wanted)
        layout = wanted
        if pending is not None:
            kernels.append((here.take, (pending, None, spare, "clip")))
            here, spare, pending = spare, here, None
        kernels.append((np.matmul, _operands(_of(step), here, spare)))
        here, spare = spare, here
    pending = _reordered(pending, layout, layout if end is None else end)
    layout = layout if end is None else end
    if pending is not None:
        kernels.append((here.take, (pending, None, spare, "clip")))
        here = spare
    return Program(kernels, entry, here, layout)


def _operands(matrix: Amplitudes, source: Amplitudes, target: Amplitudes) -> tuple[Amplitudes, ...]:
    """Matrix, source and target of one product, cut into parts that BLAS does with one thread.

    Waking threads for so little costs more than it gains, on a busy machine a hundred times more, and the last bits
    would depend on their number.
    """
    size = len(matrix)
    columns = source.size // size
    if columns == 1:
        parts = max(1, size * size // SERIAL_ELEMENTS)
        return matrix.reshape(parts, -1, size), source.reshape(size, 1), target.reshape(parts, -1, 1)
    width = max(1, min(columns, SERIAL_PRODUCTS // (size * size)))
    parts = columns // width

    def cut(amplitudes: Amplitudes) -> Amplitudes:
        return amplitudes.reshape(size, parts, width).transpose(1, 0, 2)

    return matrix, cut(source), cut(target)


def final_layout(steps: list[Step], start: tuple[int, ...]) -> tuple[int, ...]:
    """Return the layout that :func:`compile_steps` ends with when it may choose."""
    layout = start
    for step in steps:
        if step.matrix is not None:
            layout = _with_top(layout, step.qubits)
    return layout


def _with_top(layout: tuple[int, ...], qubits: tuple[int, ...]) -> tuple[int, ...]:
    """The layout with ``qubits`` as highest bits, so that a reshape makes them the rows."""
    return (*sorted(set(layout) - set(qubits)), *qubits)


def _reordered(pending: Indices | None, old: tuple[int, ...], new: tuple[int, ...]) -> Indices | None:
    """Compose what waits with the re-ordering from one layout to another; None when nothing moves."""
    if old == new:
        return pending
    order = indices_of(old, new)
    return order if pending is None else pending[order]


def indices_of(qubits: tuple[int, ...], layout: tuple[int, ...]) -> Indices:
    """(2^n,) the integer that ``qubits`` hold, first one lowest, at every index of a layout."""
    index = np.arange(2 ** len(layout), dtype=np.intp)
    value = np.zeros_like(index)
    for bit, qubit in enumerate(qubits):
        value |= ((index >> layout.index(qubit)) & 1) << bit
    return value


def _flip(step: Step, layout: tuple[int, ...]) -> Indices:
    index = np.arange(2 ** len(layout), dtype=np.intp)
    met = indices_of(step.qubits[:-1], layout) == step.control_state
    return np.where(met, index ^ (1 << layout.index(step.qubits[-1])), index)
