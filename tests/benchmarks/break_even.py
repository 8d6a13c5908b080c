"""Break-even: 1e5 scenarios timed, the papers' tables beside ours, coverage of the intervals, a call on every machine.

    python tests/benchmarks/break_even.py [--repetitions 100] [--seeds 200] [--out FILE.json]

CPU seconds are those of this machine in this run. The tables are printed figures of 2307.00523 and 2011.04149; coverage
is counted on problems whose crossing is known in closed form (``tests/spine/toy_problem.py``).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
SETUP = {"spot": 2.0, "strike": 1.896, "rate": 0.05, "volatility": 0.4, "maturity": 40 / 365}
SEED = 7
SCENARIOS = 100_000


def timing(rounds: int = 15) -> dict[str, float]:
    """CPU seconds of one vectorised call for 1e5 scenarios in which all seven arguments are arrays."""
    from qalgo.machines import crossover_of

    random = np.random.default_rng(SEED)
    logs = {
        name: 10.0 ** random.uniform(*ends, SCENARIOS)
        for name, ends in {
            "quantum_seconds": (-8, 0),
            "classical_seconds": (-15, -6),
            "parallelism": (0, 6),
            "distillation": (0, 3),
            "operations": (0, 9),
            "seconds": (0, 9),
        }.items()
    }
    order = random.uniform(1.0, 4.0, SCENARIOS)
    seconds = []
    for _ in range(rounds):
        started = time.process_time()
        crossover_of(**logs, order=order)
        seconds.append(time.process_time() - started)
    return {"scenarios": SCENARIOS, "cpu_seconds_median": statistics.median(seconds), "cpu_seconds_most": max(seconds)}


def tables() -> dict[str, object]:
    """The printed entries beside ours."""
    from qalgo.machines import BABBUSH_TABLE, HOEFLER_TABLE_2, SEARCH_OVERHEADS, bandwidth_limit, operation_budget

    hoefler = [
        {
            "kind": kind,
            "order": order,
            "printed": printed,
            "asic": operation_budget(kind, order=order).operations,
            "gpu": operation_budget(kind, order=order, baseline="gpu").operations,
            "reading_table_1": operation_budget(kind, order=order, reading="table-1").operations,
        }
        for (kind, order), printed in HOEFLER_TABLE_2.items()
    ]
    babbush = [
        {
            "entry": entry.name,
            "printed": entry.printed,
            "seconds": entry.seconds,
            "ratio_to_printed": None if entry.printed_seconds is None else entry.seconds / entry.printed_seconds,
        }
        for entry in BABBUSH_TABLE
    ]
    search = [
        {"preset": item.name, "log10_size_1": item.log10_crossover(), "log10_size_1e5": item.log10_crossover(1e5)}
        for item in SEARCH_OVERHEADS.values()
    ]
    limit = bandwidth_limit()
    bits = {"read_once": limit.quantum_bits, "classical": limit.classical_bits, "per_query": limit.bits_per_query}
    return {"2307.00523": hoefler, "2011.04149": babbush, "2310.15505 and 2508.21031": search, "input_bits": bits}


def coverage(seeds: int, repetitions: int) -> dict[str, object]:
    """How often the 99 % interval of the crossing time holds the truth, by bootstrap and by regenerated replicates."""
    sys.path.insert(0, str(HERE.parent / "spine"))
    from toy_problem import ToyProblem, monte_carlo, quantum

    from qalgo.break_even_verdict import break_even
    from qalgo.comparison import compare
    from qalgo.machines import HOEFLER_2023

    # 3/e queries of 1000 T against 4/e^2 samples of 100 operations.
    truth = 0.03 / (400.0 / 195e12 / 0.03)
    twin = replace(HOEFLER_2023, name="twin")
    found: dict[str, object] = {}
    for label, theorems in (("exponents from theorems", {}), ("exponents fitted", {"theorem": None})):
        problem = ToyProblem(quantum_methods=(quantum(**theorems),), classical_methods=(monte_carlo(**theorems),))
        held, widths = {"bootstrap": 0, "regenerated": 0}, []
        for seed in range(seeds):
            comparison = compare(problem, repetitions=repetitions, seed=seed)
            bootstrap, regenerated = break_even(comparison, [HOEFLER_2023, twin]).crossings
            for name, item in (("bootstrap", bootstrap), ("regenerated", regenerated)):
                held[name] += item.seconds_low <= truth <= item.seconds_high
            spans = [np.log(item.seconds_high / item.seconds_low) for item in (bootstrap, regenerated)]
            widths.append(float(spans[1] / spans[0]))
        ratio = {"median": statistics.median(widths), "least": min(widths), "most": max(widths)}
        found[label] = {"seeds": seeds, "runs_per_accuracy": repetitions, "held": held, "width_ratio": ratio}
    return found


def verdicts(repetitions: int) -> dict[str, object]:
    """The European call against its baselines, on every machine."""
    import qalgo

    comparison = qalgo.compare(qalgo.EuropeanCall(**SETUP), repetitions=repetitions, seed=SEED)
    started = time.process_time()
    verdict = qalgo.break_even(comparison, list(qalgo.machines.MACHINES))
    seconds = time.process_time() - started
    print(verdict)
    rows = [
        item.to_dict() | {"status": item.status} for item in verdict.crossings if item.quantum == verdict.default.name
    ]
    return {
        "setup": SETUP,
        "runs_per_accuracy": repetitions,
        "t_per_query": verdict.default.work,
        "headline": verdict.headline,
        "cpu_seconds_of_the_verdict": seconds,
        "crossings": rows,
        "text": str(verdict).splitlines(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=100, help="runs per accuracy of the call")
    parser.add_argument("--seeds", type=int, default=200, help="toy comparisons for the coverage")
    parser.add_argument("--out", default=str(HERE / "results" / "break_even.json"))
    arguments = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from qalgo.machines import this_machine
    from qalgo.versions import versions

    result = {
        "schema": "qalgo.benchmark.break_even",
        "version": 1,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
        "versions": dict(versions()),
        "seed": SEED,
        "timing": timing(),
        "this_machine_operations_per_second": this_machine().operations_per_second,
        "tables": tables(),
        "coverage": coverage(arguments.seeds, 40),
        "european_call": verdicts(arguments.repetitions),
    }
    Path(arguments.out).write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps({name: result[name] for name in ("timing", "tables", "coverage")}, indent=1))


if __name__ == "__main__":
    main()
