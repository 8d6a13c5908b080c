"""grid.toml: the schema, ranges, and errors that name file and place."""

import pytest

import qalgo
from qalgo.command_line.sweep import SCHEMA
from qalgo.errors import ProblemError
from qalgo.sweeps.files import read_sweep

HEAD = '[sweep]\ntask = "price"\n'


def read(tmp_path, text):
    path = tmp_path / "grid.toml"
    path.write_text(text)
    return qalgo.read_sweep(path)


def indented(text, first):
    """The lines of the block that begins with ``first``, without their indentation, up to an unindented one."""
    lines = text[text.index(first) :].splitlines()
    block = [lines[0], *lines[1 : next(i for i, line in enumerate(lines[1:], 1) if line and not line.startswith("  "))]]
    return "\n".join(line.strip() for line in block)


def test_the_documented_schema_works_and_is_the_same_in_both_places(tmp_path):
    of_help = read(tmp_path, indented(SCHEMA, "[sweep]"))
    of_docstring = read(tmp_path, indented(read_sweep.__doc__.replace("\n    Ranges", "\nRanges"), "[sweep]"))
    assert of_help == of_docstring
    assert (of_help.task, of_help.seed, of_help.repetitions) == ("price", 7, 1)
    assert of_help.store == tmp_path / "prices.jsonl"
    assert len(of_help.points) == 3 * 3 * 2 + 1
    assert of_help.points[1] == {
        "contract": "european-call",
        "strike": 1.896,
        "rate": 0.05,
        "maturity": "40/365",
        "spot": 1.8,
        "volatility": 0.2,
        "epsilon": 0.001,
    }


def test_defaults(tmp_path):
    plan = read(tmp_path, HEAD + "[[points]]\nspot = 1\n")
    assert (plan.seed, plan.repetitions, plan.store) == (None, 1, tmp_path / "grid.jsonl")
    assert plan.points == ({"spot": 1},)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("{ start = 0.1, stop = 0.5, num = 5 }", [0.1, 0.2, 0.3, 0.4, 0.5]),
        ("{ start = 3, stop = 9, num = 3 }", [3, 6, 9]),
        ("{ start = 9, stop = 3, num = 4 }", [9, 7, 5, 3]),
        ("{ start = 3, stop = 4, num = 3 }", [3, 3.5, 4]),
        ('{ start = 1e-1, stop = 1e-5, num = 5, scale = "log" }', [0.1, 0.01, 0.001, 0.0001, 1e-5]),
        ('{ start = 2, stop = 32, num = 5, scale = "log" }', [2, 4.0, 8.0, 16.0, 32]),
        ("[2, 'a', true]", [2, "a", True]),
    ],
)
def test_ranges_and_lists(tmp_path, text, values):
    points = read(tmp_path, f"{HEAD}[grid]\nx = {text}\n").points
    assert [point["x"] for point in points] == values
    assert [type(point["x"]) for point in points] == [type(value) for value in values]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[sweep\n", "is not a TOML file"),
        ("[grid]\nx = [1]\n", r"\[sweep\]: no task"),
        ("sweep = 3\n", r"\[sweep\]: no task"),
        ("[sweep]\nseed = 1\n", r"\[sweep\]: no task"),
        ("[sweep]\ntask = 3\n", "task is 3; allowed: text"),
        (HEAD + "sed = 1\n", r"\[sweep\]: unknown setting sed; allowed: task, seed, repetitions, store"),
        (HEAD + "seed = -1\n", "seed is -1; allowed: an integer, at least 0"),
        (HEAD + "seed = true\n", "seed is True"),
        (HEAD + "repetitions = 0\n", "repetitions is 0; allowed: an integer, at least 1"),
        (HEAD + "store = ''\n", "store is ''"),
        (HEAD, r"no points; allowed: a section \[grid\]"),
        (HEAD + "[grids]\nx = [1]\n", "unknown section grids; allowed: sweep, fixed, grid, points"),
        (HEAD + "[[grid]]\nx = [1]\n", "grid is not a table"),
        (HEAD + "[points]\nx = [1]\n", "points is not a list; .*double brackets"),
        (HEAD + "[grid]\n", "grid is empty"),
        (HEAD + "[grid]\nx = []\n", "x has no values"),
        (HEAD + "[grid]\nx = 2\n", r"\[grid\]: x is 2; allowed: a list, or a range.*\[fixed\]"),
        (HEAD + "[grid]\nseed = [1]\n", "seed is not a value of a point"),
        (HEAD + "[grid]\nx = [1, 1.0]\n", "x=1.0 is given twice"),
        (HEAD + "[grid]\nx = [1]\n[[points]]\nx = 1\n", "x=1 is given twice"),
        (HEAD + "[grid]\nx = [1]\n[fixed]\nx = 1\n", "x both in grid and in fixed"),
        (HEAD + "[grid]\nx = [2020-01-01]\n", "x is a date; allowed: numbers, text"),
        (HEAD + "[grid]\nx = { start = 1, stop = 2 }\n", "missing num; allowed: a range of start, stop, num, scale"),
        (HEAD + "[grid]\nx = { start = 1, stop = 2, step = 2, num = 2 }\n", "unknown step"),
        (HEAD + "[grid]\nx = { start = 1, stop = 2, num = 1 }\n", "num is 1; allowed: an integer, at least 2"),
        (HEAD + "[grid]\nx = { start = '1', stop = 2, num = 2 }\n", "start is '1'"),
        (HEAD + "[grid]\nx = { start = 1, stop = 2, num = 2, scale = 'cubic' }\n", "scale is 'cubic'"),
        (HEAD + "[grid]\nx = { start = 0, stop = 2, num = 2, scale = 'log' }\n", "allowed with scale log: positive"),
        (HEAD + "[grid]\nx = { start = -inf, stop = 2, num = 3 }\n", "x is -inf; allowed: finite"),
    ],
)
def test_mistakes_are_named_with_the_file(tmp_path, text, message):
    with pytest.raises(ProblemError, match=message) as caught:
        read(tmp_path, text)
    assert "grid.toml" in str(caught.value)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(ProblemError, match=r"cannot read .*none\.toml: No such file"):
        read_sweep(tmp_path / "none.toml")
    (tmp_path / "grid.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ProblemError, match="not UTF-8"):
        read_sweep(tmp_path / "grid.toml")
