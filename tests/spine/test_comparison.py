import json
import logging
import math
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, replace

import pytest
from toy_problem import CLASSICAL, LawMethod, ToyProblem, monte_carlo, quantum, quasi_monte_carlo

from qalgo.comparable import Comparable, Preprocessing, Theorem, Trial
from qalgo.comparison import Comparison, compare
from qalgo.errors import ExecutionError, ProblemError
from qalgo.measurement import trial_seed
from qalgo.verdict import IN_QUERIES, NO_ADVANTAGE, NOT_ESTABLISHED, SOLVED

RUNS = 40
ANSWER = Preprocessing(8, "table", True)


def run(*, repetitions=RUNS, seed=1, **keywords):
    keywords = {"quantum_methods": (quantum(),), "classical_methods": (monte_carlo(),), **keywords}
    names = ("quantum_methods", "classical_methods", "ladder", "words", "pictures")
    problem = ToyProblem(**{name: keywords.pop(name) for name in names if name in keywords})
    return compare(problem, repetitions=repetitions, seed=seed, **keywords)


def test_the_toy_is_comparable():
    assert isinstance(ToyProblem(), Comparable)


# ---------------------------------------------------------------- figures known in closed form


def test_speed_up_and_share_of_the_bound_are_those_of_the_laws():
    """N_c = 4/e^2 and N_q = 3/e: ratio 4/(3 e), share (N_c/N_q)/sqrt(N_c) = 2/3, at every e."""
    found = run(repetitions=400, max_cell_seconds=math.inf)
    for item in found.speed_ups:
        assert item.ratio_low <= 4 / (3 * item.error) <= item.ratio_high
        assert item.share_low <= 2 / 3 <= item.share_high
        assert item.share == pytest.approx(2 / 3, rel=0.1)
        assert item.ratio == pytest.approx(4 / (3 * item.error), rel=0.2)
    assert [item.error for item in found.speed_ups] == list(found.accuracies)
    assert found.method("plain Monte Carlo").fit.exponent == 2.0
    assert found.method("amplitude estimation").fit.exponent == 1.0
    (gap,) = found.scalings
    assert (gap.gap, gap.better) == (1.0, True)
    row = found.method("plain Monte Carlo").finest
    assert row.statistics.mean_cost == pytest.approx(4 / row.accuracy**2)
    assert row.statistics.rmse == pytest.approx(row.accuracy / 1.96, rel=0.15)
    assert 0.9 < row.statistics.coverage < 0.99
    assert found.verdict.headline == IN_QUERIES


def test_share_of_the_bound_is_for_amplitude_estimation_against_plain_monte_carlo_only():
    walks = replace(quantum(name="walk"), unit="steps")
    found = run(quantum_methods=(quantum(), walks), classical_methods=(monte_carlo(), quasi_monte_carlo()))
    shared = {(item.quantum, item.classical) for item in found.speed_ups if item.share is not None}
    assert shared == {("amplitude estimation", "plain Monte Carlo")}


def test_break_even_uses_gates_and_operations():
    (point,) = run(repetitions=200).break_evens
    # 1000 T of 10 us per query, 100 operations at 195e12 per second per sample.
    error = (100 / 195e12 * 4) / (1e-2 * 3)
    assert point.error_low < error < point.error_high
    assert point.seconds_low < 1e-2 * 3 / error < point.seconds_high


# ---------------------------------------------------------------- verdicts


@pytest.mark.parametrize(
    ("classical", "headline"),
    [
        ((monte_carlo(),), IN_QUERIES),
        ((monte_carlo(), quasi_monte_carlo()), NO_ADVANTAGE),
        ((monte_carlo(), quasi_monte_carlo(exponent=1.05)), NO_ADVANTAGE),
        ((monte_carlo(), quasi_monte_carlo(exponent=0.3)), NO_ADVANTAGE),
        ((monte_carlo(), quasi_monte_carlo(exponent=1.6)), IN_QUERIES),
    ],
)
def test_headline(classical, headline):
    found = run(repetitions=200, classical_methods=classical)
    assert found.verdict.headline == headline
    assert any("quasi-Monte Carlo" in text for text in found.verdict.sentences) == (len(classical) == 2)


def test_preprocessing_that_holds_the_answer_decides_the_verdict():
    solved = quantum(preprocessing=ANSWER)
    found = run(quantum_methods=(solved,))
    assert found.verdict.headline == SOLVED == "demonstration: already solved classically"
    assert "8 classical evaluations" in str(found.verdict)
    mixed = run(quantum_methods=(quantum(), quantum(name="tabulated", preprocessing=ANSWER)))
    assert mixed.verdict.headline == IN_QUERIES
    assert "tabulated" in str(mixed.verdict)


def test_a_crossover_needs_a_gap_of_more_than_a_tenth():
    found = run(classical_methods=(monte_carlo(), quasi_monte_carlo(exponent=1.09)), repetitions=100)
    gap = next(item for item in found.scalings if item.classical == "quasi-Monte Carlo")
    assert not gap.better
    point = next(item for item in found.break_evens if item.classical == "quasi-Monte Carlo")
    assert not point.exists


def test_a_method_without_a_fit_leaves_the_verdict_open():
    @dataclass(frozen=True)
    class Coarse(LawMethod):
        def trial(self, accuracy, seed, index):
            return Trial(0.05, 1.0)

    @dataclass(frozen=True)
    class Stuck(LawMethod):
        def trial(self, accuracy, seed, index):
            return Trial(0.05, 1.0 / accuracy)

    stuck = Stuck("stuck", "classical", 1.0, 1.0, "samples", deterministic=True)
    found = run(classical_methods=(monte_carlo(), stuck))
    assert found.method("stuck").fit is None
    assert found.verdict.headline == NOT_ESTABLISHED
    # A cost that never changes, at an error that never falls below the finer accuracies, is no fit either.
    coarse = Coarse("coarse", "classical", 1.0, 0.0, "samples", deterministic=True)
    assert run(classical_methods=(monte_carlo(), coarse)).method("coarse").fit is None
    flat = LawMethod("flat", "classical", 5.0, 0.0, "samples", deterministic=True)
    assert run(classical_methods=(monte_carlo(), flat)).method("flat").fit.constant == 5.0


def test_an_exact_classical_method_leaves_no_advantage():
    @dataclass(frozen=True)
    class Exact(LawMethod):
        def trial(self, accuracy, seed, index):
            return Trial(0.0, 1.0)

    found = run(
        classical_methods=(
            monte_carlo(),
            Exact("closed form", "classical", 1.0, 0.0, "evaluations", deterministic=True),
        )
    )
    assert found.method("closed form").fit.source == "constant cost"
    assert found.verdict.headline == NO_ADVANTAGE


def test_a_fitted_exponent_that_contradicts_the_theorem_is_said():
    wrong = quantum(theorem=Theorem(0.5, "wishful", "nowhere"))
    found = run(quantum_methods=(wrong,))
    assert found.method("amplitude estimation").fit.source == "fitted"
    assert any("instead of 0.5" in caveat for caveat in found.caveats)


# ---------------------------------------------------------------- seeds, executors, selection


def test_equal_seeds_give_equal_comparisons_and_others_do_not():
    assert run() == run()
    assert run() != run(seed=2)


def test_executors_change_nothing():
    serial = run()
    with ThreadPoolExecutor(3) as pool:
        assert run(executor=pool) == serial
    with ProcessPoolExecutor(2) as pool:
        assert run(executor=pool) == serial


def test_streams_do_not_depend_on_which_baselines_are_kept():
    three = (monte_carlo(), quasi_monte_carlo(), replace(quasi_monte_carlo(), name="other"))
    everything = run(classical_methods=three)
    some = run(classical_methods=three, baselines=["other"])
    assert [row.name for row in some.methods] == ["amplitude estimation", "other"]
    assert some.method("other") == everything.method("other")


def test_trial_seeds_all_differ():
    seeds = {
        trial_seed(5, kind, method, accuracy, trial)
        for kind in ("quantum", "classical")
        for method in range(3)
        for accuracy in range(3)
        for trial in range(10)
    }
    assert len(seeds) == 180
    assert trial_seed(5, "quantum", 0, 0, 0) != trial_seed(6, "quantum", 0, 0, 0)


def test_a_method_of_the_users_can_be_added():
    found = run(baselines=["plain Monte Carlo", quasi_monte_carlo()])
    assert [row.name for row in found.methods][1:] == ["plain Monte Carlo", "quasi-Monte Carlo"]


# ---------------------------------------------------------------- time: announced, never used


def test_seconds_enter_no_fit_verdict_or_break_even():
    slow = run(quantum_methods=(quantum(seconds=1e-6),), max_cell_seconds=math.inf)
    fast = run(max_cell_seconds=math.inf)
    assert slow.predicted_seconds > fast.predicted_seconds == 0
    for name in ("speed_ups", "scalings", "verdict", "break_evens"):
        assert getattr(slow, name) == getattr(fast, name)
    assert slow.methods[0].fit == fast.methods[0].fit


def test_the_duration_is_announced_before_anything_runs(caplog, capsys):
    said = []

    @dataclass(frozen=True)
    class Listening(LawMethod):
        def trial(self, accuracy, seed, index):
            said.append(bool(caplog.records))
            return LawMethod.trial(self, accuracy, seed, index)

    heard = Listening("plain Monte Carlo", "classical", 4.0, 2.0, "samples", seconds=1e-7)
    with caplog.at_level(logging.INFO, "qalgo.comparison"):
        found = run(classical_methods=(heard,), max_cell_seconds=math.inf)
    assert said
    assert all(said)
    assert "about" in caplog.records[0].message
    assert found.predicted_seconds == pytest.approx(sum(RUNS * 4e-7 / e**2 for e in found.accuracies))
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""


def test_progress_goes_to_the_standard_error(capsys):
    run(progress=True)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "parts" in captured.err


def test_hopeless_accuracies_are_extrapolated_and_flagged():
    # 40 runs of 4/e^2 samples of 10 us: 16, 4, 1, .25 ... accuracies finer than 0.1/2^5 take more than 2 s.
    found = run(classical_methods=(monte_carlo(seconds=1e-5),), max_cell_seconds=170.0)
    row = found.method("plain Monte Carlo")
    assert [item.extrapolated for item in row.accuracies] == [False] * 6 + [True] * 2
    assert row.finest.statistics is None
    assert row.finest.cost == pytest.approx(row.fit.cost(row.finest.accuracy))
    assert row.fit.accuracies == 6
    assert found.speed_up("amplitude estimation", "plain Monte Carlo").extrapolated
    assert not found.speed_ups[0].extrapolated
    assert any("Too slow" in caveat for caveat in found.caveats)
    assert "extrapolated" in str(found)
    never = run(classical_methods=(monte_carlo(seconds=1e9),))
    assert never.method("plain Monte Carlo").fit is None
    assert never.verdict.headline == NOT_ESTABLISHED


def test_few_repetitions_are_called_preliminary():
    assert any("Preliminary" in caveat for caveat in run().caveats)
    assert not any("Preliminary" in caveat for caveat in run(repetitions=100).caveats)


# ---------------------------------------------------------------- interruption and journal


@dataclass(frozen=True)
class Interrupting(LawMethod):
    """Raises at one accuracy, as long as the flag file exists."""

    flag: str = ""
    error: type = KeyboardInterrupt

    def trial(self, accuracy, seed, index):
        from pathlib import Path

        if accuracy < 0.01 and Path(self.flag).exists():
            raise self.error("stopped")
        return LawMethod.trial(self, accuracy, seed, index)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ExecutionError])
def test_an_interrupted_comparison_keeps_what_is_finished_and_resumes(tmp_path, error):
    flag, journal = tmp_path / "flag", tmp_path / "journal.jsonl"
    stopping = Interrupting(
        "plain Monte Carlo", "classical", 4.0, 2.0, "samples", CLASSICAL, flag=str(flag), error=error
    )
    undisturbed = run(classical_methods=(stopping,))
    flag.touch()
    with pytest.raises(error) as caught:
        run(classical_methods=(stopping,), journal=journal)
    assert len(caught.value.partial) == 8 + 4
    assert "12 of 16" in "".join(caught.value.__notes__)
    with journal.open("a") as stream:
        stream.write('{"cell": ["classical", 0, 5], "tri')  # the power went off in the middle of a line
    flag.unlink()
    resumed = run(classical_methods=(stopping,), journal=journal, seed=None)
    assert resumed == undisturbed
    flag.touch()  # everything is in the journal by now: nothing is run again
    assert run(classical_methods=(stopping,), journal=journal, seed=1) == undisturbed


def test_without_a_journal_the_finished_parts_are_in_the_exception(tmp_path):
    (tmp_path / "flag").touch()
    stopping = Interrupting("plain Monte Carlo", "classical", 4.0, 2.0, "samples", flag=str(tmp_path / "flag"))
    with pytest.raises(KeyboardInterrupt) as caught:
        run(classical_methods=(stopping,))
    assert len(caught.value.partial[0].trials) == RUNS


def test_a_journal_of_another_question_is_refused(tmp_path):
    journal = tmp_path / "journal.jsonl"
    run(journal=journal)
    for other in ({"seed": 2}, {"repetitions": 41}, {"classical_methods": (quasi_monte_carlo(),)}):
        with pytest.raises(ProblemError, match="another comparison"):
            run(journal=journal, **other)
    (tmp_path / "text").write_text("hello\n")
    with pytest.raises(ProblemError, match="journal"):
        run(journal=tmp_path / "text")
    with pytest.raises(ProblemError, match="journal"):
        run(journal=tmp_path / "no" / "folder" / "journal")


# ---------------------------------------------------------------- inputs


@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({"accuracies": [0.1, 0.05]}, "at least 6"),
        ({"accuracies": [0.1] * 8}, "different"),
        ({"accuracies": [0.1 / 2**j for j in range(7)] + [0.0]}, "positive"),
        ({"accuracies": [0.1 / 2**j for j in range(7)] + [math.nan]}, "positive"),
        ({"accuracies": ["fine"] * 6}, "positive numbers"),
        ({"repetitions": 19}, "at least 20"),
        ({"repetitions": 50.0}, "integer"),
        ({"max_cell_seconds": 0}, "max_cell_seconds"),
        ({"seed": -1}, "seed"),
        ({"machine": "abacus"}, "hoefler-2023"),
        ({"baselines": ["closed form"]}, "plain Monte Carlo"),
        ({"baselines": "plain Monte Carlo"}, "a list"),
        ({"baselines": [3]}, "ClassicalFunction"),
        ({"baselines": [monte_carlo()]}, "same name"),
        ({"classical_methods": ()}, "no classical baseline"),
        ({"quantum_methods": ()}, "no quantum method"),
    ],
)
def test_bad_input_is_answered_with_what_is_allowed(keywords, words):
    with pytest.raises(ProblemError, match=words):
        run(**keywords)


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(ProblemError, match="cannot compare a str"):
        compare("a call option")


def test_results_that_hold_a_problem_are_compared_through_it():
    class Price:
        contract = ToyProblem()

    assert compare(Price(), repetitions=RUNS, seed=1) == run()


def test_a_trial_that_gives_no_number_is_an_error():
    @dataclass(frozen=True)
    class Broken(LawMethod):
        def trial(self, accuracy, seed, index):
            return Trial(math.nan, 1.0)

    with pytest.raises(ExecutionError, match="broken at accuracy"):
        run(classical_methods=(Broken("broken", "classical", 1.0, 1.0, "samples"),))


def test_round_trip_through_json():
    found = run()
    text = json.dumps(found.to_dict(), allow_nan=False)
    assert Comparison.from_dict(json.loads(text)) == found
    damaged = json.loads(text)
    for spoil in ({"version": 99}, {"schema": "other"}, {"methods": [{}]}, {"reference": None}):
        with pytest.raises(ProblemError):
            Comparison.from_dict({**damaged, **spoil})


def test_unknown_names_are_refused():
    found = run()
    with pytest.raises(ProblemError, match="plain Monte Carlo"):
        found.method("nobody")
    with pytest.raises(ProblemError, match="not compared"):
        found.speed_up("nobody", "plain Monte Carlo")
