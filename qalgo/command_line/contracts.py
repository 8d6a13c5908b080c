"""From the command line to contracts: a kind with flags, or a file of contracts, with market data from a CSV."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qalgo.command_line.arguments import CONTRACT_FIELDS
from qalgo.errors import ProblemError

if TYPE_CHECKING:
    from qalgo.option_pricing.problem import Contract

__all__ = ["named_contracts"]


def named_contracts(arguments: argparse.Namespace) -> dict[str, Contract]:
    """Return the contracts by name, in the order of the book (one entry for a kind).

    Raises:
        ProblemError: a flag that is missing or does not belong to the contract; a file that cannot be read.
    """
    given = {name: getattr(arguments, name) for name in CONTRACT_FIELDS if getattr(arguments, name) is not None}
    market = _market(arguments)
    if arguments.contract.endswith(".toml") or Path(arguments.contract).is_file():
        return _book(arguments.contract, given, market)
    return {arguments.contract: _single(arguments.contract, given, market)}


def _single(kind: str, given: Mapping[str, Any], market: Mapping[str, float]) -> Contract:
    from qalgo.option_pricing.book import KINDS

    if kind not in KINDS:
        raise ProblemError(f"contract is {kind!r}; allowed: {', '.join(KINDS)}, or a file ending in .toml")
    factory: Any = KINDS[kind]
    fields = {field.name: field for field in dataclasses.fields(factory) if field.init}
    values = {**market, **given}
    foreign = sorted(set(given) - set(fields))
    missing = [name for name, field in fields.items() if name not in values and _required(field)]
    if foreign:
        raise ProblemError(f"{kind} takes no {_flags(foreign)}; allowed: {_flags(list(fields))}")
    if missing:
        from_file = {"spot", "volatility"} & set(missing)
        hint = "; --prices FILE.csv --column NAME gives spot and volatility" if from_file else ""
        raise ProblemError(f"{kind} needs {_flags(missing)}{hint}")
    contract: Contract = factory(**{name: value for name, value in values.items() if name in fields})
    return contract


def _required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _flags(names: list[str]) -> str:
    return ", ".join("--" + name.replace("_", "-") for name in names)


def _book(path: str, given: Mapping[str, Any], market: Mapping[str, float]) -> dict[str, Contract]:
    from qalgo.option_pricing.book import read_book

    if given:
        raise ProblemError(f"{_flags(list(given))} given beside a book: write the values into {path}")
    return read_book(path, market=market)


def _market(arguments: argparse.Namespace) -> dict[str, float]:
    """Spot and annual volatility from --prices, or nothing."""
    if arguments.prices is None:
        if arguments.column or arguments.date_column or arguments.periods_per_year:
            raise ProblemError("--column, --date-column and --periods-per-year belong to --prices FILE.csv")
        return {}
    if arguments.column is None:
        raise ProblemError("--prices needs --column NAME: which asset of the file")
    from qalgo.option_pricing.market import estimate_market, read_closes

    history = read_closes(arguments.prices, arguments.column, date_column=arguments.date_column)
    estimated = estimate_market(history, periods_per_year=arguments.periods_per_year)
    return {"spot": estimated.spot, "volatility": estimated.volatility}
