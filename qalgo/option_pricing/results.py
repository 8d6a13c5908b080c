"""Prices: a value with the interval that holds every error, what it cost and what it was computed from."""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt

from qalgo.errors import ProblemError
from qalgo.option_pricing.contract import Contract
from qalgo.resources import QueryCount
from qalgo.results import Estimate, Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Price", "PriceTable"]

PRICE_SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Price:
    """The price of one contract, discounted, in currency units."""

    contract: Contract
    value: float
    interval: Interval
    """The total interval: sampling, widened by all deterministic bias bounds. Its kind is the sampling's."""
    epsilon: float
    """The half-width of the total interval that was asked for, currency units."""
    error_budget: Mapping[str, float]
    """Half-width contributed by each cause, currency units: discretisation, truncation, encoding, loader, sampling."""
    estimate: Estimate
    """The amplitude estimation behind the price, with its transcript."""
    encoding: str
    grid: str
    loader: str
    num_qubits: int
    """Qubits of the price register."""
    tabulated_points: Mapping[str, int]
    """Classical evaluations in the circuit and its bounds, not counted as queries: "density" and "payoff"."""
    closed_form: float
    """Black-Scholes value, for orientation; not used for the estimate."""
    references: tuple[str, ...] = ()
    """BibTeX entries of the methods used."""

    @property
    def queries(self) -> QueryCount:
        """Uses of A and Q, shots, circuits and submissions."""
        return self.estimate.queries

    @property
    def converged(self) -> bool:
        """Whether the total half-width is at most epsilon (False when a budget ended the run first)."""
        return self.estimate.converged and self.interval.half_width <= self.epsilon * (1 + 1e-9)

    @property
    def emulated(self) -> bool:
        """True when no circuit of Q^k A was executed."""
        return self.estimate.emulated

    @property
    def seed(self) -> int:
        """The root seed."""
        return self.estimate.seed

    @property
    def device(self) -> str:
        """Where the outcomes came from."""
        return self.estimate.device

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the interval, its parts and the closed form; returns the Axes."""
        from qalgo.option_pricing.figures import plot_price

        return plot_price(self, ax=ax)

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary with the schema's name and version."""
        return {
            "schema": "qalgo.price",
            "version": PRICE_SCHEMA_VERSION,
            "contract": self.contract.to_dict(),
            "value": self.value,
            "interval": self.interval.to_dict(),
            "epsilon": self.epsilon,
            "error_budget": dict(self.error_budget),
            "queries": self.queries.to_dict(),
            "converged": self.converged,
            "emulated": self.emulated,
            "encoding": self.encoding,
            "grid": self.grid,
            "loader": self.loader,
            "num_qubits": self.num_qubits,
            "tabulated_points": dict(self.tabulated_points),
            "closed_form": self.closed_form,
            "estimate": self.estimate.to_dict(),
            "references": list(self.references),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Price:
        """Rebuild from :meth:`to_dict`.

        Raises:
            ProblemError: when the data has another schema or version.
        """
        if data.get("schema") != "qalgo.price" or data.get("version") != PRICE_SCHEMA_VERSION:
            raise ProblemError(f"not a price: schema {data.get('schema')!r} version {data.get('version')!r}")
        return cls(
            contract=Contract.from_dict(data["contract"]),
            value=float(data["value"]),
            interval=Interval.from_dict(data["interval"]),
            epsilon=float(data["epsilon"]),
            error_budget={str(cause): float(part) for cause, part in data["error_budget"].items()},
            estimate=Estimate.from_dict(data["estimate"]),
            encoding=str(data["encoding"]),
            grid=str(data["grid"]),
            loader=str(data["loader"]),
            num_qubits=int(data["num_qubits"]),
            tabulated_points={str(what): int(count) for what, count in data["tabulated_points"].items()},
            closed_form=float(data["closed_form"]),
            references=tuple(data["references"]),
        )

    def __str__(self) -> str:
        return "\n".join((self._headline(), *(f"  {name:<13}{text}" for name, text in self._rows())))

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{html.escape(name)}</th>"
            f"<td style='text-align:left'>{html.escape(text)}</td></tr>"
            for name, text in self._rows()
        )
        return f"<table><caption>{html.escape(self._headline())}</caption>{rows}</table>"

    def _headline(self) -> str:
        how = "emulated, no circuit executed" if self.emulated else f"circuits executed on {self.device}"
        return f"{self.contract.kind.replace('-', ' ')} price ({how})"

    def _rows(self) -> list[tuple[str, str]]:
        places = _decimals(self.interval.half_width)
        low, high = self.interval.low, self.interval.high
        rounding = 1e-12 * max(abs(low), abs(high), float(np.max(self.contract.spot)))
        inside = "inside" if self.interval.widened(rounding).contains(self.closed_form) else "OUTSIDE"
        parts = ", ".join(f"{cause} {part:.2g}" for cause, part in self.error_budget.items() if part > 0.0)
        count, points = self.queries, self.tabulated_points
        return [
            ("value", f"{self.value:.{places}f} (discounted, currency units)"),
            (
                "interval",
                f"[{low:.{places}f}, {high:.{places}f}] ({self.interval.level:.0%} {self.interval.kind}, all errors)",
            ),
            ("error budget", f"{parts or 'none'}; asked {self.epsilon:.3g} in total"),
            ("closed form", f"{self.closed_form:.{places + 1}f} (Black-Scholes; {inside} the interval)"),
            (
                "queries",
                f"{count.state_preparation:,} of A, {count.grover:,} of Q, {count.shots:,} shots in "
                f"{count.submissions} submissions ({self.estimate.method})",
            ),
            ("encoding", f"{self.encoding}, {self.grid} grid, {self.num_qubits} qubits for the price"),
            ("tabulated", f"classically: {points['density']} x density, {points['payoff']} x payoff"),
            ("seed", str(self.seed)),
            ("ended", self.estimate.message),
        ]


@dataclass(frozen=True, slots=True)
class PriceTable(Sequence[Price]):
    """Prices of a contract whose spot or strikes are arrays: a sequence of :class:`Price`, with array properties."""

    contract: Contract
    """The contract with its arrays."""
    prices: tuple[Price, ...]

    @overload
    def __getitem__(self, index: int) -> Price: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Price, ...]: ...
    def __getitem__(self, index: int | slice) -> Price | tuple[Price, ...]:
        return self.prices[index]

    def __len__(self) -> int:
        return len(self.prices)

    def __iter__(self) -> Iterator[Price]:
        return iter(self.prices)

    @property
    def varying(self) -> tuple[str, npt.NDArray[np.float64]]:
        """Name and values, shape (N,), of the first spot or strike that varies; "index" and 0..N-1 if none does."""
        for name in ("spot", "strike", "lower_strike", "middle_strike", "upper_strike"):
            values = getattr(self.contract, name, None)
            if isinstance(values, tuple) and len(values) == len(self) and len(set(values)) > 1:
                return name.replace("_", " "), _read_only(list(values))
        return "index", _read_only([float(index) for index in range(len(self))])

    @property
    def values(self) -> npt.NDArray[np.float64]:
        """Prices, shape (N,), currency units."""
        return _read_only([price.value for price in self.prices])

    @property
    def low(self) -> npt.NDArray[np.float64]:
        """Lower interval ends, shape (N,)."""
        return _read_only([price.interval.low for price in self.prices])

    @property
    def high(self) -> npt.NDArray[np.float64]:
        """Upper interval ends, shape (N,)."""
        return _read_only([price.interval.high for price in self.prices])

    @property
    def closed_form(self) -> npt.NDArray[np.float64]:
        """Black-Scholes values, shape (N,)."""
        return _read_only([price.closed_form for price in self.prices])

    @property
    def queries(self) -> QueryCount:
        """Sum of the queries of all prices."""
        total = QueryCount()
        for price in self.prices:
            total = total + price.queries
        return total

    @property
    def converged(self) -> bool:
        """Whether every price has the half-width that was asked for."""
        return all(price.converged for price in self.prices)

    @property
    def emulated(self) -> bool:
        """True when no circuit of Q^k A was executed."""
        return any(price.emulated for price in self.prices)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw all intervals against the array that varies; returns the Axes."""
        from qalgo.option_pricing.figures import plot_price_table

        return plot_price_table(self, ax=ax)

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary with the schema's name and version."""
        return {
            "schema": "qalgo.price_table",
            "version": PRICE_SCHEMA_VERSION,
            "contract": self.contract.to_dict(),
            "prices": [price.to_dict() for price in self.prices],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> PriceTable:
        """Rebuild from :meth:`to_dict`.

        Raises:
            ProblemError: when the data has another schema or version.
        """
        if data.get("schema") != "qalgo.price_table" or data.get("version") != PRICE_SCHEMA_VERSION:
            raise ProblemError(f"not a price table: schema {data.get('schema')!r} version {data.get('version')!r}")
        return cls(Contract.from_dict(data["contract"]), tuple(Price.from_dict(item) for item in data["prices"]))

    def __str__(self) -> str:
        how = "emulated, no circuit executed" if self.emulated else f"circuits executed on {self.prices[0].device}"
        lines = [f"{len(self)} {self.contract.kind.replace('-', ' ')} prices ({how})"]
        columns = " ".join(f"{name:>12}" for name in ("value", "low", "high", "closed form"))
        name, where = self.varying
        lines.append(f"  {name:>13} {columns} {'uses of A':>10}")
        for place, price in zip(where, self.prices, strict=True):
            places = _decimals(price.interval.half_width)
            numbers = (price.value, price.interval.low, price.interval.high, price.closed_form)
            shown = " ".join(f"{number:>12.{places}f}" for number in numbers)
            lines.append(f"  {place:>13.6g} {shown} {price.queries.state_preparation:>10,}")
        total, interval = self.queries.state_preparation, self.prices[0].interval
        lines.append(f"  {interval.level:.0%} {interval.kind} intervals, all errors; {total:,} uses of A in total")
        lines += [f"  price {i} ended: {p.estimate.message}" for i, p in enumerate(self.prices) if not p.converged]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def _decimals(half_width: float) -> int:
    """Decimals that show the half-width with two digits."""
    return max(0, min(12, 1 - math.floor(math.log10(max(half_width, 1e-11)))))


def _read_only(values: list[float]) -> npt.NDArray[np.float64]:
    array = np.array(values, dtype=np.float64)
    array.setflags(write=False)
    return array
