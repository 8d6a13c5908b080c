"""Converters of phases: every convention by its own product formula, and by angles that its library produced."""

import json
from functools import reduce
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qalgo.errors import ProblemError
from qalgo.qsvt import conventions

X = np.array([[0, 1], [1, 0]], dtype=complex)
Y = np.array([[0, -1j], [1j, 0]])
Z = np.diag([1.0 + 0j, -1.0])
THETAS = np.linspace(0.05, 3.1, 23)
STORED = json.loads((Path(__file__).parent / "data" / "convention_angles.json").read_text(encoding="utf-8"))

angle_lists = st.lists(st.floats(-10, 10), min_size=1, max_size=9).map(np.array)


def turn(pauli, angle):
    return np.cos(angle) * np.eye(2) + 1j * np.sin(angle) * pauli


def sequence(pauli, angles, signal):
    """e^{i a_0 P} S e^{i a_1 P} S ... e^{i a_d P}."""
    return reduce(lambda product, angle: product @ signal @ turn(pauli, angle), angles[1:], turn(pauli, angles[0]))


def signal_wx(theta):
    return np.array([[np.cos(theta), 1j * np.sin(theta)], [1j * np.sin(theta), np.cos(theta)]])


def signal_r(theta):
    return np.array([[np.cos(theta), np.sin(theta)], [np.sin(theta), -np.cos(theta)]])


def signal_wz(theta):
    return np.diag([np.exp(1j * theta), np.exp(-1j * theta)])


def ours(values):
    return np.array([sequence(Z, values, signal_wx(theta)) for theta in THETAS])


def mw(theta, phi, lam, z):
    """The product of 2308.01501, theorem 3, from its matrix R as printed there; index 0 acts first."""

    def rotation(angle, phase, extra):
        return np.array(
            [
                [np.exp(1j * (extra + phase)) * np.cos(angle), np.exp(1j * phase) * np.sin(angle)],
                [np.exp(1j * extra) * np.sin(angle), -np.cos(angle)],
            ]
        )

    product = rotation(theta[0], phi[0], lam)
    for angle, phase in zip(theta[1:], phi[1:], strict=True):
        product = rotation(angle, phase, 0.0) @ np.diag([z, 1.0]) @ product
    return product


def nlft_gqsp(phi, lbd, theta, z):
    """2503.03026, theorem 2."""
    product = turn(Z, lbd) @ turn(X, phi[0]) @ turn(Z, theta[0])
    for rotation, phase in zip(phi[1:], theta[1:], strict=True):
        product = product @ np.diag([z, 1.0]) @ turn(X, rotation) @ turn(Z, phase)
    return product


def close(first, second):
    np.testing.assert_allclose(first, second, rtol=0, atol=1e-12)


@given(angle_lists)
@settings(max_examples=25, deadline=None)
def test_wx_real_and_imaginary_part(angles):
    close(conventions.to_wx(conventions.from_wx(angles)), angles)
    close(ours(conventions.from_wx(angles))[:, 0, 0], ours(angles)[:, 0, 0])
    close(ours(conventions.from_wx_imaginary(angles))[:, 0, 0], -1j * ours(angles)[:, 0, 0])
    close(ours(conventions.to_wx_imaginary(angles))[:, 0, 0], 1j * ours(angles)[:, 0, 0])


@given(angle_lists)
@settings(max_examples=25, deadline=None)
def test_reflection_and_pennylane_keep_the_entry_with_its_phase(angles):
    entry = ours(angles)[:, 0, 0]
    reflected = conventions.to_reflection(angles)
    products = np.array([sequence(Z, reflected, signal_r(theta)) for theta in THETAS])
    close(products[:, 0], ours(angles)[:, 0])
    close(ours(conventions.from_reflection(reflected))[:, 0, 0], entry)
    # In PennyLane the first angle acts first.
    theirs = conventions.to_pennylane_qsvt(angles)
    close([sequence(Z, theirs[::-1], signal_r(theta))[0, 0] for theta in THETAS], entry)
    close(conventions.from_pennylane_qsvt(theirs), angles)


@given(angle_lists)
@settings(max_examples=25, deadline=None)
def test_laurent_pictures_have_the_same_real_part(angles):
    real = ours(angles)[:, 0, 0].real
    for pauli, to, back in (
        (X, conventions.to_wz, conventions.from_wz),
        (X, conventions.to_xqsp, conventions.from_xqsp),
        (Y, conventions.to_yqsp, conventions.from_yqsp),
    ):
        products = np.array([sequence(pauli, to(angles), signal_wz(theta)) for theta in THETAS])
        close(products[:, 0, 0].real, real)
        close(back(to(angles)), angles)
        mirrored = angles + angles[::-1]
        products = np.array([sequence(pauli, to(mirrored), signal_wz(theta)) for theta in THETAS])
        close(products[:, 0, 0], ours(mirrored)[:, 0, 0].real)


def test_yqsp_differs_from_xqsp_in_the_other_entry_only():
    angles = np.array([0.3, -0.7, 1.1])
    x, y = (sequence(pauli, angles, signal_wz(0.4)) for pauli in (X, Y))
    close([y[0, 0], y[0, 1]], [x[0, 0], -1j * x[0, 1]])


def test_analytic_picture_is_the_laurent_picture_times_a_power():
    angles = np.array([0.3, -0.7, 1.1, 0.2])
    z = np.exp(0.4j)
    analytic = sequence(X, angles, np.diag([z**2, 1.0]))[0, 0]
    close(analytic, z**3 * sequence(X, angles, signal_wz(0.4))[0, 0])


@given(angle_lists, st.booleans())
@settings(max_examples=25, deadline=None)
def test_qsppack_full_and_reduced(angles, imaginary):
    full = conventions.to_qsppack_full(angles, imaginary=imaginary)
    close(ours(full)[:, 0, 0], (1j if imaginary else 1.0) * ours(angles)[:, 0, 0])
    close(conventions.from_qsppack_full(full, imaginary=imaginary), angles)
    mirrored = angles + angles[::-1]
    reduced = conventions.to_qsppack_reduced(mirrored)
    assert reduced.shape == ((len(angles) - 1) // 2 + 1,)
    close(conventions.from_qsppack_reduced(reduced, (len(angles) - 1) % 2), mirrored)
    # qsppack's own rule: the right half plus its mirror image, pi / 4 added to the last phase first.
    right = reduced.copy()
    right[-1] += np.pi / 4
    built = np.zeros(len(angles))
    built[len(angles) - len(right) :] = right
    built[: len(right)] += right[::-1]
    close(ours(built)[:, 0, 0], ours(mirrored)[:, 0, 0])


def test_reduced_phases_need_symmetry():
    with pytest.raises(ProblemError, match="not symmetric"):
        conventions.to_qsppack_reduced([0.1, 0.2, 0.3])


@given(angle_lists, angle_lists, st.floats(-5, 5))
@settings(max_examples=25, deadline=None)
def test_generalised_conventions_keep_the_first_row(first, second, lam):
    size = min(len(first), len(second))
    theta, phi = first[:size], second[:size]
    for turned in THETAS:
        z = np.exp(1j * turned)
        close(nlft_gqsp(*conventions.to_nlft_gqsp(theta, phi, lam), z)[0], mw(theta, phi, lam, z)[0])
        theirs = (theta, lam, phi)
        close(mw(*conventions.from_nlft_gqsp(*theirs), z)[0, 0], nlft_gqsp(*theirs, z)[0, 0])
    table = conventions.to_pennylane_gqsp(theta, phi, lam)
    back = conventions.from_pennylane_gqsp(table)
    close(np.concatenate([back[0], back[1], [back[2]]]), np.concatenate([theta, phi, [lam]]))


@given(angle_lists)
@settings(max_examples=25, deadline=None)
def test_real_phases_as_generalised_ones(angles):
    mirrored = angles + angles[::-1]
    degree = len(angles) - 1
    found = [mw(*conventions.to_mw(mirrored), np.exp(2j * t))[0, 0] * np.exp(-1j * degree * t) for t in THETAS]
    close(found, ours(mirrored)[:, 0, 0].real)


CONVERTERS = {
    "wx": conventions.from_wx,
    "wx_imaginary": conventions.from_wx_imaginary,
    "wz": conventions.from_wz,
    "xqsp": conventions.from_xqsp,
    "yqsp": conventions.from_yqsp,
    "reflection": conventions.from_reflection,
    "pennylane_qsvt": conventions.from_pennylane_qsvt,
    "qsppack_full": conventions.from_qsppack_full,
    "qsppack_full_imaginary": lambda angles: conventions.from_qsppack_full(angles, imaginary=True),
}


def label(entry):
    return f"{entry['library']}-{entry['convention']}-{len(entry['target']) - 1}"


def entries(generalised):
    return [entry for entry in STORED["entries"] if ("gqsp" in entry["convention"]) == generalised]


@pytest.mark.parametrize("entry", entries(False), ids=label)
def test_angles_of_other_libraries_give_their_polynomial(entry):
    points = np.array(STORED["points"])
    target = np.polynomial.chebyshev.chebval(points, entry["target"])
    name = entry["convention"]
    if name.startswith("qsppack_reduced"):
        imaginary = name.endswith("imaginary")
        values = conventions.from_qsppack_reduced(entry["angles"], entry["parity"], imaginary=imaginary)
    else:
        values = CONVERTERS[name](entry["angles"])
    found = np.array([sequence(Z, values, signal_wx(np.arccos(x)))[0, 0] for x in points])
    theirs = np.array([complex(*pair) for pair in entry["values"]])
    np.testing.assert_allclose(found.real, target, rtol=0, atol=1e-12)
    # And the library's own evaluation of its angles, to rounding: the element with its phase.
    if name in ("wx", "reflection", "pennylane_qsvt"):
        close(found, theirs)
    elif name == "wx_imaginary":
        close(found, -1j * theirs)
    else:
        close(found.real, theirs.real)


@pytest.mark.parametrize("entry", entries(True), ids=label)
def test_generalised_angles_of_other_libraries(entry):
    target = np.array([complex(*pair) for pair in entry["target"]])
    theirs = np.array([complex(*pair) for pair in entry["values"]])
    if entry["library"] == "pennylane":
        angles = conventions.from_pennylane_gqsp(entry["angles"])
    else:
        angles = conventions.from_nlft_gqsp(*entry["angles"])
    z = np.exp(1j * np.array(entry["turns"]))
    found = np.array([mw(*angles, power)[0, 0] for power in z])
    close(found, theirs)
    expected = np.polynomial.polynomial.polyval(z, target)
    close(found, expected)


@pytest.mark.parametrize("bad", [[], [[0.1]], [np.nan]])
def test_refuses_what_is_not_a_list_of_angles(bad):
    with pytest.raises(ProblemError, match="allowed"):
        conventions.from_reflection(bad)
