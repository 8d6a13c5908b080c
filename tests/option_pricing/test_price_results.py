"""Prices as users see them: text, HTML, JSON, figures."""

import json

import matplotlib as mpl
import numpy as np
import pytest
from contract_strategies import CALL, PAPER

import qalgo
from qalgo.errors import ProblemError
from qalgo.option_pricing.figures import plot_circuit, plot_distribution_and_payoff
from qalgo.option_pricing.problem import DigitalCall, EuropeanCall, Strangle
from qalgo.option_pricing.results import Price, PriceTable


@pytest.fixture(autouse=True)
def _no_window():
    import matplotlib.pyplot as plt

    mpl.use("Agg")
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def price():
    return qalgo.price(CALL, 0.002, seed=7)


@pytest.fixture(scope="module")
def table():
    return qalgo.price(EuropeanCall(strike=[1.8, 2.0], **PAPER), 0.01, seed=7)


def test_text_says_emulated_first_and_fits_ten_lines(price):
    lines = str(price).splitlines()
    assert "emulated, no circuit executed" in lines[0]
    assert 6 <= len(lines) <= 10
    assert max(map(len, lines)) <= 120
    assert "Black-Scholes; inside the interval" in str(price)
    assert "8 x density, 8 x payoff" in str(price)
    assert f"{price.queries.state_preparation:,} of A" in str(price)


def test_executed_prices_name_the_device(price):
    data = price.to_dict()
    data["estimate"]["transcript"]["mode"] = "circuit"
    data["estimate"]["device"] = "CPU (test)"
    executed = Price.from_dict(data)
    assert "circuits executed on CPU (test)" in str(executed).splitlines()[0]
    assert "emulated" not in str(executed)


def test_records_survive_json(price, table):
    again = Price.from_dict(json.loads(json.dumps(price.to_dict())))
    assert again.to_dict() == price.to_dict()
    assert str(again) == str(price)
    assert again.contract == CALL
    tables = PriceTable.from_dict(json.loads(json.dumps(table.to_dict())))
    np.testing.assert_array_equal(tables.values, table.values)
    assert str(tables) == str(table)
    for factory in (Price, PriceTable):
        with pytest.raises(ProblemError, match="not a price"):
            factory.from_dict({"schema": "other", "version": 1})
        with pytest.raises(ProblemError, match="not a price"):
            factory.from_dict({**price.to_dict(), "version": 99})


def test_html_is_a_table_without_raw_markup(price, table):
    assert price._repr_html_().startswith("<table>")
    assert "emulated" in price._repr_html_()
    assert "<pre>" in table._repr_html_()


def test_a_table_is_a_sequence(table):
    assert "strike" in str(table)
    assert "emulated" in str(table).splitlines()[0]
    assert len(table[0:2]) == 2
    assert table[-1].contract.strike == 2.0
    assert table.varying[0] == "strike"
    assert table.converged
    assert table.emulated


def test_an_interval_that_misses_is_marked(price):
    data = price.to_dict()
    data["closed_form"] = 1.0
    assert "OUTSIDE the interval" in str(Price.from_dict(data))


def test_figures_return_their_axes(price, table):
    import matplotlib.pyplot as plt

    own = plt.subplots()[1]
    assert price.plot(ax=own) is own
    assert table.plot().get_xlabel() == "strike (currency units)"
    for name, draw in CALL.figures().items():
        ax = plt.subplots()[1]
        assert draw(ax) is ax, name
        ax.figure.canvas.draw()
    jump = DigitalCall(strike=2.0, **PAPER) + Strangle(lower_strike=1.7, upper_strike=2.3, **PAPER)
    ax = plot_distribution_and_payoff(jump)
    ax.figure.canvas.draw()
    (payoff_axes,) = [other for other in ax.figure.axes if other is not ax]
    drawn = payoff_axes.lines[0].get_ydata()
    assert np.isnan(drawn).sum() == 1  # one gap in the line, at the jump
    assert ax.get_xlabel()
    assert ax.get_ylabel()


def test_the_drawn_bars_hold_the_probability():
    ax = plot_distribution_and_payoff(CALL)
    area = sum(bar.get_width() * bar.get_height() for bar in ax.patches)
    assert area == pytest.approx(1.0, abs=1e-9)


def test_a_deep_circuit_is_cut_and_says_so():
    ax = plot_circuit(CALL.encoded(6).state_preparation(), title="A")
    assert "first 60 of" in ax.get_title(loc="left")
    assert "7 qubits" in ax.get_title(loc="left")


def test_figures_of_several_contracts_are_refused():
    with pytest.raises(ProblemError, match="single contract"):
        plot_distribution_and_payoff(EuropeanCall(strike=[1.8, 2.0], **PAPER))
