"""The notebooks are short, end in assertions and are all executed (by nbmake, as part of the default test run)."""

import json
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def _code(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [line for cell in cells if cell["cell_type"] == "code" for line in "".join(cell["source"]).splitlines()]


def test_there_is_an_overview_and_one_per_family():
    assert {path.stem for path in NOTEBOOKS} >= {"overview", "option_pricing", "costs_and_hardware", "qsvt"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_short_and_asserts(path):
    lines = [line for line in _code(path) if line.strip()]
    assert len(lines) <= 60
    assert sum(line.lstrip().startswith("assert ") for line in lines) >= 4


def test_the_default_run_executes_them(pytestconfig):
    assert "--nbmake" in pytestconfig.getini("addopts")
    assert "notebooks" in pytestconfig.getini("testpaths")
