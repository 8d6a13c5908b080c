r"""Path and cycle matrices d I + e S + e* S^T: adjacency, Laplacian, hopping with a phase. Loss-free and O(n) CX.

The edges of a path fall into two perfect matchings. One pairs 2k with 2k + 1, so it is X on the lowest bit. The other,
2k + 1 with 2k + 2, is X on the lowest bit and then, on the n - 1 others, plus one where that bit was 1 and minus one
where it was 0. Minus one is plus one between complements, so both directions share a single increment of n - 1 bits.
The sum of both matchings is S + S^T, each is its own inverse, and each costs at most one increment.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from qiskit import AncillaRegister, QuantumCircuit, QuantumRegister

from circuits.block_encoding import BlockEncoding, Preparation
from circuits.errors import ProblemError
from circuits.increment import (
    append_boundary,
    append_increment,
    boundary_cx,
    boundary_work,
    increment_cx,
    increment_work,
)
from circuits.validation import MAX_SYSTEM_QUBITS, check_count

__all__ = ["adjacency_path", "check_boundary", "laplacian_path", "tridiagonal", "tridiagonal_cx"]


def adjacency_path(num_qubits: int, *, size: int | None = None, boundary: str = "open") -> BlockEncoding:
    r"""Encode C = (S + S^T)/2, half the adjacency of a path (or a cycle), with alpha exactly 1.

    Its eigenvalues are cos(pi k / (N + 1)), those of the cycle cos(2 pi k / N). Cost: 9 n - 12 CX (24 for 16 x 16),
    n - 2 work qubits, 2 ancillas (a cycle: 1); the unitary is its own inverse.

    Args:
        num_qubits: n.
        size: N, at most 2^n and more than half of it; 2^n if None.
        boundary: "open" (path) or "periodic" (cycle).

    Raises:
        ProblemError: sizes or boundaries that do not exist; a cycle whose length is not a power of two.
    """
    return tridiagonal(0.0, 0.5, num_qubits, size=size, boundary=boundary)


def laplacian_path(num_qubits: int, *, size: int | None = None, boundary: str = "open") -> BlockEncoding:
    r"""Encode tridiag(-1, 2, -1), Dirichlet ("open") or periodic, with alpha exactly 4: 9 n - 9 CX (27 for 16 x 16).

    Arguments and errors: :func:`adjacency_path`.
    """
    return tridiagonal(2.0, -1.0, num_qubits, size=size, boundary=boundary)


def tridiagonal(
    diagonal: float, off_diagonal: complex, num_qubits: int, *, size: int | None = None, boundary: str = "open"
) -> BlockEncoding:
    r"""Encode the Hermitian matrix :math:`d I + e S + e^* S^T` with alpha = |d| + 2 |e|, S|j> = |j + 1>.

    A complex e costs only phases: :math:`e^{i\phi x}` around the real matrix (open boundary; on a cycle the phases must
    close). The weights sit in two ancillas: p chooses identity or matchings, q (only where p is set) the second one.

    Args:
        diagonal: d.
        off_diagonal: e, the entry below the diagonal.
        num_qubits: n.
        size: N, at most 2^n and more than half of it; 2^n if None. Smaller than 2^n costs two comparisons.
        boundary: "open" or "periodic".

    Raises:
        ProblemError: off_diagonal 0 (that is a multiple of the identity), numbers that are not finite, sizes that do
            not fit, a cycle whose length is not a power of two or around which the phase of e does not close.
    """
    check_count(num_qubits, "num_qubits", 1)
    if num_qubits > MAX_SYSTEM_QUBITS:
        raise ProblemError(f"num_qubits is {num_qubits}; allowed: at most {MAX_SYSTEM_QUBITS}")
    check_boundary(boundary)
    states = 2**num_qubits if size is None else size
    _check(diagonal, off_diagonal, num_qubits, states, boundary)
    form = partial(_circuit, float(diagonal), complex(off_diagonal), num_qubits, states, boundary == "periodic")
    circuit = form(controlled=False)
    return BlockEncoding(
        circuit=circuit,
        num_system=num_qubits,
        ancillas=_ancillas(diagonal, boundary),
        alpha=abs(diagonal) + 2 * abs(off_diagonal),
        error=4e-16 * circuit.size() * (abs(diagonal) + 2 * abs(off_diagonal)),
        method="tridiagonal",
        reason=f"constant diagonals {diagonal:g} and {off_diagonal:g}: two matchings of a {_graph(boundary)}",
        hermitian=True,
        self_inverse=diagonal == 0,
        shape=(states, states),
        preparation=Preparation(0.0, "none"),
        controlled_builder=partial(form, controlled=True),
    )


def tridiagonal_cx(num_qubits: int, size: int, *, periodic: bool, diagonal: bool) -> int:
    """CX of one use of :func:`tridiagonal`: an increment, 2 (n - 1) for the directions, 3 for a diagonal, the cut."""
    cut = 0 if periodic else boundary_cx(num_qubits, size)
    carry = not periodic and size == 2**num_qubits
    return increment_cx(num_qubits, carry) + 2 * (num_qubits - 1) + 3 * diagonal + cut


def check_boundary(boundary: str) -> None:
    """Raise unless the boundary is one of the two."""
    if boundary not in ("open", "periodic"):
        raise ProblemError(f"boundary is {boundary!r}; allowed: 'open' or 'periodic'")


def _check(diagonal: float, off_diagonal: complex, num_qubits: int, states: int, boundary: str) -> None:
    check_count(states, "size", 2)
    if not 2 ** (num_qubits - 1) < states <= 2**num_qubits:
        raise ProblemError(
            f"size is {states}; allowed for {num_qubits} qubits: {2 ** (num_qubits - 1) + 1} .. {2**num_qubits}"
        )
    if not np.isfinite(diagonal) or not np.isfinite(off_diagonal) or off_diagonal == 0:
        raise ProblemError(f"diagonal {diagonal} and off_diagonal {off_diagonal}; allowed: finite, off_diagonal not 0")
    if boundary == "periodic":
        if states != 2**num_qubits:
            raise ProblemError(f"size is {states}; allowed for a cycle: a power of two; use toeplitz for other lengths")
        turns = np.angle(off_diagonal) * states / (2 * np.pi)
        if abs(turns - round(turns)) > 1e-12 * states:
            raise ProblemError(
                f"off_diagonal is {off_diagonal}: its phase does not close around {states} sites; use toeplitz"
            )


def _ancillas(diagonal: float, boundary: str) -> int:
    return 1 + (diagonal != 0) + (boundary == "open")


def _graph(boundary: str) -> str:
    return "path" if boundary == "open" else "cycle"


def _circuit(
    diagonal: float, off_diagonal: complex, num_qubits: int, size: int, periodic: bool, *, controlled: bool
) -> QuantumCircuit:
    carried = not periodic and size == 2**num_qubits
    cut = not periodic and not carried
    needed = max(increment_work(num_qubits, carried), boundary_work(num_qubits, size) if cut else 0)
    ancillas = 1 + (diagonal != 0) + (not periodic)
    circuit = QuantumCircuit(QuantumRegister(num_qubits, "system"), QuantumRegister(ancillas, "ancilla"), name="U")
    work = list(range(circuit.num_qubits, circuit.num_qubits + needed))
    if needed:
        circuit.add_register(AncillaRegister(needed, "work"))
    control = circuit.num_qubits if controlled else None
    if controlled:
        circuit.add_register(QuantumRegister(1, "control"))
    second = num_qubits + ancillas - 1
    first = second - 1 if diagonal != 0 else None
    flag = None if periodic else num_qubits

    angle = float(np.angle(off_diagonal))
    _append_phase_ramp(circuit, -angle, num_qubits)
    _append_weights(circuit, diagonal, abs(off_diagonal), first, second)
    if cut and flag is not None:
        append_boundary(circuit, range(num_qubits), size, flag, work)
    _append_matchings(circuit, num_qubits, work, (first, second, control), flag if carried else None)
    if cut and flag is not None:
        append_boundary(circuit, range(num_qubits), size, flag, work)
    if diagonal < 0:
        _append_sign(circuit, first, control)
    _append_weights(circuit, diagonal, abs(off_diagonal), first, second, inverse=True)
    _append_phase_ramp(circuit, angle, num_qubits)
    return circuit


def _append_phase_ramp(circuit: QuantumCircuit, angle: float, num_qubits: int) -> None:
    """Multiply |x> by exp(i angle x): around the matrix this turns |e| into e, and outside it cancels."""
    for bit in range(num_qubits):
        turn = float(np.angle(np.exp(1j * angle * 2.0**bit)))
        if abs(turn) > 1e-15 * 2**bit:
            circuit.p(turn, bit)


def _append_weights(
    circuit: QuantumCircuit, diagonal: float, off_diagonal: float, first: int | None, second: int, inverse: bool = False
) -> None:
    """Amplitudes sqrt(|d|), sqrt(|e|), sqrt(|e|) on (p, q) = (0, 0), (1, 0), (1, 1), but for their norm; one CX."""
    if first is None:
        circuit.h(second)
        return
    angle = 2 * float(np.arctan2(np.sqrt(2 * off_diagonal), np.sqrt(abs(diagonal))))
    if not inverse:
        circuit.ry(angle, first)
    # A controlled Hadamard, its own inverse.
    circuit.ry(-np.pi / 4, second)
    circuit.cz(first, second)
    circuit.ry(np.pi / 4, second)
    if inverse:
        circuit.ry(-angle, first)


def _append_matchings(
    circuit: QuantumCircuit,
    num_qubits: int,
    work: list[int],
    switches: tuple[int | None, int, int | None],
    carry: int | None,
) -> None:
    """X on the lowest bit (where p and the control are set), then plus or minus one on the others (where q is too)."""
    first, second, control = switches
    others = range(1, num_qubits)
    gates = [qubit for qubit in (first, control) if qubit is not None]
    if not gates:
        circuit.x(0)
    elif len(gates) == 1:
        circuit.cx(gates[0], 0)
    else:
        circuit.ccx(gates[0], gates[1], 0)
    for bit in others:
        circuit.cx(0, bit)
    append_increment(circuit, others, work, controls=[second] if control is None else [control, second], carry=carry)
    for bit in others:
        circuit.cx(0, bit)


def _append_sign(circuit: QuantumCircuit, first: int | None, control: int | None) -> None:
    """Negate what the identity contributes: its weight is a negative number."""
    if first is None:
        return
    circuit.x(first)
    if control is None:
        circuit.z(first)
    else:
        circuit.cz(control, first)
    circuit.x(first)
