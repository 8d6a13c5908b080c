r"""Phases of :func:`circuits.walk_evolution`: exp(-i t cos theta) with steps diag(z, 1/z) only.

The block is :math:`\langle +| D M D^\dagger |+\rangle` with D = diag(1, 1/z) and M = [[A, B], [-B*, A*]]: that is
Re A + i Im(z B). A = e + i alpha and z B = o + beta for real alpha (even powers) and beta (odd powers) with
:math:`\alpha^2 + \beta^2 = 1 - |P|^2`. So g = alpha + i beta has |g|^2 = 1 - |P|^2 and g(-z) = conj g(z), which a
product over the roots rho of the outer factor of 1 - |P|^2 in z^2 solves:
:math:`g \propto z^{-K} \prod (z - r)(z + 1 / \bar r)`, r^2 = rho. The layers are then stripped off M. That loses digits
fast with the degree, so that it is done for small K and where 0.03 is left out of the series. There Newton's method
takes over: to rounding, from one K to the next by extrapolation, then step by step to the t wanted.
"""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

from circuits.two_way_walk import EvolutionPhases
from circuits.validation import checked_number
from qalgo.errors import ConvergenceError, ProblemError
from qalgo.qsvt.complex_nonlinear_fft import stripped_layers
from qalgo.qsvt.evolution_equations import Equations
from qalgo.qsvt.walk_series import LaurentSeries, cut_series, jacobi_anger

__all__ = ["MOST_DEGREE", "evolution_phases"]

ComplexVector = npt.NDArray[np.complex128]
RealVector = npt.NDArray[np.float64]

MOST_DEGREE = 79
"""Largest K for which the start is known to be near enough."""

_START_TAIL = 0.03
_MOST_STRIPPED = 27
_MOST_SOLVES = 60
_SOLVED = 1e-13


def evolution_phases(time: float, epsilon: float) -> EvolutionPhases:
    r"""Return the rotations of :func:`circuits.walk_evolution` for :math:`e^{-i t \cos\theta}`.

    K + 1 walk steps, where :func:`qalgo.qsvt.generalised_phases` of :func:`qalgo.qsvt.walk_exponential` takes 2 K: K is
    the smallest of 3, 7, 11, ... at which the series is within ``epsilon``. For K up to 79 only (t up to about 70),
    and epsilon down to about 1e-8; the first call at a large K takes seconds.

    Args:
        time: t; alpha times the time of the evolution.
        epsilon: largest sup |scale * block - exp(-i t cos theta)|, from 1e-12 to 1e-1.

    Raises:
        ProblemError: t or epsilon outside these ranges, or a K above 79 would be needed.
        ConvergenceError: Newton's method ends above ``epsilon``; use ``generalised_phases``.
    """
    time, epsilon = checked_number(time, "time"), checked_number(epsilon, "epsilon")
    if not 1e-9 <= abs(time) <= 200.0:
        raise ProblemError(f"time is {time!r}; allowed: from 1e-9 to about 70 in modulus; use generalised_phases")
    if not 1e-12 <= epsilon <= 0.1:
        raise ProblemError(f"epsilon is {epsilon!r}; allowed: from 1e-12 to 0.1")
    positive = abs(float(time))
    degree = _degree(positive, epsilon)
    series, unknowns, sign = _solve(degree, positive)
    equations = Equations(degree)
    error = series.error + series.scale * equations.deviation(unknowns, series, sign)
    if not error <= epsilon * (1.0 + 1e-9):
        raise ConvergenceError(
            f"phases have error {error:.3g}, above epsilon {epsilon:.3g}; use generalised_phases with walk_exponential"
        )
    psi, chi = equations.unfolded(unknowns)
    phase = 0.5 * np.pi * (1 if sign > 0 else -1)
    if time < 0:
        # The conjugate block: every product with conjugate phases, and z -> 1/z, which the block does not see.
        chi, phase = -chi, -phase
    return EvolutionPhases(psi, chi, phase, float(time), series.scale, error)


def _degree(time: float, epsilon: float) -> int:
    terms = jacobi_anger(time)
    for degree in range(3, MOST_DEGREE + 1, 4):
        if cut_series(terms, degree, time).error <= epsilon:
            return degree
    raise ProblemError(
        f"time {time:g} to {epsilon:g} needs a degree above {MOST_DEGREE}; allowed: up to that; use "
        "generalised_phases with walk_exponential, or split the evolution"
    )


def _solve(degree: int, time: float) -> tuple[LaurentSeries, RealVector, int]:
    """Return the series, the unknowns and the sign of the equations."""
    equations, sign = Equations(degree), 1
    current, unknowns = _start(degree)
    if time > current:
        # More than the tail of the start is left out: a larger error was asked for.
        current = time
    series = cut_series(jacobi_anger(current), degree, current)
    unknowns, residual = equations.newton(unknowns, series, sign)
    if residual > _SOLVED:
        raise ConvergenceError(
            f"no start for degree {degree} (residual {residual:.2g}); use generalised_phases with walk_exponential"
        )
    step, before = time - current, None
    for _ in range(_MOST_SOLVES):
        if current == time:
            return series, unknowns, sign
        following = current + step if abs(step) < abs(time - current) else time
        guess = unknowns
        if before is not None:
            guess = unknowns + (unknowns - before[1]) * (following - current) / (current - before[0])
        tried = cut_series(jacobi_anger(following), degree, following)
        found, residual = equations.newton(guess, tried, sign)
        if residual <= _SOLVED:
            before = (current, unknowns)
            current, unknowns, series = following, found, tried
            step *= 1.5
        else:
            step /= 2.0
    raise ConvergenceError(
        f"Newton's method stops at t = {current:g} on the way to {time:g} for degree {degree}; use generalised_phases "
        "with walk_exponential"
    )


@functools.lru_cache(maxsize=32)
def _start(degree: int) -> tuple[float, RealVector]:
    """Return a t where the series leaves out about ``_START_TAIL``, and the unknowns there.

    Up to ``_MOST_STRIPPED`` from layer stripping, above by extrapolation from the degrees before: as functions of
    j / K, psi and the differences of chi change slowly with K.
    """
    time = _time_of(degree, _START_TAIL)
    equations, series = Equations(degree), cut_series(jacobi_anger(time), degree, time)
    if degree <= _MOST_STRIPPED:
        guesses = [equations.folded(_stripped(series, degree))]
    else:
        last, middle, first = (_stretched(_start(degree - back)[1], equations.half) for back in (4, 8, 12))
        guesses = [3.0 * (last - middle) + first, 2.0 * last - middle, last]
        guesses.append(_extended(_start(degree - 4)[1], equations.half))
    residual = np.inf
    for guess in guesses:
        found, residual = equations.newton(guess, series, 1)
        if residual <= _SOLVED:
            return time, found
    raise ConvergenceError(
        f"no start for degree {degree} (residual {residual:.2g}); use generalised_phases with walk_exponential"
    )


def _extended(unknowns: RealVector, half: int) -> RealVector:
    """Return unknowns of ``half`` layers that are the same at the ends and go on in the middle as they were there."""
    psi, chi = np.split(unknowns, 2)
    more = half - psi.size
    further = chi[-1] + (chi[-1] - chi[-2]) * np.arange(1, more + 1)
    return np.concatenate([psi, np.full(more, psi[-1]), chi, further])


def _stretched(unknowns: RealVector, half: int) -> RealVector:
    """Return unknowns of ``half`` layers with the same profiles of psi and of the differences of chi over j / K."""
    psi, chi = np.split(unknowns, 2)
    old, new = np.linspace(0.0, 1.0, psi.size), np.linspace(0.0, 1.0, half)
    steps = np.interp(0.5 * (new[1:] + new[:-1]), 0.5 * (old[1:] + old[:-1]), np.diff(chi))
    turned = np.concatenate([[0.0], np.cumsum(steps)])
    return np.concatenate([np.interp(new, old, psi), turned - turned[-1] + chi[-1]])


def _time_of(degree: int, tail: float) -> float:
    """Return the t at which a cut at ``degree`` leaves out about ``tail``."""
    low, high = 0.01, float(degree)
    for _ in range(50):
        middle = 0.5 * (low + high)
        if 2.0 * np.sum(np.abs(jacobi_anger(middle)[degree + 1 :])) > tail:
            high = middle
        else:
            low = middle
    return low


def _stripped(series: LaurentSeries, degree: int) -> ComplexVector:
    """Return the layers F_0 .. F_{K-1} as far as layer stripping in double precision gets them."""
    if series.deficit is None:
        raise ProblemError("series has no deficit; allowed: those of walk_exponential")
    size = 1 << (128 * (degree + 20)).bit_length()
    z = np.exp(2j * np.pi / size * np.arange(size))
    modulus = np.sqrt(series.deficit(size))
    g = z**-degree
    for rho in np.roots(_outer(modulus[: size // 2], degree)[::-1]):
        root = np.sqrt(complex(rho))
        g = g * (z - root) * (z + 1.0 / np.conj(root))
        g /= np.mean(np.abs(g))
    g *= modulus / np.abs(g)
    turn = np.mean(np.roll(g, size // 2) / np.conj(g))
    # K is odd: A takes the odd powers, and P is turned by i, so that g(-z) = -conj g(z).
    g *= 1j * np.conj(np.sqrt(turn / abs(turn)))
    powers = np.arange(-degree, degree + 1)
    # Pad in case the series ends before the degree.
    turned = 1j * np.pad(series.coefficients, degree + series.lowest)
    odd = powers % 2 == 1
    first = np.where(odd, turned + 1j * (np.fft.fft(g.real) / size)[powers], 0.0)
    second = np.where(odd, 0.0, turned + (np.fft.fft(g.imag) / size)[powers])
    q, p = np.conj(first[::-1][::2]), np.append(second[1:], 0.0)[::2]
    phase = np.exp(-1j * np.angle(q[0]))
    return stripped_layers(p * phase, q * phase)[:degree]


def _outer(modulus: RealVector, degree: int) -> RealVector:
    """Return the coefficients in u = z^2 of the outer polynomial with this modulus on half the circle."""
    logarithm = np.log(modulus)
    cepstrum = -1j * np.fft.rfft(logarithm, norm="forward")
    cepstrum[0] = 0.0
    conjugate = np.fft.irfft(cepstrum, len(logarithm), norm="forward")
    return np.asarray(np.fft.fft(np.exp(logarithm + 1j * conjugate), norm="forward")[: degree + 1].real)
