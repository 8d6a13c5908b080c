"""Contracts from a TOML file; :func:`read_book` documents the schema."""

from __future__ import annotations

import dataclasses
import os
import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from qalgo.errors import ProblemError
from qalgo.option_pricing.contract import Contract
from qalgo.option_pricing.problem import KINDS

__all__ = ["KINDS", "read_book"]

MARKET_FIELDS = ("spot", "rate", "volatility", "maturity", "dividend_yield")
_NAME = re.compile(r"\w[\w .+-]*")


def read_book(path: str | os.PathLike[str], *, market: Mapping[str, float] | None = None) -> dict[str, Contract]:
    """Read contracts from a TOML file.

    Schema::

        [market]                     # optional: defaults for all contracts; any of
        spot = 2.0                   # currency units
        rate = 0.05                  # continuous, per year
        volatility = 0.4             # per square root of a year
        maturity = "40/365"          # years: a number, or a fraction as text
        dividend_yield = 0.0         # continuous, per year

        [[contract]]                 # one or more
        kind = "european-call"       # one of KINDS
        name = "near the money"      # optional; default: the kind, numbered where it occurs more than once
        strike = 1.896               # the fields of the kind, named as in Python; they win over [market]

        [[contract]]
        kind = "piecewise-linear"
        legs = [{ kind = "call", strike = 1.9, quantity = 2 }, { kind = "cash", quantity = -0.1 }]
        # or: points = [[1.8, 0.0], [2.0, 0.2]], left_slope = 0.0, right_slope = 0.0

    Spots and strikes may be lists, as in Python.

    Args:
        path: the file.
        market: values for any of spot, rate, volatility, maturity and dividend_yield, e.g. estimated from a price
            history; they win over the file's [market] and lose against a contract's own fields.

    Returns:
        The contracts by name, in the order of the file.

    Raises:
        ProblemError: a file that cannot be read, an unknown section, kind or field, a field that is missing or out of
            range, a name used twice; the message names file, contract and field.
    """
    where = os.fspath(path)
    data = _parsed(Path(path))
    unknown = sorted(set(data) - {"market", "contract"})
    if unknown:
        raise ProblemError(f"{where}: unknown section {', '.join(unknown)}; allowed: [market] and [[contract]]")
    entries = data.get("contract", [])
    if not isinstance(entries, list) or not entries or not all(isinstance(entry, dict) for entry in entries):
        raise ProblemError(f"{where}: no [[contract]] entries; allowed: at least one, written with double brackets")
    defaults = {**_market(data.get("market", {}), f"{where}: [market]"), **_market(market or {}, "market")}
    names = _names(entries, where)
    return {
        name: _contract(entry, defaults, f"{where}: contract {index} ({name})")
        for index, (name, entry) in enumerate(zip(names, entries, strict=True), start=1)
    }


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProblemError(f"cannot read {path}: {error.strerror}; allowed: a TOML file of contracts") from error
    except UnicodeDecodeError as error:
        raise ProblemError(f"cannot read {path}: it is not UTF-8 text; allowed: a TOML file of contracts") from error
    except tomllib.TOMLDecodeError as error:
        raise ProblemError(f"{path} is not a TOML file: {error}") from error


def _market(values: object, where: str) -> dict[str, Any]:
    if not isinstance(values, Mapping):
        raise ProblemError(f"{where} is not a table; allowed: a section with {', '.join(MARKET_FIELDS)}")
    unknown = sorted(set(values) - set(MARKET_FIELDS))
    if unknown:
        raise ProblemError(f"{where}: unknown field {', '.join(unknown)}; allowed: {', '.join(MARKET_FIELDS)}")
    return dict(values)


def _names(entries: Sequence[Mapping[str, Any]], where: str) -> list[str]:
    kinds = Counter(str(entry.get("kind")) for entry in entries if "name" not in entry)
    seen: Counter[str] = Counter()
    names = []
    for index, entry in enumerate(entries, start=1):
        kind = str(entry.get("kind"))
        seen[kind] += "name" not in entry
        name = entry.get("name", f"{kind}-{seen[kind]}" if kinds[kind] > 1 else kind)
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise ProblemError(
                f"{where}: name of contract {index} is {name!r}; allowed: letters, digits, blanks, . + - _ (results "
                "are saved under it)"
            )
        if name in names:
            raise ProblemError(f"{where}: the name {name!r} is used twice; allowed: different names")
        names.append(name)
    return names


def _contract(entry: Mapping[str, Any], defaults: Mapping[str, Any], where: str) -> Contract:
    kind = entry.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise ProblemError(f"{where}: kind is {kind!r}; allowed: {', '.join(KINDS)}")
    factory: Any = KINDS[kind]
    fields = {field.name: field for field in dataclasses.fields(factory)}
    own = {name: value for name, value in entry.items() if name not in ("kind", "name")}
    unknown = sorted(set(own) - set(fields))
    if unknown:
        raise ProblemError(f"{where}: unknown field {', '.join(unknown)}; allowed: {', '.join(fields)}")
    values = {**defaults, **own}
    missing = [name for name, field in fields.items() if name not in values and field.default is dataclasses.MISSING]
    if missing:
        raise ProblemError(f"{where}: missing {', '.join(missing)}; write it there or, for all, in [market]")
    try:
        if isinstance(values.get("maturity"), str):
            values["maturity"] = _fraction(values["maturity"])
        contract: Contract = factory(**values)
    except ProblemError as error:
        raise ProblemError(f"{where}: {error}") from error
    return contract


def _fraction(text: str) -> float:
    try:
        return float(Fraction(text.replace(" ", "")))
    except (ValueError, ZeroDivisionError) as error:
        raise ProblemError(f'maturity is {text!r}; allowed: years, as a number or a fraction like "40/365"') from error
