"""Tasks of the tests, at the top level of a module so that other processes can import them."""

import math
import os
import signal
import time

import numpy as np

from qalgo.errors import ConvergenceError

GRID = {"x": [0.5, 1, 2.5, 4], "y": ["a", "b", "c"]}


def noisy(*, seed, x, y):
    """A value that shows every bit of the seed, slowest for the first points so that workers finish out of order."""
    time.sleep(0.002 / (1 + x))
    random = np.random.default_rng(seed)
    return {"value": float(random.normal(x, 1.0)), "letter": y, "draws": random.integers(0, 2**62, 2)}


def logged(*, seed, x, log):
    """Append one line to a file for every call."""
    with open(log, "a") as stream:
        stream.write(f"{x}\n")
    return float(np.random.default_rng(seed).random())


def root_of(*, seed, x):
    if x == 13:
        raise ConvergenceError("thirteen does not converge")
    return math.sqrt(x)


def deadly(*, seed, x):
    if x == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return x


def mistaken(*, seed, x):
    if x == 3:
        raise KeyError("a slip of the pen")
    return x


def interrupted(*, seed, x):
    if x == 3:
        raise KeyboardInterrupt
    return x
