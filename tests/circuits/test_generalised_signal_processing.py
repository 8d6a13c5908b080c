"""GQSP circuits: the block against exact functions of the matrix, for encodings of every kind."""

from dataclasses import replace

import numpy as np
import pytest
from circuit_checks import cx_count, lowered
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.circuit.library import UnitaryGate
from qiskit.quantum_info import Operator
from scipy.linalg import expm
from scipy.stats import unitary_group

import qalgo
from circuits import BlockEncoding, block_encode, generalised_qsvt, qubitised_walk
from circuits.errors import ProblemError
from circuits.generalised_signal_processing import hermitised


def hermitian(size, seed):
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size))
    matrix = matrix + matrix.conj().T
    return matrix / (1.1 * np.linalg.norm(matrix, 2))


def dilation(matrix, ancillas, seed=None):
    """A self-inverse dilation in ``ancillas`` qubits; with ``seed`` made generic by unitaries outside of the block."""
    n = int(np.log2(len(matrix)))
    values, vectors = np.linalg.eigh(matrix)
    sine = (vectors * np.sqrt(1 - values**2)) @ vectors.conj().T
    size = 2 ** (n + ancillas)
    unitary = np.eye(size, dtype=complex)
    unitary[: 2 * len(matrix), : 2 * len(matrix)] = np.block([[matrix, sine], [sine, -matrix]])
    if seed is not None:
        left, right = (unitary_group.rvs(size - len(matrix), random_state=seed + k) for k in (0, 1))
        for side, other in ((left, True), (right, False)):
            full = np.eye(size, dtype=complex)
            full[len(matrix) :, len(matrix) :] = side
            unitary = full @ unitary if other else unitary @ full
    circuit = block_circuit(n, ancillas)
    circuit.append(UnitaryGate(unitary), range(n + ancillas))
    return BlockEncoding(
        circuit=circuit,
        num_system=n,
        ancillas=ancillas,
        alpha=1.0,
        error=1e-14,
        method="dilation",
        hermitian=True,
        self_inverse=seed is None,
        shape=matrix.shape,
    )


def block_circuit(n, ancillas):
    from qiskit import AncillaRegister, QuantumRegister

    return QuantumCircuit(QuantumRegister(n, "system"), AncillaRegister(ancillas, "ancilla"))


def block(circuit, n):
    return np.asarray(Operator(circuit).data)[: 2**n, : 2**n]


def chebyshev_of(matrix, coefficients):
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.polynomial.chebyshev.chebval(values, coefficients)) @ vectors.conj().T


def random_coefficients(degree, seed, stride):
    rng = np.random.default_rng(seed)
    found = np.zeros(degree * stride + 1, dtype=complex)
    found[::stride] = rng.normal(size=degree + 1) + 1j * rng.normal(size=degree + 1)
    return 0.8 * found / np.max(np.abs(np.fft.fft(found, 2048)))


@given(
    st.integers(0, 7), st.integers(-12, 4), st.integers(0, 2**32), st.sampled_from([1, 2]), st.sampled_from([None, 3])
)
@settings(max_examples=25, deadline=None)
def test_block_is_the_chebyshev_sum(degree, lowest, seed, stride, generic):
    """Any lowest power, either parity, self-inverse encodings and generic ones."""
    matrix = hermitian(4, seed)
    encoding = dilation(matrix, 1, generic)
    coefficients = random_coefficients(degree, seed, stride)
    phases = qalgo.qsvt.generalised_phases(coefficients, lowest=lowest)
    expected = np.zeros(64, dtype=complex)
    for index, coefficient in enumerate(coefficients):
        expected[abs(lowest + index)] += coefficient
    found = block(generalised_qsvt(encoding, phases), 2)
    np.testing.assert_allclose(found, chebyshev_of(matrix, expected), rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("ancillas", "generic", "stride"),
    [(1, 5, 1), (2, None, 1), (2, 5, 1), (2, 5, 2), (3, None, 1), (3, 5, 2), (4, None, 1), (4, 5, 2), (5, None, 2)],
)
def test_any_number_of_ancillas(ancillas, generic, stride):
    matrix = hermitian(2, ancillas)
    phases = qalgo.qsvt.generalised_phases(random_coefficients(3, 7, stride), lowest=-3)
    found = block(generalised_qsvt(dilation(matrix, ancillas, generic), phases), 1)
    np.testing.assert_allclose(found, chebyshev_of(matrix, phases.chebyshev), rtol=0, atol=1e-12)


@pytest.mark.parametrize("time", [0.7, 6.0])
def test_evolution_is_the_matrix_exponential(time):
    matrix = hermitian(4, 1)
    series = qalgo.qsvt.walk_exponential(time, 1e-10)
    circuit = generalised_qsvt(dilation(matrix, 1), qalgo.qsvt.generalised_phases(series))
    np.testing.assert_allclose(series.scale * block(circuit, 2), expm(-1j * time * matrix), rtol=0, atol=1.1e-10)


def test_definite_parity_uses_the_encoding_uncontrolled():
    """Counted by a named gate: d uses for degree d, none controlled; 2 K controlled ones for mixed parity."""
    matrix = hermitian(2, 4)
    encoding = dilation(matrix, 1)
    opaque = encoding.circuit.copy_empty_like()
    opaque.append(encoding.circuit.to_gate(label="U"), opaque.qubits)
    encoding = replace(encoding, circuit=opaque)
    even = qalgo.qsvt.generalised_phases(random_coefficients(6, 2, 2), lowest=-6)
    names = [step.operation.label for step in generalised_qsvt(encoding, even).data]
    assert names.count("U") == even.queries == 6
    mixed = qalgo.qsvt.generalised_phases(random_coefficients(12, 2, 1), lowest=-6)
    assert mixed.queries == 12


def test_cost_of_a_step_between_two_encodings():
    """Two CX with one ancilla, six with two (relative-phase flips), as in real QSVT."""
    for ancillas, cost in ((1, 2), (2, 6), (3, 12)):
        empty = dilation(np.diag([0.3, -0.2]), ancillas)
        encoding = replace(empty, circuit=empty.circuit.copy_empty_like())
        counts = []
        for degree in (4, 5):
            phases = qalgo.qsvt.generalised_phases(random_coefficients(degree, 3, 2), lowest=-degree)
            circuit = generalised_qsvt(encoding, phases)
            counts.append(lowered_without_merging(circuit))
        assert counts[1] - counts[0] == cost


def lowered_without_merging(circuit):
    from qiskit import transpile

    return transpile(circuit, basis_gates=["cx", "rz", "sx", "x"], optimization_level=0).count_ops().get("cx", 0)


def test_lowered_circuit_keeps_its_block():
    matrix = hermitian(2, 9)
    phases = qalgo.qsvt.generalised_phases(random_coefficients(4, 1, 1), lowest=-2)
    circuit = generalised_qsvt(dilation(matrix, 1), phases)
    found = np.asarray(Operator.from_circuit(lowered(circuit)).data)[:2, :2]
    np.testing.assert_allclose(found, chebyshev_of(matrix, phases.chebyshev), rtol=0, atol=1e-9)
    assert cx_count(circuit) > 0


@pytest.mark.parametrize("generic", [None, 2])
def test_walk_has_the_eigenphases(generic):
    matrix = hermitian(4, 6)
    eigenvalues = np.linalg.eigvals(np.asarray(Operator(qubitised_walk(dilation(matrix, 1, generic))).data))
    phases = np.exp(1j * np.arccos(np.linalg.eigvalsh(matrix)))
    for expected in (*phases, *phases.conj()):
        assert np.min(np.abs(eigenvalues - expected)) <= 1e-12


def test_hermitised_is_self_inverse_and_its_controlled_form_is_right():
    matrix = hermitian(4, 8)
    encoding = hermitised(dilation(matrix, 1, 4))
    np.testing.assert_allclose(encoding.matrix(), matrix, rtol=0, atol=1e-12)
    size = 2**encoding.circuit.num_qubits
    unitary = np.asarray(Operator(encoding.circuit).data)
    clean = np.arange(size // 2)
    np.testing.assert_allclose((unitary @ unitary)[np.ix_(clean, clean)], np.eye(size // 2), rtol=0, atol=1e-12)
    controlled = np.asarray(Operator(encoding.controlled_circuit()).data)
    np.testing.assert_allclose(controlled[np.ix_(clean, clean)], np.eye(size // 2), rtol=0, atol=1e-12)
    np.testing.assert_allclose(
        controlled[np.ix_(size + clean, size + clean)], unitary[np.ix_(clean, clean)], rtol=0, atol=1e-12
    )
    # The work qubit comes back clean.
    assert np.max(np.abs(controlled[np.ix_(size + size // 2 + clean, size + clean)])) <= 1e-12


def test_block_encode_gives_what_the_walk_needs():
    matrix = hermitian(4, 2)
    phases = qalgo.qsvt.generalised_phases(random_coefficients(4, 5, 1), lowest=-2)
    encoding = block_encode(matrix)
    found = block(generalised_qsvt(encoding, phases), 2)
    expected = chebyshev_of(matrix / encoding.alpha, phases.chebyshev)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_refuses_what_has_no_walk():
    phases = qalgo.qsvt.generalised_phases([0.1, 0.2])
    encoding = dilation(hermitian(2, 1), 1)
    with pytest.raises(ProblemError, match="Hermitian"):
        generalised_qsvt(replace(encoding, hermitian=False), phases)
    with pytest.raises(ProblemError, match="no ancilla"):
        qubitised_walk(replace(encoding, ancillas=0))
