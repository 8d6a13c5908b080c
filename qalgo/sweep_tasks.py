"""The built-in tasks of sweeps: what ``qalgo.sweep("price", ...)`` and ``task = "price"`` in a grid.toml compute.

Each takes the seed of its point and the point's values as keywords, and returns plain numbers and text. The terms of a
contract are ``contract``, its kind ("european-call" by default), and the fields of that kind, named as in Python; a
maturity may be a fraction as text, "40/365".
"""

from __future__ import annotations

import dataclasses
import inspect
import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from qalgo.amplitude_estimation.driver import estimate_amplitude
from qalgo.amplitude_estimation.problem import EstimationProblem
from qalgo.comparable import PLAIN_MONTE_CARLO
from qalgo.errors import ProblemError
from qalgo.option_pricing.contract import Contract
from qalgo.option_pricing.pricing import price
from qalgo.option_pricing.problem import KINDS
from qalgo.option_pricing.results import Price
from qalgo.resources import cost_of

__all__ = ["compare_point", "cost_point", "estimate_point", "price_point"]


def _with_terms(task: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Let the signature name the terms of all contracts, so that a misspelt one is found before anything runs."""
    own = inspect.signature(task)
    kept = [item for item in own.parameters.values() if item.kind is not inspect.Parameter.VAR_KEYWORD]
    factories: list[Any] = list(KINDS.values())
    fields = dict.fromkeys(field.name for kind in factories for field in dataclasses.fields(kind) if field.init)
    terms = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None) for name in fields]
    task.__signature__ = own.replace(parameters=[*kept, *terms])  # type: ignore[attr-defined]  # read by inspect
    return task


@_with_terms
def price_point(
    *,
    seed: int,
    epsilon: float,
    contract: str = "european-call",
    confidence: float = 0.95,
    num_qubits: int | None = None,
    encoding: str = "exact",
    grid: str | None = None,
    loader: str | None = None,
    rescaling: float | None = None,
    method: str = "bayesian",
    mode: str = "subspace",
    device: str = "auto",
    max_queries: int | None = None,
    max_seconds: float | None = None,
    settings: Mapping[str, Any] | None = None,
    **terms: Any,
) -> dict[str, Any]:
    """Price one contract; the keywords are those of :func:`qalgo.price`, ``settings`` those of the estimator.

    Returns:
        ``value``, ``low``, ``high``, ``half_width`` and ``closed_form`` in discounted currency units, ``queries`` (uses
        of A), ``shots``, ``num_qubits`` of the price register, ``converged`` and ``emulated``.

    Raises:
        ProblemError: as :func:`qalgo.price`.
    """
    found = price(
        _contract(contract, terms),
        epsilon,
        confidence=confidence,
        num_qubits=num_qubits,
        encoding=encoding,
        grid=grid,
        loader=loader,
        rescaling=rescaling,
        method=method,
        mode=mode,
        device=device,
        max_queries=max_queries,
        max_seconds=max_seconds,
        seed=seed,
        **(settings or {}),
    )
    if not isinstance(found, Price):
        raise ProblemError("spot or strike is a list; allowed: one contract at a point (several values: in [grid])")
    return {
        "value": found.value,
        "low": found.interval.low,
        "high": found.interval.high,
        "half_width": found.interval.half_width,
        "closed_form": found.closed_form,
        "queries": found.queries.state_preparation,
        "shots": found.queries.shots,
        "num_qubits": found.num_qubits,
        "converged": found.converged,
        "emulated": found.emulated,
    }


def estimate_point(
    *,
    seed: int,
    amplitude: float,
    epsilon: float,
    confidence: float = 0.95,
    method: str = "bayesian",
    mode: str = "subspace",
    device: str = "auto",
    max_queries: int | None = None,
    settings: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Estimate a probability that is known, on one qubit: how an estimator does over amplitudes and accuracies.

    Returns:
        ``value``, ``low``, ``high``, ``deviation`` (value - amplitude), ``queries`` (uses of A), ``shots``,
        ``submissions``, ``converged`` and ``emulated``.

    Raises:
        ProblemError: an amplitude outside [0, 1]; else as :func:`qalgo.estimate_amplitude`.
    """
    from qiskit import QuantumCircuit

    if isinstance(amplitude, bool) or not isinstance(amplitude, (int, float)) or not 0.0 <= amplitude <= 1.0:
        raise ProblemError(f"amplitude is {amplitude!r}; allowed: a probability, 0 to 1")
    circuit = QuantumCircuit(1)
    circuit.ry(2 * math.asin(math.sqrt(amplitude)), 0)
    found = estimate_amplitude(
        EstimationProblem(circuit, [0]),
        epsilon,
        confidence=confidence,
        method=method,
        mode=mode,
        device=device,
        max_queries=max_queries,
        seed=seed,
        **(settings or {}),
    )
    return {
        "value": found.value,
        "low": found.interval.low,
        "high": found.interval.high,
        "deviation": found.value - amplitude,
        "queries": found.queries.state_preparation,
        "shots": found.queries.shots,
        "submissions": found.queries.submissions,
        "converged": found.converged,
        "emulated": found.emulated,
    }


@_with_terms
def compare_point(
    *,
    seed: int,
    contract: str = "european-call",
    accuracies: list[float] | None = None,
    baselines: list[str] | None = None,
    repetitions: int = 100,
    **terms: Any,
) -> dict[str, Any]:
    """Compare quantum and classical methods on one contract (:func:`qalgo.compare`).

    Returns:
        ``verdict``, ``method`` (the default quantum one) with its fitted ``exponent``, and, against plain Monte Carlo
        at the finest accuracy ``error``: ``ratio`` (classical samples per quantum query), ``share`` of the quadratic
        bound, ``extrapolated``.

    Raises:
        ProblemError: as :func:`qalgo.compare`.
    """
    from qalgo.comparison import compare

    found = compare(
        _contract(contract, terms), accuracies=accuracies, baselines=baselines, repetitions=repetitions, seed=seed
    )
    first = found.methods[0]
    pairs = [item for item in found.speed_ups if (item.quantum, item.classical) == (first.name, PLAIN_MONTE_CARLO)]
    last = pairs[-1] if pairs else None
    return {
        "verdict": found.verdict.headline,
        "method": first.name,
        "exponent": None if first.fit is None else first.fit.fitted_exponent,
        "error": found.accuracies[-1],
        "ratio": None if last is None else last.ratio,
        "share": None if last is None else last.share,
        "extrapolated": None if last is None else last.extrapolated,
    }


@_with_terms
def cost_point(
    *,
    seed: int,
    contract: str = "european-call",
    power: int | None = None,
    num_qubits: int = 3,
    encoding: str = "exact",
    grid: str | None = None,
    loader: str | None = None,
    rescaling: float | None = None,
    optimization_level: int = 3,
    **terms: Any,
) -> dict[str, Any]:
    """Count the gates of a contract's state preparation A, or of A Q^k (:func:`qalgo.cost_of`).

    The count is deterministic: the seed of the point is not used, so that points can be compared.

    Args:
        seed: ignored.
        contract: kind of the contract.
        power: k of A Q^k, which is counted without writing it out; None: A alone.
        num_qubits: of the price register.
        encoding: "exact" or "linearised", with its ``grid``, ``loader`` and ``rescaling``.
        grid: see there.
        loader: see there.
        rescaling: see there.
        optimization_level: of the transpiler, 0 to 3.
        **terms: fields of the contract.

    Returns:
        ``qubits``, ``depth``, ``cx``, ``single_qubit`` and ``total`` of the transpiled circuit, and for an
        error-corrected machine ``logical_qubits``, ``t``, ``toffoli`` and ``rotations``.

    Raises:
        ProblemError: as :meth:`Contract.problem` and :func:`qalgo.cost_of`.
    """
    del seed
    problem = _contract(contract, terms).problem(num_qubits, encoding, grid=grid, loader=loader, rescaling=rescaling)
    counted = problem.state_preparation if power is None else problem
    cost = cost_of(counted, optimization_level=optimization_level, power=power)
    return {
        "qubits": cost.qubits,
        "depth": cost.depth,
        "cx": cost.cx,
        "single_qubit": cost.single_qubit,
        "total": cost.total,
        "logical_qubits": cost.counts.num_qubits,
        "t": cost.counts.t,
        "toffoli": cost.counts.toffoli,
        "rotations": cost.counts.rotations,
    }


def _contract(kind: str, terms: Mapping[str, Any]) -> Contract:
    given = {name: value for name, value in terms.items() if value is not None}
    if isinstance(given.get("maturity"), str):
        try:
            given["maturity"] = float(Fraction(given["maturity"].replace(" ", "")))
        except (ValueError, ZeroDivisionError) as error:
            raise ProblemError(
                f'maturity is {given["maturity"]!r}; allowed: years, a number or a fraction like "40/365"'
            ) from error
    return Contract.from_dict({"kind": kind, **given})
