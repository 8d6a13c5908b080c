"""CX and T of QSVT circuits for P = cos(5 x) / 2, degree 16, on three 16 x 16 matrices.

Run from the checkout: ``python tests/benchmarks/qsvt_circuits.py``. CX: transpiled to cx, rz, sx, x at level 3, seed 1.
T: ``qalgo.fault_tolerant_cost`` with one budget over all rotations of the circuit built with minimise="t" (operator
norm). "default": Qiskit's own transpiling to Clifford + T of the same circuit, each rotation at its default precision.
Counts do not depend on the machine (but by a few T on the random search of gridsynth). Writes
``results/qsvt_circuits.json``.
"""

import json
import sys
from pathlib import Path

import numpy as np
from qiskit import transpile

import circuits
import qalgo
from qalgo.versions import versions

sys.path.append(str(Path(__file__).parents[1] / "circuits"))
from circuit_checks import cx_count
from test_sequence_cost import CASES, SERIES

BASIS = ["h", "s", "sdg", "t", "tdg", "x", "z", "cx"]
BUDGETS = (1e-3, 1e-6)


def default_t(circuit) -> int:
    counts = transpile(circuit, basis_gates=BASIS, optimization_level=2, seed_transpiler=1).count_ops()
    return counts.get("t", 0) + counts.get("tdg", 0)


def row(name: str) -> dict[str, object]:
    build, _, _ = CASES[name]
    encoding = build()
    phases = qalgo.qsvt.phases(SERIES)
    few_cx, few_t = (circuits.qsvt(encoding, phases, minimise=what) for what in ("cx", "t"))
    result: dict[str, object] = {
        "matrix": name,
        "method": encoding.method,
        "alpha": encoding.alpha,
        "qubits": few_cx.num_qubits,
        "cx_encoding": cx_count(encoding.circuit),
        "cx": cx_count(few_cx),
        "cx_where_t_is_minimised": cx_count(few_t),
    }
    for budget in BUDGETS:
        cost = qalgo.fault_tolerant_cost(few_t, budget, verify=False)
        result[f"t_{budget:g}"] = cost.t
        result["rotations"] = cost.rotations
    result["t_default"] = default_t(few_t)
    result["share_of_default"] = result[f"t_{BUDGETS[0]:g}"] / result["t_default"]
    return result


def main() -> None:
    rows = [row(name) for name in CASES]
    report = {
        "command": "python tests/benchmarks/qsvt_circuits.py",
        "polynomial": "cos(5 x) / 2, degree 16",
        "phases_error": qalgo.qsvt.phases(SERIES).error,
        "degree": int(np.size(SERIES) - 1),
        "rows": rows,
        "versions": dict(versions()),
    }
    path = Path(__file__).parent / "results" / "qsvt_circuits.json"
    path.write_text(json.dumps(report, indent=2) + "\n")
    for one in rows:
        print(one)


if __name__ == "__main__":
    main()
