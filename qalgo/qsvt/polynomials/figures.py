"""The picture of a polynomial: scale * P beside its target, and the error below."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from qalgo.qsvt.polynomial import Polynomial

__all__ = ["plot_polynomial"]

INK, BLUE, ORANGE, GREY = "#22313f", "#2f6f9f", "#d9822b", "#8a949c"
POINTS = 2001
FLOOR = 1e-17
"""Errors below it cannot be seen in double precision; they are drawn there."""


def plot_polynomial(polynomial: Polynomial, ax: Axes | None = None) -> Axes:
    """Draw scale * P and the target on [-1, 1], and |scale * P - target| below; returns the upper Axes.

    The points lie densely where the polynomial oscillates fastest: near the ends of [-1, 1] and of the domain.
    """
    if ax is None:
        from matplotlib import pyplot as plt

        ax = plt.figure(figsize=(6.4, 4.8)).add_subplot()
    x = np.cos(np.linspace(np.pi, 0.0, POINTS))
    ax.plot(x, polynomial.scale * polynomial(x), color=BLUE, lw=1.5, label=f"scale * P, degree {polynomial.degree:,}")
    lower = _axes_below(ax)
    for number, (low, high) in enumerate(polynomial.domain):
        ax.axvspan(low, high, color=GREY, alpha=0.12, lw=0, label="domain" if number == 0 else None)
        if polynomial.function is None:
            continue
        inside = 0.5 * (low + high) + 0.5 * (high - low) * x
        target = np.asarray(polynomial.function(inside))
        ax.plot(inside, target, "--", color=ORANGE, lw=1.5, label=polynomial.target if number == 0 else None)
        error = np.abs(polynomial.scale * polynomial(inside) - target)
        lower.semilogy(inside, np.maximum(error, FLOOR), color=INK, lw=0.8)
    lower.axhline(max(polynomial.error, FLOOR), color=ORANGE, lw=1.0, label=f"bound {polynomial.error:.2g}")
    lower.set_yscale("log")
    lower.set_xlabel("x (eigenvalue or singular value / alpha)")
    lower.set_ylabel("|error|")
    lower.legend(loc="upper right", fontsize="small")
    ax.set_ylabel("value")
    ax.set_title(f"{polynomial.target or 'polynomial'} (|P| <= {polynomial.sup_bound:.4g})")
    ax.legend(loc="best", fontsize="small")
    return ax


def _axes_below(ax: Axes) -> Axes:
    """Give the lower third of the Axes to a second one with the same x."""
    box = ax.get_position()
    ax.set_position((box.x0, box.y0 + 0.4 * box.height, box.width, 0.6 * box.height))
    ax.tick_params(labelbottom=False)
    return ax.figure.add_axes((box.x0, box.y0, box.width, 0.35 * box.height), sharex=ax)
