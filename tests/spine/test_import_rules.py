"""Rules of the house that hold for every import, also those inside functions (design: who may import whom)."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted([*(ROOT / "qalgo").rglob("*.py"), *(ROOT / "circuits").rglob("*.py")])


def _imports(path):
    """Yield the dotted names that a file imports, wherever in it they stand."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module


def _at_import_time(path):
    """Yield the names imported when the module is: not inside functions, not under TYPE_CHECKING."""
    waiting = list(ast.parse(path.read_text(encoding="utf-8")).body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
        elif isinstance(node, ast.If) and ast.unparse(node.test) != "TYPE_CHECKING":
            waiting.extend([*node.body, *node.orelse])
        elif isinstance(node, ast.Try | ast.With | ast.ClassDef):
            waiting.extend(node.body)


def _top(name):
    return name.split(".")[0]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_who_may_import_whom(path):
    place = path.relative_to(ROOT).as_posix()
    names = set(_imports(path))
    tops = {_top(name) for name in names}
    if not place.startswith("qalgo/execution/"):
        assert "qiskit_aer" not in tops
    if place != "qalgo/execution/ibm.py":
        assert "qiskit_ibm_runtime" not in tops
    if place != "qalgo/physical_resources/qdk_models.py":
        assert "qdk" not in tops
    if place != "qalgo/sweeps/dask_executor.py":
        assert not tops & {"dask", "distributed"}
    if path.name not in ("report.py", "figures.py"):
        drawing = {name for name in names if _top(name) == "matplotlib"}
        under_checking = {"matplotlib.axes", "matplotlib.figure"}
        assert drawing <= under_checking
    if place.startswith("circuits/"):
        assert "qalgo" not in tops
    if place.startswith("qalgo/") and not place.startswith(("qalgo/command_line", "qalgo/__")):
        assert "qalgo" not in names


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_heavy_packages_wait_until_they_are_needed(path):
    heavy = {"scipy", "matplotlib", "sklearn", "qiskit_aer", "qiskit_ibm_runtime", "qdk", "tqdm", "dask", "distributed"}
    assert not {_top(name) for name in _at_import_time(path)} & heavy
