"""What the commands do: contracts in, results on standard output and in --out."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qalgo.command_line.contracts import named_contracts
from qalgo.command_line.output import announced, output_folder
from qalgo.errors import ExecutionError, ProblemError

if TYPE_CHECKING:
    from qalgo.option_pricing.problem import Contract

__all__ = ["DONE", "UNFINISHED", "compare_command", "price_command"]

DONE, UNFINISHED = 0, 3
DEFAULT_RELATIVE_EPSILON = 0.001


def price_command(arguments: argparse.Namespace) -> int:
    """Price one contract or a book; return the exit code."""
    from qalgo.option_pricing.pricing import price

    contracts = named_contracts(arguments)
    folder = output_folder(arguments.out)
    keywords = _price_keywords(arguments)
    results = {}
    for name, contract in contracts.items():
        epsilon = arguments.epsilon if arguments.epsilon is not None else _default_epsilon(contract)
        result = price(contract, epsilon, transcript=_one_file(arguments.transcript, name, len(contracts)), **keywords)
        results[name] = result
        if not arguments.json:
            print(f"{name}\n{result}\n" if len(contracts) > 1 else result)
        if folder is not None:
            _write(folder / f"{name}.json", json.dumps(result.to_dict(), indent=1))
            _save_figure(result.plot(), folder / f"{name}.svg")
    if arguments.json:
        print(json.dumps(_single_or_all({name: result.to_dict() for name, result in results.items()})))
    return DONE if all(result.converged for result in results.values()) else UNFINISHED


def compare_command(arguments: argparse.Namespace) -> int:
    """Compare quantum and classical methods on one contract or a book; return the exit code."""
    from qalgo.comparison import compare

    contracts = named_contracts(arguments)
    folder = output_folder(arguments.out)
    results = {}
    with (
        _workers(arguments.workers) as executor,
        announced("qalgo.comparison", not (arguments.quiet or _progress(arguments))),
    ):
        for name, contract in contracts.items():
            result = compare(
                contract,
                accuracies=arguments.accuracies,
                repetitions=arguments.repetitions,
                machine=arguments.machine,
                journal=_one_file(arguments.journal, name, len(contracts)),
                seed=arguments.seed,
                executor=executor,
                progress=_progress(arguments),
            )
            results[name] = result.to_dict()
            if not arguments.json:
                print(f"{name}\n{result}\n" if len(contracts) > 1 else result)
            if folder is not None:
                result.save(folder if len(contracts) == 1 else folder / name)
    if arguments.json:
        print(json.dumps(_single_or_all(results)))
    return DONE


def _price_keywords(arguments: argparse.Namespace) -> dict[str, Any]:
    mode = arguments.mode or ("circuit" if arguments.device else "subspace")
    if mode == "subspace" and arguments.device:
        raise ProblemError('--device has no effect with --mode subspace (emulated): use "--mode circuit"')
    return {
        "confidence": arguments.confidence,
        "encoding": arguments.encoding,
        "grid": arguments.grid,
        "num_qubits": arguments.num_qubits,
        "method": arguments.method,
        "mode": mode,
        "device": arguments.device or "auto",
        "max_queries": arguments.max_queries,
        "max_seconds": arguments.max_seconds,
        "seed": arguments.seed,
        "progress": _progress(arguments),
    }


def _default_epsilon(contract: Contract) -> float:
    """One thousandth of the (largest) spot: the accuracy of the paper's example, 0.002 at spot 2."""
    import numpy as np

    return DEFAULT_RELATIVE_EPSILON * float(np.max(contract.spot))


def _progress(arguments: argparse.Namespace) -> bool:
    return sys.stderr.isatty() and not arguments.quiet


def _one_file(path: str | None, name: str, count: int) -> Path | None:
    """A file of its own for each contract of a book: the name goes in before the suffix."""
    if path is None:
        return None
    target = Path(path)
    return target if count == 1 else target.with_name(f"{target.stem}.{name}{target.suffix}")


def _single_or_all(results: Mapping[str, Any]) -> Any:
    return next(iter(results.values())) if len(results) == 1 else dict(results)


def _write(path: Path, text: str) -> None:
    partial = path.with_name(path.name + ".partial")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise ExecutionError(
            f"cannot write {path}: {error.strerror}; free some space or choose another --out"
        ) from error


def _unwritable(path: Path, error: OSError) -> ExecutionError:
    return ExecutionError(f"cannot write {path}: {error.strerror}; free some space or choose another --out")


def _save_figure(axes: Any, path: Path) -> None:
    try:
        axes.figure.savefig(path, bbox_inches="tight")
    except OSError as error:
        path.unlink(missing_ok=True)
        raise ExecutionError(
            f"cannot write {path}: {error.strerror}; free some space or choose another --out"
        ) from error


@contextmanager
def _workers(count: int) -> Iterator[Executor | None]:
    if count < 1:
        raise ProblemError(f"--workers is {count}; allowed: at least 1")
    if count == 1:
        yield None
        return
    with ProcessPoolExecutor(count) as pool:
        yield pool
