"""T counts of ours beside Qiskit's default pipeline, and of a power without expanding it; CPU seconds of both.

Run from the checkout: ``python tests/benchmarks/counting.py``. Qiskit: its ``generate_preset_clifford_t_pass_manager``
(where it does not exist: transpile to Clifford + T), every rotation to its default error. Ours: one budget of 1e-3 over
all rotations, in operator norm. "By hand": Qiskit at level 3 with each rotation to the budget over the number of our
rotations (in its favour: it has more; and it may use that its qubits start in |0>, ours works on any input). Counts do
not depend on the machine (but by a few T on the random search of gridsynth), seconds do. Writes
``results/counting.json``.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

os.environ["QDK_PYTHON_TELEMETRY"] = "none"

from qiskit import QuantumCircuit, transpile
from qiskit.circuit.library import QFTGate
from qiskit.exceptions import QiskitError
from qiskit.synthesis import synth_qft_full

import qalgo
from circuits.reflection import grover_operator
from qalgo.option_pricing.encoding import encode
from qalgo.versions import versions

sys.path.extend(str(Path(__file__).parents[1] / folder) for folder in ("fault_tolerance", "circuits"))
from circuit_checks import published_call
from clifford_t_checks import library_call, uniform

BASIS = ["h", "s", "sdg", "t", "tdg", "x", "z", "cx"]
CALL = qalgo.EuropeanCall(spot=2.0, strike=1.896, rate=0.05, volatility=0.4, maturity=40 / 365)
BUDGET = 1e-3
SEED = 1


def t_gates(circuit: QuantumCircuit) -> int:
    counts = circuit.count_ops()
    return counts.get("t", 0) + counts.get("tdg", 0)


def qiskit_default(circuit: QuantumCircuit, level: int, **options: object) -> dict[str, object]:
    start = time.process_time()
    try:
        try:
            from qiskit.transpiler import generate_preset_clifford_t_pass_manager

            manager = generate_preset_clifford_t_pass_manager(optimization_level=level, seed_transpiler=SEED, **options)
            found, pipeline = manager.run(circuit), "generate_preset_clifford_t_pass_manager"
        except ImportError:
            found = transpile(circuit, basis_gates=BASIS, optimization_level=level, seed_transpiler=SEED)
            pipeline = "transpile"
        result: dict[str, object] = {"t": t_gates(found), "pipeline": pipeline}
    except QiskitError as error:
        result = {"error": str(error)[:200]}
    return {**result, "cpu_s": round(time.process_time() - start, 2)}


def ours(circuit: QuantumCircuit, **options: object) -> dict[str, object]:
    start = time.process_time()
    cost = qalgo.fault_tolerant_cost(circuit, BUDGET, **options)
    return {
        "t": cost.t,
        "t_randomised_model": cost.t_randomised,
        "explicit_t": cost.counts.t,
        "toffoli": cost.counts.toffoli,
        "rotations": cost.rotations,
        "qubits": cost.counts.num_qubits,
        "error_bound": cost.error_bound,
        "verified_error": cost.verified_error,
        "synthesis": cost.strategy,
        "cpu_s": round(time.process_time() - start, 2),
    }


def beside(
    circuit: QuantumCircuit, *, certificate: bool = False, levels: tuple[int, ...] = (2, 3)
) -> dict[str, object]:
    row: dict[str, Any] = {"num_qubits": circuit.num_qubits, "ours": ours(circuit)}
    row["ours_measured_ands"] = ours(circuit, controlled_gates="measured", verify=False)
    if certificate:
        row["ours_simulated_certificate"] = ours(circuit, certificate="simulation")
    for level in levels:
        row[f"qiskit_level_{level}"] = qiskit_default(circuit, level)
    rotations = row["ours"]["rotations"]
    if rotations:
        share = BUDGET / rotations
        config = {"rz_synthesis_error": share, "rz_cache_error": share / 10}
        row["qiskit_budget_by_hand"] = qiskit_default(circuit, 3, rz_synthesis_config=config)
    return row


def grover_rows() -> dict[str, object]:
    rows: dict[str, object] = {}
    for num_qubits in (6, 8, 10, 20):
        start = uniform(num_qubits)
        iterate = grover_operator(start, list(range(num_qubits)))
        row = beside(iterate, levels=(2, 3) if num_qubits <= 10 else ())
        problem = qalgo.EstimationProblem(start, list(range(min(num_qubits, 10))), grover_operator=iterate)
        amplified = qalgo.fault_tolerant_cost(problem, BUDGET, power=10**6, verify=False)
        row["ours_t_per_iterate_at_power_1e6"] = amplified.t / 10**6
        if num_qubits <= 10:
            spare = QuantumCircuit(num_qubits + 1)
            spare.compose(iterate, range(num_qubits), inplace=True)
            row["qiskit_level_3_with_one_idle_qubit"] = qiskit_default(spare, 3)
        rows[f"n = {num_qubits}"] = row
    return rows


def call_rows() -> dict[str, object]:
    rows: dict[str, object] = {}
    for num_qubits in (3, 5):
        prices, probabilities, _ = published_call(num_qubits)
        small = num_qubits == 3
        rows[f"library gates, n = {num_qubits}"] = beside(
            library_call(num_qubits, prices, probabilities), certificate=small
        )
        for encoding in ("exact", "linearised"):
            circuit = encode(CALL, num_qubits, encoding=encoding).state_preparation()
            rows[f"qalgo, {encoding} encoding, n = {num_qubits}"] = beside(circuit, certificate=small)
    return rows


def powers() -> dict[str, object]:
    problem = encode(CALL, 3).problem()
    start = time.process_time()
    qalgo.cost_of(problem, power=1)
    first = time.process_time() - start
    seconds = {}
    for power in (10**3, 10**9, 10**12, 10**30):
        start = time.process_time()
        cost = qalgo.cost_of(problem, power=power)
        seconds[f"{power:.0e}"] = round(1000 * (time.process_time() - start), 2)
        assert cost.power == power
    return {"first_count_of_a_and_q_cpu_s": round(first, 2), "cpu_ms_by_power": seconds}


def textbook_qft() -> dict[str, object]:
    gate = QuantumCircuit(10)
    gate.append(QFTGate(10), range(10))
    row: dict[str, object] = {
        "qalgo_cost_of": qalgo.cost_of(gate).to_dict(),
        "clifford_t": beside(gate),
    }
    try:
        import warnings

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from qdk.qiskit import estimate

            row["qdk_v1"] = _attempt(estimate, synth_qft_full(10))
    except ImportError as error:
        row["qdk_v1"] = {"error": f"not installed: {error}"}
    return row


def _attempt(estimate: object, circuit: QuantumCircuit) -> dict[str, object]:
    try:
        found = estimate(circuit)  # type: ignore[operator]
        return {"physical_qubits": found["physicalCounts"]["physicalQubits"]}
    except Exception as error:  # whatever a peer raises is its result here
        return {"error": f"{type(error).__name__}: {str(error)[:200]}"}


def main() -> None:
    result = {
        "budget": BUDGET,
        "seed": SEED,
        "power_without_expanding": powers(),
        "grover_iterate": grover_rows(),
        "call": call_rows(),
        "qft_10": textbook_qft(),
        "versions": dict(versions()),
    }
    target = Path(__file__).with_name("results") / "counting.json"
    target.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
