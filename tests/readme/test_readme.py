"""The README cannot rot: its Python blocks are executed, its shell lines are parsed by the real command line."""

import re
import shlex
from pathlib import Path

import pytest

from qalgo.command_line.arguments import HANDLERS, build_parser
from qalgo.option_pricing.book import KINDS

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"(<!-- slow:[^>]*-->\n)?```(python|bash)\n(.*?)```", re.DOTALL)


def test_it_is_short():
    """Two families, with about thirty lines each beyond what they share."""
    assert len(TEXT.splitlines()) <= 180


def test_every_python_block_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    blocks = [block for slow, language, block in BLOCK.findall(TEXT) if language == "python" and not slow]
    assert len(blocks) >= 3
    for block in blocks:
        exec(compile(block, "README.md", "exec"), names)
    printed = capsys.readouterr().out
    assert "physical cost over" in printed
    assert "simulated on CPU" in printed
    assert "emulated, no circuit executed" in printed
    assert "circuits executed" in printed
    reference = names["option"].black_scholes()
    assert names["price"].interval.contains(reference)


def _lines():
    for _, language, block in BLOCK.findall(TEXT):
        if language == "bash":
            yield from block.replace("&&\n", "&& ").splitlines()


@pytest.mark.parametrize("line", [line for line in _lines() if "qalgo " in line])
def test_every_qalgo_line_is_understood(line):
    words = shlex.split(line[line.index("qalgo ") :])[1:]
    parsed = build_parser(tuple(KINDS)).parse_args(words)
    assert parsed.command in HANDLERS


def test_the_two_commands_can_be_read_by_ci():
    import runpy

    command = runpy.run_path(str(ROOT / ".ci" / "readme_command.py"))["command"]
    assert "qalgo compare" in command("main job")
    assert "pytest" in command("tests")
