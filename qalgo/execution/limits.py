"""Width and memory, checked before anything is allocated."""

from __future__ import annotations

import os

from qalgo.errors import ExecutionError

__all__ = ["MAX_QUBITS", "available_memory", "check_state_vector", "fits", "state_vector_bytes"]

BYTES_PER_AMPLITUDE = 16
MAX_QUBITS = 62
"""Widest register whose basis states fit a signed 64-bit index."""
_USABLE_SHARE = 0.8


def state_vector_bytes(num_qubits: int, bytes_per_amplitude: int = BYTES_PER_AMPLITUDE) -> int:
    """Return 16 * 2^n: bytes of n qubits in double precision (8 bytes per amplitude in single)."""
    return bytes_per_amplitude << num_qubits


def available_memory() -> int | None:
    """Return the bytes of memory that are free on this machine, or None where the system does not say."""
    known = [amount for amount in (_free_pages(), _control_group_limit()) if amount is not None]
    return min(known) if known else None


def fits(num_qubits: int, *, copies: int = 1, bytes_per_amplitude: int = BYTES_PER_AMPLITUDE) -> bool:
    """Whether ``copies`` state vectors of ``num_qubits`` qubits fit into the free memory."""
    free = available_memory()
    needed = copies * state_vector_bytes(min(num_qubits, MAX_QUBITS), bytes_per_amplitude)
    return num_qubits <= MAX_QUBITS and (free is None or needed <= _USABLE_SHARE * free)


def check_state_vector(
    num_qubits: int, *, copies: int = 1, what: str = "the circuit", bytes_per_amplitude: int = BYTES_PER_AMPLITUDE
) -> None:
    """Raise ExecutionError unless ``copies`` state vectors of ``num_qubits`` qubits fit into the free memory.

    Args:
        num_qubits: width of the circuit.
        copies: how many vectors are alive at once.
        what: named in the message.
        bytes_per_amplitude: 16 in double precision, 8 in single.
    """
    if fits(num_qubits, copies=copies, bytes_per_amplitude=bytes_per_amplitude):
        return
    free = available_memory()
    needed = copies * state_vector_bytes(num_qubits, bytes_per_amplitude) if num_qubits <= MAX_QUBITS else None
    size = _readable(needed) if needed is not None else f"2^{num_qubits} amplitudes"
    have = "an unknown amount" if free is None else _readable(free)
    widest = "" if free is None else f" Allowed here: at most {_widest(free, copies * bytes_per_amplitude)} qubits."
    raise ExecutionError(
        f"{what} has {num_qubits} qubits: its state vector needs {size}, {have} of memory is free.{widest} "
        "Use fewer qubits, a machine with more memory, or a sampler for a device of that width."
    )


def _widest(free: int, bytes_per_basis_state: int) -> int:
    usable = int(_USABLE_SHARE * free) // bytes_per_basis_state
    return max(0, usable.bit_length() - 1)


def _free_pages() -> int | None:
    # The page cache counts as used in SC_AVPHYS_PAGES, but the kernel gives it back on demand: Linux says how much in
    # meminfo. macOS has only the total.
    try:
        with open("/proc/meminfo", encoding="ascii") as lines:
            for line in lines:
                if line.startswith("MemAvailable:"):
                    return 1024 * int(line.split()[1])
    except (OSError, ValueError):
        pass
    for name in ("SC_AVPHYS_PAGES", "SC_PHYS_PAGES"):
        try:
            return os.sysconf(name) * os.sysconf("SC_PAGE_SIZE")
        except (AttributeError, OSError, ValueError):
            continue
    return None


def _control_group_limit() -> int | None:
    # A container may be allowed less than the machine has.
    try:
        with open("/sys/fs/cgroup/memory.max", encoding="ascii") as limit:
            allowed = limit.read().strip()
        with open("/sys/fs/cgroup/memory.current", encoding="ascii") as current:
            used = int(current.read())
    except (OSError, ValueError):
        return None
    return None if allowed == "max" else max(0, int(allowed) - used)


def _readable(amount: float) -> str:
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if amount < 1024:
            return f"{amount:.3g} {unit}"
        amount /= 1024
    return f"{amount:.3g} PiB"
