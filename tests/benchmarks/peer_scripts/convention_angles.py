"""Angles of other libraries, and their own evaluation of them, for the tests of our converters.

Run in an environment with nlft-qsp, qsppack, pyqsp and PennyLane (no Qiskit needed):
``python tests/benchmarks/peer_scripts/convention_angles.py > tests/qsvt/data/convention_angles.json``. Every entry has
the target, the angles and what the library itself evaluates from them at ``points`` (x, or angles of z).
"""

import contextlib
import io
import json
import sys
from importlib.metadata import version

import numpy as np
import pennylane as qml
import qsppack
from nlft_qsp.poly import ChebyshevTExpansion
from nlft_qsp.poly import Polynomial as Coefficients
from nlft_qsp.qsp import (
    ChebyshevQSPPhaseFactors,
    GQSPPhaseFactors,
    QSVTPhaseFactors,
    XQSPPhaseFactors,
    YQSPPhaseFactors,
)
from pyqsp.angle_sequence import QuantumSignalProcessingPhases
from pyqsp.response import ComputeQSPResponse
from qsppack.utils import get_entry

POINTS = np.cos(np.linspace(0.1, 3.0, 9))
ODD = np.array([0.0, 0.42, 0.0, -0.23, 0.0, 0.11])
EVEN = np.array([0.15, 0.0, -0.31, 0.0, 0.2, 0.0, 0.09])
COMPLEX = np.array([0.1, 0.2j, 0.3 - 0.1j, -0.05 + 0.12j, 0.08])


def pairs(values):
    return [[float(np.real(value)), float(np.imag(value))] for value in values]


def record(convention, target, angles, values, **more):
    return {"convention": convention, "target": target, "angles": angles, "values": pairs(values), **more}


def real_entries(coefficients):
    parity = (len(coefficients) - 1) % 2
    target = list(coefficients)
    reduced = coefficients[parity::2]
    with contextlib.redirect_stdout(io.StringIO()):
        full, _, _ = QuantumSignalProcessingPhases(coefficients, method="sym_qsp", chebyshev_basis=True)
        response = ComputeQSPResponse(POINTS, full, signal_operator="Wx", sym_qsp=True)["pdat"]
        yield record("wx_imaginary", target, list(full), response, library="pyqsp sym_qsp")
        laurent = QuantumSignalProcessingPhases(coefficients, eps=1e-13, suc=1.0, signal_operator="Wz")
        response = ComputeQSPResponse(POINTS, laurent, signal_operator="Wz")["pdat"]
        yield record("wz", target, list(map(float, laurent)), response, library="pyqsp laurent")
        for kind in ("full", "reduced"):
            for real in (True, False):
                options = {"method": "Newton", "criteria": 1e-15, "typePhi": kind, "targetPre": real}
                angles, _ = qsppack.solve(reduced, parity, options)
                options.update(parity=parity)
                name = f"qsppack_{kind}" + ("" if real else "_imaginary")
                values = get_entry(POINTS, angles, options)
                yield record(name, target, list(map(float, angles)), values, library="qsppack", parity=parity)
    chebyshev = ChebyshevTExpansion(list(coefficients))
    for name, kind in (("wx", ChebyshevQSPPhaseFactors), ("reflection", QSVTPhaseFactors)):
        factors = kind.solve(chebyshev)
        entry, _ = factors.polynomials(mode="laurent")
        values = [complex(entry(np.exp(1j * np.arccos(x)))) for x in POINTS]
        yield record(name, target, list(map(float, factors.phi)), values, library="nlft-qsp")
    for name, kind in (("xqsp", XQSPPhaseFactors), ("yqsp", YQSPPhaseFactors)):
        factors = kind.solve_laurent(chebyshev.to_laurent())
        entry, _ = factors.polynomials(mode="laurent")
        values = [complex(entry(np.exp(1j * np.arccos(x)))) for x in POINTS]
        yield record(name, target, list(map(float, factors.phi)), values, library="nlft-qsp")
    monomial = np.polynomial.chebyshev.cheb2poly(coefficients)
    angles = qml.poly_to_angles(list(monomial), "QSVT", angle_solver="root-finding")
    values = []
    for x in POINTS:
        encoding = qml.QubitUnitary(np.array([[x, np.sqrt(1 - x * x)], [np.sqrt(1 - x * x), -x]]), wires=0)
        operator = qml.QSVT(encoding, [qml.PCPhase(angle, dim=1, wires=0) for angle in angles])
        values.append(complex(qml.matrix(operator, wire_order=[0])[0, 0]))
    yield record("pennylane_qsvt", target, list(map(float, angles)), values, library="pennylane")


def complex_entries():
    angles = np.array(qml.poly_to_angles(list(COMPLEX), "GQSP"), dtype=float)
    turns = np.linspace(0.1, 6.0, 9)
    values = []
    for turn in turns:
        operator = qml.GQSP(qml.PhaseShift(turn, wires=1), angles, control=0)
        values.append(complex(qml.matrix(operator, wire_order=[0, 1])[1, 1]))
    target = pairs(COMPLEX)
    yield record("pennylane_gqsp", target, angles.tolist(), values, library="pennylane", turns=list(turns))
    factors = GQSPPhaseFactors.solve(Coefficients(list(COMPLEX)))
    entry, _ = factors.polynomials(mode="analytic")
    values = [complex(entry(np.exp(1j * turn))) for turn in turns]
    angles = [list(map(float, factors.phi)), float(factors.lbd), list(map(float, factors.theta))]
    yield record("nlft_gqsp", target, angles, values, library="nlft-qsp", turns=list(turns))


def main():
    libraries = {name: version(name) for name in ("nlft-qsp", "qsppack", "pyqsp", "pennylane", "numpy")}
    entries = [*real_entries(ODD), *real_entries(EVEN), *complex_entries()]
    document = {"python": sys.version.split()[0], "versions": libraries, "points": list(POINTS), "entries": entries}
    json.dump(document, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
