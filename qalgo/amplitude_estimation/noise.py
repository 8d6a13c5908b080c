r"""What noise does to the outcome of Q^k A: the depolarising law and its parameters.

Every use of A (or its inverse) replaces the state, with probability r, by one that no longer depends on theta and is
found good with probability f. With K = 2k+1 uses of A in Q^k A the outcome is good with probability

.. math:: p_K(\theta) = f + v_K\,(\sin^2 K\theta - f), \qquad v_K = (1-r)^{K+o} = e^{-\gamma(K+o)},

and f = (number of good states)/2^m for m objective qubits that end fully depolarised: 1/2 for one. This is the law
of arXiv:2006.16223 (Tanaka et al.), who also test it on a device. The offset o is an extension: state preparation alone
may cost less (o < 0) or more than a use of A inside Q costs on average. A wrong assignment of the measured bit, e0 for
bad read as good and e1 for good read as bad, gives

.. math:: p_K \to e_0 + (1 - e_0 - e_1)\,p_K.

Q^k A alone cannot tell a = 1/2, where sin^2 K theta = 1/2 at every odd K, from a device that has lost everything: there
the Fisher information on a and r together is degenerate (arXiv:2006.16223 calls such values anomalous). The probability
that A^dagger Q^k A returns to |0...0> can tell: with 2k+2 uses of A it is, between the probabilities c0 (fully
depolarised: 2^-n) and c1 (intact: 1), both less read-out errors,

.. math:: q_k(\theta) = c_0 + e^{-\gamma(2k+2+2o)}\,(c_1\cos^2 2k\theta - c_0).

Read-out errors that turn another outcome into 0...0 are left out: up to e1 in q_k, where the cosine is small.

The law is a model. Its fixed point is wrong for relaxation towards |0> (f < 1/2), and no depolarising law describes
coherent over-rotation: where the model is wrong, intervals made with it are wrong, however narrow.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from qalgo.errors import ProblemError

__all__ = ["Depolarising", "noise_model"]

KIND = "depolarising"
LARGEST_RATE = 0.95
"""With more of the state lost at every use of A there is nothing to estimate."""


@dataclass(frozen=True, slots=True)
class Depolarising:
    r"""Depolarising noise per use of A: :math:`p_K = f + (1-r)^{K+o}(\sin^2 K\theta - f)`, then the read-out errors.

    Raises:
        ProblemError: a number out of range.
    """

    rate: float | tuple[float, float] | None = None
    """r per use of A in [0, 0.95]: known (a number), between two bounds (a pair), or unknown (None; estimated)."""
    fixed_point: float | Literal["estimated"] | None = None
    """f in [0, 1]; None: that of the fully depolarised objective qubits (1/2 for one); "estimated": jointly with a."""
    readout: tuple[float, float] = (0.0, 0.0)
    """Known probabilities to read a bad outcome as good, and a good one as bad; their sum is below 1."""
    offset: float | Literal["estimated"] = 0.0
    """o > -1: the noise of A itself is that of 1 + o uses, those inside Q counting 1; "estimated": with a, up to 1."""
    returns: bool | tuple[float, float] = True
    """Whether A^dagger Q^k A may be measured; or c0 and c1 above. True: those of n qubits that are all read like an
    objective qubit, (1 - e0 + e1)^n / 2^n and (1 - e0)^n (e0 and e1 swapped where 0 is good); (0, 1), n unknown."""

    def __post_init__(self) -> None:
        if isinstance(self.rate, (tuple, list)):
            object.__setattr__(self, "rate", tuple(self.rate))
        bounds = self.rate if isinstance(self.rate, tuple) else (0.0 if self.rate is None else self.rate,)
        ordered = len(bounds) == 1 or (len(bounds) == 2 and 0.0 < bounds[0] < bounds[1])
        if not ordered or not all(_within(bound, 0.0, LARGEST_RATE) for bound in bounds):
            raise ProblemError(
                f"rate is {self.rate!r}; allowed: a depolarising probability per use of A from 0 to {LARGEST_RATE}, "
                "a pair of bounds 0 < low < high, or None when it is unknown"
            )
        if self.fixed_point not in (None, "estimated") and not _within(self.fixed_point, 0.0, 1.0):
            raise ProblemError(
                f"fixed_point is {self.fixed_point!r}; allowed: the probability of a good outcome of the fully "
                'depolarised state, from 0 to 1, "estimated", or None for the one of the problem'
            )
        if isinstance(self.readout, (tuple, list)):
            object.__setattr__(self, "readout", tuple(self.readout))
        if (
            not _is_pair(self.readout)
            or not all(_within(e, 0.0, 1.0) for e in self.readout)
            or sum(self.readout) >= 1.0
        ):
            raise ProblemError(
                f"readout is {self.readout!r}; allowed: the probabilities to read bad as good and good as bad, "
                "each at least 0 and together below 1"
            )
        if self.offset != "estimated" and (not _within(self.offset, -1.0, math.inf) or self.offset == -1.0):
            raise ProblemError(f'offset is {self.offset!r}; allowed: more than -1 uses of A, or "estimated"')

        _check_returns(self)

    @property
    def known(self) -> bool:
        """Whether nothing is left to estimate, so that the law is fixed by theta."""
        return isinstance(self.rate, (int, float)) and "estimated" not in (self.fixed_point, self.offset)

    @property
    def return_range(self) -> tuple[float, float]:
        """The pair c0, c1; (0, 1) where the number of qubits is not known."""
        return (0.0, 1.0) if isinstance(self.returns, bool) else self.returns

    def completed(self, num_qubits: int, fixed_point: float, *, zero_is_good: bool = False) -> Depolarising:
        """Fill in what is left to the problem.

        Args:
            num_qubits: n of A.
            fixed_point: that of its objective qubits.
            zero_is_good: whether it is the bit 0 that counts as good, so that e1 is the probability to read 0 as 1.
        """
        down, up = self.readout if zero_is_good else self.readout[::-1]
        lost, intact = (0.5 * (1.0 - up + down)) ** num_qubits, (1.0 - up) ** num_qubits
        return replace(
            self,
            fixed_point=fixed_point if self.fixed_point is None else self.fixed_point,
            returns=(lost, intact) if self.returns is True else self.returns,
        )

    def probability(self, multiple: int, theta: float) -> float:
        r"""Return p_K(theta), read-out errors included, for K = ``multiple``; a fixed point of None counts as 1/2.

        Raises:
            ProblemError: rate or fixed point is not a number.
        """
        visible = self._contrast(multiple, 1)
        fixed = 0.5 if self.fixed_point is None else float(self.fixed_point)
        ideal = fixed + visible * (math.sin(multiple * theta) ** 2 - fixed)
        return self.readout[0] + (1.0 - sum(self.readout)) * ideal

    def return_probability(self, power: int, theta: float) -> float:
        """Return q_k(theta), the probability that all qubits of A^dagger Q^k A are read as 0.

        Raises:
            ProblemError: the rate is not a number.
        """
        visible = self._contrast(2 * power + 2, 2)
        nothing, intact = self.return_range
        return nothing + visible * (intact * math.cos(2 * power * theta) ** 2 - nothing)

    def _contrast(self, uses: int, preparations: int) -> float:
        if not self.known:
            raise ProblemError(
                f"the noise has rate {self.rate!r} and fixed_point {self.fixed_point!r}; allowed where outcomes are "
                "drawn: numbers, for example Depolarising(rate=1e-3)"
            )
        return math.exp((uses + preparations * float(self.offset)) * math.log1p(-float(self.rate)))  # type: ignore[arg-type]

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary."""
        rate = list(self.rate) if isinstance(self.rate, tuple) else self.rate
        return {
            "kind": KIND,
            "rate": rate,
            "fixed_point": self.fixed_point,
            "readout": list(self.readout),
            "offset": self.offset,
            "returns": list(self.returns) if isinstance(self.returns, tuple) else self.returns,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Depolarising:
        """Rebuild from :meth:`to_dict`.

        Raises:
            ProblemError: another kind of noise, or a number out of range.
        """
        fields = {key: value for key, value in data.items() if key != "kind"}
        unknown = sorted(set(fields) - {"rate", "fixed_point", "readout", "offset", "returns"})
        if data.get("kind") != KIND or unknown:
            raise ProblemError(
                f"noise is {dict(data)!r}; allowed: the dictionary of Depolarising.to_dict(), kind {KIND!r}"
            )
        return cls(**fields)

    def __str__(self) -> str:
        rate = "of unknown rate" if self.rate is None else f"at rate {self.rate}"
        readout = "" if self.readout == (0.0, 0.0) else f", read-out errors {self.readout[0]:g} and {self.readout[1]:g}"
        fixed = "" if self.fixed_point in (None, 0.5) else f", fixed point {self.fixed_point}"
        return f"depolarising noise {rate} per use of A{fixed}{readout}"


def noise_model(noise: Depolarising | Mapping[str, Any] | str | None) -> Depolarising | None:
    """Return the model that a setting names: None, "depolarising", a Depolarising or its dictionary.

    Raises:
        ProblemError: anything else.
    """
    if noise is None or isinstance(noise, Depolarising):
        return noise
    if isinstance(noise, Mapping):
        return Depolarising.from_dict(noise)
    if noise == KIND:
        return Depolarising()
    raise ProblemError(f"noise is {noise!r}; allowed: None, {KIND!r}, or a qalgo.Depolarising(...)")


def _check_returns(noise: Depolarising) -> None:
    if isinstance(noise.returns, bool):
        return
    pair = tuple(noise.returns) if isinstance(noise.returns, (tuple, list)) else noise.returns
    object.__setattr__(noise, "returns", pair)
    if not _is_pair(pair) or not all(_within(c, 0.0, 1.0) for c in pair) or not pair[0] < pair[1]:
        raise ProblemError(
            f"returns is {noise.returns!r}; allowed: True, False, or the probabilities to read all qubits as 0 for the "
            "fully depolarised and the intact state, 0 <= c0 < c1 <= 1"
        )


def _is_pair(value: object) -> bool:
    return isinstance(value, tuple) and len(value) == 2


def _within(value: object, low: float, high: float) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high
