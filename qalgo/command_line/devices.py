"""``qalgo devices``: simulators that really run, fake devices, and the devices of the user's own account."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qalgo.execution.devices import DeviceChoice
    from qalgo.execution.ibm import QuantumDevice

__all__ = ["add_devices_parser", "devices_command"]

SCHEMA_VERSION = 1


def add_devices_parser(commands: Any) -> None:
    """Add the command to the subparsers of the command line."""
    parser = commands.add_parser(
        "devices",
        help="where circuits can run: simulators, fake devices, an account's devices",
        description="Simulators are probed with a circuit; fake devices come with qiskit-ibm-runtime.",
    )
    parser.add_argument(
        "--account",
        action="store_true",
        help="ask IBM's service for the devices of the account saved with qiskit-ibm-runtime (network)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def devices_command(arguments: argparse.Namespace) -> int:
    """Print simulators, fake devices and, if asked, the account's devices; return the exit code."""
    from qalgo.execution import available_devices, ibm

    simulators = available_devices()
    # Asked first: a refusal ends the command with its explanation.
    account = ibm.account_devices() if arguments.account else ()
    devices = (*account, *ibm.fake_devices())
    if arguments.json:
        print(json.dumps(_to_dict(simulators, devices)))
    else:
        print(_table(simulators, devices))
    return 0


def _to_dict(simulators: tuple[DeviceChoice, ...], devices: tuple[QuantumDevice, ...]) -> dict[str, Any]:
    return {
        "schema": "qalgo.devices",
        "version": SCHEMA_VERSION,
        "simulators": [asdict(simulator) for simulator in simulators],
        "devices": [asdict(device) for device in devices],
    }


def _table(simulators: tuple[DeviceChoice, ...], devices: tuple[QuantumDevice, ...]) -> str:
    rows: list[tuple[str, ...]] = [("simulator", "usable", "why")]
    rows += [(one.name, "yes" if one.usable else "no", one.reason) for one in simulators]
    lines = _aligned(rows)
    if not devices:
        return "\n".join([*lines, "", "no fake devices: pip install 'qiskit-ibm-runtime>=0.50'"])
    header = ("device", "qubits", "two-qubit gates", "kind")
    found = [
        (one.name, str(one.qubits), ", ".join(one.two_qubit_gates) or "-", _kind(one.kind, one.pending_jobs))
        for one in devices
    ]
    return "\n".join([*lines, "", *_aligned([header, *found])])


def _kind(kind: str, pending: int | None) -> str:
    return kind if pending is None else f"{kind}, {pending} jobs waiting"


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
