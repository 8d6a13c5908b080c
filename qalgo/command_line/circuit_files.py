"""Circuits from OpenQASM files, versions 2 and 3."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from qalgo.errors import ProblemError

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

__all__ = ["read_circuit"]

_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_HEADER = re.compile(r"\s*OPENQASM\s+(\d+)(?:\.\d+)?\s*;")
_READABLE = "allowed: a text file that starts with OPENQASM 2.0; or OPENQASM 3.0;"


def read_circuit(path: str) -> QuantumCircuit:
    """Read a circuit from an OpenQASM file; the version is that of its first statement.

    Raises:
        ProblemError: no such file, another format, a syntax error, or version 3 without its importer.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise ProblemError(f"cannot read {path}: {error.strerror}; {_READABLE}") from error
    except UnicodeDecodeError as error:
        raise ProblemError(f"{path} is not a text file; {_READABLE}") from error
    header = _HEADER.match(_COMMENT.sub(" ", text))
    if header is None or header[1] not in ("2", "3"):
        found = "no version" if header is None else f"version {header[1]}"
        raise ProblemError(f"{path} has {found} at its start; {_READABLE}")
    circuit = _version_2(text, path) if header[1] == "2" else _version_3(text, path)
    circuit.name = Path(path).stem
    return circuit


def _version_2(text: str, path: str) -> QuantumCircuit:
    from qiskit import qasm2

    try:
        return qasm2.loads(
            text,
            include_path=(*qasm2.LEGACY_INCLUDE_PATH, str(Path(path).parent)),
            custom_instructions=qasm2.LEGACY_CUSTOM_INSTRUCTIONS,
            custom_classical=qasm2.LEGACY_CUSTOM_CLASSICAL,
        )
    except qasm2.QASM2ParseError as error:
        raise ProblemError(f"{path} is not valid OpenQASM 2: {error.message}") from error


def _version_3(text: str, path: str) -> QuantumCircuit:
    from qiskit import qasm3
    from qiskit.exceptions import MissingOptionalLibraryError, QiskitError

    try:
        return qasm3.loads(text)
    except MissingOptionalLibraryError as error:
        raise ProblemError(
            f"{path} is OpenQASM 3, whose importer is not installed: pip install qiskit-qasm3-import"
        ) from error
    except (QiskitError, *_syntax_errors()) as error:
        reason = str(error).strip("'\"") or "syntax error"
        raise ProblemError(f"{path} cannot be read as OpenQASM 3: {reason}") from error


def _syntax_errors() -> tuple[type[Exception], ...]:
    """What the parser behind the importer raises; nothing where it is not installed."""
    try:
        from openqasm3.parser import QASM3ParsingError
    except ImportError:
        return ()
    return (QASM3ParsingError,)
