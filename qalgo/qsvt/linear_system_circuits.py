"""From a planned path to circuits: phases, one run, the amplified run, and which qubits flag success."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from qalgo.errors import ProblemError
from qalgo.qsvt.linear_system_paths import SolverPath
from qalgo.qsvt.linear_system_problem import LinearProblem
from qalgo.qsvt.phase_finding import phases

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from circuits.block_encoding import BlockEncoding
    from circuits.signal_processing import QSPPhases
    from qalgo.qsvt.linear_system_result import LinearSystemSolution

__all__ = ["amplified_run", "assembled_run", "flag_qubits", "one_run", "path_phases"]

FLAGS = ("ancilla", "signal", "parity", "dilution")
"""Registers that must all end in |0>."""
CLEAN = ("work", "extra")
"""Registers that end in |0> whatever happens."""


def path_phases(path: SolverPath, epsilon: float) -> tuple[QSPPhases, ...]:
    """Return the phases of every polynomial of the path, within what the budget bears."""
    tolerance = path.phase_tolerance(epsilon)
    return tuple(phases(polynomial, tolerance=tolerance) for polynomial in path.polynomials)


def one_run(
    problem: LinearProblem, path: SolverPath, found: tuple[QSPPhases, ...]
) -> tuple[QuantumCircuit, QuantumCircuit]:
    """Return the preparation of b and the whole circuit, both without measurements."""
    from circuits.states import load_state

    state = problem.padded_state(path.encoding.num_system)
    real = not np.any(state.imag)
    preparation = load_state(state.real if real else state)
    return preparation, assembled_run(path.encoding, preparation, found, path.weights)


def assembled_run(
    encoding: BlockEncoding, preparation: QuantumCircuit, found: tuple[QSPPhases, ...], weights: tuple[float, ...]
) -> QuantumCircuit:
    """Return the preparation of b and then the transformation by one or two sequences of phases."""
    from qiskit import QuantumCircuit

    from circuits.signal_processing import qsvt, qsvt_pair

    if len(found) == 1:
        transformation = qsvt(encoding, found[0])
    else:
        transformation = qsvt_pair(encoding, found[0], found[1], weights=(weights[0], weights[1]))
    circuit = QuantumCircuit(*transformation.qregs, name="linear system")
    circuit.compose(preparation, range(encoding.num_system), inplace=True)
    circuit.compose(transformation, inplace=True)
    return circuit


def flag_qubits(circuit: QuantumCircuit) -> list[int]:
    """Return the indices of the qubits that must all be 0 for a run to be accepted."""
    return _indices(circuit, FLAGS)


def amplified_run(solution: LinearSystemSolution, rounds: int | None) -> QuantumCircuit:
    """Return Q^k times one run; see ``LinearSystemSolution.amplified_circuit``."""
    from qiskit import QuantumCircuit, QuantumRegister

    from circuits.reflection import amplified, grover_operator

    plan = solution.amplification
    if rounds is None:
        rounds = plan.rounds
    if isinstance(rounds, bool) or not isinstance(rounds, (int, np.integer)) or rounds < 0:
        raise ProblemError(f"rounds is {rounds!r}; allowed: an integer, at least 0")
    run = solution.circuit
    if plan.exact:
        diluted = QuantumCircuit(*run.qregs, QuantumRegister(1, "dilution"), name=run.name)
        diluted.compose(run, range(run.num_qubits), inplace=True)
        diluted.ry(plan.dilution_angle, diluted.num_qubits - 1)
        run = diluted
    operator = grover_operator(run, flag_qubits(run), good_states=[0], clean_qubits=_indices(run, CLEAN))
    return amplified(run, operator, int(rounds))


def _indices(circuit: QuantumCircuit, names: tuple[str, ...]) -> list[int]:
    return [circuit.find_bit(qubit).index for register in circuit.qregs if register.name in names for qubit in register]
