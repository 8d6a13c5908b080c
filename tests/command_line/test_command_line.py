"""The command line as a user types it: exit codes, messages, files."""

import json
import subprocess
import sys

import pytest

from qalgo.__main__ import main

CALL = [
    *("european-call", "--spot", "2", "--strike", "1.896"),
    *("--rate", "0.05", "--volatility", "0.4", "--maturity", "40/365"),
]
# Black-Scholes, evaluated independently: 0.169695 (discounted) for this contract.
REFERENCE = 0.16969


def run(capsys, *words):
    code = main([str(word) for word in words])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_price_prints_an_emulated_price(capsys):
    code, out, err = run(capsys, "price", *CALL, "--epsilon", "0.002", "--seed", "7")
    assert code == 0
    assert "emulated" in out.splitlines()[0]
    assert err == ""


def test_price_json_holds_the_interval(capsys):
    code, out, _ = run(capsys, "price", *CALL, "--epsilon", "0.002", "--seed", "7", "--json")
    data = json.loads(out)
    assert code == 0
    assert data["interval"]["low"] <= REFERENCE <= data["interval"]["high"]


def test_circuit_mode_runs_circuits(capsys):
    code, out, _ = run(capsys, "price", *CALL, "--epsilon", "0.02", "--seed", "7", "--device", "cpu")
    assert code == 0
    assert "circuits executed" in out.splitlines()[0]


def test_a_budget_prints_the_interval_so_far_and_exits_3(capsys):
    code, out, _ = run(capsys, "price", *CALL, "--epsilon", "0.0005", "--seed", "7", "--max-queries", "60")
    assert code == 3
    assert "query budget" in out


def test_out_holds_result_and_figure(capsys, tmp_path):
    code, _, _ = run(capsys, "price", *CALL, "--epsilon", "0.01", "--seed", "7", "--out", tmp_path / "new" / "folder")
    assert code == 0
    assert sorted(p.suffix for p in (tmp_path / "new" / "folder").iterdir()) == [".json", ".svg"]


def test_several_strikes_in_one_call(capsys):
    words = ["1.7,1.9" if word == "1.896" else word for word in CALL]
    code, out, _ = run(capsys, "price", *words, "--epsilon", "0.01", "--seed", "7", "--json")
    assert code == 0
    assert len(json.loads(out)["prices"]) == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["price", "european-cal"], "allowed: european-call"),
        (["price", "european-call", "--spot", "2"], "needs --strike, --rate, --volatility, --maturity; --prices"),
        (["price", *CALL, "--lower-strike", "1"], "takes no --lower-strike"),
        (["price", *CALL, "--volatility", "-0.4"], "volatility"),
        (["price", *CALL, "--epsilon", "0"], "epsilon"),
        (["price", *CALL, "--confidence", "2"], "confidence is 2"),
        (["price", *CALL, "--method", "magic"], "allowed: bayesian"),
        (["price", *CALL, "--mode", "subspace", "--device", "cpu"], "--device has no effect"),
        (["price", *CALL, "--column", "IBM"], "belong to --prices"),
        (["price", *CALL, "--prices", "missing.csv", "--column", "IBM"], "missing.csv"),
        (["price", "missing.toml"], "missing.toml"),
        (["compare", *CALL, "--workers", "0"], "--workers is 0"),
        (["compare", *CALL, "--accuracies", "0.1,0.01"], "accuracies"),
        (["compare", *CALL, "--machine", "abacus"], "abacus"),
    ],
)
def test_what_is_refused_is_named_with_exit_code_1(capsys, words, message):
    code, out, err = run(capsys, *words)
    assert code == 1
    assert err.startswith("qalgo: error: ")
    assert message in err
    assert out == ""


@pytest.mark.parametrize(
    "words", [[], ["prise"], ["price"], ["price", *CALL, "--spot", "two"], ["price", *CALL, "--no"]]
)
def test_a_wrong_command_line_exits_2(capsys, words):
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    assert "usage: qalgo" in capsys.readouterr().err


def test_an_output_folder_that_cannot_be_made_is_refused_before_the_work(capsys, tmp_path):
    (tmp_path / "file").write_text("")
    code, _, err = run(capsys, "price", *CALL, "--out", tmp_path / "file" / "folder")
    assert code == 1
    assert "choose another --out" in err


def test_a_full_disk_is_named(capsys):
    code, _, err = run(capsys, "price", *CALL, "--epsilon", "0.01", "--seed", "1", "--out", "/dev/full/x")
    assert code == 1
    assert "--out" in err


def test_compare_announces_its_duration_and_writes_a_report(capsys, tmp_path):
    coarse = "0.05,0.04,0.03,0.025,0.02,0.015"
    words = ["compare", *CALL, "--accuracies", coarse, "--repetitions", "20", "--seed", "7", "--out", tmp_path]
    code, out, err = run(capsys, *words)
    assert code == 0
    assert "already solved classically" in out
    assert err.startswith("qalgo: ")
    assert "on one core" in err
    report = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "already solved classically" in report
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["seed"] == 7


def test_prices_give_spot_and_volatility(capsys, tmp_path):
    rows = ["date,ABC,XYZ"] + [f"2020-{month:02d}-01,{100 + 5 * (-1) ** month},{month}" for month in range(1, 13)]
    closes = tmp_path / "closes.csv"
    closes.write_text("\n".join(rows))
    words = ["european-call", "--strike", "100", "--rate", "0.02", "--maturity", "0.5", "--prices", closes]
    code, out, _ = run(capsys, "price", *words, "--column", "ABC", "--epsilon", "0.5", "--seed", "1", "--json")
    assert code == 0
    contract = json.loads(out)["contract"]
    # eleven alternating log returns of +-log(105/95), monthly: sample deviation x sqrt(12)
    import statistics

    returns = [(-1) ** month * 0.10008345855698265 for month in range(11)]
    assert contract["spot"] == 105
    assert contract["volatility"] == pytest.approx(statistics.stdev(returns) * 12**0.5, rel=1e-9)
    code, _, err = run(capsys, "price", *words, "--column", "IBM", "--epsilon", "0.5")
    assert code == 1
    assert "ABC" in err
    assert "XYZ" in err


def test_interrupted_pricing_resumes_from_its_transcript(capsys, tmp_path):
    path = tmp_path / "run.json"
    words = ["price", *CALL, "--epsilon", "0.002", "--seed", "7", "--transcript", path, "--json"]
    _, whole, _ = run(capsys, *words)
    saved = json.loads(path.read_text())
    saved["rounds"] = saved["rounds"][:5]
    path.write_text(json.dumps(saved))
    _, again, _ = run(capsys, *words)
    assert json.loads(again)["value"] == json.loads(whole)["value"]
    assert json.loads(again)["queries"] == json.loads(whole)["queries"]


def test_ctrl_c_exits_130_and_says_what_is_saved(capsys, tmp_path, monkeypatch):
    from qalgo.amplitude_estimation.emulation import SubspaceSource

    words = ["price", *CALL, "--epsilon", "0.002", "--seed", "7", "--transcript", tmp_path / "run.json", "--json"]
    measure = SubspaceSource.measure

    def interrupted(source, requests, round_index):
        if round_index == 4:
            raise KeyboardInterrupt
        return measure(source, requests, round_index)

    monkeypatch.setattr(SubspaceSource, "measure", interrupted)
    code, out, err = run(capsys, *words)
    assert (code, out) == (130, "")
    assert "4 finished rounds are in" in err
    assert "run.json" in err
    monkeypatch.undo()
    _, resumed, _ = run(capsys, *words)
    _, whole, _ = run(capsys, *words[:-3], "--json")
    assert json.loads(resumed)["value"] == json.loads(whole)["value"]


def test_the_doctor_reports_versions_and_devices(capsys):
    code, out, _ = run(capsys, "doctor")
    assert "qiskit" in out
    assert "circuits" in out
    data = json.loads(run(capsys, "doctor", "--json")[1])
    assert data["healthy"] == (code == 0)


def test_the_doctor_names_a_shadowed_package(tmp_path):
    (tmp_path / "circuits").mkdir()
    (tmp_path / "circuits" / "__init__.py").write_text("")
    script = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from qalgo.__main__ import main\nsys.exit(main(['doctor']))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "FIX" in done.stdout
    assert "pip uninstall circuits" in done.stdout


def test_the_installed_module_runs():
    done = subprocess.run([sys.executable, "-m", "qalgo", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("qalgo 0.")


@pytest.mark.parametrize("text", ["1e400", "1e999999999", "1e400/1", "inf", "nan", "1/0", "40%"])
def test_what_is_no_finite_number_is_refused_at_once(text, capsys):
    with pytest.raises(SystemExit):
        main(["price", "european-call", "--spot", text])
    assert f"{text!r} is not a number" in capsys.readouterr().err
