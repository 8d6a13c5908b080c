"""``executor=`` takes Dask's executor wherever it takes one of threads or processes, with the same numbers."""

import math

import pytest
from qiskit import QuantumCircuit

import qalgo

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def executor():
    options = {
        "n_workers": 1,
        "threads_per_worker": 2,
        "processes": False,
        "protocol": "tcp",
        "dashboard_address": None,
    }
    with distributed.LocalCluster(**options) as cluster, distributed.Client(cluster) as client:
        yield client.get_executor()


def bits(random, size):
    return random.random(size) < math.sin(0.45) ** 2


def ghz(size):
    circuit = QuantumCircuit(size)
    circuit.h(0)
    for target in range(1, size):
        circuit.cx(0, target)
    circuit.measure_all()
    return circuit


def test_run_counts_as_in_series(executor):
    circuits = [ghz(size) for size in (2, 3, 4)]
    spread = qalgo.run(circuits, shots=500, seed=7, executor=executor)
    assert spread.counts == qalgo.run(circuits, shots=500, seed=7).counts
    assert spread.shots == (500, 500, 500)


def test_an_estimate_is_the_same(executor):
    circuit = QuantumCircuit(1)
    circuit.ry(0.9, 0)
    problem = qalgo.EstimationProblem(circuit, [0])
    spread = qalgo.estimate_amplitude(problem, 0.02, seed=7, executor=executor)
    serial = qalgo.estimate_amplitude(problem, 0.02, seed=7)
    assert (spread.value, spread.interval, spread.queries) == (serial.value, serial.interval, serial.queries)


def test_a_comparison_is_the_same(executor):
    circuit = QuantumCircuit(1)
    circuit.ry(0.9, 0)
    coin = qalgo.ClassicalFunction(bits, reference=math.sin(0.45) ** 2)
    asked = {"baselines": [coin], "accuracies": [0.05, 0.04, 0.03, 0.025, 0.02, 0.015], "repetitions": 20, "seed": 7}
    problem = qalgo.EstimationProblem(circuit, [0])
    spread, serial = (qalgo.compare(problem, executor=given, **asked) for given in (executor, None))
    for left, right in zip(spread.methods, serial.methods, strict=True):
        assert [row.statistics for row in left.accuracies] == [row.statistics for row in right.accuracies]
    assert spread.verdict == serial.verdict
