"""Pictures of the family: the law with the payoff, a price with its errors, the circuit that is run."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from qiskit import QuantumCircuit

    from qalgo.option_pricing.contract import Contract
    from qalgo.option_pricing.results import Price, PriceTable

__all__ = ["figures", "plot_circuit", "plot_distribution_and_payoff", "plot_price", "plot_price_table"]

INK, BLUE, ORANGE, GREY, PAPER = "#22313f", "#2f6f9f", "#d9822b", "#8a949c", "#dbe8f1"
CAUSE_COLOURS = {
    "discretisation": "#8c6bb1",
    "truncation": "#c994c7",
    "encoding": ORANGE,
    "loader": GREY,
    "sampling": BLUE,
}
DRAWN_DEVIATIONS = 3.2
MAX_COLUMNS = 60


def figures(contract: Contract) -> Mapping[str, Callable[[Axes | None], Axes]]:
    """Return the pictures of a contract: name -> function that draws on the given (or a new) Axes."""
    return {
        "distribution and payoff": partial(_positional, plot_distribution_and_payoff, contract),
        "circuit": partial(_positional, _plot_contract_circuit, contract),
    }


def plot_distribution_and_payoff(contract: Contract, ax: Axes | None = None, num_qubits: int = 3) -> Axes:
    """Draw density, bins and payoff of a single contract; returns the Axes of the density.

    Raises:
        ProblemError: a contract of several spots or strikes, or too few qubits for its kinks.
    """
    from qalgo.option_pricing.encoding import encode
    from qalgo.option_pricing.grids import qubits_for_kinks

    payoff, law = contract.pieces(), contract.law
    ax = _axes(ax)
    encoded = encode(contract, max(num_qubits, qubits_for_kinks(law, payoff)))
    low, high = law.price_at(-DRAWN_DEVIATIONS), law.price_at(DRAWN_DEVIATIONS)
    prices = np.linspace(low, high, 600)
    edges = np.clip(_edges(encoded.probabilities, law.price_at), low, high)
    widths = np.diff(edges)
    shown = widths > 0
    ax.bar(
        edges[:-1][shown],
        encoded.probabilities[shown] / widths[shown],
        widths[shown],
        align="edge",
        color=PAPER,
        edgecolor="white",
        label=f"{2**encoded.num_qubits} bins on {encoded.num_qubits} qubits",
    )
    ax.plot(prices, law.density(prices), color=BLUE, lw=2, label="log-normal density")
    ax.set_xlim(low, high)
    ax.set_ylim(bottom=0)
    ax.set_xlabel("price at maturity (currency units)")
    ax.set_ylabel("density (1/currency unit)", color=BLUE)
    right = ax.twinx()
    right.plot(*_broken_line(payoff, prices), color=ORANGE, lw=2, label="payoff")
    inside = (encoded.prices >= low) & (encoded.prices <= high)
    right.plot(
        encoded.prices[inside],
        encoded.payoffs[inside],
        "o",
        color=ORANGE,
        mec="white",
        ms=7,
        label="payoff at the bin's mean price",
    )
    right.set_ylabel("payoff (currency units)", color=ORANGE)
    for kink in payoff.kinks:
        if low < kink < high:
            ax.axvline(kink, color=GREY, lw=1, ls=":")
    for side in (ax, right):
        side.spines["top"].set_visible(False)
    handles, labels = ax.get_legend_handles_labels()
    more, others = right.get_legend_handles_labels()
    right.legend(
        handles + more,
        labels + others,
        frameon=False,
        fontsize="small",
        ncols=2,
        loc="upper center",
        bbox_to_anchor=(0.5, -0.16),
    )
    ax.set_title(contract.kind.replace("-", " "), loc="left", color=INK)
    return ax


def plot_price(price: Price, ax: Axes | None = None) -> Axes:
    """Draw the total interval with the share of each cause, the value and the closed form; returns the Axes."""
    ax = _axes(ax, (7.0, 2.6))
    left = price.interval.low
    parts = {cause: part for cause, part in price.error_budget.items() if part > 0.0}
    # Each bound widens both sides; sampling, innermost, is drawn once with both its halves.
    outer = [(cause, part) for cause, part in parts.items() if cause != "sampling"]
    right = price.interval.high
    for cause, part in outer:
        colour = CAUSE_COLOURS.get(cause, GREY)
        ax.barh(0, part, left=left, height=0.5, color=colour, label=f"{cause} {part:.2g}")
        ax.barh(0, part, left=right - part, height=0.5, color=colour)
        left, right = left + part, right - part
    half = parts.get("sampling", 0.0)
    ax.barh(0, right - left, left=left, height=0.5, color=CAUSE_COLOURS["sampling"], label=f"sampling {half:.2g}")
    ax.plot([price.value], [0], "o", color="white", mec=INK, ms=9, zorder=3, label="value")
    ax.axvline(price.closed_form, color=INK, lw=1.5, ls="--", label="Black-Scholes")
    margin = max(0.15 * (price.interval.high - price.interval.low), 1e-12)
    ends = (price.interval.low, price.interval.high, price.closed_form)
    ax.set_xlim(min(ends) - margin, max(ends) + margin)
    ax.set_ylim(-0.6, 0.6)
    ax.set_yticks([])
    ax.set_xlabel("discounted price (currency units)")
    how = "emulated" if price.emulated else "executed"
    ax.set_title(
        f"{price.contract.kind.replace('-', ' ')}, {price.interval.level:.0%} interval, "
        f"{price.queries.state_preparation:,} uses of A ({how})",
        loc="left",
        color=INK,
        fontsize="medium",
    )
    for side in ("top", "left", "right"):
        ax.spines[side].set_visible(False)
    ax.legend(frameon=False, fontsize="small", ncols=3, loc="upper center", bbox_to_anchor=(0.5, -0.32))
    return ax


def plot_price_table(table: PriceTable, ax: Axes | None = None) -> Axes:
    """Draw every interval relative to the closed form, against the spot or strike that varies; returns the Axes."""
    ax = _axes(ax)
    name, where = table.varying
    low, high = table.low - table.closed_form, table.high - table.closed_form
    middle = 0.5 * (low + high)
    ax.axhline(0.0, color=INK, lw=1.2, ls="--", label="Black-Scholes")
    ax.errorbar(where, middle, yerr=high - middle, fmt="none", ecolor=BLUE, elinewidth=2, capsize=4, label="interval")
    ax.plot(where, table.values - table.closed_form, "o", color="white", mec=BLUE, ms=7, zorder=3, label="value")
    ax.set_xlabel(name if name == "index" else f"{name} (currency units)")
    ax.set_ylabel("price - Black-Scholes\n(discounted, currency units)")
    how = "emulated" if table.emulated else "executed"
    ax.set_title(f"{table.contract.kind.replace('-', ' ')} ({how})", loc="left", color=INK)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    ax.margins(y=0.15)
    ax.legend(frameon=False, fontsize="small", ncols=3, loc="upper center", bbox_to_anchor=(0.5, -0.16))
    return ax


def plot_circuit(circuit: QuantumCircuit, ax: Axes | None = None, title: str = "") -> Axes:
    """Draw a circuit in rotations and CX gates; returns the Axes. Wire 0 (least significant) is on top.

    Circuits deeper than 60 columns are cut, and the picture says so.
    """
    from qiskit import transpile
    from qiskit.converters import circuit_to_dag

    flat = transpile(circuit, basis_gates=["cx", "ry", "rz", "x", "h"], optimization_level=1, seed_transpiler=1)
    layers = list(circuit_to_dag(flat).layers())
    drawn = layers[:MAX_COLUMNS]
    ax = _axes(ax, (max(4.0, 0.36 * len(drawn) + 1.4), 0.6 * flat.num_qubits + 0.9))
    for wire in range(flat.num_qubits):
        ax.plot([-0.6, len(drawn) - 0.4], [wire, wire], color=GREY, lw=1, zorder=1)
        ax.text(-0.8, wire, _wire_name(flat, wire), ha="right", va="center", color=INK, fontsize="small")
    for column, layer in enumerate(drawn):
        for node in layer["graph"].op_nodes():
            _draw_gate(ax, column, node.name, [flat.find_bit(qubit).index for qubit in node.qargs])
    count = flat.count_ops()
    cut = f", first {MAX_COLUMNS} of {len(layers)} columns" if len(layers) > MAX_COLUMNS else ""
    ax.set_title(f"{title or 'circuit'}: {flat.num_qubits} qubits, {count.get('cx', 0)} CX{cut}", loc="left", color=INK)
    ax.set_xlim(-2.6, len(drawn) + 0.2)
    ax.set_ylim(flat.num_qubits - 0.4, -0.6)
    ax.axis("off")
    return ax


def _plot_contract_circuit(contract: Contract, ax: Axes | None = None) -> Axes:
    from qalgo.option_pricing.grids import qubits_for_kinks

    size = max(3, qubits_for_kinks(contract.law, contract.pieces()))
    return plot_circuit(contract.encoded(size).state_preparation(), ax=ax, title="state preparation A")


def _positional(draw: Callable[..., Axes], contract: Contract, ax: Axes | None = None) -> Axes:
    return draw(contract, ax=ax)


def _draw_gate(ax: Axes, column: int, name: str, wires: list[int]) -> None:
    if name == "cx":
        control, target = wires
        ax.plot([column, column], [control, target], color=INK, lw=1.2, zorder=2)
        ax.plot([column], [control], "o", color=INK, ms=4.5, zorder=3)
        ax.plot([column], [target], "o", color="white", mec=INK, ms=9, zorder=3)
        ax.plot([column], [target], "+", color=INK, ms=8, zorder=4)
        return
    box: dict[str, Any] = {"boxstyle": "round,pad=0.22", "fc": PAPER, "ec": BLUE, "lw": 0.8}
    shown = {"ry": "Ry", "rz": "Rz", "x": "X", "h": "H"}.get(name, name)
    for wire in wires:
        ax.text(column, wire, shown, ha="center", va="center", fontsize=6.5, color=INK, bbox=box, zorder=5)


def _wire_name(circuit: QuantumCircuit, wire: int) -> str:
    register, index = circuit.find_bit(circuit.qubits[wire]).registers[0] if circuit.qregs else (None, wire)
    return f"{register.name}[{index}]" if register is not None else f"q{wire}"


def _axes(ax: Axes | None, size: tuple[float, float] = (7.0, 4.2)) -> Axes:
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    return plt.subplots(figsize=size, layout="constrained")[1]


def _edges(probabilities: Any, price_at: Callable[[float], float]) -> Any:
    """Prices that cut the law into bins of these probabilities."""
    from statistics import NormalDist

    normal = NormalDist()
    below = np.clip(np.cumsum(probabilities)[:-1], 0.0, 1.0)
    scores = [normal.inv_cdf(part) if 0.0 < part < 1.0 else (-40.0 if part <= 0.0 else 40.0) for part in below]
    return np.array([0.0, *(price_at(score) for score in scores), math.inf])


def _broken_line(payoff: Any, prices: Any) -> tuple[Any, Any]:
    """The payoff on the prices, with a gap in the line at every jump."""
    xs, ys = list(prices), list(payoff(prices))
    for index, kink in enumerate(payoff.kinks):
        if prices[0] < kink < prices[-1]:
            below = payoff.intercepts[index] + payoff.slopes[index] * kink
            above = payoff.intercepts[index + 1] + payoff.slopes[index + 1] * kink
            where = int(np.searchsorted(np.array(xs), kink))
            jump = abs(above - below) > 1e-12 * max(1.0, abs(above))
            xs[where:where] = [kink, kink, kink] if jump else [kink]
            ys[where:where] = [below, math.nan, above] if jump else [above]
    return np.array(xs), np.array(ys)
