"""The published three-qubit call on a noisy simulator, without sampling error, at one spot price; the rest is a race.

tests/benchmarks/noisy_call.py holds the functions; the paper's own numbers (arXiv:1905.02666, section 5) check them.
"""

import importlib.util
import math
from pathlib import Path

import numpy as np
import pytest
from qiskit.quantum_info import average_gate_fidelity

import qalgo

SPOT = 1.9


@pytest.fixture(scope="module")
def race():
    path = Path(__file__).parents[1] / "benchmarks" / "noisy_call.py"
    spec = importlib.util.spec_from_file_location("noisy_call", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_numbers_are_those_of_the_paper(race):
    assert race.price_grid() == pytest.approx([1.209, 1.744, 2.278, 2.813], abs=1e-3)
    assert race.weights(2.0) == pytest.approx([0.0011, 0.5543, 0.4252, 0.0194], abs=1e-4)
    assert race.SPOTS == (1.8, 1.9, 2.0, 2.1, 2.2, 2.3, 2.4, 2.5)
    # The angles of the payoff are [1.1781, 1.1781, 1.5708, 1.9635]: a is their sine squared, averaged.
    angles = np.array([1.1781, 1.1781, 1.5708, 1.9635])
    a = float(race.weights(2.0) @ np.sin(angles / 2) ** 2)
    problem = qalgo.EstimationProblem(race.preparation("published", 2.0), [2])
    assert problem.exact_amplitude() == pytest.approx(a, abs=1e-4)
    exact = qalgo.EstimationProblem(race.preparation("exact", 2.0), [2]).exact_amplitude()
    reference = float(race.weights(2.0) @ race.payoffs())
    assert race.price("published", problem.exact_amplitude()) == pytest.approx(reference)
    assert race.price("exact", exact) == pytest.approx(reference)


def test_the_noise_has_the_fidelities_it_says(race):
    errors = race.gate_errors()
    assert average_gate_fidelity(errors["cx"].to_quantumchannel()) == pytest.approx(0.978)
    assert average_gate_fidelity(errors["u"].to_quantumchannel()) == pytest.approx(0.997)


def test_the_noise_aware_likelihood_beats_the_published_mitigation(race):
    errors = {}
    for encoding in ("published", "exact"):
        rows = race.fixed_schedules(encoding, (SPOT,), math.inf)
        errors[encoding] = {name: abs(row["errors"][0]) for name, row in rows.items()}
    aware, published = "noise-aware likelihood, k = 0 to 3", "published: CX folded, read-out, k = 0 and 1"
    for encoding, found in errors.items():
        assert found[aware] < (0.07 if encoding == "published" else 0.04)
        assert found[aware] < found[published] < found["as measured, k = 0 and 1"]
    # Fewer CX, smaller errors: the exact encoding needs 3 and 11 for A and QA, the published circuit 5 and 18.
    assert errors["exact"][published] < 0.3 * errors["published"][published]
    assert race.gate_counts("exact")["k=1"] < race.gate_counts("published")["k=1"]
    assert errors["exact"]["all gates folded, read-out, k = 0"] < 0.002
