"""The models of qdk: the outputs of its command, its silence, and its absence."""

import builtins
import os
import random
import subprocess
import sys

import pytest
from published_jobs import DERIVATIVES, FOURIER_10

from qalgo.logical_counts import LogicalCounts
from qalgo.physical_resources import qdk_models
from qalgo.physical_resources.cost import physical_cost
from qalgo.physical_resources.demand import Demand
from qalgo.physical_resources.technology import SUPERCONDUCTING

os.environ[qdk_models.TELEMETRY] = "none"
qdk = pytest.importorskip("qdk")
pytest.importorskip("pandas")

# Outputs of qdk.qre 1.33.1 for the 10-qubit Fourier transform at failure probability 1e-3.
FOURIER_QUBITS = [
    ("qdk-round-based", 1e-3, 191_710),
    ("qdk-litinski", 1e-3, 49_650),
    ("qdk-cultivation", 1e-3, 10_008),
    ("qdk-round-based", 1e-4, 23_830),
    ("qdk-litinski", 1e-4, 8_580),
    ("qdk-cultivation", 1e-4, 3_818),
]


@pytest.mark.parametrize(("model", "physical_error", "qubits"), FOURIER_QUBITS)
def test_fourier_transform_costs_what_qdk_printed(model, physical_error, qubits):
    cost = physical_cost(FOURIER_10, 1e-3, physical_error=physical_error, models=[model]).model(model)
    assert cost.qubits == pytest.approx(qubits, rel=0.01)
    assert cost.error <= 1e-3


def test_counts_and_program_give_qdk_the_same_work(monkeypatch, tmp_path):
    """A program in OpenQASM, counted by qdk itself, costs what its counts cost."""
    from qdk import qre
    from qdk.qre import models
    from qdk.qre.application import OpenQASMApplication

    program = 'include "stdgates.inc"; qubit[3] q; ' + "t q[0]; ccx q[0], q[1], q[2]; " * 5
    counts = LogicalCounts(3, t=5, toffoli=5, rotations=0, rotation_depth=0, measurements=0)
    table = qre.estimate(
        OpenQASMApplication(program),
        models.GateBased(gate_time=50, measurement_time=100, error_rate=1e-3),
        models.SurfaceCode.q() * models.Litinski19Factory.q(),
        qre.PSSPC.q() * qre.LatticeSurgery.q(),
        max_error=1e-3,
    )
    cost = physical_cost(counts, 1e-3, models=["qdk-litinski"]).models[0]
    assert cost.qubits == min(entry.qubits for entry in table)


def test_a_model_without_result_says_why():
    demand = Demand(DERIVATIVES, 1e-2, 1e-3, SUPERCONDUCTING)
    # The distances of qdk end at 25: the smallest failure probability it reports is 0.029.
    alone = qdk_models.estimate("qdk-litinski", demand, more_distances=())
    assert not alone.exists
    assert alone.qubits is None
    assert "0.029" in alone.reason
    assert "allowed: 0.01" in alone.reason
    # With larger ones there is a result, but cultivated T states remain too faulty.
    cost = physical_cost(DERIVATIVES, 1e-2, models=["qdk-litinski", "qdk-cultivation"])
    assert cost.model("qdk-litinski").code_distance == 27
    assert "0.79" in cost.model("qdk-cultivation").reason


def test_toffoli_gates_can_be_states_of_their_own():
    counts = LogicalCounts(20, t=0, toffoli=10**4, rotations=0, rotation_depth=0, measurements=0)
    cost = physical_cost(counts, 1e-2, models=["qdk-cultivation", "qdk-cultivation-ccx"])
    assert all(model.exists for model in cost.models)
    assert cost.models[0].qubits != cost.models[1].qubits
    plain = physical_cost(FOURIER_10, models=["qdk-cultivation", "qdk-cultivation-ccx"])
    assert "no Toffoli gates" in plain.model("qdk-cultivation-ccx").reason


def test_more_rotations_than_twenty_t_gates_can_approximate():
    counts = LogicalCounts(10, t=0, toffoli=0, rotations=10**7, rotation_depth=10**7, measurements=0)
    assert physical_cost(counts, 1e-3, models=["qdk-litinski"]).models[0].exists


def test_rotations_that_do_not_fit_into_their_layers_are_spread_out():
    # qdk ends the process with a panic when a layer has more rotations than qubits.
    counts = LogicalCounts(2, t=0, toffoli=0, rotations=50, rotation_depth=1, measurements=0)
    wide = LogicalCounts(2, t=0, toffoli=0, rotations=50, rotation_depth=25, measurements=0)
    found = [physical_cost(item, models=["qdk-litinski", "beverland-2022"]).models for item in (counts, wide)]
    assert found[0] == found[1]


def test_runs_beyond_64_bits_of_nanoseconds_are_refused():
    counts = LogicalCounts(10, t=10**17, toffoli=0, rotations=0, rotation_depth=0, measurements=0)
    cost = physical_cost(counts, models=["qdk-litinski", "beverland-2022"])
    assert "64 bits" in cost.model("qdk-litinski").reason


def test_a_search_that_would_not_end_is_not_begun():
    counts = LogicalCounts(10, t=1000, toffoli=0, rotations=0, rotation_depth=0, measurements=0)
    below = physical_cost(counts, physical_error=1.9e-3, models=["qdk-round-based"])
    assert below.models[0].exists
    above = physical_cost(counts, physical_error=2.4e-3, models=["qdk-round-based", "beverland-2022"])
    assert "does not end above physical error 0.0019" in above.model("qdk-round-based").reason


def test_nothing_is_reported_over_the_network_and_nothing_left_in_the_home(tmp_path):
    script = (
        "from qalgo.logical_counts import LogicalCounts\n"
        "from qalgo.physical_resources.cost import physical_cost\n"
        "import sys\n"
        "assert 'qdk' not in sys.modules\n"
        "cost = physical_cost(LogicalCounts(2, 5, 0, 0, 0, 0), models=['qdk-round-based'])\n"
        "import qdk.telemetry\n"
        "print(qdk.telemetry.TELEMETRY_ENABLED, cost.models[0].exists)\n"
    )
    kept = {name: value for name, value in os.environ.items() if not name.endswith("TELEMETRY")}
    # Should the product fail to silence qdk, its report ends at a closed port of this machine.
    nowhere = {"QSHARP_PYTHON_AI_URL": "http://127.0.0.1:9/"}
    environment = {**kept, **nowhere, "HOME": str(tmp_path), "USERPROFILE": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
    assert list(tmp_path.iterdir()) == []


def test_without_qdk_the_closed_forms_remain_and_say_how_to_install_it(monkeypatch):
    real = builtins.__import__

    def refuse(name, *rest, **keywords):
        if name.split(".")[0] == "qdk":
            raise ModuleNotFoundError("No module named 'qdk'")
        return real(name, *rest, **keywords)

    monkeypatch.setattr(builtins, "__import__", refuse)
    monkeypatch.setattr(qdk_models, "installed_version", lambda: None)
    cost = physical_cost(FOURIER_10)
    assert sum(model.exists for model in cost.models) >= 5
    missing = [model for model in cost.models if model.name in ("qdk-round-based", "qdk-litinski", "qdk-cultivation")]
    assert [model.exists for model in missing] == [False] * 3
    assert all("pip install 'qalgo-advantage[resources]'" in model.reason for model in missing)
    assert "qdk is not installed" in str(cost)


def random_counts(stream):
    def size(low, high):
        return int(10 ** stream.uniform(low, high))

    qubits, rotations = size(0.5, 4), stream.choice([0, size(0, 6)])
    depth = -(-rotations // stream.randint(1, qubits))
    return LogicalCounts(qubits, stream.choice([0, size(0, 9)]), stream.choice([0, size(0, 9)]), rotations, depth, 7)


def test_beverland_is_the_first_estimator_of_qdk():
    """On random counts, equal to the last digit wherever that estimator does not slow the algorithm down."""
    from qdk.estimator import LogicalCounts as TheirCounts

    stream, compared = random.Random(11), 0
    for _ in range(60):
        counts, failure = random_counts(stream), 10 ** stream.uniform(-6, -1)
        name, error = stream.choice([("qubit_gate_ns_e3", 1e-3), ("qubit_gate_ns_e4", 1e-4)])
        theirs = TheirCounts(
            {
                "numQubits": counts.num_qubits,
                "tCount": counts.t,
                "cczCount": counts.toffoli,
                "rotationCount": counts.rotations,
                "rotationDepth": counts.rotation_depth,
                "measurementCount": counts.measurements,
            }
        ).estimate({"errorBudget": failure, "qubitParams": {"name": name}})
        physical = theirs["physicalCounts"]
        if physical["breakdown"]["logicalDepth"] != physical["breakdown"]["algorithmicLogicalDepth"]:
            continue
        ours = physical_cost(counts, failure, physical_error=error, models=["beverland-2022"]).models[0]
        assert ours.qubits == physical["physicalQubits"]
        assert ours.seconds == pytest.approx(physical["runtime"] * 1e-9, rel=1e-9)
        compared += 1
    assert compared >= 50
