r"""Multi-controlled Z written in Clifford + T with clean work qubits: four ways, the cheapest is found by trying.

A ladder of relative-phase Toffolis (4 T each) costs 8(n-2) T on n qubits as it stands. But each rung starts with H, T
and ends with T dagger, H on its work qubit: between two ladders these cancel. So the work qubits are brought to T|+>
once, serve as catalysts, and are brought back to |0> at the end of the circuit: 6(n-2) T per multi-controlled Z, and
two T per work qubit once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache

from qalgo.fault_tolerance.operations import Operation, read_operations, relative_phase_toffoli

__all__ = ["CATALYTIC", "STRATEGIES", "catalysts", "strategy_work_qubits", "written_out"]


def _ladder(qubits: Sequence[int], work: Sequence[int], rungs: int) -> list[Operation]:
    """AND the first rungs + 1 qubits into work[rungs - 1], flip the sign with the rest, uncompute."""
    compute = []
    value = qubits[0]
    for rung in range(rungs):
        compute.append((value, qubits[rung + 1], work[rung]))
        value = work[rung]
    # A work qubit waits in T|+>: the first two gates of its rung and the last two of its mirror image are not needed.
    up = [gate for rung in compute for gate in relative_phase_toffoli(*rung)[2:]]
    down = [gate for rung in reversed(compute) for gate in relative_phase_toffoli(*rung)[:-2]]
    rest = (value, *qubits[rungs + 1 :])
    return [*up, *(_toffoli(*rest) if len(rest) == 3 else [Operation("cz", rest)]), *down]


def catalysts(work: Sequence[int], *, inverse: bool = False) -> list[Operation]:
    """Bring work qubits from |0> to T|+> or back: two gates each, one of them T."""
    if inverse:
        return [gate for qubit in work for gate in (Operation("rz", (qubit,), -math.pi / 4), Operation("h", (qubit,)))]
    return [gate for qubit in work for gate in (Operation("h", (qubit,)), Operation("rz", (qubit,), math.pi / 4))]


def _toffoli(first: int, second: int, third: int) -> list[Operation]:
    """CCZ with seven T."""
    gates = []
    sums = (((first,), third), ((second,), third), ((first, second), third))
    eighth = math.pi / 4
    gates += [Operation("rz", (qubit,), eighth) for qubit in (first, second, third)]
    for controls, target in sums:
        turn = eighth if len(controls) == 2 else -eighth
        cx = [Operation("cx", (control, target)) for control in controls]
        gates += [*cx, Operation("rz", (target,), turn), *reversed(cx)]
    cx = [Operation("cx", (first, second))]
    return [*gates, *cx, Operation("rz", (second,), -eighth), *cx]


def _by_ladder(qubits: Sequence[int], work: Sequence[int]) -> list[Operation]:
    return _ladder(qubits, work, len(qubits) - 2)


def _by_short_ladder(qubits: Sequence[int], work: Sequence[int]) -> list[Operation]:
    return _ladder(qubits, work, len(qubits) - 3)


def _by_one_clean(qubits: Sequence[int], work: Sequence[int]) -> list[Operation]:
    return _library(qubits, work[:1])


def _by_two_clean(qubits: Sequence[int], work: Sequence[int]) -> list[Operation]:
    return _library(qubits, work[: 2 if len(qubits) > 5 else 1])


def _library(qubits: Sequence[int], work: Sequence[int]) -> list[Operation]:
    if len(qubits) < 4:
        return _by_short_ladder(qubits, work)
    places = (*qubits, *work)
    target = (qubits[-1],)
    inner = [
        operation._replace(qubits=tuple(places[index] for index in operation.qubits))
        for operation in _library_operations(len(qubits) - 1, len(work))
    ]
    opened = written_out(inner, (), "short ladder")
    return [Operation("h", target), *opened, Operation("h", target)]


@lru_cache(maxsize=128)
def _library_operations(controls: int, clean: int) -> tuple[Operation, ...]:
    from qiskit import transpile
    from qiskit.synthesis import synth_mcx_1_clean_kg24, synth_mcx_2_clean_kg24

    circuit = synth_mcx_2_clean_kg24(controls) if clean == 2 else synth_mcx_1_clean_kg24(controls)
    basis = ["h", "x", "t", "tdg", "s", "sdg", "cx", "ccx", "rccx"]
    return tuple(read_operations(transpile(circuit, basis_gates=basis, optimization_level=0)))


STRATEGIES: dict[str, Callable[[Sequence[int], Sequence[int]], list[Operation]]] = {
    "ladder": _by_ladder,
    "short ladder": _by_short_ladder,
    "one clean qubit": _by_one_clean,
    "two clean qubits": _by_two_clean,
}
"""Name -> function of the qubits and clean work qubits.

``ladder``: n - 2 relative-phase Toffolis each way and a CZ (1508.03273); ``short ladder``: n - 3 and a CCZ of seven T;
the others: conditionally clean qubits (Khattar and Gidney, arXiv:2407.17966), 8 n - 17 T.
"""

CATALYTIC = ("ladder", "short ladder")
"""Strategies whose work qubits have to be in T|+> (:func:`catalysts`); those of the others are |0>."""


def strategy_work_qubits(strategy: str, num_qubits: int) -> int:
    """Return how many work qubits a multi-controlled Z on ``num_qubits`` qubits takes."""
    if num_qubits < 3:
        return 0
    kg24 = 0 if num_qubits < 4 else 1
    counts = {
        "ladder": num_qubits - 2,
        "short ladder": num_qubits - 3,
        "one clean qubit": kg24,
        "two clean qubits": 2 if num_qubits > 5 else kg24,
    }
    return counts[strategy]


def written_out(operations: Sequence[Operation], work: Sequence[int], strategy: str) -> list[Operation]:
    """Replace every ``mcz`` by Clifford gates and T."""
    result: list[Operation] = []
    for operation in operations:
        if operation.name == "mcz":
            result.extend(STRATEGIES[strategy](operation.qubits, work))
        else:
            result.append(operation)
    return result
