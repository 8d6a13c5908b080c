"""The packages that resolve their names on first use: every name is there, hides no module, and is in the stub."""

import ast
import importlib
from pathlib import Path

import pytest

FACADES = ("circuits", "qalgo.qsvt")
NAMES = [(package, name) for package in FACADES for name in sorted(importlib.import_module(package).__all__)]


def _folder(package):
    return Path(importlib.import_module(package).__file__).parent


@pytest.mark.parametrize(("package", "name"), NAMES)
def test_every_public_name_resolves_and_is_documented(package, name):
    value = getattr(importlib.import_module(package), name)
    assert value.__name__ == name
    assert value.__doc__
    assert not value.__doc__.startswith(f"{name}(")  # what a dataclass writes by itself


@pytest.mark.parametrize("package", FACADES)
def test_names_never_shadow_a_submodule(package):
    folder = _folder(package)
    modules = {path.stem for path in folder.glob("*.py")} | {path.parent.name for path in folder.glob("*/__init__.py")}
    assert not set(importlib.import_module(package).__all__) & modules


@pytest.mark.parametrize("package", FACADES)
def test_the_stub_equals_the_table(package):
    module = importlib.import_module(package)
    tree = ast.parse((_folder(package) / "__init__.pyi").read_text(encoding="utf-8"))
    stub = {alias.asname: node.module for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert stub == module._NAMES


@pytest.mark.parametrize("package", FACADES)
def test_an_unknown_name_is_an_attribute_error(package):
    module = importlib.import_module(package)
    with pytest.raises(AttributeError, match="no attribute 'qsvd'"):
        module.qsvd  # noqa: B018
    assert set(module.__all__) <= set(dir(module))
