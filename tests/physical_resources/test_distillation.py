import itertools

import pytest
from scipy.stats import binom

from qalgo.physical_resources.distillation import UNITS, best_t_factory, copies_needed
from qalgo.physical_resources.surface_code import patch_error


@pytest.mark.parametrize("successes", [1, 2, 15, 255])
@pytest.mark.parametrize("failure", [1e-9, 1e-4, 0.0161, 0.2])
@pytest.mark.parametrize("allowed", [0.01, 0.005])
def test_copies_are_the_binomial_quantile(successes, failure, allowed):
    copies = copies_needed(successes, failure, allowed)
    assert binom.ppf(allowed, copies, 1 - failure) >= successes
    assert copies == successes or binom.ppf(allowed, copies - 1, 1 - failure) < successes


def test_a_round_that_fails_half_the_time_is_refused():
    assert copies_needed(15, 0.5, 0.01) is None


def exhaustive(target, physical_error, max_distance):
    """Least qubits x cycles over every pipeline of one or two rounds, without any pruning."""
    choices = [
        (patches * 2 * d * d, cycles * d, d, patch_error(physical_error, d, 0.03))
        for _, patches, cycles in UNITS
        for d in range(3, max_distance + 1, 2)
        if patch_error(physical_error, d, 0.03) <= 0.1 * physical_error
    ]
    volumes = []
    for rounds in (1, 2):
        for units in itertools.product(choices, repeat=rounds):
            if any(later[2] < earlier[2] for earlier, later in itertools.pairwise(units)):
                continue
            errors = [physical_error]
            for unit in units:
                errors.append(35 * errors[-1] ** 3 + 7.1 * unit[3])
            failures = [15 * error + 356 * unit[3] for unit, error in zip(units, errors, strict=False)]
            if errors[-1] > target or any(late >= early for early, late in itertools.pairwise(errors)):
                continue
            if any(failure >= 0.5 for failure in failures):
                continue
            needed, space = 1, 0
            for unit, failure in zip(reversed(units), reversed(failures), strict=True):
                needed = copies_needed(needed, failure, 0.01 / rounds)
                space = max(space, needed * unit[0])
                needed *= 15
            volumes.append(space * sum(unit[1] for unit in units))
    return min(volumes, default=None)


@pytest.mark.parametrize("physical_error", [1e-3, 1e-4])
@pytest.mark.parametrize("target", [1e-6, 1e-8, 1e-10, 1e-12])
def test_the_search_misses_no_better_factory(physical_error, target):
    found = best_t_factory(target, physical_error, max_distance=25)
    assert found.error <= target
    assert found.qubits * found.cycles == exhaustive(target, physical_error, 25)


def test_no_factory_where_the_distance_is_too_small():
    assert best_t_factory(1e-10, 1e-3, max_distance=9) is None


def test_t_states_good_enough_are_not_distilled():
    factory = best_t_factory(2e-3, 1e-3, max_distance=9)
    assert factory.rounds == ()
    assert factory.error == 1e-3
