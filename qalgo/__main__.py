"""The command line: ``python -m qalgo ...``, also installed as ``qalgo``."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

__all__ = ["main"]

REFUSED, INTERRUPTED = 1, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code (``qalgo --help`` lists them)."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        # The doctor must speak even where the imports of the other commands are shadowed.
        code = _doctor(arguments) if arguments[:1] == ["doctor"] else _command(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt as error:
        # The outermost note says what the command as a whole has saved.
        notes = getattr(error, "__notes__", ())
        return _complain(f"interrupted; {notes[-1]}" if notes else "interrupted", INTERRUPTED)
    except BrokenPipeError:
        # The reader (head, less) has gone; point stdout elsewhere, or the interpreter complains at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return REFUSED
    except ImportError as error:
        return _complain(f"error: {error}", REFUSED)
    return code


def _doctor(arguments: list[str]) -> int:
    from qalgo.command_line.arguments import build_parser
    from qalgo.command_line.doctor import doctor_command

    return doctor_command(build_parser(()).parse_args(arguments))


def _command(arguments: list[str]) -> int:
    from qalgo.ownership import check_circuits_is_ours

    check_circuits_is_ours()
    from importlib import import_module

    from qalgo.command_line.arguments import HANDLERS, build_parser
    from qalgo.errors import QalgoError
    from qalgo.option_pricing.book import KINDS

    parsed = build_parser(tuple(KINDS)).parse_args(arguments)
    try:
        module, handler = HANDLERS[parsed.command].split(":")
        return int(getattr(import_module(module), handler)(parsed))
    except QalgoError as error:
        # Notes say what is saved.
        return _complain("; ".join((f"error: {error}", *getattr(error, "__notes__", ()))), REFUSED)


def _complain(message: str, code: int) -> int:
    print(f"qalgo: {message}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
