"""What the records of results have in common: header, complex vectors, and the circuits that they leave out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

from qalgo.errors import ProblemError

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from circuits.block_encoding import BlockEncoding

__all__ = ["BuiltCircuits", "EncodingRecord", "check_header", "from_pairs", "kept", "to_pairs"]

Part = TypeVar("Part")


@dataclass(frozen=True, slots=True, eq=False)
class BuiltCircuits:
    """The encoding and the circuit of a result; absent in one that was read back from a record."""

    encoding: BlockEncoding
    circuit: QuantumCircuit


@dataclass(frozen=True, slots=True)
class EncodingRecord:
    """What a record keeps of a block encoding."""

    method: str
    alpha: float
    error: float
    num_system: int
    ancillas: int

    @classmethod
    def of(cls, encoding: BlockEncoding) -> EncodingRecord:
        """Return the record of an encoding."""
        return cls(
            encoding.method, float(encoding.alpha), float(encoding.error), encoding.num_system, encoding.ancillas
        )

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> EncodingRecord:
        """Rebuild from :meth:`to_dict`."""
        return cls(**{name: data[name] for name in cls.__dataclass_fields__})


def check_header(data: Mapping[str, Any], schema: str, version: int) -> None:
    """Check the name and the version of the schema.

    Raises:
        ProblemError: another schema or version.
    """
    if data.get("schema") != schema or data.get("version") != version:
        raise ProblemError(
            f"the record has schema {data.get('schema')!r} version {data.get('version')!r}; "
            f"allowed: {schema!r} version {version}"
        )


def kept(part: Part | None, again: str) -> Part:
    """Return a part that records leave out.

    Raises:
        ProblemError: it is missing; ``again`` names the call that makes it.
    """
    if part is None:
        raise ProblemError(
            f"this result was read back from a record, which holds no circuits; allowed: call {again} again for them"
        )
    return part


def to_pairs(vector: npt.NDArray[np.complex128] | None) -> list[list[float]] | None:
    """Return [real, imaginary] of each entry."""
    return None if vector is None else [[z.real, z.imag] for z in np.asarray(vector, dtype=np.complex128).tolist()]


def from_pairs(pairs: Sequence[Sequence[float]] | None) -> npt.NDArray[np.complex128] | None:
    """Rebuild from :func:`to_pairs`."""
    return None if pairs is None else np.array([complex(*pair) for pair in pairs], dtype=np.complex128)
