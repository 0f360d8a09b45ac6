"""Stacks for tests: on the embedded engine, and on the embedded engine and the Pulumi CLI side by side.

A test runs on both kinds. Side by side, each operation must call the provider in the same way on both, leave the same
state and count the same changes; only then the test goes on with what the embedded engine did.
"""

# ruff: noqa: D102  # the methods are those of what is stood in for, or say it by their names

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from azure_recovery.engine import Engine, Event, OperationResult
from azure_recovery.engine.state import Deployment, Resource

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
    """A copy of a program, with its calls and its world."""

    root: Path
    program: str
    extra: dict[str, str] = field(default_factory=dict)
    seen: int = 0

    def __post_init__(self) -> None:
        shutil.copytree(PROGRAMS / self.program, self.project)
        self.world.mkdir()

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

    def __init__(self, root: Path, program: str, **options: Any) -> None:
        self.place = Place(root, program)
        self.state_file = root / "state.json"
        self.options = options
        self.events: list[Event] = []
        self.engine: Engine | None = None
        self.config: dict[str, str] = {}
        self.secrets: dict[str, str] = {}

    def run(self, kind: str, stage: str, *, ok: bool = True) -> Outcome:
        """Run an operation, which must succeed unless told otherwise."""
        self.engine = Engine(
            self.place.project,
            stack=STACK,
            state_file=self.state_file,
            env={**self.place.env, "STAGE": stage},
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

    def __init__(self, root: Path, program: str) -> None:
        self.place = Place(root, program)
        self.root = root
        self.process: subprocess.Popen[str] | None = None
        (root / "backend").mkdir()
        self.pulumi("stack", "init", STACK)

    def pulumi(self, *arguments: str, stage: str = "", check: bool = True, text: str | None = None) -> str:
        self.process = subprocess.Popen(
            ["pulumi", *arguments, "--non-interactive"],
            cwd=self.place.project,
            env={
                **os.environ,
                **self.place.env,
                "STAGE": stage,
                "PULUMI_BACKEND_URL": f"file://{self.root}/backend",
                "PULUMI_HOME": str(self.root / "home"),
                "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
                "PULUMI_PYTHON_CMD": sys.executable,
                "PULUMI_SKIP_UPDATE_CHECK": "true",
                "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            },
            stdin=subprocess.PIPE if text else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        out, errors = self.process.communicate(text, timeout=60)
        assert not check or self.process.returncode == 0, out + errors
        return out

    def interrupt(self) -> None:
        """Press Ctrl-C; a second one counts only once the first was heard."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        time.sleep(0.5)

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

    def __init__(self, root: Path, program: str) -> None:
        (root / "embedded").mkdir()
        (root / "cli").mkdir()
        self.embedded = EmbeddedStack(root / "embedded", program)
        self.cli = PulumiStack(root / "cli", program)
        self.place = self.embedded.place

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


Stack = EmbeddedStack | StacksSideBySide


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


@pytest.fixture(params=["embedded", pytest.param("beside-the-cli", marks=pytest.mark.cli)])
def make_stack(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], Stack]:
    """Make a stack of a program, on the embedded engine and once more with the CLI beside it."""
    if request.param == "embedded":
        return lambda program: EmbeddedStack(tmp_path, program)
    if shutil.which("pulumi") is None:
        pytest.skip("the pulumi command is not on PATH: nothing to compare the embedded engine with")
    return lambda program: StacksSideBySide(tmp_path, program)


@pytest.fixture
def embedded(tmp_path: Path) -> Callable[..., EmbeddedStack]:
    """Make a stack on the embedded engine alone."""
    return lambda program, **options: EmbeddedStack(tmp_path, program, **options)


@pytest.fixture
def side_by_side(tmp_path: Path) -> Callable[..., StacksSideBySide]:
    """Make a stack on the embedded engine and on the CLI, which the test drives one by one."""
    if shutil.which("pulumi") is None:
        pytest.skip("the pulumi command is not on PATH: there is no CLI to exchange a state with")
    return lambda program, root=tmp_path: StacksSideBySide(root, program)


@pytest.fixture
def beside() -> Iterator[ThreadPoolExecutor]:
    """Threads for what runs beside the test."""
    with ThreadPoolExecutor(2) as pool:
        yield pool


@pytest.fixture
def wait_until() -> Callable[[Callable[[], bool]], None]:
    """Return when something happened; the test fails if it does not."""

    def wait(happened: Callable[[], bool], seconds: float = 20.0) -> None:
        end = time.monotonic() + seconds
        while not happened():
            assert time.monotonic() < end, "it did not happen"
            time.sleep(0.01)

    return wait
