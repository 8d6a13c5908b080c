r"""filter_eigenvalues: project a state on the eigenvalues below or above a threshold, and say whether there are any."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from circuits.block_encoding import BlockEncoding
from circuits.validation import checked_number
from qalgo.errors import ProblemError
from qalgo.qsvt.filter_result import FilteredState
from qalgo.qsvt.matrix_functions import success_interval
from qalgo.qsvt.records import BuiltCircuits, EncodingRecord
from qalgo.qsvt.state_transform import Transform, as_encoding, checked_epsilon, checked_state, transform
from qalgo.qsvt.step_parts import shifted, spectrum_bounds, step_parts
from qalgo.results import Interval
from qalgo.seeds import root_seed
from qalgo.versions import versions

if TYPE_CHECKING:
    from qiskit.primitives import BaseSamplerV2
    from qiskit.providers import BackendV2
    from qiskit.transpiler import PassManager

__all__ = ["filter_eigenvalues"]


def filter_eigenvalues(
    hamiltonian: Any,
    state: npt.ArrayLike | Any,
    *,
    threshold: float,
    gap: float,
    side: Literal["below", "above"] = "below",
    epsilon: float = 1e-3,
    overlap: float = 0.05,
    readout: Literal["statevector", "shots"] = "statevector",
    shots: int | None = None,
    confidence: float = 0.95,
    sampler: BaseSamplerV2 | None = None,
    backend: BackendV2 | None = None,
    pass_manager: PassManager | None = None,
    seed: int | np.random.Generator | None = None,
) -> FilteredState:
    r"""Project a state on the eigenspaces of H below (above) a threshold: eigenvalue thresholding, executed on Aer.

    The step is made of the optimal sign polynomial, of degree about (2 alpha / gap) ln(1 / epsilon), and of one
    sequence for both parities. Matrices and Pauli sums are encoded as H - threshold, so that the success probability is
    the weight of the state on the eigenspaces sought; an encoding of H is taken as it is, at up to 9/4 fewer successes.

    With readout="shots" the number of successes answers whether there is an eigenvalue on that side: if none lies
    within ``gap`` / 2 of the threshold, success is impossible up to epsilon^2 without one, and has at least the
    probability of ``overlap`` with one that matters.

    Args:
        hamiltonian: Hermitian: dense or sparse array, ``SparsePauliOp``, or a ``BlockEncoding``.
        state: vector (normalised here), or a circuit on the system qubits that prepares it.
        threshold: in units of H.
        gap: width of the window around the threshold in which nothing is promised, in units of H; the cost is
            proportional to 1 / gap.
        side: which eigenvalues to keep.
        epsilon: bound on the norm of the error of the projected, not normalised state.
        overlap: least weight of the state on the kept eigenspaces for which "none" would be a wrong answer.
        readout: "statevector": exact amplitudes, emulated; "shots": runs with measurements.
        shots: default: four times what shows the absence of an ``overlap`` at the given confidence.
        confidence: of the answer, with shots.
        sampler: for "shots": any ``BaseSamplerV2``; default Aer.
        backend: a ``BackendV2`` instead of a sampler.
        pass_manager: for samplers of devices; see :func:`qalgo.run`.
        seed: of the shots.

    Raises:
        ProblemError: H not Hermitian, a threshold outside of the bounds of the spectrum, gap <= 0 or wider than the
            spectrum, a state that does not fit, epsilon too large for ``overlap``.
        ConvergenceError: epsilon is below rounding.

    Source: arXiv:2105.02859, section on eigenvalue thresholds; arXiv:1806.01838, section 3.
    """
    epsilon = checked_epsilon(epsilon)
    _check(side, gap, overlap, readout, shots, confidence, epsilon)
    threshold = checked_number(threshold, "threshold")
    low, high = spectrum_bounds(hamiltonian)
    if not low < threshold < high:
        raise ProblemError(
            f"threshold is {threshold!r}; allowed: inside ({low:.8g}, {high:.8g}), which holds all eigenvalues; "
            "outside there is nothing to decide"
        )
    given = isinstance(hamiltonian, BlockEncoding)
    encoding = as_encoding(hamiltonian if given else shifted(hamiltonian, threshold))
    if not encoding.hermitian:
        raise ProblemError("the Hamiltonian is not Hermitian; allowed: a Hermitian matrix, or an encoding marked so")
    middle = threshold / encoding.alpha if given else 0.0
    delta = 0.5 * gap / encoding.alpha
    if not delta < 1.0 - abs(middle):
        raise ProblemError(
            f"gap is {gap!r}; allowed: below {2 * (1.0 - abs(middle)) * encoding.alpha:.6g}, the width of the "
            "spectrum's bounds around the threshold"
        )
    prepared = checked_state(state, encoding)
    run = transform(encoding, step_parts(middle, delta, 1.5 * epsilon, side), prepared, epsilon)
    rows = encoding.shape[0] or 2**encoding.num_system
    exact = readout == "statevector"
    seed_used, device, interval, vector = None, "Aer, state vector", None, None
    if exact:
        amplitudes = run.amplitudes()
        squares = np.abs(amplitudes[:rows]) ** 2
        success = float(np.vdot(amplitudes, amplitudes).real)
        if success * run.scale**2 > run.error**2:
            vector = amplitudes[:rows] / math.sqrt(success)
        shots, bounds = 0, (success, success)
    else:
        shots = _shots(run, overlap, confidence) if shots is None else int(shots)
        seed_used = root_seed(seed)
        counts, record = run.sampled(shots, seed_used, sampler=sampler, backend=backend, pass_manager=pass_manager)
        squares, device = counts[:rows].astype(np.float64), record.device
        hits = int(np.sum(counts))
        success = hits / shots
        interval = success_interval(hits, shots, confidence)
        bounds = (interval.low, interval.high)
    weights = _weights(run, bounds)
    exists, statement = _answer(run, bounds, weights[1], overlap, side, threshold, gap, interval)
    total = float(np.sum(squares))
    return FilteredState(
        threshold=float(threshold),
        gap=float(gap),
        side=side,
        exists=exists,
        statement=statement,
        state=vector,
        probabilities=squares / total if total else squares,
        success_probability=success,
        success_interval=interval,
        weight=min(1.0, success * run.scale**2),
        weight_low=weights[0],
        weight_high=weights[1],
        overlap=float(overlap),
        confidence=float(confidence),
        error=run.error,
        epsilon=epsilon,
        scale=run.scale,
        queries=run.queries,
        controlled_queries=run.controlled_queries,
        encoding_record=EncodingRecord.of(encoding),
        qubits=int(run.circuit.num_qubits),
        built=BuiltCircuits(encoding, run.circuit),
        readout=readout,
        emulated=exact,
        shots=shots,
        seed=seed_used,
        device=device,
        versions=versions(),
    )


def _weights(run: Transform, success: tuple[float, float]) -> tuple[float, float]:
    """Bounds on the squared norm of the projection: its norm differs from that of the filtered state by the error."""
    low, high = (run.scale * math.sqrt(probability) for probability in success)
    return max(0.0, low - run.error) ** 2, min(1.0, (high + run.error) ** 2)


def _answer(
    run: Transform,
    success: tuple[float, float],
    heaviest: float,
    overlap: float,
    side: str,
    threshold: float,
    gap: float,
    interval: Interval | None,
) -> tuple[bool | None, str]:
    """Say what the success probability, or its interval, proves."""
    sure = "exactly simulated" if interval is None else f"confidence {interval.level:.0%}"
    edge = threshold + 0.5 * gap if side == "below" else threshold - 0.5 * gap
    inner = threshold - 0.5 * gap if side == "below" else threshold + 0.5 * gap
    if run.scale * math.sqrt(success[0]) > run.error:
        return True, f"there is an eigenvalue {side} {edge:.6g} ({sure})"
    if heaviest < overlap:
        return False, f"no eigenvalues {side} {inner:.6g} with weight {overlap:g} of the state ({sure})"
    return None, f"undecided at weight {overlap:g}; more shots, or a smaller epsilon ({sure})"


def _shots(run: Transform, overlap: float, confidence: float) -> int:
    least = ((math.sqrt(overlap) - run.error) / run.scale) ** 2
    return math.ceil(4.0 * math.log(2.0 / (1.0 - confidence)) / -math.log1p(-min(least, 0.999)))


def _check(
    side: str, gap: float, overlap: float, readout: str, shots: int | None, confidence: float, epsilon: float
) -> None:
    if side not in ("below", "above"):
        raise ProblemError(f"side is {side!r}; allowed: 'below' or 'above'")
    if not checked_number(gap, "gap") > 0.0:
        raise ProblemError(f"gap is {gap!r}; allowed: positive; the step needs a window around the threshold")
    if not 0.0 < checked_number(overlap, "overlap") <= 1.0:
        raise ProblemError(f"overlap is {overlap!r}; allowed: above 0, at most 1")
    if not 2.0 * epsilon < math.sqrt(overlap):
        raise ProblemError(
            f"epsilon={epsilon!r} hides an overlap of {overlap!r}; allowed: below {0.5 * math.sqrt(overlap):.3g}"
        )
    if readout not in ("statevector", "shots"):
        raise ProblemError(f"readout is {readout!r}; allowed: 'statevector' or 'shots'")
    if shots is not None and (isinstance(shots, bool) or not isinstance(shots, (int, np.integer)) or shots < 1):
        raise ProblemError(f"shots is {shots!r}; allowed: a positive integer, or None")
    if not 0.0 < checked_number(confidence, "confidence") < 1.0:
        raise ProblemError(f"confidence is {confidence!r}; allowed: between 0 and 1")
