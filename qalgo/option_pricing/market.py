"""Market data from a file of closing prices: spot and annual volatility.

The file is a CSV with a header line, a date column and one column of closing prices per asset, oldest date first.
"""

from __future__ import annotations

import csv
import math
import os
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path

from qalgo.errors import ProblemError

__all__ = ["MarketEstimate", "PriceHistory", "estimate_market", "read_closes"]

MIN_PRICES = 3
_MISSING = ("", "nan", "na", "n/a", "null", "none", "-", ".", "#n/a")
_DATE_FORMATS = ("%Y/%m/%d", "%b %d %Y", "%b %d, %Y", "%d %b %Y", "%d-%b-%Y")
_MAX_NAMED = 8


@dataclass(frozen=True, slots=True)
class _Period:
    name: str
    per_year: float
    typical: tuple[int, int]
    """Range of the median number of days between two rows."""
    longest: int
    """Days between two rows above which rows are missing."""


_PERIODS = (
    _Period("daily", 252.0, (1, 1), 10),
    _Period("weekly", 52.0, (6, 8), 13),
    _Period("monthly", 12.0, (27, 33), 45),
    _Period("quarterly", 4.0, (88, 94), 120),
    _Period("yearly", 1.0, (360, 370), 400),
)


@dataclass(frozen=True, slots=True)
class PriceHistory:
    """Closing prices of one asset, oldest first."""

    name: str
    dates: tuple[date, ...]
    closes: tuple[float, ...]
    """Currency units."""
    rows: tuple[int, ...] = ()
    """Line of the file each price comes from, for messages."""
    source: str = ""

    def __post_init__(self) -> None:
        if len(self.dates) != len(self.closes):
            raise ProblemError(f"{len(self.dates)} dates but {len(self.closes)} closes; allowed: equally many")
        if len(self.closes) < MIN_PRICES:
            raise ProblemError(
                f"{self.name!r} has {len(self.closes)} prices; allowed: at least {MIN_PRICES}, for a volatility"
            )
        rows = self.rows or tuple(range(1, len(self.dates) + 1))
        object.__setattr__(self, "rows", rows)
        wrong = [row for row, close in zip(rows, self.closes, strict=True) if not 0.0 < close < math.inf]
        if wrong:
            raise ProblemError(f"prices of {self.name!r} are not positive in {_rows(wrong)}; allowed: positive, finite")
        equal = [row for row, (a, b) in zip(rows[1:], pairwise(self.dates), strict=True) if a == b]
        if equal:
            raise ProblemError(f"dates are repeated in {_rows(equal)}; allowed: one row per date")
        back = [row for row, (a, b) in zip(rows[1:], pairwise(self.dates), strict=True) if a > b]
        if back:
            raise ProblemError(f"dates go back in {_rows(back)}; allowed: oldest first (sort the file by date)")

    def __len__(self) -> int:
        return len(self.closes)


@dataclass(frozen=True, slots=True)
class MarketEstimate:
    """Spot and annual volatility estimated from a price history."""

    spot: float
    """The last closing price, currency units."""
    volatility: float
    """Sample standard deviation of the log returns, times the square root of the periods per year."""
    volatility_error: float
    """Standard error of the volatility for independent normal log returns: volatility/sqrt(2 (returns - 1))."""
    periods_per_year: float
    period: str
    """What was inferred ("monthly", ...) or "given"."""
    returns: int
    """Number of log returns."""
    last_date: date
    name: str

    def __str__(self) -> str:
        return (
            f"{self.name}: spot {self.spot:g} on {self.last_date}, volatility {self.volatility:.4f} +- "
            f"{self.volatility_error:.4f} per sqrt(year) from {self.returns} log returns ({self.period}, "
            f"{self.periods_per_year:g} per year)"
        )


def read_closes(path: str | os.PathLike[str], column: str, *, date_column: str | None = None) -> PriceHistory:
    """Read the closing prices of one asset from a CSV file (comma or semicolon, header line, oldest date first).

    Rows before the first price of the column are skipped: the asset was not listed yet. A price missing later is an
    error, since a return over two periods would pass for one over one period.

    Args:
        path: the file.
        column: name of the column of closing prices.
        date_column: name of the column of dates (2024-01-31 and the like); default: the first column of dates.

    Raises:
        ProblemError: a file that cannot be read; an unknown column (the message lists those there are); prices that
            are missing, not numbers or not positive, dates that are unreadable, repeated or not in order (the message
            names the rows); fewer than 3 prices.
    """
    header, records = _table(Path(path))
    dates_in = _date_column(header, records, date_column, path)
    if column not in header:
        raise ProblemError(f"{os.fspath(path)} has no column {column!r}; its columns: {', '.join(header)}")
    if column == dates_in:
        raise ProblemError(f"column {column!r} is the column of dates; allowed: a column of closing prices")
    where = header.index(column)
    first = next((i for i, (_, cells) in enumerate(records) if cells[where].lower() not in _MISSING), len(records))
    listed = records[first:]
    gaps = [line for line, cells in listed if cells[where].lower() in _MISSING]
    if gaps:
        raise ProblemError(
            f"prices of {column!r} are missing in {_rows(gaps)} of {os.fspath(path)}; allowed: no gaps after the first "
            "price: fill or remove these rows"
        )
    closes = [_price(cells[where], line, column) for line, cells in listed]
    dates = [_date(cells[header.index(dates_in)]) for _, cells in listed]
    unreadable = [line for (line, _), day in zip(listed, dates, strict=True) if day is None]
    if unreadable:
        raise ProblemError(
            f"dates of {dates_in!r} cannot be read in {_rows(unreadable)} of {os.fspath(path)}; allowed: 2024-01-31, "
            "2024/01/31, Jan 31 2024 or 31 Jan 2024"
        )
    return PriceHistory(
        name=column,
        dates=tuple(day for day in dates if day is not None),
        closes=tuple(closes),
        rows=tuple(line for line, _ in listed),
        source=os.fspath(path),
    )


def estimate_market(history: PriceHistory, *, periods_per_year: float | None = None) -> MarketEstimate:
    """Estimate spot and annual volatility from closing prices.

    Args:
        history: closing prices, oldest first.
        periods_per_year: price intervals per year; default: inferred from the dates - daily 252 (365 if weekends are
            in the file), weekly 52, monthly 12, quarterly 4, yearly 1.

    Raises:
        ProblemError: a period that cannot be inferred, rows missing between dates, prices that never change.
    """
    if periods_per_year is None:
        period, yearly = _inferred_period(history)
    else:
        period, yearly = "given", float(periods_per_year)
        if not 0.0 < yearly < math.inf:
            raise ProblemError(f"periods_per_year is {periods_per_year!r}; allowed: a positive number (252 for daily)")
    returns = [math.log(b) - math.log(a) for a, b in pairwise(history.closes)]
    volatility = statistics.stdev(returns) * math.sqrt(yearly)
    if not volatility > 1e-12:
        raise ProblemError(
            f"log returns of {history.name!r} do not vary: the volatility is 0; allowed: prices that move"
        )
    return MarketEstimate(
        spot=history.closes[-1],
        volatility=volatility,
        volatility_error=volatility / math.sqrt(2.0 * (len(returns) - 1)),
        periods_per_year=yearly,
        period=period,
        returns=len(returns),
        last_date=history.dates[-1],
        name=history.name,
    )


def _inferred_period(history: PriceHistory) -> tuple[str, float]:
    days = [(b - a).days for a, b in pairwise(history.dates)]
    median = statistics.median(days)
    found = next((period for period in _PERIODS if period.typical[0] <= median <= period.typical[1]), None)
    if found is None:
        raise ProblemError(
            f"the dates of {history.name!r} are {median:g} days apart (median), which is no known period; give "
            "periods_per_year (252 for daily, 52 for weekly, 12 for monthly prices)"
        )
    late = [row for row, gap in zip(history.rows[1:], days, strict=True) if gap > found.longest]
    if late:
        raise ProblemError(
            f"the dates of {history.name!r} are {found.name}, but rows are missing before {_rows(late)}; add them, or "
            "give periods_per_year to take the rows as they are"
        )
    if found.name == "daily" and any(day.weekday() >= 5 for day in history.dates):
        return "daily, weekends included", 365.0
    return found.name, found.per_year


def _table(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Header and (line number, cells) of all rows that are not empty."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ProblemError(f"cannot read {path}: {why}; allowed: a CSV file of closing prices") from error
    lines = text.splitlines()
    separator = ";" if lines and ";" in lines[0] and "," not in lines[0] else ","
    reader = csv.reader(lines, delimiter=separator, strict=True)
    try:
        rows = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader if any(map(str.strip, cells))]
    except csv.Error as error:
        raise ProblemError(f"{path} is not a CSV file: line {reader.line_num}: {error}") from error
    if not rows:
        raise ProblemError(f"{path} is empty; allowed: a header line and rows of a date and closing prices")
    (_, header), *records = rows
    doubled = sorted({name for name in header if header.count(name) > 1})
    if doubled:
        raise ProblemError(f"{path} has the column {', '.join(map(repr, doubled))} twice; allowed: different names")
    ragged = [line for line, cells in records if len(cells) != len(header)]
    if ragged:
        raise ProblemError(f"{path} has {len(header)} columns, but not in {_rows(ragged)}; allowed: equally many")
    return header, records


def _date_column(
    header: Sequence[str],
    records: Sequence[tuple[int, list[str]]],
    given: str | None,
    path: str | os.PathLike[str],
) -> str:
    if given is not None:
        if given not in header:
            raise ProblemError(f"{os.fspath(path)} has no column {given!r}; its columns: {', '.join(header)}")
        return given
    for index, name in enumerate(header):
        readable = sum(_date(cells[index]) is not None for _, cells in records)
        if records and 2 * readable > len(records):
            return name
    raise ProblemError(
        f"{os.fspath(path)} has no column of dates among {', '.join(header)}; allowed: one like 2024-01-31, or name it "
        "with date_column"
    )


def _date(text: str) -> date | None:
    if text.replace(".", "").isdigit() and len(text) != 8:
        return None
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        pass
    for layout in _DATE_FORMATS:
        try:
            return datetime.strptime(text, layout).date()
        except ValueError:
            continue
    return None


def _price(text: str, line: int, column: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise ProblemError(
            f"the price of {column!r} in row {line} is {text!r}; allowed: a number with a decimal point, no thousands "
            "separators"
        ) from error


def _rows(lines: Sequence[int]) -> str:
    shown = ", ".join(map(str, lines[:_MAX_NAMED]))
    more = f" and {len(lines) - _MAX_NAMED} more" if len(lines) > _MAX_NAMED else ""
    return f"row{'s' if len(lines) > 1 else ''} {shown}{more}"
