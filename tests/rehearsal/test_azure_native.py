"""The stand-in for azure-native's plugin, without an engine: ids, the emulator behind it, what it refuses."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NoReturn

import grpc
import pytest
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from azure_recovery.rehearsal.azure_native import (
    EXECUTABLE,
    TypesSeen,
    echoed_id,
    echoed_outputs,
    install_plugin,
    is_echoed,
    served,
    types_seen,
)
from azure_recovery.rehearsal.echo_arm import ArmFailureError, EmulatedArm
from azure_recovery.rehearsal.echo_plugin import EchoPlugin
from azure_recovery.rehearsal.fixtures import EmulatedAzure

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/recovery"
ASSIGNMENT = "azure-native:authorization:RoleAssignment"
NETWORK = "azure-native:network:VirtualNetwork"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
RIGHT = {
    "scope": GROUP,
    "roleAssignmentName": "aaaaaaaa-0000-0000-0000-000000000001",
    "principalId": "11111111-2222-3333-4444-555555555555",
    "principalType": "ServicePrincipal",
    "roleDefinitionId": f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/"
    "b50d9833-a0cb-478e-945f-707fcc997c13",
}
RIGHT_ID = f"{GROUP}/providers/Microsoft.Authorization/roleAssignments/{RIGHT['roleAssignmentName']}"


@pytest.fixture
def azure_speed() -> float:
    """Fast enough for pauses between attempts to be short."""
    return 3600.0


class RefusedError(Exception):
    """What an engine would be told."""


class Context:
    """Stands in for gRPC's."""

    def abort(self, _code: grpc.StatusCode, details: str) -> NoReturn:
        """End the call."""
        raise RefusedError(details)


class Plugin:
    """The servicer, called as gRPC does."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._plugin = EchoPlugin(environment)
        self.close = self._plugin.close

    def __call__(self, method: str, type_: str = ASSIGNMENT, name: str = "r", **request: Any) -> Any:
        """Call *method* with a request of these fields."""
        structs = {
            key: json_format.ParseDict(value, struct_pb2.Struct()) if isinstance(value, dict) else value
            for key, value in request.items()
        }
        urn = "urn:pulumi:rehearsal::project::parent$"
        message = getattr(provider_pb2, f"{method}Request")(urn=f"{urn}{type_}::{name}", **structs)
        return getattr(self._plugin, method)(message, Context())


@pytest.fixture
def plugin(azure_emulator: EmulatedAzure) -> Iterator[Plugin]:
    """A plugin with an emulator behind it."""
    with closing(Plugin(dict(azure_emulator.environment))) as made:
        yield made


def told(properties: struct_pb2.Struct) -> dict[str, Any]:
    return json_format.MessageToDict(properties)


@pytest.mark.parametrize(
    ("type_", "inputs", "expected"),
    [
        (NETWORK, {"resourceGroupName": "recovery"}, f"{GROUP}/providers/Microsoft.network/virtualNetworks/own"),
        (
            "azure-native:network/v20230901:VirtualNetwork",
            {"resourceGroupName": "recovery", "virtualNetworkName": "net"},
            f"{GROUP}/providers/Microsoft.network/virtualNetworks/net",
        ),
        (
            "azure-native:storage:StorageAccount",
            {"resourceGroupName": "recovery", "accountName": "logs"},
            f"{GROUP}/providers/Microsoft.storage/storageAccounts/logs",
        ),
        (
            "azure-native:authorization:PolicyAssignment",
            {"scope": GROUP, "policyAssignmentName": "tags"},
            f"{GROUP}/providers/Microsoft.authorization/policyAssignments/tags",
        ),
        ("azure-native:resources:ResourceGroup", {"resourceGroupName": "recovery"}, GROUP),
        (
            "azure-native:dataprotection:BackupPolicy",
            {},
            f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.dataprotection/backupPolicies/own",
        ),
    ],
)
def test_the_id_of_an_echoed_resource(type_: str, inputs: dict[str, Any], expected: str) -> None:
    """It has ARM's shape: where the inputs say, of a type made from the token, with the resource's own name."""
    assert expected == echoed_id(type_, "own", inputs, SUBSCRIPTION)


def test_a_managed_identity_is_told() -> None:
    """What asks for a system-assigned identity gets one, the same in every run."""
    inputs = {"identity": {"type": "SystemAssigned, UserAssigned"}, "sku": "x"}
    outputs = echoed_outputs(f"{GROUP}/providers/Microsoft.compute/disks/d", inputs, "tenant")

    assert outputs == echoed_outputs(f"{GROUP}/providers/Microsoft.compute/DISKS/d", inputs, "tenant")
    assert ("tenant", 36) == (outputs["identity"]["tenantId"], len(outputs["identity"]["principalId"]))
    assert {**inputs, "identity": outputs["identity"], "name": "d"} == outputs
    assert {"sku": "x", "name": "d"} == echoed_outputs("/d", {"sku": "x"}, "tenant")


def test_types_in_a_state() -> None:
    """Types are counted, echoed and served ones apart, whatever their API version; the provider is none."""
    versioned = "azure-native:authorization/v20220401:RoleAssignment"
    types = [NETWORK, NETWORK, ASSIGNMENT, versioned, "pulumi:providers:azure-native", "random:index:RandomId"]
    seen = types_seen({"resources": [{"type": type_} for type_ in types]})

    assert TypesSeen({NETWORK: 2}, {ASSIGNMENT: 2}) == seen
    assert [True, False, False, False] == [is_echoed(type_) for type_ in (NETWORK, versioned, *types[-2:])]
    assert seen == TypesSeen({NETWORK: 1}, {}).joined(seen).joined(TypesSeen())


def test_one_life_of_a_role_assignment(plugin: Plugin, azure_emulator: EmulatedAzure) -> None:
    """It is made, read, and deleted at the emulator, under ARM's id."""
    created = plugin("Create", properties=RIGHT)
    made = azure_emulator.world().holds(RIGHT_ID)
    read = plugin("Read", id=created.id, properties=told(created.properties), inputs=RIGHT)
    plugin("Delete", id=created.id, properties=told(created.properties))
    gone = plugin("Read", id=created.id, properties=told(created.properties), inputs=RIGHT)

    assert (RIGHT_ID, True) == (created.id, made)
    outputs = told(created.properties)
    assert RIGHT.items() <= outputs.items()
    assert ("Microsoft.Authorization/roleAssignments", "2022-04-01") == (outputs["type"], outputs["azureApiVersion"])
    assert (RIGHT_ID, outputs, RIGHT) == (read.id, told(read.properties), told(read.inputs))
    assert "" == gone.id
    assert not azure_emulator.world().holds(RIGHT_ID)


def test_what_exists_is_not_taken_over(plugin: Plugin) -> None:
    """As azure-native, which looks before it creates."""
    plugin("Create", properties=RIGHT)

    with pytest.raises(RefusedError, match=f"cannot create already existing resource '{RIGHT_ID}': import it"):
        plugin("Create", properties=RIGHT)


def test_a_preview_asks_nothing(plugin: Plugin, azure_emulator: EmulatedAzure) -> None:
    """Unknown values go through it, the id is not foretold, and the emulator is not asked."""
    inputs = {**RIGHT, "principalId": UNKNOWN}
    checked = plugin("Check", news=inputs)
    created = plugin("Create", properties=inputs, preview=True)
    updated = plugin("Update", id=RIGHT_ID, news=inputs, preview=True)

    assert ("", inputs, inputs) == (created.id, told(created.properties), told(updated.properties))
    assert inputs == told(checked.inputs)
    assert [] == azure_emulator.requests()


def test_a_name_that_is_left_out(plugin: Plugin) -> None:
    """It is made up once, of the URN, and kept."""
    nameless = {key: value for key, value in RIGHT.items() if key != "roleAssignmentName"}
    first = told(plugin("Check", news=nameless).inputs)
    kept = told(plugin("Check", news=nameless, olds={**nameless, "roleAssignmentName": "kept"}).inputs)

    assert 36 == len(first["roleAssignmentName"])
    assert first == told(plugin("Check", news=nameless).inputs)
    assert "kept" == kept["roleAssignmentName"]


def test_an_id_that_cannot_be_made(plugin: Plugin) -> None:
    """A part of the id that is missing is a failure on its property."""
    [failure] = plugin("Check", news={"principalId": "p", "roleAssignmentName": "n"}).failures

    assert ("scope", "is missing") == (failure.property, failure.reason.partition(":")[0])


@pytest.mark.parametrize(
    ("type_", "change", "replaces"),
    [
        (ASSIGNMENT, {"description": "for drills"}, []),
        (ASSIGNMENT, {"principalId": "another"}, ["principalId"]),
        (ASSIGNMENT, {"scope": f"{GROUP}-2"}, ["scope"]),
        (ASSIGNMENT, {"roleAssignmentName": UNKNOWN}, ["roleAssignmentName"]),
        (NETWORK, {"addressSpace": {"addressPrefixes": ["10.0.0.0/8"]}}, []),
        (NETWORK, {"location": "westeurope"}, ["location"]),
        (NETWORK, {"virtualNetworkName": "net-2"}, ["virtualNetworkName"]),
    ],
)
def test_what_a_change_means(plugin: Plugin, type_: str, change: dict[str, Any], replaces: list[str]) -> None:
    """Names and places make another resource, as does what ARM does not let change; the rest is an update."""
    diff = plugin("Diff", type_, id=RIGHT_ID, old_inputs=RIGHT, news={**RIGHT, **change})

    assert provider_pb2.DiffResponse.DIFF_SOME == diff.changes
    assert (list(change), replaces) == (list(diff.diffs), list(diff.replaces))


def test_no_change(plugin: Plugin) -> None:
    """The same inputs are no difference, with a null or without."""
    diff = plugin("Diff", id=RIGHT_ID, old_inputs=RIGHT, news={**RIGHT, "condition": None})

    assert (provider_pb2.DiffResponse.DIFF_NONE, []) == (diff.changes, list(diff.replaces))


@pytest.mark.parametrize(("change", "first"), [({"principalId": "p"}, True), ({"scope": f"{GROUP}-2"}, False)])
def test_two_resources_cannot_have_one_id(plugin: Plugin, change: dict[str, str], first: bool) -> None:
    """A replacement with the same id comes after the old one is deleted, any other one before."""
    diff = plugin("Diff", id=RIGHT_ID, old_inputs=RIGHT, news={**RIGHT, **change})

    assert first == diff.deleteBeforeReplace


@pytest.mark.parametrize("fault", ["throttled:count=2", "unavailable:count=3", "cut-after:method=PUT,count=1"])
def test_trouble_that_passes(plugin: Plugin, azure_emulator: EmulatedAzure, fault: str) -> None:
    """It asks again, as azure-native does; a PUT whose answer was lost, too."""
    number = azure_emulator.control.put_fault(fault)

    created = plugin("Create", properties=RIGHT)

    assert RIGHT_ID == created.id
    struck = azure_emulator.control.faults()[number]
    assert struck["fired"] >= 1


def test_a_refusal_is_told_in_arms_words(plugin: Plugin) -> None:
    """One line: what was asked, and what came back."""
    with pytest.raises(RefusedError) as error:
        plugin("Create", properties={**RIGHT, "roleDefinitionId": "reader"})

    assert f"PUT {RIGHT_ID}: 400 RoleDefinitionDoesNotExist: " in str(error.value)
    assert "\n" not in str(error.value)


def test_a_group_that_does_not_exist(plugin: Plugin) -> None:
    """A scope that is nowhere is a refusal, and no resource."""
    with pytest.raises(RefusedError, match="404 ResourceGroupNotFound"):
        plugin("Create", properties={**RIGHT, "scope": f"{GROUP}-2"})


def test_cancelled_while_it_waits(azure_emulator: EmulatedAzure) -> None:
    """After Cancel nothing is sent again."""
    azure_emulator.control.put_fault("unavailable:count=0")
    with closing(EmulatedArm({**azure_emulator.environment, "AZURE_RECOVERY_SPEED": "1"})) as arm:
        arm.cancel()

        with pytest.raises(ArmFailureError, match="503"):
            arm.get(RIGHT_ID, "2022-04-01")

    assert 1 == sum(request.path == RIGHT_ID for request in azure_emulator.requests())


def test_functions_are_refused() -> None:
    """What is in Azure is not known to an echo; the error says what to do."""
    with pytest.raises(RefusedError, match=r"getVault: azure-native is echoed .* take the value from the stack's"):
        EchoPlugin({}).Invoke(provider_pb2.InvokeRequest(tok="azure-native:dataprotection:getVault"), Context())


@pytest.mark.parametrize("endpoint", ["https://management.azure.com", ""])
def test_no_stand_in_for_a_real_azure(endpoint: str) -> None:
    """Anything but loopback is refused before a token is asked for."""
    environment = {"ARM_RESOURCE_MANAGER_ENDPOINT": endpoint, "IDENTITY_ENDPOINT": "http://127.0.0.1:1/msi/token"}

    with pytest.raises(ArmFailureError, match="not on loopback: this stand-in for azure-native serves rehearsals"):
        EmulatedArm(environment)


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Start the plugin's executable as an engine does."""
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        executable = install_plugin(tmp_path / "plug ins") / EXECUTABLE
        started.append(subprocess.Popen([str(executable), "127.0.0.1:1"], stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for one in started:
        one.kill()
        one.wait()
        if one.stdout:
            one.stdout.close()


def test_the_process_serves_a_port(process: Callable[[], subprocess.Popen[str]]) -> None:
    """Its first line is a port, it tells what it takes and that it is not too old, and an interrupt ends it."""
    running = process()
    assert running.stdout is not None
    with grpc.insecure_channel(f"127.0.0.1:{running.stdout.readline().strip()}") as channel:
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        configured = stub.Configure(provider_pb2.ConfigureRequest(acceptSecrets=True), timeout=60)
        handshake = stub.Handshake(provider_pb2.ProviderHandshakeRequest(), timeout=60)
        info = stub.GetPluginInfo(empty_pb2.Empty(), timeout=60)
        stub.Cancel(empty_pb2.Empty(), timeout=60)
    running.send_signal(2)

    assert (False, True) == (configured.acceptSecrets, configured.supportsPreview)
    assert not handshake.accept_secrets
    assert int(info.version.split(".")[0]) > 100
    assert 0 == running.wait(60)


def test_every_served_type_is_one_of_azure_natives() -> None:
    """Its path is made of inputs, among them the one that names it."""
    known = served(ASSIGNMENT)

    assert known is not None
    assert ("scope", "roleAssignmentName") == known.path_inputs
    assert {"properties": {"principalId": "p"}, "tags": {}} == known.body(
        {"scope": GROUP, "roleAssignmentName": "n", "principalId": "p", "tags": {}, "condition": None}
    )
