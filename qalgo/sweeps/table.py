"""What a sweep found: one frozen row per point, and the table of them in the order of the grid."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from qalgo.errors import ProblemError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["SweepRow", "SweepTable"]

SCHEMA = "qalgo.sweep"
SCHEMA_VERSION = 1
_ABOUT = ("repetition", "seed", "seconds", "error")
_SHOWN_ROWS, _SHOWN_COLUMNS, _SHOWN_FAILURES = 12, 8, 3
_SHOWN_CHARACTERS, _SHOWN_ERROR = 24, 72


@dataclass(frozen=True, slots=True)
class SweepRow:
    """One point, computed once."""

    point: Mapping[str, Any]
    """What the task was called with, the fixed values included."""
    repetition: int
    """0, 1, ...: the same point with other random numbers."""
    key: str
    """Identifies the content of ``point``, whatever grid it came from."""
    seed: int
    """The task's seed: depends on the root seed, the point and the repetition alone."""
    result: Mapping[str, Any] | None
    """What the task returned (a single value under the name "value"); None when it failed."""
    error: str | None
    """Why it failed; None when it did not."""
    seconds: float = field(compare=False)
    """Wall time of the task where it ran."""

    @property
    def name(self) -> tuple[str, int]:
        """What identifies the row in a store."""
        return self.key, self.repetition

    @property
    def value(self) -> Any:
        """The result named "value", or None."""
        return None if self.result is None else self.result.get("value")

    def get(self, name: str) -> Any:
        """Return a value of the point, of the result or of the row itself by name; None where there is none."""
        if name in self.point:
            return self.point[name]
        if self.result is not None and name in self.result:
            return self.result[name]
        return getattr(self, name) if name in _ABOUT else None

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary."""
        return {
            "key": self.key,
            "repetition": self.repetition,
            "point": dict(self.point),
            "seed": self.seed,
            "result": None if self.result is None else dict(self.result),
            "error": self.error,
            "seconds": self.seconds,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> SweepRow:
        """Rebuild from :meth:`to_dict`."""
        return cls(
            point=dict(data["point"]),
            repetition=int(data["repetition"]),
            key=str(data["key"]),
            seed=int(data["seed"]),
            result=None if data["result"] is None else dict(data["result"]),
            error=None if data["error"] is None else str(data["error"]),
            seconds=float(data["seconds"]),
        )


@dataclass(frozen=True, slots=True)
class SweepTable:
    """The rows of a sweep in the order of its grid; equal when all points and values are (times do not matter)."""

    task: str
    rows: tuple[SweepRow, ...]
    seed: int
    """The root seed."""
    versions: tuple[tuple[str, str], ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def failed(self) -> tuple[SweepRow, ...]:
        """The rows whose task failed."""
        return tuple(row for row in self.rows if row.error is not None)

    @property
    def varying(self) -> tuple[str, ...]:
        """Names whose value is not the same in all points."""
        names = list(dict.fromkeys(name for row in self.rows for name in row.point))
        return tuple(name for name in names if any(_differ(row, self.rows[0], name) for row in self.rows))

    @property
    def results(self) -> tuple[str, ...]:
        """Names of the results."""
        return tuple(dict.fromkeys(name for row in self.rows for name in row.result or ()))

    def column(self, name: str) -> tuple[Any, ...]:
        """Return one value per row: of the point, of the result, or ``repetition``, ``seed``, ``seconds``, ``error``.

        None stands where a row has no such value, as where its task failed.

        Raises:
            ProblemError: no row has it.
        """
        names = [*dict.fromkeys(name for row in self.rows for name in row.point), *self.results, *_ABOUT]
        if name not in names:
            raise ProblemError(f"no column is named {name!r}; there are: {', '.join(names)}")
        return tuple(row.get(name) for row in self.rows)

    def plot(self, x: str | None = None, y: str | None = None, ax: Axes | None = None) -> Axes:
        """Draw one result against one varying name, one line for each combination of the others; returns the Axes.

        Args:
            x: name of a value of the points; default: the first that varies.
            y: name of a numeric result; default: "value", or the first. With results "low" and "high" beside "value",
                the interval is drawn too.
            ax: axes to draw on; new ones when None.

        Raises:
            ProblemError: a name that is not there, or a result that is not a number.
        """
        from qalgo.sweeps.figures import draw_sweep

        return draw_sweep(self, x, y, ax)

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-safe dictionary with the schema's name and version."""
        return {
            "schema": SCHEMA,
            "version": SCHEMA_VERSION,
            "task": self.task,
            "seed": self.seed,
            "rows": [row.to_dict() for row in self.rows],
            "versions": dict(self.versions),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> SweepTable:
        """Rebuild from :meth:`to_dict`.

        Raises:
            ProblemError: when the data has another schema or version, or is damaged.
        """
        if data.get("schema") != SCHEMA or data.get("version") != SCHEMA_VERSION:
            raise ProblemError(f"not a sweep: schema {data.get('schema')!r} version {data.get('version')!r}")
        try:
            return cls(
                task=str(data["task"]),
                rows=tuple(SweepRow.from_dict(row) for row in data["rows"]),
                seed=int(data["seed"]),
                versions=tuple((str(name), str(version)) for name, version in data["versions"].items()),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ProblemError(f"the sweep is damaged: {error!r}") from error

    def __str__(self) -> str:
        return "\n".join((self._headline(), *_aligned(self._excerpt()), *self._footer()))

    def _repr_html_(self) -> str:
        head, *rows = self._excerpt()
        cells = "".join(f"<th>{html.escape(cell)}</th>" for cell in head)
        body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
        foot = "".join(f"<p>{html.escape(line.strip())}</p>" for line in self._footer())
        caption = html.escape(self._headline())
        return f"<table><caption>{caption}</caption><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>{foot}"

    def _headline(self) -> str:
        failed = f", {len(self.failed)} failed" if self.failed else ""
        return f"sweep of {self.task}: {len(self)} points{failed}, seed {self.seed}"

    def _excerpt(self) -> list[tuple[str, ...]]:
        """Head and first rows as text: what varies, then the first results, and the errors always."""
        repeated = ("repetition",) if any(row.repetition for row in self.rows) else ()
        heads = (*self.varying, *repeated, *self.results)[:_SHOWN_COLUMNS]
        heads = (*heads, "error") if self.failed else heads
        return [heads, *(tuple(_shown(row.get(name), name) for name in heads) for row in self.rows[:_SHOWN_ROWS])]

    def _footer(self) -> list[str]:
        more, hidden = len(self) - _SHOWN_ROWS, [name for name in self.results if name not in self._excerpt()[0]]
        lines = [f"  and {more:,} more points: .rows, .column(name), .to_dict()"] if more > 0 else []
        unseen = [row for row in self.rows[_SHOWN_ROWS:] if row.error is not None]
        for row in unseen[:_SHOWN_FAILURES]:
            where = ", ".join(f"{name} {_shown(row.get(name), name)}" for name in self.varying)
            lines.append(f"  failed at {where}: {_shown(row.error, 'error')}")
        return [*lines, f"  further results: {', '.join(hidden)}"] if hidden else lines


def _differ(row: SweepRow, first: SweepRow, name: str) -> bool:
    return name not in row.point or name not in first.point or row.point[name] != first.point[name]


def _shown(value: Any, name: str) -> str:
    if value is None:
        return "-"
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    longest = _SHOWN_ERROR if name == "error" else _SHOWN_CHARACTERS
    return text if len(text) <= longest else text[: longest - 3] + "..."


def _aligned(lines: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(line[index]) for line in lines) for index in range(len(lines[0]))]
    return ["  " + "  ".join(f"{cell:>{width}}" for cell, width in zip(line, widths, strict=True)) for line in lines]
