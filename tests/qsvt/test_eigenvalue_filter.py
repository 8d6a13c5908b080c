"""filter_eigenvalues end to end on Aer, against projectors by numpy."""

import json

import numpy as np
import pytest
from qiskit.quantum_info import SparsePauliOp

import circuits
import qalgo
from qalgo.errors import ProblemError

ISING = SparsePauliOp(["IIZZ", "IZZI", "ZZII", "IIIX", "IIXI", "IXII", "XIII"], [-1.0] * 3 + [-0.7] * 4)
VALUES, VECTORS = np.linalg.eigh(ISING.to_matrix())
GROUND = 0.5 * (VALUES[0] + VALUES[1])
STATE = np.full(16, 0.25)


def projected(kept):
    return VECTORS[:, kept] @ VECTORS[:, kept].conj().T @ STATE


def test_ground_state_of_an_ising_chain():
    result = qalgo.filter_eigenvalues(ISING, STATE, threshold=GROUND, gap=VALUES[1] - VALUES[0], epsilon=1e-3)
    ground = VECTORS[:, 0]
    weight = abs(np.vdot(ground, STATE)) ** 2
    assert abs(np.vdot(ground, result.state)) ** 2 > 1 - result.state_error**2
    assert result.weight_low <= weight <= result.weight_high
    assert result.success_probability == pytest.approx(weight, rel=0.02)
    assert result.exists is True
    assert result.emulated
    assert result.controlled_queries == 1


@pytest.mark.parametrize("side", ["below", "above"])
@pytest.mark.parametrize("form", ["operator", "array", "sparse", "encoding"])
def test_both_sides_and_all_forms_of_the_hamiltonian(side, form):
    import scipy.sparse

    forms = {
        "operator": lambda: ISING,
        "array": lambda: ISING.to_matrix().real,
        "sparse": lambda: scipy.sparse.csr_array(ISING.to_matrix().real),
        "encoding": lambda: circuits.block_encode(ISING),
    }
    threshold = 0.5 * (VALUES[3] + VALUES[4])
    result = qalgo.filter_eigenvalues(forms[form](), STATE, threshold=threshold, gap=0.5, side=side, epsilon=1e-2)
    wanted = projected(slice(0, 4) if side == "below" else slice(4, 16))
    weight = np.linalg.norm(wanted) ** 2
    assert result.weight_low <= weight <= result.weight_high
    assert np.linalg.norm(result.state - wanted / np.sqrt(weight)) <= result.state_error
    assert result.success_probability == pytest.approx(weight / result.scale**2, abs=3 * result.error)


def test_threshold_at_zero_loses_nothing_and_elsewhere_an_encoding_loses_up_to_a_half():
    centred = qalgo.filter_eigenvalues(ISING, STATE, threshold=-1.6, gap=0.5, epsilon=1e-2)
    encoding = circuits.block_encode(ISING)
    given = qalgo.filter_eigenvalues(encoding, STATE, threshold=-1.6, gap=0.5, epsilon=1e-2, side="above")
    assert centred.scale < 1.02
    assert 1.02 < given.scale < 1.55


def test_shots_answer_whether_there_is_an_eigenvalue():
    there = qalgo.filter_eigenvalues(ISING, STATE, threshold=GROUND, gap=0.25, epsilon=1e-2, readout="shots", seed=1)
    weight = abs(np.vdot(VECTORS[:, 0], STATE)) ** 2
    assert there.exists is True
    assert there.success_interval.level == 0.95
    assert abs(there.weight - weight) < 5 * np.sqrt(weight * (1 - weight) / there.shots) + 0.02
    missing = qalgo.filter_eigenvalues(
        ISING, STATE, threshold=VALUES[0] - 0.6, gap=0.5, epsilon=1e-2, readout="shots", seed=1
    )
    assert missing.exists is False
    assert missing.weight_high < 0.05
    few = qalgo.filter_eigenvalues(
        ISING, STATE, threshold=VALUES[0] - 0.6, gap=0.5, epsilon=1e-2, readout="shots", shots=3, seed=1
    )
    assert few.exists is None
    assert "undecided" in str(few)
    assert json.loads(json.dumps(missing.to_dict()))["exists"] is False


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"threshold": 100.0}, "threshold"),
        ({"threshold": np.nan}, "threshold"),
        ({"gap": 0.0}, "gap"),
        ({"gap": -1.0}, "gap"),
        ({"gap": 100.0}, "gap"),
        ({"side": "left"}, "side"),
        ({"epsilon": 0.2}, "overlap"),
        ({"overlap": 0.0}, "overlap"),
        ({"state": np.ones(3)}, "shape"),
        ({"state": np.zeros(4)}, "norm"),
        ({"hamiltonian": np.triu(np.ones((4, 4)))}, "Hermitian"),
        ({"hamiltonian": np.ones((4, 3))}, "square"),
        ({"hamiltonian": np.full((4, 4), np.inf)}, "finite"),
        ({"readout": "tomography"}, "readout"),
        ({"shots": 0}, "shots"),
        ({"confidence": 0.0}, "confidence"),
    ],
)
def test_bad_input_is_refused_in_words(change, words):
    given = {"hamiltonian": np.diag([1.0, 2, 3, 4]), "state": np.ones(4), "threshold": 2.5, "gap": 0.5, **change}
    with pytest.raises(ProblemError, match=words):
        qalgo.filter_eigenvalues(**given)
