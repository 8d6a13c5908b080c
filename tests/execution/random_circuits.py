"""Run as a script: random circuits of the kinds that killed processes, with the exact law of each beside its counts.

Laws come from Qiskit's Statevector and Operator on the circuits as written (branch by branch where they measure and
decide), never from the translated ones.
"""

import json
import sys

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import Gate
from qiskit.circuit.library import (
    DiagonalGate,
    MCPhaseGate,
    MCXGate,
    StatePreparation,
    UCGate,
    UnitaryGate,
    grover_operator,
)
from qiskit.quantum_info import Operator, Statevector, random_unitary

from qalgo.execution import run

SHOTS = 300


def loader(random: np.random.Generator, width: int) -> Gate:
    amplitudes = random.random(2**width) + (1j * random.random(2**width) if random.random() < 0.3 else 0)
    return StatePreparation(amplitudes / np.linalg.norm(amplitudes))


def random_unitary_part(random: np.random.Generator, width: int) -> QuantumCircuit:
    circuit = QuantumCircuit(width)
    for _ in range(random.integers(1, 4)):
        qubits = [int(q) for q in random.permutation(width)]
        kind = random.integers(0, 8)
        if kind <= 1:
            gate: Gate = loader(random, int(random.integers(1, width + 1)))
            gate = gate.inverse() if random.random() < 0.7 else gate
        elif kind == 2:
            gate = MCXGate(width - 1, ctrl_state=int(random.integers(0, 2 ** (width - 1))))
        elif kind == 3:
            gate = MCPhaseGate(float(random.random()), width - 1)
        elif kind == 4:
            gate = DiagonalGate(list(np.exp(1j * random.random(4))))
            gate = gate.inverse() if random.random() < 0.5 else gate
        elif kind == 5:
            gate = UCGate([random_unitary(2, seed=int(random.integers(2**31))).data for _ in range(4)])
            gate = gate.inverse() if random.random() < 0.5 else gate
        elif kind == 6:
            gate = UnitaryGate(random_unitary(4, seed=int(random.integers(2**31))).data)
            gate = gate.control(1, annotated=bool(random.integers(2)))
        else:
            circuit.h(qubits[0])
            circuit.cx(qubits[0], qubits[1])
            continue
        circuit.append(gate, qubits[: gate.num_qubits])
    return circuit.inverse() if random.random() < 0.4 else circuit


def grover_part(random: np.random.Generator, width: int) -> QuantumCircuit:
    load = QuantumCircuit(width)
    load.append(loader(random, width - 1), range(width - 1))
    load.ry(float(random.random()), width - 1)
    load.cry(float(random.random()), 0, width - 1)
    oracle = QuantumCircuit(width)
    oracle.z(width - 1)
    circuit = load.copy()
    for _ in range(random.integers(1, 3)):
        circuit.compose(grover_operator(oracle, load), inplace=True)
    return circuit


def law_of(state: np.ndarray) -> np.ndarray:
    return np.asarray(np.abs(state) ** 2)


def plain_case(random: np.random.Generator, width: int, grover: bool) -> tuple[QuantumCircuit, np.ndarray]:
    circuit = grover_part(random, width) if grover else random_unitary_part(random, width)
    law = law_of(Statevector(circuit).data)
    circuit.measure_all()
    return circuit, law


def projected(state: np.ndarray, qubit: int, value: int) -> np.ndarray:
    bits = (np.arange(state.size) >> qubit) & 1
    return np.where(bits == value, state, 0)


def control_flow_case(random: np.random.Generator, width: int) -> tuple[QuantumCircuit, np.ndarray]:
    parts = [random_unitary_part(random, width) for _ in range(5)]
    # The loop turns the deciding qubit by a fixed angle only, so that it surely ends soon.
    parts[4] = QuantumCircuit(width)
    parts[4].compose(random_unitary_part(random, width - 1), range(1, width), inplace=True)
    turn = float(1.2 + random.random())
    repeats = int(random.integers(1, 4))
    circuit = QuantumCircuit(width, width + 1)
    decision = circuit.clbits[width]
    circuit.compose(parts[0], inplace=True)
    circuit.measure(0, decision)
    with circuit.if_test((decision, 1)) as otherwise:
        circuit.compose(parts[1], inplace=True)
    with otherwise:
        circuit.compose(parts[2], inplace=True)
    with circuit.for_loop(range(repeats)):
        circuit.compose(parts[3], inplace=True)
    with circuit.while_loop((decision, 1)):
        circuit.compose(parts[4], inplace=True)
        circuit.ry(turn, 0)
        circuit.measure(0, decision)
    circuit.measure(range(width), range(width))

    first, then, otherwise_then, repeated, looped = (Operator(part).data for part in parts)
    start = first[:, 0]
    law = np.zeros(2**width)
    waiting = []
    for value in (0, 1):
        branch = (then if value else otherwise_then) @ projected(start, 0, value)
        branch = np.linalg.matrix_power(repeated, repeats) @ branch
        if value:
            waiting.append(branch)
        else:
            law += law_of(branch)
    turned = QuantumCircuit(width)
    turned.ry(turn, 0)
    again = Operator(turned).data @ looped
    for _ in range(100):
        branch = again @ waiting.pop()
        law += law_of(projected(branch, 0, 0))
        waiting.append(projected(branch, 0, 1))
        if np.linalg.norm(waiting[0]) < 1e-7:
            break
    # The deciding bit, the highest of the register, is 0 in the end.
    return circuit, law


def main(seed: int, number: int) -> None:
    random = np.random.default_rng(seed)
    for index in range(number):
        kind = ("unitary", "grover", "control flow")[index % 3]
        width = 4 if kind == "control flow" else int(random.integers(3, 5))
        if kind == "control flow":
            circuit, law = control_flow_case(random, width)
        else:
            circuit, law = plain_case(random, width, grover=kind == "grover")
        counts = run(circuit, shots=SHOTS, seed=seed * 1000 + index).counts[0]
        observed = [counts.get(format(value, f"0{circuit.num_clbits}b"), 0) for value in range(law.size)]
        print(json.dumps({"kind": kind, "observed": observed, "law": law.tolist()}), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
