r"""fixed_point_search: find a good state when only a lower bound on their weight is known, and never overshoot."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from circuits.validation import check_count, checked_number
from qalgo.amplitude_estimation.problem import EstimationProblem
from qalgo.errors import ProblemError
from qalgo.qsvt.bounded_sign import bounded_sign
from qalgo.qsvt.search_result import SearchResult
from qalgo.resources import QueryCount
from qalgo.results import Interval
from qalgo.seeds import root_seed

if TYPE_CHECKING:
    from qiskit import QuantumCircuit
    from qiskit.primitives import BaseSamplerV2
    from qiskit.providers import BackendV2
    from qiskit.transpiler import PassManager

    from qalgo.qsvt.polynomial import Polynomial

__all__ = ["fixed_point_search", "search_polynomial"]

MAX_SEARCH_QUBITS = 12
MAX_DEGREE = 20_001
_CONFIDENCE = 0.95
_WIDEST_GAP = 1 - 1e-9


def fixed_point_search(
    problem: EstimationProblem | Sequence[int],
    *,
    size: int | None = None,
    lower_bound: float | None = None,
    failure_probability: float = 0.01,
    method: str = "yoder-low-chuang",
    shots: int = 1,
    work_qubits: int = 2,
    sampler: BaseSamplerV2 | None = None,
    backend: BackendV2 | None = None,
    pass_manager: PassManager | None = None,
    seed: int | np.random.Generator | None = None,
) -> SearchResult:
    r"""Find a good state of :math:`A|0\rangle`, whose weight :math:`\lambda` is at least ``lower_bound``.

    Methods, with the uses of A (or its inverse) per shot:

    * "yoder-low-chuang" (default): the optimal sequence, :math:`L \approx \ln(2/\delta)/\sqrt{\lambda_0}`, where
      :math:`\delta^2` is the failure probability (1409.3305); holds for every :math:`\lambda \ge \lambda_0`.
    * "sign": singular value transformation by the optimal odd sign polynomial (2105.02859, section III); a real
      polynomial needs up to 1.8 times as many.
    * "grover": amplitude amplification by the Chebyshev polynomial :math:`T_{2k+1}`, i.e. k plain Grover iterates;
      ``lower_bound`` is then taken as the exact weight, and a larger weight overshoots.

    The circuit is executed; each outcome is checked classically.

    Args:
        problem: an ``EstimationProblem`` (A and what is good), or the marked integers of a search among ``size``.
        size: number of items searched, with a list of marked ones only.
        lower_bound: :math:`\lambda_0`; default 1 / size for a list (at least one is marked).
        failure_probability: of one shot, at most, if :math:`\lambda \ge \lambda_0`; in (0, 1).
        method: see above.
        shots: repetitions.
        work_qubits: clean qubits; two make wide reflections linear in the number of qubits.
        sampler: any ``BaseSamplerV2``; default Aer.
        backend: a ``BackendV2`` instead of a sampler.
        pass_manager: see :func:`qalgo.run`.
        seed: fixes transpilation and sampling.

    Returns:
        What was found, how often, at which number of queries, with what was guaranteed.

    Raises:
        ProblemError: an argument out of range, nothing marked, or a sequence of more than 20 001 uses of A.
        ExecutionError: as :func:`qalgo.run`.
    """
    subject, bound = _subject(problem, size, lower_bound)
    _check(bound, failure_probability, method, shots)
    check_count(work_qubits, "work_qubits", 0)
    if work_qubits > MAX_SEARCH_QUBITS:
        raise ProblemError(f"work_qubits is {work_qubits}; allowed: at most {MAX_SEARCH_QUBITS}; two are enough")
    root = root_seed(seed)
    circuit, length, guaranteed = _BUILDERS[method](subject, bound, failure_probability, work_qubits)
    num_objective = len(subject.objective_qubits)
    from qalgo.execution import run

    done = run(
        _measured(circuit, subject),
        backend=backend,
        sampler=sampler,
        pass_manager=pass_manager,
        shots=shots,
        seed=root,
    )
    hits = _hits(done.counts[0], num_objective, set(subject.good_states))
    return SearchResult(
        found=max(hits, key=lambda value: (hits[value], -value)) if hits else None,
        hits=tuple(sorted(hits.items())),
        shots=done.shots[0],
        success=_success(sum(hits.values()), done.shots[0]),
        guaranteed_success=guaranteed,
        lower_bound=bound,
        method=method,
        length=length,
        queries=QueryCount(length * done.shots[0], (length - 1) // 2 * done.shots[0], done.shots[0], 1, 1),
        run=done,
        built=circuit,
    )


def search_polynomial(lower_bound: float, failure_probability: float) -> Polynomial:
    r"""Return the shortest odd sign polynomial with :math:`P(x)^2 \ge 1 - p` for :math:`x \ge \sqrt{\lambda_0}`.

    Raises:
        ProblemError: a degree above 20 001.
    """
    # A 64th of the failure keeps |P| away from 1, where phases are hard to find; the error of S takes the rest.
    # A weight of 1 needs no gap; the sign needs one below 1.
    polynomial = bounded_sign(
        min(math.sqrt(lower_bound), _WIDEST_GAP), math.sqrt(1 - failure_probability), failure_probability / 64
    )
    if polynomial.degree > MAX_DEGREE:
        raise _too_long(polynomial.degree)
    return polynomial


Built = tuple["QuantumCircuit", int, float]


def _fixed_point(problem: EstimationProblem, bound: float, failure: float, work: int) -> Built:
    from circuits.fixed_point import fixed_point_amplified, fixed_point_length, fixed_point_success

    length = fixed_point_length(bound, failure)
    if length > MAX_DEGREE:
        raise _too_long(length)
    circuit = fixed_point_amplified(
        problem.state_preparation,
        problem.objective_qubits,
        length,
        failure,
        good_states=problem.good_states,
        work_qubits=work,
    )
    return circuit, length, min(1 - failure, fixed_point_success(bound, length, failure))


def _sign(problem: EstimationProblem, bound: float, failure: float, work: int) -> Built:
    from qalgo.qsvt.phase_finding import phases

    polynomial = search_polynomial(bound, failure)
    found = phases(polynomial, tolerance=max(1e-12, failure / 100))
    guaranteed = max(0.0, (1 - polynomial.error) / polynomial.scale - found.error) ** 2
    return _transformed(problem, found, work), polynomial.degree, guaranteed


def _grover(problem: EstimationProblem, bound: float, failure: float, work: int) -> Built:
    from circuits.reflection import amplified, grover_operator

    angle = math.asin(math.sqrt(bound))
    power = max(0, round(math.pi / (4 * angle) - 0.5))
    if 2 * power + 1 > MAX_DEGREE:
        raise _too_long(2 * power + 1)
    iterate = grover_operator(
        problem.state_preparation, problem.objective_qubits, good_states=problem.good_states, work_qubits=work
    )
    circuit = amplified(problem.state_preparation, iterate, power)
    return circuit, 2 * power + 1, math.sin((2 * power + 1) * angle) ** 2


def _transformed(problem: EstimationProblem, found: Any, work: int) -> QuantumCircuit:
    from circuits.fixed_point import polynomial_amplified

    return polynomial_amplified(
        problem.state_preparation,
        problem.objective_qubits,
        found,
        good_states=problem.good_states,
        work_qubits=work,
    )


_BUILDERS: Mapping[str, Callable[[EstimationProblem, float, float, int], Built]] = {
    "yoder-low-chuang": _fixed_point,
    "sign": _sign,
    "grover": _grover,
}


def _subject(
    problem: EstimationProblem | Sequence[int], size: int | None, lower_bound: float | None
) -> tuple[EstimationProblem, float]:
    if isinstance(problem, EstimationProblem):
        if size is not None:
            raise ProblemError("size goes with a list of marked items; an EstimationProblem has its own")
        if lower_bound is None:
            raise ProblemError("lower_bound is missing: the least weight of the good states that is trusted")
        return problem, checked_number(lower_bound, "lower_bound")
    if isinstance(size, bool) or not isinstance(size, int | np.integer) or not 2 <= size <= 2**MAX_SEARCH_QUBITS:
        raise ProblemError(f"size is {size!r}; allowed: an integer from 2 to 2^{MAX_SEARCH_QUBITS}, the items searched")
    marked = _checked_marks(problem)
    if not marked or marked[0] < 0 or marked[-1] >= size:
        raise ProblemError(
            f"{len(marked)} items are marked, from {marked[:1]} to {marked[-1:]}; allowed: at least one, all of "
            f"0..{size - 1}"
        )
    return _list_problem(marked, int(size)), 1 / size if lower_bound is None else checked_number(
        lower_bound, "lower_bound"
    )


def _checked_marks(problem: Any) -> list[int]:
    try:
        values = list(problem)
    except TypeError:
        values = [None]
    if any(isinstance(value, bool) or not isinstance(value, int | np.integer) for value in values):
        raise ProblemError(
            f"problem is a {type(problem).__name__}; allowed: an EstimationProblem, or a list of the marked integers"
        )
    return sorted({int(value) for value in values})


def _list_problem(marked: Sequence[int], size: int) -> EstimationProblem:
    from qiskit import QuantumCircuit, QuantumRegister

    from circuits.states import load_distribution

    width = (size - 1).bit_length()
    circuit = QuantumCircuit(QuantumRegister(width, "state"), name="uniform")
    if size == 2**width:
        circuit.h(range(width))
    else:
        circuit.compose(load_distribution(np.r_[np.full(size, 1 / size), np.zeros(2**width - size)]), inplace=True)
    good = frozenset(marked)
    return EstimationProblem(circuit, range(width), is_good_state=lambda bits: int(bits, 2) in good)


def _measured(circuit: QuantumCircuit, problem: EstimationProblem) -> QuantumCircuit:
    from qiskit import ClassicalRegister

    measured = circuit.copy()
    # In classical bits: the objective first, then the signal where there is one.
    signals = [register for register in circuit.qregs if register.name == "signal"]
    measured.add_register(ClassicalRegister(len(problem.objective_qubits), "objective"))
    measured.measure(list(problem.objective_qubits), range(len(problem.objective_qubits)))
    if signals:
        measured.add_register(ClassicalRegister(1, "accepted"))
        measured.measure(signals[0][0], len(problem.objective_qubits))
    return measured


def _hits(counts: Mapping[str, int], num_objective: int, good: set[int]) -> dict[int, int]:
    hits: dict[int, int] = {}
    for text, count in counts.items():
        word = int(text.replace(" ", ""), 2)
        value, signal = word & (2**num_objective - 1), word >> num_objective
        if signal == 0 and value in good:
            hits[value] = hits.get(value, 0) + count
    return hits


def _success(successes: int, shots: int) -> Interval:
    from scipy.special import betaincinv

    tail = (1 - _CONFIDENCE) / 2
    low = 0.0 if successes == 0 else float(betaincinv(successes, shots - successes + 1, tail))
    high = 1.0 if successes == shots else float(betaincinv(successes + 1, shots - successes, 1 - tail))
    return Interval(low, high, _CONFIDENCE, "confidence")


def _check(bound: float, failure: float, method: str, shots: int) -> None:
    if not isinstance(method, str) or method not in _BUILDERS:
        raise ProblemError(f"method is {method!r}; allowed: {', '.join(map(repr, _BUILDERS))}")
    if not 0 < bound <= 1:
        raise ProblemError(f"lower_bound is {bound!r}; allowed: a probability above 0, at most 1")
    if not 0 < checked_number(failure, "failure_probability") < 1:
        raise ProblemError(f"failure_probability is {failure!r}; allowed: between 0 and 1")
    if isinstance(shots, bool) or not isinstance(shots, int | np.integer) or shots < 1:
        raise ProblemError(f"shots is {shots!r}; allowed: an integer >= 1")


def _too_long(length: int) -> ProblemError:
    return ProblemError(
        f"the sequence has {length:,} uses of A; allowed: at most {MAX_DEGREE:,}. Raise lower_bound or "
        "failure_probability, or repeat with a shorter one"
    )
