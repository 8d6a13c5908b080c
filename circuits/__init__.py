"""Circuit builders: numbers in, a plain ``QuantumCircuit`` out. Nothing is run here.

Import the module that holds the builder: ``circuits.states``, ``circuits.reflection``, ... Those below are also names
of the package, resolved on first use. All builders are little-endian and return their work qubits to ``|0>``.
"""

from importlib import import_module as _import_module

_NAMES = {
    "BlockEncoding": "circuits.block_encoding",
    "EvolutionPhases": "circuits.two_way_walk",
    "GQSPPhases": "circuits.generalised_signal_processing",
    "QSPPhases": "circuits.signal_processing",
    "adjacency_path": "circuits.tridiagonal_encoding",
    "banded": "circuits.banded_encoding",
    "block_encode": "circuits.encoding_choice",
    "complement": "circuits.positive_definite",
    "fable": "circuits.fable_encoding",
    "generalised_qsvt": "circuits.generalised_signal_processing",
    "laplacian_path": "circuits.tridiagonal_encoding",
    "projector": "circuits.projector_encoding",
    "qsvt": "circuits.signal_processing",
    "qsvt_pair": "circuits.signal_processing",
    "qubitised_walk": "circuits.generalised_signal_processing",
    "row_states": "circuits.row_state_encoding",
    "shift": "circuits.shift_encoding",
    "sparse": "circuits.sparse_encoding",
    "toeplitz": "circuits.banded_encoding",
    "transformed": "circuits.signal_processing",
    "walk_evolution": "circuits.two_way_walk",
}

__all__ = [*_NAMES]


def __getattr__(name: str) -> object:
    if name not in _NAMES:
        raise AttributeError(f"module 'circuits' has no attribute {name!r}")
    value = getattr(_import_module(_NAMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
