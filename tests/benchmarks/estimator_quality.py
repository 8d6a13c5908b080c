"""Coverage and cost of the estimators on outcomes drawn from the exact law (emulated), with fresh seeds.

    python tests/benchmarks/estimator_quality.py [--runs 2000] [--quick] [--methods bayesian,bayesian:batched,...]
        [--tables coverage,cost,...]

Per method: (1) coverage over a x epsilon with exact (Clopper-Pearson) bounds and one-sided binomial tests of
"coverage >= confidence" under Holm's correction at 5 %; (2) mean uses of A x epsilon at a = 1/2 and for a uniform in
[0, 1]; (3) other confidences; (4) values of a close to 1/2, where coverage and cost change within a few epsilon. The
results are merged into results/estimator_quality.json, method by method. Milliseconds are CPU time of the estimator.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from qalgo.amplitude_estimation.emulation import SubspaceSource
from qalgo.amplitude_estimation.estimator import METHODS, make_estimator
from qalgo.seeds import Purpose, derived_seed, stream
from qalgo.transcript import Round, queries_of
from qalgo.versions import versions

RESULTS = Path(__file__).parent / "results" / "estimator_quality.json"
SEED = 20261123
AMPLITUDES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
EPSILONS = (1e-2, 1e-3, 1e-4)
FAMILY_LEVEL = 0.05
# The slow or costly methods get fewer runs: their tables are for orientation.
FEWER = {"maximum_likelihood": 10, "canonical": 4, "iterative": 4, "modified_iterative": 4}


def one_run(
    method: str, settings: dict[str, Any], a: float, epsilon: float, confidence: float, seed: int
) -> list[float]:
    """Return uses of A, error, covered, submissions, half-width and CPU seconds of one estimation."""
    source = SubspaceSource(a, seed=seed)
    started = time.process_time()
    estimator = make_estimator(method, epsilon, confidence, settings)
    seconds = time.process_time() - started
    rounds: list[Round] = []
    while True:
        started = time.process_time()
        requests = estimator.next_round()
        seconds += time.process_time() - started
        if not requests:
            break
        finished = Round(requests, source.measure(requests, len(rounds)))
        started = time.process_time()
        estimator.observe(finished)
        seconds += time.process_time() - started
        rounds.append(finished)
    bracket = estimator.bracket()
    cost = queries_of(tuple(rounds)).state_preparation
    interval = bracket.interval
    return [cost, bracket.value - a, interval.contains(a), len(rounds), interval.half_width, seconds]


def cell(name: str, a: float | None, epsilon: float, confidence: float, runs: int, label: int) -> dict[str, Any]:
    """Run one method at one a (None: uniform in [0, 1]) and summarise; ``label`` separates the random streams."""
    method, _, schedule = name.partition(":")
    settings = {"schedule": schedule} if schedule else {}
    table = np.empty((runs, 6))
    for index in range(runs):
        value = float(stream(SEED, Purpose.TRIAL, label, index).random()) if a is None else a
        seed = derived_seed(SEED, Purpose.TRIAL, label, index, 1)
        table[index] = one_run(method, settings, value, epsilon, confidence, seed)
    cost, error, covered, rounds, half_width, seconds = table.T
    hits = int(covered.sum())
    exact = stats.binomtest(hits, runs).proportion_ci(0.95, method="exact")
    return {
        "a": "uniform" if a is None else a,
        "epsilon": epsilon,
        "confidence": confidence,
        "runs": runs,
        "covered": hits,
        "coverage": hits / runs,
        "clopper_pearson": [exact.low, exact.high],
        "p_value": float(stats.binom.cdf(hits, runs, confidence)),
        "queries_times_epsilon": float(cost.mean() * epsilon),
        "standard_error": float(cost.std(ddof=1) * epsilon / math.sqrt(runs)),
        "queries_times_epsilon_p95": float(np.quantile(cost, 0.95) * epsilon),
        "rmse_over_epsilon": float(np.sqrt(np.mean(error**2)) / epsilon),
        "error_p95_over_epsilon": float(np.quantile(np.abs(error), 0.95) / epsilon),
        "submissions": float(rounds.mean()),
        "submissions_max": int(rounds.max()),
        "half_width_max_over_epsilon": float(half_width.max() / epsilon),
        "classical_ms": float(1e3 * seconds.mean()),
    }


def holm(cells: list[dict[str, Any]]) -> dict[str, Any]:
    """Holm's step-down test of all hypotheses "coverage >= confidence"."""
    ordered = sorted(cells, key=lambda found: found["p_value"])
    rejected: list[dict[str, Any]] = []
    for rank, found in enumerate(ordered):
        if found["p_value"] > FAMILY_LEVEL / (len(ordered) - rank):
            break
        rejected.append({"a": found["a"], "epsilon": found["epsilon"], "p_value": found["p_value"]})
    return {
        "level": FAMILY_LEVEL,
        "hypotheses": len(ordered),
        "smallest_p_value": ordered[0]["p_value"],
        "rejected": rejected,
        "verdict": "under-covers" if rejected else "consistent with the stated confidence",
    }


def quality(name: str, runs: int, quick: bool, wanted: list[str]) -> dict[str, Any]:
    """Return the tables of one method that are wanted."""
    epsilons = EPSILONS[:2] if quick else EPSILONS
    grid = [(a, epsilon, 0.95) for epsilon in epsilons for a in AMPLITUDES]
    ladder = [(a, epsilon, 0.95) for epsilon in ((1e-2,) if quick else (1e-2, 1e-3, 1e-4, 1e-5)) for a in (0.5, None)]
    levels = [(a, 1e-3, confidence) for confidence in (0.68, 0.99) for a in (*AMPLITUDES, None)]
    near = [(0.5 + factor * 1e-3, 1e-3, 0.95) for factor in (0.5, 1, 1.5, 2, 3, 5, 10, 30)]
    parts = {
        "coverage": (0, grid),
        "cost": (1000, ladder),
        "confidences": (5000, levels if name == "bayesian" else []),
        "near_one_half": (3000, near if name == "bayesian" else []),
    }
    result: dict[str, Any] = {"seed": SEED, "settings": {}, "emulated": True}
    method, _, schedule = name.partition(":")
    chosen = {"schedule": schedule} if schedule else {}
    result["settings"] = dict(make_estimator(method, 0.01, 0.95, chosen).settings())
    for key, (label, cells) in parts.items():
        if key not in wanted or not cells:
            continue
        rows = []
        for index, (a, epsilon, confidence) in enumerate(cells):
            rows.append(cell(name, a, epsilon, confidence, runs, label + index))
            print(name, key, summary(rows[-1]), flush=True)
        result[key] = rows
        result[f"{key}_holm"] = holm(rows)
        print(name, key, "Holm:", result[f"{key}_holm"]["verdict"], flush=True)
    return result


def summary(row: dict[str, Any]) -> str:
    """Return one line."""
    return (
        f"a={row['a']!s:8.8} eps={row['epsilon']:g} conf={row['confidence']:g}: coverage {row['coverage']:.4f} "
        f"NA*eps {row['queries_times_epsilon']:.3f}+-{row['standard_error']:.3f} RMSE {row['rmse_over_epsilon']:.3f} "
        f"submissions {row['submissions']:.1f} (max {row['submissions_max']}) {row['classical_ms']:.1f} ms"
    )


def main() -> None:
    """Run the methods asked for and merge their tables into the JSON file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=2000, help="runs per cell (fewer for the slower methods)")
    parser.add_argument("--quick", action="store_true", help="100 runs, no epsilon below 1e-3; nothing is written")
    parser.add_argument("--methods", default=",".join(("bayesian", "bayesian:batched", *list(METHODS)[1:])))
    parser.add_argument("--tables", default="coverage,cost,confidences,near_one_half", help="which tables to (re)make")
    arguments = parser.parse_args()
    runs = 100 if arguments.quick else arguments.runs
    for name in arguments.methods.split(","):
        tables = quality(name, max(50, runs // FEWER.get(name, 1)), arguments.quick, arguments.tables.split(","))
        if arguments.quick:
            continue
        kept = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {"methods": {}}
        kept["schema"], kept["versions"] = "qalgo.benchmark.estimator_quality/1", dict(versions())
        kept["methods"][name] = {**kept["methods"].get(name, {}), **tables}
        RESULTS.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
