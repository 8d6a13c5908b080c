r"""phase_estimation: the phase of an eigenstate, bit by bit, by a threshold polynomial (2105.02859, section V)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from circuits.validation import checked_number
from qalgo.errors import ProblemError
from qalgo.qsvt.bounded_sign import bounded_sign
from qalgo.qsvt.phase_result import PhaseEstimate
from qalgo.qsvt.polynomial import Polynomial
from qalgo.seeds import root_seed

if TYPE_CHECKING:
    from qiskit import QuantumCircuit
    from qiskit.primitives import BaseSamplerV2
    from qiskit.providers import BackendV2
    from qiskit.transpiler import PassManager

__all__ = ["bit_polynomial", "phase_estimation"]

MAX_BITS = 14
MAX_MATRIX_QUBITS = 8
_UNITARITY = 1e-8
HALF_WIDTH = 2 / 3
"""The phase lies within this many units of 2^-m of the value read, if no bit fails: see :func:`bit_polynomial`."""


def phase_estimation(
    unitary: QuantumCircuit | npt.ArrayLike,
    state: QuantumCircuit | npt.ArrayLike | None = None,
    *,
    bits: int,
    failure_probability: float = 0.01,
    shots: int = 100,
    sampler: BaseSamplerV2 | None = None,
    backend: BackendV2 | None = None,
    pass_manager: PassManager | None = None,
    seed: int | np.random.Generator | None = None,
) -> PhaseEstimate:
    r"""Read the phase :math:`\varphi` of an eigenstate, :math:`U|\psi\rangle = e^{2\pi i\varphi}|\psi\rangle`.

    Signal processing with a threshold polynomial decides one bit after the other, the least significant first; no
    Fourier transform. It takes the fewest qubits (m and the state's), not the fewest queries: phase estimation with a
    good window (:func:`circuits.phase.phase_estimation`) needs about a tenth of the uses of U for one qubit more. Of a
    superposition of eigenstates each phase is read with the weight of its eigenstate. Cost per
    shot: :math:`d(2^m - 1)` controlled uses of U, d = O(log(m / failure)).

    Args:
        unitary: U, a circuit without measurements or a unitary matrix of size 2^n, n <= 8. Powers of a circuit are
            repetitions; those of a matrix are multiplied out classically, and counted as uses of U all the same.
        state: amplitudes (2^n,), little-endian, or a circuit that prepares them; default :math:`|0\rangle`.
        bits: m, from 1 to 14.
        failure_probability: of one shot, for an eigenstate; in (0, 1).
        shots: repetitions.
        sampler: any ``BaseSamplerV2``; default Aer.
        backend: a ``BackendV2`` instead of a sampler.
        pass_manager: see :func:`qalgo.run`.
        seed: fixes transpilation and sampling.

    Returns:
        The phase in turns with its half-width (2/3) 2^-m, the counts, and the queries.

    Raises:
        ProblemError: U is not unitary, a state of another size, an argument out of range.
        ExecutionError: as :func:`qalgo.run`.
    """
    _check(bits, failure_probability, shots)
    power, width = _powers(unitary)
    preparation = _preparation(state, width)
    # A tenth of the failure is left to the phases: where P is within it of 1 they need not be exact to the last digit.
    polynomial = bit_polynomial(0.9 * failure_probability / bits)
    tolerance = max(1e-12, 0.04 * failure_probability / bits)
    from circuits.bitwise_phase_estimation import bitwise_phase_estimation
    from qalgo.execution import run
    from qalgo.qsvt.phase_finding import phases

    circuit = bitwise_phase_estimation(preparation, power, bits, phases(polynomial, tolerance=tolerance))
    done = run(
        _measured(circuit, bits),
        backend=backend,
        sampler=sampler,
        pass_manager=pass_manager,
        shots=shots,
        seed=root_seed(seed),
    )
    counts = _sorted_counts(done.counts[0])
    return PhaseEstimate(
        value=counts[0][0] / 2**bits,
        half_width=HALF_WIDTH / 2**bits,
        failure_probability=failure_probability,
        bits=bits,
        counts=counts,
        shots=done.shots[0],
        degree=polynomial.degree,
        queries_per_shot=polynomial.degree * (2**bits - 1),
        run=done,
        built=circuit,
    )


def bit_polynomial(failure_probability: float) -> Polynomial:
    r"""Return the even P that decides a bit: :math:`P(\cos\theta)^2` near 1 up to 30 degrees, near 0 from 60 on.

    :math:`P = (1 + S(2x^2 - 1)) / 2` with the optimal sign polynomial S of edge :math:`\cos 60° = 1/2`. Why 30 degrees:
    if the lower bits leave the phase within r units of the last place, the last bit sees the angle :math:`\pi r / 2`,
    the next one half of it, and so on. The last bit may go either way between 30 and 60 degrees, which leaves
    :math:`|r| \le 2/3`; then the next bit sees at most 30 degrees, and those after it less.
    """
    least = 2 * math.sqrt(1 - failure_probability) - 1
    return _step(bounded_sign(0.5, least, failure_probability / 64))


def _step(signum: Polynomial) -> Polynomial:
    # T_k(2 x^2 - 1) = T_2k(x).
    coefficients = np.zeros(2 * signum.degree + 1)
    coefficients[::2] = 0.5 * signum.coefficients
    coefficients[0] += 0.5
    return Polynomial(
        coefficients=coefficients,
        sup_bound=0.5 * (1 + signum.sup_bound),
        error=0.5 * (signum.error + abs(signum.scale - 1)),
        domain=((-1.0, -math.cos(math.pi / 6)), (-0.5, 0.5), (math.cos(math.pi / 6), 1.0)),
        target="1 for |x| above cos 30°, 0 below cos 60°",
        source=signum.source,
    )


def _powers(unitary: QuantumCircuit | npt.ArrayLike) -> tuple[Callable[[int], QuantumCircuit], int]:
    from qiskit import QuantumCircuit

    if isinstance(unitary, QuantumCircuit):
        return _circuit_powers(unitary), int(unitary.num_qubits)
    matrix = _checked_matrix(unitary)
    return _matrix_powers(matrix), len(matrix).bit_length() - 1


def _circuit_powers(unitary: QuantumCircuit) -> Callable[[int], QuantumCircuit]:
    from qiskit import QuantumCircuit

    if unitary.clbits or unitary.num_parameters:
        raise ProblemError("unitary has classical bits or unbound parameters; allowed: gates only")
    controlled = unitary.to_gate().control(1, annotated=False)

    def power(index: int) -> QuantumCircuit:
        circuit = QuantumCircuit(unitary.num_qubits + 1)
        for _ in range(2**index):
            circuit.append(controlled, circuit.qubits)
        return circuit

    return power


def _matrix_powers(matrix: npt.NDArray[np.complex128]) -> Callable[[int], QuantumCircuit]:
    from qiskit import QuantumCircuit
    from qiskit.circuit.library import UnitaryGate

    def power(index: int) -> QuantumCircuit:
        size = len(matrix)
        # Control first: it is the least significant qubit.
        controlled = np.eye(2 * size, dtype=np.complex128)
        controlled[1::2, 1::2] = np.linalg.matrix_power(matrix, 2**index)
        circuit = QuantumCircuit(size.bit_length())
        circuit.append(UnitaryGate(controlled), circuit.qubits)
        return circuit

    return power


def _checked_matrix(unitary: npt.ArrayLike) -> npt.NDArray[np.complex128]:
    if getattr(unitary, "num_qubits", 0) > MAX_MATRIX_QUBITS:
        raise ProblemError(f"unitary acts on {unitary.num_qubits} qubits; allowed as a matrix: {MAX_MATRIX_QUBITS}")  # type: ignore[union-attr]
    try:
        matrix = np.asarray(unitary, dtype=np.complex128)
    except (TypeError, ValueError) as error:
        raise ProblemError(f"unitary is a {type(unitary).__name__}; allowed: a QuantumCircuit or a matrix") from error
    size = matrix.shape[0] if matrix.ndim == 2 else 0
    if size < 2 or matrix.shape != (size, size) or size & (size - 1) or size > 2**MAX_MATRIX_QUBITS:
        raise ProblemError(
            f"unitary has shape {matrix.shape}; allowed: square, 2^n with n from 1 to {MAX_MATRIX_QUBITS}; "
            "give wider ones as a circuit"
        )
    if not np.max(np.abs(matrix)) <= 1.0 + _UNITARITY:
        raise ProblemError("unitary has entries of modulus above 1, or not finite; allowed: a unitary matrix")
    distance = float(np.max(np.abs(matrix.conj().T @ matrix - np.eye(size))))
    if not distance <= _UNITARITY:
        raise ProblemError(f"unitary differs from a unitary matrix by {distance:.2g}; allowed: {_UNITARITY:g}")
    return matrix


def _preparation(state: QuantumCircuit | npt.ArrayLike | None, width: int) -> QuantumCircuit:
    from qiskit import QuantumCircuit, QuantumRegister

    from circuits.states import load_state

    if state is None:
        return QuantumCircuit(QuantumRegister(width, "state"))
    prepared: QuantumCircuit = state if isinstance(state, QuantumCircuit) else load_state(state)
    if prepared.num_qubits != width or prepared.clbits:
        raise ProblemError(f"state has {prepared.num_qubits} qubits; allowed: the {width} of unitary, gates only")
    return prepared


def _measured(circuit: QuantumCircuit, bits: int) -> QuantumCircuit:
    from qiskit import ClassicalRegister

    measured = circuit.copy()
    measured.add_register(ClassicalRegister(bits, "phase"))
    measured.measure(range(bits), range(bits))
    return measured


def _sorted_counts(counts: Mapping[str, int]) -> tuple[tuple[int, int], ...]:
    found = [(int(text, 2), count) for text, count in counts.items()]
    return tuple(sorted(found, key=lambda pair: (-pair[1], pair[0])))


def _check(bits: int, failure: float, shots: int) -> None:
    for name, value, most in (("bits", bits, MAX_BITS), ("shots", shots, 10**9)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or not 1 <= value <= most:
            raise ProblemError(f"{name} is {value!r}; allowed: an integer from 1 to {most}")
    if not 0 < checked_number(failure, "failure_probability") < 1:
        raise ProblemError(f"failure_probability is {failure!r}; allowed: between 0 and 1")
