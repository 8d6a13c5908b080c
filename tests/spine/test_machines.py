import math

import pytest

import qalgo
from qalgo.comparable import GateCost
from qalgo.errors import ProblemError
from qalgo.machines import (
    A100,
    ASIC,
    BABBUSH_2021,
    CPU_CORE,
    HOEFLER_2023,
    MACHINES,
    PROCESSORS,
    QUANTUM_CLOCKS,
    ClassicalProcessor,
    MachineModel,
    QuantumClock,
    machine_named,
    processor_named,
    this_machine,
)
from qalgo.plain_data import from_plain, to_plain


def test_machines_by_name():
    assert machine_named(None) is HOEFLER_2023
    assert machine_named("babbush-2021") is BABBUSH_2021
    assert machine_named(BABBUSH_2021) is BABBUSH_2021
    assert {"hoefler-2023", "hoefler-2023-asic", "babbush-2021", "trapped-ion-2022"} <= set(MACHINES)
    for unknown in ("abacus", 3, ["hoefler-2023"]):
        with pytest.raises(ProblemError, match="hoefler-2023"):
            machine_named(unknown)


def test_every_value_names_its_source():
    for name, value in {**MACHINES, **PROCESSORS, **QUANTUM_CLOCKS}.items():
        assert value.name == name
        assert any(character.isdigit() for character in value.source.split(":")[0])
        assert value.source in str(value)


def test_published_clocks_and_processors():
    assert (HOEFLER_2023.seconds_per_t, HOEFLER_2023.classical_operations_per_second) == (1e-5, 195e12)
    assert BABBUSH_2021.seconds_per_toffoli == pytest.approx(30 * 5.5 * 1e-6)
    assert 1 / CPU_CORE.operations_per_second == pytest.approx(330e-12)
    assert ASIC.operations_per_second > A100.operations_per_second > CPU_CORE.operations_per_second
    # Cycles of 4 gates and 2 measurements; at 50 ns and 100 ns and distance 25 these are the 10 us of 2307.00523.
    assert MACHINES["trapped-ion-2022"].seconds_per_t == pytest.approx(25 * (4 * 100e-6 + 2 * 100e-6))
    assert HOEFLER_2023.seconds_per_t == pytest.approx(25 * (4 * 50e-9 + 2 * 100e-9))


def test_times_of_queries_and_operations():
    model = MachineModel("toy", 1e-5, 2e-5, 1e9, 4.0, "made up")
    assert model.query_seconds(GateCost(10.0, 1000.0, 5, "")) == pytest.approx(1e-2)
    assert model.query_seconds(GateCost(10.0, None, 5, "")) is None
    assert model.operation_seconds(8e9) == pytest.approx(2.0)


def test_another_processor_or_number_of_them_makes_another_machine():
    other = HOEFLER_2023.against(CPU_CORE)
    assert other == HOEFLER_2023.against("cpu-core")
    assert other.name == "hoefler-2023 against cpu-core"
    assert other.seconds_per_t == HOEFLER_2023.seconds_per_t
    assert other.classical_operations_per_second == CPU_CORE.operations_per_second
    assert "330 ps" in other.source
    assert "A100" not in other.source
    scaled = HOEFLER_2023.scaled(parallelism=1e3, distillation=10)
    assert scaled.name == "hoefler-2023, S = 1000, R = 10"
    assert (scaled.parallelism, scaled.seconds_per_t) == (1e3, pytest.approx(1e-6))
    assert HOEFLER_2023.scaled() == HOEFLER_2023
    for wrong in ({"parallelism": 0}, {"distillation": math.nan}):
        with pytest.raises(ProblemError, match=next(iter(wrong))):
            HOEFLER_2023.scaled(**wrong)


def test_this_machine_is_measured_once_and_says_so():
    found = this_machine()
    assert found is this_machine()
    assert found is processor_named("this-machine")
    assert found.measured
    assert "measured" in found.source
    assert "numpy" in found.source
    # Any computer of this century, and no accelerator.
    assert 1e7 < found.operations_per_second < 1e12
    # It has no quantum side: only its classical rate can enter a machine model.
    assert not hasattr(found, "seconds_per_t")
    model = HOEFLER_2023.against(found)
    assert (model.seconds_per_t, model.seconds_per_toffoli) == (1e-5, 1e-5)
    assert model.classical_operations_per_second == found.operations_per_second
    assert not any(processor.measured for processor in PROCESSORS.values())


def test_models_of_older_files_are_read():
    data = {
        "name": "hoefler-2023",
        "seconds_per_t": 1e-5,
        "seconds_per_toffoli": 1e-5,
        "classical_operations_per_second": 195e12,
        "parallelism": 1.0,
        "source": "2307.00523",
    }
    assert to_plain(from_plain(MachineModel, data)) == data


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf, "fast"])
def test_impossible_machines_are_refused(value):
    with pytest.raises(ProblemError, match="seconds_per_t"):
        MachineModel("m", value, 1.0, 1.0, 1.0, "")
    with pytest.raises(ProblemError, match="seconds_per_toffoli"):
        QuantumClock("m", 1.0, value, "")
    with pytest.raises(ProblemError, match="operations_per_second"):
        ClassicalProcessor("m", value, "")


def test_unknown_processors_are_refused():
    with pytest.raises(ProblemError, match="this-machine"):
        processor_named("abacus")


def test_what_a_user_types():
    assert float(qalgo.machines.operation_budget("fp16", order=2)) == pytest.approx(0.1993, rel=1e-3)
    assert float(qalgo.machines.crossover_of(17e-3, 33e-9).seconds) == pytest.approx(2.43 * 3600, rel=2e-3)


@pytest.mark.parametrize("change", [{"parallelism": 1e300}, {"parallelism": 1e-300}, {"distillation": 1e300}])
def test_figures_whose_products_are_no_numbers_are_refused(change):
    with pytest.raises(ProblemError, match="allowed: 1e-60 to 1e"):
        HOEFLER_2023.scaled(**change)
