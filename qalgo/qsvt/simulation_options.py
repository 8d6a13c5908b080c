"""What each way to simulate a Hamiltonian would cost: gates after transpiling, counted on small pieces and scaled."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from qalgo.errors import ConvergenceError, ProblemError
from qalgo.qsvt.records import kept
from qalgo.qsvt.sequence_counts import any_phases, count_circuit, count_periods

if TYPE_CHECKING:
    from qiskit import QuantumCircuit
    from qiskit.quantum_info import SparsePauliOp

    from circuits.block_encoding import BlockEncoding
    from circuits.signal_processing import QSPPhases

__all__ = ["METHODS", "SimulationOption", "nothing", "simulation_options"]

METHODS = ("product-formula", "gqsp", "qsvt")
_PLAIN = ("method", "detail", "cx", "queries", "error", "error_source", "qubits", "scale")


@dataclass(frozen=True, slots=True, eq=False)
class SimulationOption:
    """One way to simulate, with its cost, before its circuit is built."""

    method: str
    """One of :data:`METHODS`."""
    detail: str
    """Formula and steps, or degree."""
    cx: int
    """Predicted CX at optimisation level 3 in the basis cx, rz, sx, x."""
    queries: int
    """Uses of the block encoding; 0 for product formulas."""
    error: float
    """Bound on the spectral norm of block / scale - e^{-iHt}."""
    error_source: str
    qubits: int
    build: Callable[[], QuantumCircuit]
    """Returns the circuit; raises ProblemError in an option read back from a record."""
    scale: float = 1.0
    """The block is scale times the evolution: post-selection succeeds with probability scale^2 (1 without it)."""

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary without the builder."""
        return {name: getattr(self, name) for name in _PLAIN}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> SimulationOption:
        """Rebuild from :meth:`to_dict`, without the builder."""

        def build() -> QuantumCircuit:
            return kept(None, "simulate_hamiltonian")

        return cls(**{name: data[name] for name in _PLAIN}, build=build)


def nothing(width: int) -> tuple[SimulationOption, ...]:
    """Return the only option for no time at all: no gate."""
    from qiskit import QuantumCircuit, QuantumRegister

    return (
        SimulationOption(
            method="product-formula",
            detail="no gate for no time",
            cx=0,
            queries=0,
            error=0.0,
            error_source="exact",
            qubits=width,
            build=lambda: QuantumCircuit(QuantumRegister(width, "system"), name="identity"),
        ),
    )


def simulation_options(
    hamiltonian: SparsePauliOp | None,
    encoding: BlockEncoding,
    time: float,
    epsilon: float,
    methods: Sequence[str],
) -> tuple[tuple[SimulationOption, ...], tuple[str, ...]]:
    """Return the options that exist, cheapest first, and a sentence for each method that does not."""
    found: list[SimulationOption] = []
    missing: list[str] = []
    for method in methods:
        try:
            if method == "product-formula":
                found += _product_formulas(hamiltonian, time, epsilon)
            elif method == "gqsp":
                found.append(_generalised(encoding, time, epsilon))
            else:
                found.append(_amplified(encoding, time, epsilon))
        except (ConvergenceError, ProblemError) as error:
            missing.append(f"{method}: {error}")
    return tuple(sorted(found, key=lambda option: (option.cx, option.method))), tuple(missing)


def _product_formulas(hamiltonian: SparsePauliOp | None, time: float, epsilon: float) -> list[SimulationOption]:
    from circuits.product_formula import FORMULAS, commuting_groups, product_formula, stages
    from qalgo.qsvt.product_formula_error import fewest_steps, formula_error

    if hamiltonian is None:
        raise ProblemError("the Hamiltonian is given as a block encoding; allowed for product formulas: Pauli strings")
    groups = commuting_groups(hamiltonian)
    options = []
    for formula, order in FORMULAS.items():
        try:
            pieces = stages(formula, len(groups))
            error, source = formula_error(groups, pieces, order)
            steps = fewest_steps(error, order, time, epsilon)
        except (ConvergenceError, ProblemError):
            continue

        def build(count: int = steps, name: str = formula) -> QuantumCircuit:
            return product_formula(groups, time, count, name)

        options.append(
            SimulationOption(
                method="product-formula",
                detail=f"{formula}, {steps:,} step{'' if steps == 1 else 's'}",
                cx=count_periods(build, steps).cx,
                queries=0,
                error=error(time, steps),
                error_source=source,
                qubits=int(hamiltonian.num_qubits),
                build=build,
            )
        )
    if not options:
        raise ConvergenceError(f"no product formula reaches {epsilon:g} at time {time:g}; use method='gqsp'")
    return options


def _generalised(encoding: BlockEncoding, time: float, epsilon: float) -> SimulationOption:
    """Return the walk that goes both ways, K + 1 steps, where its phases are known to exist; else ordinary GQSP."""
    try:
        return _two_way(encoding, time, epsilon)
    except (ConvergenceError, ProblemError):
        return _one_way(encoding, time, epsilon)


def _two_way(encoding: BlockEncoding, time: float, epsilon: float) -> SimulationOption:
    from circuits.two_way_walk import walk_evolution
    from qalgo.qsvt.evolution_phase_finding import evolution_phases

    found = evolution_phases(encoding.alpha * time, 0.95 * epsilon)

    def build() -> QuantumCircuit:
        return walk_evolution(encoding, found)

    circuit = build()
    return SimulationOption(
        method="gqsp",
        detail=f"{found.queries} steps of a walk that goes both ways",
        cx=count_circuit(circuit).cx,
        queries=found.queries,
        error=found.error + found.scale * found.queries**2 * encoding.error / encoding.alpha,
        error_source="Jacobi-Anger tail, phases, encoding",
        qubits=int(circuit.num_qubits),
        build=build,
        scale=1 / found.scale,
    )


def _one_way(encoding: BlockEncoding, time: float, epsilon: float) -> SimulationOption:
    r"""Return e^{-i t alpha cos(theta)} on the qubitised walk: Jacobi-Anger, cut at the measured error."""
    from circuits.generalised_signal_processing import generalised_qsvt
    from qalgo.qsvt.generalised_phase_finding import generalised_phases
    from qalgo.qsvt.walk_series import walk_exponential

    budget = 0.95 * epsilon
    series = walk_exponential(encoding.alpha * time, budget)
    found = generalised_phases(series)
    highest = series.degree

    def build_part(order: int) -> QuantumCircuit:
        # Any phases of this length will do for counting.
        short = series.coefficients[highest - order : highest + order + 1]
        return generalised_qsvt(encoding, generalised_phases(0.5 * short / np.sum(np.abs(short)), lowest=-order))

    def build() -> QuantumCircuit:
        return generalised_qsvt(encoding, found)

    return SimulationOption(
        method="gqsp",
        detail=f"{highest} walk steps in each direction",
        cx=count_periods(_shortened(build_part, build, highest), highest).cx,
        queries=found.queries,
        error=series.error + series.scale * (found.error + highest**2 * encoding.error / encoding.alpha),
        error_source="Jacobi-Anger tail, phases, encoding",
        qubits=int(build_part(1).num_qubits),
        build=build,
        scale=1 / series.scale,
    )


def _shortened(
    part: Callable[[int], QuantumCircuit], whole: Callable[[], QuantumCircuit], highest: int
) -> Callable[[int], QuantumCircuit]:
    return lambda order: whole() if order == highest else part(order)


def _amplified(encoding: BlockEncoding, time: float, epsilon: float) -> SimulationOption:
    r"""Return cos - i sin of alpha t x, halved by the sum, brought back by T_3, flat at 1/2: T_3(1/2) = -1."""
    from circuits.signal_processing import qsvt, transformed
    from qalgo.qsvt import complex_exponential, phases

    angle = encoding.alpha * time
    # |cos - i sin| = 1 - eta gives T_3 the argument (1 - eta) / 2, and an error of 1.5 eta^2 only; both parts are
    # within the budget of functions bounded by 1, and must be scaled alike.
    budget = epsilon / 16
    scale = (1 - min(0.05, math.sqrt(epsilon) / 4)) / (1 + budget)
    even, odd = (phases(part.coefficients * part.scale * scale) for part in complex_exponential(angle, budget))
    third = phases([0.0, 0.0, 0.0, 1.0])

    def amplified(cosine: QSPPhases, sine: QSPPhases) -> QuantumCircuit:
        halved = transformed(encoding, cosine, second=sine, weights=(1, -1j))
        circuit = qsvt(halved, third)
        circuit.global_phase += math.pi
        return circuit

    def build_part(half: int) -> QuantumCircuit:
        # Any phases of this length will do for counting; both sequences are shortened alike.
        cut = 2 * (degree // 2 - half)
        return amplified(any_phases(even.degree - cut, 1), any_phases(odd.degree - cut, 2))

    degree = max(even.degree, odd.degree)
    error = 3 * (2 * budget + even.error + odd.error) + 1.5 * (1 - scale) ** 2
    error += 6 * degree**2 * encoding.error / encoding.alpha
    return SimulationOption(
        method="qsvt",
        detail=f"degree {degree}, amplified by T_3",
        cx=count_periods(_shortened(build_part, lambda: amplified(even, odd), degree // 2), degree // 2).cx,
        queries=3 * degree,
        error=error,
        error_source="polynomial, phases, encoding and amplification",
        qubits=int(build_part(1).num_qubits),
        build=lambda: amplified(even, odd),
    )
