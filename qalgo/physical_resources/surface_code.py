"""The rotated surface code in two formulas: error of one patch, and the smallest distance that keeps within one."""

from __future__ import annotations

__all__ = ["MAX_DISTANCE", "THRESHOLD", "patch_error", "patch_qubits", "smallest_distance"]

THRESHOLD = 0.01
"""Physical error rate at which a larger distance stops helping."""
MAX_DISTANCE = 101


def patch_error(physical_error: float, distance: int, prefactor: float) -> float:
    r"""Return the error of one patch: prefactor * (p / 0.01)^((d + 1) / 2) (1208.0928, eq. 11).

    ``prefactor`` is 0.03 per d cycles in 2211.07629 and 0.1 per cycle in 1808.02892 and 1812.01238.
    """
    return float(prefactor * (physical_error / THRESHOLD) ** ((distance + 1) / 2))


def patch_qubits(distance: int) -> int:
    """Return the physical qubits of one patch, measurement qubits included: 2 d^2."""
    return 2 * distance**2


def smallest_distance(target: float, physical_error: float, prefactor: float, start: int = 3) -> int | None:
    """Return the smallest odd distance from ``start`` on whose patch error is at most ``target``, or None."""
    if physical_error >= THRESHOLD:
        return None
    for distance in range(start, MAX_DISTANCE + 1, 2):
        if patch_error(physical_error, distance, prefactor) <= target:
            return distance
    return None
