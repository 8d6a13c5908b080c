r"""Export to OpenQASM 3 and QPY: circuits are transpiled first, since half of the library gates survive neither.

The exported circuit is the same operator on every input, global phase included. Hence idle qubits are not taken for
|0>; give gates of qiskit's library that want clean qubits to the transpiler first, where the circuit starts from |0>.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from typing import BinaryIO

from qiskit import QuantumCircuit, qasm3, qpy, transpile
from qiskit.exceptions import QiskitError

from circuits.errors import ExecutionError, ProblemError

__all__ = ["DEFAULT_BASIS", "from_qpy", "to_qasm3", "to_qpy"]

DEFAULT_BASIS = ("u", "cx")
"""Gates that every reader of OpenQASM 3 and every version of QPY knows."""


_HEADER = 'include "stdgates.inc";\n'


def to_qasm3(
    circuit: QuantumCircuit, basis_gates: Sequence[str] = DEFAULT_BASIS, *, optimization_level: int = 1
) -> str:
    r"""Return the circuit as an OpenQASM 3 program in ``basis_gates``.

    The global phase is written too. The circuit read back (``qiskit.qasm3.loads``) is the same operator.

    Args:
        circuit: without unbound parameters.
        basis_gates: gates to transpile to; names of qiskit's standard gates.
        optimization_level: 0 (keeps the structure) or 1; higher levels may leave the qubits permuted, which
            OpenQASM 3 cannot say.

    Raises:
        ProblemError: not a circuit, unbound parameters, a basis that is not universal or has unknown names.
    """
    lowered = _transpiled(circuit, basis_gates, optimization_level)
    program = str(qasm3.dumps(lowered))
    if not lowered.global_phase:
        return program
    # qiskit's exporter leaves the phase out, but a Grover operator that is controlled later needs its sign.
    return program.replace(_HEADER, f"{_HEADER}gphase({float(lowered.global_phase)!r});\n", 1)


def to_qpy(
    circuit: QuantumCircuit,
    file: str | os.PathLike[str] | BinaryIO,
    basis_gates: Sequence[str] = DEFAULT_BASIS,
    *,
    optimization_level: int = 1,
) -> None:
    r"""Write the circuit to a QPY file (a path or an open binary file) in ``basis_gates``; arguments as above.

    Raises:
        ProblemError: as :func:`to_qasm3`.
        ExecutionError: the file cannot be written.
    """
    lowered = _transpiled(circuit, basis_gates, optimization_level)
    if not isinstance(file, str | os.PathLike):
        qpy.dump(lowered, file)
        return
    try:
        with open(file, "wb") as handle:
            qpy.dump(lowered, handle)
    except OSError as error:
        raise ExecutionError(f"cannot write {os.fspath(file)}: {error}; give a path that can be written") from error


def from_qpy(file: str | os.PathLike[str] | BinaryIO) -> QuantumCircuit:
    """Read the first circuit of a QPY file (a path or an open binary file).

    Raises:
        ExecutionError: the file cannot be read.
        ProblemError: it is not a QPY file.
    """
    try:
        if not isinstance(file, str | os.PathLike):
            return qpy.load(file)[0]
        with open(file, "rb") as handle:
            return qpy.load(handle)[0]
    except OSError as error:
        raise ExecutionError(f"cannot read {file!r}: {error}; give an existing QPY file") from error
    except (QiskitError, struct.error, ValueError) as error:
        raise ProblemError(f"{file!r} is not a QPY file: {error}; write it with to_qpy") from error


def _transpiled(circuit: QuantumCircuit, basis_gates: Sequence[str], optimization_level: int) -> QuantumCircuit:
    if not isinstance(circuit, QuantumCircuit):
        raise ProblemError(f"circuit is a {type(circuit).__name__}; allowed: a qiskit QuantumCircuit")
    if circuit.num_parameters:
        names = ", ".join(parameter.name for parameter in circuit.parameters)
        raise ProblemError(f"circuit has unbound parameters {names}; bind them with assign_parameters")
    if optimization_level not in (0, 1):
        raise ProblemError(f"optimization_level is {optimization_level!r}; allowed: 0 or 1")
    try:
        return transpile(
            circuit,
            basis_gates=list(basis_gates),
            optimization_level=optimization_level,
            seed_transpiler=1,
            # The file may be used inside a larger circuit: idle qubits may not be taken for |0>.
            qubits_initially_zero=False,
        )
    except (QiskitError, ValueError) as error:
        raise ProblemError(
            f"circuit cannot be written in {list(basis_gates)}: {error}; allowed: universal sets of qiskit's standard "
            f"gates such as {list(DEFAULT_BASIS)}"
        ) from error
