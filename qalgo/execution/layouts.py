"""Level-3 transpilation with several seeds: the layout on which a shot is most likely free of errors is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qalgo.execution.durations import quality_of
from qalgo.execution.folding import two_qubit_gates
from qalgo.seeds import Purpose, derived_seed

if TYPE_CHECKING:
    from qiskit import QuantumCircuit
    from qiskit.providers import BackendV2

__all__ = ["LayoutSearch"]

OPTIMIZATION_LEVEL = 3
CANDIDATES = 8
"""Seeds tried. On a line of qubits every second seed of a routed 24-CNOT circuit costs two more CNOTs."""
LARGEST_SEARCHED = 1000
"""Operations of the first candidate above which it is the only one: transpiling again would take seconds."""


class LayoutSearch:
    """A pass manager for a backend; the same circuit and seed give the same result.

    A circuit that fits on the device without routing is transpiled once: the transpiler has then compared all its
    placements by the device's errors. Others are transpiled with eight seeds, and the product of 1 - error over gates
    and measurements decides (the number of two-qubit gates where the device reports no errors).

    Args:
        backend: with a target.
        seed: root; candidate i has the seed derived for (transpilation, i), the first that for (transpilation).
    """

    def __init__(self, backend: BackendV2, seed: int) -> None:
        self._backend = backend
        self._seed = seed

    def run(self, circuit: QuantumCircuit) -> QuantumCircuit:
        """Transpile one circuit."""
        best = self._candidate(circuit, derived_seed(self._seed, Purpose.TRANSPILATION))
        routed = best.layout is not None and best.layout.final_layout is not None
        if not routed or best.size() > LARGEST_SEARCHED:
            return best
        for index in range(1, CANDIDATES):
            other = self._candidate(circuit, derived_seed(self._seed, Purpose.TRANSPILATION, index))
            if self._merit(other) > self._merit(best):
                best = other
        return best

    def _candidate(self, circuit: QuantumCircuit, seed: int) -> QuantumCircuit:
        from qiskit.transpiler import generate_preset_pass_manager

        return generate_preset_pass_manager(OPTIMIZATION_LEVEL, backend=self._backend, seed_transpiler=seed).run(
            circuit
        )

    def _merit(self, circuit: QuantumCircuit) -> tuple[float, int]:
        target = getattr(self._backend, "target", None)
        success = None if target is None else quality_of(circuit, target).both
        return (0.0 if success is None else success), -two_qubit_gates(circuit)
