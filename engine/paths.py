"""Property paths, as `ignore_changes` has them: `a`, `a.b`, `a["b"]`, `a[0]`, and `*` for every key or index.

Source: `sdk/go/common/resource/property_path.go`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from azure_recovery.engine.errors import EngineError
from azure_recovery.engine.properties import Properties, Secret

_PART = re.compile(r'\.?(?P<name>[^.\[\]"]+)|\[(?P<index>\d+)\]|\["(?P<key>(?:[^"\\]|\\.)*)"\]|\[(?P<any>\*)\]')
_ABSENT: Final = object()


def parse(path: str) -> list[str | int]:
    """Return the parts of *path*.

    Raises:
        EngineError: It is malformed.
    """
    parts: list[str | int] = []
    position = 0
    while position < len(path):
        match = _PART.match(path, position)
        dotted = path.startswith(".", position)
        if match is None or (match["name"] and dotted != (position > 0)):
            raise EngineError(f'ignore_changes: {path!r} is not a property path; write a, a.b, a[0] or a["b"]')
        name, index, key, wildcard = match.group("name", "index", "key", "any")
        if index is not None:
            parts.append(int(index))
        else:
            parts.append(json.loads(f'"{key}"') if key is not None else name or wildcard)
        position = match.end()
    return parts


def keep_old(paths: Iterable[str], news: Properties, olds: Properties) -> Properties:
    """Return *news* with what *olds* holds at each of *paths*; what is not there is taken out."""
    result: Any = news
    for path in paths:
        result = _with_old(result, olds, parse(path))
    return dict(result)


def _with_old(new: Any, old: Any, path: Sequence[str | int]) -> Any:
    if not path:
        return old
    if isinstance(new, Secret):
        return Secret(_with_old(new.value, old, path))
    if isinstance(old, Secret):
        old = old.value
    head, *rest = path
    if isinstance(new, list) and (isinstance(head, int) or head == "*"):
        olds = old if isinstance(old, list) else []
        wanted = range(len(new)) if head == "*" else [int(head)]
        return [
            _with_old(item, olds[index], rest) if index in wanted and index < len(olds) else item
            for index, item in enumerate(new)
        ]
    if not isinstance(new, dict):
        return new
    olds_by_key = old if isinstance(old, dict) else {}
    keys = {*new, *olds_by_key} if head == "*" else {head}
    merged = {
        key: _with_old(new.get(key, {}), olds_by_key.get(key, _ABSENT), rest) if key in keys else new[key]
        for key in [*new, *(key for key in olds_by_key if key not in new and key in keys)]
        if key in new or not rest
    }
    return {key: value for key, value in merged.items() if value is not _ABSENT}
