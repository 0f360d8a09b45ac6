"""Whole rehearsals on loopback: the real SDK, real gRPC, real HTTP."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from azure_recovery.emulator import journal
from azure_recovery.emulator.signing import Signer
from azure_recovery.rehearsal import rehearse as rehearsing
from azure_recovery.rehearsal.checks import Finding
from azure_recovery.rehearsal.progress import PlainProgress
from azure_recovery.rehearsal.projects import find_project
from azure_recovery.rehearsal.rehearse import Plan, rehearse
from azure_recovery.rehearsal.report import Copy, Report
from azure_recovery.rehearsal.world import ControlClient, World
from azure_recovery.rest.pacing import pause_s

ENGINES = [
    "embedded",
    pytest.param(
        "pulumi",
        marks=[
            pytest.mark.cli,
            pytest.mark.skipif(shutil.which("pulumi") is None, reason="the pulumi command is not on PATH"),
        ],
    ),
]
EXAMPLE = Path(__file__).parents[2] / "examples" / "cross_region_copy"
SOURCE = (
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/production/providers/Microsoft.Compute"
    "/restorePointCollections/web-1-restore-points"
)
COPIES = ("daily-1", "daily-2")
LONGEST_DISK_S, REFRESHED_S = 55 * 60.0, 600.0
"""Azure's seconds that the slowest disk of the default world replicates, and after which its progress is renewed."""
START_S, DELETION_S, RETRY_AFTER_S = 120, 20, 10
"""Azure's seconds of the emulator's settings, as they are without arguments."""
DISKS = ["web-1-os", "web-1-data-0", "web-1-data-1"]

pytestmark = pytest.mark.timeout(110)


@dataclass
class Rehearsed:
    """One rehearsal of the example, and everything that could be seen of it."""

    report: Report
    terminal: str
    worlds: list[World] = field(default_factory=list)
    """Every world that the rehearsal looked at, in order."""
    after_up: World | None = None
    """What Azure held when `up` had ended."""
    states: list[dict[str, Any]] = field(default_factory=list)
    """The state after `up`."""
    searched: list[tuple[str, str]] = field(default_factory=list)
    """What the rehearsal itself searched for secrets."""
    markers: set[str] = field(default_factory=set)
    """The token, and the signed parts of every URL that the emulator gave out."""
    left: list[Path] = field(default_factory=list)
    """What is in the temporary folder afterwards."""
    program: tuple[dict[str, str], dict[str, str]] = ({}, {})
    """The files of the program's folder before and after."""


def run(folder: Path, engine: str) -> tuple[Report, str]:
    """Rehearse what is in *folder*; return the report and what the user saw meanwhile."""
    stream = io.StringIO()
    plan = Plan(find_project(folder), engine=engine, speed=1200.0)
    return rehearse(plan, PlainProgress(stream)), stream.getvalue()


def contents(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in folder.rglob("*")
        if file.is_file()
    }


@pytest.fixture(scope="module", params=ENGINES)
def rehearsed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Rehearsed:
    """Rehearse the example once on each engine, watching from outside."""
    seen = Rehearsed(report=Report("", "", 0), terminal="")
    look, find, search, sign = ControlClient.world, rehearsing.copies, rehearsing.checks.no_secrets, Signer.sign

    def spied_world(client: ControlClient) -> World:
        seen.worlds.append(look(client))
        return seen.worlds[-1]

    def spied_copies(deployment: dict[str, Any]) -> list[Copy]:
        seen.states.append(deployment)
        seen.after_up = seen.worlds[-1]
        return find(deployment)

    def spied_search(texts: Iterable[tuple[str, str]], secrets: Iterable[str]) -> list[Finding]:
        seen.searched += texts
        seen.markers |= set(secrets)
        return search(seen.searched, secrets)

    def spied_sign(signer: Signer, target: str, now: float) -> str:
        url = sign(signer, target, now)
        seen.markers |= {value for name in "csh" for value in parse_qs(urlsplit(url).query)[name]}
        return url

    temporary = tmp_path_factory.mktemp("temporary")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(temporary))
        patch.setattr(ControlClient, "world", spied_world)
        patch.setattr(rehearsing, "copies", spied_copies)
        patch.setattr(rehearsing.checks, "no_secrets", spied_search)
        patch.setattr(Signer, "sign", spied_sign)
        before = contents(EXAMPLE)
        seen.report, seen.terminal = run(EXAMPLE, request.param)
    seen.program = (before, contents(EXAMPLE))
    seen.left = list(temporary.iterdir())
    return seen


def test_the_example_held(rehearsed: Rehearsed) -> None:
    """Every phase ends well, and nothing was found wrong."""
    assert rehearsed.report.failures() == []
    assert rehearsed.report.ok
    assert ["preview", "up", "up again", "refresh", "destroy"] == [phase.name for phase in rehearsed.report.phases]


def test_what_became_usable(rehearsed: Rehearsed) -> None:
    """Two restore points with three disks each are usable, and the age of their data is told."""
    assert [(name, True, sorted(DISKS)) for name in COPIES] == [
        (copy.name, copy.usable, sorted(copy.disks)) for copy in rehearsed.report.copies
    ]
    world = rehearsed.worlds[0].resources
    for copy in rehearsed.report.copies:
        [source] = [id_ for id_ in world if id_.endswith(f"/web-1-restore-points/restorepoints/{copy.name}")]
        created = datetime.fromisoformat(world[source]["properties"]["timeCreated"])
        assert copy.usable_at is not None
        age = datetime.fromisoformat(copy.usable_at) - created
        assert copy.rpo_seconds == pytest.approx(age.total_seconds(), abs=1.0), "in whole seconds"


def test_progress_of_each_resource(rehearsed: Rehearsed) -> None:
    """Begin, replication and end of a copy are told."""
    told = [line for line in rehearsed.terminal.splitlines() if line.startswith("up: daily-1 ")]

    assert told[0] == "up: daily-1 creating"
    assert any("%" in line for line in told)
    assert told[-1] == "up: daily-1 created"


def test_the_world_after_up(rehearsed: Rehearsed) -> None:
    """Azure holds exactly the collection and its two copies besides what it held before, which is as it was."""
    before = rehearsed.worlds[0].resources
    assert rehearsed.after_up is not None
    after = rehearsed.after_up.resources
    made = Counter(resource["type"] for arm_id, resource in after.items() if arm_id not in before)
    assert before == {arm_id: resource for arm_id, resource in after.items() if arm_id in before}

    assert made == {
        "Microsoft.Compute/restorePointCollections": 1,
        "Microsoft.Compute/restorePointCollections/restorePoints": 2,
    }


def test_the_world_after_destroy(rehearsed: Rehearsed) -> None:
    """Azure holds what it held before, each resource as it was."""
    assert rehearsed.worlds[0].resources == rehearsed.worlds[-1].resources


def polls_within(lasts_s: float) -> int:
    """Return how often a copy is looked at that lasts so many of Azure's seconds, at the most."""
    waited_s, looks = 0.0, 1
    while waited_s < lasts_s:
        waited_s += pause_s(waited_s, shorten=1.0)
        looks += 1
    return looks


def test_requests_of_the_example(rehearsed: Rehearsed) -> None:
    """Three objects are put once and deleted once; each other operation is as often as it has to be."""
    requests = rehearsed.report.requests

    assert requests is not None
    counts = dict(requests.by_operation)
    once = {
        "RestorePointCollections.CreateOrUpdate": 1,
        "RestorePoints.CreateOrUpdate": 2,
        "RestorePoints.Delete": 2,
        "RestorePointCollections.Delete": 1,
    }
    assert once == {operation: counts.pop(operation) for operation in once}
    # Of each copy a look before it is started, one in the refresh, and those of the wait.
    looks = 2 * (2 + polls_within(LONGEST_DISK_S + REFRESHED_S))
    # The status of two starts and of three deletions, as often as Retry-After allows, and once at their end.
    polls = 2 * (START_S // RETRY_AFTER_S + 1) + 3 * (DELETION_S // RETRY_AFTER_S + 1)
    most = {
        # In the preview and in the up a look at source and target, and in the up one more when the target is there;
        # one before the collection is made, one in the refresh, and one before it is deleted.
        "RestorePointCollections.Get": 2 + 3 + 3,
        "Subscriptions.ListLocations": 2,
        "ManagedIdentity.Token": len(rehearsed.report.phases),
        "RestorePoints.Get": looks,
        "Operations.Get": polls,
    }
    assert {} == {operation: count for operation, count in counts.items() if count > most.get(operation, 0)}
    assert sum(entry["requests"] for entry in requests.timeline) == requests.total
    assert set(requests.by_status) <= {"200", "201", "202", "204", "404"}


def test_state_of_the_example(rehearsed: Rehearsed) -> None:
    """The state after `up` holds stack, provider, collection and copies, finished, and nothing that is pending."""
    (state,) = rehearsed.states
    resources = {resource["urn"].rsplit("::", 1)[-1]: resource for resource in state["resources"]}

    assert {"cross-region-copy-rehearsal", "default", "copies", *COPIES} == set(resources)
    assert not state.get("pending_operations")
    for name in COPIES:
        resource = resources[name]
        assert resource["type"] == "pulumi-python:dynamic/azure_recovery:RestorePointCopy"
        assert not resource.get("initErrors")
        assert resource["id"].startswith(resources["copies"]["id"] + "/restorePoints/")
        assert resource["id"] == resource["outputs"]["arm_id"]
        assert resource["outputs"]["usable"] is True
        assert all(disk["replicated"] for disk in resource["outputs"]["disks"])
        assert resource["inputs"].items() <= resource["outputs"].items()
    assert resources["daily-1"]["urn"] in resources["daily-2"]["dependencies"]
    assert [True, True] == resources["cross-region-copy-rehearsal"]["outputs"]["usable"]


def test_no_secret_in_anything_that_was_written(rehearsed: Rehearsed) -> None:
    """Neither the token nor any part of any signed URL is in state, outputs, logs, terminal or report."""
    report = rehearsed.report
    texts = [
        *rehearsed.searched,
        ("terminal", rehearsed.terminal),
        ("lines", "\n".join(report.lines())),
        ("JSON", json.dumps(report.as_json())),
    ]

    assert {"rehearsal.log", "outputs", "state", "report"} <= {place for place, _ in texts}
    assert len(rehearsed.markers) > 6, "the emulator signed too few URLs for this test to mean anything"
    assert [] == [place for place, text in texts for marker in rehearsed.markers if marker[:40] in text]


def test_nothing_is_left_on_disk(rehearsed: Rehearsed) -> None:
    """Neither the program's folder nor the temporary one holds anything that was not there before."""
    before, after = rehearsed.program

    assert before == after
    assert rehearsed.left == []


UNSTEADY = """
import uuid
import pulumi
from azure_recovery.dynamic_providers import RestorePointCollectionCopy

config = pulumi.Config()
RestorePointCollectionCopy(
    "copies",
    resource_group_name=config.require("targetResourceGroup"),
    location=config.require("targetLocation"),
    source_collection_id=config.require("sourceCollectionId"),
    tags={"run": str(uuid.uuid4())},
)
"""


def test_a_program_that_changes_every_time(program: Callable[[str], Path]) -> None:
    """A second `up` with something to do fails the rehearsal, with the reason, and all the same is destroyed."""
    report, _ = run(program(UNSTEADY), "embedded")

    assert not report.ok
    assert report.phases[-1].name == "destroy"
    assert any(line.startswith("up again: update of 1 resources") for line in report.failures())
    assert not any(line.startswith("destroy:") for line in report.failures())


def test_more_requests_than_the_emulator_keeps(program: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each phase has those of its own that are kept, and what is wrong with them is found."""
    monkeypatch.setattr(journal, "_KEPT", 3)
    report, _ = run(program(UNSTEADY), "embedded")

    assert [] == [phase.name for phase in report.phases if not 0 < phase.requests <= 3]
    assert any("was sent where nothing has changed" in line for line in report.failures())


LEAKING = """
import os
import pulumi

pulumi.log.info("Bearer emulator-token-not-a-secret")
pulumi.export("url", "https://host/operations/1?api-version=2025-04-01&s=" + "Qk" * 40)
"""


def test_a_program_that_writes_a_token(program: Callable[[str], Path]) -> None:
    """A token in a log and a signed URL in an output each fail the rehearsal, and are not repeated."""
    report, _ = run(program(LEAKING), "embedded")

    failures = "\n".join(report.failures())
    assert "rehearsal.log: holds a bearer token" in failures
    assert "outputs: holds a part of a signed URL" in failures
    assert "QkQk" not in failures


MISTYPED = """
import pulumi
from azure_recovery.dynamic_providers import RestorePointCollectionCopy

config = pulumi.Config()
RestorePointCollectionCopy(
    "copies",
    resource_group_name=config.require("targetResourceGroup"),
    location="north europe!",
    restore_point_collection_name="web 1/copies",
    source_collection_id=config.require("sourceCollectionId") + "/restorePoints",
)
"""


def test_a_program_with_a_typing_mistake(program: Callable[[str], Path]) -> None:
    """A value that cannot work ends the rehearsal in the preview, one line for each property."""
    report, _ = run(program(MISTYPED), "embedded")

    assert [("preview", False)] == [(phase.name, phase.ok) for phase in report.phases]
    assert not report.ok
    region = "location value {north europe!} has a problem: is no region; write it as `az account list-locations` does"
    name = (
        "restore_point_collection_name value {web 1/copies} has a problem: 'web 1/copies' is no name for "
        "restorePointCollections: use 1 to 80 letters, digits, '_', '.' and '-', starting with a letter or digit and "
        "ending with a letter, digit or '_'"
    )
    source = (
        f"source_collection_id value {{{SOURCE}/restorePoints}} has a problem: '{SOURCE}/restoreP…' lacks a type or a "
        "name at its end; expected /subscriptions/{subscription id}/resourceGroups/{resource group}/providers/"
        "Microsoft.Compute/restorePointCollections/{name}"
    )
    assert [f"preview: copies: property {said}" for said in (region, name, source)] == report.failures()


def test_a_program_that_fails_half_way(program: Callable[[str], Path]) -> None:
    """After a failed `up` what was made is destroyed, and the world is as before."""
    source = UNSTEADY.replace('tags={"run": str(uuid.uuid4())},', "") + (
        "import sys\nif not pulumi.runtime.is_dry_run():\n    raise RuntimeError('half way')\n"
    )
    report, _ = run(program(source), "embedded")

    assert [("preview", True), ("up", False), ("destroy", True)] == [(phase.name, phase.ok) for phase in report.phases]
    assert any("half way" in line for line in report.failures())
    assert report.findings == []
