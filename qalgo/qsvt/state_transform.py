r"""A transformed matrix applied to a state: the circuit, its run on Aer, and what is read out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from circuits.block_encoding import BlockEncoding
from circuits.encoding_choice import block_encode
from circuits.encoding_matrix import in_one_gate, quicker_in_one_gate
from circuits.signal_processing import QSPPhases, qsvt, qsvt_pair
from circuits.states import load_state
from circuits.transformed_encoding import perturbation_bound
from circuits.validation import checked_number
from qalgo.errors import ProblemError
from qalgo.qsvt.function_parts import FunctionParts
from qalgo.qsvt.phase_finding import phases

if TYPE_CHECKING:
    from qiskit import QuantumCircuit
    from qiskit.primitives import BaseSamplerV2
    from qiskit.providers import BackendV2
    from qiskit.transpiler import PassManager

    from qalgo.run_results import Run

__all__ = ["StateInput", "Transform", "as_encoding", "checked_epsilon", "checked_state", "transform"]

ComplexVector = npt.NDArray[np.complex128]


@dataclass(frozen=True, slots=True)
class StateInput:
    """A state as given: the circuit that prepares it normalised, and its norm."""

    circuit: QuantumCircuit
    norm: float


@dataclass(frozen=True, slots=True)
class Transform:
    """Preparation and sequence in one circuit, with its bookkeeping."""

    circuit: QuantumCircuit
    """Without measurements."""
    simulated: QuantumCircuit
    """The same; in long runs of few qubits each use of the encoding is one matrix, that of its circuit."""
    num_system: int
    scale: float
    """f(A) times the normalised state is ``scale`` times the projected amplitudes."""
    error: float
    """Bound on the error of f(A) times the normalised state: polynomials, phases, encoding, and rounding in the run."""
    phases: tuple[QSPPhases, ...]
    controlled_queries: int

    @property
    def queries(self) -> int:
        """Uses of the block encoding or its inverse."""
        return max(part.degree for part in self.phases)

    def amplitudes(self) -> ComplexVector:
        """Return the projected amplitudes, length 2^num_system, as Aer computes the state: an emulated read-out."""
        from qalgo.execution.exact_state import aer_state

        return np.array(aer_state(self.simulated)[: 2**self.num_system])

    def sampled(
        self,
        shots: int,
        seed: int | np.random.Generator | None,
        *,
        sampler: BaseSamplerV2 | None = None,
        backend: BackendV2 | None = None,
        pass_manager: PassManager | None = None,
    ) -> tuple[npt.NDArray[np.int64], Run]:
        """Run with measurements; return how often each basis state was seen with all other qubits in 0."""
        from qiskit import ClassicalRegister

        from qalgo.execution import run

        measured = self.circuit.copy()
        rest = measured.num_qubits - self.num_system
        system, flags = ClassicalRegister(self.num_system, "system_bits"), ClassicalRegister(rest, "flag_bits")
        measured.add_register(system, flags)
        measured.measure(range(measured.num_qubits), [*system, *flags])
        result = run(measured, shots=shots, seed=seed, sampler=sampler, backend=backend, pass_manager=pass_manager)
        counts = np.zeros(2**self.num_system, dtype=np.int64)
        for bits, count in result.counts[0].items():
            flag, value = bits.split()
            if "1" not in flag:
                counts[int(value, 2)] += count
        return counts, result


def transform(encoding: BlockEncoding, parts: FunctionParts, state: StateInput, epsilon: float) -> Transform:
    """Return the circuit of f(A) on a state.

    Raises:
        ProblemError: no ancilla, or the error of the encoding alone is too large for epsilon.
        ConvergenceError: phases were not found.
    """
    weights = [part.weight for part in parts.parts]
    tolerance = float(np.clip(0.02 * epsilon / parts.scale, 1e-14, 1e-9))
    found = tuple(phases(part.polynomial, tolerance=tolerance) for part in parts.parts)
    delta = encoding.error / encoding.alpha
    encoded = sum(abs(w) * perturbation_bound(one.coefficients, delta) for w, one in zip(weights, found, strict=True))
    error = parts.error + encoded + sum(abs(w) * one.error for w, one in zip(weights, found, strict=True))
    if not error <= epsilon:
        raise ProblemError(
            f"error bound {error:.3g} (encoding {encoded:.3g}, polynomial {parts.error:.3g}) above epsilon="
            f"{epsilon:.3g}; raise epsilon, or give an encoding, or a polynomial, with a smaller error"
        )
    whole = _whole(encoding, found, weights, state)
    quick = quicker_in_one_gate(encoding, max(one.degree for one in found))
    rounding = parts.scale * float(np.finfo(np.float64).eps) * (whole.size() + 16)
    return Transform(
        circuit=whole,
        simulated=_whole(in_one_gate(encoding), found, weights, state) if quick else whole,
        num_system=encoding.num_system,
        scale=parts.scale,
        error=float(error + rounding),
        phases=found,
        controlled_queries=int(len({one.parity for one in found}) == 2),
    )


def _whole(
    encoding: BlockEncoding, found: tuple[QSPPhases, ...], weights: list[complex], state: StateInput
) -> QuantumCircuit:
    if len(found) == 1:
        circuit = qsvt(encoding, found[0])
        circuit.global_phase += float(np.angle(weights[0]))
    else:
        circuit = qsvt_pair(encoding, found[0], found[1], weights=(weights[0], weights[1]))
    whole = circuit.copy_empty_like(name="f(A)|b>")
    whole.global_phase = 0.0
    whole.compose(state.circuit, range(encoding.num_system), inplace=True)
    whole.compose(circuit, inplace=True)
    return whole


def as_encoding(matrix: Any) -> BlockEncoding:
    """Return the block encoding given, or the cheapest of a matrix."""
    return matrix if isinstance(matrix, BlockEncoding) else block_encode(matrix)


def checked_epsilon(epsilon: float) -> float:
    """Return epsilon.

    Raises:
        ProblemError: not between 0 and infinity.
    """
    if not checked_number(epsilon, "epsilon") > 0.0:
        raise ProblemError(f"epsilon is {epsilon!r}; allowed: a positive finite number")
    return float(epsilon)


def checked_state(state: Any, encoding: BlockEncoding) -> StateInput:
    """Return the preparation of a vector (padded with zeros) or of a circuit's state.

    Raises:
        ProblemError: wrong length or width, not finite, zero.
    """
    from qiskit import QuantumCircuit

    size = 2**encoding.num_system
    if isinstance(state, QuantumCircuit):
        if state.num_qubits != encoding.num_system or state.num_clbits:
            raise ProblemError(
                f"state is a circuit of {state.num_qubits} qubits and {state.num_clbits} classical bits; allowed: "
                f"{encoding.num_system} qubits, none classical"
            )
        return StateInput(state, 1.0)
    try:
        vector = np.asarray(state).astype(np.complex128)
    except (TypeError, ValueError) as error:
        raise ProblemError(f"state cannot be read; allowed: a vector of numbers or a circuit: {error}") from None
    columns = encoding.shape[1] or size
    if vector.ndim != 1 or vector.size not in (columns, size):
        raise ProblemError(f"state has shape {vector.shape}; allowed: a vector of length {columns}, as A has columns")
    if not np.all(np.isfinite(vector)) or (vector.size and np.max(np.abs(vector)) > 1e150):
        raise ProblemError(
            "state has entries that are not finite or above 1e150; allowed: finite numbers; normalise it"
        )
    norm = float(np.linalg.norm(vector))
    if not (np.isfinite(norm) and norm > 0.0):
        raise ProblemError(f"state has norm {norm!r}; allowed: a finite vector that is not zero")
    padded = np.zeros(size, dtype=np.complex128)
    padded[: vector.size] = vector / norm
    return StateInput(load_state(padded.real if not np.any(padded.imag) else padded), norm)
