"""What may be said when a quantum and the classical solvers of one linear system stand side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qalgo.verdict import SOLVED, Verdict

if TYPE_CHECKING:
    from qalgo.machines import MachineModel
    from qalgo.qsvt.baseline import ClassicalSolution
    from qalgo.qsvt.linear_costs import QuantumCost, ReadOut

__all__ = ["cheapest", "decide_linear_system", "krylov_of"]

NOT_ESTABLISHED = "not established: fewer gates for one copy of the state than classical operations for the vector"


def krylov_of(baselines: Sequence[ClassicalSolution]) -> ClassicalSolution | None:
    """Return the iterative method with the fewest products that reached the accuracy."""
    found = [item for item in baselines if item.reached and item.matrix_vector_products]
    return min(found, key=lambda item: item.matrix_vector_products, default=None)


def cheapest(baselines: Sequence[ClassicalSolution]) -> ClassicalSolution | None:
    """Return the method with the fewest operations that reached the accuracy."""
    return min((item for item in baselines if item.reached), key=lambda item: item.operations, default=None)


def decide_linear_system(
    quantum: QuantumCost,
    baselines: Sequence[ClassicalSolution],
    read_out: ReadOut,
    size: int,
    machine: MachineModel,
) -> Verdict:
    """Put the counts into words. Gates, products and operations decide; seconds of a simulator never enter."""
    best, krylov = cheapest(baselines), krylov_of(baselines)
    sentences = [*_classical(quantum, best, krylov), *_quantum(quantum), _whole_vector(quantum, read_out)]
    if best is not None:
        sentences += _times(quantum, best, machine)
        sentences += _what_would_change(quantum, best, size, machine)
    return Verdict(_headline(quantum, best, krylov), tuple(sentences))


def _headline(quantum: QuantumCost, best: ClassicalSolution | None, krylov: ClassicalSolution | None) -> str:
    if quantum.solves_problem:
        return SOLVED
    if best is None:
        return "not established: no classical method reached the accuracy"
    if krylov is not None and krylov.operations <= quantum.amplified_cx:
        return (
            f"{krylov.name} {_win(krylov.name)} here: {krylov.matrix_vector_products:,} products with A give all of x; "
            f"one copy of |x> takes {quantum.queries:,.0f} uses of the encoding"
        )
    if best.operations <= quantum.amplified_cx:
        return (
            f"{best.name} {_win(best.name)} here: {best.operations:,.3g} operations give all of x; one copy of |x> "
            f"takes {quantum.amplified_cx:,.3g} CX"
        )
    return NOT_ESTABLISHED


def _win(name: str) -> str:
    return "win" if name.endswith("gradients") else "wins"


def _classical(quantum: QuantumCost, best: ClassicalSolution | None, krylov: ClassicalSolution | None) -> list[str]:
    if best is None:
        return ["No classical method that was tried reached the accuracy."]
    found = []
    if krylov is not None:
        found.append(
            f"For the state error of the circuit, {quantum.error:.2g}, {krylov.name} {_takes(krylov.name)} "
            f"{krylov.matrix_vector_products:,} products with A and {_count(krylov.operations)} operations, reaching "
            f"{krylov.error:.2g}."
        )
    if krylov is None or best.operations < krylov.operations:
        found.append(
            f"The cheapest classical method is {best.name}: {_count(best.operations)} operations, state error "
            f"{best.error:.2g}."
        )
    return found


def _takes(name: str) -> str:
    return "take" if name.endswith("gradients") else "takes"


def _quantum(quantum: QuantumCost) -> list[str]:
    found = [
        f"The quantum route, {quantum.route}, needs degree {quantum.degree:,} and succeeds with probability "
        f"{quantum.success_probability:.3g}: degree / sqrt(p) = {quantum.queries:,.0f} uses of the encoding per copy "
        f"with amplitude amplification, {quantum.repeated_queries:,.0f} by repetition."
    ]
    if quantum.solves_problem:
        found.append(
            f"The classical work behind the circuit already contains the answer: {quantum.preparation} "
            f"({_count(quantum.preparation_operations)} operations in building the encoding)."
        )
    return found


def _whole_vector(quantum: QuantumCost, read_out: ReadOut) -> str:
    return (
        f"One copy is not the vector: for all of x to the same error it takes about N/epsilon^2 = "
        f"{read_out.copies:.2g} copies, or about N/epsilon = {read_out.uses:.2g} uses of the circuit with the "
        f"preparation unitary, hence ~{read_out.uses * quantum.queries:.2g} uses of the encoding (constants and "
        "logarithms left out)."
    )


def _times(quantum: QuantumCost, best: ClassicalSolution, machine: MachineModel) -> list[str]:
    seconds, classical = quantum.amplified_t * machine.seconds_per_t, machine.operation_seconds(best.operations)
    if seconds == 0.0:
        return []
    return [
        f"On {machine.name}: {_duration(seconds)} for one copy ({_count(quantum.amplified_t)} T gates, one after the "
        f"other), {_duration(classical)} for all of x by {best.name}; a ratio of {seconds / classical:.2g}."
    ]


def _what_would_change(quantum: QuantumCost, best: ClassicalSolution, size: int, machine: MachineModel) -> list[str]:
    per_unknown = best.operations / size
    gates = quantum.amplified_cx / per_unknown
    text = (
        f"What would have to change: a matrix so large that the {per_unknown:,.3g} operations per unknown of "
        f"{best.name} outweigh the circuit, N above {gates:.1e} in gates against operations"
    )
    if quantum.amplified_t:
        rate = machine.classical_operations_per_second * machine.parallelism
        unknowns = quantum.amplified_t * machine.seconds_per_t * rate / per_unknown
        text += f" and above {unknowns:.1e} on {machine.name}"
    return [
        f"{text}, while kappa, the success probability and the gates per use of the encoding stay what they are here "
        "(they grow with N for most matrices), |b> is prepared without reading its N entries, and only a few numbers "
        "of x are wanted."
    ]


def _count(value: float) -> str:
    return f"{value:,.0f}" if value < 1e6 else f"{value:.3g}"


def _duration(seconds: float) -> str:
    for unit, length in (("days", 86400.0), ("h", 3600.0), ("min", 60.0), ("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= length:
            return f"{seconds / length:.3g} {unit}"
    return f"{seconds:.2g} s"
