"""Print one of the README's two commands: the shell block that follows the marker ``<!-- command: NAME -->``."""

import re
import sys
from pathlib import Path

README = Path(__file__).resolve().parent.parent / "README.md"


def command(name: str) -> str:
    """Return the shell command with this name."""
    pattern = rf"<!-- command: {re.escape(name)} -->\s*```(?:bash|sh)\n(.*?)```"
    found = re.search(pattern, README.read_text(encoding="utf-8"), re.DOTALL)
    if found is None:
        raise SystemExit(f"README.md has no shell block marked <!-- command: {name} -->")
    return found.group(1).strip()


if __name__ == "__main__":
    print(command(sys.argv[1]))
