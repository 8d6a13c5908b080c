"""QSVT circuits against polynomials of matrices by numpy, for random encodings and any phases."""

import numpy as np
import pytest
from circuit_checks import BASIS, cx_count
from encoding_checks import check_encoding, clean_unitary
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.polynomial.chebyshev import chebval
from qiskit import QuantumCircuit, QuantumRegister, transpile
from qiskit.circuit.library import UnitaryGate
from qiskit.quantum_info import Operator

import circuits
from circuits.block_encoding import BlockEncoding
from circuits.encoding_matrix import in_one_gate
from circuits.errors import ProblemError
from circuits.signal_processing import QSPPhases
from circuits.transformed_encoding import perturbation_bound
from qalgo.qsvt import phases

MINIMISE = st.sampled_from(["cx", "t"])


def random_unitary(size, rng):
    normal = rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size))
    q, r = np.linalg.qr(normal)
    return q * (np.diag(r) / np.abs(np.diag(r)))


def random_encoding(rng, num_system, ancillas, work=0, hermitian=False):
    """Any unitary encodes its block; a Hermitian one (2 P - 1 with a random projector) has a Hermitian block."""
    size = 2 ** (num_system + ancillas)
    unitary = random_unitary(size, rng)
    if hermitian:
        unitary = (unitary * rng.permutation(np.repeat([1.0, -1.0], size // 2))) @ unitary.conj().T
    registers = [QuantumRegister(num_system, "system"), QuantumRegister(ancillas, "ancilla")]
    if work:
        registers.append(QuantumRegister(work, "work"))
    circuit = QuantumCircuit(*registers)
    circuit.append(UnitaryGate(unitary), range(num_system + ancillas))
    block = unitary[: 2**num_system, : 2**num_system]
    encoding = BlockEncoding(
        circuit=circuit,
        num_system=num_system,
        ancillas=ancillas,
        alpha=1.0,
        error=1e-14,
        method="random",
        hermitian=hermitian,
        self_inverse=hermitian,
        shape=(2**num_system, 2**num_system),
    )
    return encoding, block


def random_series(rng, degree, sup=0.7):
    series = rng.normal(size=degree + 1)
    series[(degree + 1) % 2 :: 2] = 0.0
    return sup * series / np.max(np.abs(chebval(np.cos(np.linspace(0, np.pi, 40 * degree + 41)), series)))


def of_singular_values(block, function, odd):
    left, singular, right = np.linalg.svd(block)
    return (left if odd else right.conj().T) * function(singular) @ right


def of_eigenvalues(block, function):
    values, vectors = np.linalg.eigh(block)
    return (vectors * function(values)) @ vectors.conj().T


def signal_polynomial(values):
    """Re <0|U|0> by the product of 2 x 2 matrices of the convention."""

    def function(x):
        found = []
        for point in np.clip(np.atleast_1d(x), -1.0, 1.0):
            s = 1j * np.sqrt(1 - point**2)
            product = np.diag(np.exp(1j * values[0] * np.array([1, -1])))
            for value in values[1:]:
                product = product @ [[point, s], [s, point]] @ np.diag(np.exp(1j * value * np.array([1, -1])))
            found.append(product[0, 0].real)
        return np.array(found)

    return function


def block_of(circuit, num_system):
    """Block of a circuit on |0> of all other qubits."""
    return np.asarray(Operator.from_circuit(circuit).data)[: 2**num_system, : 2**num_system]


@settings(max_examples=30, deadline=None)
@given(
    degree=st.integers(0, 7),
    num_system=st.integers(1, 2),
    ancillas=st.integers(1, 3),
    work=st.integers(0, 1),
    minimise=MINIMISE,
    seed=st.integers(0, 2**32 - 1),
)
def test_any_phases_apply_their_polynomial_to_the_singular_values(degree, num_system, ancillas, work, minimise, seed):
    rng = np.random.default_rng(seed)
    encoding, block = random_encoding(rng, num_system, ancillas, work)
    values = rng.uniform(-np.pi, np.pi, degree + 1)
    circuit = circuits.qsvt(encoding, QSPPhases(values, np.zeros(degree + 1), 0.0), minimise=minimise)
    assert [register.name for register in circuit.qregs][-1] == "signal"
    wanted = of_singular_values(block, signal_polynomial(values), degree % 2)
    assert np.max(np.abs(block_of(circuit, num_system) - wanted)) < 1e-12


@settings(max_examples=15, deadline=None)
@given(degree=st.integers(0, 16), minimise=MINIMISE, seed=st.integers(0, 2**32 - 1))
def test_polynomials_of_hermitian_matrices(degree, minimise, seed):
    rng = np.random.default_rng(seed)
    encoding, block = random_encoding(rng, 2, 2, hermitian=True)
    series = random_series(rng, degree)
    circuit = circuits.qsvt(encoding, phases(series), minimise=minimise)
    wanted = of_eigenvalues(block, lambda x: chebval(x, series))
    assert np.max(np.abs(block_of(circuit, 2) - wanted)) < 1e-12


@settings(max_examples=30, deadline=None)
@given(
    degrees=st.tuples(st.integers(0, 7), st.integers(0, 7)),
    ancillas=st.integers(1, 3),
    minimise=MINIMISE,
    seed=st.integers(0, 2**32 - 1),
)
def test_two_polynomials_with_complex_weights(degrees, ancillas, minimise, seed):
    rng = np.random.default_rng(seed)
    encoding, block = random_encoding(rng, 2, ancillas, hermitian=True)
    # Its controlled form is exact then, where qiskit synthesises a controlled matrix to some 1e-12 only.
    encoding = in_one_gate(encoding)
    first, second = (random_series(rng, degree) for degree in degrees)
    weights = tuple(complex(*rng.normal(size=2)) for _ in range(2))
    circuit = circuits.qsvt_pair(encoding, phases(first), phases(second), weights=weights, minimise=minimise)
    total = abs(weights[0]) + abs(weights[1])
    wanted = of_eigenvalues(block, lambda x: (weights[0] * chebval(x, first) + weights[1] * chebval(x, second)) / total)
    assert np.max(np.abs(block_of(circuit, 2) - wanted)) < 1e-12


def test_exponential_of_a_hermitian_matrix_by_one_pair():
    from scipy.linalg import expm
    from scipy.special import jv

    rng = np.random.default_rng(3)
    encoding, block = random_encoding(rng, 3, 1, hermitian=True)
    time, order = 2.5, np.arange(24)
    cosine = np.where(order % 2 == 0, 2.0 * (-1.0) ** (order // 2) * jv(order, time), 0.0)
    cosine[0] /= 2
    sine = np.where(order % 2 == 1, 2.0 * (-1.0) ** (order // 2) * jv(order, time), 0.0)
    pair = circuits.qsvt_pair(encoding, phases(0.9 * cosine[:23]), phases(0.9 * sine), weights=(1.0, -1j))
    wanted = 0.45 * expm(-1j * time * block)
    assert np.max(np.abs(block_of(pair, 3) - wanted)) < 1e-12


def counted_uses(degrees, weights=(1.0, 1.0)):
    """How often the encoding is used plainly, and controlled, by a pair."""
    rng = np.random.default_rng(5)
    encoding, _ = random_encoding(rng, 1, 1, hermitian=True)
    parts = [phases(random_series(rng, degree)) for degree in degrees]
    counts = circuits.qsvt_pair(encoding, *parts, weights=weights).count_ops()
    controlled = sum(count for name, count in counts.items() if name not in ("h", "rz", "ry", "cx", "unitary"))
    return counts.get("unitary", 0), controlled


def test_only_one_query_of_a_pair_is_controlled():
    assert counted_uses((9, 8)) == (8, 1)
    assert counted_uses((8, 9)) == (8, 1)
    assert counted_uses((9, 4)) == (8, 1)
    assert counted_uses((9, 5)) == (9, 0)
    assert counted_uses((8, 8)) == (8, 0)


@settings(max_examples=12, deadline=None)
@given(
    degree=st.integers(0, 6),
    ancillas=st.integers(1, 2),
    hermitian=st.booleans(),
    minimise=MINIMISE,
    seed=st.integers(0, 2**32 - 1),
)
def test_the_result_is_a_block_encoding_with_a_cheap_control(degree, ancillas, hermitian, minimise, seed):
    rng = np.random.default_rng(seed)
    encoding, block = random_encoding(rng, 1, ancillas, hermitian=hermitian)
    series = random_series(rng, degree)
    result = circuits.transformed(encoding, phases(series), minimise=minimise)
    wanted = of_singular_values(block, lambda x: chebval(x, series), degree % 2)
    assert (result.alpha, result.ancillas) == (1.0, ancillas + 1)
    check_encoding(result, wanted, transpiled=False)


@settings(max_examples=12, deadline=None)
@given(
    degrees=st.tuples(st.integers(0, 5), st.integers(0, 5)),
    ancillas=st.integers(1, 2),
    minimise=MINIMISE,
    seed=st.integers(0, 2**32 - 1),
)
@example(degrees=(4, 3), ancillas=1, minimise="cx", seed=1)
@example(degrees=(2, 5), ancillas=1, minimise="t", seed=2)
def test_a_pair_as_a_block_encoding(degrees, ancillas, minimise, seed):
    rng = np.random.default_rng(seed)
    encoding, block = random_encoding(rng, 1, ancillas, hermitian=True)
    first, second = (random_series(rng, degree) for degree in degrees)
    weights = tuple(complex(*rng.normal(size=2)) for _ in range(2))
    result = circuits.transformed(encoding, phases(first), second=phases(second), weights=weights, minimise=minimise)
    wanted = of_eigenvalues(block, lambda x: weights[0] * chebval(x, first) + weights[1] * chebval(x, second))
    assert result.alpha == pytest.approx(abs(weights[0]) + abs(weights[1]))
    check_encoding(result, wanted, transpiled=False)


def test_control_of_the_result_controls_at_most_one_use():
    rng = np.random.default_rng(2)
    encoding, _ = random_encoding(rng, 1, 1, hermitian=True)
    for degree in (6, 7):
        result = circuits.transformed(encoding, phases(random_series(rng, degree)))
        counts = result.controlled_circuit().count_ops()
        assert counts["unitary"] == degree - degree % 2


@settings(max_examples=20, deadline=None)
@given(degree=st.integers(1, 12), size=st.floats(1e-9, 1e-2), odd=st.booleans(), seed=st.integers(0, 2**32 - 1))
def test_an_inexact_encoding_stays_within_the_bound(degree, size, odd, seed):
    rng = np.random.default_rng(seed)
    degree += (degree % 2) != odd
    exact = random_unitary(4, rng) * rng.uniform(0.0, 1.0 - size)
    shift = rng.normal(size=(4, 4)) + 1j * rng.normal(size=(4, 4))
    other = exact + size * shift / np.linalg.norm(shift, 2)
    series = random_series(rng, degree, sup=1.0)
    moved = np.linalg.norm(
        of_singular_values(exact, lambda x: chebval(x, series), degree % 2)
        - of_singular_values(other, lambda x: chebval(x, series), degree % 2),
        2,
    )
    assert moved <= perturbation_bound(series, size) + 1e-13


def test_the_bound_is_reached_at_the_end_of_the_interval():
    series = np.zeros(10)
    series[9] = 1.0
    moved = 1.0 - chebval(1.0 - 1e-8, series)
    assert 0.99 * perturbation_bound(series, 1e-8) < moved <= perturbation_bound(series, 1e-8)


def test_the_block_does_not_depend_on_the_seed_of_the_transpiler():
    rng = np.random.default_rng(8)
    encoding, block = random_encoding(rng, 2, 2, hermitian=True)
    series = random_series(rng, 5)
    circuit = circuits.qsvt(encoding, phases(series))
    wanted = of_eigenvalues(block, lambda x: chebval(x, series))
    for seed in (0, 1, 2):
        done = transpile(circuit, basis_gates=list(BASIS), optimization_level=3, seed_transpiler=seed)
        assert np.max(np.abs(block_of(done, 2) - wanted)) < 1e-12


@pytest.mark.parametrize(("ancillas", "work", "extra"), [(3, 0, 0), (4, 0, 1), (4, 1, 0)])
def test_extra_clean_qubits_come_last_and_stay_clean(ancillas, work, extra):
    rng = np.random.default_rng(11)
    encoding, block = random_encoding(rng, 1, ancillas, work)
    series = random_series(rng, 3)
    circuit = circuits.qsvt(encoding, phases(series))
    sizes = {register.name: register.size for register in circuit.qregs}
    assert sizes.get("extra", 0) == extra
    if extra:
        clean_unitary(circuit, extra)
    wanted = of_singular_values(block, lambda x: chebval(x, series), True)
    assert np.max(np.abs(block_of(circuit, 1) - wanted)) < 1e-12


@pytest.mark.parametrize(("ancillas", "work", "extra"), [(5, 0, 1), (6, 0, 2), (6, 1, 1), (6, 2, 0)])
def test_clean_qubits_are_borrowed_from_the_encoding_first(ancillas, work, extra):
    rng = np.random.default_rng(12)
    encoding, _ = random_encoding(rng, 1, ancillas, work)
    circuit = circuits.qsvt(encoding, phases(random_series(rng, 2)))
    assert circuit.num_qubits == 1 + ancillas + work + 1 + extra


def test_first_and_last_phase_are_free():
    rng = np.random.default_rng(4)
    encoding, _ = random_encoding(rng, 1, 2, hermitian=True)
    degree = 6
    whole = circuits.qsvt(encoding, phases(random_series(rng, degree)))
    assert whole.count_ops()["cx"] == 4 * (degree - 1)
    assert cx_count(whole) > 0


def test_refusals():
    rng = np.random.default_rng(0)
    encoding, _ = random_encoding(rng, 1, 1)
    bare = BlockEncoding(
        circuit=QuantumCircuit(QuantumRegister(1, "system")),
        num_system=1,
        ancillas=0,
        alpha=1.0,
        error=0.0,
        method="none",
    )
    part = phases([0.0, 0.5])
    with pytest.raises(ProblemError, match="no ancilla"):
        circuits.qsvt(bare, part)
    for weights in ((0.0, 0.0), (np.nan, 1.0), (1.0,)):
        with pytest.raises(ProblemError, match="weights"):
            circuits.qsvt_pair(encoding, part, part, weights=weights)
    with pytest.raises(ProblemError, match="minimise"):
        circuits.qsvt(encoding, part, minimise="depth")
