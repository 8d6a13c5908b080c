"""The counting model with measured ANDs: Toffolis of four T, nothing written out, nothing simulated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from qiskit import QuantumCircuit

from qalgo.fault_tolerance.logical import KINDS, LogicalPiece, logical_pieces
from qalgo.fault_tolerance.models import randomised_t
from qalgo.fault_tolerance.operations import is_generic
from qalgo.fault_tolerance.results import FaultTolerantCost
from qalgo.fault_tolerance.synthesis import canonical_angle, split_budget
from qalgo.tally import TallyBuilder

__all__ = ["measured_cost"]

T_PER_TOFFOLI = 4


def measured_cost(
    parts: Sequence[QuantumCircuit],
    weights: Sequence[int],
    budget: float,
    power: int | None,
    unitary: FaultTolerantCost,
) -> FaultTolerantCost:
    """Count parts in a row with measured ANDs, or return ``unitary`` if that has no more T."""
    from qalgo.fault_tolerance.pieces import standard_forms

    width = max(part.num_qubits for part in parts)
    pieces = [logical_pieces().piece(part, hierarchical=False) for part in parts]
    whole = TallyBuilder(len(KINDS), width, single_row=True)
    angles, times = [], []
    for part, piece, weight in zip(parts, pieces, weights, strict=True):
        whole.piece(piece.tally.power(weight), range(part.num_qubits))
        operations, _ = standard_forms(part)[0]
        found = [canonical_angle(operation.angle)[0] for operation in operations if is_generic(operation)]
        angles += found
        times += [weight] * len(found)
    chosen = split_budget(angles, budget, times)
    tally = whole.done()
    total = LogicalPiece(
        tally,
        frozenset().union(*(piece.active for piece in pieces)),
        max(piece.work_qubits for piece in pieces),
    )
    counts = total.counts()
    explicit = counts.t + T_PER_TOFFOLI * counts.toffoli
    synthesised = explicit + sum(weight * item.t for weight, item in zip(times, chosen, strict=True))
    if unitary.t <= synthesised:
        # Opaque ANDs hide merges of rotations that the written-out circuit shows.
        return replace(unitary, controlled_gates="measured", strategy=f"unitary, {unitary.strategy}: no more T here")
    return FaultTolerantCost(
        counts=counts,
        t=synthesised,
        t_randomised=explicit + (counts.rotations * randomised_t(budget / counts.rotations) if counts.rotations else 0),
        t_depth=None,
        synthesis_error=float(budget),
        error_bound=sum(weight * item.error for weight, item in zip(times, chosen, strict=True)),
        verified_error=None,
        verification="a counting model: measured ANDs are not written out here",
        controlled_gates="measured",
        strategy="measured ANDs, 4 T each (arXiv:1709.06648)" if counts.toffoli else "",
        work_qubits=total.work_qubits,
        distinct_angles=len(set(angles)),
        certificate="sum",
        power=power,
    )
