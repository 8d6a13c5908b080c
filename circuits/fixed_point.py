r"""Amplification of a state preparation A that cannot overshoot: the optimal sequence, or any odd polynomial.

:math:`A|0\rangle = \sqrt{1-\lambda}\,|bad\rangle + \sqrt\lambda\,|good\rangle`. Grover's iterates turn the state by a
fixed angle and overshoot when :math:`\lambda` is not known; the sequence of Yoder, Low and Chuang (1409.3305) stays
above a chosen probability for all :math:`\lambda` above a bound, with the quadratic speed-up.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from qiskit import QuantumCircuit, QuantumRegister

from circuits.errors import ProblemError
from circuits.inversion import flattened
from circuits.selective_phase import append_set_phase, append_set_x
from circuits.signal_processing import QSPPhases, reflection_phases
from circuits.validation import add_work, adopt_registers, checked_good_states, checked_indices

__all__ = [
    "fixed_point_amplified",
    "fixed_point_angles",
    "fixed_point_length",
    "fixed_point_success",
    "polynomial_amplified",
]

RealVector = npt.NDArray[np.float64]


def fixed_point_length(lower_bound: float, failure_probability: float) -> int:
    r"""Return the smallest odd L with success at least 1 - failure for every :math:`\lambda \ge` ``lower_bound``.

    Exactly: the smallest odd :math:`L \ge \mathrm{arccosh}(1/\delta) / \mathrm{arccosh}(1/\sqrt{1-\lambda})` with
    :math:`\delta^2` the failure probability (1409.3305, equation 1); about :math:`\ln(2/\delta)/\sqrt\lambda`.

    Raises:
        ProblemError: a number outside (0, 1); ``lower_bound`` may be 1.
    """
    _check_fraction(failure_probability, "failure_probability")
    if lower_bound == 1:
        return 1
    _check_fraction(lower_bound, "lower_bound")
    # arccosh(1 / sqrt(1 - lambda)) = arctanh(sqrt(lambda)), which does not cancel for small lambda.
    needed = math.acosh(1 / math.sqrt(failure_probability)) / math.atanh(math.sqrt(lower_bound))
    length = math.ceil(needed * (1 - 1e-14))
    return max(1, length + 1 - length % 2)


def fixed_point_success(fraction: float, length: int, failure_probability: float) -> float:
    r"""Return the law :math:`1 - \delta^2 T_L(T_{1/L}(1/\delta) \sqrt{1-\lambda})^2` (1409.3305, equation 1).

    Raises:
        ProblemError: an even length, a number outside [0, 1].
    """
    _check_length(length)
    _check_fraction(failure_probability, "failure_probability")
    if not 0 <= fraction <= 1:
        raise ProblemError(f"fraction is {fraction!r}; allowed: a probability in [0, 1]")
    x = _stretch(length, failure_probability) * math.sqrt(1 - fraction)
    value = math.cos(length * math.acos(x)) if x <= 1 else math.cosh(length * math.acosh(x))
    return 1 - failure_probability * value**2


def fixed_point_angles(length: int, failure_probability: float) -> tuple[RealVector, RealVector]:
    r"""Return :math:`(\alpha_j, \beta_j)`, j = 1..l, L = 2l + 1, in radians (1409.3305, equation 11).

    :math:`\alpha_j = -\beta_{l-j+1} = 2\,\mathrm{arccot}(\tan(2\pi j/L)\sqrt{1-\gamma^2})`,
    :math:`\gamma^{-1} = T_{1/L}(1/\delta)`.

    Raises:
        ProblemError: an even or non-positive length, a failure probability outside (0, 1).
    """
    _check_length(length)
    _check_fraction(failure_probability, "failure_probability")
    steps = np.arange(1, (length - 1) // 2 + 1)
    factor = math.sqrt(1 - 1 / _stretch(length, failure_probability) ** 2)
    # arccot(x) = arctan2(1, x) in (0, pi).
    alpha = 2 * np.arctan2(1.0, np.tan(2 * np.pi * steps / length) * factor)
    return alpha, -alpha[::-1]


def fixed_point_amplified(
    state_preparation: QuantumCircuit,
    objective_qubits: Sequence[int],
    length: int,
    failure_probability: float,
    *,
    good_states: Sequence[int] | None = None,
    work_qubits: int = 0,
) -> QuantumCircuit:
    r"""Return A followed by l generalised Grover iterates :math:`-S_s(\alpha_j) S_t(\beta_j)` (1409.3305, equation 4).

    A good state is then found with :func:`fixed_point_success`. Registers: those of A, then ``work``. Cost: ``length``
    uses of A or its inverse, l = (length - 1) / 2 selective phases on the good states. Arguments as
    :func:`circuits.reflection.grover_operator`.

    Raises:
        ProblemError: an even length (the sequence does not exist), indices that do not exist, no good state.
    """
    angles = zip(*fixed_point_angles(length, failure_probability), strict=True)
    objective, good = _checked_objective(state_preparation, objective_qubits, good_states)
    load, circuit, clean = _prepared(state_preparation, work_qubits, "fixed_point")
    own = list(range(load.num_qubits))
    unload = load.inverse()
    circuit.compose(load, own, inplace=True)
    for alpha, beta in angles:
        append_set_phase(circuit, objective, good, float(beta), clean)
        circuit.compose(unload, own, inplace=True)
        append_set_phase(circuit, own, [0], -float(alpha), clean)
        circuit.compose(load, own, inplace=True)
        circuit.global_phase += np.pi
    return circuit


def polynomial_amplified(
    state_preparation: QuantumCircuit,
    objective_qubits: Sequence[int],
    phases: QSPPhases,
    *,
    good_states: Sequence[int] | None = None,
    work_qubits: int = 0,
) -> QuantumCircuit:
    r"""Return the circuit whose good part is :math:`P(\sqrt\lambda)|good\rangle` for an odd real polynomial P.

    Singular value transformation of A between the projectors on :math:`|0\rangle` and on the good states (1806.01838,
    theorem 17; 2105.02859, section III). Registers: those of A, ``work``, ``signal`` (one qubit): success is a good
    state with signal |0>, probability :math:`P(\sqrt\lambda)^2`. Cost: ``phases.degree`` uses of A or its inverse.

    Raises:
        ProblemError: an even polynomial, indices that do not exist, no good state.
    """
    if phases.parity != 1:
        raise ProblemError(f"phases have the even degree {phases.degree}; allowed: odd, since A|0> must become good")
    objective, good = _checked_objective(state_preparation, objective_qubits, good_states)
    load, circuit, clean = _prepared(state_preparation, work_qubits, "polynomial_amplified")
    circuit.add_register(QuantumRegister(1, "signal"))
    signal = circuit.num_qubits - 1
    own = list(range(load.num_qubits))
    unload = load.inverse()
    values = reflection_phases(phases.values)
    circuit.h(signal)
    # The register starts in |0...0>: the first projector always holds.
    circuit.rz(-2 * float(values[-1]), signal)
    for step in range(phases.degree - 1, -1, -1):
        forwards = step % 2 == 0
        circuit.compose(load if forwards else unload, own, inplace=True)
        qubits, states = (objective, good) if forwards else (own, [0])
        append_set_x(circuit, qubits, states, signal, clean)
        circuit.rz(2 * float(values[step]), signal)
        append_set_x(circuit, qubits, states, signal, clean)
    circuit.h(signal)
    return circuit


def _prepared(
    state_preparation: QuantumCircuit, work_qubits: int, name: str
) -> tuple[QuantumCircuit, QuantumCircuit, list[int]]:
    load = flattened(state_preparation)
    circuit = QuantumCircuit(name=name)
    adopt_registers(circuit, state_preparation)
    return load, circuit, add_work(circuit, work_qubits)


def _checked_objective(
    state_preparation: QuantumCircuit, objective_qubits: Sequence[int], good_states: Sequence[int] | None
) -> tuple[list[int], list[int]]:
    objective = checked_indices(objective_qubits, state_preparation.num_qubits, "objective_qubits")
    if not objective:
        raise ProblemError("objective_qubits is empty; allowed: at least one qubit that decides what is good")
    return objective, checked_good_states(good_states, len(objective))


def _stretch(length: int, failure_probability: float) -> float:
    """T_{1/L}(1/delta): how far the Chebyshev polynomial is stretched."""
    return math.cosh(math.acosh(1 / math.sqrt(failure_probability)) / length)


def _check_fraction(value: float, name: str) -> None:
    if not 0 < value < 1:
        raise ProblemError(f"{name} is {value!r}; allowed: a number between 0 and 1")


def _check_length(length: int) -> None:
    if isinstance(length, bool) or not isinstance(length, int | np.integer) or length < 1 or length % 2 == 0:
        raise ProblemError(f"length is {length!r}; allowed: an odd integer >= 1 (L = 2l + 1 uses of A)")
