"""CX gates executed to price the paper's call to +-0.002 at 95 %: the exact encoding and the published circuit.

Run from the checkout: ``python tests/benchmarks/end_to_end_price.py``. Counts only, no times: deterministic. The law of
the outcomes is emulated (``mode="subspace"``); the gates are those of the circuits that it stands for. Writes
``results/end_to_end_price.json``.
"""

import json
from pathlib import Path

import numpy as np
from qiskit import transpile

import qalgo
from qalgo.amplitude_estimation.emulation import SubspaceSource
from qalgo.amplitude_estimation.loop import estimate_from
from qalgo.versions import versions

RUNS = 200
EPSILON = 0.002
CALL = qalgo.EuropeanCall(spot=2.0, strike=1.896, rate=0.05, volatility=0.4, maturity=40 / 365)
CASES = {
    "exact payoff": ({"encoding": "exact"}, True),
    "published circuit, c=0.25, sampling error only (its bias misses the target)": ({"encoding": "linearised"}, False),
    "published circuit on the aligned grid, c=0.097": (
        {"encoding": "linearised", "grid": "aligned", "rescaling": 0.097},
        True,
    ),
}


def cx(circuit):
    flat = transpile(circuit, basis_gates=["cx", "rz", "sx", "x"], optimization_level=3, seed_transpiler=1)
    return int(flat.count_ops().get("cx", 0))


def executed(transcript, cx_a, cx_q):
    requests = [request for finished in transcript.rounds for request in finished.requests]
    return sum(request.shots * (cx_a + request.power * cx_q) for request in requests)


def measure(options, total, runs=RUNS):
    """Mean cost and coverage; ``total``: the bias bounds are part of the half-width."""
    encoded = CALL.encoded(3, **options)
    problem = encoded.problem()
    cx_a, cx_q = cx(problem.state_preparation), cx(problem.grover_operator)
    amplitude, bias = problem.exact_amplitude(), encoded.total_bias if total else 0.0
    reference = CALL.black_scholes() if total else encoded.price(amplitude)
    half_width = (EPSILON - bias) / encoded.price.slope
    gates, queries, held = [], [], 0
    for seed in range(runs):
        estimate = estimate_from(
            SubspaceSource(amplitude, seed=seed), half_width, seed=seed, post_processing=encoded.price
        )
        gates.append(executed(estimate.transcript, cx_a, cx_q))
        queries.append(estimate.queries.state_preparation)
        held += estimate.interval.widened(bias).contains(reference)
    return {
        "cx_a": cx_a,
        "cx_q": cx_q,
        "amplitude": amplitude,
        "epsilon_on_a": half_width,
        "bias_bounds": dict(encoded.bias),
        "mean_uses_of_a": float(np.mean(queries)),
        "mean_cx": float(np.mean(gates)),
        "standard_error_cx": float(np.std(gates, ddof=1) / np.sqrt(runs)),
        "intervals_that_hold_the_reference": held,
        "runs": runs,
    }


def main():
    rows = {name: measure(*case) for name, case in CASES.items()}
    record = {"epsilon": EPSILON, "confidence": 0.95, "seeds": f"0..{RUNS - 1}", "rows": rows}
    record["versions"] = dict(versions())
    target = Path(__file__).parent / "results" / "end_to_end_price.json"
    target.write_text(json.dumps(record, indent=1) + "\n")
    for name, row in rows.items():
        print(
            f"{name}: CX(A) {row['cx_a']}, CX(Q) {row['cx_q']}, uses of A {row['mean_uses_of_a']:.0f}, CX "
            f"{row['mean_cx']:.3g} +- {row['standard_error_cx']:.1g}, reference held in "
            f"{row['intervals_that_hold_the_reference']} of {row['runs']}"
        )


if __name__ == "__main__":
    main()
