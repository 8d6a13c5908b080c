"""``qalgo break-even`` on a saved comparison, and ``qalgo machines``: the models with their sources."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qalgo.errors import ProblemError

if TYPE_CHECKING:
    from qalgo.comparison import Comparison

__all__ = ["add_break_even_parsers", "break_even_command", "machines_command"]


def add_break_even_parsers(commands: Any, epilog: str) -> None:
    """Add both commands to the subparsers of ``qalgo``."""
    what = "say when, if ever, the quantum methods of a saved comparison win on a machine"
    parser = commands.add_parser(
        "break-even",
        help=what,
        description=f"{what[0].upper()}{what[1:]}.",
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("report", metavar="REPORT.json", help="written by compare --out, or the folder that holds it")
    several = "machine model, see qalgo machines (default hoefler-2023); may be repeated, all: every one"
    parser.add_argument("--machine", action="append", metavar="NAME", help=several)
    parser.add_argument(
        "--classical", metavar="NAME", help="another classical processor: a100, asic, cpu-core, this-machine"
    )
    parser.add_argument("--parallelism", type=float, metavar="S", help="classical processors (default: the machine's)")
    parser.add_argument(
        "--distillation", type=float, default=1.0, metavar="R", help="speed-up of magic states (default 1)"
    )
    parser.add_argument(
        "--seconds", type=float, metavar="T", help="time within which the quantum method has to win (1e6)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON on standard output, nothing else")
    parser.add_argument("--out", metavar="DIR", help="write the verdict and its figure into this folder")
    machines = commands.add_parser("machines", help="list the machine models with their sources")
    machines.add_argument("--json", action="store_true", help="print JSON")


def break_even_command(arguments: argparse.Namespace) -> int:
    """Read a comparison, print the verdict, write it into --out; return the exit code."""
    from qalgo.break_even_verdict import break_even
    from qalgo.crossover import BUDGET_SECONDS
    from qalgo.machines import MACHINES

    names = arguments.machine
    verdict = break_even(
        _comparison(arguments.report),
        list(MACHINES) if names == ["all"] else names,
        classical=arguments.classical,
        parallelism=arguments.parallelism,
        distillation=arguments.distillation,
        seconds=BUDGET_SECONDS if arguments.seconds is None else arguments.seconds,
    )
    if arguments.out is not None:
        verdict.save(arguments.out)
    print(json.dumps(verdict.to_dict()) if arguments.json else verdict)
    return 0


def machines_command(arguments: argparse.Namespace) -> int:
    """Print every machine model and classical processor; return the exit code."""
    from qalgo.machines import MACHINES, PROCESSORS
    from qalgo.plain_data import to_plain

    if arguments.json:
        models, processors = list(MACHINES.values()), list(PROCESSORS.values())
        fields = {"machines": to_plain(models), "processors": to_plain(processors)}
        print(json.dumps({"schema": "qalgo.machines", "version": 1, **fields}))
        return 0
    print("machine models (a quantum clock against a classical processor)")
    for model in MACHINES.values():
        print(f"  {model}")
    print("classical processors (this-machine: measured when asked for)")
    for processor in PROCESSORS.values():
        print(f"  {processor}")
    return 0


def _comparison(path: str) -> Comparison:
    from qalgo.comparison import Comparison

    given = Path(path)
    source = given / "report.json" if given.is_dir() else given
    try:
        data = json.loads(source.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProblemError(
            f"cannot read {str(source)!r}: {error.strerror}; allowed: a report.json written by qalgo compare --out"
        ) from error
    except ValueError as error:
        raise ProblemError(f"{str(source)!r} is not JSON ({error}); allowed: a report.json of qalgo compare") from error
    if not isinstance(data, dict):
        raise ProblemError(f"{str(source)!r} holds a {type(data).__name__}; allowed: a report.json of qalgo compare")
    return Comparison.from_dict(data)
