r"""Sign flips of basis states: multi-controlled Z with work qubits, and the shortest flip of a set of states."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from qiskit import QuantumCircuit
from qiskit.circuit.library import MCXGate
from qiskit.synthesis import synth_mcx_1_clean_kg24, synth_mcx_2_clean_kg24

__all__ = ["append_multi_controlled_x", "append_multi_controlled_z", "append_set_flip"]

_MAX_EXHAUSTIVE_QUBITS = 6
"""Up to this many qubits all 2^m polarities are tried."""

_CZ_COST = (0, 0, 1, 6, 14, 36)
"""CX of a Z on 0..5 qubits without work qubits; used only to choose among equivalent circuits."""


def append_multi_controlled_x(
    circuit: QuantumCircuit, controls: Sequence[int], target: int, clean: Sequence[int] = ()
) -> None:
    r"""Append X on ``target`` controlled by all ``controls``; ``clean`` qubits are in |0> and come back so.

    Cost: 6k - 6 CX for k >= 3 controls with a clean qubit (2407.17966); without one the gate stays native, for the
    transpiler to synthesise with whatever idle qubits it finds.
    """
    count = len(controls)
    if count < 3 or not clean:
        gate = MCXGate(count) if count else None
        if gate is None:
            circuit.x(target)
        else:
            circuit.append(gate, [*controls, target])
        return
    helpers = list(clean[:2]) if count >= 5 else list(clean[:1])
    synthesise = synth_mcx_2_clean_kg24 if len(helpers) == 2 else synth_mcx_1_clean_kg24
    circuit.compose(synthesise(count), [*controls, target, *helpers], inplace=True)


def append_multi_controlled_z(circuit: QuantumCircuit, qubits: Sequence[int], clean: Sequence[int] = ()) -> None:
    r"""Append the gate that flips the sign of |1...1> of ``qubits`` (none: a global phase of pi)."""
    if not qubits:
        circuit.global_phase += np.pi
    elif len(qubits) == 1:
        circuit.z(qubits[0])
    elif len(qubits) == 2:
        circuit.cz(*qubits)
    else:
        circuit.h(qubits[-1])
        append_multi_controlled_x(circuit, qubits[:-1], qubits[-1], clean)
        circuit.h(qubits[-1])


def append_set_flip(
    circuit: QuantumCircuit,
    qubits: Sequence[int],
    states: Sequence[int],
    *,
    clean: Sequence[int] = (),
    control: int | None = None,
) -> None:
    r"""Append I - 2 P, where P projects ``qubits`` on ``states`` (little-endian); controlled if ``control`` is given.

    The sign function is expanded in products of bits (fixed-polarity Reed-Muller form) with the cheapest polarity:
    one good state costs one multi-controlled Z, "most significant bit set" a single Z.
    """
    polarity, products = _cheapest_expansion(len(qubits), states, controlled=control is not None)
    flipped = [qubit for index, qubit in enumerate(qubits) if polarity >> index & 1]
    extra = [] if control is None else [control]
    _append_x(circuit, flipped)
    for product in products:
        chosen = [qubit for index, qubit in enumerate(qubits) if product >> index & 1]
        append_multi_controlled_z(circuit, extra + chosen, clean)
    _append_x(circuit, flipped)


def _append_x(circuit: QuantumCircuit, qubits: Sequence[int]) -> None:
    for qubit in qubits:
        circuit.x(qubit)


def _cheapest_expansion(num_qubits: int, states: Sequence[int], *, controlled: bool) -> tuple[int, list[int]]:
    """Return (polarity, products): f(x) is the XOR over products of AND of the bits of x ^ polarity."""
    table = np.zeros(2**num_qubits, dtype=np.uint8)
    table[list(states)] = 1
    everything = 2**num_qubits - 1
    if num_qubits <= _MAX_EXHAUSTIVE_QUBITS:
        polarities: Sequence[int] = range(2**num_qubits)
    else:
        polarities = sorted({0, everything, everything ^ min(states), everything ^ max(states)})
    index = np.arange(2**num_qubits)
    expansions = {polarity: _reed_muller(table[index ^ polarity]) for polarity in polarities}
    best = min(expansions, key=lambda polarity: (_cost(expansions[polarity], controlled), polarity))
    return best, expansions[best]


def _reed_muller(table: npt.NDArray[np.uint8]) -> list[int]:
    coefficients = table.copy()
    half = 1
    while half < coefficients.size:
        blocks = coefficients.reshape(-1, 2, half)
        blocks[:, 1] ^= blocks[:, 0]
        half *= 2
    return [int(product) for product in np.flatnonzero(coefficients)]


def _cost(products: Sequence[int], controlled: bool) -> int:
    sizes = [product.bit_count() + controlled for product in products]
    return sum(_CZ_COST[size] if size < len(_CZ_COST) else 40 * (size - 4) for size in sizes)
