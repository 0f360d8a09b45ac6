"""Programs with azure-native on both engines: the real SDK, real gRPC, real HTTP, and a stand-in for the plugin."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from azure_recovery.rehearsal.azure_native import PACKAGE, install_plugin
from azure_recovery.rehearsal.engine_protocol import Event, Operation, RehearsalEngine, Site, StepStarted, resource_name
from azure_recovery.rehearsal.engines import choose_engine
from azure_recovery.rehearsal.environment import rehearsal_environment
from azure_recovery.rehearsal.fixtures import EmulatedAzure
from azure_recovery.rehearsal.progress import PlainProgress
from azure_recovery.rehearsal.projects import find_project
from azure_recovery.rehearsal.rehearse import Plan, rehearse

pytestmark = pytest.mark.usefixtures("warm_processes")

STAND_INS = Path(__file__).parents[1] / "stand_ins"
ENGINES = pytest.mark.parametrize("engine", ["embedded", pytest.param("pulumi", marks=pytest.mark.cli)])

PROGRAM = """
import json, os, pulumi
from pulumi_azure_native.authorization import RoleAssignment

class Native(pulumi.CustomResource):
    def __init__(self, type_, name, props, opts=None):
        super().__init__(f"azure-native:{type_}", name, {**props, "name": None}, opts)

given = json.loads(open(os.environ["ARGUMENTS"]).read())
group = Native("resources:ResourceGroup", "group", {"location": "westeurope", "tags": given["tags"]})
network = Native(
    "network:VirtualNetwork", "network",
    {"resourceGroupName": group.name, "location": given["location"], "key": pulumi.Output.secret("hush-hush")},
)
Native("network:Subnet", "subnet", {"resourceGroupName": group.name, "virtualNetworkName": network.name})
assignment = RoleAssignment(
    "right",
    scope="/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/recovery",
    principal_id=given["principal"],
    principal_type="ServicePrincipal",
    role_definition_id="/providers/Microsoft.Authorization/roleDefinitions/b50d9833-a0cb-478e-945f-707fcc997c13",
)
pulumi.export("networkId", network.id)
pulumi.export("inNetwork", network.id.apply(lambda id_: id_ + "/subnets/backend"))
"""
ARGUMENTS = {
    "location": "westeurope",
    "tags": {"purpose": "drill"},
    "principal": "11111111-2222-3333-4444-555555555555",
}


def needs_cli(engine: str) -> None:
    if engine == "pulumi" and shutil.which("pulumi") is None:
        pytest.skip("the pulumi command is not on PATH")


@pytest.fixture(autouse=True)
def _stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PYTHONPATH", str(STAND_INS))
    monkeypatch.setenv("ARGUMENTS", str(tmp_path / "arguments.json"))
    (tmp_path / "arguments.json").write_text(json.dumps(ARGUMENTS))


@pytest.fixture
def azure_speed() -> float:
    """An hour of Azure's in a second."""
    return 3600.0


class Stack:
    """The program on one engine, with the stand-in."""

    def __init__(self, engine: RehearsalEngine, events: list[Event], arguments: Path) -> None:
        self.engine = engine
        self._events = events
        self._arguments = arguments

    def run(self, operation: Operation, **changed: Any) -> dict[str, set[str]]:
        """Run an operation, which must succeed; return what was done to each resource that changed."""
        self._arguments.write_text(json.dumps({**ARGUMENTS, **changed}))
        self._events.clear()
        outcome = self.engine.run(operation)
        assert outcome.ok, outcome.errors
        assert () == outcome.warnings
        done: dict[str, set[str]] = {}
        for event in self._events:
            if isinstance(event, StepStarted) and "azure-native:" in event.urn and "providers:" not in event.urn:
                done.setdefault(resource_name(event.urn), set()).add(event.op)
        return {name: ops for name, ops in done.items() if ops not in ({"same"}, {"refresh"})}

    def resources(self) -> dict[str, Mapping[str, Any]]:
        """Return the resources of azure-native in the state, by name."""
        found = self.engine.deployment().get("resources") or ()
        return {resource_name(one["urn"]): one for one in found if one["type"].startswith("azure-native:")}


@pytest.fixture
def stack(
    azure_emulator: EmulatedAzure, program: Callable[[str], Path], tmp_path: Path
) -> Iterator[Callable[[str], Stack]]:
    """Return the program on an engine."""
    with ExitStack() as cleanup:

        def make(engine: str) -> Stack:
            needs_cli(engine)
            events: list[Event] = []
            site = Site(
                project=find_project(program(PROGRAM)),
                folder=tmp_path / "engine",
                environment=rehearsal_environment(azure_emulator.environment),
                passphrase="of a test",
                on_event=events.append,
                plugins={PACKAGE: install_plugin(tmp_path / "plugins")},
            )
            chosen = choose_engine(engine, site)
            cleanup.callback(chosen.close)
            return Stack(chosen, events, tmp_path / "arguments.json")

        yield make


ALL = {"group", "network", "subnet", "right"}


@ENGINES
def test_the_life_of_echoed_resources(
    stack: Callable[[str], Stack], engine: str, azure_emulator: EmulatedAzure
) -> None:
    """Created, unchanged, updated, replaced, refreshed, destroyed: what the engine does with the real plugin."""
    on = stack(engine)
    start = azure_emulator.world().resources.keys()

    preview, up, again = on.run("preview"), on.run("up"), on.run("up")
    made = azure_emulator.world().resources.keys() - start
    held = on.resources()
    update = on.run("up", tags={"purpose": "test"})
    replace = on.run("up", tags={"purpose": "test"}, location="northeurope")
    now = {"tags": {"purpose": "test"}, "location": "northeurope"}
    other = on.run("up", **now, principal="99999999-2222-3333-4444-555555555555")
    refresh = on.run("refresh")
    destroy = on.run("destroy")

    assert {key: {"create"} for key in ALL} == preview == up
    assert {} == again == refresh
    assert {held["right"]["id"].lower()} == made
    network = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/group/providers/Microsoft.network"
    assert f"{network}/virtualNetworks/network" == held["network"]["id"]
    assert {"group": {"update"}} == update
    assert {"network", "subnet"} == replace.keys(), "the network keeps its name, so it goes first, and what is in it"
    assert {"right"} == other.keys()
    assert {key: {"delete"} for key in ALL} == destroy
    assert start == azure_emulator.world().resources.keys()


@ENGINES
def test_a_secret_input_stays_one(stack: Callable[[str], Stack], engine: str) -> None:
    """What comes back as an output is as secret as what went in."""
    on = stack(engine)
    on.run("up")

    network = on.resources()["network"]
    assert "hush-hush" not in json.dumps(network)
    assert ["ciphertext" in network[bag]["key"] for bag in ("inputs", "outputs")] == [True, True]


@ENGINES
def test_what_is_gone_in_azure_is_made_again(
    stack: Callable[[str], Stack], engine: str, azure_emulator: EmulatedAzure
) -> None:
    """A right that somebody took away is noticed by refresh, and given again by the next `up`."""
    on = stack(engine)
    on.run("up")
    right = on.resources()["right"]["id"]
    token = {"Authorization": "Bearer emulator-token-not-a-secret"}
    httpx.delete(
        f"{azure_emulator.endpoint}{right}", params={"api-version": "2022-04-01"}, headers=token, trust_env=False
    ).raise_for_status()

    on.run("refresh")
    kept = on.resources().keys()
    again = on.run("up")

    assert ALL - {"right"} == kept
    assert {"right": {"create"}} == again


@ENGINES
def test_a_report_says_what_was_echoed(program: Callable[[str], Path], engine: str) -> None:
    """It names the types, those that the emulator served apart, and takes none for missing in Azure."""
    needs_cli(engine)

    report = rehearse(Plan(find_project(program(PROGRAM)), engine=engine, speed=3600), PlainProgress(io.StringIO()))

    assert [] == report.failures()
    assert [
        "azure-native: echoed, and made nowhere: 1 network:Subnet, 1 network:VirtualNetwork, 1 resources:ResourceGroup",
        "azure-native: served by the emulator: 1 authorization:RoleAssignment",
    ] == [line for line in report.lines() if line.startswith("azure-native")]
    assert {"azure-native:authorization:RoleAssignment": 1} == report.as_json()["azure_native"]["served"]
    assert not [warning for phase in report.phases for warning in phase.warnings]


@ENGINES
def test_a_project_with_a_plugin_of_its_own(program: Callable[[str], Path], engine: str) -> None:
    """A folder that Pulumi.yaml names for azure-native is not used: the real plugin has no business in a rehearsal."""
    needs_cli(engine)
    folder = program(PROGRAM)
    with (folder / "Pulumi.yaml").open("a", encoding="utf-8") as file:
        file.write("plugins: {providers: [{name: azure-native, path: nowhere}]}\n")

    report = rehearse(Plan(find_project(folder), engine=engine, speed=3600), PlainProgress(io.StringIO()))

    assert [] == report.failures()
