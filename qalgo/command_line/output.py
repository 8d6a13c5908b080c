"""What several commands share: the output folder, and announcements on standard error."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qalgo.errors import ProblemError

__all__ = ["announced", "output_folder"]


def output_folder(path: str | None) -> Path | None:
    """Make the output folder before anything is computed, so that a wrong one costs nothing."""
    if path is None:
        return None
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ProblemError(f"cannot make the output folder {path!r}: {error.strerror}; choose another --out") from error
    return folder


@contextmanager
def announced(logger_name: str, wanted: bool) -> Iterator[None]:
    """Print what a logger says to standard error, where no progress bar says it."""
    if not wanted:
        yield
        return
    logger = logging.getLogger(logger_name)
    handler, level = logging.StreamHandler(), logger.level
    handler.setFormatter(logging.Formatter("qalgo: %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
