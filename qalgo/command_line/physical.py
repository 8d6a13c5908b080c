"""``qalgo physical``: logical counts in, physical qubits and run time over several models out."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from qalgo.command_line.cost import whole_number

if TYPE_CHECKING:
    from argparse import _SubParsersAction

__all__ = ["add_physical_parser", "physical_command"]

DONE = 0


def add_physical_parser(commands: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command's parser to those of ``qalgo``."""
    what = "physical qubits and run time of logical counts, over several published models"
    parser = commands.add_parser("physical", help=what, description=f"{what[0].upper()}{what[1:]}.")
    counts = parser.add_argument_group("logical counts")
    counts.add_argument(
        "--qubits", type=whole_number, required=True, metavar="Q", help="logical qubits, work qubits included"
    )
    counts.add_argument("--t", type=whole_number, default=0, metavar="N", help="T gates (default 0)")
    counts.add_argument("--toffoli", type=whole_number, default=0, metavar="N", help="Toffoli gates (default 0)")
    counts.add_argument(
        "--rotations", type=whole_number, default=0, metavar="R", help="arbitrary rotations (default 0)"
    )
    depth = "layers with rotations (default: one rotation after the other)"
    counts.add_argument("--rotation-depth", type=whole_number, metavar="D", help=depth)
    counts.add_argument("--measurements", type=whole_number, default=0, metavar="M", help="measurements (default 0)")
    machine = parser.add_argument_group("accuracy and machine")
    failure = "failure probability of one execution (default 1e-3)"
    machine.add_argument("--failure-probability", type=float, default=1e-3, metavar="P", help=failure)
    error = "error of every physical gate and measurement (default: the technology's, 1e-3)"
    machine.add_argument("--physical-error", type=float, metavar="P", help=error)
    technology = "superconducting (default), ion-trap or neutral-atom"
    machine.add_argument("--technology", metavar="NAME", help=technology)
    machine.add_argument("--models", metavar="A,B,...", help="names of models (default: all)")
    parser.add_argument("--json", action="store_true", help="print JSON on standard output, nothing else")


def physical_command(arguments: argparse.Namespace) -> int:
    """Print the cost of logical counts over the models; return the exit code."""
    from qalgo.logical_counts import LogicalCounts
    from qalgo.physical_resources.cost import physical_cost

    rotations = arguments.rotations
    cost = physical_cost(
        LogicalCounts(
            num_qubits=arguments.qubits,
            t=arguments.t,
            toffoli=arguments.toffoli,
            rotations=rotations,
            rotation_depth=rotations if arguments.rotation_depth is None else arguments.rotation_depth,
            measurements=arguments.measurements,
        ),
        arguments.failure_probability,
        physical_error=arguments.physical_error,
        models=None if arguments.models is None else [name.strip() for name in arguments.models.split(",")],
        technology=arguments.technology,
    )
    print(json.dumps(cost.to_dict()) if arguments.json else cost)
    return DONE
