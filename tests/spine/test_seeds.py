import numpy as np
import pytest

from qalgo.errors import ProblemError
from qalgo.seeds import Purpose, derived_seed, root_seed, stream


def test_streams_depend_on_purpose_and_index_not_on_the_order_of_calls():
    later = stream(5, Purpose.SAMPLING, 3).random(4)
    stream(5, Purpose.SAMPLING, 0).random(100)
    assert np.array_equal(stream(5, Purpose.SAMPLING, 3).random(4), later)
    others = [stream(5, Purpose.SAMPLING, 4), stream(5, Purpose.BOOTSTRAP, 3), stream(6, Purpose.SAMPLING, 3)]
    assert all(not np.array_equal(other.random(4), later) for other in others)


def test_root_seed_is_an_integer_and_repeatable():
    assert root_seed(7) == 7
    assert root_seed(np.int64(7)) == 7
    assert root_seed(np.random.default_rng(1)) == root_seed(np.random.default_rng(1))
    assert root_seed(None) != root_seed(None)


@pytest.mark.parametrize("seed", [-1, 1.5, "7", True])
def test_a_wrong_seed_is_named(seed):
    with pytest.raises(ProblemError, match="seed is"):
        root_seed(seed)


def test_derived_seeds_fit_31_bits_and_differ():
    seeds = {derived_seed(1, Purpose.SAMPLING, index) for index in range(1000)}
    assert len(seeds) == 1000
    assert max(seeds) < 2**31
