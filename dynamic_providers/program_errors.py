"""Errors of what runs in the program itself, in the one line that is told of everything else.

Pulumi prints the text of a `pulumi.RunError`, and of any other exception a traceback. What is wrong with an argument,
or what Azure says to a question of the program, is in the text; the traceback would lead into this library.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import pulumi

from azure_recovery.rest.errors import AzureRecoveryError

P = ParamSpec("P")
R = TypeVar("R")


def in_one_line(function: Callable[P, R]) -> Callable[P, R]:
    """Let each error of this library leave *function* as a `pulumi.RunError` too, of the same class and attributes.

    Args:
        function: A function, also one that is awaited, a method, or the constructor of a component, whose name then
            stands before the text.
    """

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except pulumi.RunError:
            raise
        except AzureRecoveryError as error:
            told = _told(error, _subject(function, args, kwargs))
        raise told

    @functools.wraps(function)
    async def run_awaited(*args: P.args, **kwargs: P.kwargs) -> Any:
        try:
            return await awaited(*args, **kwargs)
        except pulumi.RunError:
            raise
        except AzureRecoveryError as error:
            told = _told(error, _subject(function, args, kwargs))
        raise told

    awaited: Any = function
    return run_awaited if inspect.iscoroutinefunction(function) else run  # type: ignore[return-value]


def _told(error: AzureRecoveryError, subject: str) -> Exception:
    kind = type(error)
    both: Any = type(kind.__name__, (kind, pulumi.RunError), {"__module__": kind.__module__})
    told: Exception = both.__new__(both, f"{subject}: {error}" if subject else str(error))
    vars(told).update(vars(error))
    return told


def _subject(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    if "." not in function.__qualname__:
        return function.__name__.lstrip("_")
    if function.__name__ != "__init__":
        return ""  # its text names what it is about
    name = args[1] if len(args) > 1 else kwargs.get("name")
    return f"{type(args[0]).__name__} {name}"
