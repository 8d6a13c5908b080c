r"""How many uses of A amplitude estimation needs under depolarising noise: the optimum of the Fisher information.

One shot of Q^k A is good with :math:`p = f + v(\sin^2 K\theta - f)`, :math:`v = e^{-\gamma K}`, K = 2k+1
(:mod:`qalgo.amplitude_estimation.noise`), so that with :math:`\varphi = 2K\theta` its Fisher information on theta is

.. math:: I_K(\theta) = \frac{(dp/d\theta)^2}{p(1-p)} = \frac{4K^2v^2\sin^2\varphi}{1 - v^2\cos^2\varphi}
          \qquad (f = \tfrac12).

1. *Averaged over the phase*, as for a schedule that does not know theta: the mean of the fraction over phi is
   :math:`1-\sqrt{1-v^2}`. Per use of A that is :math:`4K(1-\sqrt{1-e^{-2\gamma K}})`, largest at
   :math:`\gamma K = 0.43`: :math:`0.414/\gamma`.
2. *At the best phase*, as for a schedule that knows theta and finds a K with :math:`\cos\varphi = 0`:
   :math:`4Ke^{-2\gamma K}`, largest at :math:`\gamma K = 1/2`: :math:`2/(e\gamma) = 0.736/\gamma`. No schedule of
   shots of Q^k A gathers more per use of A. Shots of A^dagger Q^k A, which read all qubits, may: a lost state shows as
   "not returned", so that up to :math:`4Ke^{-\gamma K}` per use is had for many qubits, :math:`4/(e\gamma)` at best.

On a, dividing by :math:`(da/d\theta)^2 = 4a(1-a)`, an efficient estimator has half-width epsilon after

.. math:: N = \frac{z^2}{\epsilon^2\,\max_K I_K(a)/K}

uses of A (Cramer-Rao; z the normal quantile). This counts every shot at the best K, also the first ones, when theta is
not yet known to within a fringe of that K: where it falls below the cost without noise it is out of anybody's reach.
3. *Resolved*: the same with K limited, at every stage of the run, to :math:`c\sqrt{I}`, I being the information
   gathered so far:

.. math:: N = \int_1^{z^2/\epsilon_\theta^2} \frac{dI}{\max_{K\le c\sqrt I} I_K/K},\qquad
          \epsilon_\theta = \frac{\epsilon}{2\sqrt{a(1-a)}}.

   c is set such that without noise this is the level of one coherent phase estimation
   (:func:`qalgo.amplitude_estimation.bounds.coherent_queries`): 2.56/epsilon at a = 1/2 and 95 %. A yardstick, not a
   theorem; it tends to 1. for small epsilon.

Source: 1 and 2 follow from the likelihood of arXiv:2006.16223; the sums and the resolved level are ours.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from qalgo.amplitude_estimation.angle_grid import FloatArray
from qalgo.amplitude_estimation.bounds import coherent_queries
from qalgo.amplitude_estimation.estimator import check_accuracy
from qalgo.errors import ProblemError

__all__ = ["depolarised_queries", "shot_information"]

PHASES = ("averaged", "best")
STEPS = 2000
MOST_MULTIPLES = 100_000
DEEPEST = 6.0
"""Largest K looked at, in units of 1/gamma: the contrast is below 0.3 % there."""


def shot_information(a: float, multiple: int, rate: float) -> float:
    r"""Return the Fisher information on a of one shot with K = ``multiple``.

    Args:
        a: the probability, 0 < a < 1.
        multiple: K = 2k+1.
        rate: depolarising probability per use of A, 0 <= rate < 1; fixed point 1/2.

    Raises:
        ProblemError: an argument out of range.
    """
    _check(a, rate)
    if multiple < 1:
        raise ProblemError(f"multiple is {multiple!r}; allowed: K = 2k+1 >= 1")
    return float(_best(a, np.array([float(multiple)]), -math.log1p(-rate))[0])


def depolarised_queries(
    a: float,
    epsilon: float,
    confidence: float,
    rate: float,
    *,
    phase: str = "averaged",
    resolved: bool = False,
    returns: tuple[float, float] | None = None,
) -> float:
    """Return the uses of A of an efficient estimator that knows the rate: the levels 1 to 3 of the module.

    Args:
        a: the probability, 0 < a < 1.
        epsilon: half-width on a.
        confidence: level of the interval.
        rate: depolarising probability per use of A, 0 <= rate < 1; more than 0 unless ``resolved``.
        phase: "averaged" (level 1), or "best" (level 2, with the odd K that exist at this a).
        returns: c0 and c1 of A^dagger Q^k A (:class:`qalgo.amplitude_estimation.noise.Depolarising`): take the better
            of both kinds of shots; best phase only.
        resolved: limit K by what the data so far resolve (level 3; averaged phase only).

    Raises:
        ProblemError: an argument out of range.
    """
    check_accuracy(epsilon, confidence)
    _check(a, rate)
    if phase not in PHASES:
        raise ProblemError(f"phase is {phase!r}; allowed: {', '.join(PHASES)}")
    if resolved and phase == "best":
        raise ProblemError('resolved=True with phase="best"; allowed: phase="averaged"')
    if returns is not None and phase != "best":
        raise ProblemError('returns is given; allowed: with phase="best" only')
    if rate == 0.0 and not resolved:
        raise ProblemError("rate is 0: Fisher information per use of A has no maximum; allowed: resolved=True")
    decay = -math.log1p(-rate)
    quantile = NormalDist().inv_cdf(0.5 * (1.0 + confidence))
    slope = 2.0 * math.sqrt(a * (1.0 - a))
    wanted = (quantile * slope / epsilon) ** 2
    if resolved:
        return _resolved(wanted, quantile / (2.0 * epsilon * coherent_queries(epsilon, confidence)), decay)
    if phase == "averaged":
        multiples = np.maximum(1.0, np.geomspace(1e-3 / decay, DEEPEST / decay, STEPS))
        return wanted / float(np.max(_averaged(multiples, decay)))
    multiples = _odd_up_to(max(3.0, DEEPEST / decay))
    rates = _best(a, multiples, decay) / multiples
    if returns is not None:
        rates = np.maximum(rates, _returned(a, multiples - 1.0, decay, *returns) / (multiples + 1.0))
    return (quantile / epsilon) ** 2 / float(np.max(rates))


def _odd_up_to(deepest: float) -> FloatArray:
    """All odd K, or a hundred thousand of them spread evenly in log K where there are more."""
    if deepest < 2 * MOST_MULTIPLES:
        return np.arange(1.0, deepest, 2.0)
    return 2.0 * np.floor(0.5 * np.geomspace(1.0, deepest, MOST_MULTIPLES)) + 1.0


def _best(a: float, multiples: FloatArray, decay: float) -> FloatArray:
    """Fisher information on a of one shot at each K."""
    turned = 2.0 * multiples * math.atan2(math.sqrt(a), math.sqrt(1.0 - a))
    visible = np.exp(-decay * multiples)
    if decay == 0.0:
        return np.asarray(multiples**2 / (a * (1.0 - a)), dtype=np.float64)
    information = (multiples * visible * np.sin(turned)) ** 2 / (1.0 - (visible * np.cos(turned)) ** 2)
    return np.asarray(information / (a * (1.0 - a)), dtype=np.float64)


def _returned(a: float, fringes: FloatArray, decay: float, nothing: float, intact: float) -> FloatArray:
    """Fisher information on a of one shot of A^dagger Q^k A at each 2k, made of 2k + 2 uses of A."""
    turned = fringes * math.atan2(math.sqrt(a), math.sqrt(1.0 - a))
    visible = np.exp(-decay * (fringes + 2.0))
    law = nothing + visible * (intact * np.cos(turned) ** 2 - nothing)
    slope = visible * intact * fringes * np.sin(2.0 * turned)
    return np.asarray(slope**2 / np.maximum(law * (1.0 - law), 1e-300) / (4.0 * a * (1.0 - a)), dtype=np.float64)


def _averaged(multiples: FloatArray, decay: float) -> FloatArray:
    """Fisher information on theta per use of A, averaged over the phase."""
    lost = -np.expm1(-2.0 * decay * multiples)
    return np.asarray(4.0 * multiples * (1.0 - np.sqrt(lost)), dtype=np.float64)


def _resolved(wanted: float, per_deviation: float, decay: float) -> float:
    """Integrate dI / max over K <= c sqrt(I) of the information per use of A; one use of A gives I = 1 at least."""
    gathered = np.geomspace(1.0, max(wanted, 1.0), STEPS)
    deepest = np.maximum(1.0, per_deviation * np.sqrt(gathered))
    rates = np.maximum.accumulate(_averaged(deepest, decay))
    return float(np.trapezoid(1.0 / rates, gathered))


def _check(a: float, rate: float) -> None:
    if not 0.0 < a < 1.0 or not 0.0 <= rate < 1.0:
        raise ProblemError(f"a={a!r}, rate={rate!r}; allowed: 0 < a < 1 and 0 <= rate < 1")
