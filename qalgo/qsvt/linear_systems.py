"""solve_linear_system: A x = b by quantum singular value transformation, with one error budget."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from qalgo.errors import ProblemError
from qalgo.qsvt.amplification_plan import plan_amplification
from qalgo.qsvt.linear_system_choice import chosen_path
from qalgo.qsvt.linear_system_circuits import one_run, path_phases
from qalgo.qsvt.linear_system_paths import SolverPath
from qalgo.qsvt.linear_system_problem import LinearProblem, checked_problem
from qalgo.qsvt.linear_system_references import references_of
from qalgo.qsvt.linear_system_result import LinearSystemSolution, SolverParts
from qalgo.qsvt.solution_readout import ReadoutRequest, read_solution
from qalgo.versions import versions

if TYPE_CHECKING:
    from qiskit import QuantumCircuit
    from qiskit.primitives import BaseSamplerV2
    from qiskit.providers import BackendV2
    from qiskit.transpiler import PassManager

    from circuits.block_encoding import BlockEncoding
    from circuits.signal_processing import QSPPhases

__all__ = ["solve_linear_system"]

METHODS = ("auto", "qsvt", "positive-definite")
READOUTS = ("statevector", "shots", "none")


def solve_linear_system(
    matrix: Any,
    rhs: npt.ArrayLike,
    *,
    epsilon: float,
    method: Literal["auto", "qsvt", "positive-definite"] = "auto",
    kappa: float | None = None,
    encoding: BlockEncoding | Any | None = None,
    readout: Literal["statevector", "shots", "none"] = "statevector",
    bound: Literal["any-rhs", "this-rhs"] = "any-rhs",
    polynomial: Literal["auto", "shortest", "likely"] = "auto",
    amplification: Literal["fixed", "exact"] = "fixed",
    shots: int = 100_000,
    confidence: float = 0.95,
    sampler: BaseSamplerV2 | None = None,
    backend: BackendV2 | None = None,
    pass_manager: PassManager | None = None,
    seed: int | np.random.Generator | None = None,
    device: str = "auto",
) -> LinearSystemSolution:
    r"""Solve A x = b for a square, invertible A, real or complex, Hermitian or not, of any size.

    ``epsilon`` is the state error: :math:`\| \hat x/\|\hat x\| - x/\|x\| \|_2 \le \epsilon` for every b, with

    .. math:: \epsilon = 2 \sin(\tfrac12 \arcsin r), \quad r = \delta + \rho(1 + \delta), \quad
        \delta = \frac{e}{\sigma_{min} - e}, \quad \rho = (\epsilon_P + c\,\eta) \frac{\|A\|}{\alpha},

    e the error of the encoding, :math:`\epsilon_P` that of the polynomial (absolute, on [1/kappa, 1]), c its scale and
    :math:`\eta` the certified error of the phases (:mod:`qalgo.qsvt.linear_system_budget` derives it). The relative
    error of x itself, norm included, is at most r. Shots add their own uncertainty, see ``intervals``.

    *"qsvt"* applies the odd minimax polynomial of 1/x to the singular values of A / alpha through the inverse of the
    encoding: :math:`A = W S V^\dagger` gives :math:`A^{-1} = V S^{-1} W^\dagger`, the transformation of
    :math:`A^\dagger`. Degree ~ kappa ln(kappa / epsilon), success probability :math:`\|P(A/\alpha) b\|^2`, at best of
    order 1 and of order 1/kappa^2 at worst.

    *"positive-definite"* writes A = scale (I - C) and applies 1/(1 - x) to an encoding of C without any loss. Degree ~
    (sqrt(kappa)/2) ln(2/epsilon), but the polynomial is as large as its degree times sqrt(kappa)/2 at x = 1, so that
    its success probability is lower: what counts is degree / sqrt(p), which is roughly linear in kappa again for a
    random b. The lower bound of general linear systems, linear in kappa, is no bound here: it holds for an encoding of
    A, and I - C is another access (2101.11868).

    *Padding.* A of a size that is no power of two is filled up with zeros. b has no part there, and the encoded matrix
    is block-diagonal, so that these directions are never entered: they count neither for kappa nor for the result.

    *Read-out.* "statevector" reads the amplitudes of a simulated state: emulated, no device can do it; x comes with its
    norm, sign and phase. (In long runs of few qubits each use of the encoding is simulated as one matrix, that of its
    circuit.) "shots" runs circuits with measurements: frequencies give |x_i| among accepted runs, the share of accepted
    runs the norm, and one more circuit per qubit (two for complex x), with a single Hadamard gate before the
    measurement, the relative signs of neighbours; the global sign follows from one product with A. All of x takes about
    N/epsilon^2 accepted runs (:mod:`qalgo.qsvt.shot_readout`).

    Args:
        matrix: array, scipy sparse matrix, ``SparsePauliOp`` or a ``BlockEncoding``, N x N.
        rhs: b, N entries, not zero.
        epsilon: largest state error, between 0 and 1.
        method: "auto" takes the one with the lower degree / sqrt(p) times two-qubit gates of the encoding.
        kappa: of the encoding, alpha / smallest singular value ("positive-definite": 2 scale / smallest eigenvalue); by
            default computed: all singular values up to 1024 rows, Lanczos on a sparse LU above. ``kappa_source`` says
            which; either costs a classical solution.
        encoding: a block encoding of A, or for "positive-definite" a ``circuits.positive_definite.Complement``;
            default: :func:`circuits.block_encode` and :func:`circuits.positive_definite.complement`.
        bound: "any-rhs": the degree that keeps epsilon for every b, known before anything is solved. "this-rhs": the
            least degree found that keeps it for this b; it takes the classical solution (shorter circuits for
            demonstrations, and ``error`` then holds for this b alone).
        polynomial: "auto": on the positive-definite path, for any b and a least degree of 16 to 80, 1.5 times that
            degree where it lowers degree / sqrt(p) (one linear program, about 0.1 s). "shortest": least degree.
            "likely": 1.5 times the degree at a success probability 3 to 15 times as high, the best of five programs
            (seconds, degree up to 200; :mod:`qalgo.qsvt.likely_inverse`).
        readout: see above; "none" builds the circuit and plans only.
        amplification: "fixed": rounds with the fewest expected queries; "exact": success 1, one more qubit. The plan is
            part of the answer; the circuit that is read has no rounds, see ``amplified_circuit``.
        shots: of each circuit.
        confidence: joint level of all intervals of the read-out.
        sampler: for "shots", as are the next three; see :func:`qalgo.run`.
        backend: instead of a sampler.
        pass_manager: for samplers of devices.
        seed: one integer fixes transpilation and sampling; it is recorded.
        device: "auto", "cpu" or "gpu", for the default simulator.

    Returns:
        The solution with its error bound, success probability, queries and circuit; costs on request.

    Raises:
        ProblemError: A not square, singular or not finite; b zero or of another length; epsilon outside (0, 1); kappa
            too small; an encoding that is too inexact for epsilon or of another matrix; "positive-definite" where A has
            no complement.
        ConvergenceError: epsilon is below what double precision gives at this kappa, or too few shots were accepted.
        ExecutionError: too many qubits for the memory, or no usable device.
    """
    for name, value, allowed in (
        ("method", method, METHODS),
        ("readout", readout, READOUTS),
        ("amplification", amplification, ("fixed", "exact")),
        ("bound", bound, ("any-rhs", "this-rhs")),
        ("polynomial", polynomial, ("auto", "shortest", "likely")),
    ):
        _check_choice(name, value, allowed)
    if polynomial == "likely" and bound == "this-rhs":
        raise ProblemError("polynomial='likely' with bound='this-rhs'; allowed: one of them")
    if not (isinstance(epsilon, (int, float, np.floating)) and math.isfinite(epsilon) and 0.0 < epsilon < 1.0):
        raise ProblemError(f"epsilon is {epsilon!r}; allowed: between 0 and 1, it is the distance of two states")
    request = ReadoutRequest(readout, shots, confidence, sampler, backend, pass_manager, seed, device)
    problem = checked_problem(matrix, rhs)
    path, reason = chosen_path(
        problem,
        encoding,
        method,
        kappa,
        float(epsilon),
        bound == "any-rhs",
        polynomial == "likely",
        polynomial == "auto",
    )
    request.check_width(path)
    found = path_phases(path, epsilon)
    budget = path.budget(tuple(one.error for one in found))
    preparation, circuit = one_run(problem, path, found)
    read = read_solution(problem, path, _simulated(problem, path, found, circuit, readout), budget, request)
    return LinearSystemSolution(
        x=read.x,
        intervals=read.intervals,
        magnitude_intervals=read.magnitude_intervals,
        interval_meaning=read.meaning,
        readout=readout,
        bound=bound,
        epsilon=float(epsilon),
        error_budget=budget,
        norm=read.norm,
        norm_interval=read.norm_interval,
        measured_success=read.success,
        method="qsvt" if path.method == "qsvt" else "positive-definite",
        reason=reason,
        size=problem.size,
        num_qubits=circuit.num_qubits,
        kappa=float(path.kappa),
        kappa_source=path.kappa_source,
        degree=path.degree,
        amplification=plan_amplification(path.success_probability, path.degree, exact=amplification == "exact"),
        encoding_method=path.encoding.method,
        alpha=path.encoding.alpha,
        ancillas=path.encoding.ancillas,
        preparation_description=path.encoding.preparation.description
        if bound == "any-rhs"
        else "classical solution for the degree",
        preparation_solves_problem=path.encoding.preparation.solves_problem or bound == "this-rhs",
        seed=read.seed,
        run=read.run,
        references=references_of(path.method),
        versions=versions(),
        parts=SolverParts(
            matrix=problem.matrix if problem.encoding is not None else problem.given,
            rhs=problem.rhs.real.copy() if problem.real else problem.rhs,
            encoding=path.encoding,
            polynomial=path.applied,
            phases=found,
            preparation=preparation,
            circuit=circuit,
        ),
    )


def _simulated(
    problem: LinearProblem, path: SolverPath, found: tuple[QSPPhases, ...], circuit: QuantumCircuit, readout: str
) -> QuantumCircuit:
    """Return the circuit, or for a long state-vector simulation the same one with each use of the encoding a matrix."""
    from circuits.encoding_matrix import in_one_gate, quicker_in_one_gate

    if readout != "statevector" or not quicker_in_one_gate(path.encoding, path.degree):
        return circuit
    return one_run(problem, replace(path, encoding=in_one_gate(path.encoding)), found)[1]


def _check_choice(name: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ProblemError(f"{name} is {value!r}; allowed: {', '.join(map(repr, allowed))}")
