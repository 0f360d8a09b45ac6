"""Bodies as models: what all wire models have in common, and the one place where a body that does not fit is told of.

Azure adds properties at will, sends explicit nulls for anything, numbers as text and seven digits of a second. So a
model ignores what it does not know, declares everything optional, and reads leniently what cannot mislead anybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator

from azure_recovery.rest.transport import Answer


class WireModel(BaseModel):
    """A JSON object of a service: immutable, its wire names in aliases alone, unknown properties ignored."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", validate_by_name=True, validate_by_alias=True, hide_input_in_errors=True
    )


class LenientModel(WireModel):
    """A JSON object whose property names are read without case.

    Where two spellings of one property come together, the one that is not null counts.
    """

    misspelled: ClassVar[Mapping[str, str]] = {}
    """Spelling that differs by more than case, in lower case → documented name."""

    @model_validator(mode="before")
    @classmethod
    def _by_documented_names(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        documented = _documented_names(cls)
        read: dict[Any, Any] = {}
        for key, item in value.items():
            name = documented.get(str(key).lower(), key)
            if read.get(name) is None:
                read[name] = item
        return read


@cache
def _documented_names(model: type[LenientModel]) -> dict[str, str]:
    names = (field.alias or name for name, field in model.model_fields.items())
    return {**{name.lower(): name for name in names}, **model.misspelled}


def _aware(moment: datetime) -> datetime:
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:  # "no time yet" is the first or the last day there is, in some zone
        return moment.replace(tzinfo=UTC)


Time = Annotated[datetime, AfterValidator(_aware)]
"""Aware, in UTC. A time without zone is UTC; digits beyond the microsecond are dropped."""


def _percent(value: Any) -> float | None:
    if isinstance(value, str):
        value = value.strip().removesuffix("%").strip()
    if isinstance(value, bool):
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


Percent = Annotated[float | None, BeforeValidator(_percent)]
"""0 to 100: an int in one API, a float in another and text on a page; None for what is no number.

Nothing is decided by a percentage, so one that cannot be read must not end a wait of days.
"""


def _list(value: Any) -> Any:
    return () if value is None else value


Item = TypeVar("Item")
Items = Annotated[tuple[Item, ...], BeforeValidator(_list)]
"""A list; an explicit null is an empty one."""

Model = TypeVar("Model", bound=BaseModel)


def fitted(model: type[Model], answer: Answer, body: Any = None) -> Model:
    """Return the body of *answer*, or the part *body* of it, as a *model*.

    Raises:
        UnexpectedAnswerError: It does not fit; the text names the field and never its value.
    """
    value = answer.object() if body is None else body
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first, *others = error.errors(include_url=False, include_input=False, include_context=False)
        field = ".".join(str(part) for part in first["loc"]) or "the body"
        more = f" (and {len(others)} more)" if others else ""
        raise answer.unexpected(f"its body does not fit at {field}: {first['msg']}{more}") from None
