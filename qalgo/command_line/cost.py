"""``qalgo cost``: what a circuit in a file costs, today and in Clifford + T."""

from __future__ import annotations

import argparse
import json
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from qalgo.command_line.circuit_files import read_circuit

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

__all__ = ["add_cost_parser", "cost_command", "whole_number"]

LARGEST_EXPONENT = 1000

EPILOG = """\
FILE is OpenQASM 2, or OpenQASM 3 (pip install qiskit-qasm3-import). With --power the circuit is A, and the cost that
of A Q^k; the good states are those in which all objective qubits are 1.

--failure-probability P takes the counts before synthesis, T gates and rotations: every published model spends its own
part of P on the rotations, by the cheaper, randomised synthesis. E bounds the circuit in Clifford + T alone.
"""


def whole_number(text: str) -> int:
    """Read an integer; 1e12 is one."""
    try:
        value = Decimal(text)
        # 1e999999999 would take all memory as an integer.
        if not value.is_finite() or value.adjusted() > LARGEST_EXPONENT or value != value.to_integral_value():
            raise InvalidOperation
    except (InvalidOperation, ValueError) as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not an integer (25 and 1e12 are)") from error
    return int(value)


def add_cost_parser(commands: Any) -> None:
    """Add the parser of the command."""
    parser = commands.add_parser(
        "cost",
        help="gates, T count and depth of a circuit",
        description="Gates, T count and depth of a circuit.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("circuit", metavar="FILE", help="OpenQASM file")
    gates = parser.add_argument_group("gates")
    gates.add_argument("--basis-gates", default="cx,rz,sx,x", metavar="A,B,...", help="default: cx,rz,sx,x")
    gates.add_argument("--optimization-level", type=int, default=3, metavar="N", help="0 to 3 (default 3)")
    gates.add_argument("--seed", type=int, default=1, metavar="N", help="of the transpiler (default 1)")
    gates.add_argument("--hierarchical", action="store_true", help="transpile each gate definition once, expand none")
    power = parser.add_argument_group("amplitude amplification")
    power.add_argument("--power", type=whole_number, metavar="K", help="cost of A Q^K")
    power.add_argument("--objective-qubits", metavar="I,J,...", help="default: the register named objective")
    machine = parser.add_argument_group("error-corrected machine")
    machine.add_argument("--synthesis-error", type=float, metavar="E", help="Clifford + T off by at most E in total")
    machine.add_argument(
        "--controlled-gates", choices=("unitary", "measured"), help="needs --synthesis-error; default unitary"
    )
    failure = "physical qubits and run time of one execution that fails with at most P (needs --synthesis-error)"
    machine.add_argument("--failure-probability", type=float, metavar="P", help=failure)
    parser.add_argument("--json", action="store_true", help="print JSON on standard output, nothing else")


def cost_command(arguments: argparse.Namespace) -> int:
    """Print the cost of a circuit; return the exit code."""
    results = _results(arguments, read_circuit(arguments.circuit))
    if arguments.json:
        parts = {name: value.to_dict() for name, value in results.items()}
        print(json.dumps({"schema": "qalgo.cost", "version": 1, "file": arguments.circuit, **parts}))
    else:
        print("\n".join(str(value) for value in results.values()))
    return 0


def _results(arguments: argparse.Namespace, circuit: QuantumCircuit) -> dict[str, Any]:
    """Return what was asked for by name; each has ``to_dict`` and ``__str__``."""
    from qalgo.errors import ProblemError
    from qalgo.resources import cost_of

    if arguments.controlled_gates is not None and arguments.synthesis_error is None:
        raise ProblemError("--controlled-gates counts Clifford + T gates; allowed: with --synthesis-error E")
    if arguments.failure_probability is not None and arguments.synthesis_error is None:
        raise ProblemError("--failure-probability without --synthesis-error; allowed: both, or the latter alone")
    amplified = {"power": arguments.power, "objective_qubits": _indices(arguments.objective_qubits)}
    basis = tuple(name.strip() for name in arguments.basis_gates.split(","))
    results: dict[str, Any] = {
        "cost": cost_of(
            circuit,
            basis,
            arguments.optimization_level,
            arguments.seed,
            hierarchical=arguments.hierarchical,
            **amplified,
        )
    }
    if arguments.synthesis_error is not None:
        from qalgo.fault_tolerance.cost import fault_tolerant_cost

        results["fault_tolerant"] = fault_tolerant_cost(
            circuit, arguments.synthesis_error, controlled_gates=arguments.controlled_gates or "unitary", **amplified
        )
    if arguments.failure_probability is not None:
        from qalgo.physical_resources.cost import physical_cost

        results["physical"] = physical_cost(results["fault_tolerant"], arguments.failure_probability)
    return results


def _indices(text: str | None) -> list[int] | None:
    from qalgo.errors import ProblemError

    if text is None:
        return None
    try:
        return [int(part) for part in text.split(",")]
    except ValueError as error:
        raise ProblemError(f"--objective-qubits is {text!r}; allowed: qubit indices such as 3 or 0,1") from error
