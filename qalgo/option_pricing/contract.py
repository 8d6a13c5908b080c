"""What all contracts share: the market they live in, their payoff, closed form, encodings and comparison."""

from __future__ import annotations

import dataclasses
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from qalgo.errors import ProblemError
from qalgo.option_pricing.lognormal import LogNormal
from qalgo.option_pricing.payoff import Leg, PiecewiseAffine

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from matplotlib.axes import Axes

    from qalgo.amplitude_estimation.problem import EstimationProblem
    from qalgo.comparable import Bound, Method, Reference
    from qalgo.option_pricing.encoding import EncodedContract
    from qalgo.option_pricing.problem import PiecewiseLinear

__all__ = ["Amounts", "Contract"]

Amounts = float | Sequence[float] | npt.NDArray[np.float64]
"""A number or a sequence of numbers: spots and strikes may be arrays, for several contracts in one object."""

_ARRAY_FIELDS = ("spot", "strike", "lower_strike", "middle_strike", "upper_strike")
_POSITIVE = (*_ARRAY_FIELDS, "volatility", "maturity", "payout")
_NUMBERS = (*_POSITIVE, "rate", "dividend_yield", "left_slope", "right_slope")
LARGEST_EXPONENT = 50.0
LARGEST_DEVIATION = 10.0


class Contract(ABC):
    """A European contract on one log-normal underlying (Black-Scholes market), paying at maturity.

    Fields common to all contracts: ``spot`` (price today, currency units), ``rate`` (riskless, continuous, per year),
    ``volatility`` (per square root of a year), ``maturity`` (years), ``dividend_yield`` (continuous, per year).

    Spot and strikes may be one-dimensional sequences: they are broadcast against each other (equal lengths, or a
    single number for all), and the object then stands for as many contracts; :meth:`elements` returns them one by one
    and :func:`qalgo.price` prices all. Sums and multiples of contracts on the same market are portfolios:
    ``2 * call - put``.
    """

    __slots__ = ()
    kind: ClassVar[str]
    """Name on the command line and in files, e.g. "european-call"."""

    spot: Amounts
    rate: float
    volatility: float
    maturity: float
    dividend_yield: float

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):  # type: ignore[arg-type]  # every concrete contract is a dataclass
            value = getattr(self, field.name)
            if field.name in _NUMBERS and not (value is None and field.default is None):
                object.__setattr__(self, field.name, _checked(field.name, value))
        self._length()
        self._check_strikes()
        _check_exponents(self)

    @abstractmethod
    def positions(self) -> tuple[Leg, ...]:
        """Return the contract as a portfolio of calls, puts, digitals, stock and cash."""

    def _check_strikes(self) -> None:  # noqa: B027  (most contracts have one strike and nothing to check)
        """Raise ProblemError when strikes are not in order."""

    # ------------------------------------------------------------------ payoff and market

    def pieces(self) -> PiecewiseAffine:
        """Return the payoff at maturity as kinks, intercepts and slopes."""
        self._one("pieces")
        return PiecewiseAffine.from_legs(self.positions())

    def payoff(self, prices: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return what is paid at maturity for each price (currency units, undiscounted).

        The shape of ``prices`` is kept; a contract of N spots or strikes puts an axis of length N in front.
        """
        if self.is_array:
            return np.stack([element.payoff(prices) for element in self.elements()])
        return self.pieces()(prices)

    @property
    def discount(self) -> float:
        """Value today of one currency unit paid at maturity."""
        return math.exp(-self.rate * self.maturity)

    @property
    def forward(self) -> float:
        """Risk-neutral mean of the price at maturity, currency units."""
        carry = (self.rate - self.dividend_yield) * self.maturity
        return self._single("spot") * math.exp(carry)

    @property
    def log_deviation(self) -> float:
        """Standard deviation of the log price at maturity: volatility times sqrt(maturity)."""
        return self.volatility * math.sqrt(self.maturity)

    @property
    def log_mean(self) -> float:
        """Risk-neutral mean of the log price at maturity."""
        return self.law.log_mean

    @property
    def law(self) -> LogNormal:
        """Risk-neutral law of the price at maturity."""
        return LogNormal(self.forward, self.log_deviation)

    def black_scholes(self) -> Any:
        """Return the closed-form discounted value, currency units: a float, or an array for arrays of spots or strikes.

        Black and Scholes (1973) with a continuous dividend yield (Merton, 1973), summed over the pieces of the payoff.
        """
        if self.is_array:
            return np.array([element.black_scholes() for element in self.elements()])
        return self.discount * self.law.partial_payoff(self.pieces())

    # ------------------------------------------------------------------ several contracts in one

    @property
    def is_array(self) -> bool:
        """Whether spot or a strike is a sequence."""
        return any(isinstance(getattr(self, name, None), tuple) for name in _ARRAY_FIELDS)

    def __len__(self) -> int:
        return self._length()

    def __bool__(self) -> bool:
        return True

    def elements(self) -> Iterator[Self]:
        """Yield the contracts one by one, each with a single spot and strike."""
        names = [name for name in _ARRAY_FIELDS if isinstance(getattr(self, name, None), tuple)]
        if not names:
            yield self
            return
        for index in range(self._length()):
            chosen = {name: _element(getattr(self, name), index) for name in names}
            yield dataclasses.replace(self, **chosen)  # type: ignore[type-var]

    def _length(self) -> int:
        lengths = {
            name: len(getattr(self, name)) for name in _ARRAY_FIELDS if isinstance(getattr(self, name, None), tuple)
        }
        long = {count for count in lengths.values() if count != 1}
        if len(long) > 1:
            raise ProblemError(f"spot and strikes have lengths {lengths}; allowed: equal lengths, or a single number")
        return long.pop() if long else 1

    def _one(self, what: str) -> None:
        if self.is_array:
            raise ProblemError(
                f"{what} is defined for a single contract, this one holds {len(self)}: loop over contract.elements(), "
                "or call qalgo.price, black_scholes or payoff, which take arrays"
            )

    def _single(self, name: str) -> float:
        self._one(name)
        return float(getattr(self, name))

    # ------------------------------------------------------------------ portfolios

    def __add__(self, other: Contract) -> PiecewiseLinear:
        return _portfolio(self, other, 1.0)

    def __sub__(self, other: Contract) -> PiecewiseLinear:
        return _portfolio(self, other, -1.0)

    def __mul__(self, quantity: float) -> PiecewiseLinear:
        return _as_portfolio(self, quantity)

    __rmul__ = __mul__

    def __neg__(self) -> PiecewiseLinear:
        return _as_portfolio(self, -1.0)

    # ------------------------------------------------------------------ circuits

    def encoded(self, num_qubits: int = 3, encoding: str = "exact", **options: Any) -> EncodedContract:
        """Return the contract as tables, an amplitude and bias bounds; :func:`encode` says with which options.

        Raises:
            ProblemError: unknown encoding or grid, or too few qubits for the kinks of the payoff.
        """
        from qalgo.option_pricing.encoding import encode

        return encode(self, num_qubits, encoding, **options)

    def problem(self, num_qubits: int = 3, encoding: str = "exact", **options: Any) -> EstimationProblem:
        """Return the estimation problem whose post-processed probability is the discounted price (up to the bias).

        Args:
            num_qubits: qubits of the price register; 2^num_qubits points are tabulated classically.
            encoding: "exact" or "linearised".
            **options: ``grid="aligned"`` or ``"published"``, ``loader="exact"`` or ``"mps"``, ``rescaling=0.25``.

        Raises:
            ProblemError: unknown encoding or grid, or too few qubits for the kinks of the payoff.
        """
        return self.encoded(num_qubits, encoding, **options).problem()

    # ------------------------------------------------------------------ comparison (qalgo.comparable.Comparable)

    def title(self) -> str:
        """Return one line that says what is priced."""
        return f"{self.kind.replace('-', ' ')}: {self.terms()}"

    def terms(self) -> str:
        """Return the terms of the contract in words."""
        shown = {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)  # type: ignore[arg-type]
            if field.name in _NUMBERS
        }
        units = {"maturity": " years", "volatility": "/sqrt(year)", "rate": "/year", "dividend_yield": "/year"}
        return ", ".join(
            f"{name.replace('_', ' ')} {_shown(value)}{units.get(name, '')}"
            for name, value in shown.items()
            if value is not None and not (name in ("dividend_yield", "left_slope", "right_slope") and value == 0.0)
        )

    def unit(self) -> str:
        """Return the unit of prices."""
        return "currency units"

    def accuracies(self) -> Sequence[float]:
        """Return the default ladder of half-widths, largest first."""
        from qalgo.option_pricing import bounds

        return bounds.accuracies(self)

    def methods(self, executor: Executor | None = None) -> Sequence[Method]:
        """Return the quantum methods, the default one first."""
        from qalgo.option_pricing import quantum_methods

        return quantum_methods.methods(self, executor)

    def baselines(self) -> Sequence[Method]:
        """Return the classical methods."""
        from qalgo.option_pricing import baseline

        return baseline.baselines(self)

    def reference(self) -> Reference:
        """Return the closed-form value."""
        from qalgo.comparable import Reference

        self._one("reference")
        return Reference(float(self.black_scholes()), "Black-Scholes closed form with dividend yield (Merton 1973)")

    def bound(self) -> Bound:
        """Return the quadratic bound that a measured speed-up is held against."""
        from qalgo.option_pricing import bounds

        return bounds.quadratic_bound_for(self)

    def caveats(self) -> Sequence[str]:
        """Return the sentences that belong to every verdict on this contract."""
        from qalgo.option_pricing import bounds

        return bounds.caveats(self)

    def figures(self) -> Mapping[str, Callable[[Axes | None], Axes]]:
        """Return pictures of the contract: name -> function that draws on the given (or a new) Axes."""
        from qalgo.option_pricing import figures

        return figures.figures(self)

    # ------------------------------------------------------------------ records

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary: kind and fields."""
        return {"kind": self.kind, **dataclasses.asdict(self)}  # type: ignore[call-overload]

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> Contract:
        """Rebuild a contract from :meth:`to_dict`.

        Raises:
            ProblemError: unknown kind, or fields that the contract does not have.
        """
        from qalgo.option_pricing.problem import KINDS

        fields = dict(data)
        kind = fields.pop("kind", None)
        if kind not in KINDS:
            raise ProblemError(f"contract kind is {kind!r}; allowed: {', '.join(KINDS)}")
        try:
            return KINDS[kind](**fields)
        except TypeError as error:
            raise ProblemError(f"fields of a {kind}: {error}") from error


def _checked(name: str, value: object) -> float | tuple[float, ...]:
    """A finite number (or a tuple of them where arrays are allowed), positive where that is needed."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    if isinstance(value, np.ndarray) or (isinstance(value, Sequence) and not isinstance(value, (str, bytes))):
        if name not in _ARRAY_FIELDS:
            raise ProblemError(f"{name} is a sequence; allowed: one number (spot and strikes may be sequences)")
        if len(value) == 0 or np.ndim(value) != 1:
            raise ProblemError(f"{name} has shape {np.shape(value)}; allowed: a number or a one-dimensional sequence")
        return tuple(_number(name, entry) for entry in value)
    return _number(name, value)


def _number(name: str, value: object) -> float:
    allowed = "a positive finite number" if name in _POSITIVE else "a finite number"
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise ProblemError(f"{name} is {value!r}; allowed: {allowed}")
    number = float(value)
    if not math.isfinite(number) or (name in _POSITIVE and number <= 0.0):
        raise ProblemError(f"{name} is {number!r}; allowed: {allowed}{_HINTS.get(name, '')}")
    return number


_HINTS = {
    "volatility": ", per square root of a year (0.2 for 20 %)",
    "maturity": ", in years (40/365 for 40 days)",
    "rate": ", per year (0.05 for 5 %)",
}


def _check_exponents(contract: Contract) -> None:
    """Raise ProblemError where an exponential would leave the range of doubles: rates in percent, maturity in days."""
    for name in ("rate", "dividend_yield"):
        exponent = getattr(contract, name) * contract.maturity
        if not abs(exponent) <= LARGEST_EXPONENT:
            raise ProblemError(
                f"{name} times maturity is {exponent:.6g}; allowed: at most {LARGEST_EXPONENT:g} in size; {name} is "
                "per year (0.05 for 5 %) and maturity in years"
            )
    if not contract.log_deviation <= LARGEST_DEVIATION:
        raise ProblemError(
            f"volatility times sqrt(maturity) is {contract.log_deviation:.6g}; allowed: at most {LARGEST_DEVIATION:g}; "
            "volatility is per square root of a year (0.2 for 20 %) and maturity in years"
        )


def _element(values: tuple[float, ...], index: int) -> float:
    return values[0] if len(values) == 1 else values[index]


def _shown(value: float | tuple[float, ...]) -> str:
    if isinstance(value, tuple):
        return f"{len(value)} values {min(value):g} to {max(value):g}"
    return f"{value:.6g}"


_MARKET = ("spot", "rate", "volatility", "maturity", "dividend_yield")


def _as_portfolio(contract: Contract, quantity: float) -> PiecewiseLinear:
    from qalgo.option_pricing.problem import PiecewiseLinear

    contract._one("a portfolio")
    weight = _number("quantity", quantity)
    legs = tuple(dataclasses.replace(leg, quantity=weight * leg.quantity) for leg in contract.positions())
    return PiecewiseLinear(legs=legs, **{name: getattr(contract, name) for name in _MARKET})


def _portfolio(left: Contract, right: object, sign: float) -> PiecewiseLinear:
    if not isinstance(right, Contract):
        raise ProblemError(f"a contract and a {type(right).__name__} cannot be added; allowed: two contracts")
    different = [name for name in _MARKET if getattr(left, name) != getattr(right, name)]
    if different:
        raise ProblemError(
            f"the contracts differ in {', '.join(different)}; allowed: contracts on one market with one maturity"
        )
    first, second = _as_portfolio(left, 1.0), _as_portfolio(right, sign)
    return dataclasses.replace(first, legs=(*first.legs, *second.legs))
