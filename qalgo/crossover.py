"""One formula for break-even of a polynomial speed-up, in log space and for whole arrays of scenarios.

It covers the operation budget of 2307.00523 and the break-even time of 2011.04149; nothing here is measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from qalgo.errors import ProblemError

__all__ = ["BUDGET_SECONDS", "Crossover", "Numbers", "crossover_of"]

Floats = npt.NDArray[np.float64]
Numbers = npt.ArrayLike
"""One number, or an array of them: all arguments are broadcast against each other."""

BUDGET_SECONDS = 1e6
"""The two weeks within which a quantum computer has to win in 2307.00523."""


@dataclass(frozen=True, slots=True, eq=False)
class Crossover:
    """Break-even of one scenario or many; decimal logarithms are kept, so that nothing overflows.

    Where the orders are equal and the quantum operation is slower there is no crossover: size and time are infinite,
    the budget is zero.
    """

    log10_queries: Floats  # (...,), shape of the broadcast arguments, read-only
    """Of N*, the break-even size: quantum queries from which the quantum algorithm is faster."""
    log10_seconds: Floats  # (...,), read-only
    """Of T*, the run time of both at N*."""
    log10_operations: Floats  # (...,), read-only
    """Of the operation budget: most operations per query with which the quantum algorithm wins in time."""

    @property
    def queries(self) -> Floats:
        """N*; infinite beyond 1e308, where only the logarithm is left."""
        return _power(self.log10_queries)

    @property
    def seconds(self) -> Floats:
        """T*, seconds; infinite beyond 1e308."""
        return _power(self.log10_seconds)

    @property
    def operations(self) -> Floats:
        """The operation budget; infinite beyond 1e308."""
        return _power(self.log10_operations)

    @property
    def exists(self) -> npt.NDArray[np.bool_]:
        """Whether there is a break-even at all."""
        found: npt.NDArray[np.bool_] = self.log10_queries < np.inf
        return found

    def equals(self, other: object) -> bool:
        """Whether all logarithms are the same."""
        return isinstance(other, Crossover) and all(
            np.array_equal(getattr(self, name), getattr(other, name)) for name in self.__slots__
        )

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary of (nested lists of) logarithms; None where there is no finite one."""
        return {name: _plain(getattr(self, name).tolist()) for name in self.__slots__}

    def __str__(self) -> str:
        rows = (
            ("break-even size, quantum queries", self.log10_queries, "none"),
            ("break-even time, seconds", self.log10_seconds, "none"),
            ("operation budget per query", self.log10_operations, "any"),
        )
        head = "crossover" if self.log10_queries.ndim == 0 else f"crossover of {self.log10_queries.size:,} scenarios"
        return "\n".join([head, *(f"  {name:<33} {_range(values, never)}" for name, values, never in rows)])


def crossover_of(
    quantum_seconds: Numbers,
    classical_seconds: Numbers,
    *,
    order: Numbers = 2.0,
    parallelism: Numbers = 1.0,
    distillation: Numbers = 1.0,
    operations: Numbers = 1.0,
    seconds: Numbers = BUDGET_SECONDS,
) -> Crossover:
    r"""Return where N quantum queries take as long as N^k classical evaluations, for every scenario.

    With the times :math:`t_q / R` and :math:`t_c / S` of one operation and M operations per query,

    .. math::
        N^* = \left(\frac{t_q S}{t_c R}\right)^{1/(k-1)}, \qquad
        T^* = \frac{M t_q}{R} N^*, \qquad
        M_{\max}(T) = \frac{T R}{t_q} \frac{1}{N^*} .

    2011.04149, eq. 3 (k = 2: :math:`T^* = t_Q^2 S / t_C`) and eq. 5, takes the whole primitive for the operation, so
    M = 1; 2307.00523, "Methods", asks for the operations per oracle call with which T* stays below T (Table 2).
    Every argument may be an array; they are broadcast. k = 1 is the limit: never (infinite) when the quantum operation
    is the slower one, at once (zero) when it is the faster.

    Args:
        quantum_seconds: t_q, seconds of one quantum operation (or of a whole primitive).
        classical_seconds: t_c, seconds of the classical one on one processor.
        order: k, the order of the speed-up: 2 is quadratic; any real number from 1 on.
        parallelism: S, classical processors that share the evaluations.
        distillation: R, how much faster magic states are distilled than t_q assumes.
        operations: M, operations per query, the same on both sides.
        seconds: T, time within which the quantum algorithm has to win; for the budget only.

    Raises:
        ProblemError: an argument that is not a positive number, an order below 1, or shapes that do not broadcast.
    """
    given = {
        "quantum_seconds": quantum_seconds,
        "classical_seconds": classical_seconds,
        "parallelism": parallelism,
        "distillation": distillation,
        "operations": operations,
        "seconds": seconds,
    }
    logs = {name: _logarithms(name, value) for name, value in given.items()}
    orders = _orders(order)
    query = logs["quantum_seconds"] - logs["distillation"]
    evaluation = logs["classical_seconds"] - logs["parallelism"]
    try:
        queries = _root(query - evaluation, orders)
        time = logs["operations"] + query + queries
        budget = logs["seconds"] - query - queries
        arrays = np.broadcast_arrays(queries, time, budget)
    except ValueError as error:
        shapes = ", ".join(f"{name} {value.shape}" for name, value in {**logs, "order": orders}.items())
        raise ProblemError(f"the arguments do not broadcast: {shapes}; allowed: equal shapes or numbers") from error
    return Crossover(*(_frozen(array) for array in arrays))


def _root(log_ratios: Floats, orders: Floats) -> Floats:
    """Logarithm of ratio^(1/(k-1)); at k = 1 its limit."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        roots = log_ratios / (orders - 1.0)
    return np.where(log_ratios == 0.0, 0.0, roots)


def _numbers(name: str, value: Numbers) -> Floats:
    try:
        return np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ProblemError(f"{name} is {value!r}; allowed: positive numbers") from error


def _logarithms(name: str, value: Numbers) -> Floats:
    numbers = _numbers(name, value)
    # One comparison each: NaN fails both.
    if not (np.all(numbers > 0.0) and np.all(numbers < np.inf)):
        raise ProblemError(f"{name} is {_first_wrong(numbers, 0.0)}; allowed: positive, finite numbers")
    return np.asarray(np.log10(numbers))


def _orders(order: Numbers) -> Floats:
    numbers = _numbers("order", order)
    if not (np.all(numbers >= 1.0) and np.all(numbers < np.inf)):
        wrong = _first_wrong(numbers, np.nextafter(1.0, 0.0))
        raise ProblemError(f"order is {wrong}; allowed: 1 (no speed-up), 2 (quadratic) or any real number from 1 on")
    return numbers


def _first_wrong(numbers: Floats, above: float) -> float:
    flat = numbers.ravel()
    return float(flat[~((flat > above) & (flat < np.inf))][0])


def _frozen(array: Floats) -> Floats:
    own = np.array(array)
    own.setflags(write=False)
    return own


def _power(logarithms: Floats) -> Floats:
    with np.errstate(over="ignore", under="ignore"):
        return np.asarray(np.power(10.0, logarithms))


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if np.isfinite(value) else None


def _range(logarithms: Floats, infinite: str) -> str:
    if logarithms.size == 0:
        return "-"
    ends = [_decimal(float(end), infinite) for end in (logarithms.min(), logarithms.max())]
    return ends[0] if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"


def _decimal(logarithm: float, infinite: str) -> str:
    if not np.isfinite(logarithm):
        return infinite if logarithm > 0 else "0"
    return f"{10.0**logarithm:.4g}" if abs(logarithm) < 300 else f"1e{logarithm:+.1f}"
