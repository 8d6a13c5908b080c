"""``qalgo cost`` as a user types it: files of both versions, figures, messages."""

import json

import pytest
from qiskit import QuantumCircuit, qasm2, qasm3

from qalgo.__main__ import main
from qalgo.fault_tolerance.cost import fault_tolerant_cost
from qalgo.physical_resources.cost import physical_cost
from qalgo.resources import cost_of


def preparation():
    circuit = QuantumCircuit(4)
    circuit.h([0, 1, 2])
    circuit.ccx(0, 1, 3)
    circuit.ry(0.3, 3)
    return circuit


@pytest.fixture
def qasm_2(tmp_path):
    path = tmp_path / "preparation.qasm"
    path.write_text("// a comment first\n" + qasm2.dumps(preparation()))
    return path


def run(capsys, *words):
    code = main(["cost", *map(str, words)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_both_versions_give_the_same_figures(capsys, tmp_path, qasm_2):
    qasm_3 = tmp_path / "preparation.qasm3"
    qasm_3.write_text(qasm3.dumps(preparation()))
    found = []
    for path in (qasm_2, qasm_3):
        code, out, err = run(capsys, path, "--json")
        assert (code, err) == (0, "")
        found.append(json.loads(out)["cost"])
    assert found[0] == found[1] == json.loads(json.dumps(cost_of(preparation()).to_dict()))


def test_a_power_and_the_fault_tolerant_cost(capsys, qasm_2):
    code, out, _ = run(
        capsys, qasm_2, "--power", "1e12", "--objective-qubits", "3", "--synthesis-error", "1e-2", "--json"
    )
    data = json.loads(out)
    assert code == 0
    assert data["cost"]["power"] == data["fault_tolerant"]["power"] == 10**12
    assert data["cost"]["cx"] == cost_of(preparation(), power=10**12, objective_qubits=[3]).cx
    assert data["fault_tolerant"]["t"] > 10**12


def test_the_printed_tables(capsys, qasm_2):
    code, out, _ = run(capsys, qasm_2, "--synthesis-error", "0.01", "--controlled-gates", "measured")
    assert code == 0
    assert str(cost_of(preparation())) in out
    assert f"{fault_tolerant_cost(preparation(), 0.01, controlled_gates='measured').t:,} T gates" in out


def test_the_physical_cost_is_that_of_the_fault_tolerant_one(capsys, qasm_2):
    words = (qasm_2, "--synthesis-error", "0.01", "--controlled-gates", "measured")
    code, out, _ = run(capsys, *words, "--failure-probability", "0.02", "--json")
    physical = json.loads(out)["physical"]
    logical = fault_tolerant_cost(preparation(), 0.01, controlled_gates="measured")
    assert code == 0
    assert physical == json.loads(json.dumps(physical_cost(logical, 0.02).to_dict()))
    assert physical["failure_probability"] == 0.02
    assert (physical["logical"]["toffoli"], physical["logical"]["rotations"]) == (1, 1)
    code, out, _ = run(capsys, *words, "--failure-probability", "0.02")
    assert (code, str(physical_cost(logical, 0.02)) in out) == (0, True)
    code, out, _ = run(capsys, *words, "--json")
    assert "physical" not in json.loads(out)


def test_a_failure_probability_needs_a_synthesis_error(capsys, qasm_2):
    code, out, err = run(capsys, qasm_2, "--failure-probability", "1e-3")
    assert (code, out, "without --synthesis-error" in err) == (1, "", True)
    code, out, err = run(capsys, qasm_2, "--failure-probability", "2", "--synthesis-error", "1e-2")
    assert (code, out, "failure_probability is 2.0" in err) == (1, "", True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("OPENQASM 2.0;\nqreg q[1];\nnonsense q[0];", "not valid OpenQASM 2"),
        ("OPENQASM 3.0;\nqubit q;\nnonsense q;", "cannot be read as OpenQASM 3"),
        ("OPENQASM 3.0;\nqubit q", "cannot be read as OpenQASM 3"),
        ("OPENQASM 4.0;", "version 4"),
        ("import qiskit", "no version at its start"),
        (b"\xff\xfe\x00", "not a text file"),
        (None, "No such file"),
    ],
)
def test_bad_files(capsys, tmp_path, text, words):
    path = tmp_path / "bad.qasm"
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    code, out, err = run(capsys, path)
    assert (code, out) == (1, "")
    assert words in err


def test_bad_flags(capsys, qasm_2):
    assert run(capsys, qasm_2, "--power", "3")[0] == 1
    code, _, err = run(capsys, qasm_2, "--power", "3", "--objective-qubits", "x")
    assert (code, "indices such as" in err) == (1, True)
    with pytest.raises(SystemExit, match="2"):
        run(capsys, qasm_2, "--power", "2.5")
    assert "not an integer" in capsys.readouterr().err


def test_the_importer_of_version_3_is_named_where_it_is_missing(capsys, tmp_path, monkeypatch):
    from qiskit.utils import optionals

    path = tmp_path / "three.qasm"
    path.write_text("OPENQASM 3.0;\nqubit q;")
    monkeypatch.setattr(optionals.HAS_QASM3_IMPORT, "_bool", False)
    code, _, err = run(capsys, path)
    assert (code, "pip install qiskit-qasm3-import" in err) == (1, True)


def test_gates_that_a_file_defines_are_opened_and_counted_once(capsys, tmp_path):
    path = tmp_path / "defined.qasm"
    path.write_text(
        'OPENQASM 2.0;\ninclude "qelib1.inc";\ngate turn a,b { cx a,b; rz(0.3) b; cx a,b; }\n'
        "qreg q[3];\nqreg objective[1];\nh q;\nturn q[0],q[1];\nturn q[1],q[2];\nc3x q[0],q[1],q[2],objective[0];\n"
    )
    code, out, _ = run(capsys, path, "--power", "10", "--hierarchical", "--json")
    counts = json.loads(out)["cost"]["counts"]
    assert code == 0
    # Two rotations and two ANDs per use of A (21 of them), two ANDs in each of the ten reflections.
    assert (counts["rotations"], counts["toffoli"]) == (2 * 21, 2 * 21 + 2 * 10)


def test_counts_that_no_integer_holds_are_refused(capsys, qasm_2):
    for text in ("inf", "nan", "1e999999999", "1.5"):
        with pytest.raises(SystemExit):
            run(capsys, qasm_2, "--power", text)
        assert "is not an integer" in capsys.readouterr().err


def test_an_infinite_angle_is_refused(capsys, tmp_path):
    path = tmp_path / "infinite.qasm"
    path.write_text('OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[1];\nrz(1e400) q[0];\n')
    code, out, err = run(capsys, path, "--synthesis-error", "1e-2")
    assert (code, out) == (1, "")
    assert "rotates by inf" in err


def test_controlled_gates_without_a_budget_are_not_ignored(capsys, qasm_2):
    code, _, err = run(capsys, qasm_2, "--controlled-gates", "measured")
    assert code == 1
    assert "--synthesis-error" in err
