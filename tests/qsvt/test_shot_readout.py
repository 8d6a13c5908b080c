"""x from shots: magnitudes, signs, phases and norm against numpy.linalg.solve, and the level of the intervals."""

import numpy as np
import pytest
from qiskit.primitives import StatevectorSampler

import qalgo
from qalgo.qsvt.shot_readout import Edge, spanning_phases

MATRIX = np.array([[2.0, 1.0, 0.0, 0.5], [0.0, 3.0, 1.0, 0.0], [1.0, 0.0, -2.0, 1.0], [0.0, 0.3, 0.0, 1.5]])
RHS = np.array([1.0, 2.0, -1.0, -0.9])


def test_signs_norm_and_intervals_of_a_real_system():
    solution = qalgo.solve_linear_system(MATRIX, RHS, epsilon=1e-3, readout="shots", shots=100_000, seed=3)
    exact = np.linalg.solve(MATRIX, RHS)
    assert not solution.emulated
    assert solution.run is not None
    assert len(solution.run.counts) == 3  # as it is, and H on each of two qubits
    np.testing.assert_array_equal(np.sign(solution.x), np.sign(exact))
    assert len(solution.intervals) == len(solution.magnitude_intervals) == 4
    for interval, magnitude, value in zip(solution.intervals, solution.magnitude_intervals, exact, strict=True):
        assert interval.contains(value)
        assert magnitude.contains(abs(value))
        assert not interval.contains(-value)
        assert interval.half_width < 0.05
    assert solution.norm_interval.contains(np.linalg.norm(exact))
    assert solution.norm_interval.half_width < 0.02
    assert "together" in solution.interval_meaning
    again = qalgo.solve_linear_system(MATRIX, RHS, epsilon=1e-3, readout="shots", shots=100_000, seed=3)
    assert again.equals(solution)
    assert qalgo.LinearSystemSolution.from_dict(solution.to_dict()).equals(solution)


def test_phases_of_a_complex_system():
    rhs = RHS + 1j * np.array([0.3, -0.2, 1.0, 2.0])
    matrix = MATRIX * np.exp(0.3j)
    solution = qalgo.solve_linear_system(matrix, rhs, epsilon=1e-3, readout="shots", shots=200_000, seed=5)
    exact = np.linalg.solve(matrix, rhs)
    assert len(solution.run.counts) == 5
    assert solution.intervals == ()
    np.testing.assert_allclose(solution.x, exact, atol=0.05)
    assert all(i.contains(abs(v)) for i, v in zip(solution.magnitude_intervals, exact, strict=True))


def test_any_sampler_and_a_size_that_is_no_power_of_two():
    matrix, rhs = MATRIX[:3, :3], RHS[:3]
    solution = qalgo.solve_linear_system(
        matrix, rhs, epsilon=1e-2, readout="shots", shots=20_000, sampler=StatevectorSampler(seed=4)
    )
    exact = np.linalg.solve(matrix, rhs)
    assert solution.x.shape == (3,)
    np.testing.assert_allclose(solution.x, exact, atol=0.1)
    assert all(i.contains(v) for i, v in zip(solution.intervals, exact, strict=True))
    assert "StatevectorSampler" in solution.run.sampler


def test_joint_intervals_hold_as_often_as_they_say():
    matrix, rhs = np.array([[1.0, 0.4], [0.2, -0.8]]), np.array([1.0, 0.7])
    exact = np.linalg.solve(matrix, rhs)
    missed, undecided = 0, 0
    for seed in range(60):
        solution = qalgo.solve_linear_system(
            matrix, rhs, epsilon=1e-2, readout="shots", shots=300, seed=seed, confidence=0.8
        )
        pairs = zip(solution.intervals, exact, strict=True)
        missed += not (all(i.contains(v) for i, v in pairs) and solution.norm_interval.contains(np.linalg.norm(exact)))
        undecided += any(i.low < 0.0 < i.high for i in solution.intervals)
        assert {i.level for i in solution.intervals} == {0.8}
    assert missed <= 22  # P(more) < 1e-3 at a level of exactly 80 %
    assert undecided < 60  # some intervals say a sign


def test_too_few_shots_say_so():
    with pytest.raises(qalgo.ConvergenceError, match="shots was accepted"):
        qalgo.solve_linear_system(np.diag([1.0, 0.03]), [1.0, 0.0], epsilon=1e-2, readout="shots", shots=1, seed=1)


def test_the_most_significant_tree_is_followed():
    unit = np.array([0.8, 0.4, 0.4, 0.2])
    edges = [
        Edge(0, 1, -1.0, 9.0, True),
        Edge(0, 2, 1.0, 0.1, False),  # wrong, but insignificant
        Edge(1, 3, -1.0, 5.0, True),
        Edge(2, 3, -1.0, 4.0, True),
    ]
    phases, certain = spanning_phases(unit, edges)
    np.testing.assert_array_equal(phases.real, [1.0, -1.0, -1.0, 1.0])
    assert certain.all()
    phases, certain = spanning_phases(unit, edges[:2])
    np.testing.assert_array_equal(certain, [True, True, False, False])
