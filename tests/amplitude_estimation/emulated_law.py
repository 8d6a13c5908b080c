"""Outcomes drawn from the closed-form laws, for tests only and independent of the product.

Grover shots: sin^2((2k+1) theta). Phase read-outs: the amplitudes of the textbook circuit, summed term by term for
each read-out and each eigenphase (no Fourier transform), with the window handed in as a vector.
"""

import math

import numpy as np

from qalgo.transcript import GroverShots, Round


class EmulatedLaw:
    """A measurement source for the loop."""

    mode = "subspace"
    device = "emulated in a test"

    def __init__(self, a, seed, windows=None):
        self.theta = math.asin(math.sqrt(a)) if a <= 0.5 else math.pi / 2 - math.asin(math.sqrt(1 - a))
        self.random = np.random.default_rng(seed)
        self.windows = windows

    def measure(self, requests, round_index):
        return tuple(self.draw(request) for request in requests)

    def draw(self, request):
        if isinstance(request, GroverShots):
            good = min(1.0, math.sin((2 * request.power + 1) * self.theta) ** 2)
            return int(self.random.binomial(request.shots, good))
        law = self.windows(request, self.theta)
        return tuple(int(y) for y in self.random.choice(law.size, size=request.shots, p=law))


def readout_law_by_sums(theta, window):
    """P(y) as |1/sqrt(M) sum_j w_j exp(i j (phase - 2 pi y/M))|^2, averaged over phase = +-2 theta."""
    size = len(window)
    index = np.arange(size)
    law = np.zeros(size)
    for phase in (2 * theta, -2 * theta):
        for readout in range(size):
            amplitude = np.sum(window * np.exp(1j * index * (phase - 2 * np.pi * readout / size))) / math.sqrt(size)
            law[readout] += 0.5 * abs(amplitude) ** 2
    return law / law.sum()


def run(estimator, source, max_rounds=5000):
    """Drive an estimator to its end; returns the finished rounds."""
    rounds = []
    while requests := estimator.next_round():
        if len(rounds) >= max_rounds:
            raise AssertionError(f"no end after {max_rounds} rounds")
        finished = Round(requests, source.measure(requests, len(rounds)))
        estimator.observe(finished)
        rounds.append(finished)
    return rounds


EDGES = (0.0, 1e-6, 0.5, math.sin(math.pi / 8) ** 2, 1 - 1e-6, 1.0)
EPSILONS = (0.3, 0.1, 1e-2, 1e-3, 1e-4)
