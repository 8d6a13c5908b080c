"""Coverage, half-width and cost under depolarising noise, aware and blind, beside the Fisher optimum (all emulated).

    python tests/benchmarks/noise_aware_estimation.py [--runs 400] [--quick]

Outcomes are drawn from the depolarising law (``SubspaceSource(a, noise=...)``, 1/2 for the objective qubit, 1/16 for
the return of four qubits) at 1e-3 and 1e-2 per use of A; the estimator knows neither rate nor a. Per cell: coverage
with its exact (Clopper-Pearson) interval and a one-sided binomial test of "coverage >= 95 %" under Holm's correction;
largest half-width; mean uses of A over the mean of four reference levels (``noise_bounds``): the Fisher optimum of
Q^k A averaged over the phase, at the best phase, at the best phase with shots of A^dagger Q^k A allowed (which the
estimator uses), and the resolved one. Where the first is below the cost without
noise it is out of reach of any method, and the resolved level is the one to read. The noise-blind methods see the same
law. Results go to results/noise_aware_estimation.json. Milliseconds are CPU time of the estimator.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from qalgo.amplitude_estimation.emulation import SubspaceSource
from qalgo.amplitude_estimation.estimator import make_estimator
from qalgo.amplitude_estimation.noise import Depolarising
from qalgo.amplitude_estimation.noise_bounds import depolarised_queries
from qalgo.errors import ConvergenceError
from qalgo.seeds import Purpose, derived_seed, stream
from qalgo.transcript import Round, queries_of
from qalgo.versions import versions

RESULTS = Path(__file__).parent / "results" / "noise_aware_estimation.json"
SEED = 20261125
RATES = (1e-3, 1e-2)
EPSILONS = (1e-2, 3e-3, 1e-3)
AMPLITUDES: tuple[float | None, ...] = (None, 0.1, 0.49, 0.5, 0.9)
CONFIDENCE = 0.95
TARGET = 0.94
RETURNS = (1 / 16, 1.0)
BLIND = ("bayesian", "iterative", "maximum_likelihood")
FEWER = {"maximum_likelihood": 8, "iterative": 2}
MAX_ROUNDS = 2000


def one_run(method: str, settings: dict[str, Any], a: float, epsilon: float, rate: float, seed: int) -> list[float]:
    """Return covered, uses of A, half-width, error, rounds, largest power, CPU seconds, whether the rate is held."""
    source = SubspaceSource(a, seed=seed, noise=Depolarising(rate=rate, returns=RETURNS))
    started = time.process_time()
    estimator = make_estimator(method, epsilon, CONFIDENCE, settings)
    rounds: list[Round] = []
    try:
        while (requests := estimator.next_round()) and len(rounds) < MAX_ROUNDS:
            rounds.append(Round(requests, source.measure(requests, len(rounds))))
            estimator.observe(rounds[-1])
    except ConvergenceError:
        pass  # A blind method that gives up: its interval so far counts as it is.
    seconds = time.process_time() - started
    bracket = estimator.bracket()
    deepest = max(getattr(request, "power", 0) for finished in rounds for request in finished.requests)
    held = bracket.noise is not None and bracket.noise.rate_interval.contains(rate)
    cost = queries_of(tuple(rounds)).state_preparation
    interval = bracket.interval
    error = bracket.value - a
    return [interval.contains(a), cost, interval.half_width, error, len(rounds), deepest, seconds, held]


def cell(
    method: str, settings: dict[str, Any], a: float | None, epsilon: float, rate: float, runs: int, label: int
) -> dict[str, Any]:
    """Run one method at one a (None: uniform) and summarise; ``label`` separates the random streams."""
    table = np.empty((runs, 8))
    levels = np.empty((runs, 4))
    for index in range(runs):
        value = float(stream(SEED, Purpose.TRIAL, label, index).random()) if a is None else a
        seed = derived_seed(SEED, Purpose.TRIAL, label, index, 1)
        table[index] = one_run(method, settings, value, epsilon, rate, seed)
        if a is None or index == 0:
            arguments = (value, epsilon, CONFIDENCE, rate)
            levels[index] = (
                depolarised_queries(*arguments),
                depolarised_queries(*arguments, phase="best"),
                depolarised_queries(*arguments, resolved=True),
                depolarised_queries(*arguments, phase="best", returns=RETURNS),
            )
        else:
            levels[index] = levels[0]
    covered, cost, half_width, error, rounds, deepest, seconds, held = table.T
    averaged, best, resolved, either = levels.mean(axis=0)
    hits = int(covered.sum())
    exact = stats.binomtest(hits, runs).proportion_ci(0.95, method="exact")
    return {
        "a": "uniform" if a is None else a,
        "epsilon": epsilon,
        "rate": rate,
        "runs": runs,
        "covered": hits,
        "coverage": hits / runs,
        "clopper_pearson": [exact.low, exact.high],
        "p_value": float(stats.binom.cdf(hits, runs, CONFIDENCE)),
        "half_width_max_over_epsilon": float(half_width.max() / epsilon),
        "unfinished": int((half_width > epsilon * (1 + 1e-9)).sum()),
        "queries_times_epsilon": float(cost.mean() * epsilon),
        "standard_error": float(cost.std(ddof=1) * epsilon / np.sqrt(runs)),
        "optimum_times_epsilon": {
            "averaged": float(averaged * epsilon),
            "best_phase": float(best * epsilon),
            "resolved": float(resolved * epsilon),
            "best_phase_with_returns": float(either * epsilon),
        },
        "ratio": {
            "averaged": float(cost.mean() / averaged),
            "best_phase": float(cost.mean() / best),
            "resolved": float(cost.mean() / resolved),
            "best_phase_with_returns": float(cost.mean() / either),
        },
        "rmse_over_epsilon": float(np.sqrt(np.mean(error**2)) / epsilon),
        "rounds": float(rounds.mean()),
        "largest_power": float(deepest.mean()),
        "rate_coverage": float(held.mean()),
        "classical_ms": float(1e3 * seconds.mean()),
    }


def holm(cells: list[dict[str, Any]]) -> dict[str, Any]:
    """Holm's step-down test of all hypotheses "coverage >= 95 %"."""
    ordered = sorted(cells, key=lambda found: found["p_value"])
    rejected = []
    for rank, found in enumerate(ordered):
        if found["p_value"] > 0.05 / (len(ordered) - rank):
            break
        rejected.append({key: found[key] for key in ("a", "epsilon", "rate", "p_value")})
    return {"hypotheses": len(ordered), "smallest_p_value": ordered[0]["p_value"], "rejected": rejected}


def line(name: str, row: dict[str, Any]) -> str:
    """Return one line."""
    ratio = row["ratio"]
    return (
        f"{name:20} r={row['rate']:g} eps={row['epsilon']:g} a={row['a']!s:8.8}: coverage {row['coverage']:.3f} "
        f"({row['runs']} runs) half-width <= {row['half_width_max_over_epsilon']:.3f} eps, NA*eps "
        f"{row['queries_times_epsilon']:.2f}, over averaged {ratio['averaged']:.2f}, best phase "
        f"{ratio['best_phase']:.2f} (with returns {ratio['best_phase_with_returns']:.2f}), resolved "
        f"{ratio['resolved']:.2f}; k <= {row['largest_power']:.0f}, "
        f"{row['rounds']:.0f} rounds, {row['classical_ms']:.0f} ms"
    )


def tables(runs: int) -> dict[str, Any]:
    """Return the cells of the aware method and of the blind ones."""
    aware: list[dict[str, Any]] = []
    noise = Depolarising(returns=RETURNS)
    grid = [(rate, epsilon, a) for rate in RATES for epsilon in EPSILONS for a in AMPLITUDES]
    for label, (rate, epsilon, a) in enumerate(grid):
        aware.append(cell("bayesian", {"noise": noise}, a, epsilon, rate, runs, label))
        print(line("aware", aware[-1]), flush=True)
    blind: dict[str, list[dict[str, Any]]] = {}
    for method in BLIND:
        for rate, epsilon in ((1e-3, 1e-3), (1e-2, 1e-2)):
            row = cell(method, {}, None, epsilon, rate, max(25, runs // FEWER.get(method, 1)), 1000 + len(grid))
            blind.setdefault(method, []).append(row)
            print(line(f"blind {method}", row), flush=True)
    return {"aware": aware, "aware_holm": holm(aware), "blind": blind}


def main() -> None:
    """Run all cells and write the JSON file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=400, help="runs per cell")
    parser.add_argument("--quick", action="store_true", help="20 runs; nothing is written")
    arguments = parser.parse_args()
    found = tables(20 if arguments.quick else arguments.runs)
    worst = min(row["coverage"] for row in found["aware"])
    print(f"lowest coverage {worst:.3f} (target {TARGET}), Holm: {found['aware_holm']}")
    if arguments.quick:
        return
    record = {"schema": "qalgo.benchmark.noise_aware_estimation/1", "seed": SEED, "emulated": True, **found}
    record["settings"] = {"confidence": CONFIDENCE, "noise": Depolarising(returns=RETURNS).to_dict()}
    record["versions"] = dict(versions())
    RESULTS.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
