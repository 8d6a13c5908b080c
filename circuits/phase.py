r"""Phase estimation with a window, and canonical amplitude estimation at half the usual number of queries.

Qubit order: the integer read from the register ``evaluation`` is little-endian. No swap is spent: the phase bits are
kicked back in reversed order, so that the inverse Fourier transform without swaps leaves y in natural order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
from qiskit import QuantumCircuit, QuantumRegister
from qiskit.synthesis import synth_qft_full

from circuits.errors import ProblemError
from circuits.phase_flip import append_set_flip
from circuits.reflection import controlled_grover_operator, grover_operator
from circuits.states import load_state
from circuits.validation import (
    MAX_LOADED_QUBITS,
    add_work,
    adopt_registers,
    check_count,
    checked_amplitudes,
    checked_good_states,
    checked_indices,
)

__all__ = ["MAX_EVALUATION_QUBITS", "canonical_amplitude_estimation", "phase_estimation"]

MAX_EVALUATION_QUBITS = 16
"""Circuits grow as 2^m: 16 evaluation qubits already hold 32 768 Grover operators."""


def phase_estimation(
    state_preparation: QuantumCircuit,
    controlled_power: Callable[[int], QuantumCircuit],
    num_evaluation_qubits: int,
    window: npt.ArrayLike | None = None,
) -> QuantumCircuit:
    r"""Return phase estimation of a unitary U on the state of ``state_preparation``, without measurements.

    An eigenstate with eigenvalue :math:`e^{2\pi i \varphi}` gives y with probability
    :math:`|\sum_j w_j e^{2\pi i j(\varphi - y/M)}|^2 / M`, M = 2^m; the window w is uniform by default.

    Registers: ``evaluation`` (m qubits, y little-endian), then those of ``state_preparation``, then ``work`` if the
    controlled powers are wider.

    Args:
        state_preparation: prepares the state whose phases are wanted, from :math:`|0\rangle`.
        controlled_power: j to a circuit of controlled-:math:`U^{2^j}`, control first; it may also apply any common
            function of U to both branches (only the phase between the branches counts).
        num_evaluation_qubits: m, 1 to :data:`MAX_EVALUATION_QUBITS`.
        window: (2^m,) real amplitudes with norm 1, index j little-endian; default Hadamard gates.

    Raises:
        ProblemError: m out of range, a window of wrong length or norm, controlled powers of different widths.
    """
    check_count(num_evaluation_qubits, "num_evaluation_qubits", 1)
    if num_evaluation_qubits > MAX_EVALUATION_QUBITS:
        raise ProblemError(
            f"num_evaluation_qubits is {num_evaluation_qubits}; allowed: 1 to {MAX_EVALUATION_QUBITS}; "
            "use an estimator with many short circuits instead"
        )
    pieces = [controlled_power(index) for index in range(num_evaluation_qubits)]
    width = max(piece.num_qubits for piece in pieces) - 1
    num_state = state_preparation.num_qubits
    if width < num_state or any(piece.num_qubits != width + 1 for piece in pieces):
        raise ProblemError(
            f"controlled_power gives circuits of {[piece.num_qubits for piece in pieces]} qubits; allowed: all alike, "
            f"one control and at least the {num_state} qubits of state_preparation"
        )
    circuit = QuantumCircuit(QuantumRegister(num_evaluation_qubits, "evaluation"), name="phase_estimation")
    adopt_registers(circuit, state_preparation)
    add_work(circuit, width - num_state)

    # Bit j of the phase index lives on qubit m-1-j: see the module docstring.
    index_qubits = list(range(num_evaluation_qubits))[::-1]
    system = list(range(num_evaluation_qubits, num_evaluation_qubits + width))
    circuit.compose(_window_state(num_evaluation_qubits, window), index_qubits, inplace=True)
    circuit.compose(state_preparation, system[:num_state], inplace=True)
    for index, piece in enumerate(pieces):
        circuit.compose(piece, [index_qubits[index], *system], inplace=True)
    fourier = synth_qft_full(num_evaluation_qubits, do_swaps=False, inverse=True)
    return circuit.compose(fourier, range(num_evaluation_qubits))


def canonical_amplitude_estimation(
    state_preparation: QuantumCircuit,
    objective_qubits: Sequence[int],
    num_evaluation_qubits: int,
    *,
    window: npt.ArrayLike | None = None,
    good_states: Sequence[int] | None = None,
    work_qubits: int = 0,
    clean_qubits: Sequence[int] = (),
    method: Literal["reflected", "controlled"] = "reflected",
) -> QuantumCircuit:
    r"""Return canonical amplitude estimation (quant-ph/0005055, algorithm Est_Amp), without measurements.

    The integer y of register ``evaluation`` estimates :math:`a \approx \sin^2(\pi y / 2^m)`: it peaks at
    :math:`y/M = \theta/\pi` and :math:`1 - \theta/\pi`. Both methods have exactly the same law of y.

    * ``reflected``: since :math:`S_\chi Q S_\chi = Q^{-1}`, two controlled :math:`S_\chi` around an uncontrolled
      :math:`Q^{k}` apply :math:`Q^{k}` or :math:`Q^{-k}`, a phase difference of 2k steps for k uses of Q (the trick of
      1805.03662, section II, for qubitised walks). Uses of A and its inverse: :math:`2^m + 1`.
    * ``controlled``: controlled :math:`Q^{2^j}` as published. Uses of A and its inverse: :math:`2^{m+1} - 1`.

    Registers: ``evaluation``, those of A, ``work``. Other arguments as :func:`circuits.reflection.grover_operator`.

    Args:
        state_preparation: A.
        objective_qubits: indices in A.
        num_evaluation_qubits: m.
        window: (2^m,) real amplitudes of the evaluation register; default uniform.
        good_states: good values of the objective qubits; default all ones.
        work_qubits: clean qubits for the reflections.
        clean_qubits: qubits that A returns to |0>.
        method: "reflected" or "controlled".

    Raises:
        ProblemError: an argument out of range.
    """
    if method not in ("reflected", "controlled"):
        raise ProblemError(f"method is {method!r}; allowed: 'reflected', 'controlled'")
    objective = checked_indices(objective_qubits, state_preparation.num_qubits, "objective_qubits")
    good = checked_good_states(good_states, len(objective))

    def build(
        operator: Callable[..., QuantumCircuit],
    ) -> QuantumCircuit:
        return operator(
            state_preparation, objective, good_states=good, work_qubits=work_qubits, clean_qubits=clean_qubits
        )

    controlled = build(controlled_grover_operator)
    if method == "controlled":
        return phase_estimation(
            state_preparation, lambda index: controlled.repeat(2**index).decompose(), num_evaluation_qubits, window
        )
    iterate = build(grover_operator)
    helpers = [1 + index for index in clean_qubits] + list(
        range(state_preparation.num_qubits + 1, controlled.num_qubits)
    )

    def piece(index: int) -> QuantumCircuit:
        if index == 0:
            return controlled
        return _two_way_power(controlled, iterate, 2 ** (index - 1), [1 + qubit for qubit in objective], good, helpers)

    return phase_estimation(state_preparation, piece, num_evaluation_qubits, window)


def _two_way_power(
    frame: QuantumCircuit,
    iterate: QuantumCircuit,
    power: int,
    objective: Sequence[int],
    good: Sequence[int],
    clean: Sequence[int],
) -> QuantumCircuit:
    """Return Q^power if the control (qubit 0) is 1 and Q^-power if it is 0."""
    circuit = frame.copy_empty_like()
    circuit.global_phase = 0
    flip = circuit.copy_empty_like()
    flip.x(0)
    append_set_flip(flip, objective, good, clean=clean, control=0)
    flip.x(0)
    circuit.compose(flip, inplace=True)
    for _ in range(power):
        circuit.compose(iterate, range(1, circuit.num_qubits), inplace=True)
    return circuit.compose(flip)


def _window_state(num_qubits: int, window: npt.ArrayLike | None) -> QuantumCircuit:
    if window is None:
        circuit = QuantumCircuit(num_qubits)
        circuit.h(range(num_qubits))
        return circuit
    if num_qubits > MAX_LOADED_QUBITS:
        raise ProblemError(f"a window on {num_qubits} qubits cannot be tabulated; allowed: {MAX_LOADED_QUBITS}")
    amplitudes = checked_amplitudes(window, "window")
    if amplitudes.size != 2**num_qubits or np.iscomplexobj(amplitudes):
        raise ProblemError(
            f"window has {amplitudes.size} entries of type {amplitudes.dtype}; allowed: {2**num_qubits} real numbers"
        )
    return load_state(amplitudes)
