"""The parser: every flag in one place, named after the keyword of the Python function it sets."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from qalgo.command_line.break_even import add_break_even_parsers
from qalgo.command_line.devices import add_devices_parser
from qalgo.command_line.jobs import add_jobs, add_resume
from qalgo.command_line.sweep import add_sweep_parser

__all__ = ["HANDLERS", "build_parser"]

HANDLERS = {
    "price": "qalgo.command_line.commands:price_command",
    "compare": "qalgo.command_line.commands:compare_command",
    "break-even": "qalgo.command_line.break_even:break_even_command",
    "machines": "qalgo.command_line.break_even:machines_command",
    "devices": "qalgo.command_line.devices:devices_command",
    "sweep": "qalgo.command_line.sweep:sweep_command",
    "cost": "qalgo.command_line.cost:cost_command",
    "doctor": "qalgo.command_line.doctor:doctor_command",
    "physical": "qalgo.command_line.physical:physical_command",
    "jobs": "qalgo.command_line.jobs:jobs_command",
    "resume": "qalgo.command_line.jobs:resume_command",
}
"""Command -> module:function that takes the parsed arguments and returns the exit code; imported when it is run."""

EXIT_CODES = """\
exit codes:
  0    done
  1    the problem, a file or a device was refused: the message says what to do
  2    the command line itself is wrong
  3    a query or time budget ended the run first: the best interval so far is printed
  130  interrupted; with --transcript, --journal or a sweep's store the same command resumes
"""

CONTRACT_FIELDS = {
    "spot": "price of the underlying today",
    "strike": "strike price",
    "lower_strike": "lower strike of a spread, strangle or butterfly",
    "middle_strike": "middle strike of a butterfly (default: half-way)",
    "upper_strike": "upper strike of a spread, strangle or butterfly",
    "payout": "what a digital pays (default 1)",
    "rate": "riskless rate, continuous, per year",
    "volatility": "annual volatility, e.g. 0.4",
    "maturity": "years, a fraction like 40/365 is allowed",
    "dividend_yield": "continuous dividend yield, per year (default 0)",
}


def number(text: str) -> float:
    """Read a decimal number or a fraction such as 40/365."""
    try:
        # Fraction writes out the power of ten of a decimal number: 1e999999999 would take all memory.
        value = float(Fraction(text.replace(" ", ""))) if "/" in text else float(text)
        if not math.isfinite(value):
            raise ValueError("not finite")
        return value
    except (ValueError, ZeroDivisionError, OverflowError) as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number (0.11 and 40/365 are)") from error


def numbers(text: str) -> tuple[float, ...]:
    """Read comma-separated numbers."""
    return tuple(number(part) for part in text.split(","))


def one_or_more(text: str) -> float | tuple[float, ...]:
    """Read one number, or several separated by commas."""
    values = numbers(text)
    return values if len(values) > 1 else values[0]


def build_parser(kinds: Sequence[str]) -> argparse.ArgumentParser:
    """Return the parser; ``kinds`` are the names of contracts, e.g. european-call."""
    from qalgo import __version__
    from qalgo.command_line.cost import add_cost_parser
    from qalgo.command_line.physical import add_physical_parser

    parser = argparse.ArgumentParser(
        prog="qalgo",
        description="Does a quantum algorithm beat the best classical one on this problem, by how much, at what cost?",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"qalgo {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _price(commands.add_parser("price", **_texts("price contracts with amplitude estimation", kinds)))
    _compare(commands.add_parser("compare", **_texts("compare quantum and classical methods on contracts", kinds)))
    add_break_even_parsers(commands, EXIT_CODES)
    add_devices_parser(commands)
    add_sweep_parser(commands, EXIT_CODES)
    add_cost_parser(commands)
    doctor = commands.add_parser("doctor", help="versions, devices, shadowed imports")
    doctor.add_argument("--json", action="store_true", help="print JSON")
    add_physical_parser(commands)
    add_jobs(commands.add_parser("jobs", help="list the submissions in the job journal"))
    add_resume(commands.add_parser("resume", help="collect the jobs of an interrupted run and go on with it"))
    return parser


def _texts(what: str, kinds: Sequence[str]) -> dict[str, Any]:
    listed = ", ".join(kinds)
    return {
        "help": what,
        "description": f"{what[0].upper()}{what[1:]}.",
        "epilog": f"KIND is one of: {listed}; or a file BOOK.toml of contracts.\n\n{EXIT_CODES}",
        "formatter_class": argparse.RawDescriptionHelpFormatter,
    }


def _price(parser: argparse.ArgumentParser) -> None:
    _contract(parser)
    run = parser.add_argument_group("estimation")
    epsilon = "half-width of the total interval, currency units (default: a thousandth of the spot)"
    run.add_argument("--epsilon", type=number, help=epsilon)
    run.add_argument("--confidence", type=number, default=0.95, help="level of the interval (default 0.95)")
    run.add_argument("--encoding", choices=("exact", "linearised"), default="exact")
    run.add_argument("--grid", choices=("aligned", "published"), help="grid of the linearised encoding")
    run.add_argument("--num-qubits", type=int, metavar="N", help="qubits of the price register (default: as needed)")
    run.add_argument("--method", default="bayesian", help="estimator (default bayesian)")
    mode = "subspace: emulated, fast (default unless --device is given); circuit: run the true circuits"
    run.add_argument("--mode", choices=("subspace", "circuit"), help=mode)
    run.add_argument("--device", choices=("auto", "cpu", "gpu"), help="where circuits run")
    run.add_argument("--max-queries", type=int, metavar="N", help="most uses of the state preparation")
    run.add_argument("--max-seconds", type=number, metavar="S", help="time budget")
    run.add_argument("--transcript", metavar="FILE", help="record every round here; resume from it if it exists")
    _output(parser)


def _compare(parser: argparse.ArgumentParser) -> None:
    _contract(parser)
    run = parser.add_argument_group("comparison")
    run.add_argument("--accuracies", type=numbers, metavar="A,B,...", help="half-widths, at least six")
    run.add_argument("--repetitions", type=int, default=100, metavar="N", help="runs per accuracy (default 100)")
    run.add_argument("--machine", metavar="NAME", help="machine model for the break-even time")
    run.add_argument("--journal", metavar="FILE", help="record finished parts here; resume from it if it exists")
    run.add_argument("--workers", type=int, default=1, metavar="N", help="processes to spread the runs over")
    _output(parser)


def _contract(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("contract", metavar="KIND|BOOK.toml", help="kind of contract, or a file of contracts")
    group = parser.add_argument_group("contract (currency units, years)")
    for name, text in CONTRACT_FIELDS.items():
        several = name in ("spot", "strike")
        flag = "--" + name.replace("_", "-")
        group.add_argument(flag, dest=name, type=one_or_more if several else number, metavar="X", help=text)
    market = parser.add_argument_group("market data (spot and volatility from closing prices)")
    market.add_argument("--prices", metavar="FILE.csv", help="a date column and one column of closes per asset")
    market.add_argument("--column", metavar="NAME", help="which column, e.g. IBM")
    market.add_argument("--date-column", metavar="NAME", help="default: the first column of dates")
    market.add_argument("--periods-per-year", type=number, metavar="N", help="default: inferred from the dates")


def _output(parser: argparse.ArgumentParser) -> None:
    output = parser.add_argument_group("output")
    output.add_argument("--seed", type=int, metavar="N", help="one integer repeats every random number")
    output.add_argument("--json", action="store_true", help="print JSON on standard output, nothing else")
    output.add_argument("--out", metavar="DIR", help="write results and figures into this folder")
    output.add_argument("--quiet", action="store_true", help="no announcement, no progress bar")
