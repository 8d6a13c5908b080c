"""Mitigation: folding, readout correction, honest errors, one submission, the record."""

import json
from typing import Any

import numpy as np
import pytest
from qiskit import QuantumCircuit, generate_preset_pass_manager
from qiskit.quantum_info import Operator
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel, ReadoutError, depolarizing_error
from qiskit_ibm_runtime.fake_provider import FakeManilaV2

from qalgo.errors import ProblemError
from qalgo.execution import run
from qalgo.execution.decay import decay_per_fold, undecayed
from qalgo.execution.evaluation import evaluate
from qalgo.execution.folding import extrapolation_weights, folded, two_qubit_gates
from qalgo.execution.mitigation import Readout, ZeroNoise, mitigations, plan
from qalgo.execution.readout import TensoredConfusion, confusion_of
from qalgo.run_results import Run

CONFUSIONS = (np.array([[0.97, 0.06], [0.03, 0.94]]), np.array([[0.95, 0.11], [0.05, 0.89]]))
LAW = np.array([0.55, 0.05, 0.1, 0.3])


def bell(width: int = 2) -> QuantumCircuit:
    circuit = QuantumCircuit(width, width)
    circuit.h(0)
    for qubit in range(width - 1):
        circuit.cx(qubit, qubit + 1)
    circuit.measure(range(width), range(width))
    return circuit


def noisy(*, depolarising: float = 0.0, readout: Any = None) -> AerSimulator:
    noise = NoiseModel(basis_gates=["cx", "sx", "rz", "x"])
    if depolarising:
        noise.add_all_qubit_quantum_error(depolarizing_error(depolarising, 2), ["cx"])
    if readout is not None:
        for qubits, matrix in readout.items():
            noise.add_readout_error(ReadoutError(matrix.T), qubits)
    return AerSimulator(noise_model=noise, method="density_matrix")


def test_richardson_weights_of_the_paper() -> None:
    assert extrapolation_weights((1, 3, 5), 2) == pytest.approx((15 / 8, -10 / 8, 3 / 8))
    assert sum(w**2 for w in ZeroNoise().weights) == pytest.approx(334 / 64)
    linear = extrapolation_weights((1, 3, 5, 7), 1)
    line = np.array([2.0 + 0.5 * fold for fold in (1, 3, 5, 7)])
    assert np.dot(linear, line) == pytest.approx(2.0)
    assert sum(linear) == pytest.approx(1.0)


def test_folding_multiplies_two_qubit_gates_and_changes_nothing_else() -> None:
    circuit = QuantumCircuit(3)
    circuit.sx(0)
    circuit.cx(0, 1)
    circuit.cz(1, 2)
    circuit.ecr(2, 0)
    circuit.rzz(0.3, 0, 1)
    for factor in (1, 3, 5):
        result = folded(circuit, factor)
        assert two_qubit_gates(result) == factor * 4
        assert np.allclose(Operator(result).data, Operator(circuit).data)
        assert all(float(angle) >= 0 for item in result.data for angle in item.operation.params)
    # An optimiser that comes later takes nothing out again.
    again = generate_preset_pass_manager(3, basis_gates=["cx", "rz", "sx"], seed_transpiler=1).run(folded(bell(), 5))
    assert again.count_ops()["cx"] == 5


def test_all_gates_are_folded_but_rotations_about_z() -> None:
    circuit = QuantumCircuit(2)
    circuit.sx(0)
    circuit.rz(0.4, 0)
    circuit.x(1)
    circuit.rx(0.3, 1)
    circuit.cx(0, 1)
    result = folded(circuit, 3, all_gates=True)
    counted = result.count_ops()
    assert (counted["sx"], counted["x"], counted["rx"], counted["cx"]) == (3, 3, 3, 3)
    assert np.allclose(Operator(result).data, Operator(circuit).data)
    assert set(counted) <= {"sx", "x", "rx", "rz", "cx", "barrier"}


@pytest.mark.parametrize("readout", [None, "full", "tensored"])
def test_an_exponential_undoes_decay_to_the_uniform_law_with_honest_errors(readout: str | None) -> None:
    circuit = QuantumCircuit(2, 2)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [0, 1])
    correction = None if readout is None else Readout(readout, shots=4000)
    planned = plan([circuit], [4000], ZeroNoise(extrapolation="exponential"), correction, ("x",))
    confusion = np.eye(4) if readout is None else np.kron(CONFUSIONS[1], CONFUSIONS[0])
    laws = [confusion @ (0.25 + 0.85**fold * (LAW - 0.25)) for fold in (1, 3, 5)]
    prepared = {None: (), "full": range(4), "tensored": (0, 3)}[readout]
    laws += [confusion[:, state] for state in prepared]
    random = np.random.default_rng(3)
    quasi, errors = [], []
    for index in range(40):
        drawn = [random.multinomial(shots, law) for shots, law in zip(planned.shots, laws, strict=True)]
        found = [{value: int(count) for value, count in enumerate(counts)} for counts in drawn]
        (mitigated,) = evaluate(planned, found, index)
        quasi.append(list(mitigated.quasi.values()))
        errors.append(list(mitigated.standard_errors.values()))
        assert mitigated.expectation([0])[1] <= mitigated.largest_error
    assert np.sum(quasi[0]) == pytest.approx(1)
    assert np.all(np.abs(np.mean(quasi, axis=0) - LAW) < 5 * np.std(quasi, axis=0) / np.sqrt(40) + 1e-3)
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(np.sqrt(np.mean(np.var(quasi, axis=0))), rel=0.3)
    again = evaluate(planned, found, 39)
    assert again == (mitigated,)


def test_a_uniform_law_has_no_decay_to_undo() -> None:
    random = np.random.default_rng(1)
    laws = [random.multinomial(1000, [0.25] * 4) / 1000 for _ in range(3)]
    noise = float(np.sum(laws[0] * (1 - laws[0]))) / 1000
    assert decay_per_fold(laws, (1, 3, 5), noise) == 1.0
    assert np.array_equal(undecayed(laws, (1, 3, 5), noise), laws[0])
    sharp = [0.25 + 0.6**fold * (LAW - 0.25) for fold in (1, 3, 5)]
    assert decay_per_fold(sharp, (1, 3, 5), 1e-12) == pytest.approx(0.6, abs=1e-5)
    # Sampling noise lengthens the first law's distance to the uniform one; that much is known and left out.
    across = np.array([0.1, 0.0, 0.2, 0.0])
    across -= across.mean()
    distance = sharp[0] - 0.25
    across -= distance * (across @ distance) / (distance @ distance)
    across *= 0.05 / np.linalg.norm(across)
    assert decay_per_fold([sharp[0] + across, *sharp[1:]], (1, 3, 5), 0.05**2) == pytest.approx(0.6, abs=1e-5)


def test_extrapolation_takes_out_depolarising_noise_to_its_order() -> None:
    # <ZZ> of a Bell pair after f gates with depolarising parameter d is exactly (1 - d)^f.
    rate = 0.04
    result = run(bell(), backend=noisy(depolarising=rate), shots=100_000, seed=3, mitigation="zne")
    expected = float(np.dot(ZeroNoise().weights, [(1 - rate) ** fold for fold in (1, 3, 5)]))
    mean, error = result.expectation([0, 1])
    assert error == pytest.approx(np.sqrt(334 / 64 * 0.11 / 100_000), rel=0.35)
    assert abs(mean - expected) < 4 * error
    assert abs(expected - 1) < rate**3 * 10 < abs((1 - rate) - 1)
    raw = run(bell(), backend=noisy(depolarising=rate), shots=100_000, seed=3)
    assert raw.counts == result.counts
    assert result.cost is not None
    assert (result.cost.circuits, result.cost.shots, result.cost.submissions) == (3, 300_000, 1)
    assert result.cost.two_qubit_gates == (1,)
    assert result.cost.variance_factor == pytest.approx(5.21875)
    assert "variance x 5.22" in str(result)


def test_correlated_readout_errors_need_the_full_matrix() -> None:
    # With probability 1/10 both bits are read flipped together; rates of single bits cannot tell that.
    confusion = 0.9 * np.eye(4) + 0.1 * np.eye(4)[::-1]
    circuit = QuantumCircuit(2, 2)
    circuit.measure([0, 1], [0, 1])
    random = np.random.default_rng(1)
    worst = {}
    for method, prepared in (("full", range(4)), ("tensored", (0, 3))):
        planned = plan([circuit], [40_000], None, Readout(method), ("x",))
        assert planned.calibration_circuits == len(prepared)
        laws = [confusion @ LAW, *(confusion[:, state] for state in prepared)]
        drawn = [dict(enumerate(random.multinomial(40_000, law).tolist())) for law in laws]
        (mitigated,) = evaluate(planned, drawn, 1)
        errors = np.abs(np.array(list(mitigated.quasi.values())) - LAW)
        worst[method] = float(np.max(errors / np.array(list(mitigated.standard_errors.values()))))
    assert worst["full"] < 4
    assert worst["tensored"] > 10


def test_both_together_on_a_fake_device() -> None:
    backend = FakeManilaV2()
    result = run(bell(3), backend=backend, shots=20_000, seed=7, mitigation="zne+readout")
    assert result.cost is not None
    assert result.cost.circuits == 3 + 8
    assert result.cost.qpu_seconds == pytest.approx(11 * 20_000 * 250e-6, rel=0.05)
    ideal = {"000": 0.5, "111": 0.5}

    def distance(law: Any) -> float:
        return 0.5 * sum(abs(law.get(bits, 0.0) - ideal.get(bits, 0.0)) for bits in {*law, *ideal})

    raw = {bits: count / 20_000 for bits, count in result.counts[0].items()}
    assert distance(result.quasi[0]) < 0.06 < 0.09 < distance(raw)
    assert sum(result.quasi[0].values()) == pytest.approx(1)
    assert min(result.quasi[0].values()) < 0
    assert min(result.probabilities[0].values()) > 0
    assert sum(result.probabilities[0].values()) == pytest.approx(1)
    again = Run.from_dict(json.loads(json.dumps(result.to_dict())))
    assert again == result
    old = {key: value for key, value in result.to_dict().items() if key not in ("cost", "mitigated")}
    read = Run.from_dict({**old, "version": 1})
    assert (read.counts, read.cost, read.mitigated) == (result.counts, None, ())
    assert read.probabilities[0]["000"] == pytest.approx(raw["000"])
    with pytest.raises(ProblemError, match="mitigation="):
        read.expectation([0])


@pytest.mark.parametrize("method", ["full", "tensored"])
@pytest.mark.parametrize(("zero_noise", "shots", "calibration"), [(ZeroNoise(), 2000, 1000), (None, 40_000, 400)])
def test_standard_errors_are_those_of_repetitions(
    method: str, zero_noise: ZeroNoise | None, shots: int, calibration: int
) -> None:
    circuit = QuantumCircuit(2, 2)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [0, 1])
    planned = plan([circuit], [shots], zero_noise, Readout(method, shots=calibration), ("x",))
    confusion = np.kron(CONFUSIONS[1], CONFUSIONS[0])
    mixes = (0.0,) if zero_noise is None else (0.05, 0.15, 0.25)
    laws = [confusion @ ((1 - mix) * LAW + mix / 4) for mix in mixes]
    prepared = range(4) if method == "full" else (0, 3)
    laws += [confusion[:, state] for state in prepared]
    assert len(laws) == len(planned.circuits)
    random = np.random.default_rng(2)
    quasi, errors, means, mean_errors = [], [], [], []
    for _ in range(400):
        drawn = [random.multinomial(number, law) for number, law in zip(planned.shots, laws, strict=True)]
        found = [{value: int(count) for value, count in enumerate(counts)} for counts in drawn]
        (mitigated,) = evaluate(planned, found, 1)
        quasi.append(list(mitigated.quasi.values()))
        errors.append(list(mitigated.standard_errors.values()))
        mean, error = mitigated.expectation([0, 1])
        means.append(mean)
        mean_errors.append(error)
        assert error <= mitigated.largest_error
    assert np.mean(errors, axis=0) == pytest.approx(np.std(quasi, axis=0), rel=0.15)
    assert np.mean(mean_errors) == pytest.approx(np.std(means), rel=0.15)
    # The three mixtures lie on a line: extrapolation and correction together are unbiased but for calibration noise.
    exact = LAW if zero_noise is None else 1.025 * LAW - 0.025 / 4
    tolerance = 5 * np.std(quasi, axis=0) / np.sqrt(400) + 2e-3
    assert np.all(np.abs(np.mean(quasi, axis=0) - exact) < tolerance)


def test_tensored_and_full_agree_where_bits_are_independent() -> None:
    tensored = TensoredConfusion(CONFUSIONS, 1000)
    dense = np.kron(CONFUSIONS[1], CONFUSIONS[0])
    columns = [{value: round(1e6 * share) for value, share in enumerate(dense[:, state])} for state in range(4)]
    full = confusion_of(columns, 2)
    assert tensored.correct(dense @ LAW) == pytest.approx(LAW)
    assert tensored.dense_inverse() @ dense == pytest.approx(np.eye(4))
    assert full.correct(dense @ LAW) == pytest.approx(LAW, abs=1e-5)
    assert tensored.sampling_variances(LAW) == pytest.approx(full.sampling_variances(LAW), abs=1e-5)
    assert tensored.overhead == pytest.approx(full.overhead, rel=1e-4)
    assert tensored.calibration_variances(LAW) == pytest.approx(np.diag(tensored.calibration_covariance(LAW)))


def test_mthree_gives_the_tensored_answer_where_all_outcomes_were_seen() -> None:
    pytest.importorskip("mthree")
    readout = {(0,): CONFUSIONS[0], (1,): CONFUSIONS[1]}
    one, other = (
        run(bell(), backend=noisy(readout=readout), shots=20_000, seed=4, mitigation=Readout(method))
        for method in ("mthree", "tensored")
    )
    for bits, value in other.quasi[0].items():
        assert one.quasi[0][bits] == pytest.approx(value, abs=1e-5)
    assert one.mitigated[0].covariance is None
    assert one.expectation([0, 1])[1] >= other.expectation([0, 1])[1]


def test_registers_and_unmeasured_bits_keep_their_places() -> None:
    from qiskit import ClassicalRegister, QuantumRegister

    circuit = QuantumCircuit(QuantumRegister(3), ClassicalRegister(2, "low"), ClassicalRegister(2, "high"))
    circuit.x([0, 2])
    circuit.measure([0, 2], [1, 3])
    result = run(circuit, backend=noisy(readout={(0,): CONFUSIONS[0]}), shots=20_000, seed=1, mitigation="readout")
    assert set(result.quasi[0]) == {"00 00", "00 10", "10 00", "10 10"}
    assert result.quasi[0]["10 10"] == pytest.approx(1, abs=0.02)
    assert result.expectation([3])[0] == pytest.approx(-1, abs=0.02)


def test_circuits_that_measure_the_same_qubits_share_their_calibration() -> None:
    isa = generate_preset_pass_manager(1, basis_gates=["cx", "sx", "rz", "x"]).run(bell())
    planned = plan([isa, isa], [10, 30], None, Readout(), ("sx", "sx"))
    assert planned.calibration_circuits == 4
    assert planned.shots == (10, 30, 30, 30, 30, 30)
    assert planned.circuits[-1].count_ops()["sx"] == 4
    wide = QuantumCircuit(12, 12)
    wide.measure(range(12), range(12))
    assert Readout().method_for(12) == "mthree"
    assert plan([wide], [5], None, Readout("tensored"), ("x",)).calibration_circuits == 2


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("zno", "allowed: None, 'zne'"),
        ("zne+zne", "each kind once"),
        ((), "allowed"),
        (3, "allowed"),
        ("readout+", "allowed"),
    ],
)
def test_unknown_mitigation_is_refused(given: Any, message: str) -> None:
    with pytest.raises(ProblemError, match=message):
        mitigations(given)


def test_bad_options_are_refused_with_what_is_allowed() -> None:
    for folds in ((3, 5), (1, 2, 3), (1,), (1, 5, 3), (1, 1, 3), 3):
        with pytest.raises(ProblemError, match="ascending odd integers"):
            ZeroNoise(folds)
    with pytest.raises(ProblemError, match="needs 3 folds"):
        ZeroNoise((1, 3))
    with pytest.raises(ProblemError, match="linear, quadratic, richardson, exponential"):
        ZeroNoise(extrapolation="cubic")
    with pytest.raises(ProblemError, match="auto, full, tensored, mthree"):
        Readout("m3")
    with pytest.raises(ProblemError, match="positive integer"):
        Readout(shots=0)
    with pytest.raises(ProblemError, match="two-qubit, all"):
        ZeroNoise(gates="cx")
    wide = QuantumCircuit(12, 12)
    wide.measure(range(12), range(12))
    with pytest.raises(ProblemError, match="exponential extrapolation of 12 measured bits with mthree"):
        plan([wide], [5], ZeroNoise(extrapolation="exponential"), Readout(), ("x",))
    with pytest.raises(ProblemError, match="up to 6"):
        Readout("full").method_for(7)


def test_what_cannot_be_mitigated_is_said() -> None:
    with pytest.raises(ProblemError, match="no noise"):
        run(bell(), mitigation="zne")
    toffoli = QuantumCircuit(3, 3)
    toffoli.ccx(0, 1, 2)
    toffoli.measure(2, 0)
    with pytest.raises(ProblemError, match="'ccx', which cannot be folded"):
        folded(toffoli, 3)
    twice = bell()
    twice.measure(0, 1)
    with pytest.raises(ProblemError, match="measures before its end"):
        plan([twice], [5], None, Readout(), ("x",))
    nothing = QuantumCircuit(1, 1)
    with pytest.raises(ProblemError, match="measures nothing"):
        plan([nothing], [5], None, Readout(), ("x",))
    other = QuantumCircuit(2)
    other.iswap(0, 1)
    with pytest.raises(ProblemError, match="another gate"):
        folded(other, 3)
