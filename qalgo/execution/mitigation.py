"""Error mitigation, composable: zero-noise extrapolation and readout correction, all in one submission."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from qalgo.errors import ProblemError
from qalgo.execution import folding, readout

if TYPE_CHECKING:
    from qiskit import QuantumCircuit


__all__ = ["Calibration", "MitigationPlan", "Readout", "ZeroNoise", "mitigations", "plan"]

_DEGREES = {"linear": 1, "quadratic": 2}
EXTRAPOLATIONS = (*_DEGREES, "richardson", "exponential")
FOLDED_GATES = ("two-qubit", "all")
READOUT_METHODS = ("auto", "full", "tensored", "mthree")
FULL_UP_TO = 3
TENSORED_UP_TO = 10
LARGEST_FULL = 6
LARGEST_TENSORED = 14


@dataclass(frozen=True, slots=True)
class ZeroNoise:
    """Zero-noise extrapolation: gates folded, probabilities extrapolated (1905.02666, section 5).

    Every circuit runs once per entry of ``folds``, each time with all its shots. The polynomials are unbiased to their
    order and cost a known factor of variance (5.2 by default), but noise decays exponentially: on deep circuits they
    stay biased, and "exponential", which follows the decay towards the uniform distribution, is closer.
    """

    folds: tuple[int, ...] = (1, 3, 5)
    """Odd numbers of gates in place of each; the first is 1."""
    extrapolation: str = "quadratic"
    """In the number of folds: least-squares "linear" or "quadratic", "richardson" (polynomial through all points), or
    "exponential" (one decay rate for the whole distribution; at most 14 measured bits)."""
    gates: str = "two-qubit"
    """What is folded: "two-qubit" gates, as in the paper, or "all" (single-qubit gates too, but not rotations about Z,
    which cost nothing)."""

    def __post_init__(self) -> None:
        if not isinstance(self.folds, (tuple, list)):
            raise ProblemError(f"folds is {self.folds!r}; allowed: ascending odd integers that begin with 1: (1, 3, 5)")
        odd = all(isinstance(fold, int) and fold % 2 == 1 and fold > 0 for fold in self.folds)
        if not odd or len(self.folds) < 2 or self.folds[0] != 1 or sorted(set(self.folds)) != list(self.folds):
            raise ProblemError(f"folds is {self.folds!r}; allowed: ascending odd integers that begin with 1: (1, 3, 5)")
        if self.extrapolation not in EXTRAPOLATIONS:
            raise ProblemError(f"extrapolation is {self.extrapolation!r}; allowed: {', '.join(EXTRAPOLATIONS)}")
        if self.gates not in FOLDED_GATES:
            raise ProblemError(f"gates is {self.gates!r}; allowed: {', '.join(FOLDED_GATES)}")
        if self.extrapolation != "exponential" and self.degree >= len(self.folds):
            raise ProblemError(
                f"{self.extrapolation} extrapolation needs {self.degree + 1} folds, given are {len(self.folds)}"
            )

    @property
    def degree(self) -> int:
        """Of the polynomial."""
        return _DEGREES.get(self.extrapolation, len(self.folds) - 1)

    @property
    def weights(self) -> tuple[float, ...]:
        """Of the folds in a polynomial extrapolation: 15/8, -10/8 and 3/8 by default."""
        return folding.extrapolation_weights(self.folds, self.degree)

    @property
    def label(self) -> str:
        """For the record."""
        of_all = " of all gates" if self.gates == "all" else ""
        return f"zne {','.join(map(str, self.folds))}{of_all} {self.extrapolation}"


@dataclass(frozen=True, slots=True)
class Readout:
    """Readout correction on the measured qubits, by calibration circuits of the same submission."""

    method: str = "auto"
    """"full": all 2^m states, any correlation, m <= 6; "tensored": two states, independent errors, m <= 14; "mthree":
    two states, solved by mthree on the observed outcomes, any m; "auto": full to 3 bits, tensored to 10, then mthree.
    Preparing a 1 takes a gate: its error is counted as readout error."""
    shots: int | None = None
    """Per calibration circuit; default: as many as the circuit with most shots."""

    def __post_init__(self) -> None:
        if self.method not in READOUT_METHODS:
            raise ProblemError(f"readout method is {self.method!r}; allowed: {', '.join(READOUT_METHODS)}")
        if self.shots is not None and self.shots < 1:
            raise ProblemError(f"calibration shots is {self.shots!r}; allowed: a positive integer, or None")

    def method_for(self, width: int) -> Literal["full", "tensored", "mthree"]:
        """Return the method for a number of measured bits.

        Raises:
            ProblemError: a method that was asked for cannot do that many.
        """
        if self.method == "auto":
            return "full" if width <= FULL_UP_TO else "tensored" if width <= TENSORED_UP_TO else "mthree"
        limit = {"full": LARGEST_FULL, "tensored": LARGEST_TENSORED}.get(self.method)
        if limit is not None and width > limit:
            raise ProblemError(
                f"readout method {self.method!r} with {width} measured bits; allowed: up to {limit}, or 'mthree'"
            )
        return "full" if self.method == "full" else "tensored" if self.method == "tensored" else "mthree"


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Which calibration circuits belong to a circuit: their places in the submission."""

    method: Literal["full", "tensored", "mthree"]
    places: tuple[int, ...]
    """All 2^m states, or all-zero and all-one."""
    bits: tuple[int, ...]
    """Bit i of the measured bits, in order, is this bit of the calibration's outcome."""


@dataclass(frozen=True, slots=True, eq=False)
class MitigationPlan:
    """Everything that goes into one submission.

    The circuits as they are come first, so that their seeds, and with them their counts, are those of a run without
    mitigation.
    """

    circuits: tuple[QuantumCircuit, ...]
    shots: tuple[int, ...]
    number: int
    """How many circuits were asked for."""
    zero_noise: ZeroNoise | None
    levels: tuple[tuple[int, ...], ...]
    """Per circuit asked for: places of its folded versions, by ascending fold."""
    calibrations: tuple[Calibration, ...]
    """Per circuit asked for; empty without readout correction."""
    calibration_circuits: int

    @property
    def exponential(self) -> bool:
        """Whether extrapolation follows a decay instead of a polynomial."""
        return self.zero_noise is not None and self.zero_noise.extrapolation == "exponential"

    @property
    def weights(self) -> tuple[float, ...]:
        """Of the levels in a polynomial."""
        return (1.0,) if self.zero_noise is None else self.zero_noise.weights


def mitigations(given: object) -> tuple[ZeroNoise | None, Readout | None]:
    """Read the argument ``mitigation`` of run(): None, a name, names joined by "+", options, or several of them.

    Raises:
        ProblemError: an unknown name, or one kind twice.
    """
    if given is None:
        return None, None
    if isinstance(given, str):
        parts: list[object] = [part.strip() for part in given.split("+")]
    elif isinstance(given, Iterable):
        parts = list(given)
    else:
        parts = [given]
    known: dict[object, object] = {"zne": ZeroNoise(), "readout": Readout()}
    options = [known.get(part, part) if isinstance(part, str) else part for part in parts]
    zero = [option for option in options if isinstance(option, ZeroNoise)]
    read = [option for option in options if isinstance(option, Readout)]
    if not options or len(zero) > 1 or len(read) > 1 or len(zero) + len(read) != len(options):
        raise ProblemError(
            f"mitigation is {given!r}; allowed: None, 'zne', 'readout', 'zne+readout', or options such as "
            "(qalgo.ZeroNoise(folds=(1, 3, 5)), qalgo.Readout(method='tensored')), each kind once"
        )
    return (zero[0] if zero else None), (read[0] if read else None)


def plan(
    circuits: Sequence[QuantumCircuit],
    shots: Sequence[int],
    zero_noise: ZeroNoise | None,
    correction: Readout | None,
    flip: Sequence[str],
) -> MitigationPlan:
    """Lay out the submission for translated circuits.

    Raises:
        ProblemError: a circuit that cannot be folded or calibrated.
    """
    everything, numbers = list(circuits), list(shots)
    of_all = zero_noise is not None and zero_noise.gates == "all"
    if zero_noise is not None and zero_noise.extrapolation == "exponential":
        _check_exponential(circuits, correction)
    levels: list[tuple[int, ...]] = []
    for index, circuit in enumerate(circuits):
        places = [index]
        for factor in () if zero_noise is None else zero_noise.folds[1:]:
            places.append(len(everything))
            everything.append(folding.folded(circuit, factor, all_gates=of_all))
            numbers.append(shots[index])
        levels.append(tuple(places))
    before = len(everything)
    calibrations = () if correction is None else _calibrations(circuits, correction, flip, everything)
    numbers.extend(
        [max(shots) if correction is None or correction.shots is None else correction.shots] * len(everything[before:])
    )
    return MitigationPlan(
        tuple(everything),
        tuple(numbers),
        len(circuits),
        zero_noise,
        tuple(levels),
        calibrations,
        len(everything) - before,
    )


def _check_exponential(circuits: Sequence[QuantumCircuit], correction: Readout | None) -> None:
    for circuit in circuits:
        width = len(readout.final_measurements(circuit))
        method = None if correction is None else correction.method_for(width)
        if width > LARGEST_TENSORED or method == "mthree":
            raise ProblemError(
                f"exponential extrapolation of {width} measured bits{' with mthree' if method == 'mthree' else ''}; "
                f"allowed: up to {LARGEST_TENSORED} bits, with qalgo.Readout('full') or ('tensored'); or quadratic"
            )


def _calibrations(
    circuits: Sequence[QuantumCircuit], correction: Readout, flip: Sequence[str], everything: list[QuantumCircuit]
) -> tuple[Calibration, ...]:
    """Append the calibration circuits to ``everything``: shared by circuits that measure the same qubits."""
    measured = [tuple(readout.final_measurements(circuit).values()) for circuit in circuits]
    methods = [correction.method_for(len(qubits)) for qubits in measured]
    width = max(circuit.num_qubits for circuit in circuits)
    pairs = sorted(
        {qubit for qubits, method in zip(measured, methods, strict=True) if method != "full" for qubit in qubits}
    )
    pair_places: tuple[int, ...] = ()
    if pairs:
        pair_places = (len(everything), len(everything) + 1)
        both = (0, 2 ** len(pairs) - 1)
        everything.extend(readout.calibration_circuit(width, pairs, state, flip) for state in both)
    full_places: dict[tuple[int, ...], tuple[int, ...]] = {}
    found = []
    for qubits, method in zip(measured, methods, strict=True):
        if method != "full":
            found.append(Calibration(method, pair_places, tuple(pairs.index(qubit) for qubit in qubits)))
            continue
        if qubits not in full_places:
            start = len(everything)
            states = range(2 ** len(qubits))
            everything.extend(readout.calibration_circuit(width, qubits, state, flip) for state in states)
            full_places[qubits] = tuple(range(start, len(everything)))
        found.append(Calibration(method, full_places[qubits], tuple(range(len(qubits)))))
    return tuple(found)
