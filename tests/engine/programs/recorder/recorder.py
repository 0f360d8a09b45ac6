"""A dynamic provider that writes down each call, and keeps what it makes in a folder.

`CALLS` names the file of calls, `WORLD` the folder of objects. Its inputs say how it behaves: `forcing` replaces,
`delete_first` turns the order of a replacement around, `fail` and `unfinished` name the verbs that fail or end
uninitialised, `hold` a file in the world whose appearance ends a create.
"""

# ruff: noqa: D101, D102  # the methods are those of what is stood in for, or say it by their names

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import pulumi
from google.protobuf import any_pb2, struct_pb2
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)
from pulumi.output import Unknown
from pulumi.runtime.proto import provider_pb2, status_pb2

WORLD = Path(os.environ["WORLD"])

LONGEST_HOLD_S = 100.0
"""Wall time: a test that failed before it let go is not waited for."""


def _plain(value: Any) -> Any:
    if isinstance(value, Unknown):
        return "<unknown>"
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if key != "__provider"}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _frame() -> dict[str, Any]:
    frame = sys._getframe(1)
    while frame is not None and "context" not in frame.f_locals:
        frame = frame.f_back
    assert frame is not None
    return frame.f_locals


def note(verb: str, **facts: Any) -> None:
    line = json.dumps({"verb": verb, **_plain(facts)}, sort_keys=True) + "\n"
    descriptor = os.open(os.environ["CALLS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, line.encode())
    os.close(descriptor)


class Recorder(ResourceProvider):
    serialize_as_secret_always = False

    def configure(self, req: ConfigureRequest) -> None:
        self.greeting = req.config.get("composed:greeting")
        note("configure", config=req.config._props)

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        note("check", olds=olds, news=news)
        if news.get("value") == "refused":
            return CheckResult(news, [CheckFailure("value", "nobody wants it"), CheckFailure("", "nor this")])
        return CheckResult({**news, "address": f"/{news['name']}"}, [])

    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        note("diff", id=id_, olds=olds, news=news)
        if news.get("shrug"):
            return DiffResult()
        ignored = {"__provider", "name", "address", "computed", "fail", "unfinished", "noise", "delete_first"}
        changed = {key for key in olds.keys() | news.keys() if olds.get(key) != news.get(key)} - ignored
        replaces = ["forcing"] if "forcing" in changed else []
        return DiffResult(bool(changed), replaces, delete_before_replace=bool(news.get("delete_first")))

    def create(self, props: dict[str, Any]) -> CreateResult:
        note("create", props=props, timeout=_frame()["request"].timeout)
        id_ = f"{props['name']}-{props.get('forcing', 'only')}"
        hold, until = props.get("hold"), time.monotonic() + LONGEST_HOLD_S
        while hold and not (WORLD / hold).exists():
            if time.monotonic() > until:
                raise TimeoutError(f"nobody lets go of {hold}: the test has failed")
            time.sleep(0.02)
        self._fail("create", id_, props)
        return CreateResult(id_, self._store(id_, props))

    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        note("update", id=id_, olds=olds, news=news, timeout=_frame()["request"].timeout)
        self._fail("update", id_, news)
        return UpdateResult(self._store(id_, news))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        note("read", id=id_, props=props)
        path = WORLD / f"{id_}.json"
        if not path.exists():
            return ReadResult("", {})
        found = json.loads(path.read_text())
        self._fail("read", id_, {**props, **found})
        inputs = {key: value for key, value in found.items() if key != "computed"}
        return ReadResult(id_, found, inputs)

    def delete(self, id_: str, props: dict[str, Any]) -> None:
        note("delete", id=id_, props=props, timeout=_frame()["request"].timeout)
        self._fail("delete", id_, props)
        (WORLD / f"{id_}.json").unlink(missing_ok=True)

    def _store(self, id_: str, props: dict[str, Any]) -> dict[str, Any]:
        made = {key: value for key, value in props.items() if key != "__provider"}
        made["computed"] = f"{made['name']}:{made.get('value')}"
        (WORLD / f"{id_}.json").write_text(json.dumps(made))
        return dict(made)

    def _fail(self, verb: str, id_: str, props: dict[str, Any]) -> None:
        if verb in props.get("fail", []):
            raise RuntimeError(f"{verb} failed on purpose")
        if verb in props.get("unfinished", []):
            self._end_unfinished(verb, id_, props)

    def _end_unfinished(self, verb: str, id_: str, props: dict[str, Any]) -> None:
        made = self._store(id_, props)
        made["__provider"] = props.get("__provider") or _frame()["props"]["__provider"]
        properties = struct_pb2.Struct()
        properties.update(made)
        failed = provider_pb2.ErrorResourceInitFailed(id=id_, properties=properties, reasons=[f"{verb} is not done"])
        detail = any_pb2.Any()
        detail.Pack(failed)
        status = status_pb2.Status(code=2, message="unfinished", details=[detail])
        _frame()["context"].set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
        raise RuntimeError("unfinished")


class Recorded(Resource, module="recorder", name="Recorded"):
    """A resource of the recorder."""

    value: pulumi.Output[Any]
    address: pulumi.Output[str]
    computed: pulumi.Output[str]

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None, **inputs: Any) -> None:
        super().__init__(Recorder(), name, {"name": name, "address": None, "computed": None, **inputs}, opts)


class Renamed(Resource, module="recorder", name="Renamed"):
    """The same under another type."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None, **inputs: Any) -> None:
        super().__init__(Recorder(), name, {"name": name, "address": None, "computed": None, **inputs}, opts)
