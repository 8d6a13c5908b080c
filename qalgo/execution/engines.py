"""Which engine runs the powers Q^k A, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from qalgo.errors import ProblemError
from qalgo.execution.limits import fits
from qalgo.execution.samplers import AerDevice, Sampling

if TYPE_CHECKING:
    from qiskit.circuit import CircuitInstruction

__all__ = ["EngineChoice", "choose_engine"]

KERNEL_QUBITS = 16
"""Widest register of the numpy kernels. With one thread each they take 60 times less CPU time than Aer at 4 to 6
qubits, 7 times less at 10, 4 times less at 14 and 16, 2.4 times less at 18; wider registers are left to Aer, which uses
all cores where the kernels use one."""
EVOLUTION_COPIES = 4
"""State vectors alive at once when Aer hands one on: its own, the saved one, ours, and that of the next circuit."""


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """How powers Q^k A are run."""

    name: Literal["kernels", "aer evolution", "composed"]
    reason: str

    def __str__(self) -> str:
        return f"{_WORDS[self.name]} ({self.reason})"


_WORDS = {
    "kernels": "evolution: Q applied power after power by numpy kernels",
    "aer evolution": "evolution: all powers in one Aer run, saved at each",
    "composed": "composed: a circuit for every power",
}


def choose_engine(
    sampling: Sampling, *, composable: bool, num_qubits: int, operations: Iterable[CircuitInstruction]
) -> EngineChoice:
    """Choose how the powers Q^k A of an estimation are simulated.

    1. *Composed*: one circuit per power, run with shots, wherever the outcome law is not that of a noise-free state
       vector that we hold ourselves: samplers and backends of the user's, pass managers, other methods than state
       vectors, chunks spread over processes, anything but gates in A or Q, and where four state vectors do not fit
       into memory.
    2. *Evolution by kernels*, on the CPU in double precision up to 16 qubits: every gate of Q is applied to the state
       of the last power, by matrices on up to 5 qubits; the probability of a good outcome is kept for every power, so
       that a schedule costs its largest power instead of the sum, and shots of a known power cost nothing.
    3. *Evolution by Aer*, everywhere else (wider, GPU, single precision): the same in one circuit with a save after
       every power.

    Shots are binomial draws from the simulated probability with the random stream of their round and request: the law
    is that of running the circuits, and does not depend on which rounds came before. Measured on k = 0, 1, 2, 4, ...,
    512 at 9 and 10 qubits (ratio of CPU time to that of composed circuits, ``tests/benchmarks/results/engines.json``):
    one Aer run with saves at every power 1.8 to 2.1, kernels 11 to 20.

    The closed form sin^2((2k+1) theta) is no engine: it executes nothing, and is used with ``mode="subspace"`` only.

    Args:
        sampling: what the circuits run on.
        composable: whether A and Q are translated apart (no pass manager).
        num_qubits: width of Q.
        operations: the translated gates of A and Q.

    Raises:
        ProblemError: ``engine="evolution"`` was asked for where it is impossible.
    """
    reason = _obstacle(sampling, composable, num_qubits, operations)
    asked = sampling.options.engine if isinstance(sampling, AerDevice) else "auto"
    if asked == "composed":
        return EngineChoice("composed", "asked for")
    if reason is not None or not isinstance(sampling, AerDevice):
        if asked == "evolution":
            raise ProblemError(f'engine="evolution" was asked for, but {reason}; use engine="auto"')
        return EngineChoice("composed", reason or "sampler given")
    where = f"{num_qubits} qubits"
    if sampling.device == "CPU" and sampling.options.precision == "double" and num_qubits <= KERNEL_QUBITS:
        return EngineChoice("kernels", where)
    return EngineChoice("aer evolution", where)


def _obstacle(
    sampling: Sampling, composable: bool, num_qubits: int, operations: Iterable[CircuitInstruction]
) -> str | None:
    """Why the state cannot be carried from power to power, or None."""
    if not isinstance(sampling, AerDevice):
        return "sampler given"
    if not composable:
        return "pass manager given"
    options = sampling.options
    if options.method != "statevector":
        return f"method {options.method}"
    if options.blocking_qubits is not None:
        return "state vector in chunks"
    odd = _not_a_gate(operations)
    if odd is not None:
        return f"{odd!r} is not a gate"
    if not fits(num_qubits, copies=EVOLUTION_COPIES, bytes_per_amplitude=options.bytes_per_amplitude):
        return f"{EVOLUTION_COPIES} state vectors of {num_qubits} qubits do not fit into memory"
    return None


def _not_a_gate(operations: Iterable[CircuitInstruction]) -> str | None:
    from qiskit.circuit import Gate

    for instruction in operations:
        if not isinstance(instruction.operation, Gate) and instruction.operation.name != "barrier":
            return str(instruction.operation.name)
    return None
