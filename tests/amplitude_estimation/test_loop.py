"""The loop's promises, with a toy estimator and a scripted source: no estimator of the product is involved."""

import math

import numpy as np
import pytest

import qalgo
from qalgo.amplitude_estimation import estimator, loop
from qalgo.errors import ExecutionError, ProblemError
from qalgo.results import Interval
from qalgo.transcript import GroverShots, Transcript

TOY = {"toy": (__name__, "ToyEstimator")}


class ToyEstimator:
    """Ask for 10 shots of A until 1/sqrt(shots) <= epsilon: plain sampling, easy to foresee."""

    references = ("@misc{toy}",)

    def __init__(self, epsilon, confidence, *, batch=10):
        self._epsilon, self._confidence, self._batch = epsilon, confidence, batch
        self._hits = self._shots = 0

    def settings(self):
        return {"batch": self._batch}

    def next_round(self):
        done = self._shots and self._half_width() <= self._epsilon
        return () if done else (GroverShots(0, self._batch),)

    def observe(self, finished):
        self._hits += finished.outcomes[0]
        self._shots += finished.requests[0].shots

    def _half_width(self):
        return 1 / math.sqrt(self._shots)

    def bracket(self):
        if not self._shots:
            return estimator.Bracket(0.5, Interval(0.0, 1.0, self._confidence, "asymptotic"))
        value, width = self._hits / self._shots, self._half_width()
        return estimator.Bracket(value, Interval(value - width, value + width, self._confidence, "asymptotic"))


class ScriptedSource:
    mode = "subspace"
    device = "scripted"

    def __init__(self, seed, fail_at=None, error=None):
        self.seed, self.fail_at, self.calls = seed, fail_at, []
        self.error = error or ExecutionError("the device went away")

    def measure(self, requests, round_index):
        if round_index == self.fail_at:
            raise self.error
        self.calls.append(round_index)
        return tuple(int(np.random.default_rng((self.seed, round_index)).binomial(r.shots, 0.3)) for r in requests)


@pytest.fixture(autouse=True)
def _toy(monkeypatch):
    monkeypatch.setattr(estimator, "METHODS", {**estimator.METHODS, **TOY})


def run(source, epsilon=0.1, **keywords):
    return loop.estimate_from(source, epsilon, method="toy", seed=3, **keywords)


def test_the_loop_ends_when_the_estimator_does():
    estimate = run(ScriptedSource(3))
    assert estimate.queries.shots == 100
    assert estimate.queries.submissions == 10
    assert estimate.converged
    assert estimate.emulated
    assert estimate.message == "half-width reached"


def test_post_processing_is_applied_once_and_a_negative_slope_is_sorted():
    plain = run(ScriptedSource(3))
    mapped = run(ScriptedSource(3), post_processing=lambda a: 5 - 10 * a)
    assert mapped.value == pytest.approx(5 - 10 * plain.value)
    assert mapped.interval.low == pytest.approx(5 - 10 * plain.interval.high)
    assert mapped.interval.high == pytest.approx(5 - 10 * plain.interval.low)
    assert mapped.amplitude_interval == plain.amplitude_interval


def test_a_query_budget_returns_the_best_interval_so_far():
    estimate = run(ScriptedSource(3), max_queries=45)
    assert estimate.queries.state_preparation == 40
    assert not estimate.converged
    assert "query budget" in estimate.message
    assert estimate.interval.half_width == pytest.approx(1 / math.sqrt(40))


def test_a_time_budget_ends_between_rounds():
    estimate = run(ScriptedSource(3), max_seconds=1e-9)
    assert estimate.queries.shots == 0
    assert (estimate.interval.low, estimate.interval.high) == (0.0, 1.0)
    assert "time budget" in estimate.message


@pytest.mark.parametrize("error", [ExecutionError("the device went away"), KeyboardInterrupt()])
def test_an_interrupted_run_resumes_and_loses_nothing(error):
    whole = run(ScriptedSource(3))
    with pytest.raises(type(error)) as caught:
        run(ScriptedSource(3, fail_at=4, error=error))
    source = ScriptedSource(3)
    resumed = run(source, resumed=caught.value.transcript)
    assert source.calls == [4, 5, 6, 7, 8, 9]
    assert resumed.transcript == whole.transcript
    assert resumed.value == whole.value


def test_a_transcript_file_is_written_after_every_round(tmp_path):
    file = tmp_path / "run.json"
    with pytest.raises(ExecutionError):
        run(ScriptedSource(3, fail_at=6), file=file)
    saved = Transcript.load(file)
    assert len(saved.rounds) == 6
    assert run(ScriptedSource(3), resumed=saved).transcript == run(ScriptedSource(3)).transcript


def test_a_transcript_replays_without_a_source():
    estimate = run(ScriptedSource(3))
    again = loop.replay(estimate.transcript)
    assert (again.value, again.interval) == (estimate.value, estimate.interval)
    cut = loop.replay(Transcript.from_dict({**estimate.transcript.to_dict(), "rounds": []}))
    assert not cut.converged


def test_a_transcript_of_another_question_is_refused():
    transcript = run(ScriptedSource(3)).transcript
    with pytest.raises(ProblemError, match="another question"):
        run(ScriptedSource(3), epsilon=0.2, resumed=transcript)
    foreign = run(ScriptedSource(3), settings={"batch": 20}).transcript.to_dict()
    foreign["settings"] = {"batch": 10}
    with pytest.raises(ProblemError, match="not those this version"):
        run(ScriptedSource(3), resumed=Transcript.from_dict(foreign))


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"epsilon": 0}, "epsilon is 0"),
        ({"epsilon": 0.5}, "epsilon is 0.5"),
        ({"epsilon": math.nan}, "epsilon is nan"),
        ({"confidence": 2}, "confidence is 2"),
        ({"max_queries": 0}, "max_queries is 0"),
        ({"max_seconds": -1}, "max_seconds is -1"),
        ({"settings": {"window": "sine"}}, "no setting 'window'; allowed: batch"),
    ],
)
def test_wrong_arguments_are_named(keywords, message):
    with pytest.raises(ProblemError, match=message):
        run(ScriptedSource(3), **keywords)


def test_an_unknown_method_lists_the_known_ones():
    with pytest.raises(ProblemError, match="allowed: bayesian, canonical"):
        loop.estimate_from(ScriptedSource(3), 0.1, method="magic")


def test_progress_is_silent_by_default_and_shown_on_request(capsys):
    run(ScriptedSource(3))
    assert capsys.readouterr().err == ""
    run(ScriptedSource(3), progress=True)
    assert "amplitude estimation" in capsys.readouterr().err


def test_only_a_transcript_is_replayed():
    with pytest.raises(ProblemError, match="transcript is a str"):
        loop.replay("run.json")


def test_a_transcript_that_could_not_be_written_is_not_promised(tmp_path):
    option = qalgo.EuropeanCall(spot=2.0, strike=1.9, rate=0.05, volatility=0.4, maturity=1.0)
    with pytest.raises(ExecutionError, match="cannot write the transcript") as caught:
        qalgo.price(option, 0.05, seed=1, transcript=tmp_path / "none" / "run.json")
    assert "error.transcript" in caught.value.__notes__[-1]
