"""Which function a task is: a callable as it stands, one of the names below, or "module:function"."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from qalgo.errors import ProblemError

__all__ = ["NAMED_TASKS", "Task", "check_arguments", "resolved"]

Task = Callable[..., Any]

NAMED_TASKS = {
    "price": "qalgo.sweep_tasks:price_point",
    "estimate": "qalgo.sweep_tasks:estimate_point",
    "compare": "qalgo.sweep_tasks:compare_point",
    "cost": "qalgo.sweep_tasks:cost_point",
}
"""Name -> module:function. The function takes ``seed`` and the values of a point as keywords; imported when used."""


def resolved(task: object) -> tuple[Task, str]:
    """Return the function of a task and the name by which a store knows it.

    Raises:
        ProblemError: no such task, module or function.
    """
    if isinstance(task, str):
        return _named(task), task
    name = getattr(task, "__qualname__", None)
    if not callable(task) or not isinstance(name, str):
        raise ProblemError(
            f"task is {task!r}; allowed: a function task(*, seed, ...) at the top level of a module, or one of "
            f"{', '.join(NAMED_TASKS)} (what is the same in all points goes into fixed)"
        )
    return task, f"{task.__module__}:{name}"


def _named(task: str) -> Task:
    module, colon, name = NAMED_TASKS.get(task, task).partition(":")
    if not colon or not module or not name:
        raise ProblemError(f'task is {task!r}; allowed: {", ".join(NAMED_TASKS)}, or "module:function"')
    try:
        found = getattr(import_module(module), name)
    except ImportError as error:
        raise ProblemError(f"task is {task!r}: cannot import {module!r} ({error}); is it on the path?") from error
    except AttributeError as error:
        raise ProblemError(f"task is {task!r}: module {module!r} has no function {name!r}") from error
    if not callable(found):
        raise ProblemError(f"task is {task!r}: {name!r} is a {type(found).__name__}; allowed: a function")
    function: Task = found
    return function


def check_arguments(task: Task, name: str, given: Iterable[tuple[str, ...]]) -> None:
    """Refuse, before anything is computed, points with names that the task does not take, or without one it needs.

    Raises:
        ProblemError: the message lists what the task takes.
    """
    try:
        parameters = inspect.signature(task).parameters
    except (TypeError, ValueError):  # some functions written in C do not say
        return
    keywords = {
        key: item
        for key, item in parameters.items()
        if item.kind in (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    }
    takes_any = any(item.kind is inspect.Parameter.VAR_KEYWORD for item in parameters.values())
    if "seed" not in keywords and not takes_any:
        raise ProblemError(f"task {name} takes no seed; allowed: a function task(*, seed, ...), even if it ignores it")
    allowed = ", ".join(key for key in keywords if key != "seed")
    needed = {key for key, item in keywords.items() if item.default is inspect.Parameter.empty} - {"seed"}
    for names in given:
        foreign = sorted(set(names) - set(keywords))
        missing = sorted(needed - set(names))
        if foreign and not takes_any:
            raise ProblemError(f"task {name} does not take {', '.join(foreign)}; allowed: {allowed}")
        if missing:
            raise ProblemError(f"task {name} needs {', '.join(missing)}: write it into the grid or into fixed")
