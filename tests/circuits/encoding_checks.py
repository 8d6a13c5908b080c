"""Shared by the tests of block encodings: every law an encoding must keep, checked on its transpiled circuit."""

import numpy as np
from circuit_checks import lowered
from qiskit import QuantumCircuit
from qiskit.circuit.library import DiagonalGate
from qiskit.quantum_info import Operator

from circuits.block_encoding import BlockEncoding
from circuits.encoding_algebra import _clean

ROUNDING = 1e-12


def dense(matrix) -> np.ndarray:
    """Dense array of a scipy sparse matrix, a SparsePauliOp or an array."""
    if hasattr(matrix, "to_matrix"):
        return np.asarray(matrix.to_matrix(), dtype=complex)
    return np.asarray(matrix.toarray() if hasattr(matrix, "toarray") else matrix, dtype=complex)


def clean_unitary(circuit: QuantumCircuit, num_work: int, *, above: int = 0) -> np.ndarray:
    """Unitary on all qubits but the work qubits, after checking that these return to |0> from |0>.

    ``above`` qubits lie beyond the work qubits (a control, say).
    """
    unitary = np.asarray(Operator.from_circuit(circuit).data)
    low = 2 ** (circuit.num_qubits - num_work - above)
    high = 2**above
    split = unitary.reshape(high, 2**num_work, low, high, 2**num_work, low)[:, :, :, :, 0, :]
    leaked = np.max(np.abs(split[:, 1:])) if num_work else 0.0
    assert leaked < ROUNDING, f"work qubits are left dirty by {leaked:.1e}"
    clean = split[:, 0].reshape(high * low, high * low)
    assert np.allclose(clean.conj().T @ clean, np.eye(high * low), rtol=0, atol=ROUNDING), "not unitary"
    return clean


def check_encoding(
    encoding: BlockEncoding,
    matrix,
    *,
    tolerance: float = ROUNDING,
    control: bool = True,
    transpiled: bool = True,
) -> None:
    """Check block, unitarity, work qubits, inverse, control, registers and bookkeeping against the matrix.

    The block may differ from A / alpha by ``tolerance`` plus the encoding's own proven error, which must hold by
    itself but for rounding. Columns of the shape must stay within its rows, and back: padding never mixes in.
    """
    if not encoding.clean_work:
        check_flag(encoding)
        encoding = _clean(encoding)
    wanted = dense(matrix)
    rows, columns = wanted.shape
    prepare = lowered if transpiled else (lambda circuit: circuit)
    assert encoding.shape == wanted.shape
    assert encoding.num_system == max(1, int(np.ceil(np.log2(max(wanted.shape)))))
    circuit = encoding.circuit
    sizes = {register.name: register.size for register in circuit.qregs}
    order = [name for name in ("system", "ancilla", "work") if name in sizes]
    assert [register.name for register in circuit.qregs] == order
    assert sizes["system"] == encoding.num_system
    assert sizes.get("ancilla", 0) == encoding.ancillas
    assert sizes.get("work", 0) == encoding.work_qubits

    unitary = clean_unitary(prepare(circuit), encoding.work_qubits)
    size = 2**encoding.num_system
    block = unitary[:size, :size]
    deviation = np.linalg.norm(wanted / encoding.alpha - block[:rows, :columns], ord=2)
    assert deviation <= tolerance + encoding.error / encoding.alpha, f"block is off by {deviation:.1e}"
    assert encoding.error <= 1e-11 * encoding.alpha or deviation * encoding.alpha <= encoding.error * (1 + ROUNDING)
    assert np.max(np.abs(block[rows:, :columns]), initial=0.0) < tolerance, "the matrix leaks into padding rows"
    assert np.max(np.abs(block[:rows, columns:]), initial=0.0) < tolerance, "padding columns leak into the matrix"
    assert encoding.alpha > 0
    assert encoding.error >= 0
    if encoding.hermitian:
        assert np.allclose(wanted, wanted.conj().T, rtol=0, atol=1e-12 * encoding.alpha + 2 * encoding.error)

    inverse = clean_unitary(prepare(encoding.inverse_circuit()), encoding.work_qubits)
    assert np.allclose(inverse, unitary.conj().T, rtol=0, atol=ROUNDING), "inverse_circuit is not the inverse"
    if encoding.self_inverse:
        assert np.allclose(unitary @ unitary, np.eye(len(unitary)), rtol=0, atol=ROUNDING)
    if control:
        check_control(encoding, unitary, transpiled=transpiled)


def check_control(encoding: BlockEncoding, unitary: np.ndarray, *, transpiled: bool = True) -> None:
    """Control 0: nothing happens; control 1: U, its global phase included."""
    circuit = encoding.controlled_circuit()
    assert circuit.num_qubits == encoding.circuit.num_qubits + 1
    controlled = clean_unitary(lowered(circuit) if transpiled else circuit, encoding.work_qubits, above=1)
    half = len(unitary)
    assert np.allclose(controlled[:half, :half], np.eye(half), rtol=0, atol=ROUNDING), "control 0 acts"
    assert np.allclose(controlled[half:, half:], unitary, rtol=0, atol=ROUNDING), "control 1 is not U"


def check_flag(encoding: BlockEncoding) -> None:
    """Work qubits that are not always clean: clean where the ancillas are, also after U R U^dagger R U.

    R = 2 |0><0| - 1 on the ancillas alone; the block is then T_3 of the first one, 4 x^3 - 3 x.
    """
    circuit = QuantumCircuit(*encoding.circuit.qregs)
    marks = range(encoding.num_system, encoding.num_system + encoding.ancillas)
    reflection = np.full(2**encoding.ancillas, -1.0 + 0j)
    reflection[0] = 1.0
    once = encoding.circuit
    circuit.compose(once, inplace=True)
    for part in (encoding.inverse_circuit(), once):
        circuit.append(DiagonalGate(list(reflection)), list(marks))
        circuit.compose(part, inplace=True)
    size = 2**encoding.num_system
    blocks = []
    for checked in (once, circuit):
        columns = np.asarray(Operator(checked).data)[:, :size]
        split = columns.reshape(2**encoding.work_qubits, 2**encoding.ancillas, size, size)
        assert np.max(np.abs(split[1:, 0]), initial=0.0) < ROUNDING, (
            "work qubits are dirty where the ancillas are clean"
        )
        blocks.append(split[0, 0])
    first, third = blocks
    wanted = 4 * first @ first.conj().T @ first - 3 * first
    assert np.allclose(third, wanted, rtol=0, atol=ROUNDING), "the ancillas alone do not mark the block"
