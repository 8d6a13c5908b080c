import json

import pytest

from qalgo.__main__ import main

FOURIER = ["--qubits", "10", "--t", "27", "--rotations", "108", "--rotation-depth", "31"]


def run(capsys, *words):
    code = main(["physical", *words])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_prints_a_span_and_every_model(capsys):
    code, out, err = run(capsys, *FOURIER, "--models", "beverland-2022, gidney-fowler-2019")
    assert (code, err) == (0, "")
    assert "(min / median / max)" in out
    assert "496,860 qubits, 3.12 ms" in out
    assert "1812.01238" in out


def test_json_is_the_result(capsys):
    from qalgo.physical_resources.results import PhysicalCost

    code, out, _ = run(capsys, *FOURIER, "--physical-error", "1e-4", "--models", "litinski-fast,babbush-2021", "--json")
    assert code == 0
    cost = PhysicalCost.from_dict(json.loads(out))
    assert cost.physical_error == 1e-4
    assert [model.name for model in cost.models] == ["litinski-fast", "babbush-2021"]


def test_rotations_are_one_after_the_other_unless_their_depth_is_given(capsys):
    words = ["--qubits", "10", "--rotations", "108", "--models", "beverland-2022", "--json"]
    logical = json.loads(run(capsys, *words)[1])["logical"]
    assert logical["rotation_depth"] == 108


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--qubits", "3"], "Clifford gates alone"),
        (["--qubits", "3", "--t", "-1"], "t is -1; allowed: an integer, at least 0"),
        (["--qubits", "3", "--t", "1", "--technology", "photonic"], "technology is 'photonic'"),
        (["--qubits", "3", "--t", "1", "--models", "mine"], "'mine'; allowed"),
    ],
)
def test_refusals_exit_with_1(capsys, words, message):
    code, out, err = run(capsys, *words)
    assert (code, out) == (1, "")
    assert message in err


def test_qubits_are_required(capsys):
    with pytest.raises(SystemExit) as ended:
        run(capsys, "--t", "5")
    assert ended.value.code == 2


def test_counts_may_be_written_with_an_exponent(capsys):
    code, out, _ = run(capsys, "--qubits", "1e2", "--t", "1e6", "--models", "babbush-2021")
    assert code == 0
    assert "100 qubits, 1,000,000 T" in out
