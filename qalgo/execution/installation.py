"""In which state qiskit-aer is installed, and the cure where it is not in order.

The CPU and the GPU wheel are two distributions that fill the same folder ``qiskit_aer``: installing one on top of the
other, and removing one of them, leave states that pip calls fine.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from importlib.metadata import distributions
from typing import Any, Literal

from qalgo.errors import ExecutionError

__all__ = ["TO_CPU", "TO_GPU", "AerInstallation", "diagnose", "import_aer", "import_module_of_aer", "installed_wheels"]

State = Literal["cpu", "gpu", "no gpu", "libraries missing", "files missing", "dependency missing", "not installed"]
CUDA_PACKAGES = (
    "nvidia-cuda-runtime-cu12 nvidia-nvjitlink-cu12 nvidia-cublas-cu12 nvidia-cusolver-cu12 nvidia-cusparse-cu12 "
    "'cuquantum-cu12>=23.3,<24.11'"
)
TO_CPU = "'pip uninstall qiskit-aer-gpu qiskit-aer', then 'pip install qiskit-aer'"
TO_GPU = (
    "on a Linux machine (x86_64) with an NVIDIA GPU and CUDA 12 replace the CPU build: 'pip uninstall qiskit-aer' and "
    "then 'pip install qiskit-aer-gpu' (never both: they share one directory)"
)
_NO_LIBRARY = "cannot open shared object file"


@dataclass(frozen=True, slots=True)
class AerInstallation:
    """What is installed under the name qiskit_aer."""

    state: State
    text: str
    """What was found."""
    cure: str = ""
    """What to do to get a working simulator (for "cpu" and "no gpu": a working GPU); empty for "gpu"."""

    @property
    def importable(self) -> bool:
        """Whether circuits can be simulated at all, on the CPU at least."""
        return self.state in ("cpu", "gpu", "no gpu")


def installed_wheels() -> tuple[str, ...]:
    """Return the installed distributions of Aer as pip lists them: qiskit-aer, qiskit-aer-gpu, ..."""
    names = {(distribution.metadata["Name"] or "").lower() for distribution in distributions()}
    return tuple(sorted(name for name in names if name == "qiskit-aer" or name.startswith("qiskit-aer-gpu")))


def import_aer() -> Any:
    """Return the module qiskit_aer.

    Raises:
        ExecutionError: it cannot be imported; the message says in which state the installation is, and the cure.
    """
    try:
        return import_module_of_aer()
    except ImportError as error:
        found = diagnose(error)
        raise ExecutionError(f"qiskit-aer cannot be imported: {found.text}; {found.cure}") from error


def import_module_of_aer() -> Any:
    """Import qiskit_aer, and make sure that it is not an empty folder (which imports as a namespace)."""
    module = importlib.import_module("qiskit_aer")
    if not hasattr(module, "AerSimulator"):
        raise ModuleNotFoundError("No module named 'qiskit_aer' (its folder is empty)", name="qiskit_aer")
    return module


def diagnose(error: ImportError) -> AerInstallation:
    """Read the state of the installation from the error of ``import qiskit_aer``."""
    wheels = installed_wheels()
    listed = " and ".join(wheels)
    if isinstance(error, ModuleNotFoundError) and (error.name or "").split(".")[0] == "qiskit_aer":
        if not wheels:
            return AerInstallation("not installed", "qiskit-aer is not installed", "'pip install qiskit-aer'")
        text = (
            f"pip lists {listed}, but the files of qiskit_aer are gone: uninstalling one of the CPU and GPU builds "
            "removes those of the other, too"
        )
        return AerInstallation("files missing", text, f"'pip install --force-reinstall --no-deps {wheels[0]}'")
    if isinstance(error, ModuleNotFoundError):
        cure = f"'pip install {error.name}', or reinstall qiskit-aer"
        return AerInstallation("dependency missing", f"qiskit_aer needs a module that is missing ({error})", cure)
    if any(wheel.startswith("qiskit-aer-gpu") for wheel in wheels) or _NO_LIBRARY in str(error):
        text = f"{listed or 'qiskit-aer'} installed, but libraries of CUDA are missing or do not fit ({error})"
        cure = f"for the CPU {TO_CPU}; for a GPU 'pip install {CUDA_PACKAGES}'"
        if len(wheels) > 1:
            cure = f"{cure} after uninstalling both builds and installing qiskit-aer-gpu alone"
        return AerInstallation("libraries missing", text, cure)
    cure = "'pip install --force-reinstall --no-deps qiskit-aer'"
    return AerInstallation("files missing", f"the installed qiskit_aer is damaged ({error})", cure)
