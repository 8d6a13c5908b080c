r"""Windows of phase estimation and the exact law of its read-out.

Phase estimation of Q on A|0> with m evaluation qubits, M = 2^m, loads the window state sum_j w_j |j>, applies Q^j
controlled on |j> and an inverse Fourier transform. Q = -A S0 A^dagger S_chi has the eigenvalues exp(+-2 i theta), and
A|0> is an equal-weight superposition of the two eigenvectors (quant-ph/0005055, section 2). The read-out y therefore
follows, with W(x) = |sum_j w_j exp(2 pi i j x / M)|^2 / M,

.. math:: P(y) = \tfrac12 W(M\theta/\pi - y) + \tfrac12 W(-M\theta/\pi - y).

The two eigenvectors are orthogonal, so the two terms do not interfere.
"""

from __future__ import annotations

import math
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt

from qalgo.errors import ProblemError

__all__ = [
    "DEFAULT_HALF_BANDWIDTH",
    "MAX_EVALUATION_QUBITS",
    "WINDOWS",
    "amplitude_of_readout",
    "half_bandwidth_for",
    "phase_window",
    "readout_distribution",
    "readout_radius",
    "window_name",
]

FloatArray = npt.NDArray[np.float64]

WINDOWS = ("slepian", "sine", "uniform")
MAX_EVALUATION_QUBITS = 24
DEFAULT_HALF_BANDWIDTH = 0.85
"""NW of the Slepian window: 0.82 to 0.95 all give the smallest 95 % error radius (1 bin at every theta)."""
MAX_HALF_BANDWIDTH = 8.0
CONCENTRATION_SIZE = 128
OFFSETS = 256
"""Positions of theta within one bin of the read-out at which the worst case is looked for."""
MAX_LAW_SIZE = 256
"""Beyond this size the law in bins no longer depends on M, up to LAW_MARGIN in probability."""
LAW_MARGIN = 1e-4


def window_name(name: str, half_bandwidth: float | None = None) -> str:
    """Return the name that :func:`phase_window` reads back, e.g. ``"slepian:1.12"``: it fits a request's one string.

    Raises:
        ProblemError: unknown name, or a half-bandwidth for a window that has none.
    """
    base, bandwidth = _parsed(name, half_bandwidth)
    return base if bandwidth is None else f"{base}:{bandwidth:g}"


def phase_window(num_qubits: int, name: str, *, half_bandwidth: float | None = None) -> FloatArray:
    r"""Return the amplitudes w_0 ... w_{M-1} of the window state of m evaluation qubits, M = 2^m, sum of squares 1.

    ``uniform``: w_j = 1/sqrt(M), the textbook choice (Hadamard gates); ``sine``: w_j ~ sin(pi (j+1)/(M+1)), the least
    mean squared error; ``slepian``: the first discrete prolate spheroidal sequence, which has the largest probability
    within ``half_bandwidth`` bins of the phase.

    Args:
        num_qubits: m, 1 to 24; index j is the integer value of the register (little-endian).
        name: "slepian", "sine" or "uniform"; "slepian:0.9" carries the half-bandwidth.
        half_bandwidth: NW of the Slepian window in bins of the read-out, default 0.85. 0.82 to 0.95 suit 95 %
            confidence; 0.53, 0.68 and 1.12 suit 81 %, 90 % and 99 %.

    Raises:
        ProblemError: an argument out of range.
    """
    if isinstance(num_qubits, bool) or not isinstance(num_qubits, (int, np.integer)):
        raise ProblemError(f"num_qubits is {num_qubits!r}; allowed: an integer from 1 to {MAX_EVALUATION_QUBITS}")
    if not 1 <= num_qubits <= MAX_EVALUATION_QUBITS:
        raise ProblemError(f"num_qubits is {num_qubits}; allowed: 1 to {MAX_EVALUATION_QUBITS}")
    base, bandwidth = _parsed(name, half_bandwidth)
    size = 2 ** int(num_qubits)
    if base == "uniform":
        window = np.ones(size)
    elif base == "sine":
        window = np.sin(np.pi * np.arange(1, size + 1) / (size + 1))
    else:
        window = _slepian(size, DEFAULT_HALF_BANDWIDTH if bandwidth is None else bandwidth)
    return np.asarray(window / np.linalg.norm(window), dtype=np.float64)


def readout_distribution(theta: float, window: FloatArray) -> FloatArray:
    r"""Return P(y) for y = 0 ... M-1: the exact law of canonical amplitude estimation on A|0>, a = sin^2(theta).

    Args:
        theta: angle in radians, in [0, pi/2].
        window: (M,) real amplitudes, sum of squares 1, as made by :func:`phase_window`.

    Cost: one Fourier transform of length M. No circuit is executed: results drawn from this law are emulated.

    Raises:
        ProblemError: a window that is not normalised, or theta outside [0, pi/2].
    """
    amplitudes = np.asarray(window, dtype=np.float64)
    if amplitudes.ndim != 1 or not abs(float(amplitudes @ amplitudes) - 1.0) <= 1e-9:
        raise ProblemError(f"window of shape {amplitudes.shape} is not a normalised vector; make it with phase_window")
    if not 0.0 <= theta <= math.pi / 2 * (1 + 1e-15):
        raise ProblemError(f"theta is {theta!r}; allowed: radians from 0 to pi/2, a = sin^2(theta)")
    size = amplitudes.size
    phased = amplitudes * np.exp(2j * theta * np.arange(size))
    law = np.abs(np.fft.fft(phased)) ** 2 / size
    # For real amplitudes the eigenphase -2 theta gives the mirror image y -> M - y.
    mirrored = np.roll(law[::-1], 1)
    both = 0.5 * (law + mirrored)
    return np.asarray(both / both.sum(), dtype=np.float64)


def amplitude_of_readout(readout: int, num_qubits: int) -> float:
    """Return a = sin^2(pi y / 2^m), the probability that the read-out y stands for (quant-ph/0005055, Est_Amp)."""
    size = 2**num_qubits
    if not 0 <= readout < size:
        raise ProblemError(f"readout is {readout!r}; allowed: 0 to {size - 1} for {num_qubits} evaluation qubits")
    return math.sin(math.pi * min(readout, size - readout) / size) ** 2


@cache
def half_bandwidth_for(coverage: float) -> float:
    r"""Return the half-bandwidth NW, in bins, at which the Slepian window holds ``coverage`` within +-NW bins.

    No window of the same length reaches this coverage on a narrower band (Slepian 1978), averaged over the position
    of theta within a bin: 0.532, 0.675, 0.816 and 1.116 for 81, 90, 95 and 99 %.

    Raises:
        ProblemError: coverage outside (0, 1), or so near 1 that NW would exceed 8 bins.
    """
    if not 0.0 < coverage < 1.0:
        raise ProblemError(f"coverage is {coverage!r}; allowed: 0 < coverage < 1")
    low, high = 0.0, MAX_HALF_BANDWIDTH / 2
    if _concentration(high) < coverage:
        raise ProblemError(f"coverage is {coverage!r}; the largest that the windows here support is 1 - 1e-9")
    while high - low > 1e-6:
        middle = 0.5 * (low + high)
        low, high = (middle, high) if _concentration(middle) < coverage else (low, middle)
    return high


def readout_radius(num_qubits: int, name: str, coverage: float) -> float:
    r"""Return the radius c, in bins, with P(|y - M theta/pi| <= c) >= coverage for every theta.

    The distance is the shorter way around the circle of M bins. The exact law is evaluated at 256 positions of theta
    within a bin, and the radius is rounded up by one such step; from M = 256 on the law in bins is that of M = 256.
    ``inf`` when no radius below M/2 has that coverage.

    Raises:
        ProblemError: an argument out of range.
    """
    if not 0.0 < coverage < 1.0:
        raise ProblemError(f"coverage is {coverage!r}; allowed: 0 < coverage < 1")
    return _radius(min(2**num_qubits, MAX_LAW_SIZE), name, coverage + min(LAW_MARGIN, 0.01 * (1.0 - coverage)))


@lru_cache(maxsize=256)
def _radius(size: int, name: str, coverage: float) -> float:
    window = phase_window(size.bit_length() - 1, name)
    law = np.abs(np.fft.fft(window, OFFSETS * size)) ** 2 / size
    law = law.reshape(size, OFFSETS).T
    signed = np.arange(size * OFFSETS).reshape(size, OFFSETS).T / OFFSETS
    signed = np.where(signed < size / 2, signed, signed - size)
    # A point at distance exactly c counts on one side only: theta a hair further on, it is outside on the other.
    distance = np.abs(signed) + np.where(signed > 0, 0.5 / OFFSETS, 0.0)
    order = np.argsort(distance, axis=1, kind="stable")
    reached = np.cumsum(np.take_along_axis(law, order, axis=1), axis=1) >= coverage
    if not reached[:, -1].all():
        return math.inf
    radii = np.take_along_axis(distance, order, axis=1)[np.arange(OFFSETS), np.argmax(reached, axis=1)]
    radius = float(radii.max()) + 1.0 / OFFSETS
    return radius if radius < size / 2 else math.inf


def _slepian(size: int, half_bandwidth: float) -> FloatArray:
    # The eigenvector of the tridiagonal matrix that commutes with the sinc kernel (Slepian 1978, eq. 14); this form
    # needs scipy.linalg only, and scipy.signal would cost a second to import.
    from scipy.linalg import eigh_tridiagonal

    # The bandwidth must stay below half the length of the sequence; tiny registers are nearly uniform or one bump.
    bandwidth = min(half_bandwidth, 0.45 * size) / size
    index = np.arange(size)
    diagonal = ((size - 1 - 2 * index) / 2) ** 2 * math.cos(2 * math.pi * bandwidth)
    off_diagonal = index[1:] * (size - index[1:]) / 2
    vector = eigh_tridiagonal(diagonal, off_diagonal, select="i", select_range=(size - 1, size - 1))[1][:, 0]
    # The first sequence has no sign change and is symmetric; rounding must not break either.
    return np.asarray(np.abs(vector) + np.abs(vector[::-1]), dtype=np.float64)


def _concentration(half_bandwidth: float) -> float:
    """Share of the Slepian window's law within +-half_bandwidth bins: v^T K v with the sinc kernel K."""
    size = CONCENTRATION_SIZE
    window = phase_window(size.bit_length() - 1, "slepian", half_bandwidth=half_bandwidth)
    lags = np.subtract.outer(np.arange(size), np.arange(size))
    kernel = 2 * half_bandwidth / size * np.sinc(2 * half_bandwidth / size * lags)
    return float(window @ kernel @ window)


def _parsed(name: str, half_bandwidth: float | None) -> tuple[str, float | None]:
    base, separator, text = str(name).partition(":")
    if base not in WINDOWS:
        raise ProblemError(f'window is {name!r}; allowed: {", ".join(WINDOWS)}, or "slepian:0.9" with a half-bandwidth')
    if separator:
        try:
            written = float(text)
        except ValueError as error:
            raise ProblemError(f'window is {name!r}; allowed after the colon: a number, e.g. "slepian:0.9"') from error
        half_bandwidth = written if half_bandwidth is None else half_bandwidth
    if half_bandwidth is None:
        return base, None
    if base != "slepian":
        raise ProblemError(f"window {base!r} has no half_bandwidth; leave it out, or use the slepian window")
    if not 0.0 < half_bandwidth <= MAX_HALF_BANDWIDTH:
        raise ProblemError(f"half_bandwidth is {half_bandwidth!r}; allowed: bins, 0 < NW <= {MAX_HALF_BANDWIDTH:g}")
    return base, float(half_bandwidth)
