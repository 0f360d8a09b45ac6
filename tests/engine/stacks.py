"""Stacks on the embedded engine, and on the embedded engine and the Pulumi CLI side by side.

Side by side, each operation must call the provider in the same way on both, leave the same state and count the same
changes; only then the test goes on with what the embedded engine did.
"""

# ruff: noqa: D102  # the methods are those of what is stood in for, or say it by their names

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from azure_recovery.engine import Engine, Event, OperationResult
from azure_recovery.engine.state import Deployment, Resource
from azure_recovery.rehearsal.pulumi_cli import cli_environment
from tests.waiting import wait_until

PROGRAMS = Path(__file__).parent / "programs"
PASSPHRASE = "a phrase for tests"
STACK = "test"
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_UNKNOWN_ID = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


@dataclass(frozen=True)
class Outcome:
    """What an operation did, whoever ran it."""

    ok: bool
    changes: Mapping[str, int]
    calls: list[dict[str, Any]]
    result: OperationResult | None = None

    def verbs(self) -> list[str]:
        """Return the calls as `verb name-or-id`, but for configure and check."""
        return [label(call) for call in self.calls if call["verb"] not in ("configure", "check")]

    def messages(self, severity: str) -> list[str]:
        """Return the diagnostics of *severity*."""
        assert self.result is not None
        return [item.message for item in self.result.diagnostics if item.severity == severity]


def label(call: Mapping[str, Any]) -> str:
    """Return a call as `verb name-or-id`."""
    return f"{call['verb']} {call.get('id') or (call.get('news') or call.get('props') or {}).get('name', '')}".strip()


@dataclass
class Place:
    """A copy of a program, with its calls and its world; those of *left* are taken up."""

    root: Path
    program: str
    left: Place | None = None
    extra: dict[str, str] = field(default_factory=dict)
    seen: int = 0

    def __post_init__(self) -> None:
        shutil.copytree(PROGRAMS / self.program, self.project)
        if self.left is None:
            self.world.mkdir()
        else:
            shutil.copytree(self.left.world, self.world)

    @property
    def project(self) -> Path:
        return self.root / "project"

    @property
    def world(self) -> Path:
        return self.root / "world"

    @property
    def env(self) -> dict[str, str]:
        return {
            "CALLS": str(self.root / "calls"),
            "WORLD": str(self.world),
            "PYTHONPATH": str(PROGRAMS / "recorder"),
            "PYTHONDONTWRITEBYTECODE": "1",
            **self.extra,
        }

    def all_calls(self) -> list[dict[str, Any]]:
        path = self.root / "calls"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def new_calls(self) -> list[dict[str, Any]]:
        calls = self.all_calls()[self.seen :]
        self.seen += len(calls)
        return calls


class EmbeddedStack:
    """A stack on the embedded engine."""

    def __init__(self, root: Path, program: str, left: EmbeddedStack | None = None, **options: Any) -> None:
        self.place = Place(root, program, left and left.place)
        self.state_file = root / "state.json"
        self.options = options
        self.events: list[Event] = []
        self.engine: Engine | None = None
        self.config: dict[str, str] = {}
        self.secrets: dict[str, str] = {}
        self.begun: Outcome | None = None
        if left is not None:
            shutil.copy2(left.state_file, self.state_file)
            self.config |= left.config
            self.secrets |= left.secrets
            self.begun = left.begun

    def run(self, kind: str, stage: str, *, ok: bool = True) -> Outcome:
        """Run an operation, which must succeed unless told otherwise."""
        self.engine = Engine(
            self.place.project,
            stack=STACK,
            state_file=self.state_file,
            env={**os.environ, **self.place.env, "STAGE": stage},
            passphrase=PASSPHRASE,
            on_event=self.events.append,
            config=self.config,
            secret_config=self.secrets,
            **self.options,
        )
        result = getattr(self.engine, kind)()
        assert ok == result.ok, [item.message for item in result.diagnostics]
        return Outcome(result.ok, result.changes, self.place.new_calls(), result)

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        assert self.engine is not None
        self.engine.cancel()

    def normal_state(self) -> dict[str, Any]:
        return normal_state(self.text())

    def meddle(self, change: Callable[[Path], None]) -> None:
        """Change the world behind the engine's back."""
        change(self.place.world)

    def set_config(self, key: str, value: str, *, secret: bool = False) -> None:
        (self.secrets if secret else self.config)[key] = value

    def text(self) -> str:
        return self.state_file.read_text()

    def state(self) -> Deployment:
        """Return the state, secrets opened."""
        return Deployment.from_text(self.text(), PASSPHRASE, where="a state")

    def resources(self) -> dict[str, Resource]:
        """Return the resources of the state by name, without those that wait for their deletion."""
        return {item.urn.rsplit("::", 1)[1]: item for item in self.state().resources if not item.delete}


class PulumiStack:
    """A stack on the CLI, with a backend of its own."""

    def __init__(self, root: Path, program: str, left: PulumiStack | None = None) -> None:
        self.place = Place(root, program, left and left.place)
        self.root = root
        self.process: subprocess.Popen[str] | None = None
        self._out, self._errors = root / "out", root / "errors"
        if left is None:
            self.pulumi("stack", "init", STACK)
        else:
            shutil.copytree(left.root / "backend", root / "backend")
            shutil.copy2(left.place.project / f"Pulumi.{STACK}.yaml", self.place.project)
            self.pulumi("stack", "select", STACK)

    def pulumi(self, *arguments: str, stage: str = "", check: bool = True, text: str | None = None) -> str:
        with self._out.open("w") as out, self._errors.open("w") as errors:
            self.process = subprocess.Popen(
                ["pulumi", *arguments, "--non-interactive"],
                cwd=self.place.project,
                env=cli_environment({**os.environ, **self.place.env, "STAGE": stage}, self.root, passphrase=PASSPHRASE),
                stdin=subprocess.PIPE if text else subprocess.DEVNULL,
                stdout=out,
                stderr=errors,
                text=True,
            )
            self.process.communicate(text, timeout=60)
        said = self._out.read_text()
        assert not check or self.process.returncode == 0, said + self._errors.read_text()
        return said

    def interrupt(self) -> None:
        """Press Ctrl-C; a second one counts only once the first was heard."""
        process, heard = self.process, self._heard()
        assert process is not None
        process.send_signal(signal.SIGINT)
        wait_until(lambda: self._heard() > heard or process.poll() is not None)

    def _heard(self) -> int:
        return self._out.read_text().count("^C received")

    def normal_state(self) -> dict[str, Any]:
        return normal_state(self.text())

    def run(self, kind: str, stage: str, *, ok: bool = True) -> Outcome:
        """Run an operation; *ok* is for the caller to check."""
        arguments = [kind, "--json"] if kind == "preview" else [kind, "--json", "--yes", "--skip-preview"]
        out = self.pulumi(*arguments, stage=stage, check=False)
        assert self.process is not None
        changes = (
            json.loads(out).get("changeSummary", {}) if kind == "preview" and out.startswith("{") else _summary(out)
        )
        return Outcome(self.process.returncode == 0, changes, self.place.new_calls())

    def set_config(self, key: str, value: str, *, secret: bool = False) -> None:
        self.pulumi("config", "set", key, value, "--secret" if secret else "--plaintext", "--stack", STACK)

    def text(self) -> str:
        return self.pulumi("stack", "export")


def _summary(out: str) -> Mapping[str, int]:
    for line in out.splitlines():
        if line.startswith("{") and "summaryEvent" in (event := json.loads(line)):
            changes: Mapping[str, int] = event["summaryEvent"]["resourceChanges"]
            return changes
    return {}


class StacksSideBySide:
    """The same stack on both; what differs is an error."""

    def __init__(self, root: Path, program: str, left: StacksSideBySide | None = None) -> None:
        (root / "embedded").mkdir()
        (root / "cli").mkdir()
        self.embedded = EmbeddedStack(root / "embedded", program, left and left.embedded)
        self.cli = PulumiStack(root / "cli", program, left and left.cli)
        self.place = self.embedded.place
        self.begun: Outcome | None = left and left.begun

    def run(self, kind: str, stage: str, *, ok: bool = True) -> Outcome:
        ours = self.embedded.run(kind, stage, ok=ok)
        theirs = self.cli.run(kind, stage)
        assert theirs.ok == ours.ok, ours.result
        assert _normal_calls(theirs.calls) == _normal_calls(ours.calls), theirs.verbs()
        if theirs.ok:
            assert dict(theirs.changes) == dict(ours.changes)
        if kind != "preview":
            theirs_now, ours_now = normal_state(self.cli.text()), normal_state(self.embedded.text())
            assert theirs_now["pending"] == ours_now["pending"]
            for their_resource, our_resource in zip(theirs_now["resources"], ours_now["resources"], strict=True):
                assert their_resource == our_resource
        return ours

    def text(self) -> str:
        return self.embedded.text()

    def state(self) -> Deployment:
        return self.embedded.state()

    def resources(self) -> dict[str, Resource]:
        return self.embedded.resources()

    def meddle(self, change: Callable[[Path], None]) -> None:
        """Change the world behind the engines' backs."""
        change(self.embedded.place.world)
        change(self.cli.place.world)

    def set_config(self, key: str, value: str, *, secret: bool = False) -> None:
        self.embedded.set_config(key, value, secret=secret)
        self.cli.set_config(key, value, secret=secret)


def _normal_calls(calls: list[dict[str, Any]]) -> list[str]:
    # What runs at the same time may be written down in any order.
    return sorted(json.dumps(call, sort_keys=True) for call in calls)


def normal_state(text: str) -> dict[str, Any]:
    """Return a state without what differs from run to run, secrets opened."""
    state = Deployment.from_text(text, PASSPHRASE, where="a state")
    order = ("urn", "delete", "id")
    return {
        "resources": sorted((_normal(item) for item in state.resources), key=lambda item: [item[key] for key in order]),
        "pending": sorted((item.type, item.resource.urn) for item in state.pending),
    }


def _normal(resource: Resource) -> dict[str, Any]:
    values = {key: value for key, value in vars(resource).items() if not key.startswith("_")}
    values["created"], values["modified"] = bool(resource.created), bool(resource.modified)
    values["dependencies"] = sorted(resource.dependencies)
    values["others"] = {
        key: value for key, value in resource.others.items() if key not in ("sourcePosition", "stackTrace")
    }
    plain = json.loads(json.dumps(values, default=lambda value: {"secret": value.value}))
    return json.loads(_UUID.sub(_mask, json.dumps(plain)))


def _mask(match: re.Match[str]) -> str:
    return match.group() if match.group() == _UNKNOWN_ID else "UUID"
