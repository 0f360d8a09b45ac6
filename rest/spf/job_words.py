"""What a job says about itself, as one line.

`ErrorInfo` is an object in which VMM puts the problem and the recommended action apart. A job that succeeded has one,
too, with the code `Success`, empty sentences and the type `Error`. `AdditionalMessages` is a list of such objects.
Either may be a sentence, for all we know. Nothing of this says what became of the job: its status does.

Source: Windows Azure Pack, Job (dn818633), ErrorInfo (dn785077); a job in the tests of a public client of SPF.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from azure_recovery.rest.redaction import one_line, redacted

_LONGEST_UNKNOWN = 256
_SENTENCES = ("cloudproblem", "problem", "message", "description", "errormessage", "recommendedaction")
"""Members of VMM's error objects that are for people, in lower case, in the order in which they read."""
_CODES = ("displayableerrorcode", "code", "errorcode")
_NO_CODE = {"", "0", "success", "none"}


def words_of(error_info: Any, additional_messages: Any = None) -> str:
    """Return the job's own words, each sentence once; "" if it says nothing. Never raises."""
    said = dict.fromkeys([*_sentences(error_info), *_sentences(additional_messages)])
    return one_line(redacted(" ".join(said)))


def _sentences(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if plain := one_line(value):
            yield plain
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _sentences(item)
    elif isinstance(value, Mapping):
        yield from _of_object({str(name).lower(): item for name, item in value.items()}, value)


def _of_object(members: Mapping[str, Any], whole: Mapping[str, Any]) -> Iterator[str]:
    codes = [str(members[name]) for name in _CODES if members.get(name) is not None]
    code = next((code for code in codes if code.lower() not in _NO_CODE), "")
    detailed = str(members.get("detailederrorcode") or "")
    if code and detailed and detailed not in {code, "0"}:
        code = f"{code}, {detailed}"
    found = [one_line(item) for name in _SENTENCES if isinstance(item := members.get(name), str) and item.strip()]
    if found:
        yield f"{found[0]} ({code})" if code else found[0]
        yield from found[1:]
    elif code:
        yield f"error {code}"
    elif not codes and any(item not in (None, "", 0, False, [], {}) for item in members.values()):
        yield one_line(json.dumps(whole, ensure_ascii=False, default=str), _LONGEST_UNKNOWN)
