"""CX and T of QSVT circuits for P = cos(5 x) / 2, degree 16, on three 16 x 16 matrices.

Run from the checkout: ``python tests/benchmarks/qsvt_circuits.py [PEER_PYTHON]``, the interpreter of an environment
with PennyLane: its ``qml.qsvt`` of the same polynomial, lowered by itself, then transpiled here like ours. Its block is
P + i Q: the target is the real part, for which it would have to run a sum of two. CX: transpiled to cx, rz, sx, x at
level 3, seed 1. T: ``qalgo.fault_tolerant_cost`` with one budget over all rotations of the circuit built with
minimise="t" (operator norm). "default": Qiskit's own transpiling to Clifford + T of the same circuit, each rotation at
its default precision. Counts do not depend on the machine (but by a few T on the random search of gridsynth). Writes
``results/qsvt_circuits.json``.
"""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
from qiskit import QuantumCircuit, qasm2, transpile
from qiskit.quantum_info import Operator, SparsePauliOp

import circuits
import qalgo
from qalgo.versions import versions

sys.path.append(str(Path(__file__).parents[1] / "circuits"))
from circuit_checks import cx_count, lowered
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


def peer_matrices() -> dict[str, list[dict[str, object]]]:
    """Every matrix as a Pauli sum; dense, too, where it is not one by nature."""
    found: dict[str, list[dict[str, object]]] = {}
    for name, (_, matrix, _) in CASES.items():
        # Wire 0 of the peer is the most significant qubit, the first letter of Qiskit's label.
        sums = SparsePauliOp.from_operator(np.asarray(matrix))
        terms = [[label, value.real] for label, value in sums.to_list()]
        found[name] = [{"pauli": terms}, {"dense": np.real(matrix).tolist()}]
    return found


def peer_row(answer: dict[str, object]) -> dict[str, object]:
    """Transpile the peer's gates like ours and compare the real part of its block with the target."""
    parsed = qasm2.loads(answer["qasm"])
    wires, ancillas = len(answer["wires"]), answer["ancillas"]
    system = wires - ancillas
    # QASM qubits follow the peer's wires: big-endian. "embedding" keeps its ancilla first, the sums keep theirs last.
    order = [*range(ancillas, wires)] if answer["encoding"] == "embedding" else [*range(system)]
    rest = [qubit for qubit in range(wires) if qubit not in order]
    place = {qubit: index for index, qubit in enumerate([*order[::-1], *rest])}
    circuit = QuantumCircuit(wires).compose(parsed, [place[qubit] for qubit in range(wires)])
    done = lowered(circuit)
    block = np.exp(-1j * answer["global_phase"]) * Operator.from_circuit(done).data[: 2**system, : 2**system]
    values, vectors = np.linalg.eigh(CASES[answer["matrix"]][1] / answer["alpha"])
    wanted = (vectors * np.polynomial.chebyshev.chebval(values, SERIES)) @ vectors.conj().T
    return {
        "matrix": answer["matrix"],
        "encoding": answer["encoding"],
        "alpha": answer["alpha"],
        "qubits": wires,
        "cx": int(done.count_ops()["cx"]),
        "cx_as_lowered_by_the_peer": int(parsed.count_ops()["cx"]),
        "error_of_the_real_part": float(np.max(np.abs(block.real - wanted))),
        "largest_imaginary_part": float(np.max(np.abs(block.imag))),
    }


def peers(python: str) -> dict[str, object]:
    script = Path(__file__).parent / "peer_scripts" / "pennylane_qsvt.py"
    task = {"coefficients": np.polynomial.chebyshev.cheb2poly(SERIES).tolist(), "matrices": peer_matrices()}
    done = subprocess.run([python, str(script)], input=json.dumps(task), capture_output=True, text=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return {"versions": answers[0]["versions"], "rows": [peer_row(answer) for answer in answers]}


def main() -> None:
    rows = [row(name) for name in CASES]
    report = {
        "command": "python tests/benchmarks/qsvt_circuits.py PEER_PYTHON",
        "seed": 1,
        "polynomial": "cos(5 x) / 2, degree 16",
        "phases_error": qalgo.qsvt.phases(SERIES).error,
        "degree": int(np.size(SERIES) - 1),
        "rows": rows,
        "versions": dict(versions()),
    }
    if len(sys.argv) > 1:
        report["pennylane"] = peers(sys.argv[1])
    path = Path(__file__).parent / "results" / "qsvt_circuits.json"
    path.write_text(json.dumps(report, indent=2) + "\n")
    for one in [*rows, *report.get("pennylane", {}).get("rows", [])]:
        print(one)


if __name__ == "__main__":
    main()
