"""``qalgo doctor``: what is installed, which devices really work, which imports are shadowed."""

from __future__ import annotations

import argparse
import importlib.util
import json
from dataclasses import dataclass
from importlib.metadata import distributions
from typing import Any

__all__ = ["Finding", "doctor_command", "examine", "report"]

_CLASHES = {
    "qalgo": "another distribution installs 'qalgo': 'pip uninstall qalgo', then reinstall qalgo from its checkout",
    "circuits": "another distribution installs 'circuits': 'pip uninstall circuits', then reinstall qalgo",
}
_EXTRAS = {
    "ibm": ("qiskit_ibm_runtime", "mthree"),
    "resources": ("qdk",),
    "distributed": ("dask", "distributed"),
    "coreset": ("sklearn",),
    "fast": ("numba",),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; ``healthy`` is False when the user has to do something."""

    subject: str
    text: str
    healthy: bool = True


def doctor_command(arguments: argparse.Namespace) -> int:
    """Print what is installed and what works; return 1 when something has to be fixed."""
    findings = examine()
    print(json.dumps(to_dict(findings)) if arguments.json else report(findings))
    return 0 if all(finding.healthy for finding in findings) else 1


def examine() -> tuple[Finding, ...]:
    """Look at versions, the import of ``circuits``, rival distributions, extras and devices."""
    from qalgo.versions import versions

    findings = [Finding(name, value, value != "not installed") for name, value in versions() if name != "qalgo"]
    own = next(value for name, value in versions() if name == "qalgo")
    findings.insert(0, Finding("qalgo", own))
    findings.extend((_circuits(), *_rivals(), *_aer(), *_extras()))
    findings.extend(_devices())
    return tuple(findings)


def report(findings: tuple[Finding, ...]) -> str:
    """Return the findings as a table of plain text."""
    width = max(len(finding.subject) for finding in findings)
    lines = [f"{'ok ' if f.healthy else 'FIX'}  {f.subject:<{width}}  {f.text}" for f in findings]
    ill = sum(not finding.healthy for finding in findings)
    lines.append("everything is in order" if not ill else f"{ill} to be fixed, see the lines marked FIX")
    return "\n".join(lines)


def to_dict(findings: tuple[Finding, ...]) -> dict[str, Any]:
    """Return the findings as a JSON-safe dictionary."""
    rows = [{"subject": f.subject, "text": f.text, "healthy": f.healthy} for f in findings]
    return {"schema": "qalgo.doctor", "version": 1, "healthy": all(f.healthy for f in findings), "findings": rows}


def _circuits() -> Finding:
    from qalgo.ownership import check_circuits_is_ours, circuits_origin

    try:
        check_circuits_is_ours()
    except ImportError as error:
        return Finding("circuits", str(error), healthy=False)
    return Finding("circuits", f"ours, {circuits_origin()}")


def _rivals() -> list[Finding]:
    found = []
    for distribution in distributions():
        name = (distribution.metadata["Name"] or "").lower()
        if name in _CLASHES:
            found.append(Finding(f"distribution {name!r}", _CLASHES[name], healthy=False))
    return found


def _aer() -> list[Finding]:
    from qalgo.execution.devices import aer_installation
    from qalgo.execution.installation import installed_wheels

    wheels = installed_wheels()
    found = aer_installation()
    # A CPU build needs no cure: its GPU line below names what is missing for one.
    cure = f"; {found.cure}" if found.cure and found.state != "cpu" else ""
    rows = [Finding("qiskit-aer build", f"{found.text}{cure}", found.importable)]
    if len(wheels) > 1:
        twins = "they share one folder: uninstall both, then install the one you need"
        rows.insert(0, Finding(" and ".join(wheels), twins, healthy=False))
    return rows


def _extras() -> list[Finding]:
    rows = []
    for extra, modules in _EXTRAS.items():
        missing = [module for module in modules if importlib.util.find_spec(module) is None]
        rows.append(Finding(f"extra [{extra}]", f"not installed: {', '.join(missing)}" if missing else "installed"))
    return rows


def _devices() -> list[Finding]:
    from qalgo.execution.devices import available_devices

    return [
        Finding(f"device {device.name}", device.reason, healthy=device.usable or device.name != "CPU")
        for device in available_devices()
    ]
