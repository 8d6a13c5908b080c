"""Transpilation for a backend: several seeds where routing is needed, the likeliest to succeed taken."""

import numpy as np
from qiskit import QuantumCircuit, generate_preset_pass_manager
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit_ibm_runtime.fake_provider import FakeManilaV2

from qalgo.execution.durations import quality_of
from qalgo.execution.layouts import CANDIDATES, LayoutSearch
from qalgo.seeds import Purpose, derived_seed


def triangle(seed: int) -> QuantumCircuit:
    """Three qubits, each coupled to each: a line has to route it."""
    random = np.random.default_rng(seed)
    circuit = QuantumCircuit(4, 4)
    for _ in range(8):
        first, second = (int(qubit) for qubit in random.permutation(4)[:2])
        circuit.ry(float(random.uniform(0, 3)), first)
        circuit.cx(first, second)
    circuit.measure(range(4), range(4))
    return circuit


def candidates(backend: object, seed: int) -> list[int]:
    return [derived_seed(seed, Purpose.TRANSPILATION)] + [
        derived_seed(seed, Purpose.TRANSPILATION, index) for index in range(1, CANDIDATES)
    ]


def test_the_candidate_with_the_highest_estimated_success_is_taken() -> None:
    backend = FakeManilaV2()
    gained = 0
    for seed in range(4):
        made = [
            generate_preset_pass_manager(3, backend=backend, seed_transpiler=one).run(triangle(seed))
            for one in candidates(backend, seed)
        ]
        success = [quality_of(circuit, backend.target).both or 0.0 for circuit in made]
        taken = LayoutSearch(backend, seed).run(triangle(seed))
        assert quality_of(taken, backend.target).both == max(success)
        assert taken == LayoutSearch(backend, seed).run(triangle(seed))
        gained += max(success) > success[0]
    assert gained >= 1


def test_without_reported_errors_the_fewest_two_qubit_gates_decide() -> None:
    backend = GenericBackendV2(4, coupling_map=[[0, 1], [1, 2], [2, 3]], noise_info=False)
    numbers = [
        generate_preset_pass_manager(3, backend=backend, seed_transpiler=one).run(triangle(3)).count_ops()["cx"]
        for one in candidates(backend, 2)
    ]
    assert LayoutSearch(backend, 2).run(triangle(3)).count_ops()["cx"] == min(numbers)


def test_a_circuit_that_fits_is_transpiled_once(monkeypatch: object) -> None:
    calls = []
    search = LayoutSearch(FakeManilaV2(), 1)
    original = search._candidate
    search._candidate = lambda circuit, seed: calls.append(seed) or original(circuit, seed)  # type: ignore
    line = QuantumCircuit(3, 3)
    line.cx(0, 1)
    line.cx(1, 2)
    line.measure(range(3), range(3))
    search.run(line)
    assert calls == [derived_seed(1, Purpose.TRANSPILATION)]
    search.run(triangle(1))
    assert len(calls) == 1 + CANDIDATES
