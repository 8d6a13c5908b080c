"""Queries of fixed-point search by method, and of bitwise phase estimation beside textbook phase estimation.

Run from the checkout: ``python tests/benchmarks/search_and_phase_estimation.py``. Search: uses of A or its inverse per
shot that guarantee failure <= p for every weight >= lambda; the optimum is 1409.3305, equation 1. "grover" knows the
weight exactly and takes its one best length, with the success it then has: no choice of p; "if the weight is four times
lambda" is what becomes of it. Phase estimation: qubits besides the eigenstate's and controlled uses of U at the same
half-width (2/3) 2^-bits and failure: the textbook's t = n + ceil(log2(2 + 1 / (2 p))) (Nielsen and Chuang, equation
5.35, n the bits whose 2^-n is within the half-width), and the fewest evaluation qubits by the exact law of the read-out
(worst of 257 positions within a bin) with the uniform, the sine and the best of eight Slepian windows; null: not within
12, or for those windows 5, more qubits than bits. Uses are counted in circuits at 3 bits. Nothing depends on the
machine. Writes ``results/search_and_phase_estimation.json``.
"""

import json
import math
from pathlib import Path

import numpy as np
from qiskit import QuantumCircuit

from circuits.bitwise_phase_estimation import bitwise_phase_estimation
from circuits.fixed_point import fixed_point_length, fixed_point_success
from circuits.phase import phase_estimation
from qalgo import ProblemError
from qalgo.amplitude_estimation.windows import phase_window
from qalgo.qsvt import phases
from qalgo.qsvt.phase_reading import HALF_WIDTH, bit_polynomial
from qalgo.qsvt.searching import search_polynomial
from qalgo.versions import versions

LOWER_BOUNDS = (1 / 4, 1 / 16, 1e-2, 1e-3, 1e-4)
FAILURES = (1e-1, 1e-2, 1e-4, 1e-6)
BITS = (3, 6)
POSITIONS = np.linspace(0.0, 1.0, 257)
SLEPIAN = (0.5, 0.7, 0.85, 1.0, 1.2, 1.5, 2.0, 3.0)
WINDOWS = ("uniform", "sine", *(f"slepian:{bandwidth:g}" for bandwidth in SLEPIAN))
MOST_EXTRA, MOST_EXTRA_UNIFORM = 5, 12
COUNTED_BITS = 3


def search_row(bound: float, failure: float) -> dict[str, object]:
    angle = math.asin(math.sqrt(bound))
    power = max(0, round(math.pi / (4 * angle) - 0.5))
    length = fixed_point_length(bound, failure)
    row: dict[str, object] = {
        "lower_bound": bound,
        "failure_probability": failure,
        "optimum_not_rounded": math.acosh(1 / math.sqrt(failure)) / math.atanh(math.sqrt(bound)),
        "yoder_low_chuang": length,
        "yoder_low_chuang_failure": 1 - fixed_point_success(bound, length, failure),
        "grover": 2 * power + 1,
        "grover_failure": math.cos((2 * power + 1) * angle) ** 2,
        "grover_failure_if_the_weight_is_four_times_lambda": math.cos(
            (2 * power + 1) * math.asin(min(1.0, 2 * math.sqrt(bound)))
        )
        ** 2,
    }
    try:
        row["sign"] = search_polynomial(bound, failure).degree
        row["sign_over_optimum"] = row["sign"] / length
    except ProblemError as error:
        row["sign"] = str(error)
    return row


def failure_of(size: int, radius: float, name: str) -> float:
    """Worst probability of a read-out further than ``radius`` bins from the phase, over its position within a bin."""
    reach = math.ceil(radius) + 1
    places = np.arange(-reach, reach + 2)
    distance = POSITIONS[:, None] - places[None, :]
    counted = np.abs(distance) <= radius + 1e-9
    # Other bins that are the same modulo the size would be counted twice.
    if places.size > size:
        return 1.0
    if name == "uniform":
        law = (np.sinc(distance) / np.sinc(distance / size)) ** 2
    else:
        window = phase_window(size.bit_length() - 1, name)
        shifted = window * np.exp(2j * np.pi / size * np.multiply.outer(POSITIONS, np.arange(size)))
        law = np.abs(np.fft.fft(shifted, axis=1)[:, places % size]) ** 2 / size
    return float(np.max(1 - np.sum(law * counted, axis=1)))


def textbook(bits: int, failure: float, names: tuple[str, ...]) -> dict[str, object] | None:
    """Fewest evaluation qubits by the exact law; the best of the windows named."""
    most = bits + (MOST_EXTRA_UNIFORM if names == ("uniform",) else MOST_EXTRA)
    for qubits in range(bits, most + 1):
        size = 2**qubits
        found = {name: failure_of(size, HALF_WIDTH * 2 ** (qubits - bits), name) for name in names}
        best = min(found, key=lambda name: found[name])
        if found[best] <= failure:
            return {"window": best, "qubits": qubits, "uses": size - 1, "failure": found[best]}
    return None


def phase_row(bits: int, failure: float) -> dict[str, object]:
    degree = bit_polynomial(failure / bits).degree
    # 2^-n is within (2/3) 2^-bits from n = bits + 1 on.
    known = bits + 1 + math.ceil(math.log2(2 + 1 / (2 * failure)))
    return {
        "bits": bits,
        "half_width_in_turns": HALF_WIDTH / 2**bits,
        "failure_probability": failure,
        "bitwise": {"qubits": bits, "degree": degree, "uses": degree * (2**bits - 1)},
        "textbook_formula": {"qubits": known, "uses": 2**known - 1},
        "uniform": textbook(bits, failure, ("uniform",)),
        "sine": textbook(bits, failure, ("sine",)),
        "slepian": textbook(bits, failure, WINDOWS[2:]),
    }


def counted(circuit: QuantumCircuit) -> int:
    """Uses of controlled-U, a gate of the name "used", in a circuit."""
    counts = circuit.count_ops()
    return int(counts.get("used", 0) + counts.get("used_dg", 0))


def count_check(failure: float) -> dict[str, int]:
    """Count in both circuits what the rows state for 3 bits."""

    def power(index: int) -> QuantumCircuit:
        single = QuantumCircuit(2, name="used")
        single.cp(0.3, 0, 1)
        gate = single.to_gate()
        piece = QuantumCircuit(2)
        for _ in range(2**index):
            piece.append(gate, [0, 1])
        return piece

    state = QuantumCircuit(1)
    state.x(0)
    ours = bitwise_phase_estimation(state, power, COUNTED_BITS, phases(bit_polynomial(failure / COUNTED_BITS)))
    qubits = textbook(COUNTED_BITS, failure, WINDOWS[2:])["qubits"]
    theirs = phase_estimation(state, power, qubits, phase_window(qubits, "sine"))
    return {"bitwise": counted(ours), "windowed": counted(theirs), "windowed_qubits": qubits}


def main() -> None:
    report = {
        "command": "python tests/benchmarks/search_and_phase_estimation.py",
        "seed": None,
        "search": [search_row(bound, failure) for bound in LOWER_BOUNDS for failure in FAILURES],
        "phase_estimation": [phase_row(bits, failure) for bits in BITS for failure in FAILURES],
        "counted_in_circuits": {"bits": COUNTED_BITS, "failure_probability": 1e-2, "uses": count_check(1e-2)},
        "versions": dict(versions()),
    }
    path = Path(__file__).parent / "results" / "search_and_phase_estimation.json"
    path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    for row in [*report["search"], *report["phase_estimation"], report["counted_in_circuits"]]:
        print(row)


if __name__ == "__main__":
    main()
