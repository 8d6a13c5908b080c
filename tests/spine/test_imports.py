import subprocess
import sys

import pytest

import qalgo

HEAVY = ("qiskit_aer", "scipy", "matplotlib", "sklearn", "qiskit_ibm_runtime")


def _modules_after(code):
    script = f"import sys\n{code}\nprint(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_the_packages_loads_nothing_heavy():
    loaded = _modules_after("import qalgo, circuits")
    assert not loaded & {*HEAVY, "qiskit", "numpy"}


@pytest.mark.parametrize("name", sorted(set(qalgo.__all__) - {"__version__"}))
def test_every_public_name_resolves(name):
    value = getattr(qalgo, name)
    assert getattr(value, "__name__", name).split(".")[-1] == name


def test_public_names_never_shadow_a_submodule():
    from pathlib import Path

    package = Path(qalgo.__file__).parent
    modules = {path.stem for path in package.glob("*.py")}
    modules |= {path.parent.name for path in package.glob("*/__init__.py")}
    callables = {name for name in qalgo.__all__ if callable(getattr(qalgo, name))}
    assert not callables & modules


def test_the_stub_lists_the_same_names():
    import ast
    from pathlib import Path

    tree = ast.parse((Path(qalgo.__file__).parent / "__init__.pyi").read_text(encoding="utf-8"))
    exported = {alias.asname for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert exported == set(qalgo.__all__) - {"__version__"}


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'prise'"):
        qalgo.prise  # noqa: B018
    assert "price" in dir(qalgo)


def test_a_foreign_circuits_package_is_named_with_the_cure(tmp_path):
    (tmp_path / "circuits").mkdir()
    (tmp_path / "circuits" / "__init__.py").write_text("")
    script = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\nimport qalgo\nqalgo.ProblemError"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "pip uninstall circuits" in done.stderr
    assert str(tmp_path) in done.stderr
