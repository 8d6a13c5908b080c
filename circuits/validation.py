"""Registers and checks of user input shared by the builders; every error says what was given and what is allowed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from qiskit import AncillaRegister, QuantumCircuit

from circuits.errors import ProblemError

__all__ = [
    "MAX_LOADED_QUBITS",
    "MAX_SYSTEM_QUBITS",
    "add_work",
    "adopt_registers",
    "check_count",
    "checked_amplitudes",
    "checked_good_states",
    "checked_indices",
    "checked_number",
    "checked_probabilities",
    "real_array",
]

MAX_LOADED_QUBITS = 20
"""Largest register whose amplitudes are tabulated: 2^20 amplitudes already need about a million CX."""

MAX_SYSTEM_QUBITS = 1000
"""Widest system of a structured encoding: powers of two up to here are numbers of double precision."""

_NORM_TOLERANCE = 1e-8


def adopt_registers(circuit: QuantumCircuit, source: QuantumCircuit) -> None:
    """Add the qubits of ``source`` in their order, with their registers where those cover them in order."""
    loose = [bit for bit in source.qubits if not source.find_bit(bit).registers]
    if loose or [bit for register in source.qregs for bit in register] != source.qubits:
        circuit.add_bits(source.qubits)
        return
    for register in source.qregs:
        circuit.add_register(register)


def add_work(circuit: QuantumCircuit, count: int) -> list[int]:
    """Add a register of ``count`` work qubits under a free name and return their indices."""
    if not count:
        return []
    first = circuit.num_qubits
    taken = {register.name for register in circuit.qregs}
    name = "work" if "work" not in taken else f"work{first}"
    circuit.add_register(AncillaRegister(count, name))
    return list(range(first, first + count))


def checked_good_states(good_states: Sequence[int] | None, num_objective: int) -> list[int]:
    """Return the good states in order; all ones by default."""
    count = 2**num_objective
    if good_states is None:
        return [count - 1]
    good = sorted({int(state) for state in good_states})
    if not good or len(good) == count or good[0] < 0 or good[-1] >= count:
        raise ProblemError(
            f"good_states is {good}; allowed: some but not all of 0..{count - 1} for {num_objective} objective qubits"
        )
    return good


def check_count(value: object, name: str, least: int) -> None:
    """Raise unless ``value`` is an integer of at least ``least``."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ProblemError(f"{name} is {value!r}; allowed: an integer >= {least}")


def checked_number(value: Any, name: str) -> float:
    """Return a finite real number as a float."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = float("nan")
    if not np.isfinite(number):
        raise ProblemError(f"{name} is {_shortened(value)}; allowed: a finite real number")
    return number


def _shortened(value: object) -> str:
    try:
        text = repr(value)
    except ValueError:  # an integer of thousands of digits
        return "too large"
    return text if len(text) <= 80 else f"{text[:77]}..."


def checked_indices(indices: Sequence[int], num_qubits: int, name: str) -> list[int]:
    """Return different qubit indices in 0 .. num_qubits - 1."""
    found = [int(index) for index in indices]
    if len(set(found)) != len(found) or any(not 0 <= index < num_qubits for index in found):
        raise ProblemError(f"{name} is {found}; allowed: different indices in 0..{num_qubits - 1}")
    return found


def real_array(values: npt.ArrayLike, name: str) -> npt.NDArray[np.float64]:
    """Return a vector of finite real numbers, at least one."""
    array = _finite_vector(values, name)
    if np.iscomplexobj(array):
        raise ProblemError(f"{name} is complex; allowed: real numbers")
    return array.astype(np.float64)


def checked_probabilities(probabilities: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return probabilities of a whole register, divided by their sum."""
    weights = real_array(probabilities, "probabilities")
    _power_of_two_length(weights, "probabilities")
    if weights.min() < 0:
        raise ProblemError(f"probabilities has the entry {weights.min():.6g}; allowed: numbers >= 0")
    total = float(weights.sum())
    if abs(total - 1) > _NORM_TOLERANCE:
        raise ProblemError(f"probabilities sum to {total:.12g}; allowed: 1 to {_NORM_TOLERANCE:g}; divide by the sum")
    return weights / total


def checked_amplitudes(amplitudes: npt.ArrayLike, name: str) -> npt.NDArray[np.float64] | npt.NDArray[np.complex128]:
    """Return a unit vector of a whole register: float64 if all imaginary parts vanish, else complex128."""
    vector = _finite_vector(amplitudes, name)
    _power_of_two_length(vector, name)
    norm = float(np.linalg.norm(vector)) if np.max(np.abs(vector)) < 2 else float("inf")
    if abs(norm - 1) > _NORM_TOLERANCE:
        raise ProblemError(f"{name} has norm {norm:.12g}; allowed: 1 to {_NORM_TOLERANCE:g}; divide by the norm")
    if np.iscomplexobj(vector) and np.any(vector.imag != 0):
        return (vector / norm).astype(np.complex128)
    return (vector.real / norm).astype(np.float64)


def _power_of_two_length(array: npt.NDArray[Any], name: str) -> None:
    if array.size < 2 or array.size & (array.size - 1):
        raise ProblemError(f"{name} has length {array.size}; allowed: 2, 4, 8, ...; pad with zeros")
    if array.size > 2**MAX_LOADED_QUBITS:
        raise ProblemError(f"{name} has {array.size} entries; allowed: at most 2^{MAX_LOADED_QUBITS}; use fewer qubits")


def _finite_vector(values: npt.ArrayLike, name: str) -> npt.NDArray[np.float64] | npt.NDArray[np.complex128]:
    try:
        array = np.asarray(values)
        array = array.astype(np.complex128 if np.iscomplexobj(array) else np.float64)
    except (TypeError, ValueError) as error:
        raise ProblemError(f"{name} cannot be read as a vector of numbers: {error}") from error
    if array.ndim != 1 or array.size == 0:
        raise ProblemError(f"{name} has shape {array.shape}; allowed: one axis with at least one number")
    if not np.all(np.isfinite(array)):
        raise ProblemError(f"{name} has entries that are not finite; allowed: finite numbers")
    return array
