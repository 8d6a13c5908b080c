import json
import statistics
from dataclasses import dataclass, replace

import pytest
from published_jobs import DERIVATIVES, FACTORING, FOURIER_10

from qalgo.errors import ProblemError
from qalgo.logical_counts import LogicalCounts
from qalgo.physical_resources.cost import CLOSED_FORMS, MODELS, physical_cost
from qalgo.physical_resources.results import PhysicalCost, readable_seconds
from qalgo.physical_resources.technology import ION_TRAP, NEUTRAL_ATOM, SUPERCONDUCTING, Technology


def closed(counts=FOURIER_10, failure_probability=1e-3, **keywords):
    return physical_cost(counts, failure_probability, models=CLOSED_FORMS, **keywords)


def test_spans_are_minimum_median_and_maximum_over_the_models():
    cost = closed()
    qubits = [model.qubits for model in cost.models]
    seconds = [model.seconds for model in cost.models]
    assert len(qubits) >= 5
    assert (cost.qubits.minimum, cost.qubits.maximum) == (min(qubits), max(qubits))
    assert cost.qubits.median == statistics.median(qubits)
    assert (cost.seconds.minimum, cost.seconds.maximum) == (min(seconds), max(seconds))
    assert cost.qubits.ratio == max(qubits) / min(qubits)


def test_every_model_keeps_its_provenance():
    for model in closed().models:
        assert model.source[:4].isdigit()
        assert model.factory
        assert model.assumptions
        assert model.code_distance >= 3
        assert model.qubits > model.factory_qubits > 0


def test_models_without_result_stay_with_their_reason():
    cost = closed(DERIVATIVES, 1e-2)
    hoefler = cost.model("hoefler-2023")
    assert (hoefler.qubits, hoefler.seconds) == (None, None)
    # 28 e^2 of two levels of distillation: 5.3e-11 per CCZ state, 5e8 of them.
    assert "0.027" in hoefler.reason
    assert hoefler.reason in str(cost)
    assert "4 of 6 models" in str(cost).splitlines()[0]


def test_a_machine_of_fixed_size_can_be_too_small():
    counts = replace(FACTORING, num_qubits=9_600, toffoli=1000)
    assert "10,000 logical qubits" in closed(counts).model("hoefler-2023").reason


def test_tables_end_where_they_were_simulated():
    cost = closed(physical_error=2e-3)
    assert "table ends at physical error 0.001" in cost.model("litinski-fast").reason
    assert cost.model("beverland-2022").exists


def test_measurements_alone_need_no_factory():
    counts = LogicalCounts(5, 0, 0, 0, 0, 100)
    cost = closed(counts)
    beverland = cost.model("beverland-2022")
    assert (beverland.factories, beverland.factory_qubits) == (0, 0)
    assert "uses none" in cost.model("gidney-fowler-2019").reason


def test_times_follow_the_technology():
    slow = closed(technology="ion-trap")
    # 600 microseconds per cycle against 0.4 (gates added up) and 1 (assumed).
    assert slow.model("beverland-2022").seconds == pytest.approx(1500 * closed().model("beverland-2022").seconds)
    assert slow.model("babbush-2021").seconds == pytest.approx(600 * closed().model("babbush-2021").seconds)
    assert "code cycles of 1e-06 s" in slow.model("hoefler-2023").reason


@pytest.mark.parametrize("technology", [SUPERCONDUCTING, ION_TRAP, NEUTRAL_ATOM])
def test_technologies_are_named_and_sourced(technology):
    assert closed(technology=technology.name).technology == technology
    assert "2" in technology.source
    added = 4 * technology.gate_seconds + 2 * technology.measurement_seconds
    assert added <= 1.01 * technology.cycle_seconds


def test_the_error_of_the_technology_is_the_default():
    better = replace(SUPERCONDUCTING, name="better", physical_error=1e-4)
    assert closed(technology=better).models == closed(physical_error=1e-4).models


def test_anything_that_holds_counts_will_do():
    @dataclass(frozen=True)
    class Cost:
        counts: LogicalCounts

    assert closed(Cost(FOURIER_10)) == closed()


def test_a_circuit_is_refused_with_the_function_that_counts_it():
    from qiskit import QuantumCircuit

    with pytest.raises(ProblemError, match=r"fault_tolerant_cost\(circuit\)"):
        physical_cost(QuantumCircuit(1))


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"failure_probability": 0}, "failure_probability is 0"),
        ({"failure_probability": 1.5}, "failure_probability is 1.5"),
        ({"physical_error": -1e-3}, "physical_error is -0.001"),
        ({"physical_error": float("nan")}, "physical_error is nan"),
        ({"models": ["gidney"]}, "'gidney'; allowed: one or more of beverland-2022"),
        ({"models": []}, "models: none"),
        ({"technology": "photonic"}, "technology is 'photonic'; allowed: superconducting"),
    ],
)
def test_arguments_out_of_range_are_named(keywords, message):
    with pytest.raises(ProblemError, match=message):
        physical_cost(FOURIER_10, **keywords)


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        (LogicalCounts(0, 1, 0, 0, 0, 0), "no qubits"),
        (LogicalCounts(3, 0, 0, 0, 0, 0), "Clifford gates alone"),
        (7, "logical is a int"),
    ],
)
def test_counts_without_work_are_refused(counts, message):
    with pytest.raises(ProblemError, match=message):
        physical_cost(counts)


def test_above_the_threshold_no_model_is_left():
    with pytest.raises(ProblemError, match=r"no model gives a physical cost at physical_error 0.02.*threshold 0.01"):
        physical_cost(FOURIER_10, physical_error=0.02)


def test_a_technology_needs_positive_times():
    with pytest.raises(ProblemError, match="cycle_seconds is 0"):
        Technology("broken", 1e-6, 1e-6, 0, 1e-3, "nowhere")


def test_dictionary_round_trip():
    cost = closed(DERIVATIVES, 1e-2)
    data = json.loads(json.dumps(cost.to_dict()))
    assert PhysicalCost.from_dict(data) == cost
    assert data["qubits"]["minimum"] == cost.qubits.minimum
    with pytest.raises(ProblemError, match="not a physical cost"):
        PhysicalCost.from_dict({**data, "version": 2})
    del data["models"][0]["source"]
    with pytest.raises(ProblemError, match="damaged"):
        PhysicalCost.from_dict(data)


def test_an_unknown_model_of_a_result_is_named():
    with pytest.raises(ProblemError, match="this result holds: beverland-2022"):
        closed().model("nobody")


def test_the_figure_has_one_point_per_model():
    import matplotlib.pyplot as plt

    cost = closed(DERIVATIVES, 1e-2)
    axes = cost.plot()
    points = {(line.get_xdata()[0], line.get_ydata()[0]) for line in axes.lines if line.get_marker() != "None"}
    assert points == {(model.seconds, model.qubits) for model in cost.models if model.exists}
    assert "2 without result" in axes.get_title()
    assert cost.plot(axes) is axes
    plt.close(axes.figure)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(3.12e-3, "3.12 ms"), (2e-5, "20 us"), (60.0, "60 s"), (7000.0, "117 min"), (1e5, "27.8 h"), (1e8, "3.17 years")],
)
def test_durations_are_readable(seconds, text):
    assert readable_seconds(seconds) == text


def test_all_models_have_distinct_names():
    assert len(MODELS) == len(CLOSED_FORMS) + 4


def test_a_factory_of_two_rounds_says_which_error_it_cannot_go_below():
    """Far below the threshold it is the distillation that ends, at 28 (35 p^3)^2, and no code distance."""
    counts = LogicalCounts(num_qubits=100, t=0, toffoli=600_000, rotations=0, rotation_depth=0, measurements=0)
    reason = closed(counts, 1e-9).model("gidney-fowler-2019").reason
    assert f"{28 * (35 * 1e-9) ** 2:.2g} per CCZ state" in reason
    assert "threshold" not in reason
    with pytest.raises(ProblemError, match=r"no distances suffice at physical error 0.009 \(threshold"):
        physical_cost(FOURIER_10, 0.3, physical_error=9e-3, models="gidney-fowler-2019")
