"""Prices by amplitude estimation, with one half-width for all errors together."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from qalgo.amplitude_estimation.driver import estimate_amplitude
from qalgo.errors import ProblemError
from qalgo.option_pricing.contract import Contract
from qalgo.option_pricing.encoding import EncodedContract, encode
from qalgo.option_pricing.grids import qubits_for_kinks
from qalgo.option_pricing.linearised_encoding import rescaling_for
from qalgo.option_pricing.recorded_prices import record_of
from qalgo.option_pricing.references import BLACK_SCHOLES
from qalgo.option_pricing.results import Price, PriceTable
from qalgo.seeds import Purpose, derived_seed, root_seed
from qalgo.transcript import Transcript

if TYPE_CHECKING:
    from qiskit.primitives import BaseSamplerV2
    from qiskit.providers import BackendV2
    from qiskit.transpiler import PassManager

    from qalgo.execution.journal import JournalChoice
    from qalgo.execution.simulator_options import SimulatorOptions

__all__ = ["price"]

DEFAULT_QUBITS = 3
MAX_SEARCHED_QUBITS = 12
LARGEST_EPSILON = 0.49
"""Half-width asked of the estimator when the budget would allow more: 1/2 is known without any query."""
ROUNDING = 1 - 1e-9
"""Keeps the total half-width at most epsilon after the roundings of mapping and widening the interval."""


def price(
    contract: Contract,
    epsilon: float,
    *,
    confidence: float = 0.95,
    num_qubits: int | None = None,
    encoding: str = "exact",
    grid: str | None = None,
    loader: str | None = None,
    rescaling: float | None = None,
    method: str = "bayesian",
    mode: str = "subspace",
    seed: int | np.random.Generator | None = None,
    max_queries: int | None = None,
    max_seconds: float | None = None,
    backend: BackendV2 | None = None,
    sampler: BaseSamplerV2 | None = None,
    pass_manager: PassManager | None = None,
    device: str = "auto",
    executor: Executor | None = None,
    simulator: SimulatorOptions | None = None,
    journal: JournalChoice = None,
    transcript: Transcript | str | os.PathLike[str] | None = None,
    progress: bool = False,
    **settings: Any,
) -> Price | PriceTable:
    """Price a contract; the interval holds discretisation, truncation, encoding, loading and sampling errors.

    Args:
        contract: the contract. Spots or strikes given as sequences: all are priced, each with a random stream and, if
            ``transcript`` is a path, a file of its own; budgets hold for each.
        epsilon: half-width of the total interval, discounted currency units.
        confidence: level of the interval.
        num_qubits: qubits of the price register; default 3, or as many as kinks and bias bounds need.
        encoding: "exact" (payoff tabulated, no bias on its default grid) or "linearised" (the published circuit).
        grid: "aligned" (default for exact) or "published" (default for linearised).
        loader: "exact" or "mps" (exact encoding only).
        rescaling: c of the linearised encoding, default 0.25.
        method: name of the estimator; "bayesian", "iterative", "modified_iterative", "maximum_likelihood",
            "canonical".
        mode: "subspace" (emulated: the law of the circuits is drawn from, and the result says so) or "circuit".
        seed: one integer fixes every random number.
        max_queries: most uses of A; the best interval so far is returned when it is reached.
        max_seconds: wall-clock budget; likewise.
        backend: a ``BackendV2``, for circuit mode; its noise biases the price, and the interval does not know of it.
        sampler: any ``BaseSamplerV2``, for circuit mode.
        pass_manager: transpiles for the sampler's device.
        device: "auto", "cpu" or "gpu" for the default sampler.
        executor: a ``concurrent.futures.Executor`` for the circuits of one round.
        simulator: ``qalgo.SimulatorOptions`` of the default sampler, for circuit mode.
        journal: as for :func:`qalgo.estimate_amplitude`; every contract of an array is a run of its own.
        transcript: a Transcript to resume from, or a path that is resumed from and kept up to date.
        progress: show a bar.
        **settings: settings of the estimator.

    Returns:
        A :class:`Price`, or a :class:`PriceTable` for arrays. Cost: about 3.5 discount (fmax - fmin)/epsilon uses of
        A at most for the default method.

    Raises:
        ProblemError: an argument out of range, or bias bounds that reach epsilon: the message names the number of
            qubits, or what else would help.
        ExecutionError: as :func:`qalgo.estimate_amplitude`.
    """
    _check(contract, epsilon)
    options = {"grid": grid, "loader": loader, "rescaling": rescaling}
    keywords: dict[str, Any] = {
        "confidence": confidence,
        "method": method,
        "mode": mode,
        "max_queries": max_queries,
        "max_seconds": max_seconds,
        "backend": backend,
        "sampler": sampler,
        "pass_manager": pass_manager,
        "device": device,
        "executor": executor,
        "simulator": simulator,
        "journal": journal,
        "progress": progress,
        **settings,
    }
    if not contract.is_array:
        encoded = _fitting(contract, float(epsilon), num_qubits, encoding, options)
        return _priced(encoded, float(epsilon), options, seed=seed, transcript=transcript, **keywords)
    if isinstance(transcript, Transcript):
        raise ProblemError("one transcript given for several contracts; allowed: a path, or one contract at a time")
    # All are encoded before any is estimated, so that a bias that is too large costs no time.
    table = [_fitting(one, float(epsilon), num_qubits, encoding, options) for one in contract.elements()]
    root = root_seed(seed)
    return PriceTable(
        contract,
        tuple(
            _priced(
                encoded,
                float(epsilon),
                options,
                seed=derived_seed(root, Purpose.BOOK, index),
                transcript=None if transcript is None else _numbered(Path(transcript), index),
                **keywords,
            )
            for index, encoded in enumerate(table)
        ),
    )


def _check(contract: object, epsilon: object) -> None:
    if not isinstance(contract, Contract):
        raise ProblemError(
            f"contract is a {type(contract).__name__}; allowed: a contract such as qalgo.EuropeanCall(...); for an A "
            "operator of your own use qalgo.estimate_amplitude"
        )
    number = isinstance(epsilon, (int, float, np.integer, np.floating)) and not isinstance(epsilon, bool)
    if not number or not 0.0 < float(epsilon) < math.inf:  # type: ignore[arg-type]  # it is a number here
        raise ProblemError(
            f"epsilon is {epsilon!r}; allowed: a positive half-width of the price in currency units (0.002, say)"
        )


def _priced(encoded: EncodedContract, epsilon: float, options: Mapping[str, Any], **keywords: Any) -> Price:
    record = record_of(encoded, epsilon, options, keywords)
    with record.kept():
        found = _estimated(encoded, epsilon, record.keywords)
    record.finish(found)
    return found


def _estimated(encoded: EncodedContract, epsilon: float, keywords: Mapping[str, Any]) -> Price:
    bias = encoded.total_bias
    # A payoff that is constant on the grid has slope 0: its price is known without sampling.
    sampling = ROUNDING * (epsilon - bias) / encoded.price.slope if encoded.price.slope > 0.0 else LARGEST_EPSILON
    estimate = estimate_amplitude(encoded.problem(), min(sampling, LARGEST_EPSILON), **keywords)
    contract = encoded.contract
    return Price(
        contract=contract,
        value=estimate.value,
        interval=estimate.interval.widened(bias),
        epsilon=epsilon,
        error_budget=MappingProxyType({**encoded.bias, "sampling": estimate.interval.half_width}),
        estimate=estimate,
        encoding=encoded.encoding,
        grid=encoded.grid,
        loader=encoded.loader,
        num_qubits=encoded.num_qubits,
        tabulated_points=encoded.tabulated_points,
        closed_form=float(contract.black_scholes()),
        references=(*estimate.references, *encoded.references, BLACK_SCHOLES),
    )


def _fitting(
    contract: Contract, epsilon: float, num_qubits: int | None, encoding: str, options: Mapping[str, Any]
) -> EncodedContract:
    """Encode with bias bounds below epsilon."""
    if num_qubits is not None:
        encoded = encode(contract, num_qubits, encoding, **options)
        if encoded.total_bias < epsilon:
            return encoded
        raise ProblemError(_too_biased(encoded, epsilon, options))
    start = max(DEFAULT_QUBITS, qubits_for_kinks(contract.law, contract.pieces()))
    encoded = encode(contract, start, encoding, **options)
    if encoded.total_bias <= 0.5 * epsilon:
        return encoded
    # Half of epsilon is left to sampling if any size allows it; else whatever the bias leaves.
    tried = [encoded, *_larger(encoded, options)]
    for share in (0.5, 1.0):
        for candidate in tried:
            if candidate.total_bias < share * epsilon:
                return candidate
    raise ProblemError(_too_biased(tried[0], epsilon, options))


def _larger(encoded: EncodedContract, options: Mapping[str, Any]) -> list[EncodedContract]:
    """The same contract on more qubits, as far as that can change the bias."""
    if encoded.bias.get("discretisation", 0.0) == 0.0 and encoded.bias.get("loader", 0.0) == 0.0:
        return []
    sizes = range(encoded.num_qubits + 1, MAX_SEARCHED_QUBITS + 1)
    return [encode(encoded.contract, size, encoded.encoding, **options) for size in sizes]


def _too_biased(encoded: EncodedContract, epsilon: float, options: Mapping[str, Any]) -> str:
    """Say what is wrong and what would help: qubits, a smaller rescaling, another grid or a larger epsilon."""
    parts = ", ".join(f"{cause} {bound:.3g}" for cause, bound in encoded.bias.items() if bound > 0.0)
    larger = _larger(encoded, options)
    message = (
        f"epsilon is {epsilon:g}, but the bias bounds of encoding {encoded.encoding!r} on the {encoded.grid} grid with "
        f"num_qubits={encoded.num_qubits} add up to {encoded.total_bias:.3g} ({parts}): no number of queries can reach "
        "epsilon; "
    )
    enough = next((candidate for candidate in larger if candidate.total_bias < epsilon), None)
    if enough is not None:
        return message + f"needed: num_qubits={enough.num_qubits} (bias {enough.total_bias:.3g})"
    sizes = [encoded, *larger]
    best = min(sizes, key=lambda candidate: candidate.total_bias)
    aligned = [] if encoded.grid == "aligned" else [_realigned(encoded, options)]
    cures = [
        *_with_rescaling(sizes, epsilon, ""),
        *(f'grid="aligned" with num_qubits={one.num_qubits}' for one in aligned if one.total_bias < epsilon),
        *_with_rescaling([one for one in aligned if one.total_bias >= epsilon], epsilon, 'grid="aligned", '),
    ]
    if encoded.encoding != "exact":
        cures.append('encoding="exact" on its default grid (no bias)')
    if encoded.loader != "exact":
        cures.append('loader="exact"')
    cures.append(f"epsilon above {best.total_bias:.3g} (with num_qubits={best.num_qubits})")
    return f"{message}no num_qubits up to {MAX_SEARCHED_QUBITS} is enough; allowed: {', or '.join(cures)}"


def _realigned(encoded: EncodedContract, options: Mapping[str, Any]) -> EncodedContract:
    """The same contract and encoding on the aligned grid, which has neither discretisation nor truncation error."""
    contract = encoded.contract
    size = max(DEFAULT_QUBITS, qubits_for_kinks(contract.law, contract.pieces()))
    return encode(contract, size, encoded.encoding, **{**options, "grid": "aligned"})


def _with_rescaling(sizes: Sequence[EncodedContract], epsilon: float, prefix: str) -> list[str]:
    """The fewest qubits with which a smaller rescaling would leave a quarter of epsilon to sampling, in words."""
    for one in sizes:
        rest = one.total_bias - one.bias.get("encoding", 0.0)
        if "encoding" in one.bias and rest < 0.5 * epsilon:
            spread = one.contract.discount * float(one.payoffs.max() - one.payoffs.min())
            needed = rescaling_for(spread, 0.5 * (epsilon - rest))
            return [f"{prefix}rescaling={float(f'{needed:.2g}'):g} with num_qubits={one.num_qubits}"]
    return []


def _numbered(path: Path, index: int) -> Path:
    return path.with_name(f"{path.stem}.{index}{path.suffix}")
