"""The depolarising law and its parameters; the emulated source that draws from it."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from noisy_law import NoisyLaw

from qalgo.amplitude_estimation.emulation import SubspaceSource
from qalgo.amplitude_estimation.noise import Depolarising, noise_model
from qalgo.errors import ProblemError
from qalgo.transcript import GroverShots, PhaseReadout, ReturnShots


@given(st.floats(0, 1), st.floats(0, 0.5), st.integers(0, 40), st.floats(0, 1), st.floats(0, 0.5))
def test_the_law_is_a_mixture_of_the_ideal_one_and_the_fixed_point(a, rate, power, fixed_point, zeros):
    law = NoisyLaw(a, 0, rate, fixed_point, zeros)
    noise = Depolarising(rate=rate, fixed_point=fixed_point, returns=(zeros, 1.0))
    found = noise.probability(2 * power + 1, law.theta)
    assert found == pytest.approx(law.probability(GroverShots(power, 1)), abs=1e-9)
    found = noise.return_probability(power, law.theta)
    assert found == pytest.approx(law.probability(ReturnShots(power, 1)), abs=1e-9)


def test_readout_errors_and_offset():
    noise = Depolarising(rate=0.1, readout=(0.02, 0.05), offset=-0.4, returns=(0.25, 0.9))
    ideal = 0.5 + 0.9**2.6 * (math.sin(3 * 0.3) ** 2 - 0.5)
    assert noise.probability(3, 0.3) == pytest.approx(0.02 * (1 - ideal) + 0.95 * ideal)
    returned = 0.25 + 0.9 ** (4 - 0.8) * (0.9 * math.cos(2 * 0.3) ** 2 - 0.25)
    assert noise.return_probability(1, 0.3) == pytest.approx(returned)


def test_what_the_problem_knows_is_filled_in():
    noise = Depolarising(readout=(0.1, 0.2)).completed(3, 0.25)
    assert noise.fixed_point == 0.25
    assert noise.return_range == pytest.approx((((0.9 + 0.2) / 2) ** 3, 0.9**3))
    zero_is_good = Depolarising(readout=(0.1, 0.2)).completed(3, 0.25, zero_is_good=True)
    assert zero_is_good.return_range == pytest.approx((((0.8 + 0.1) / 2) ** 3, 0.8**3))
    assert Depolarising().completed(3, 0.5).return_range == (1 / 8, 1.0)
    given_by_user = Depolarising(fixed_point=0.1, returns=(0.0, 0.8))
    assert given_by_user.completed(3, 0.25) == given_by_user
    assert Depolarising(returns=False).completed(3, 0.5).returns is False


@pytest.mark.parametrize(
    "noise",
    [
        Depolarising(),
        Depolarising(rate=0.01, readout=(0.01, 0.02), offset=-0.3),
        Depolarising(rate=(0.001, 0.1), fixed_point="estimated", offset="estimated", returns=(0.1, 1.0)),
        Depolarising(returns=False),
    ],
)
def test_dictionary_round_trip(noise):
    data = json.loads(json.dumps(noise.to_dict()))
    assert noise_model(data) == noise
    assert noise_model(data).to_dict() == noise.to_dict()


def test_names_of_models():
    assert noise_model(None) is None
    assert noise_model("depolarising") == Depolarising()
    with pytest.raises(ProblemError, match="noise is 'white'"):
        noise_model("white")
    with pytest.raises(ProblemError, match="kind 'depolarising'"):
        noise_model({"kind": "white"})
    with pytest.raises(ProblemError, match="kind 'depolarising'"):
        noise_model({"kind": "depolarising", "colour": 1})


@pytest.mark.parametrize(
    ("fields", "match"),
    [
        ({"rate": -0.1}, "rate is -0.1"),
        ({"rate": 1.0}, "rate is 1.0"),
        ({"rate": (0.1, 0.01)}, "pair of bounds"),
        ({"rate": (0.0, 0.01)}, "pair of bounds"),
        ({"rate": "high"}, "rate is 'high'"),
        ({"fixed_point": 1.5}, "fixed_point is 1.5"),
        ({"fixed_point": "free"}, "fixed_point is 'free'"),
        ({"readout": (0.6, 0.4)}, "together below 1"),
        ({"readout": (0.1,)}, "readout is"),
        ({"readout": 0.1}, "readout is 0.1"),
        ({"returns": 0.5}, "returns is 0.5"),
        ({"returns": ("low", "high")}, "returns is"),
        ({"offset": -1.0}, "offset is -1.0"),
        ({"returns": (0.5, 0.2)}, "returns is"),
    ],
)
def test_numbers_out_of_range(fields, match):
    with pytest.raises(ProblemError, match=match):
        Depolarising(**fields)


def test_a_law_needs_numbers():
    for noise in (Depolarising(), Depolarising(rate=0.1, fixed_point="estimated"), Depolarising(rate=(0.1, 0.2))):
        with pytest.raises(ProblemError, match="allowed where outcomes are drawn"):
            noise.probability(1, 0.3)
        with pytest.raises(ProblemError, match="allowed where outcomes are drawn"):
            SubspaceSource(0.3, seed=1, noise=noise)


def test_the_emulated_source_draws_from_the_law_and_says_so():
    source = SubspaceSource(0.3, seed=1, noise=Depolarising(rate=0.05, returns=(1 / 16, 1.0)))
    assert source.device.startswith("emulated with depolarising noise at rate 0.05")
    assert "no circuit executed" in source.device
    shots = 40_000
    requests = (*(GroverShots(k, shots) for k in (0, 1, 5)), *(ReturnShots(k, shots) for k in (0, 1, 5)))
    law = NoisyLaw(0.3, 0, 0.05)
    found = np.array(source.measure(requests, 0)) / shots
    expected = np.array([law.probability(request) for request in requests])
    # Five standard deviations of a binomial proportion, at most 0.0125.
    assert np.all(np.abs(found - expected) < 5 * np.sqrt(expected * (1 - expected) / shots) + 1e-12)
    with pytest.raises(ProblemError, match="phase read-outs under noise"):
        source.measure((PhaseReadout(3, "uniform", 1),), 0)


def test_return_shots_without_noise():
    source = SubspaceSource(0.3, seed=1)
    assert source.measure((ReturnShots(0, 50),), 0) == (50,)
    assert "emulated with" not in source.device
