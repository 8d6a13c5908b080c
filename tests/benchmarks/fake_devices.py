"""Fake devices: CPU time beside IBM's samplers, counts beside the full noise model, and what mitigation leaves.

Run from the checkout: ``python tests/benchmarks/fake_devices.py`` (about four minutes), or with ``times`` or ``errors``
for one of its parts. CPU seconds of one process after imports; read the ratios. The circuits of the second part are
A Q^k of the paper's call on 2 + 1 qubits (1905.02666, section 5): the distribution on its grid and its rotation angles,
with the 4-CNOT form of A. Writes ``results/fake_devices.json``.
"""

import json
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from qiskit import QuantumCircuit, generate_preset_pass_manager
from qiskit.circuit.library import StatePreparation
from qiskit_aer import AerSimulator
from qiskit_ibm_runtime import SamplerV2
from qiskit_ibm_runtime.executor_sampler import Sampler
from qiskit_ibm_runtime.fake_provider import FakeFez, FakeManilaV2, FakeSherbrooke, FakeTorino

import qalgo
from qalgo.option_pricing.encoding import encode
from qalgo.seeds import Purpose, derived_seed
from qalgo.versions import versions

SEED = 7
SHOTS = 4000
DEVICES = (FakeFez, FakeTorino, FakeSherbrooke)
LAW = np.array([0.0011, 0.5543, 0.4252, 0.0194])
ANGLES = np.array([1.1781, 1.1781, 1.5708, 1.9635])
MANY_SHOTS = 200_000
SEEDS = range(8)
EXPONENTIAL = qalgo.ZeroNoise(extrapolation="exponential", gates="all")
TARGETS = {"1": {"zne": 0.012, "zne+readout": 0.006}, "2": {"zne": 0.042, "zne+readout": 0.025}}
NOTES = {
    "what": "earlier measurement on other circuits for A Q^k (k = 0, 1, 2): not the same circuits as here",
    "raw": [0.0221, 0.0430, 0.1385],
    "zne 1,3,5 quadratic": [0.0123, 0.0117, 0.0422],
    "zne+readout": [0.0007, 0.0052, 0.0249],
    "mitiq 1.1 richardson 1,2,3": [0.0177, 0.0397, 0.1074],
    "mthree": [0.0122, 0.0426, 0.1267],
}


def ghz(width: int = 5) -> QuantumCircuit:
    circuit = QuantumCircuit(width, width)
    circuit.h(0)
    for qubit in range(width - 1):
        circuit.cx(qubit, qubit + 1)
    circuit.measure(range(width), range(width))
    return circuit


def cpu(work: Any) -> tuple[float, Any]:
    start = time.process_time()
    done = work()
    return time.process_time() - start, done


def counts_of(sampler: Any, circuit: QuantumCircuit) -> dict[str, int]:
    return dict(sampler.run([(circuit, None, SHOTS)]).result()[0].data.c.get_counts())


def distance(first: Any, second: Any) -> float:
    keys = {*first, *second}
    totals = sum(first.values()), sum(second.values())
    return 0.5 * sum(abs(first.get(key, 0) / totals[0] - second.get(key, 0) / totals[1]) for key in keys)


def ours(kind: Any) -> dict[str, Any]:
    first, result = cpu(lambda: qalgo.run(ghz(), backend=kind(), shots=SHOTS, seed=SEED))
    again, _ = cpu(lambda: qalgo.run(ghz(), backend=kind(), shots=SHOTS, seed=SEED + 1))
    mitigated, zne = cpu(lambda: qalgo.run(ghz(), backend=kind(), shots=SHOTS, seed=SEED, mitigation="zne+readout"))
    feasible, feasibility = cpu(lambda: qalgo.hardware_feasibility(ghz(), kind(), shots=SHOTS, seed=SEED))

    def population(law: Any) -> float:
        return float(law.get("00000", 0.0) + law.get("11111", 0.0))

    return {
        "ours_cpu_s": first,
        "ours_second_run_cpu_s": again,
        "ours_zne_readout_cpu_s": mitigated,
        "feasibility_cpu_s": feasible,
        "population": {"raw": population(result.probabilities[0]), "zne+readout": population(zne.quasi[0])},
        "estimated_success": [feasibility.success_probability, feasibility.success_with_idling],
        "counts": result.counts[0],
    }


def theirs(kind: Any, figures: dict[str, Any]) -> None:
    backend = kind()
    isa = generate_preset_pass_manager(
        3, backend=backend, seed_transpiler=derived_seed(SEED, Purpose.TRANSPILATION)
    ).run(ghz())
    built, full = cpu(lambda: AerSimulator.from_backend(backend))
    seed = derived_seed(SEED, Purpose.SAMPLING, 0, 0)
    ran, counts = cpu(lambda: full.run(isa, shots=SHOTS, seed_simulator=seed).result().get_counts())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        legacy, _ = cpu(lambda: counts_of(SamplerV2(mode=kind()), isa))
    new, _ = cpu(lambda: counts_of(Sampler(mode=kind()), isa))
    found = figures.pop("counts")
    figures.update(
        full_model_cpu_s=built + ran,
        legacy_sampler_cpu_s=legacy,
        new_sampler_cpu_s=new,
        legacy_over_ours=legacy / figures["ours_cpu_s"],
        new_over_ours=new / figures["ours_cpu_s"],
        tvd_to_full_model_same_seed=distance(found, counts),
        identical_to_full_model=bool(found == counts),
    )


def times() -> dict[str, Any]:
    """Ours first for all devices: the garbage of the full models is not counted against anyone."""
    figures = {kind.__name__: ours(kind) for kind in DEVICES}
    for kind in DEVICES:
        theirs(kind, figures[kind.__name__])
    return {"seed": SEED, "shots": SHOTS, **figures}


def paper_problem() -> qalgo.EstimationProblem:
    """A with 1 + 3 CNOTs: the last CZ of the multiplexed rotation commutes with the measurement and is left out."""
    load = QuantumCircuit(3)
    load.append(StatePreparation(np.sqrt(LAW / LAW.sum())), [0, 1])
    signs = np.array([[(-1) ** bit_1, (-1) ** (bit_0 + bit_1), (-1) ** bit_0, 1] for bit_1, bit_0 in
                      ((0, 0), (0, 1), (1, 0), (1, 1))])  # fmt: skip
    first, second, third, last = np.linalg.solve(signs, ANGLES)
    load.ry(first, 2)
    load.cz(0, 2)
    load.ry(second, 2)
    load.cz(1, 2)
    load.ry(third, 2)
    load.cz(0, 2)
    load.ry(last, 2)
    problem = qalgo.EstimationProblem(load, [2])
    exact = float(LAW / LAW.sum() @ np.sin(ANGLES / 2) ** 2)
    if abs(problem.exact_amplitude() - exact) > 1e-12:
        raise SystemExit(f"the circuit is not the paper's: {problem.exact_amplitude()} against {exact}")
    return problem


def exact_problem() -> qalgo.EstimationProblem:
    call = qalgo.EuropeanCall(spot=2.0, strike=1.74, rate=0.05, volatility=0.4, maturity=40 / 365)
    return encode(call, 2, "exact", grid="published").problem()


def power_circuit(problem: qalgo.EstimationProblem, power: int) -> QuantumCircuit:
    grover = problem.grover_operator
    assert grover is not None
    circuit = QuantumCircuit(grover.num_qubits, 1)
    circuit.compose(problem.state_preparation, range(problem.state_preparation.num_qubits), inplace=True)
    for _ in range(power):
        circuit.compose(grover, inplace=True)
    circuit.measure(problem.objective_qubits[0], 0)
    return circuit


def mitigations() -> dict[str, Any]:
    listed: dict[str, Any] = {
        "raw": None,
        "readout": "readout",
        "zne": "zne",
        "zne+readout": "zne+readout",
        "exponential zne of all gates": EXPONENTIAL,
        "exponential zne of all gates + readout": (EXPONENTIAL, "readout"),
    }
    try:
        import mthree  # noqa: F401
    except ImportError:
        return listed
    return {**listed, "mthree": qalgo.Readout("mthree")}


def errors(problem: qalgo.EstimationProblem) -> dict[str, Any]:
    """Error of P1, per power and mitigation, for every seed (of transpilation and sampling): none is picked."""
    theta = np.arcsin(np.sqrt(problem.exact_amplitude()))
    backend = FakeManilaV2()
    figures: dict[str, Any] = {}
    for power in (0, 1, 2):
        exact = float(np.sin((2 * power + 1) * theta) ** 2)
        circuit = power_circuit(problem, power)
        rows: dict[str, Any] = {"exact": exact, "two_qubit_gates": []}
        for name, mitigation in mitigations().items():
            found, deviations, factors = [], [], []
            for seed in SEEDS:
                result = qalgo.run(circuit, backend=backend, shots=MANY_SHOTS, seed=seed, mitigation=mitigation)
                assert result.cost is not None
                if mitigation is None:
                    value, deviation = result.counts[0].get("1", 0) / MANY_SHOTS, 0.5 / np.sqrt(MANY_SHOTS)
                    rows["two_qubit_gates"].append(result.cost.two_qubit_gates[0])
                else:
                    mean, error = result.expectation([0])
                    value, deviation = (1 - mean) / 2, error / 2
                found.append(value - exact)
                deviations.append(float(deviation))
                factors.append(result.cost.variance_factor)
            rows[name] = {
                "errors": [round(error, 5) for error in found],
                "largest": max(abs(error) for error in found),
                "median": float(np.median(np.abs(found))),
                "standard_error": float(np.mean(deviations)),
                "variance_factor": float(np.mean(factors)),
                "shots_per_value": result.cost.shots,
            }
        figures[str(power)] = rows
    return figures


def all_errors() -> dict[str, Any]:
    return {
        "shots": MANY_SHOTS,
        "seeds": list(SEEDS),
        "paper_circuit": errors(paper_problem()),
        "exact_encoding_on_the_published_grid": errors(exact_problem()),
        "targets": TARGETS,
        "earlier_measurement": NOTES,
    }


def main() -> None:
    parts = sys.argv[1:] or ["times", "errors"]
    target = Path(__file__).with_name("results") / "fake_devices.json"
    result = json.loads(target.read_text(encoding="utf-8")) if target.exists() else {}
    if "times" in parts:
        result["ghz_5"] = times()
    if "errors" in parts:
        result["p1_on_fake_manila"] = all_errors()
    result["versions"] = dict(versions())
    text = json.dumps(result, indent=2)
    target.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
