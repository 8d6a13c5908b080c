r"""x from shots: magnitudes from frequencies, relative signs from one Hadamard gate, the norm from accepted runs.

Accepted runs leave the state sum_i u_i |i>, u = x / ||x||. Measured as it is, it gives |u_i|^2. With a Hadamard gate on
qubit q before the measurement the amplitudes of a pair (i, j), j = i + 2^q, become (u_i + u_j) / sqrt 2 and
(u_i - u_j) / sqrt 2: the difference of their frequencies is 2 Re(conj(u_i) u_j). After S^dagger and H it is
2 Im(conj(u_i) u_j). The n circuits (2 n for complex x) so give the relative phases along all edges of the hypercube, of
which the best-known spanning tree is kept. No use of the encoding is controlled. The global sign or phase cannot be
seen in a state: it is chosen so that <A^dagger b, x> = ||b||^2 comes out positive, one product with A.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from qalgo.errors import ConvergenceError
from qalgo.qsvt.linear_system_budget import ErrorBudget
from qalgo.qsvt.linear_system_circuits import flag_qubits
from qalgo.qsvt.linear_system_paths import SolverPath
from qalgo.qsvt.linear_system_problem import LinearProblem
from qalgo.qsvt.solution_readout import Reading, ReadoutRequest
from qalgo.results import Interval

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

__all__ = ["read_shots", "readout_circuits", "spanning_phases"]

IntVector = npt.NDArray[np.int64]
RealVector = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Edge:
    """Relative phase of two entries, as measured."""

    low: int
    high: int
    phase: complex
    """u_high conj(u_low) up to a positive factor; +1 or -1 for real x."""
    significance: float
    """Standard deviations from no correlation."""
    certain: bool
    """Whether the sign holds on the joint level (real x)."""


def read_shots(
    problem: LinearProblem, path: SolverPath, circuit: QuantumCircuit, budget: ErrorBudget, request: ReadoutRequest
) -> Reading:
    """Run the circuits and put x together, with intervals that hold jointly at ``confidence``.

    Raises:
        ConvergenceError: no accepted shot.
    """
    from qalgo.amplitude_estimation.intervals import clopper_pearson
    from qalgo.execution import run

    bits = path.encoding.num_system
    done = run(
        readout_circuits(circuit, bits, complex_phases=not problem.real),
        shots=request.shots,
        sampler=request.sampler,
        backend=request.backend,
        pass_manager=request.pass_manager,
        seed=request.seed,
        device=request.device,
    )
    tables = [_accepted(counts, bits) for counts in done.counts]
    accepted, shots = int(sum(table.sum() for table in tables)), int(sum(done.shots))
    if tables[0].sum() == 0:
        raise ConvergenceError(
            f"none of {done.shots[0]:,} shots was accepted; the success probability is {path.success_probability:.3g}: "
            f"ask for at least {math.ceil(100 / path.success_probability):,} shots"
        )
    # One statement per magnitude and per edge, and the norm: each on an equal share of the joint level.
    level = (1.0 - request.confidence) / (problem.size + bits * 2 ** (bits - 1) + 1)
    total = int(tables[0].sum())
    unit = np.sqrt(tables[0] / total)[: problem.size]
    ends = np.array([clopper_pearson(int(tables[0][i]), total, level) for i in range(problem.size)])
    bounds = np.sqrt(ends)
    edges = _edges(tables[1:], bits, level, real=problem.real)
    phases, certain = spanning_phases(unit, edges)
    success = clopper_pearson(accepted, shots, level)
    factor, relative = path.factor * problem.rhs_norm, budget.relative
    norms = (
        factor * math.sqrt(success[0]) / (1.0 + relative),
        factor * math.sqrt(success[1]) / max(1e-12, 1.0 - relative),
    )
    norm = factor * math.sqrt(accepted / shots)
    signed, known = _oriented(problem, path, unit * phases, bounds, certain, budget.state)
    magnitudes = [_scaled(max(0.0, low - budget.state), high + budget.state, norms) for low, high in bounds]
    joint = request.confidence
    intervals = []
    if problem.real:
        for entry, (low, high), sure in zip(signed.real, bounds, known, strict=True):
            low, high = (low, high) if sure else (-high, high)
            low, high = (low, high) if entry >= 0.0 else (-high, -low)
            intervals.append(_scaled(low - budget.state, high + budget.state, norms))
    return Reading(
        x=norm * (signed.real.copy() if problem.real else signed),
        norm=norm,
        success=accepted / shots,
        norm_interval=Interval(*norms, joint, "confidence"),
        intervals=tuple(Interval(low, high, joint, "confidence") for low, high in intervals),
        magnitude_intervals=tuple(Interval(low, high, joint, "confidence") for low, high in magnitudes),
        meaning=f"all intervals together hold with probability {joint:g} at least; they include the state error",
        seed=done.seed,
        run=done,
    )


def readout_circuits(circuit: QuantumCircuit, num_system: int, *, complex_phases: bool) -> list[QuantumCircuit]:
    """Return the circuit measured as it is, then after H (and after S^dagger H) on each system qubit in turn."""
    from qiskit import ClassicalRegister

    flags = flag_qubits(circuit)
    result = []
    turns: list[tuple[int, bool] | None] = [None, *((qubit, False) for qubit in range(num_system))]
    if complex_phases:
        turns += [(qubit, True) for qubit in range(num_system)]
    for turn in turns:
        value, flag = ClassicalRegister(num_system, "value"), ClassicalRegister(len(flags), "flag")
        one = circuit.copy()
        one.add_register(value, flag)
        if turn is not None:
            qubit, imaginary = turn
            if imaginary:
                one.sdg(qubit)
            one.h(qubit)
        one.measure(range(num_system), value)
        one.measure(flags, flag)
        result.append(one)
    return result


def spanning_phases(unit: RealVector, edges: list[Edge]) -> tuple[npt.NDArray[np.complex128], npt.NDArray[np.bool_]]:
    """Return the phase of every entry relative to the largest one, and whether all edges on its way are certain.

    The tree with the most significant edges (Prim) is followed; entries that no edge reaches get phase 1, uncertain.
    """
    size = unit.size
    phases = np.ones(size, dtype=np.complex128)
    certain = np.zeros(size, dtype=np.bool_)
    reached = {int(np.argmax(unit))}
    certain[list(reached)] = True
    while True:
        border = [edge for edge in edges if (edge.low in reached) != (edge.high in reached) and edge.high < size]
        if not border:
            return phases, certain
        best = max(border, key=lambda edge: (edge.significance, -edge.low, -edge.high))
        start, end, phase = best.low, best.high, best.phase
        if start not in reached:
            start, end, phase = end, start, phase.conjugate()
        phases[end] = phases[start] * phase
        certain[end] = certain[start] and best.certain
        reached.add(end)


def _accepted(counts: Any, num_system: int) -> IntVector:
    """Return how often each value was seen with all flags 0."""
    table = np.zeros(2**num_system, dtype=np.int64)
    for key, count in counts.items():
        flag, value = key.split()
        if "1" not in flag:
            table[int(value, 2)] += count
    return table


def _edges(tables: list[IntVector], bits: int, level: float, *, real: bool) -> list[Edge]:
    from qalgo.amplitude_estimation.intervals import clopper_pearson

    edges = []
    for qubit in range(bits):
        for low in range(2**bits):
            if low >> qubit & 1:
                continue
            high = low | 1 << qubit
            plus, minus = int(tables[qubit][low]), int(tables[qubit][high])
            if plus + minus == 0:
                continue
            share = (plus - minus) / math.sqrt(plus + minus)
            if real:
                ends = clopper_pearson(plus, plus + minus, level)
                sure = ends[0] > 0.5 or ends[1] < 0.5
                edges.append(Edge(low, high, 1.0 if plus >= minus else -1.0, abs(share), sure))
                continue
            table = tables[bits + qubit]
            first, second = int(table[low]), int(table[high])
            turned = (first - second) / math.sqrt(max(1, first + second))
            value = complex(plus - minus, first - second)
            phase = value / abs(value) if value != 0 else 1.0 + 0.0j
            edges.append(Edge(low, high, phase, math.hypot(share, turned), False))
    return edges


def _oriented(
    problem: LinearProblem,
    path: SolverPath,
    unit: npt.NDArray[np.complex128],
    bounds: RealVector,
    certain: npt.NDArray[np.bool_],
    error: float,
) -> tuple[npt.NDArray[np.complex128], npt.NDArray[np.bool_]]:
    """Turn x so that <A^dagger b, x> (for positive definite A: <b, x>) is positive, and say which signs are certain."""
    witnesses = [problem.matrix.conj().T @ problem.rhs]
    if path.method == "positive-definite":
        witnesses.insert(0, problem.rhs)
    overlaps = [complex(np.vdot(witness, unit)) for witness in witnesses]
    # The witness that says most, in units of what the uncertain entries could take away.
    spreads = []
    for witness in witnesses:
        low, high = bounds[:, 0] - error, bounds[:, 1] + error
        magnitude = np.abs(unit)
        off = np.where(certain, np.maximum(high - magnitude, magnitude - low), magnitude + high)
        spreads.append(float(np.abs(witness) @ off))
    best = int(np.argmax([abs(o) / s if s > 0 else np.inf for o, s in zip(overlaps, spreads, strict=True)]))
    overlap = overlaps[best]
    if problem.real:
        sign = 1.0 if overlap.real >= 0.0 else -1.0
        return unit * sign, certain & (abs(overlap.real) > spreads[best])
    phase = overlap / abs(overlap) if overlap != 0 else 1.0
    return unit / phase, certain


def _scaled(low: float, high: float, norms: tuple[float, float]) -> tuple[float, float]:
    products = [float(end * norm) for end in (low, high) for norm in norms]
    return min(products), max(products)
