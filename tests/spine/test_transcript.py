import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qalgo.errors import ExecutionError, ProblemError
from qalgo.resources import QueryCount
from qalgo.transcript import GroverShots, PhaseReadout, Round, Transcript


@st.composite
def rounds(draw):
    requests, outcomes = [], []
    for _ in range(draw(st.integers(1, 3))):
        shots = draw(st.integers(1, 20))
        if draw(st.booleans()):
            requests.append(GroverShots(draw(st.integers(0, 500)), shots))
            outcomes.append(draw(st.integers(0, shots)))
        else:
            qubits = draw(st.integers(1, 6))
            requests.append(PhaseReadout(qubits, "sine", shots))
            outcomes.append(tuple(draw(st.lists(st.integers(0, 2**qubits - 1), min_size=shots, max_size=shots))))
    return Round(tuple(requests), tuple(outcomes))


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.lists(rounds(), max_size=4))
def test_a_transcript_survives_json(finished):
    transcript = Transcript("bayesian", 1e-3, 0.95, 7, "subspace", {"schedule": "adaptive"}, tuple(finished))
    again = Transcript.from_dict(json.loads(json.dumps(transcript.to_dict())))
    assert again.to_dict() == transcript.to_dict()
    assert again.rounds == transcript.rounds


def test_queries_count_every_use_of_the_state_preparation():
    grover = Round((GroverShots(0, 10), GroverShots(3, 2)), (4, 1))
    readout = Round((PhaseReadout(3, "uniform", 5),), ((0, 1, 2, 3, 7),))
    transcript = Transcript("any", 0.1, 0.95, 0, "circuit", {}, (grover, readout))
    # 10 shots of A, 2 shots of Q^3 A (7 uses of A each), 5 shots of phase estimation (9 uses of A, 4 of Q each).
    assert transcript.queries == QueryCount(10 + 14 + 45, 6 + 20, 17, 3, 2)


@pytest.mark.parametrize(
    ("request_", "outcome"),
    [
        (GroverShots(1, 3), 4),
        (GroverShots(1, 3), -1),
        (PhaseReadout(2, "sine", 2), (1, 4)),
        (PhaseReadout(2, "sine", 2), (1,)),
    ],
)
def test_impossible_outcomes_are_refused(request_, outcome):
    with pytest.raises(ProblemError, match="outcome"):
        Round((request_,), (outcome,))


def test_save_and_load(tmp_path):
    transcript = Transcript("iterative", 0.01, 0.9, 1, "circuit", {}, (Round((GroverShots(0, 5),), (2,)),))
    path = transcript.save(tmp_path / "run.json")
    assert Transcript.load(path).rounds == transcript.rounds
    assert [item.name for item in tmp_path.iterdir()] == ["run.json"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "cannot read"),
        ("[]", "no transcript"),
        ('{"schema": "other"}', "schema 'other'"),
        ('{"schema": "qalgo.transcript", "version": 1}', "damaged"),
    ],
)
def test_a_damaged_file_is_named(tmp_path, text, message):
    path = tmp_path / "bad.json"
    path.write_text(text)
    with pytest.raises(ProblemError, match=message):
        Transcript.load(path)


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    transcript = Transcript("iterative", 0.01, 0.9, 1, "circuit")
    with pytest.raises(ExecutionError, match="choose another path"):
        transcript.save(tmp_path / "missing" / "run.json")
    with pytest.raises(ExecutionError, match=r"cannot write the transcript '/dev/full/run\.json'"):
        transcript.save("/dev/full/run.json")


def test_settings_cannot_be_changed():
    transcript = Transcript("iterative", 0.01, 0.9, 1, "circuit", {"shots": 3})
    with pytest.raises(TypeError):
        transcript.settings["shots"] = 4  # type: ignore[index]
