from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from azure_recovery.rehearsal import checks
from azure_recovery.rehearsal.world import Request, World

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
GROUP = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/restorePointCollections"
SOURCE, COPY, POINT = f"{GROUP}/source", f"{GROUP}/copy", f"{GROUP}/copy/restorePoints/daily-1"


def world(*ids: str, location: str = "westeurope") -> World:
    return World(clock=NOON, resources={arm_id.lower(): {"id": arm_id, "location": location} for arm_id in ids})


def deployment(*ids: str, **fields: Any) -> dict[str, Any]:
    return {"resources": [{"urn": f"urn::{arm_id}", "custom": True, "id": arm_id, **fields} for arm_id in ids]}


def request(method: str) -> Request:
    return Request(number=1, at=NOON, method=method, operation="RestorePoints.Get", path=POINT, status=200)


def lines(findings: list[checks.Finding]) -> list[str]:
    return [finding.line for finding in findings]


def test_an_up_that_left_what_it_says() -> None:
    """State and world that agree, whatever the case of an id, are no finding."""
    after = world(SOURCE, COPY, POINT, f"{POINT}/diskRestorePoints/os")

    assert checks.after_up(world(SOURCE), after, deployment(COPY.lower(), POINT), {"ids": [POINT], "n": 1}) == []


def test_a_success_that_is_none() -> None:
    """A resource of the state that Azure does not hold is found."""
    assert len(checks.after_up(world(SOURCE), world(SOURCE), deployment(COPY), {})) == 1


def test_an_export_of_nothing() -> None:
    """An exported ARM id that Azure does not hold is found, with the output's name."""
    (line,) = lines(checks.after_up(world(SOURCE), world(SOURCE), deployment(), {"restorePoints": {"a": [POINT]}}))

    assert line.startswith(f"up: output restorePoints names {POINT}")


def test_an_export_of_a_part() -> None:
    """An exported id of a type that the world does not list is looked for as what it is a part of."""
    part = "diskRestorePoints/os"
    after = world(SOURCE, COPY, POINT)

    assert checks.after_up(world(SOURCE), after, deployment(COPY, POINT), {"disk": f"{POINT}/{part}"}) == []
    assert len(checks.after_up(world(SOURCE), after, deployment(COPY, POINT), {"disk": f"{POINT}x/{part}"})) == 1


def test_a_resource_that_nobody_knows_of() -> None:
    """What Azure holds anew and the state does not is found."""
    (line,) = lines(checks.after_up(world(SOURCE), world(SOURCE, COPY), deployment(), {}))

    assert f"Azure holds {COPY}" in line


def test_a_resource_that_was_only_read() -> None:
    """A resource that the stack reads and does not manage is not the stack's to account for."""
    assert checks.after_up(world(SOURCE), world(SOURCE), deployment(SOURCE, external=True), {"source": SOURCE}) == []


NETWORK = "/subscriptions/s/resourceGroups/g/providers/Microsoft.network/virtualNetworks/n"
RIGHT = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Authorization/roleAssignments/a"


def test_what_is_echoed() -> None:
    """A resource of azure-native that is echoed, and what is exported of it, need not be in Azure."""
    state = deployment(NETWORK, type="azure-native:network:VirtualNetwork")
    exported = {"network": NETWORK.replace("Microsoft.network", "Microsoft.Network"), "in": f"{NETWORK}/subnets/a"}

    assert checks.after_up(world(SOURCE), world(SOURCE), state, exported) == []
    assert len(checks.after_up(world(SOURCE), world(SOURCE), deployment(), {"network": NETWORK})) == 1


def test_what_the_emulator_serves_of_azure_native() -> None:
    """A role assignment is held to what the emulator says, as our own resources are."""
    state = deployment(RIGHT, type="azure-native:authorization:RoleAssignment")

    assert len(checks.after_up(world(SOURCE), world(SOURCE), state, {})) == 1
    assert checks.after_up(world(SOURCE), world(SOURCE, RIGHT), state, {}) == []


def test_records_and_the_vaults_own_clock() -> None:
    """A backup job stays for ever, and recovery points come and go by themselves: neither is the program's doing."""
    vault = "/subscriptions/s/resourceGroups/g/providers/Microsoft.DataProtection/backupVaults/v"
    instance = {"id": f"{vault}/backupInstances/i", "type": "Microsoft.DataProtection/backupVaults/backupInstances"}
    job = {"id": f"{vault}/backupJobs/j", "type": "Microsoft.DataProtection/backupVaults/backupJobs"}

    def holding(*resources: dict[str, Any]) -> World:
        return World(clock=NOON, resources={one["id"].lower(): one for one in resources})

    before, after = holding({**instance, "recovery_points": [1]}), holding({**instance, "recovery_points": [2]}, job)
    assert checks.after_up(before, after, deployment(), {}) == []
    assert checks.nothing_changed("refresh", before, after, {}, []) == []
    assert checks.after_destroy(before, after, deployment()) == []
    assert len(checks.after_destroy(before, holding({**instance, "tags": {"a": "b"}}, job), deployment())) == 1


def test_a_second_up_with_nothing_to_do() -> None:
    """Unchanged resources and reading requests are no finding."""
    assert checks.nothing_changed("up again", world(COPY), world(COPY), {"same": 3}, [request("GET")]) == []


@pytest.mark.parametrize(
    ("after", "changes", "asked"),
    [
        (world(COPY), {"same": 2, "update": 1}, []),
        (world(COPY), {"same": 3}, [request("PUT")]),
        (world(COPY), {"same": 3}, [request("DELETE")]),
        (world(COPY, POINT), {"same": 3}, []),
        (world(), {"same": 3}, []),
    ],
    ids=["planned", "put", "deleted", "came", "went"],
)
def test_a_second_up_that_changes_something(after: World, changes: dict[str, int], asked: list[Request]) -> None:
    """A planned change, a writing request and a changed world are each found."""
    assert len(checks.nothing_changed("up again", world(COPY), after, changes, asked)) == 1


def test_a_destroy_that_left_nothing() -> None:
    """The world as it was before, and an empty state, are no finding."""
    assert checks.after_destroy(world(SOURCE), world(SOURCE), {"resources": []}) == []


@pytest.mark.parametrize(
    ("after", "state"),
    [
        (world(SOURCE, COPY), deployment()),
        (world(), deployment()),
        (world(SOURCE, location="northeurope"), deployment()),
        (world(SOURCE), deployment(COPY)),
    ],
    ids=["left", "gone", "changed", "in the state"],
)
def test_a_destroy_that_left_traces(after: World, state: dict[str, Any]) -> None:
    """A copy left behind, a source deleted or changed, and a state that is not empty are each found."""
    assert len(checks.after_destroy(world(SOURCE), after, state)) == 1


TOKEN = "emulator-token-not-a-secret"
SIGNATURE = "Qk" * 30


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {TOKEN}",
        f'{{"url": "https://host/operations/1?api-version=2025-04-01&t=6390&c={SIGNATURE}"}}',
        f'{{"url": "https://host/operations/1?api-version=2025-04-01\\u0026s={SIGNATURE}"}}',
        f"https://host/disk.vhd?sv=2024&sig={SIGNATURE}",
        f"https://host/operations/1?h={SIGNATURE}",
    ],
)
def test_a_secret_that_was_written(text: str) -> None:
    """A token, or a signed part of a URL, is found in whatever notation, and is not repeated."""
    (finding,) = checks.no_secrets([("state", text)], [TOKEN])

    assert finding.where == "state"
    assert TOKEN not in finding.line
    assert SIGNATURE not in finding.line


def test_an_unsigned_url() -> None:
    """An ARM URL with an api-version and an expansion is no secret."""
    text = f"https://host{POINT}?api-version=2025-04-01&$expand=instanceView&t=638"

    assert checks.no_secrets([("log", text)], [TOKEN]) == []
