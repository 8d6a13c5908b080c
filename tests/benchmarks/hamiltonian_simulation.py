"""Cost of simulating the 4-site Ising chain by every method and formula, on a grid of times and accuracies.

Run from the checkout: ``python tests/benchmarks/hamiltonian_simulation.py``. CX are those of the transpiled circuits
(cx, rz, sx, x, level 3, seed 1), predicted beside counted; "picked" is what ``method="auto"`` takes, "excess" its
counted CX over the best counted one. Qiskit's own ``SuzukiTrotter`` stands beside ours with the fewest steps that reach
the accuracy (exact matrices). Writes ``results/hamiltonian_simulation.json``.
"""

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from qiskit import QuantumCircuit, transpile
from qiskit.circuit.library import PauliEvolutionGate
from qiskit.quantum_info import Operator, SparsePauliOp
from qiskit.synthesis import SuzukiTrotter
from scipy.linalg import expm

import qalgo
from qalgo.versions import versions

GRID = [(1.0, 1e-3), (1.0, 1e-6), (1.0, 1e-9), (10.0, 1e-3), (10.0, 1e-6)]
LARGEST_COUNTED = 40_000


def ising_chain(width: int) -> SparsePauliOp:
    terms = [("ZZ", [i, i + 1], -1.0) for i in range(width - 1)] + [("X", [i], -0.7) for i in range(width)]
    return SparsePauliOp.from_sparse_list(terms, width)


def cx(circuit: QuantumCircuit) -> int:
    lowered = transpile(circuit, basis_gates=["cx", "rz", "sx", "x"], optimization_level=3, seed_transpiler=1)
    return int(lowered.count_ops().get("cx", 0))


def qiskit_suzuki(hamiltonian: SparsePauliOp, duration: float, epsilon: float, order: int) -> dict[str, Any]:
    """Fewest repetitions by doubling and bisection on the exact error of the circuit's matrix."""
    exact = expm(-1j * duration * hamiltonian.to_matrix())

    def step(reps: int) -> QuantumCircuit:
        gate = PauliEvolutionGate(hamiltonian, time=duration / reps, synthesis=SuzukiTrotter(order=order, reps=1))
        return gate.definition

    def holds(reps: int) -> bool:
        matrix = np.linalg.matrix_power(Operator(step(reps)).data, reps)
        return float(np.linalg.norm(matrix - exact, 2)) <= epsilon

    upper = 1
    while not holds(upper) and upper < 2**20:
        upper *= 2
    lower = upper // 2
    while upper - lower > 1:
        middle = (lower + upper) // 2
        lower, upper = (lower, middle) if holds(middle) else (middle, upper)
    two, three = (cx(step(upper).repeat(reps).decompose()) for reps in (2, 3))
    return {"order": order, "reps": upper, "cx": two + (upper - 2) * (three - two)}


def row(hamiltonian: SparsePauliOp, duration: float, epsilon: float) -> dict[str, Any]:
    start = time.process_time()
    found = qalgo.simulate_hamiltonian(hamiltonian, time=duration, epsilon=epsilon, readout="none")
    planning = time.process_time() - start
    options = []
    for option in found.options:
        entry = option.to_dict()
        entry["cx_counted"] = cx(option.build()) if option.cx <= LARGEST_COUNTED else None
        options.append(entry)
    best = min(entry["cx_counted"] for entry in options if entry["cx_counted"] is not None)
    picked = options[0]["cx_counted"]
    return {
        "time": duration,
        "epsilon": epsilon,
        "picked": found.chosen.to_dict(),
        "excess": None if picked is None else picked / best - 1,
        "cpu_s_planning": round(planning, 2),
        "options": options,
        "unavailable": list(found.unavailable),
        "qiskit": [qiskit_suzuki(hamiltonian, duration, epsilon, order) for order in (2, 4, 6)],
    }


def main() -> None:
    hamiltonian = ising_chain(4)
    rows = []
    for duration, epsilon in GRID:
        rows.append(row(hamiltonian, duration, epsilon))
        last = rows[-1]
        print(duration, epsilon, last["picked"]["detail"], last["picked"]["cx"], "excess", last["excess"])
        for entry in last["options"]:
            print("   ", entry["method"], entry["detail"], entry["cx"], entry["cx_counted"], entry["queries"])
        print("    qiskit", last["qiskit"])
    result = {
        "command": "python tests/benchmarks/hamiltonian_simulation.py",
        "seed": 1,
        "versions": dict(versions()),
        "rows": rows,
    }
    path = Path(__file__).parent / "results" / "hamiltonian_simulation.json"
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
