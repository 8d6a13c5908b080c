"""Outcomes under depolarising noise, for tests only: the state itself is mixed, independent of the product's formulas.

A register whose plane of good and bad parts is a qubit: every use of A keeps the state with probability 1 - r and
replaces it by one that is found good with probability ``fixed_point`` and as all zeros with probability ``zeros``.
"""

import math

import numpy as np

from qalgo.transcript import ReturnShots, Round


class NoisyLaw:
    """A measurement source for the loop."""

    mode = "subspace"
    device = "emulated with noise in a test"

    def __init__(self, a, seed, rate, fixed_point=0.5, zeros=1 / 16):
        self.theta = math.asin(math.sqrt(a)) if a <= 0.5 else math.pi / 2 - math.asin(math.sqrt(1 - a))
        self.random = np.random.default_rng(seed)
        self.rate, self.fixed_point, self.zeros = rate, fixed_point, zeros

    def measure(self, requests, round_index):
        return tuple(int(self.random.binomial(request.shots, self.probability(request))) for request in requests)

    def probability(self, request):
        """Rotate a vector (bad, good) by 2 theta for each Q; count the uses that must all have kept the state."""
        turn = np.array([[math.cos(2 * self.theta), -math.sin(2 * self.theta)], [math.sin(2 * self.theta), 0.0]])
        turn[1, 1] = turn[0, 0]
        start = np.array([math.cos(self.theta), math.sin(self.theta)])
        state = np.linalg.matrix_power(turn, request.power) @ start
        if isinstance(request, ReturnShots):
            kept = (1 - self.rate) ** (2 * request.power + 2)
            return min(1.0, kept * float(start @ state) ** 2 + (1 - kept) * self.zeros)
        kept = (1 - self.rate) ** (2 * request.power + 1)
        return min(1.0, kept * float(state[1]) ** 2 + (1 - kept) * self.fixed_point)


def run(estimator, source, max_rounds=2000):
    """Drive an estimator to its end; returns the finished rounds."""
    rounds = []
    while requests := estimator.next_round():
        if len(rounds) >= max_rounds:
            raise AssertionError(f"no end after {max_rounds} rounds")
        finished = Round(requests, source.measure(requests, len(rounds)))
        estimator.observe(finished)
        rounds.append(finished)
    return tuple(rounds)
