"""Results and phases survive JSON: every number and every line of print; circuits are left out, and that is said."""

import json

import numpy as np
import pytest

import circuits
import qalgo

HERMITIAN = np.array([[1.0, 0.3 - 0.2j], [0.3 + 0.2j, -0.5]])
PHASE_GATE = np.diag([1, np.exp(2j * np.pi * 0.3)])

RESULTS = {
    "simulation": lambda: qalgo.simulate_hamiltonian(HERMITIAN, time=0.7, epsilon=1e-3),
    "simulation, no read-out": lambda: qalgo.simulate_hamiltonian(HERMITIAN, time=0.7, epsilon=1e-3, readout="none"),
    "function": lambda: qalgo.apply_function(HERMITIAN, lambda x: np.exp(-1j * x), [0.6, 0.8j], epsilon=1e-6),
    "function, shots": lambda: qalgo.apply_function(
        HERMITIAN, np.cos, [1, 0], epsilon=1e-4, readout="shots", shots=50, seed=3
    ),
    "filter": lambda: qalgo.filter_eigenvalues(HERMITIAN, [0.6, 0.8j], threshold=0.2, gap=0.5, epsilon=1e-3),
    "filter, shots": lambda: qalgo.filter_eigenvalues(
        HERMITIAN, [0.6, 0.8j], threshold=0.2, gap=0.5, epsilon=1e-2, readout="shots", shots=40, seed=3
    ),
    "search": lambda: qalgo.fixed_point_search([2], size=4, shots=20, seed=1),
    "phase": lambda: qalgo.qsvt.phase_estimation(PHASE_GATE, [0, 1], bits=2, shots=20, seed=1),
}
PHASES = {
    "certified": lambda: qalgo.qsvt.phases([0.0, 0.4, 0.0, -0.3]),
    "not certified": lambda: qalgo.qsvt.phases([0.2, 0.0, 0.1], certificate="none"),
    "plain": lambda: circuits.QSPPhases(np.array([0.1, 0.2]), np.array([0.0, 1 / 3]), 1e-15),
    "generalised": lambda: qalgo.qsvt.generalised_phases([0.1j, -0.3, 0.2 + 0.1j], lowest=-1),
    "every second": lambda: qalgo.qsvt.generalised_phases([0.1j, 0, 0.3, 0, 0.2 - 0.0j], lowest=-2),
    "evolution": lambda: qalgo.qsvt.evolution_phases(-0.9, 1e-4),
}


def _through_json(value):
    return json.loads(json.dumps(value.to_dict(), allow_nan=False))


@pytest.fixture(scope="module", params=RESULTS)
def result(request):
    return RESULTS[request.param]()


def test_a_result_comes_back_without_its_circuits(result):
    again = type(result).from_dict(_through_json(result))
    assert again.to_dict() == result.to_dict()
    assert str(again) == str(result)
    for name in type(result).__dataclass_fields__:
        one, other = getattr(result, name), getattr(again, name)
        if isinstance(one, np.ndarray):
            assert other.dtype == one.dtype
            assert np.array_equal(other, one)
            assert not other.flags.writeable
        elif name in ("versions", "weights", "hits", "counts", "unavailable", "encoding_record", "success_interval"):
            assert other == one
        elif isinstance(one, (bool, int, float, str, type(None))):
            assert other == one
            assert type(other) is type(one)
    assert result.circuit.num_qubits > 0
    with pytest.raises(qalgo.ProblemError, match="holds no circuits"):
        _ = again.circuit


@pytest.mark.parametrize("change", [{"schema": "qalgo.estimate"}, {"version": 99}, {"version": None}])
def test_other_schemas_and_versions_are_refused(result, change):
    with pytest.raises(qalgo.ProblemError, match="allowed"):
        type(result).from_dict({**_through_json(result), **change})


def test_options_of_a_simulation_come_back_without_builders():
    found = RESULTS["simulation"]()
    again = qalgo.HamiltonianSimulation.from_dict(_through_json(found))
    assert any(option is again.chosen for option in again.options)
    with pytest.raises(qalgo.ProblemError, match="simulate_hamiltonian again"):
        again.chosen.build()


@pytest.mark.parametrize("name", ["function", "filter"])
def test_the_encoding_is_left_out_but_for_its_figures(name):
    found = RESULTS[name]()
    again = type(found).from_dict(_through_json(found))
    assert again.encoding_record.alpha == found.encoding.alpha
    with pytest.raises(qalgo.ProblemError, match="holds no circuits"):
        _ = again.encoding


@pytest.mark.parametrize("name", PHASES)
def test_phases_come_back_to_the_last_bit(name):
    phases = PHASES[name]()
    again = type(phases).from_dict(_through_json(phases))
    for field in type(phases).__dataclass_fields__:
        one, other = getattr(phases, field), getattr(again, field)
        assert np.array_equal(one, other, equal_nan=not isinstance(one, str))
    assert again.queries == phases.queries if hasattr(phases, "queries") else again.degree == phases.degree
    assert str(again) == str(phases)
    assert "<pre>" in again._repr_html_()


@pytest.mark.parametrize("name", PHASES)
def test_records_of_other_phases_are_refused(name):
    phases = PHASES[name]()
    record = _through_json(phases)
    for change in ({"schema": "circuits.phases"}, {"version": 2}):
        with pytest.raises(qalgo.ProblemError, match="allowed"):
            type(phases).from_dict({**record, **change})
    short = "coefficients" if "coefficients" in record else "phi" if "phi" in record else "chi"
    with pytest.raises(qalgo.ProblemError, match="allowed"):
        type(phases).from_dict({**record, short: record[short][:-1]})


def test_certified_phases_are_read_as_plain_ones_but_not_the_other_way():
    found = PHASES["certified"]()
    plain = circuits.QSPPhases.from_dict(_through_json(found))
    assert type(plain) is circuits.QSPPhases
    assert np.array_equal(plain.values, found.values)
    with pytest.raises(qalgo.ProblemError, match="certificate"):
        qalgo.qsvt.CertifiedPhases.from_dict(plain.to_dict())


def test_stored_phases_make_the_same_circuit():
    encoding = circuits.block_encode(HERMITIAN)
    found = PHASES["certified"]()
    again = qalgo.qsvt.CertifiedPhases.from_dict(_through_json(found))
    assert circuits.qsvt(encoding, again) == circuits.qsvt(encoding, found)


def test_long_phases_print_as_a_short_table():
    found = qalgo.qsvt.phases(qalgo.qsvt.cosine(300.0, 1e-6))
    lines = str(found).splitlines()
    assert len(lines) == 5
    assert max(map(len, lines)) <= 120
    assert f"({found.degree + 1} in all)" in str(found)
    assert "measured" in str(found)
    assert "proven" in str(PHASES["certified"]())
    assert "-2 to 2, every second" in str(PHASES["every second"]())
