"""System query options of OData, as far as SPF's collections are asked with them.

Source: OData 3.0, URL conventions. Options that exist and are not here are refused rather than ignored.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from azure_recovery.emulator import spf_errors
from azure_recovery.emulator.errors import ArmError
from azure_recovery.emulator.spf_address import guid

Entity = dict[str, Any]

_OPTIONS: Final = ("$filter", "$top", "$skip", "$orderby", "$skiptoken")
_CLAUSE: Final = re.compile(
    r"\s*(?P<open>\(*)\s*(?P<name>\w+)\s+(?P<operator>eq|ne|gt|ge|lt|le)\s+"
    r"(?P<literal>[gG]uid'[^']*'|datetime'[^']*'|'(?:[^']|'')*'|[^\s()]+)\s*(?P<close>\)*)\s*(?:$|(?P<and>and(?=[\s(])))"
)
_OPERATORS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_WORDS: Final = {"null": None, "true": True, "false": False}


def check(query: Mapping[str, str]) -> None:
    """Refuse options that the service does not know.

    Raises:
        ArmError: There is one.
    """
    for name in query:
        if name.startswith("$") and name not in _OPTIONS:
            raise spf_errors.bad_request(
                f"The query parameter '{name}' begins with a system-reserved '$' character but is not recognized."
            )


def applied(query: Mapping[str, str], entities: list[Entity], kind: str) -> list[Entity]:
    """Return the entities that a query asks for, in its order.

    Args:
        query: Options by name.
        entities: All there are.
        kind: Their type, for messages.

    Raises:
        ArmError: An option cannot be read.
    """
    for clause in _clauses(query):
        entities = [entity for entity in entities if _holds(clause, entity, kind)]
    if "$orderby" in query:
        name, _, direction = query["$orderby"].strip().partition(" ")
        if direction.strip() not in ("", "asc", "desc"):
            raise _syntax("$orderby")
        for entity in entities:
            _member(entity, name, kind)
        entities = sorted(entities, key=lambda entity: _rank(entity[name]), reverse=direction.strip() == "desc")
    skipped = entities[_whole(query, "$skip", 0) :]
    return skipped[: _whole(query, "$top", len(skipped))]


def _rank(value: Any) -> tuple[bool, Any]:
    """Return by what values are put in order: null first, numbers as numbers."""
    return value is not None, value if isinstance(value, int) else str(value)


def paged(query: Mapping[str, str], entities: list[Entity], size: int) -> tuple[list[Entity], str | None]:
    """Return a page of what a query asks for, and the token of the next one, or None at the end.

    Args:
        query: Options by name; `$skiptoken` says which page.
        entities: All that it asks for.
        size: Entities on a page; 0 is all of them.
    """
    begin = _whole(query, "$skiptoken", 0)
    end = begin + size if size else len(entities)
    return entities[begin:end], str(end) if end < len(entities) else None


def filtered_by(query: Mapping[str, str]) -> set[str]:
    """Return the properties that a filter names."""
    return {match["name"] for match in _clauses(query)}


def _clauses(query: Mapping[str, str]) -> list[re.Match[str]]:
    """Return the comparisons of a filter, which are joined by `and`; none if there is no filter."""
    if "$filter" not in query:
        return []
    written, found, position, depth = query["$filter"], [], 0, 0
    while True:
        clause = _CLAUSE.match(written, position)
        if clause is None:
            raise _syntax("$filter")
        depth += len(clause["open"]) - len(clause["close"])
        found.append(clause)
        position = clause.end()
        if depth < 0 or (clause["and"] is None and depth > 0):
            raise _syntax("$filter")
        if clause["and"] is None:
            return found


def _holds(clause: re.Match[str], entity: Entity, kind: str) -> bool:
    member = _member(entity, clause["name"], kind)
    literal = _literal(clause["literal"])
    if isinstance(literal, datetime) and isinstance(member, str):
        member, literal = _moments(member, literal)
    if literal is not None and member is not None and type(member) is not type(literal):
        raise spf_errors.bad_request(
            f"A binary operator with incompatible types was detected. Found operand types of '{clause['name']}' and "
            f"'{clause['literal']}' for operator kind '{clause['operator']}'."
        )
    verb = clause["operator"]
    # Nothing is before or after null.
    comparable = verb in ("eq", "ne") or None not in (member, literal)
    return comparable and _OPERATORS[verb](member, literal)


def _moments(member: str, literal: datetime) -> tuple[datetime | str, datetime]:
    """Return both sides of a comparison of times: Edm.DateTime knows no zone, so a literal is in the server's."""
    try:
        told = datetime.fromisoformat(member)
    except ValueError:
        return member, literal
    return told, literal if literal.tzinfo else literal.replace(tzinfo=told.tzinfo)


def _time(written: str) -> datetime:
    try:
        return datetime.fromisoformat(written)
    except ValueError:
        raise _syntax("$filter") from None


def _member(entity: Entity, name: str, kind: str) -> Any:
    if name not in entity:
        raise no_property(name, kind)
    return entity[name]


def no_property(name: str, kind: str) -> ArmError:
    """Return the refusal of a query by what entities of *kind* do not have."""
    return spf_errors.bad_request(f"Could not find a property named '{name}' on type '{kind}'.")


def _literal(written: str) -> Any:
    if written in _WORDS:
        return _WORDS[written]
    if written[0] == "'":
        return written[1:-1].replace("''", "'")
    if written.startswith("datetime'"):
        return _time(written[len("datetime'") : -1])
    if written.isdecimal():
        return int(written)
    found = guid(written)
    if found is None:
        raise _syntax("$filter")
    return found


def _whole(query: Mapping[str, str], option: str, default: int) -> int:
    written = query.get(option)
    if written is None:
        return default
    if not written.isdecimal():
        raise spf_errors.bad_request(f"Invalid value '{written}' for {option} query string option found.")
    return int(written)


def _syntax(option: str) -> Exception:
    return spf_errors.bad_request(f"Bad Request - Error in query syntax of {option}.")
