"""simulate_hamiltonian: e^{-iHt} by the cheapest of product formulas, GQSP and QSVT, at one proven error."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from circuits.validation import checked_number
from qalgo.errors import ConvergenceError, ProblemError
from qalgo.qsvt.simulation_options import METHODS, SimulationOption, nothing, simulation_options
from qalgo.qsvt.simulation_result import HamiltonianSimulation
from qalgo.versions import versions

if TYPE_CHECKING:
    from qiskit import QuantumCircuit
    from qiskit.quantum_info import SparsePauliOp

    from circuits.block_encoding import BlockEncoding

__all__ = ["simulate_hamiltonian"]

MAX_DECOMPOSED_QUBITS = 7
"""Widest matrix that is decomposed into Pauli strings (4^n of them) for product formulas."""
_HERMITIAN = 1e-10


def simulate_hamiltonian(
    hamiltonian: Any,
    *,
    time: float,
    epsilon: float,
    state: QuantumCircuit | npt.ArrayLike | None = None,
    method: str = "auto",
    readout: str = "statevector",
    encoding: BlockEncoding | None = None,
) -> HamiltonianSimulation:
    r"""Evolve a state: :math:`e^{-iHt}|\psi\rangle` within ``epsilon`` (spectral norm of the error of the evolution).

    Methods: "product-formula" (symmetric splittings of order 2, 4 and 6; steps from computed or proven errors), "gqsp"
    (generalised signal processing of the qubitised walk: 2 K uses of the block encoding, K the Jacobi-Anger cut of
    :math:`\alpha t`), "qsvt" (cosine and sine, then amplification by :math:`T_3`: about 3 (2 K + 1) uses; 2105.02859,
    section VI). "auto" takes the option with the fewest CX.

    Args:
        hamiltonian: ``SparsePauliOp``, Hermitian dense or sparse matrix. (Its block encoding may be given instead.)
        time: t, any sign.
        epsilon: between 1e-13 and 1.
        state: amplitudes (2^n,), little-endian, or a circuit that prepares them; default :math:`|0\rangle`.
        method: "auto" or one of the above.
        readout: "statevector" (emulated: read from the simulated state) or "none" (only the circuit).
        encoding: block encoding of H for "gqsp" and "qsvt"; default :func:`circuits.block_encode`.

    Raises:
        ProblemError: not Hermitian, a state of another size, an argument out of range.
        ConvergenceError: no method reaches the accuracy.
        ExecutionError: the state vector does not fit into memory.
    """
    wanted = _checked(time, epsilon, method, readout)
    operator, encoded = _subject(hamiltonian, encoding)
    width = encoded.num_system
    preparation = _preparation(state, width)
    options, missing = simulation_options(operator, encoded, time, epsilon, wanted) if time else (nothing(width), ())
    if not options:
        raise ConvergenceError(f"no method reaches {epsilon:g} at time {time:g}: " + "; ".join(missing))
    chosen = options[0]
    circuit = _whole(chosen, preparation, width)
    evolved, success = (None, None) if readout == "none" else _read(circuit, width)
    return HamiltonianSimulation(
        time=float(time),
        epsilon=float(epsilon),
        chosen=chosen,
        options=options,
        unavailable=missing,
        reason=_reason(chosen, options, method),
        num_system=width,
        state=evolved,
        success_probability=success,
        versions=versions(),
        built=circuit,
    )


def _checked(time: float, epsilon: float, method: str, readout: str) -> tuple[str, ...]:
    checked_number(time, "time")
    if not 1e-13 <= checked_number(epsilon, "epsilon") < 1:
        raise ProblemError(f"epsilon is {epsilon!r}; allowed: from 1e-13 to below 1")
    if method not in ("auto", *METHODS):
        raise ProblemError(f"method is {method!r}; allowed: 'auto', {', '.join(map(repr, METHODS))}")
    if readout not in ("statevector", "none"):
        raise ProblemError(f"readout is {readout!r}; allowed: 'statevector', 'none'")
    return METHODS if method == "auto" else (method,)


def _subject(hamiltonian: Any, encoding: BlockEncoding | None) -> tuple[SparsePauliOp | None, BlockEncoding]:
    from circuits.block_encoding import BlockEncoding
    from circuits.encoding_choice import block_encode

    if isinstance(hamiltonian, BlockEncoding):
        if not hamiltonian.hermitian:
            raise ProblemError("the block encoding is not of a Hermitian matrix; e^{-iHt} needs one")
        return None, hamiltonian
    operator = _pauli_strings(hamiltonian)
    encoded = block_encode(hamiltonian) if encoding is None else encoding
    if not isinstance(encoded, BlockEncoding):
        raise ProblemError(f"encoding is a {type(encoded).__name__}; allowed: one of circuits.block_encode")
    if not encoded.hermitian:
        raise ProblemError("the Hamiltonian is not Hermitian; e^{-iHt} needs a Hermitian one")
    return operator, encoded


def _pauli_strings(hamiltonian: Any) -> SparsePauliOp | None:
    from qiskit.quantum_info import Operator, SparsePauliOp

    if isinstance(hamiltonian, SparsePauliOp):
        simplified = hamiltonian.simplify(atol=0.0)
        if np.max(np.abs(simplified.coeffs.imag)) > _HERMITIAN * np.max(np.abs(simplified.coeffs)):
            raise ProblemError("the Hamiltonian has complex coefficients; allowed: real ones, so that it is Hermitian")
        return simplified
    if not hasattr(hamiltonian, "toarray"):
        try:
            hamiltonian = np.asarray(hamiltonian).astype(np.complex128)
        except (TypeError, ValueError) as error:
            raise ProblemError(f"the Hamiltonian cannot be read; allowed: a matrix of numbers: {error}") from None
        if hamiltonian.ndim != 2:
            raise ProblemError(f"the Hamiltonian has shape {hamiltonian.shape}; allowed: a square matrix")
    size = int(hamiltonian.shape[0]) if hasattr(hamiltonian, "shape") else len(hamiltonian)
    if size < 2 or size & (size - 1) or size > 2**MAX_DECOMPOSED_QUBITS:
        return None
    matrix = np.asarray(hamiltonian.toarray() if hasattr(hamiltonian, "toarray") else hamiltonian)
    if matrix.shape != (size, size) or not np.all(np.isfinite(matrix)):
        raise ProblemError(f"the Hamiltonian has shape {matrix.shape}; allowed: a square matrix of finite numbers")
    if np.max(np.abs(matrix - matrix.conj().T)) > _HERMITIAN * np.max(np.abs(matrix)):
        raise ProblemError("the Hamiltonian is not Hermitian; e^{-iHt} needs a Hermitian one")
    return SparsePauliOp.from_operator(Operator(matrix))


def _preparation(state: QuantumCircuit | npt.ArrayLike | None, width: int) -> QuantumCircuit | None:
    from qiskit import QuantumCircuit

    from circuits.states import load_state

    if state is None:
        return None
    prepared: QuantumCircuit = state if isinstance(state, QuantumCircuit) else load_state(state)
    if prepared.num_qubits != width or prepared.clbits:
        raise ProblemError(
            f"state has {prepared.num_qubits} qubits; allowed: the {width} of the Hamiltonian, gates only"
        )
    return prepared


def _whole(chosen: SimulationOption, preparation: QuantumCircuit | None, width: int) -> QuantumCircuit:
    evolution = chosen.build()
    if preparation is None:
        return evolution
    circuit = evolution.copy_empty_like()
    circuit.global_phase = 0
    circuit.compose(preparation, range(width), inplace=True)
    return circuit.compose(evolution)


def _read(circuit: QuantumCircuit, width: int) -> tuple[npt.NDArray[np.complex128], float]:
    from qalgo.execution.exact_state import aer_state

    kept = aer_state(circuit)[: 2**width]
    success = float(np.vdot(kept, kept).real)
    return kept / math.sqrt(success), success


def _reason(chosen: SimulationOption, options: tuple[SimulationOption, ...], method: str) -> str:
    others = [option for option in options if option.method != chosen.method]
    if method != "auto":
        return f"{method} was asked for"
    if not others:
        return "the only method that applies"
    best = min(others, key=lambda option: option.cx)
    return f"fewest CX: {chosen.cx:,}, against {best.cx:,} by {best.method} ({best.detail})"
