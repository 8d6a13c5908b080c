r"""Converters between our phases and those of other papers and libraries.

Ours ("Wx, Re"): :math:`U = e^{i\phi_0 Z} \prod_{k=1}^{d} W(x) e^{i\phi_k Z}`,
:math:`W(x) = \begin{pmatrix} x & is \\ is & x \end{pmatrix}`, x = cos(theta), s = sin(theta), and P = Re <0|U|0>.
All ``from_`` functions return such phases, all ``to_`` functions take them, shape (d + 1,), radians. Every docstring
gives the other product, with z = exp(i theta), and which element of it equals which of ours, phases included: they
matter as soon as the circuit is controlled. Generalised QSP of 2308.01501 (MW), the convention of
:class:`circuits.GQSPPhases`, is converted as (theta, phi, lambda).

Phases are unique only within a choice of complementary polynomial: compare the polynomials, not the numbers.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from qalgo.errors import ProblemError

__all__ = [
    "from_nlft_gqsp",
    "from_pennylane_gqsp",
    "from_pennylane_qsvt",
    "from_qsppack_full",
    "from_qsppack_reduced",
    "from_reflection",
    "from_wx",
    "from_wx_imaginary",
    "from_wz",
    "from_xqsp",
    "from_yqsp",
    "to_mw",
    "to_nlft_gqsp",
    "to_pennylane_gqsp",
    "to_pennylane_qsvt",
    "to_qsppack_full",
    "to_qsppack_reduced",
    "to_reflection",
    "to_wx",
    "to_wx_imaginary",
    "to_wz",
    "to_xqsp",
    "to_yqsp",
]

RealVector = npt.NDArray[np.float64]
Generalised = tuple[RealVector, RealVector, float]
"""theta, phi (index 0 acts first) and lambda of 2308.01501."""

_QUARTER = np.pi / 4


def from_wx(angles: npt.ArrayLike) -> RealVector:
    r"""Return the angles themselves: "Wx" of 2105.02859 and of pyqsp, <0|U'|0> = <0|U|0>.

    nlft-qsp's ``ChebyshevQSPPhaseFactors`` and PennyLane's routine "QSP" are this convention too.
    """
    return _checked(angles)


def to_wx(values: npt.ArrayLike) -> RealVector:
    """Inverse of :func:`from_wx`."""
    return _checked(values)


def from_wx_imaginary(angles: npt.ArrayLike) -> RealVector:
    r"""From "Wx, Im", P = Im <0|U'|0>: pyqsp's ``sym_qsp`` (full phases), 2307.12468.

    The product is ours. <0|U|0> = -i <0|U'|0>, so that Re <0|U|0> = Im <0|U'|0>.
    """
    return _ends(angles, -_QUARTER, -_QUARTER)


def to_wx_imaginary(values: npt.ArrayLike) -> RealVector:
    """Inverse of :func:`from_wx_imaginary`: <0|U'|0> = i <0|U|0>."""
    return _ends(values, _QUARTER, _QUARTER)


def from_wz(angles: npt.ArrayLike) -> RealVector:
    r"""From "Wz" (Laurent picture; pyqsp's ``signal_operator="Wz"``).

    :math:`U' = e^{i\phi_0 X} \prod_k w e^{i\phi_k X}`, w = diag(z, 1/z). Re <0|U|0> = Re <0|U'|0>; for the angles of
    pyqsp <0|U'|0> is real. 2003.02831.
    """
    return _ends(angles, -_QUARTER, _QUARTER)


def to_wz(values: npt.ArrayLike) -> RealVector:
    r"""To "Wz", see :func:`from_wz`: Re <0|U'|0> = Re <0|U|0>.

    For symmetric values, as :func:`qalgo.qsvt.phases` returns them, <0|U'|0> is real: it is P itself.
    """
    return _ends(values, _QUARTER, -_QUARTER)


def from_xqsp(angles: npt.ArrayLike) -> RealVector:
    r"""From XQSP of 2503.03026 (nlft-qsp): :math:`e^{i\phi_0 X} W e^{i\phi_1 X} W \cdots e^{i\phi_d X}`.

    Laurent picture, W = diag(z, 1/z): that of :func:`from_wz`. Analytic picture, W = diag(z, 1): its <0|U'|0> at z^2 is
    z^d times that of the Laurent picture.
    """
    return from_wz(angles)


def to_xqsp(values: npt.ArrayLike) -> RealVector:
    """To XQSP, see :func:`from_xqsp`: Re <0|U'|0> = Re <0|U|0> in the Laurent picture, real for symmetric values."""
    return to_wz(values)


def from_yqsp(angles: npt.ArrayLike) -> RealVector:
    r"""From YQSP of 2503.03026: :math:`e^{i\phi_0 Y} W e^{i\phi_1 Y} \cdots`, W as in :func:`from_xqsp`.

    <0|U'|0> is that of XQSP with the same angles, <0|U'|1> is -i times it.
    """
    return from_wz(angles)


def to_yqsp(values: npt.ArrayLike) -> RealVector:
    """To YQSP, see :func:`from_yqsp`: Re <0|U'|0> = Re <0|U|0> in the Laurent picture, real for symmetric values."""
    return to_wz(values)


def from_reflection(angles: npt.ArrayLike) -> RealVector:
    r"""From "R" (1806.01838, corollary 8; nlft-qsp's ``QSVTPhaseFactors``).

    :math:`U' = e^{i\phi_0 Z} \prod_k R e^{i\phi_k Z}`, :math:`R = \begin{pmatrix} x & s \\ s & -x \end{pmatrix}`; the
    whole first row of U' is that of U: <0|U|0> = <0|U'|0>.
    """
    given = _checked(angles)
    return given - _reflection_shift(given.size)


def to_reflection(values: npt.ArrayLike) -> RealVector:
    """To "R", see :func:`from_reflection`: <0|U'|0> = <0|U|0> (2105.02859, equation A5)."""
    given = _checked(values)
    return given + _reflection_shift(given.size)


def from_pennylane_qsvt(angles: npt.ArrayLike) -> RealVector:
    r"""From PennyLane's routine "QSVT" (``poly_to_angles``, ``transform_angles``), to be used in ``PCPhase``.

    The angles of ``qml.QSVT`` are in the order in which they act, the last factor of the product first:
    :math:`U' = e^{i\phi_d Z} R \cdots R e^{i\phi_0 Z}`, the transpose of :func:`from_reflection` up to turns by pi:
    <0|U|0> = <0|U'|0>.
    """
    given = _checked(angles)
    return given - _pennylane_shift(given.size)


def to_pennylane_qsvt(values: npt.ArrayLike) -> RealVector:
    """To PennyLane's "QSVT", see :func:`from_pennylane_qsvt`: <0|U'|0> = <0|U|0>."""
    given = _checked(values)
    return given + _pennylane_shift(given.size)


def from_qsppack_full(angles: npt.ArrayLike, *, imaginary: bool = False) -> RealVector:
    """From qsppack's "full" phases: "Wx, Re"; with ``targetPre=False`` (``imaginary``) those of "Wx, Im".

    <0|U|0> = <0|U'|0>, or -i <0|U'|0> with ``imaginary``.
    """
    return from_wx_imaginary(angles) if imaginary else from_wx(angles)


def to_qsppack_full(values: npt.ArrayLike, *, imaginary: bool = False) -> RealVector:
    """Inverse of :func:`from_qsppack_full`: <0|U'|0> = <0|U|0>, or i <0|U|0> with ``imaginary``."""
    return to_wx_imaginary(values) if imaginary else to_wx(values)


def from_qsppack_reduced(angles: npt.ArrayLike, parity: int, *, imaginary: bool = False) -> RealVector:
    r"""From qsppack's "reduced" phases: the right half of symmetric ones, without the pi / 4 at the end.

    Even parity: the first is half of the middle one. Re <0|U|0> is qsppack's polynomial, whose sign differs between
    ``targetPre=True`` and ``False`` (``imaginary``) for the same angles: pi / 4 is added or subtracted at both ends.
    """
    right = _ends(angles, 0.0, 0.0)
    right[-1] += -_QUARTER if imaginary else _QUARTER
    if parity % 2:
        return np.concatenate([right[::-1], right])
    return np.concatenate([right[:0:-1], [2.0 * right[0]], right[1:]])


def to_qsppack_reduced(values: npt.ArrayLike) -> RealVector:
    """To qsppack's "reduced" phases, of shape (d // 2 + 1,): <0|U'|0> = <0|U|0> for their full form.

    Raises:
        ProblemError: the values are not symmetric, phi_k = phi_{d-k}.
    """
    given = _checked(values)
    if not np.allclose(given, given[::-1], rtol=0.0, atol=1e-9):
        raise ProblemError("phases are not symmetric; allowed: phi_k = phi_(d-k), as qalgo.qsvt.phases returns them")
    right = given[given.size // 2 :].copy()
    if given.size % 2:
        right[0] /= 2.0
    right[-1] -= _QUARTER
    return right


def to_mw(values: npt.ArrayLike) -> Generalised:
    r"""To generalised QSP of 2308.01501, on the square of the walk.

    Returns theta, phi, lambda whose upper left entry at z^2 is z^d Re <0|U|0> for symmetric values (in general z^d
    times <0|U'|0> of :func:`to_wz`): GQSP of degree d, ``stride`` 2, ``lowest`` -d.
    """
    angles = to_xqsp(values)
    return from_nlft_gqsp(angles, 0.0, np.zeros_like(angles))


def from_nlft_gqsp(phi: npt.ArrayLike, lbd: float, theta: npt.ArrayLike) -> Generalised:
    r"""From GQSP of 2503.03026 (nlft-qsp's ``GQSPPhaseFactors``) to MW.

    :math:`U' = e^{i\lambda Z} e^{i\phi_0 X} e^{i\theta_0 Z} A e^{i\phi_1 X} e^{i\theta_1 Z} A \cdots e^{i\phi_d X}
    e^{i\theta_d Z}`, A = diag(z, 1): index 0 acts last there, first in ours. <0|U|0> = <0|U'|0>, phase included.
    """
    rotations, turns = _checked(phi), _checked(theta)
    if rotations.size != turns.size:
        raise ProblemError(f"phi has {rotations.size} angles, theta {turns.size}; allowed: as many of both")
    lam = 2.0 * (float(turns[-1]) - _QUARTER)
    later = 2.0 * turns[:-1] + np.pi
    rest = float(np.sum(later)) + rotations.size * np.pi + lam
    first = 0.5 * (2.0 * float(lbd) + 1.5 * np.pi - rest)
    return rotations[::-1].copy(), np.concatenate([[first], later])[::-1].copy(), lam


def to_nlft_gqsp(theta: npt.ArrayLike, phi: npt.ArrayLike, lam: float) -> tuple[RealVector, float, RealVector]:
    """From MW to GQSP of 2503.03026, as (phi, lambda, theta): the whole first row of the product stays.

    Inverse of :func:`from_nlft_gqsp`.
    """
    rotations, turns = _checked(theta)[::-1].copy(), _checked(phi)[::-1]
    halves = (turns - np.pi) / 2.0
    overall = 0.5 * (float(np.sum(turns)) + turns.size * np.pi + lam)
    return rotations, float(halves[0]) - _QUARTER + overall, np.concatenate([halves[1:], [_QUARTER + lam / 2.0]])


def from_pennylane_gqsp(angles: npt.ArrayLike) -> Generalised:
    """From PennyLane's routine "GQSP", shape (3, d + 1): theta, phi, lambda of MW; only lambda_0 may differ from 0.

    Raises:
        ProblemError: another shape, or another lambda.
    """
    given = np.array(angles, dtype=np.float64)
    if given.ndim != 2 or given.shape[0] != 3 or np.any(given[2, 1:]):
        raise ProblemError(f"angles have shape {given.shape}; allowed: (3, d + 1), lambda zero after the first")
    return given[0], given[1], float(given[2, 0])


def to_pennylane_gqsp(theta: npt.ArrayLike, phi: npt.ArrayLike, lam: float) -> npt.NDArray[np.float64]:
    """To the angles of ``qml.GQSP``, shape (3, d + 1): the same product."""
    rotations, turns = _checked(theta), _checked(phi)
    lams = np.zeros_like(rotations)
    lams[0] = lam
    return np.stack([rotations, turns, lams])


def _checked(angles: npt.ArrayLike) -> RealVector:
    given = np.array(angles, dtype=np.float64)
    if given.ndim != 1 or given.size == 0 or not np.all(np.isfinite(given)):
        raise ProblemError(f"angles have shape {given.shape}; allowed: one axis of at least one finite number")
    return given


def _ends(angles: npt.ArrayLike, first: float, last: float) -> RealVector:
    given = _checked(angles)
    given[0] += first
    given[-1] += last
    return given


def _reflection_shift(count: int) -> RealVector:
    """R = -i exp(i pi/4 Z) W exp(i pi/4 Z); the first phase takes the factors -i."""
    degree = count - 1
    if degree == 0:
        return np.zeros(1)
    shift = np.full(count, -np.pi / 2)
    shift[0], shift[-1] = (2 * degree - 1) * _QUARTER, -_QUARTER
    return shift


def _pennylane_shift(count: int) -> RealVector:
    """The same as PennyLane writes it: pi more in the middle, modulo 2 pi at the first."""
    if count == 1:
        return np.zeros(1)
    shift = np.full(count, np.pi / 2)
    shift[0], shift[-1] = 3 * _QUARTER - (3 + count % 4) * np.pi / 2, -_QUARTER
    return shift
