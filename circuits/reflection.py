r"""Reflections and Grover operators: Q = -A S0 A^dagger S_chi, its controlled form, and Q^k A.

With :math:`A|0\rangle = \sqrt{1-a}\,|\psi_0\rangle + \sqrt a\,|\psi_1\rangle` and :math:`a = \sin^2\theta` the
eigenvalues of Q on the plane of :math:`\psi_0, \psi_1` are :math:`e^{\pm 2i\theta}` (quant-ph/0005055, section 2);
the minus sign is part of the circuit as a global phase, because it is a relative phase once Q is controlled.
"""

from __future__ import annotations

from collections.abc import Sequence

from qiskit import QuantumCircuit, QuantumRegister

from circuits.errors import ProblemError
from circuits.inversion import flattened
from circuits.phase_flip import append_multi_controlled_z, append_set_flip
from circuits.validation import add_work, adopt_registers, check_count, checked_good_states, checked_indices

__all__ = ["amplified", "controlled_grover_operator", "grover_operator", "zero_reflection"]


def zero_reflection(num_qubits: int, *, work_qubits: int = 0) -> QuantumCircuit:
    r"""Return :math:`I - 2|0\rangle\langle 0|` on ``num_qubits`` qubits (register ``state``).

    Work qubits (register ``work``) start and end in :math:`|0\rangle`; one of them brings the cost from quadratic to
    6 n - 12 CX for n >= 4.

    Raises:
        ProblemError: fewer than one qubit or a negative number of work qubits.
    """
    check_count(num_qubits, "num_qubits", 1)
    check_count(work_qubits, "work_qubits", 0)
    circuit = QuantumCircuit(QuantumRegister(num_qubits, "state"), name="S0")
    clean = add_work(circuit, work_qubits)
    _append_zero_reflection(circuit, list(range(num_qubits)), clean, control=None)
    return circuit


def grover_operator(
    state_preparation: QuantumCircuit,
    objective_qubits: Sequence[int],
    *,
    good_states: Sequence[int] | None = None,
    work_qubits: int = 0,
    clean_qubits: Sequence[int] = (),
) -> QuantumCircuit:
    r"""Return :math:`Q = -A S_0 A^\dagger S_\chi` with its global sign: eigenvalues :math:`e^{\pm 2i\theta}`.

    :math:`S_\chi` flips the sign of the good states, :math:`S_0 = I - 2|0\rangle\langle 0|` acts on all qubits of A
    but ``clean_qubits``. Registers: those of A, then ``work`` if asked for. Cost: two uses of A (one inverse); without
    work qubits the reflection stays one native multi-controlled gate.

    Transpile Q on its own with ``qubits_initially_zero=False``: with several objective qubits it starts with a wide
    gate, for which the transpiler would otherwise borrow qubits of A as if they were :math:`|0\rangle`.

    Args:
        state_preparation: A, unitary, without measurements.
        objective_qubits: indices that decide between good and bad.
        good_states: good values of the objective qubits as integers (first objective qubit = bit 0); default all ones.
        work_qubits: clean qubits to add; one is enough to make the reflection linear in the number of qubits. Without
            any the reflection stays whole, and ``qalgo.fault_tolerant_cost`` finds fewer T with work qubits of its own.
        clean_qubits: indices of qubits that A provably returns to :math:`|0\rangle`: not reflected about, and used as
            work qubits. Wrong if A leaves them dirty: then Q is another operator.

    Raises:
        ProblemError: A is not unitary, an index does not exist or is repeated, no or all states are good.
    """
    return _grover(state_preparation, objective_qubits, good_states, work_qubits, clean_qubits, controlled=False)


def controlled_grover_operator(
    state_preparation: QuantumCircuit,
    objective_qubits: Sequence[int],
    *,
    good_states: Sequence[int] | None = None,
    work_qubits: int = 0,
    clean_qubits: Sequence[int] = (),
) -> QuantumCircuit:
    r"""Return :math:`|0\rangle\langle 0| \otimes I + |1\rangle\langle 1| \otimes Q`; the control is qubit 0.

    Only the two reflections are controlled, A and its inverse are not: they cancel when the control is 0. The sign of
    Q becomes a Z on the control. Registers: ``control``, those of A (indices shifted by one), ``work``. Arguments and
    errors as :func:`grover_operator`, indices counted in A.
    """
    return _grover(state_preparation, objective_qubits, good_states, work_qubits, clean_qubits, controlled=True)


def amplified(state_preparation: QuantumCircuit, grover: QuantumCircuit, power: int) -> QuantumCircuit:
    r"""Return :math:`Q^k A`: a good state is then found with probability :math:`\sin^2((2k+1)\theta)`.

    Cost: 2 k + 1 uses of A or its inverse, k of Q. Registers are those of ``grover``, whose first qubits are A's.

    Raises:
        ProblemError: a negative or fractional power, or a Grover operator narrower than A.
    """
    check_count(power, "power", 0)
    if grover.num_qubits < state_preparation.num_qubits:
        raise ProblemError(
            f"grover has {grover.num_qubits} qubits, state_preparation {state_preparation.num_qubits}; "
            "Q must act on all qubits of A, which come first"
        )
    circuit = grover.copy_empty_like(name=f"Q^{power} A")
    circuit.global_phase = 0
    circuit.compose(state_preparation, range(state_preparation.num_qubits), inplace=True)
    for _ in range(power):
        circuit.compose(grover, inplace=True)
    return circuit


def _grover(
    state_preparation: QuantumCircuit,
    objective_qubits: Sequence[int],
    good_states: Sequence[int] | None,
    work_qubits: int,
    clean_qubits: Sequence[int],
    *,
    controlled: bool,
) -> QuantumCircuit:
    num_qubits = state_preparation.num_qubits
    objective = checked_indices(objective_qubits, num_qubits, "objective_qubits")
    clean = checked_indices(clean_qubits, num_qubits, "clean_qubits")
    if not objective or set(objective) & set(clean):
        raise ProblemError(
            f"objective_qubits is {objective}, clean_qubits {clean}; allowed: at least one objective qubit, no overlap"
        )
    good = checked_good_states(good_states, len(objective))
    check_count(work_qubits, "work_qubits", 0)

    shift = int(controlled)
    registers = [QuantumRegister(1, "control")] if controlled else []
    circuit = QuantumCircuit(*registers, name="cQ" if controlled else "Q")
    adopt_registers(circuit, state_preparation)
    helpers = [index + shift for index in clean] + add_work(circuit, work_qubits)
    target = range(shift, num_qubits + shift)
    control = 0 if controlled else None

    load = flattened(state_preparation)
    append_set_flip(circuit, [index + shift for index in objective], good, clean=helpers, control=control)
    circuit.compose(load.inverse(), target, inplace=True)
    reflected = [index + shift for index in range(num_qubits) if index not in clean]
    _append_zero_reflection(circuit, reflected, helpers, control)
    circuit.compose(load, target, inplace=True)
    # The minus sign of Q; with a control it is the phase of the control's |1>.
    append_multi_controlled_z(circuit, [0] if controlled else [])
    return circuit


def _append_zero_reflection(
    circuit: QuantumCircuit, qubits: Sequence[int], clean: Sequence[int], control: int | None
) -> None:
    circuit.x(qubits)
    append_multi_controlled_z(circuit, ([] if control is None else [control]) + list(qubits), clean)
    circuit.x(qubits)
