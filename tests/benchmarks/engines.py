"""Engines for the powers of Q, and methods and precisions of the default simulator.

Run from the checkout: ``OMP_NUM_THREADS=1 python tests/benchmarks/engines.py`` (minutes, most of them for the matrix
product state). CPU seconds; every ratio is of figures from this one process. Writes ``results/engines.json``.

1. ``schedule``: k = 0, 1, 2, 4, ..., 512 at 9 and 10 qubits. ``separate``: every circuit translated as a whole and run
   by Aer. ``composed``: joined from pieces that were translated once. ``one_aer_run``: one circuit, saved at the powers
   of the schedule. ``aer_evolution`` and ``kernels``: the engine, saved at every power. All start from nothing.
2. ``per_iterate``: microseconds per application of Q, by width.
3. ``block_qubits``: the same by the width of the merged matrices of the kernels.
4. ``adaptive``: whole estimations at half-width 1e-3.
5. ``methods``: 3 Grover iterates, and Q^3 A of amplitude estimation, on 20 qubits, by method and precision.
"""

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from qiskit import QuantumCircuit
from qiskit_aer import AerSimulator

import qalgo
from qalgo.amplitude_estimation.problem import EstimationProblem
from qalgo.amplitude_estimation.sources import CircuitSource
from qalgo.execution import engines, kernels
from qalgo.execution.simulator_options import SimulatorOptions
from qalgo.option_pricing.encoding import encode
from qalgo.transcript import GroverShots
from qalgo.versions import versions

POWERS = (0, *(2**exponent for exponent in range(10)))
SHOTS = 100
KERNEL_QUBITS = engines.KERNEL_QUBITS


def ladder(num_qubits: int) -> EstimationProblem:
    """A loaded register and an objective rotated by all its qubits: the shape of an option's A."""
    random = np.random.default_rng(1)
    circuit = QuantumCircuit(num_qubits)
    for qubit in range(num_qubits - 1):
        circuit.ry(float(random.random()), qubit)
    for qubit in range(num_qubits - 2):
        circuit.cx(qubit, qubit + 1)
    for qubit in range(num_qubits - 1):
        circuit.cry(0.3 / (qubit + 1), qubit, num_qubits - 1)
    return EstimationProblem(circuit, [num_qubits - 1])


def call(num_qubits: int, encoding: str) -> EstimationProblem:
    contract = qalgo.EuropeanCall(spot=2, strike=1.74, rate=0.05, volatility=0.4, maturity=40 / 365)
    return encode(contract, num_qubits, encoding, grid=None, loader=None, rescaling=None).problem()


def timed(job: Callable[[], Any], repetitions: int = 3) -> dict[str, float]:
    cpu, wall = [], []
    for _ in range(repetitions):
        start, began = time.process_time(), time.perf_counter()
        job()
        cpu.append(time.process_time() - start)
        wall.append(time.perf_counter() - began)
    return {"cpu_s": statistics.median(cpu), "wall_s": statistics.median(wall)}


def with_engine(problem: EstimationProblem, name: str) -> CircuitSource:
    engines.KERNEL_QUBITS = 99 if name == "kernels" else 0
    asked = "composed" if name == "composed" else "auto"
    return CircuitSource(problem, seed=1, simulator=SimulatorOptions(engine=asked))


def run_schedule(problem: EstimationProblem, name: str) -> None:
    with_engine(problem, name).measure(tuple(GroverShots(power, SHOTS) for power in POWERS), 0)


def separate(problem: EstimationProblem) -> None:
    source = with_engine(problem, "composed")
    for power in POWERS:
        source._runner.run([source._runner.lower(source.circuits.whole(power))], [SHOTS], power)


def one_aer_run(problem: EstimationProblem) -> None:
    """One circuit with a save at every power of the schedule, as one would write it by hand."""
    source = with_engine(problem, "composed")
    prepare, iterate = source.circuits.translated()
    circuit = source.circuits.frame.copy_empty_like()
    for instruction in prepare:
        circuit._append(instruction)
    for power in range(POWERS[-1] + 1):
        if power:
            for instruction in iterate:
                circuit._append(instruction)
        if power in POWERS:
            circuit.save_probabilities(list(problem.objective_qubits), label=f"power_{power}")
    simulator = AerSimulator(method="statevector", max_parallel_threads=1)
    simulator.run(circuit, shots=1).result().data(0)


def schedules() -> dict[str, Any]:
    rows = {}
    problems = {
        "ladder, 9 qubits": ladder(9),
        "ladder, 10 qubits": ladder(10),
        "call, 10 qubits": call(5, "linearised"),
    }
    for title, problem in problems.items():
        times = {
            "separate": timed(lambda problem=problem: separate(problem), 1),
            "composed": timed(lambda problem=problem: run_schedule(problem, "composed")),
            "one_aer_run": timed(lambda problem=problem: one_aer_run(problem)),
            "aer_evolution": timed(lambda problem=problem: run_schedule(problem, "aer evolution")),
            "kernels": timed(lambda problem=problem: run_schedule(problem, "kernels")),
        }
        base = times["composed"]["cpu_s"]
        rows[title] = {
            "qubits": problem.grover_operator.num_qubits,
            **times,
            "composed_over_it": {name: base / row["cpu_s"] for name, row in times.items()},
        }
    return rows


def per_iterate(widths: tuple[int, ...]) -> dict[str, Any]:
    rows = {}
    for width in widths:
        problem = ladder(width)
        number = 200 if width <= 10 else (20 if width <= 14 else 4)
        row: dict[str, Any] = {}
        for name in ("composed", "aer evolution", "kernels"):
            source = with_engine(problem, name)
            source.measure((GroverShots(0, 1),), 0)
            # An evolution goes on from the largest power so far: three times the same number of iterates.
            powers = iter([number] * 3 if name == "composed" else [number, 2 * number, 3 * number])
            times = timed(lambda source=source, powers=powers: source.measure((GroverShots(next(powers), 1),), 1))
            row[name] = {key.replace("_s", "_us"): 1e6 * value / number for key, value in times.items()}
        row["aer_evolution_over_kernels_cpu"] = row["aer evolution"]["cpu_us"] / row["kernels"]["cpu_us"]
        row["aer_evolution_over_kernels_wall"] = row["aer evolution"]["wall_us"] / row["kernels"]["wall_us"]
        rows[str(width)] = row
    return rows


def block_widths() -> dict[str, Any]:
    rows = {}
    for title, problem in {
        "ladder, 8 qubits": ladder(8),
        "ladder, 9 qubits": ladder(9),
        "call, 10 qubits": call(5, "linearised"),
        "ladder, 12 qubits": ladder(12),
        "ladder, 14 qubits": ladder(14),
    }.items():
        source = with_engine(problem, "composed")
        _, iterate = source.circuits.translated()
        position = {qubit: index for index, qubit in enumerate(source.circuits.frame.qubits)}
        row = {}
        for widest in (3, 4, 5, 6):
            steps = kernels.merge(iterate, position, widest=widest)
            layout = kernels.final_layout(steps, tuple(range(len(position))))
            program = kernels.compile_steps(steps, layout, layout)
            program.entry[0] = 1.0
            number = 100 if len(position) <= 12 else 20

            def repeat(program: kernels.Program = program, number: int = number) -> None:
                for _ in range(number):
                    program.run()

            row[str(widest)] = 1e6 * timed(repeat, 5)["cpu_s"] / number
        rows[title] = row
    return rows


def adaptive(repetitions: int) -> dict[str, Any]:
    rows = {}
    for title, problem in {"call, n = 3": call(3, "exact"), "11 CX on 4 qubits": eleven()}.items():
        row = {}
        for name in ("composed", "kernels", "subspace"):
            engines.KERNEL_QUBITS = KERNEL_QUBITS
            options: dict[str, Any] = {"simulator": SimulatorOptions(engine="composed")} if name == "composed" else {}
            if name == "subspace":
                options = {"mode": "subspace"}
            qalgo.estimate_amplitude(problem, 1e-3, seed=0, **options)
            seconds = []
            for seed in range(1, repetitions + 1):
                start = time.process_time()
                qalgo.estimate_amplitude(problem, 1e-3, seed=seed, **options)
                seconds.append(time.process_time() - start)
            row[name] = {"median_cpu_s": statistics.median(seconds), "max_cpu_s": max(seconds)}
        row["composed_over_kernels"] = row["composed"]["median_cpu_s"] / row["kernels"]["median_cpu_s"]
        rows[title] = row
    return rows


def eleven() -> EstimationProblem:
    circuit = QuantumCircuit(4)
    for index in range(11):
        circuit.ry(0.13 * index + 0.2, index % 4)
        circuit.cx(index % 4, (index + 1) % 4)
    return EstimationProblem(circuit, [3])


def grover(num_qubits: int, iterates: int) -> QuantumCircuit:
    circuit = QuantumCircuit(num_qubits, num_qubits)
    circuit.h(range(num_qubits))
    for _ in range(iterates):
        for mark in (0b1011, 0):
            if mark == 0:
                circuit.h(range(num_qubits))
            zeros = [qubit for qubit in range(num_qubits) if not (mark >> qubit) & 1]
            circuit.x(zeros)
            circuit.h(num_qubits - 1)
            circuit.mcx(list(range(num_qubits - 1)), num_qubits - 1)
            circuit.h(num_qubits - 1)
            circuit.x(zeros)
            if mark == 0:
                circuit.h(range(num_qubits))
    circuit.measure(range(num_qubits), range(num_qubits))
    return circuit


METHODS: tuple[tuple[str, dict[str, Any], int], ...] = (
    ("statevector, double", {}, 3),
    ("statevector, single", {"precision": "single"}, 3),
    ("automatic", {"method": "automatic"}, 3),
    ("statevector, chunks of 2^16", {"blocking_qubits": 16}, 3),
    ("statevector, chunks of 2^12", {"blocking_qubits": 12}, 3),
    ("matrix_product_state", {"method": "matrix_product_state"}, 1),
)


def methods(circuit: QuantumCircuit, listed: tuple[tuple[str, dict[str, Any], int], ...]) -> dict[str, Any]:
    rows: dict[str, Any] = {}
    for title, options, repetitions in listed:
        asked = SimulatorOptions(**options)
        rows[title] = timed(
            lambda asked=asked: qalgo.run(circuit, shots=100, seed=1, device="cpu", simulator=asked), repetitions
        )
    base = rows["statevector, double"]
    for row in rows.values():
        row["cpu_over_default"] = row["cpu_s"] / base["cpu_s"]
        row["wall_over_default"] = row["wall_s"] / base["wall_s"]
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--widest", type=int, default=18, help="largest width of the table per iterate")
    parser.add_argument("--method-qubits", type=int, default=20, help="width of the circuits for the methods")
    parser.add_argument("--repetitions", type=int, default=15, help="runs of every adaptive estimation")
    arguments = parser.parse_args()
    result = {
        "schema": "qalgo.benchmark.engines",
        "version": 1,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
        "threads": os.environ.get("OMP_NUM_THREADS", "unset"),
        "versions": dict(versions()),
        "seeds": {"schedule": 1, "adaptive": list(range(1, arguments.repetitions + 1)), "grover": 1},
        "adaptive": adaptive(arguments.repetitions),
        "schedule": schedules(),
        "block_qubits_us_per_iterate": block_widths(),
        "per_iterate": per_iterate(tuple(range(4, arguments.widest + 1, 2))),
        "methods": {
            f"Grover, {arguments.method_qubits} qubits": methods(grover(arguments.method_qubits, 3), METHODS),
            f"Q^3 A, {arguments.method_qubits} qubits": methods(
                # Without the matrix product state, which did not end within a CPU minute here.
                with_engine(ladder(arguments.method_qubits), "composed").circuits.whole(3),
                METHODS[:-1],
            ),
        },
    }
    target = Path(__file__).with_name("results") / "engines.json"
    target.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
