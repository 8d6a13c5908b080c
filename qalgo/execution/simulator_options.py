"""How the default simulator works: method, precision, engine for Q^k A, GPU library, blocking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from qalgo.errors import ProblemError

__all__ = ["DEFAULT_SIMULATOR", "SimulatorOptions"]

Method = Literal["statevector", "matrix_product_state", "tensor_network", "automatic"]
Precision = Literal["double", "single"]
Engine = Literal["auto", "evolution", "composed"]
# fmt: off
MPS_GATES = frozenset((
    "id", "x", "y", "z", "h", "s", "sdg", "t", "tdg", "sx", "sxdg", "p", "r", "rx", "ry", "rz",
    "u", "cx", "cy", "cz", "cp", "csx", "swap", "ecr", "rxx", "ryy", "rzz", "rzx", "ccx", "cswap",
    "unitary", "diagonal",
))
# fmt: on
"""Gates that Aer's matrix product states know; multi-controlled ones and controlled rotations are not among them."""


@dataclass(frozen=True, slots=True)
class SimulatorOptions:
    """Options of the default simulator, Aer's; the defaults are what tests/benchmarks/engines.py measured as best.

    On CPUs circuits of 20 qubits take 1.9 to 2.4 times as long in single precision as in double, and a Grover circuit
    50 times as long as a matrix product state (bonds grow, and wide controlled gates have to be taken apart);
    "automatic" and chunks change nothing (``tests/benchmarks/results/engines.json``). Single precision halves the
    memory, and is what NVIDIA cards other than those for data centres are fast in (qiskit-aer#2396; not measured here).

    State vectors over several computers: build qiskit-aer from its sources with MPI
    (``python setup.py bdist_wheel -- -DAER_MPI=True -DAER_DISABLE_GDR=True``, without the second flag where GPUs talk
    to each other directly), give ``blocking_qubits=b`` and start the same script once per process,
    ``mpirun -np 8 python script.py``. Aer cuts the vector into 2^(n-b) chunks of 2^b amplitudes and spreads them over
    the processes (arXiv 2102.02957): b at most n - log2(processes), and by Aer's rule 16 x 2^(b+4) bytes fit into the
    memory of one process or GPU. Every process gets the counts, the same ones under the same seed: let only rank 0
    write files. The memory check of this package sees one machine only: ``max_memory_mb`` replaces it. The recipe is
    that of Aer's documentation and untested here (the wheels on PyPI have no MPI): only the blocking itself is tested.

    Raises:
        ProblemError: a value that is not allowed, or values that exclude each other.
    """

    method: Method = "statevector"
    """"statevector"; "matrix_product_state" for weakly entangled, wide circuits (CPU only); "tensor_network" (GPU with
    cuTensorNet only); "automatic": Aer chooses."""
    precision: Precision = "double"
    """"double" or "single"; the latter is allowed on CPUs, where it saves memory and no time."""
    engine: Engine = "auto"
    """How powers Q^k A are run: "evolution" (one run, probabilities saved at every power), "composed" (a circuit for
    every power) or "auto", see :func:`qalgo.execution.engines.choose_engine`."""
    cu_state_vec: bool = False
    """NVIDIA's cuStateVec kernels: worth it from about 22 qubits on (qiskit-aer#1400). GPU only."""
    blocking_qubits: int | None = None
    """Cut state vectors into chunks of 2^b amplitudes: for several GPUs or, with MPI, several computers."""
    max_memory_mb: int | None = None
    """Most memory for a state in MiB; None: what is free on this machine."""

    def __post_init__(self) -> None:
        for name, allowed in (("method", Method), ("precision", Precision), ("engine", Engine)):
            value = getattr(self, name)
            if value not in get_args(allowed):
                raise ProblemError(f"{name} is {value!r}; allowed: {', '.join(get_args(allowed))}")
        for name in ("blocking_qubits", "max_memory_mb"):
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
                raise ProblemError(f"{name} is {value!r}; allowed: a positive integer, or None")
        state_vector = self.method in ("statevector", "automatic")
        for name, given in (("cu_state_vec", self.cu_state_vec), ("blocking_qubits", self.blocking_qubits is not None)):
            if given and not state_vector:
                raise ProblemError(
                    f"{name} is given with method={self.method!r}; it belongs to state vectors: leave it out, or use "
                    'method="statevector"'
                )
        if self.engine == "evolution" and self.method != "statevector":
            raise ProblemError(
                f'engine="evolution" is given with method={self.method!r}; it carries a state vector from power to '
                'power: use method="statevector", or engine="composed"'
            )

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> SimulatorOptions:
        """Rebuild from :meth:`to_dict`.

        Raises:
            ProblemError: an option that this version does not know, or a value that is not allowed.
        """
        try:
            return cls(**data)
        except TypeError as error:
            raise ProblemError(f"these are no simulator options: {dict(data)!r} ({error})") from error

    @property
    def checks_memory(self) -> bool:
        """Whether a state vector is surely held here, and no limit of the user's replaces the check."""
        return self.method == "statevector" and self.max_memory_mb is None

    @property
    def gpu_only(self) -> str | None:
        """What in these options exists on GPUs only, in words; None: nothing."""
        if self.method == "tensor_network":
            return "method='tensor_network'"
        return "cu_state_vec=True" if self.cu_state_vec else None

    @property
    def bytes_per_amplitude(self) -> int:
        """16 in double precision, 8 in single."""
        return 16 if self.precision == "double" else 8

    @property
    def gate_names(self) -> frozenset[str] | None:
        """Gates that circuits are translated to; None: all of qalgo's Aer target."""
        return MPS_GATES if self.method == "matrix_product_state" else None

    def description_on(self, device: str) -> str:
        """What a result says about the simulator, e.g. "Aer statevector, single precision"."""
        parts = [f"Aer {self.method}"]
        if self.precision == "single":
            parts.append("single precision")
        if self.cu_state_vec and device == "GPU":
            parts.append("cuStateVec")
        if self.blocking_qubits is not None:
            parts.append(f"chunks of 2^{self.blocking_qubits} amplitudes")
        return ", ".join(parts)

    def aer_options(self, device: str) -> dict[str, Any]:
        """Return the keywords of ``AerSimulator`` on "CPU" or "GPU"."""
        options: dict[str, Any] = {"method": self.method, "precision": self.precision}
        if self.cu_state_vec and device == "GPU":
            options["cuStateVec_enable"] = True
        if self.blocking_qubits is not None:
            options.update(blocking_enable=True, blocking_qubits=self.blocking_qubits)
        if self.max_memory_mb is not None:
            options["max_memory_mb"] = self.max_memory_mb
        return options


DEFAULT_SIMULATOR = SimulatorOptions()
