"""Laws that hold for every algorithm."""

from dataclasses import replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from qalgo.errors import ProblemError
from qalgo.logical_counts import LogicalCounts
from qalgo.physical_resources.cost import CLOSED_FORMS, physical_cost
from qalgo.physical_resources.results import PhysicalCost


@st.composite
def logical_counts(draw):
    size = st.floats(0, 9).map(lambda digits: int(10**digits))
    qubits, rotations = draw(st.integers(1, 10_000)), draw(st.just(0) | size)
    depth = draw(st.integers(-(-rotations // qubits), rotations))
    t, toffoli = draw(st.just(0) | size), draw(st.just(0) | size)
    assume(t + toffoli + rotations > 0)
    return LogicalCounts(qubits, t, toffoli, rotations, depth, draw(st.integers(0, 10_000)))


failures = st.floats(-9, -0.5).map(lambda digits: 10**digits)
errors = st.floats(-5, -2.1).map(lambda digits: 10**digits)
effort = settings(max_examples=60, deadline=None)


def closed(counts, failure, error):
    try:
        return physical_cost(counts, failure, physical_error=error, models=CLOSED_FORMS)
    except ProblemError as refusal:
        assume("no model gives" not in str(refusal))
        raise


@effort
@given(logical_counts(), failures, errors)
def test_every_result_keeps_its_promises(counts, failure, error):
    cost = closed(counts, failure, error)
    assert cost.qubits.minimum <= cost.qubits.median <= cost.qubits.maximum
    for model in cost.models:
        if model.exists:
            assert model.qubits in cost.qubits
            assert model.seconds in cost.seconds
            # A patch holds one logical qubit.
            assert model.qubits >= counts.num_qubits * 2 * model.code_distance**2
            assert model.error <= failure * (1 + 1e-12)
    assert PhysicalCost.from_dict(cost.to_dict()) == cost


def model_of(name, counts, failure, error):
    return closed(counts, failure, error).model(name)


def volume(model):
    return model.qubits * model.seconds if model.exists else float("inf")


@effort
@given(logical_counts(), failures, errors, st.floats(1, 100))
def test_least_volume_never_falls_when_more_is_asked(counts, failure, error, factor):
    name = "gidney-fowler-2019"
    plain = volume(model_of(name, counts, failure, error))
    assert volume(model_of(name, counts, failure / factor, error)) >= plain
    assert volume(model_of(name, replace(counts, t=int(counts.t * factor)), failure, error)) >= plain
    assert volume(model_of(name, replace(counts, num_qubits=counts.num_qubits + 7), failure, error)) >= plain
    assert volume(model_of(name, counts, failure, max(error / factor, 1e-6))) <= plain


@effort
@given(logical_counts(), failures, errors, st.floats(1, 100))
def test_code_distance_never_falls_when_more_is_asked(counts, failure, error, factor):
    def distance(asked, probability, rate):
        model = model_of("beverland-2022", asked, probability, rate)
        return model.code_distance if model.exists else 10**6

    plain = distance(counts, failure, error)
    assert distance(counts, failure / factor, error) >= plain
    assert distance(counts, failure, max(error / factor, 1e-6)) <= plain


@effort
@given(logical_counts(), st.integers(1, 1000))
def test_time_grows_with_the_t_count(counts, more):
    before, after = closed(counts, 0.3, 1e-4), closed(replace(counts, t=counts.t + more), 0.3, 1e-4)
    for first, second in zip(before.models, after.models, strict=True):
        if first.exists and second.exists and first.code_distance == second.code_distance:
            assert second.seconds >= first.seconds * (1 - 1e-12)
