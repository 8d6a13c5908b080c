"""The picture of a physical cost: qubits against seconds, one point per model."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from qalgo.physical_resources.results import PhysicalCost

__all__ = ["plot_physical_cost"]

INK, BLUE, ORANGE = "#22313f", "#2f6f9f", "#d9822b"
MARKERS = "osDv^PX*hd"
SIZE = (8.0, 4.5)


def plot_physical_cost(cost: PhysicalCost, ax: Axes | None = None) -> Axes:
    """Draw physical qubits against seconds on log axes, one point per model, with the medians as lines.

    Args:
        cost: what is drawn.
        ax: axes to draw on; new ones when None.

    Returns:
        The axes.
    """
    if ax is None:
        import matplotlib.pyplot as plt

        ax = plt.subplots(figsize=SIZE, layout="constrained")[1]
    found = [model for model in cost.models if model.exists]
    # The models of qdk have a colour of their own.
    colours = {False: BLUE, True: ORANGE}
    for index, model in enumerate(found):
        marker, colour = MARKERS[index % len(MARKERS)], colours[model.name.startswith("qdk-")]
        ax.plot([float(model.seconds or 0)], [float(model.qubits or 0)], marker, color=colour, ms=9, label=model.name)
    ax.axhline(cost.qubits.median, color=INK, linewidth=0.8, linestyle=":", label="medians")
    ax.axvline(cost.seconds.median, color=INK, linewidth=0.8, linestyle=":")
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlabel("seconds of one execution")
    ax.set_ylabel("physical qubits")
    missing = len(cost.models) - len(found)
    ax.set_title(
        f"{len(found)} models (theoretical), physical error {cost.physical_error:g}, failure probability "
        f"{cost.failure_probability:g}" + (f"; {missing} without result" if missing else ""),
        fontsize=10,
    )
    ax.grid(visible=True, which="major", alpha=0.25)
    ax.legend(fontsize=8, loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
    return ax
