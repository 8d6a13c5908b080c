import json

import numpy as np
import pytest

from qalgo.budgets import BINARY_TABLE_1, HOEFLER_OPERATIONS, OperationRate, bandwidth_limit, operation_budget
from qalgo.errors import ProblemError
from qalgo.published import BABBUSH_PRIMITIVES, BABBUSH_TABLE, HOEFLER_TABLE_2, SEARCH_OVERHEADS

# 2307.00523, Table 2, recomputed by hand from the constants of its Methods; orders 2, 3, 4.
RECOMPUTED = {
    "fp16": (0.1993, 45_750, 2.801e6),
    "int32": (0.003204, 1_631, 130_200),
    "binary": (68.32, 1.254e7, 7.123e8),
}
ON_A_GPU = {"fp16": (0.565, 77_050, 3.97e6), "int32": (0.0707, 7_659, 3.65e5), "binary": (1060, 4.94e7, 1.78e9)}
DAY, YEAR = 86_400.0, 365.25 * 86_400.0


@pytest.mark.parametrize("kind", RECOMPUTED)
def test_all_nine_budgets_of_table_2(kind):
    for order, exact in zip((2, 3, 4), RECOMPUTED[kind], strict=True):
        found = operation_budget(kind, order=order)
        assert float(found) == found.operations == pytest.approx(exact, rel=1e-3)


@pytest.mark.parametrize(("entry", "printed"), HOEFLER_TABLE_2.items())
def test_they_round_to_what_the_paper_prints(entry, printed):
    scale = 1e6 if printed.endswith("M") else 1.0
    digits = printed.rstrip("M").replace(",", "")
    value = float(digits) * scale
    significant = len(digits.replace(".", "").strip("0"))
    found = operation_budget(entry[0], order=entry[1]).operations
    assert float(f"{found:.{significant - 1}e}") == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("kind", ON_A_GPU)
def test_budgets_against_a_gpu(kind):
    found = [operation_budget(kind, order=order, baseline="gpu").operations for order in (2, 3, 4)]
    assert found == pytest.approx(ON_A_GPU[kind], rel=5e-3)


def test_operation_rates_of_table_1():
    rates = [HOEFLER_OPERATIONS[kind] for kind in ("fp16", "int32", "binary")]
    assert [rate.asic for rate in rates] == pytest.approx([5.531e14, 2.151e14, 7.743e16], rel=1e-3)
    assert [rate.gpu for rate in rates] == [195e12, 9.75e12, 4.992e15]
    assert [rate.quantum for rate in rates] == pytest.approx([10_500, 830.08, 2.3e6], rel=1e-5)
    assert [(rate.units, rate.depth) for rate in rates] == [(21, 200), (17, 2048), (23, 1)]


def test_both_readings_of_the_binary_throughput_and_the_flag():
    methods, table = operation_budget("binary"), operation_budget("binary", reading="table-1")
    assert (methods.operations, table.operations) == pytest.approx((68.32, 0.7132), rel=1e-3)
    assert methods.operations / table.operations == pytest.approx((2.3e6 / BINARY_TABLE_1) ** 2)
    higher = [operation_budget("binary", order=order, reading="table-1").operations for order in (3, 4)]
    assert higher == pytest.approx([4.1e5, 3.4e7], rel=0.015)
    for found in (methods, table):
        assert found.flagged
        assert "contradicts itself" in str(found)
    assert not operation_budget("fp16", reading="table-1").flagged
    assert operation_budget("fp16", reading="table-1").operations == operation_budget("fp16").operations


def test_the_answer_says_where_it_comes_from():
    found = operation_budget("fp16", order=2)
    assert str(found).splitlines()[0] == "operation budget: 0.1993 fp16 operations per oracle call"
    assert "2307.00523" in str(found)
    assert found._repr_html_().startswith("<pre>operation budget")
    data = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert data["operations"] == found.operations
    assert operation_budget(OperationRate("mine", 1.0, 2.0, 0.5, 1, 1)).source == "rates given by the caller"


def test_order_parallelism_and_distillation_reach_the_formula():
    base = operation_budget("fp16").operations
    assert operation_budget("fp16", parallelism=10).operations == pytest.approx(base / 10)
    assert operation_budget("fp16", distillation=10).operations == pytest.approx(base * 100)
    assert operation_budget("fp16", seconds=2e6).operations == pytest.approx(base * 2)
    none = operation_budget("fp16", order=1)
    assert (none.operations, none.to_dict()["queries"]) == (0.0, None)
    assert "none" in str(none)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"kind": "fp8"}, "fp16, int32, binary"),
        ({"kind": 1.0}, "OperationRate"),
        ({"baseline": "cpu"}, "asic, gpu"),
        ({"reading": "table-2"}, "methods, table-1"),
        ({"order": 0}, "order"),
        ({"seconds": -1}, "seconds"),
    ],
)
def test_unknown_budgets_are_refused(arguments, words):
    with pytest.raises(ProblemError, match=words):
        operation_budget(**{"kind": "fp16", **arguments})


def test_input_bandwidth():
    found = bandwidth_limit()
    assert (found.quantum_bits, found.classical_bits) == pytest.approx((1e15, 1e19))
    # Each of N queries reads the input: a quadratic speed-up makes up for 10,000 after N = 10,000 of them.
    assert found.bits_per_query == pytest.approx(1e15 / 1e4)
    assert bandwidth_limit(order=3).bits_per_query == pytest.approx(1e15 / 1e2)
    assert found.allows(1e11 / 2)
    assert not found.allows(1e12)
    assert "2307.00523" in str(found)
    assert "2307.00523" not in str(bandwidth_limit(quantum_bits_per_second=1.0))
    with pytest.raises(ProblemError, match="bits per second"):
        bandwidth_limit(quantum_bits_per_second=0)


# ---------------------------------------------------------------- tables of the other papers


@pytest.mark.parametrize("entry", BABBUSH_TABLE, ids=lambda entry: entry.name)
def test_break_even_times_of_babbush(entry):
    """2011.04149: printed with two digits; the lower bound's 2.4 h and 14 s are within 3 % of its rounded inputs."""
    if entry.printed_seconds is not None:
        assert entry.seconds == pytest.approx(entry.printed_seconds, rel=0.03)


@pytest.mark.parametrize(
    ("primitive", "order", "parallelism", "distillation", "seconds"),
    [
        ("lower-bound", 2, 1, 1, 17e-3**2 / 33e-9),
        ("lower-bound", 2, 1e3, 1, 101.4 * DAY),
        ("lower-bound", 2, 1e6, 1, 277.5 * YEAR),
        ("qsa-sk512", 2, 1, 1, 320.1 * DAY),
        ("qsa-sk512", 2, 1e3, 1, 876.4 * YEAR),
        ("qsa-sk512", 2, 1e6, 1, 8.764e5 * YEAR),
        ("qsa-sk512", 3, 1e6, 1, 40.4 * DAY),
        ("qsa-sk512", 4, 1e6, 1, 4.86 * 3600),
        ("qsa-sk512", 2, 1e3, 10, 8.764 * YEAR),
        ("qsa-sk512", 2, 1e3, 100, 32.0 * DAY),
        ("qsa-sk512", 2, 1e3, 1000, 7.68 * 3600),
    ],
)
def test_every_entry_is_there_by_name(primitive, order, parallelism, distillation, seconds):
    wanted = (primitive, order, parallelism, distillation)
    (entry,) = [
        item for item in BABBUSH_TABLE if (item.primitive, item.order, item.parallelism, item.distillation) == wanted
    ]
    assert entry.seconds == pytest.approx(seconds, rel=2e-3)


def test_break_even_sizes_of_babbush():
    sizes = {entry.name: entry.queries for entry in BABBUSH_TABLE}
    assert sizes["lower-bound, order 2, S = 1"] == pytest.approx(5.15e5, rel=1e-3)
    assert sizes["qsa-sk512, order 2, S = 1"] == pytest.approx(6.29e7, rel=1e-3)
    assert set(BABBUSH_PRIMITIVES) == {"lower-bound", "qsa-sk512"}


def test_crossover_sizes_of_unstructured_search():
    """2310.15505 and the presets of the calculator of 2508.21031, with its year pinned."""
    alone = {name: overhead.log10_crossover() for name, overhead in SEARCH_OVERHEADS.items()}
    many = {name: overhead.log10_crossover(1e5) for name, overhead in SEARCH_OVERHEADS.items()}
    expected = {"choi-2023": 12.0, "ibm-2024": 9.04, "ionq-2024": 16.96, "quera-2024": 10.20}
    assert alone == pytest.approx(expected, abs=0.005)
    del many["choi-2023"]
    assert many == pytest.approx({"ibm-2024": 19.37, "ionq-2024": 26.96, "quera-2024": 20.20}, abs=0.005)
    # n / p = C sqrt(n) sqrt(log2 n), by substitution.
    size = 10.0 ** alone["ibm-2024"]
    assert size == pytest.approx(10**3.78 * np.sqrt(size) * np.sqrt(np.log2(size)), rel=1e-9)
    with pytest.raises(ProblemError, match="processors"):
        SEARCH_OVERHEADS["ibm-2024"].log10_crossover(0)
