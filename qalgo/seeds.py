"""One root seed, many independent streams: derived by purpose and index, never by the order of calls."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from qalgo.errors import ProblemError

__all__ = ["Purpose", "derived_seed", "root_seed", "stream"]


class Purpose(IntEnum):
    """What a random stream is used for: the first part of its spawn key. Part of every result: never renumber."""

    SAMPLING = 1
    TRANSPILATION = 2
    EMULATION = 3
    TRIAL = 4
    BASELINE = 5
    BOOTSTRAP = 6
    BOOK = 7
    MITIGATION = 8
    SWEEP = 9
    SYNTHESIS = 10
    VERIFICATION = 11


def root_seed(seed: int | np.random.Generator | None) -> int:
    """Return the one integer from which every stream of a run is derived.

    Args:
        seed: a non-negative integer, a Generator (one integer is drawn from it) or None (fresh entropy).

    Raises:
        ProblemError: for a negative or non-integer seed.
    """
    if seed is None:
        return int(np.random.SeedSequence().generate_state(1, np.uint64)[0] >> np.uint64(1))
    if isinstance(seed, np.random.Generator):
        return int(seed.integers(0, 2**63 - 1))
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise ProblemError(f"seed is {seed!r}; allowed: a non-negative integer, a numpy Generator or None")
    return int(seed)


def stream(root: int, purpose: Purpose, *index: int) -> np.random.Generator:
    """Return the random stream for (purpose, index...), the same whenever and wherever it is asked for."""
    return np.random.default_rng(np.random.SeedSequence(root, spawn_key=(int(purpose), *index)))


def derived_seed(root: int, purpose: Purpose, *index: int) -> int:
    """Return a 31-bit integer seed for libraries that take no Generator (samplers, transpiler)."""
    state = np.random.SeedSequence(root, spawn_key=(int(purpose), *index)).generate_state(1, np.uint32)
    return int(state[0] >> np.uint32(1))
