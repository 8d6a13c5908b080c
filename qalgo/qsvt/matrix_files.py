"""read_matrix(path): a matrix from a MatrixMarket or numpy file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from qalgo.errors import ProblemError

__all__ = ["read_matrix"]

_MARKET = (".mtx", ".mtx.gz", ".mtx.bz2")
_ALLOWED = ".mtx, .mtx.gz or .mtx.bz2 (MatrixMarket), .npy (numpy array) or .npz (scipy sparse matrix)"


def read_matrix(path: str | os.PathLike[str]) -> Any:
    """Read a matrix: MatrixMarket (coordinate: CSR array, array: dense), ``.npy`` or ``.npz`` of ``scipy.sparse``.

    Symmetric, skew-symmetric and Hermitian MatrixMarket files give the whole matrix, pattern files ones. Nothing that
    could run code is read from numpy files.

    Returns:
        A numpy array or a ``scipy.sparse.csr_array``, of floats or complex numbers.

    Raises:
        ProblemError: no such file, another format, a damaged file, or numbers that are not finite.
    """
    file = Path(path)
    name = file.name.lower()
    if not file.is_file():
        raise ProblemError(f"there is no file {str(file)!r}; allowed: the path of a matrix, {_ALLOWED}")
    if not name.endswith((*_MARKET, ".npy", ".npz")):
        raise ProblemError(f"cannot tell the format of {str(file)!r}; allowed: {_ALLOWED}")
    try:
        found = _read(file, name)
    except OSError as error:
        raise ProblemError(f"cannot read {str(file)!r}: {error}; allowed: a readable file, {_ALLOWED}") from error
    except (ValueError, OverflowError, KeyError, TypeError, EOFError) as error:
        raise ProblemError(f"{str(file)!r} is damaged or not a matrix: {error}; allowed: {_ALLOWED}") from error
    values = found.data if hasattr(found, "tocsr") else found
    if found.ndim != 2 or values.dtype.kind not in "biufc":
        raise ProblemError(f"{str(file)!r} holds {values.dtype} numbers on {found.ndim} axes; allowed: a matrix")
    if not np.all(np.isfinite(values)):
        raise ProblemError(f"{str(file)!r} holds NaN or infinity; allowed: finite numbers")
    return found if values.dtype.kind in "fc" else found.astype(np.float64)


def _read(file: Path, name: str) -> Any:
    from scipy import io, sparse

    if name.endswith(".npy"):
        return np.load(file, allow_pickle=False)
    if name.endswith(".npz"):
        return sparse.csr_array(sparse.load_npz(file))
    found = io.mmread(file)
    return sparse.csr_array(found) if sparse.issparse(found) else np.asarray(found)
