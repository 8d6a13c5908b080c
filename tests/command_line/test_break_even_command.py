"""``qalgo break-even`` and ``qalgo machines`` as a user types them, on a report that ``qalgo compare`` wrote."""

import json

import pytest

import qalgo
from qalgo.__main__ import main

COARSE = "0.05,0.04,0.03,0.025,0.02,0.015"


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    option = qalgo.EuropeanCall(spot=2.0, strike=1.896, rate=0.05, volatility=0.4, maturity=40 / 365)
    accuracies = [float(number) for number in COARSE.split(",")]
    names = ["plain Monte Carlo", "closed form"]
    return qalgo.compare(option, accuracies=accuracies, repetitions=20, seed=7, baselines=names).save(folder).parent


def run(capsys, *words):
    code = main([str(word) for word in words])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_a_saved_report_gets_its_verdict(capsys, report):
    code, out, err = run(capsys, "break-even", report / "report.json", "--machine", "hoefler-2023")
    assert (code, err) == (0, "")
    assert "none against closed form" in out
    assert "verdict: demonstration: already solved classically" in out
    assert run(capsys, "break-even", report)[1] == out


def test_json_is_the_verdict_of_python(capsys, report):
    words = ("--machine", "babbush-2021", "--classical", "a100", "--parallelism", "10", "--json")
    code, out, _ = run(capsys, "break-even", report, *words)
    assert code == 0
    comparison = qalgo.Comparison.from_dict(json.loads((report / "report.json").read_text(encoding="utf-8")))
    expected = qalgo.break_even(comparison, "babbush-2021", classical="a100", parallelism=10)
    assert qalgo.BreakEvenVerdict.from_dict(json.loads(out)) == expected


def test_several_machines_make_a_band(capsys, report):
    _, out, _ = run(capsys, "break-even", report, "--machine", "hoefler-2023", "--machine", "babbush-2021", "--json")
    assert [model["name"] for model in json.loads(out)["machines"]] == ["hoefler-2023", "babbush-2021"]
    _, out, _ = run(capsys, "break-even", report, "--machine", "all", "--json")
    assert len(json.loads(out)["machines"]) == len(qalgo.machines.MACHINES)


def test_out_holds_verdict_and_figure(capsys, report, tmp_path):
    code, _, _ = run(capsys, "break-even", report, "--out", tmp_path / "new")
    assert code == 0
    assert (tmp_path / "new" / "break_even.svg").is_file()
    assert (
        json.loads((tmp_path / "new" / "break_even.json").read_text(encoding="utf-8"))["schema"] == "qalgo.break_even"
    )


def test_what_is_refused_is_named_with_exit_code_1(capsys, report, tmp_path):
    (tmp_path / "text").write_text("hello")
    (tmp_path / "list").write_text("[]")
    for words, message in (
        ((tmp_path / "missing.json",), "No such file"),
        ((tmp_path / "text",), "is not JSON"),
        ((tmp_path / "list",), "holds a list"),
        ((report, "--machine", "abacus"), "allowed: hoefler-2023"),
        ((report, "--classical", "abacus"), "this-machine"),
        ((report, "--seconds", "0"), "seconds"),
        ((report, "--out", tmp_path / "text" / "below"), "a folder you may write to"),
    ):
        code, out, err = run(capsys, "break-even", *words)
        assert (code, out) == (1, "")
        assert message in err


def test_machines_are_listed_with_their_sources(capsys):
    code, out, _ = run(capsys, "machines")
    assert code == 0
    for name in (*qalgo.machines.MACHINES, *qalgo.machines.PROCESSORS):
        assert f"  {name}: " in out
    assert "2011.04149" in out
    data = json.loads(run(capsys, "machines", "--json")[1])
    assert [row["name"] for row in data["machines"]] == list(qalgo.machines.MACHINES)
