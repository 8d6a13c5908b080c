"""Closing prices from CSV files: what is read, what is refused, what is estimated."""

import math
import statistics
from datetime import date, timedelta

import numpy as np
import pytest

import qalgo
from qalgo.errors import ProblemError
from qalgo.option_pricing.market import PriceHistory, estimate_market, read_closes

MONTHS = [date(2020 + month // 12, month % 12 + 1, 1) for month in range(24)]


def write(tmp_path, text, name="closes.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_text(text, encoding=encoding)
    return path


def monthly(tmp_path, column="ABC", values=None, **keywords):
    values = values or [100 + 5 * math.sin(i) for i in range(len(MONTHS))]
    rows = [f"{day.isoformat()},{value},{i}" for i, (day, value) in enumerate(zip(MONTHS, values, strict=True))]
    return write(tmp_path, "\n".join([f"date,{column},other", *rows]), **keywords), values


def test_monthly_closes(tmp_path):
    path, values = monthly(tmp_path)
    history = qalgo.read_closes(path, "ABC")
    assert history.closes == tuple(values)
    assert history.dates == tuple(MONTHS)
    found = qalgo.estimate_market(history)
    returns = np.diff(np.log(values))
    assert found.spot == values[-1]
    assert found.volatility == pytest.approx(np.std(returns, ddof=1) * math.sqrt(12), rel=1e-12)
    assert found.volatility_error == pytest.approx(found.volatility / math.sqrt(2 * 22), rel=1e-12)
    assert (found.period, found.periods_per_year, found.returns) == ("monthly", 12.0, 23)
    assert "monthly" in str(found)
    assert estimate_market(history, periods_per_year=48).volatility == pytest.approx(2 * found.volatility)


def test_standard_error_is_that_of_repeated_samples():
    random = np.random.default_rng(5)
    found = []
    for _ in range(400):
        closes = 100 * np.exp(np.cumsum(0.05 * random.standard_normal(24)))
        history = PriceHistory("X", tuple(MONTHS), tuple(map(float, closes)))
        found.append(estimate_market(history))
    spread = statistics.stdev(one.volatility for one in found)
    assert statistics.mean(one.volatility_error for one in found) == pytest.approx(spread, rel=0.15)
    assert statistics.mean(one.volatility for one in found) == pytest.approx(0.05 * math.sqrt(12), rel=0.03)


@pytest.mark.parametrize(
    ("step", "weekends", "expected"),
    [(1, False, ("daily", 252.0)), (1, True, ("daily, weekends included", 365.0)), (7, True, ("weekly", 52.0)),
     (91, True, ("quarterly", 4.0)), (365, True, ("yearly", 1.0))],
)  # fmt: skip
def test_periods_are_inferred_from_the_dates(step, weekends, expected):
    days = [date(2021, 1, 4) + timedelta(days=step * i) for i in range(40)]
    days = [day for day in days if weekends or day.weekday() < 5]
    closes = tuple(100.0 + i % 3 for i in range(len(days)))
    found = estimate_market(PriceHistory("X", tuple(days), closes))
    assert (found.period, found.periods_per_year) == expected


def test_unknown_periods_ask_for_a_number():
    days = tuple(date(2021, 1, 1) + timedelta(days=15 * i) for i in range(10))
    history = PriceHistory("X", days, tuple(100.0 + i % 3 for i in range(10)))
    with pytest.raises(ProblemError, match=r"15 days apart .* give periods_per_year"):
        estimate_market(history)
    assert estimate_market(history, periods_per_year=24).period == "given"
    with pytest.raises(ProblemError, match="periods_per_year is -1"):
        estimate_market(history, periods_per_year=-1)


def test_missing_rows_are_named():
    days = [day for day in MONTHS if day not in (MONTHS[5], MONTHS[6])]
    history = PriceHistory("X", tuple(days), tuple(100.0 + i % 3 for i in range(22)))
    with pytest.raises(ProblemError, match="monthly, but rows are missing before row 6"):
        estimate_market(history)


def test_other_layouts_are_read(tmp_path):
    semicolon = write(tmp_path, "\ufeffday;X\n2020/01/01;1\n2020/02/01;2\n2020/03/01;3\n")
    assert read_closes(semicolon, "X").closes == (1.0, 2.0, 3.0)
    spelled = write(tmp_path, 'X,when\n1,"Jan 1 2020"\n2,"Feb 1 2020"\n3,"Mar 1 2020"\n')
    assert read_closes(spelled, "X").dates == (date(2020, 1, 1), date(2020, 2, 1), date(2020, 3, 1))
    stamps = write(tmp_path, "date,X\n2020-01-01 00:00:00,1\n2020-02-01T00:00:00,2\n20200301,3\n")
    assert read_closes(stamps, "X", date_column="date").dates[2] == date(2020, 3, 1)


def test_rows_before_the_listing_are_skipped(tmp_path):
    path = write(tmp_path, "date,X\n2020-01-01,\n2020-02-01,nan\n2020-03-01,3\n2020-04-01,4\n2020-05-01,5\n")
    assert read_closes(path, "X").closes == (3.0, 4.0, 5.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("date,ABC,XYZ\n2020-01-01,1,2\n", "has no column 'IBM'; its columns: date, ABC, XYZ"),
        ("date,IBM\n2020-01-01,1\n2020-02-01,\n2020-03-01,3\n2020-04-01,n/a\n", "missing in rows 3, 5 of"),
        ("date,IBM\n2020-01-01,1\n2020-02-01,0\n2020-03-01,-3\n", "not positive in rows 3, 4"),
        ("date,IBM\n2020-01-01,1\n2020-03-01,2\n2020-02-01,3\n", r"go back in row 4; allowed: oldest first"),
        ("date,IBM\n2020-01-01,1\n2020-01-01,2\n2020-02-01,3\n", "repeated in row 3"),
        ("date,IBM\n2020-01-01,1\n2020-02-01,2\n", "has 2 prices; allowed: at least 3"),
        ("date,IBM\n2020-01-01,1\n2020-02-01,\"1,234\"\n2020-03-01,3\n", "in row 3 is '1,234'"),
        ("date,IBM\n2020-01-01,1\nsoon,2\n2020-03-01,3\n", "dates of 'date' cannot be read in row 3"),
        ("a,IBM\nx,1\ny,2\nz,3\n", "no column of dates among a, IBM"),
        ("date,IBM\n2020-01-01,1\n2020-02-01\n2020-03-01,3\n", "not in row 3"),
        ("date,IBM,IBM\n2020-01-01,1,1\n", "'IBM' twice"),
        ("date,IBM\n2020-01-01,\"1\n2020-02-01,2\n", "is not a CSV file"),
        ("", "is empty"),
        ("\n\n", "is empty"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_used_are_refused_by_row(tmp_path, text, message):
    with pytest.raises(ProblemError, match=message):
        read_closes(write(tmp_path, text), "IBM")


def test_unreadable_files_and_columns(tmp_path):
    with pytest.raises(ProblemError, match=r"cannot read .*missing\.csv: No such file"):
        read_closes(tmp_path / "missing.csv", "IBM")
    with pytest.raises(ProblemError, match="cannot read"):
        read_closes(tmp_path, "IBM")
    (tmp_path / "binary.csv").write_bytes(b"date,IBM\n\xff\xfe\x00")
    with pytest.raises(ProblemError, match="not UTF-8 text"):
        read_closes(tmp_path / "binary.csv", "IBM")
    path, _ = monthly(tmp_path)
    with pytest.raises(ProblemError, match="no column 'day'; its columns: date, ABC, other"):
        read_closes(path, "ABC", date_column="day")
    with pytest.raises(ProblemError, match="is the column of dates"):
        read_closes(path, "date")


def test_prices_that_never_move_have_no_volatility():
    history = PriceHistory("X", tuple(MONTHS), tuple(100.0 for _ in MONTHS))
    with pytest.raises(ProblemError, match="do not vary"):
        estimate_market(history)
    with pytest.raises(ProblemError, match="equally many"):
        PriceHistory("X", tuple(MONTHS), (1.0,))


def test_real_closes_of_five_stocks(tmp_path):
    from vega_datasets import local_data

    wide = local_data.stocks().pivot_table(index="date", columns="symbol", values="price")
    wide.to_csv(tmp_path / "stocks.csv")
    found = estimate_market(read_closes(tmp_path / "stocks.csv", "IBM"))
    returns = np.diff(np.log(wide["IBM"].to_numpy()))
    assert found.period == "monthly"
    assert found.spot == wide["IBM"].iloc[-1]
    assert found.volatility == pytest.approx(returns.std(ddof=1) * math.sqrt(12), rel=1e-12)
    google = estimate_market(read_closes(tmp_path / "stocks.csv", "GOOG"))  # listed in August 2004
    assert google.returns == wide["GOOG"].count() - 1
    market = {"spot": found.spot, "volatility": found.volatility}
    call = qalgo.EuropeanCall(strike=1.05 * found.spot, rate=0.03, maturity=0.5, **market)
    price = qalgo.price(call, 0.5, seed=1)
    # One run in twenty may miss by more than epsilon; three epsilon would be a wrong price, not bad luck.
    assert abs(price.value - call.black_scholes()) <= 3 * 0.5
    assert price.interval.half_width <= 0.5
