"""A provider in a folder: jobs are computed at once, outlive the process that sent them, and are counted."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from qiskit.primitives import (
    BaseSamplerV2,
    BitArray,
    DataBin,
    PrimitiveResult,
    SamplerPubResult,
    StatevectorSampler,
)


class FolderJob:
    """One job: a file of samples. ``wait`` is called before its result is there, and may end the process."""

    def __init__(self, path: Path, wait: Callable[[], Any]) -> None:
        self._path, self._wait = path, wait

    def job_id(self) -> str:
        return self._path.stem

    def result(self) -> PrimitiveResult:
        self._wait()
        if not self._path.exists():
            raise LookupError(f"no job {self.job_id()}")
        with np.load(self._path) as saved:
            names = sorted(saved.files)
            found = []
            for name in names:
                _, register, bits = name.split("|")
                found.append(SamplerPubResult(DataBin(**{register: BitArray(saved[name], int(bits))})))
        return PrimitiveResult(found)


class FolderSampler(BaseSamplerV2):
    """Its job number n has the random numbers of seed n, so that equal sequences of jobs have equal results.

    ``wait(n)`` is called when the result of job n is asked for by the process that sent it.
    """

    def __init__(self, folder: Path, wait: Callable[[int], Any] = lambda number: None) -> None:
        self.folder, self.wait = Path(folder), wait

    def run(self, pubs: Iterable[Any], *, shots: int | None = None) -> FolderJob:
        number = submissions(self.folder)
        path = self.folder / f"job-{number:04d}.npz"
        results = StatevectorSampler(seed=number).run(list(pubs), shots=shots).result()
        arrays = {}
        for index, result in enumerate(results):
            ((register, samples),) = result.data.items()
            arrays[f"{index:04d}|{register}|{samples.num_bits}"] = samples.array
        np.savez(path, **arrays)
        with (self.folder / "log").open("a") as log:
            log.write(f"{path.stem}\n")
        return FolderJob(path, lambda: self.wait(number))

    def retrieve_job(self, job_id: str) -> FolderJob:
        return FolderJob(self.folder / f"{job_id}.npz", lambda: None)


def submissions(folder: Path) -> int:
    """How often anything was submitted."""
    log = Path(folder) / "log"
    return len(log.read_text().splitlines()) if log.exists() else 0
