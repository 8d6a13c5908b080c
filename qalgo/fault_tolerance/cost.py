"""Clifford + T under one total error budget, split over the rotations and verified where that can be simulated."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from qalgo.amplification import checked_power, preparation_and_iterate, without_final_measurements
from qalgo.errors import ProblemError
from qalgo.fault_tolerance.results import FaultTolerantCost
from qalgo.logical_counts import LogicalCounts

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from qalgo.amplification import Amplifiable
    from qalgo.fault_tolerance.pieces import WrittenOut
    from qalgo.fault_tolerance.simulation import Plan, Simulation

__all__ = ["fault_tolerant_cost"]

CONTROLLED_GATES = ("unitary", "measured")
CERTIFICATES = ("sum", "simulation")
_LONGEST_CIRCUIT = 50_000
_RELAXATIONS = 6


def fault_tolerant_cost(
    circuit: QuantumCircuit | Amplifiable,
    synthesis_error: float = 1e-3,
    *,
    power: int | None = None,
    objective_qubits: Sequence[int] | None = None,
    controlled_gates: Literal["unitary", "measured"] = "unitary",
    certificate: Literal["sum", "simulation"] = "sum",
    verify: bool = True,
) -> FaultTolerantCost:
    r"""Write a circuit in Clifford + T so that it is off by at most ``synthesis_error`` in total, and count.

    The circuit is opened, rotations about the same Pauli are merged (arXiv:1903.12456), multiples of pi/4 are taken as
    exact, and the budget is split over the rotations that remain so that the total T count is small
    (:func:`qalgo.fault_tolerance.synthesis.split_budget`). Errors of rotations add up at most, up to a global phase.
    Nothing is assumed about the input state, except that added work qubits start in |0> (they end there too).

    Angles are double-precision numbers: one within 1e-12 of a multiple of pi/4 is taken to be that multiple, and others
    are rounded to 1e-15. No bound counts this; it matters where the budget is below 1e-12 per rotation and use, as with
    powers beyond 1e9.

    Multi-controlled X and Z never fall back on synthesis without work qubits, wherever they are nested: work qubits are
    added (:attr:`FaultTolerantCost.work_qubits`), several syntheses are tried, and the one with the fewest T is taken
    (:mod:`qalgo.fault_tolerance.multi_controlled`).

    The search inside gridsynth is randomised: T counts may differ by a few between runs, errors stay within the budget.

    With ``power`` the budget covers all rotations of A Q^k; A and Q are synthesised once each. Time: about 30
    milliseconds per distinct angle; nothing grows with k.

    Args:
        circuit: unitary, final measurements are dropped; with ``power`` see :func:`qalgo.cost_of`.
        synthesis_error: total budget in operator norm, between 0 and 1.
        power: k of A Q^k.
        objective_qubits: of a plain circuit A with ``power``.
        controlled_gates: "unitary": no measurement; "measured": a counting model with measured ANDs, 4 (n - 2) T per
            multi-controlled Z on n qubits (arXiv:1709.06648; :func:`circuits.measured_and.measured_multi_controlled_z`
            builds the circuit), which neither is written out nor verified here; where the unitary circuit has no more
            T, it is the answer.
        certificate: "sum": the errors of the rotations add up to at most the budget. "simulation": they may add up to
            more as long as the simulated error of the whole circuit is within the budget; small circuits only.
        verify: whether to simulate the result where it is small enough.

    Raises:
        ProblemError: a budget outside (0, 1); measurements in the middle or control flow; unbound parameters; a budget
            so small, or a power so large, that a rotation would be finer than gridsynth can; "simulation" of a circuit
            that is too large for it, with a power or with measured ANDs.
    """
    _check(synthesis_error, controlled_gates, certificate, power)
    parts, weights = _parts(circuit, power, objective_qubits)
    from qalgo.fault_tolerance.simulation import Simulation

    written = _cheapest(parts, weights, synthesis_error)
    plan = _synthesised(written, weights, synthesis_error)
    simulation = Simulation(parts, weights, written) if verify or certificate == "simulation" else None
    if certificate == "simulation":
        obstacle = "" if simulation is None else simulation.obstacle(plan, synthesis_error)
        if simulation is None or obstacle:
            raise ProblemError(f'certificate="simulation": {obstacle}; allowed: "sum" here')
        plan = _relaxed(written, weights, synthesis_error, plan, simulation)
    unitary = _result(written, plan, weights, power, synthesis_error, certificate, simulation)
    if controlled_gates == "unitary":
        return unitary
    from qalgo.fault_tolerance.measured import measured_cost

    return measured_cost(parts, weights, synthesis_error, power, unitary)


def _check(synthesis_error: float, controlled_gates: str, certificate: str, power: int | None) -> None:
    number = isinstance(synthesis_error, int | float) and not isinstance(synthesis_error, bool)
    if not number or not 0.0 < synthesis_error < 1.0:
        raise ProblemError(f"synthesis_error is {synthesis_error!r}; allowed: a number between 0 and 1, e.g. 1e-3")
    if controlled_gates not in CONTROLLED_GATES:
        raise ProblemError(f"controlled_gates is {controlled_gates!r}; allowed: {', '.join(CONTROLLED_GATES)}")
    if certificate not in CERTIFICATES:
        raise ProblemError(f"certificate is {certificate!r}; allowed: {', '.join(CERTIFICATES)}")
    if certificate == "simulation" and (power is not None or controlled_gates == "measured"):
        raise ProblemError('certificate="simulation" takes neither a power nor measured ANDs; allowed: "sum"')


def _parts(
    subject: QuantumCircuit | Amplifiable, power: int | None, objective_qubits: Sequence[int] | None
) -> tuple[tuple[QuantumCircuit, ...], tuple[int, ...]]:
    """Return the circuits to synthesise and how often each is used."""
    from qiskit import QuantumCircuit

    if power is not None:
        exponent = checked_power(power)
        preparation, iterate = preparation_and_iterate(subject, objective_qubits, whole_reflection=True)
        return ((preparation,), (1,)) if exponent == 0 else ((preparation, iterate), (1, exponent))
    if not isinstance(subject, QuantumCircuit):
        raise ProblemError(f"circuit is a {type(subject).__name__}; allowed: a qiskit QuantumCircuit, or give power")
    if objective_qubits is not None:
        raise ProblemError("objective_qubits without power; allowed: both, or neither")
    return (without_final_measurements(subject),), (1,)


def _cheapest(parts: Sequence[QuantumCircuit], weights: Sequence[int], budget: float) -> WrittenOut:
    """Compare the forms of every part, and the ways to write out wide gates."""
    from itertools import product

    from qalgo.fault_tolerance.pieces import generic_count, rotation_price, standard_forms, t_count, write_out

    width = max(part.num_qubits for part in parts)
    candidates: list[tuple[float, int, WrittenOut]] = []
    for forms in product(*(standard_forms(part) for part in parts)):
        rotations = sum(w * generic_count(operations) for w, (operations, _) in zip(weights, forms, strict=True))
        price = rotation_price(rotations, budget)
        written = write_out(forms, width, weights, price)
        explicit = sum(w * t_count(piece) for w, piece in zip(weights, written.pieces, strict=True))
        left = sum(w * generic_count(piece) for w, piece in zip(weights, written.pieces, strict=True))
        candidates.append((explicit + left * rotation_price(left, budget), len(candidates), written))
    return min(candidates, key=lambda item: item[:2])[2]


def _synthesised(written: WrittenOut, weights: Sequence[int], budget: float) -> Plan:
    from qalgo.fault_tolerance.merging import merged
    from qalgo.fault_tolerance.operations import is_generic
    from qalgo.fault_tolerance.simulation import Plan
    from qalgo.fault_tolerance.synthesis import canonical_angle, split_budget, substituted

    angles, times, owners = [], [], []
    for number, piece in enumerate(written.pieces):
        for operation in filter(is_generic, piece):
            angles.append(canonical_angle(operation.angle)[0])
            times.append(weights[number])
            owners.append(number)
    chosen = split_budget(angles, budget, times)
    per_piece = tuple(
        tuple(item for item, owner in zip(chosen, owners, strict=True) if owner == number)
        for number in range(len(written.pieces))
    )
    pieces = tuple(
        merged(substituted(piece, found), written.layout.num_qubits)
        for piece, found in zip(written.pieces, per_piece, strict=True)
    )
    bound = math.fsum(count * item.error for count, item in zip(times, chosen, strict=True))
    return Plan(pieces, sum(times), bound, len(set(angles)))


def _relaxed(written: WrittenOut, weights: Sequence[int], budget: float, plan: Plan, simulation: Simulation) -> Plan:
    """Find the largest nominal budget whose simulated error is within the true one, by bisection of its logarithm."""
    low, high = 0.0, math.log(4.0 * math.sqrt(max(1, plan.rotations)))
    for _ in range(_RELAXATIONS):
        middle = 0.5 * (low + high)
        candidate = _synthesised(written, weights, min(0.5, budget * math.exp(middle)))
        if simulation.error(candidate) <= budget:
            low, plan = middle, candidate
        else:
            high = middle
    return plan


def _result(
    written: WrittenOut,
    plan: Plan,
    weights: Sequence[int],
    power: int | None,
    budget: float,
    certificate: str,
    simulation: Simulation | None,
) -> FaultTolerantCost:
    from qalgo.fault_tolerance.models import randomised_t
    from qalgo.fault_tolerance.pieces import as_circuit
    from qalgo.fault_tolerance.simulation import amplified_tally, whole_circuit

    layout = written.layout
    before = amplified_tally(written, written.pieces, weights)
    after = amplified_tally(written, plan.pieces, weights)
    rotations = before.counts.get("rotations", 0)
    explicit, total = before.counts.get("t", 0), after.counts.get("t", 0)
    length = sum(w * len(piece) for w, piece in zip(weights, plan.pieces, strict=True))
    whole = None
    if length <= _LONGEST_CIRCUIT:
        whole = as_circuit(whole_circuit(written, plan.pieces, weights), layout, "clifford_t")
    obstacle = simulation.obstacle(plan, budget) if simulation is not None else "not asked for"
    active = {qubit for piece in written.pieces for operation in piece for qubit in operation.qubits}
    return FaultTolerantCost(
        counts=LogicalCounts(
            num_qubits=max(1, len(active)),
            t=explicit,
            toffoli=0,
            rotations=rotations,
            rotation_depth=min(rotations, before.depths[0]),
            measurements=0,
        ),
        t=total,
        t_randomised=explicit + (rotations * randomised_t(budget / rotations) if rotations else 0),
        t_depth=after.depths[1],
        synthesis_error=float(budget),
        error_bound=plan.error_bound,
        verified_error=simulation.error(plan) if simulation is not None and not obstacle else None,
        verification=obstacle or "simulated: operator norm of the difference to the exact circuit, up to a phase",
        controlled_gates="unitary",
        strategy=written.strategy if layout.ladder else "",
        work_qubits=layout.borrowed + layout.ladder,
        distinct_angles=plan.distinct_angles,
        certificate=certificate,
        power=power,
        circuit=whole,
    )
