"""Run in a peer's environment: PennyLane's qml.qsvt lowered to OpenQASM 2, as one JSON line per matrix and encoding.

Reads {"coefficients": monomial ones, "matrices": {name: {"dense": rows} or {"pauli": [[word, coefficient], ...]}}} from
standard input. A Pauli word acts on wires 0, 1, ... from left to right; wire 0 is the most significant qubit, as in
PennyLane. Encoding wires come after the system, but for "embedding", whose one more wire comes first.
"""

import json
import sys
from importlib.metadata import version

import numpy as np
import pennylane as qml

GATES = {"CNOT", "RX", "RY", "RZ", "Hadamard", "PauliX", "PauliY", "PauliZ", "S", "T", "PhaseShift", "GlobalPhase"}


def pauli_sum(terms):
    words = [qml.pauli.string_to_pauli_word(word, wire_map={k: k for k in range(len(word))}) for word, _ in terms]
    return qml.dot([coefficient for _, coefficient in terms], words)


def lowered(operation, wires):
    def whole(one):
        return "BlockEncode" in one.name

    (tape,), _ = qml.transforms.decompose(
        qml.tape.QuantumScript([operation]), gate_set=GATES | {"BlockEncode", "Adjoint(BlockEncode)"}
    )
    # BlockEncode is a matrix without gates: PennyLane's synthesis of unitary matrices makes them.
    operations = [qml.QubitUnitary(qml.matrix(one), one.wires) if whole(one) else one for one in tape.operations]
    (tape,), _ = qml.transforms.decompose(qml.tape.QuantumScript(operations), gate_set=GATES)
    operations = [one for one in tape.operations if one.name != "GlobalPhase"]
    phase = sum(float(one.data[0]) for one in tape.operations if one.name == "GlobalPhase")
    text = qml.to_openqasm(qml.tape.QuantumScript(operations), wires=qml.wires.Wires(wires), measure_all=False)
    return text, phase


def candidates(matrix, poly):
    if "pauli" in matrix:
        hamiltonian, width = pauli_sum(matrix["pauli"]), len(matrix["pauli"][0][0])
        ancillas = list(range(width, width + (len(matrix["pauli"]) - 1).bit_length()))
        for encoding in ("prepselprep", "qubitization"):
            built = qml.qsvt(hamiltonian, poly, encoding_wires=ancillas, block_encoding=encoding)
            yield encoding, built, [*range(width), *ancillas], len(ancillas), sum(abs(c) for _, c in matrix["pauli"])
    else:
        dense = np.array(matrix["dense"])
        width = len(dense).bit_length() - 1
        alpha = float(np.linalg.norm(dense, 2)) * (1 + 1e-9)
        # BlockEncode divides by these norms wherever they exceed 1, though the spectral norm is at most 1.
        scaled = dense / alpha
        alpha *= max(1.0, np.linalg.norm(scaled @ scaled.T, np.inf), np.linalg.norm(scaled.T @ scaled, np.inf))
        built = qml.qsvt(scaled, poly, encoding_wires=list(range(width + 1)), block_encoding="embedding")
        yield "embedding", built, list(range(width + 1)), 1, alpha


def main():
    task = json.loads(sys.stdin.read())
    poly = np.array(task["coefficients"])
    versions = {name: version(name) for name in ("pennylane", "numpy")}
    for name, forms in task["matrices"].items():
        for form in forms:
            for encoding, operation, wires, ancillas, alpha in candidates(form, poly):
                text, phase = lowered(operation, wires)
                row = {"matrix": name, "encoding": encoding, "wires": wires, "ancillas": ancillas, "alpha": alpha}
                print(json.dumps({**row, "global_phase": phase, "qasm": text, "versions": versions}), flush=True)


if __name__ == "__main__":
    main()
