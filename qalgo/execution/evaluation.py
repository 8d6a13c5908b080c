"""From the counts of a mitigated submission to quasi-probabilities with standard errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from qalgo.errors import ExecutionError
from qalgo.execution import decay, readout
from qalgo.execution.bit_strings import bit_string, compressed, expanded, places_of
from qalgo.run_record import Mitigated

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from qalgo.execution.mitigation import Calibration, MitigationPlan
    from qalgo.execution.samplers import Counts

__all__ = ["evaluate", "variance_factors"]

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
COVARIANCE_UP_TO = 6
"""Measured bits up to which the covariance of all outcomes is kept."""


def evaluate(plan: MitigationPlan, found: Sequence[Counts], seed: int) -> tuple[Mitigated, ...]:
    """Return the mitigated distribution of every circuit that was asked for; ``seed`` is for resampled errors only."""
    results = []
    for index, places in enumerate(plan.levels):
        levels = [found[place] for place in places]
        circuit = plan.circuits[index]
        calibration = plan.calibrations[index] if plan.calibrations else None
        if plan.exponential:
            results.append(_decayed(plan, circuit, levels, calibration, found, (seed, index)))
        elif calibration is None:
            results.append(_extrapolated(plan, circuit, levels))
        elif calibration.method == "mthree":
            results.append(_through_mthree(plan, circuit, levels, calibration, found))
        else:
            results.append(_corrected(plan, circuit, levels, calibration, found))
    return tuple(results)


def variance_factors(
    plan: MitigationPlan, found: Sequence[Counts], mitigated: Sequence[Mitigated]
) -> tuple[tuple[str, float], ...]:
    """Return name and factor of each mitigation, for the circuit where it is largest.

    An exponential has no fixed weights: its factor, readout correction included, is measured: variances of all
    outcomes together, after and before.
    """
    if plan.exponential:
        ratios = []
        for one, counts in zip(mitigated, found, strict=False):
            shares = np.array(list(counts.values())) / _total(counts)
            before = float(np.sum(shares * (1 - shares))) / _total(counts)
            ratios.append(sum(error**2 for error in one.standard_errors.values()) / before if before else 1.0)
        return ((f"measured, {' + '.join(mitigated[0].methods)}", max(ratios)),)
    factors = []
    if plan.zero_noise is not None:
        factors.append(("zne", sum(weight**2 for weight in plan.weights)))
    if plan.calibrations:
        overheads = [_confusion(calibration, found).overhead for calibration in plan.calibrations]
        factors.append(("readout", max(overheads)))
    return tuple(factors)


def _decayed(
    plan: MitigationPlan,
    circuit: QuantumCircuit,
    levels: Sequence[Counts],
    calibration: Calibration | None,
    found: Sequence[Counts],
    stream_of: tuple[int, int],
) -> Mitigated:
    """Along an exponential, with errors by resampling everything that was measured."""
    positions = _measured_positions(circuit)
    width = len(positions)
    folds = () if plan.zero_noise is None else plan.zero_noise.folds

    def estimate(counted: Sequence[Counts]) -> Vector:
        measured = counted[: len(levels)]
        laws = [_frequencies(compressed(counts, positions), range(2**width)) for counts in measured]
        if calibration is None:
            noise = float(np.sum(laws[0] * (1 - laws[0]))) / _total(measured[0])
        else:
            confusion = _confusion_from(calibration, counted[len(levels) :])
            noise = float(np.sum(confusion.sampling_variances(laws[0]))) / _total(measured[0])
            laws = [confusion.correct(law) for law in laws]
        return decay.undecayed(laws, folds, noise)

    calibrated = [] if calibration is None else [found[place] for place in calibration.places]
    everything = [*levels, *calibrated]
    quasi = estimate(everything)
    replicates = decay.redrawn(everything, estimate, *stream_of)
    spread = replicates - replicates.mean(axis=0)
    variances = (spread**2).sum(axis=0) / (len(spread) - 1)
    covariance = spread.T @ spread / (len(spread) - 1) if width <= COVARIANCE_UP_TO else None
    outcomes = [expanded(value, positions) for value in range(2**width)]
    bound = float(np.sum(np.sqrt(variances)))
    method = "" if calibration is None else calibration.method
    return _mitigated(plan, circuit, outcomes, quasi, variances, covariance, bound, method)


def _extrapolated(plan: MitigationPlan, circuit: QuantumCircuit, levels: Sequence[Counts]) -> Mitigated:
    """Without readout correction: over the outcomes that came out at some level."""
    outcomes = sorted({value for counts in levels for value in counts})
    laws = [_frequencies(counts, outcomes) for counts in levels]
    quasi = np.sum([weight * law for weight, law in zip(plan.weights, laws, strict=True)], axis=0)
    terms = list(zip(plan.weights, laws, levels, strict=True))
    variances = sum(
        (weight**2 * law * (1 - law) / _total(counts) for weight, law, counts in terms), np.zeros(len(quasi))
    )
    covariance = None
    if len(outcomes) <= 2**COVARIANCE_UP_TO:
        covariance = np.sum([w**2 * _multinomial(law) / _total(counts) for w, law, counts in terms], axis=0)
    bound = float(np.sqrt(sum(weight**2 / _total(counts) for weight, _, counts in terms)))
    return _mitigated(plan, circuit, outcomes, quasi, variances, covariance, bound, "")


def _corrected(
    plan: MitigationPlan,
    circuit: QuantumCircuit,
    levels: Sequence[Counts],
    calibration: Calibration,
    found: Sequence[Counts],
) -> Mitigated:
    """With a confusion matrix over all outcomes of the measured bits."""
    positions = _measured_positions(circuit)
    width = len(positions)
    confusion = _confusion(calibration, found)
    laws = [_frequencies(compressed(counts, positions), range(2**width)) for counts in levels]
    quasi = np.sum([w * confusion.correct(law) for w, law in zip(plan.weights, laws, strict=True)], axis=0)
    terms = list(zip(plan.weights, laws, levels, strict=True))
    variances = confusion.calibration_variances(quasi)
    for weight, law, counts in terms:
        variances = variances + weight**2 * confusion.sampling_variances(law) / _total(counts)
    covariance = None
    sampling = confusion.overhead * sum(weight**2 / _total(counts) for weight, _, counts in terms)
    bound = float(np.sqrt(sampling) + np.sum(np.sqrt(np.maximum(0.0, confusion.calibration_variances(quasi)))))
    if width <= COVARIANCE_UP_TO:
        inverse = confusion.dense_inverse()
        covariance = confusion.calibration_covariance(quasi)
        for weight, law, counts in terms:
            covariance = covariance + weight**2 * inverse @ _multinomial(law) @ inverse.T / _total(counts)
    outcomes = [expanded(value, positions) for value in range(2**width)]
    return _mitigated(plan, circuit, outcomes, quasi, variances, covariance, bound, calibration.method)


def _through_mthree(
    plan: MitigationPlan,
    circuit: QuantumCircuit,
    levels: Sequence[Counts],
    calibration: Calibration,
    found: Sequence[Counts],
) -> Mitigated:
    """Over the observed outcomes only; errors are mthree's bound, the same for every outcome."""
    try:
        import mthree
    except ImportError as error:
        raise ExecutionError(
            "readout method 'mthree' needs the package mthree: pip install mthree; or use qalgo.Readout('tensored') "
            "with at most 14 measured bits"
        ) from error
    positions = _measured_positions(circuit)
    width = len(positions)
    confusion = _tensored(calibration, found)
    solver = mthree.M3Mitigation(None)
    solver.cals_from_matrices([np.asarray(matrix) for matrix in confusion.matrices])
    quasi: dict[int, float] = {}
    variance = 0.0
    for weight, counts in zip(plan.weights, levels, strict=True):
        strings = {format(value, f"0{width}b"): count for value, count in compressed(counts, positions).items()}
        solved = solver.apply_correction(strings, list(range(width)), return_mitigation_overhead=True)
        variance += weight**2 * float(solved.mitigation_overhead) / _total(counts)
        for bits, value in solved.items():
            quasi[int(bits, 2)] = quasi.get(int(bits, 2), 0.0) + weight * float(value)
    observed = sorted(quasi)
    values = np.array([quasi[value] for value in observed])
    outcomes = [expanded(value, positions) for value in observed]
    variances = np.full(len(observed), variance)
    return _mitigated(plan, circuit, outcomes, values, variances, None, float(np.sqrt(variance)), "mthree")


def _mitigated(
    plan: MitigationPlan,
    circuit: QuantumCircuit,
    outcomes: Sequence[int],
    quasi: Vector,
    variances: Vector,
    covariance: Matrix | None,
    bound: float,
    method: str,
) -> Mitigated:
    sizes = [register.size for register in circuit.cregs]
    words = [bit_string(value, sizes) for value in outcomes]
    errors = np.sqrt(np.maximum(0.0, variances))
    labels = [] if plan.zero_noise is None else [plan.zero_noise.label]
    return Mitigated(
        methods=(*labels, *([f"readout {method}"] if method else [])),
        quasi=dict(zip(words, (float(value) for value in quasi), strict=True)),
        standard_errors=dict(zip(words, (float(error) for error in errors), strict=True)),
        largest_error=bound,
        covariance=None if covariance is None else tuple(tuple(float(entry) for entry in row) for row in covariance),
    )


def _confusion(calibration: Calibration, found: Sequence[Counts]) -> readout.Confusion:
    return _confusion_from(calibration, [found[place] for place in calibration.places])


def _confusion_from(calibration: Calibration, counted: Sequence[Counts]) -> readout.Confusion:
    if calibration.method == "full":
        return readout.confusion_of(counted, len(calibration.bits))
    return readout.tensored_of(counted[0], counted[1], calibration.bits)


def _tensored(calibration: Calibration, found: Sequence[Counts]) -> readout.TensoredConfusion:
    zeros, ones = (found[place] for place in calibration.places)
    return readout.tensored_of(zeros, ones, calibration.bits)


def _measured_positions(circuit: QuantumCircuit) -> list[int]:
    places = places_of(circuit)
    return [places[bit] for bit in readout.final_measurements(circuit)]


def _frequencies(counts: Counts, outcomes: Sequence[int] | range) -> Vector:
    total = _total(counts)
    return np.array([counts.get(value, 0) / total for value in outcomes])


def _multinomial(law: Vector) -> Matrix:
    return np.asarray(np.diag(law) - np.outer(law, law), dtype=np.float64)


def _total(counts: Counts) -> int:
    return sum(counts.values())
