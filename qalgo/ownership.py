"""Another package on PyPI is also called ``circuits``: find out which one Python would import, before it is used."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

__all__ = ["check_circuits_is_ours", "circuits_origin"]


def circuits_origin() -> Path | None:
    """Return the file that ``import circuits`` would load, or None when there is none."""
    spec = find_spec("circuits")
    return None if spec is None or spec.origin is None else Path(spec.origin).resolve()


@cache
def check_circuits_is_ours() -> None:
    """Raise ImportError with the cure unless ``circuits`` comes from the same installation as this package."""
    found = circuits_origin()
    ours = Path(__file__).resolve().parent.parent / "circuits" / "__init__.py"
    if found == ours:
        return
    raise ImportError(
        f"'circuits' would be imported from {found}, but qalgo needs its own at {ours}. Another distribution named "
        "'circuits' shadows it: run 'pip uninstall circuits' and reinstall qalgo from its checkout "
        "('pip install --force-reinstall --no-deps .'); in a notebook, also look for a file circuits.py beside it."
    )
