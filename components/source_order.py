"""Which restore points are copied, and in which order the copies start.

Azure copies the restore points of a collection in the order in which they were made, and refuses one that is older
than one it has copied. That order is told by the source alone. What is copied must not depend on whether the source
answers, though: a resource that is missing from a program is deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pulumi

from azure_recovery.dynamic_providers.source_points import SourcePoint, SourceUnknownError, source_points
from azure_recovery.rest.arm.ids import check_name
from azure_recovery.rest.errors import InvalidInputError

_PROPERTY = "restore_points"


def names_in_order(
    source_collection_id: pulumi.Input[str], wanted: Sequence[str] | None, warn: Callable[[str], None]
) -> tuple[str, ...]:
    """Return the names of the restore points to copy, oldest first.

    Args:
        source_collection_id: The source, plain or as an output. An output cannot be waited for by a program.
        wanted: Names, or None for all that the source has.
        warn: Told once if the order is the caller's because the source did not answer.

    Raises:
        InvalidInputError: A name cannot be one or is there twice, or names are needed and not given.
        pulumi.RunError: All are wanted, and the source does not say which there are.
    """
    names = None if wanted is None else _checked_names(wanted)
    if names == ():
        return ()
    if not isinstance(source_collection_id, str):
        if names is None:
            reason = (
                "must be given, oldest first: source_collection_id is an output, which a program cannot look into "
                "before it declares the copies; give the id as text to have them looked up"
            )
            raise InvalidInputError(property=_PROPERTY, reason=reason)
        return names
    try:
        found = source_points(source_collection_id)
    except SourceUnknownError as error:
        if names is None:
            raise pulumi.RunError(
                f"{error}; nothing is changed: without the names in restore_points it is not known which copies there "
                "should be, so give the names, or run again once the source answers"
            ) from None
        warn(f"{error}; the copies are declared in the order of restore_points")
        return names
    return _all_of(source_collection_id, found) if names is None else _ordered(names, found)


def _all_of(source_collection_id: str, found: Sequence[SourcePoint]) -> tuple[str, ...]:
    # A copy that is left out of the program is deleted, so only what cannot have been copied yet may be left out.
    made = [point for point in found if point.is_made]
    if not made:
        raise pulumi.RunError(
            f"{source_collection_id} holds no restore point that could be copied; nothing is changed, since copies of "
            "all of its restore points would now be none: give restore_points=[] to delete the copies that there are"
        )
    return tuple(point.name for point in sorted(made, key=_age))


def _ordered(names: tuple[str, ...], found: Sequence[SourcePoint]) -> tuple[str, ...]:
    """Return *names* by age; those that the source does not have come last, so that they hold up no other."""
    ages = {point.name.lower(): _age(point) for point in found}
    latest = datetime.max.replace(tzinfo=UTC)
    return tuple(sorted(names, key=lambda name: ages.get(name.lower(), (latest, ""))))


def _age(point: SourcePoint) -> tuple[datetime, str]:
    return point.time_created or datetime.min.replace(tzinfo=UTC), point.name.lower()


def _checked_names(wanted: Sequence[str]) -> tuple[str, ...]:
    if isinstance(wanted, str) or not isinstance(wanted, Sequence):
        raise InvalidInputError(property=_PROPERTY, reason="must be a list of names, or left out for all")
    seen: set[str] = set()
    for name in wanted:
        if not isinstance(name, str):
            reason = "must hold plain text: the names are part of the names of resources"
            raise InvalidInputError(property=_PROPERTY, reason=reason)
        check_name("existing restore points", name, property=_PROPERTY)
        if name.lower() in seen:
            raise InvalidInputError(property=_PROPERTY, reason=f"{name} is there twice; Azure ignores case")
        seen.add(name.lower())
    return tuple(wanted)
