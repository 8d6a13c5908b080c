r"""apply_function: f(A) times a state, from a matrix and a function to a result with its error and cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from qalgo.errors import ProblemError
from qalgo.qsvt.function_parts import FunctionLike, function_parts
from qalgo.qsvt.function_result import FunctionOfMatrix
from qalgo.qsvt.records import BuiltCircuits, EncodingRecord
from qalgo.qsvt.state_transform import as_encoding, checked_epsilon, checked_state, transform
from qalgo.results import Interval
from qalgo.seeds import root_seed
from qalgo.versions import versions

if TYPE_CHECKING:
    from qiskit.primitives import BaseSamplerV2
    from qiskit.providers import BackendV2
    from qiskit.transpiler import PassManager

__all__ = ["apply_function"]


def apply_function(
    matrix: Any,
    function: FunctionLike,
    state: npt.ArrayLike | Any,
    *,
    epsilon: float = 1e-6,
    weights: Sequence[complex] = (1.0, 1.0),
    readout: Literal["statevector", "shots"] = "statevector",
    shots: int = 10_000,
    confidence: float = 0.95,
    sampler: BaseSamplerV2 | None = None,
    backend: BackendV2 | None = None,
    pass_manager: PassManager | None = None,
    seed: int | np.random.Generator | None = None,
) -> FunctionOfMatrix:
    r"""Apply f(A) to a state by quantum singular value transformation, executed on Aer.

    Hermitian A: f(A) in the usual sense, f of the eigenvalues; f takes the eigenvalues of A itself, the division by
    alpha is done here. Any other A: the singular value transformation
    :math:`\sum_k f(\sigma_k) |u_k\rangle\langle v_k|` (odd f) or :math:`\sum_k f(\sigma_k) |v_k\rangle\langle v_k|`
    (even f), which is not f(A) (1806.01838, theorem 17).

    Cost: max(degree) uses of the encoding per run, of which at most one is controlled; the degree is about that of the
    best polynomial on [-alpha, alpha]. A run succeeds with the probability given in the result.

    Args:
        matrix: dense or sparse array, ``SparsePauliOp``, or a ``BlockEncoding``.
        function: a callable of real x, finite on [-alpha, alpha], real or complex, with at most two real parts of
            definite parity (exp(-1j t x) has two); or a ``Polynomial`` in x / alpha, |P| <= 1, for scale * P; or a pair
            of them for weights[0] scale_0 P_0 + weights[1] scale_1 P_1.
        state: vector of as many entries as A has columns, of any norm but 0 (the result is linear in it), or a circuit
            on the system qubits that prepares it.
        epsilon: bound on the norm of the error of f(A) b, b normalised, for the exact read-out.
        weights: complex, for a pair of polynomials.
        readout: "statevector": the amplitudes, emulated; "shots": frequencies of basis states among successful runs.
        shots: number of runs for "shots".
        confidence: level of the interval of the success probability.
        sampler: for "shots": any ``BaseSamplerV2``; default Aer.
        backend: a ``BackendV2`` instead of a sampler.
        pass_manager: for samplers of devices; see :func:`qalgo.run`.
        seed: of the shots.

    Raises:
        ProblemError: an argument outside of what is allowed above, |P| > 1, a state that does not fit, a matrix that
            is not Hermitian with an f of no definite parity, or an encoding too inexact for epsilon.
        ConvergenceError: f is too rough for a polynomial, or epsilon is below rounding.
    """
    epsilon = checked_epsilon(epsilon)
    if readout not in ("statevector", "shots"):
        raise ProblemError(f"readout is {readout!r}; allowed: 'statevector' or 'shots'")
    if isinstance(shots, bool) or not isinstance(shots, (int, np.integer)) or shots < 1:
        raise ProblemError(f"shots is {shots!r}; allowed: a positive integer")
    if not 0.0 < confidence < 1.0:
        raise ProblemError(f"confidence is {confidence!r}; allowed: between 0 and 1")
    encoding = as_encoding(matrix)
    given = checked_state(state, encoding)
    parts = function_parts(function, encoding.alpha, epsilon, weights)
    parities = {part.polynomial.parity for part in parts.parts}
    if not encoding.hermitian and len(parities) > 1:
        raise ProblemError(
            "f has an even and an odd part, and A is not Hermitian; allowed: an even or an odd f, which transforms the "
            "singular values; for another f use the Hermitian matrix with blocks A and its adjoint"
        )
    run = transform(encoding, parts, given, epsilon)
    rows = encoding.shape[0] if "odd" in parities or encoding.hermitian else encoding.shape[1]
    rows = rows or 2**encoding.num_system
    seed_used, device = None, "Aer, state vector"
    vector, interval = None, None
    if readout == "statevector":
        amplitudes = run.amplitudes()
        success = float(np.vdot(amplitudes, amplitudes).real)
        vector = (given.norm * run.scale) * amplitudes[:rows]
        squares = np.abs(amplitudes[:rows]) ** 2
        shots = 0
    else:
        seed_used = root_seed(seed)
        counts, record = run.sampled(int(shots), seed_used, sampler=sampler, backend=backend, pass_manager=pass_manager)
        device, squares = record.device, counts[:rows].astype(np.float64)
        success = float(np.sum(counts)) / shots
        interval = success_interval(int(np.sum(counts)), int(shots), confidence)
    total = float(np.sum(squares))
    return FunctionOfMatrix(
        kind="function of a Hermitian matrix" if encoding.hermitian else "singular value transformation",
        function=parts.description,
        vector=vector,
        probabilities=squares / total if total else squares,
        norm=given.norm * run.scale * float(np.sqrt(success)),
        success_probability=success,
        success_interval=interval,
        error=given.norm * run.error,
        error_proven=parts.proven,
        epsilon=epsilon,
        scale=run.scale,
        polynomials=tuple(part.polynomial for part in parts.parts),
        weights=tuple(part.weight for part in parts.parts),
        queries=run.queries,
        controlled_queries=run.controlled_queries,
        encoding_record=EncodingRecord.of(encoding),
        qubits=int(run.circuit.num_qubits),
        built=BuiltCircuits(encoding, run.circuit),
        readout=readout,
        emulated=readout == "statevector",
        shots=int(shots),
        seed=seed_used,
        device=device,
        versions=versions(),
    )


def success_interval(hits: int, shots: int, confidence: float) -> Interval:
    """Return the Clopper-Pearson interval."""
    from qalgo.amplitude_estimation.intervals import clopper_pearson

    low, high = clopper_pearson(hits, shots, 1.0 - confidence)
    return Interval(low, high, confidence, "confidence")
