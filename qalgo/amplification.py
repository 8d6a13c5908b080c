"""A and Q of an amplitude amplification, from whatever the user has: an estimation problem or a plain circuit A."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from qalgo.errors import ProblemError

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from qalgo.definitions import Fingerprints

__all__ = ["Amplifiable", "checked_power", "preparation_and_iterate", "without_final_measurements"]

OBJECTIVE = "objective"
_WIDE_REFLECTION = 4
"""From this many qubits on a work qubit saves gates in the reflection."""


@runtime_checkable
class Amplifiable(Protocol):
    """Anything with a state preparation A and a Grover operator Q on the qubits of A and, perhaps, work qubits."""

    @property
    def state_preparation(self) -> QuantumCircuit:
        """A, without measurements."""
        ...

    @property
    def grover_operator(self) -> QuantumCircuit | None:
        """Q."""
        ...


def checked_power(power: object) -> int:
    """Return the power as an integer, at least 0."""
    import operator

    try:
        if isinstance(power, bool):
            raise TypeError
        exponent = operator.index(power)  # type: ignore[arg-type]
    except TypeError:
        exponent = -1
    if exponent < 0:
        raise ProblemError(f"power is {power!r}; allowed: an integer, at least 0 (of any size, e.g. 10**9, not 1e9)")
    return exponent


def without_final_measurements(circuit: QuantumCircuit) -> QuantumCircuit:
    """Drop final measurements: the optimiser would drop gates in front of them, which the unitary needs.

    Raises:
        ProblemError: the circuit has classical variables, which Qiskit loses here.
    """
    if circuit.num_vars or circuit.num_stretches:
        raise ProblemError(
            f"circuit {circuit.name!r} has classical variables or stretches (add_var, add_stretch), which cannot be "
            "counted; allowed: conditions on classical bits and registers"
        )
    return circuit.remove_final_measurements(inplace=False)


def preparation_and_iterate(
    subject: QuantumCircuit | Amplifiable, objective_qubits: Sequence[int] | None, *, whole_reflection: bool
) -> tuple[QuantumCircuit, QuantumCircuit]:
    """Return A and Q; the first qubits of Q are those of A.

    A Q built here has its reflection as one multi-controlled gate, for whoever writes that out with work qubits of its
    own, or else written out with one work qubit: the transpiler sees none in the middle of a circuit.

    Args:
        subject: A as a circuit (final measurements are dropped), or an object that holds A and Q.
        objective_qubits: of a plain circuit; None: its register "objective".
        whole_reflection: see above; no matter where Q is given.

    Raises:
        ProblemError: neither a circuit nor such an object, or no objective qubits.
    """
    from qiskit import QuantumCircuit

    if not isinstance(subject, QuantumCircuit):
        if not isinstance(subject, Amplifiable) or subject.grover_operator is None:
            raise ProblemError(
                f"circuit is a {type(subject).__name__}; allowed: a qiskit QuantumCircuit, or an object with "
                "state_preparation and grover_operator, such as qalgo.EstimationProblem"
            )
        if objective_qubits is not None:
            raise ProblemError("objective_qubits are those of the problem; leave them out")
        return subject.state_preparation, subject.grover_operator
    preparation = without_final_measurements(subject)
    if preparation.num_clbits:
        raise ProblemError(
            f"circuit {subject.name!r} has {preparation.num_clbits} classical bits and a power was asked for: "
            "A must be unitary; remove them and what uses them"
        )
    objective = _objective(preparation, objective_qubits)
    work = 0 if whole_reflection or preparation.num_qubits < _WIDE_REFLECTION else 1
    key = (_fingerprints().of(preparation), objective, work)
    if key not in _BUILT:
        from circuits.reflection import grover_operator

        if len(_BUILT) >= _REMEMBERED:
            _BUILT.clear()
        _BUILT[key] = grover_operator(preparation, objective, work_qubits=work)
    return preparation, _BUILT[key]


_BUILT: dict[tuple[int, tuple[int, ...], int], QuantumCircuit] = {}
_REMEMBERED = 64


@lru_cache(maxsize=1)
def _fingerprints() -> Fingerprints:
    from qalgo.definitions import Fingerprints

    return Fingerprints()


def _objective(circuit: QuantumCircuit, given: Sequence[int] | None) -> tuple[int, ...]:
    if given is not None:
        return tuple(int(index) for index in given)
    for register in circuit.qregs:
        if register.name == OBJECTIVE:
            return tuple(circuit.find_bit(qubit).index for qubit in register)
    raise ProblemError(
        f"power needs Q, and Q needs to know the good states: give objective_qubits (all 1 is good), name a register "
        f"of {circuit.name!r} {OBJECTIVE!r}, or pass a qalgo.EstimationProblem"
    )
