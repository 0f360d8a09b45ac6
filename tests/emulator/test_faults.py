"""Faults on demand: what each does to the answer, and to what the request was for."""

from __future__ import annotations

import threading
import time

import httpx
import pytest

from azure_recovery.emulator.fault_table import BY_NAME, FaultError, from_argument
from azure_recovery.emulator.server import RunningEmulator
from tests.waiting import wait_until

GROUPS = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups"
SOURCE = f"{GROUPS}/production/providers/Microsoft.Compute/restorePointCollections/web-1-restore-points"
TARGET = f"{GROUPS}/recovery/providers/Microsoft.Compute/restorePointCollections/web-1-copies"


def put_fault(azure, name, **given):
    answer = azure.raw("POST", "/_emulator/faults", json={"name": name, **given})
    assert 201 == answer.status_code, answer.text
    return answer.json()


@pytest.fixture
def target(azure):
    """A target collection."""
    azure.make_target()
    return azure


def test_throttled_request_has_no_effect(target):
    """429 with the Retry-After that was asked for; once, if not told otherwise."""
    put_fault(target, "throttled", retry_after=77, path="*/restorePoints/*")

    refused = target.copy("daily-1")

    assert (429, "77") == (refused.status_code, refused.headers["retry-after"])
    assert 404 == target.call("GET", f"{target.target}/restorePoints/daily-1").status_code
    assert 201 == target.copy("daily-1").status_code


@pytest.mark.parametrize(
    ("name", "status", "exists"), [("unavailable", 503, 404), ("error-after", 500, 200), ("html", 502, 200)]
)
def test_server_error_before_or_after_the_effect(target, name, status, exists):
    """The same 5xx can mean that the copy was started, or that it was not."""
    put_fault(target, name, operation="RestorePoints.CreateOrUpdate")

    answer = target.copy("daily-1")

    assert status == answer.status_code
    assert exists == target.call("GET", f"{target.target}/restorePoints/daily-1").status_code
    assert (name == "html") == answer.headers["content-type"].startswith("text/html")


def test_right_appears_later(target):
    """AuthorizationFailed for a time of Azure's clock, then not."""
    put_fault(target, "forbidden", method="PUT", count=0, for_seconds=300)

    refused = [target.copy("daily-1"), target.copy("daily-1")]
    target.advance(seconds=300)

    assert [(403, "AuthorizationFailed")] * 2 == [target.refusal(answer) for answer in refused]
    assert 201 == target.copy("daily-1").status_code


def test_count_and_skip_choose_the_requests(target):
    """The second and third of the matching requests are struck, in any casing of the path."""
    put_fault(target, "unavailable", path=f"{target.source.upper()}*", skip=1, count=2)

    assert [200, 503, 503, 200] == [target.call("GET", target.source).status_code for _ in range(4)]
    shown = target.raw("GET", "/_emulator/faults").json()["faults"][0]
    assert (3, 2, True) == (shown["seen"], shown["fired"], shown["over"])


def test_faults_are_taken_away(target):
    """One by its number, or all."""
    first = put_fault(target, "unavailable", count=0)
    put_fault(target, "forbidden", count=0)

    assert 204 == target.raw("DELETE", f"/_emulator/faults/{first['id']}").status_code
    assert 404 == target.raw("DELETE", f"/_emulator/faults/{first['id']}").status_code
    assert 403 == target.call("GET", target.source).status_code
    target.raw("DELETE", "/_emulator/faults")
    assert 200 == target.call("GET", target.source).status_code


def test_struck_request_is_marked_in_the_log(target):
    """The log says which fault it was."""
    put_fault(target, "unavailable")
    target.call("GET", target.source)

    entry = target.raw("GET", "/_emulator/requests").json()["requests"][-1]

    assert ("unavailable", 503) == (entry["fault"], entry["status"])


def test_failed_operation_leaves_a_failed_copy(target):
    """The operation says Failed with the reason; the copy is Failed and shows no disks."""
    put_fault(target, "operation-fails", operation="RestorePoints.CreateOrUpdate", code="DiskRestorePointClientError")
    accepted = target.copy("daily-1")
    running = target.follow(accepted.headers["azure-asyncoperation"]).json()
    target.advance(seconds=46)

    ended = target.follow(accepted.headers["azure-asyncoperation"]).json()

    assert (201, "InProgress") == (accepted.status_code, running["status"])
    assert ("Failed", "DiskRestorePointClientError") == (ended["status"], ended["error"]["code"])
    point = target.point("daily-1", expand="instanceView")
    assert "Failed" == point["provisioningState"]
    assert "instanceView" not in point
    assert 409 == target.follow(accepted.headers["location"]).status_code


@pytest.mark.parametrize("name", ["operation-fails", "operation-hangs", "disk-fails"])
@pytest.mark.parametrize(("method", "again"), [("PUT", "daily-1"), ("PUT", "daily-2"), ("DELETE", "daily-1")])
def test_request_that_starts_nothing(target, name, method, again):
    """A copy that is there stays as it was, whether its PUT comes again or another one for its name is refused."""
    for point in ("daily-1", "daily-2"):
        target.copy(point)
    path = f"{target.target}/restorePoints/daily-1"
    if method == "DELETE":
        target.call("DELETE", path)
    target.advance(seconds=10 if method == "DELETE" else 120)
    before = target.point("daily-1", expand="instanceView")
    put_fault(target, name)

    body = {"properties": {"sourceRestorePoint": {"id": f"{SOURCE}/restorePoints/{again}"}}}
    answer = target.call(method, path, body if method == "PUT" else None)

    assert {("PUT", "daily-1"): 201, ("PUT", "daily-2"): 409}.get((method, again), 202) == answer.status_code
    assert before == target.point("daily-1", expand="instanceView")
    target.advance(minutes=120)
    if method == "DELETE":
        assert 404 == target.call("GET", path).status_code
    else:
        assert {"ReplicationState/succeeded"} == {
            disk["replicationStatus"]["status"]["code"] for disk in target.replication("daily-1")["diskRestorePoints"]
        }


def test_failed_deletion_leaves_the_copy(target):
    """What was to go stays, with everything it holds."""
    target.copy("daily-1")
    put_fault(target, "operation-fails", method="DELETE")
    accepted = target.call("DELETE", target.target)
    target.advance(seconds=90)

    assert "Failed" == target.follow(accepted.headers["azure-asyncoperation"]).json()["status"]
    assert "Succeeded" == target.call("GET", target.target).json()["properties"]["provisioningState"]
    assert "Succeeded" == target.point("daily-1")["provisioningState"]


def test_hanging_operation_never_ends(target):
    """Creating and Deleting for ever."""
    put_fault(target, "operation-hangs", count=2)
    created = target.copy("daily-1")
    target.advance(minutes=60 * 24 * 30)
    creating = target.point("daily-1")["provisioningState"]
    deleted = target.call("DELETE", f"{target.target}/restorePoints/daily-1")
    target.advance(minutes=60 * 24 * 30)

    assert "Creating" == creating
    assert ["Canceled", "InProgress"] == [
        target.follow(answer.headers["azure-asyncoperation"]).json()["status"] for answer in (created, deleted)
    ]
    assert "Deleting" == target.point("daily-1")["provisioningState"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("disk-fails", "ReplicationState/failed"),
        ("disk-stalls", "ReplicationState/inProgress"),
        ("disk-regresses", "ReplicationState/succeeded"),
        ("copy-terminated", "ReplicationState/canceled"),
    ],
)
def test_disk_does_not_arrive(target, name, expected):
    """The disk that the fault names, and no other."""
    put_fault(target, name, disk="*-data-0", percent=30)
    target.copy("daily-1")
    target.advance(minutes=120)

    disks = target.replication("daily-1")["diskRestorePoints"]

    assert ["ReplicationState/succeeded", expected, "ReplicationState/succeeded"] == [
        disk["replicationStatus"]["status"]["code"] for disk in disks
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("storm", "fault storm: there is none of that name; known are throttled, "),
        ("throttled:retry_after", "write NAME:key=value"),
        ("throttled:retry_after=soon", "fault throttled: retry_after='soon' is not a number"),
        ("throttled:count=1.5", "fault throttled: count='1.5' is not a whole number"),
        ("throttled:count=-1", "fault throttled: count='-1' is not a number from 0"),
        ("slow:seconds=nan", "fault slow: seconds='nan' is not a number from 0"),
        ("unavailable:status=9999", "fault unavailable: status='9999' is no HTTP status from 200 to 599"),
        ("throttled:disk=x", "fault throttled: there is no 'disk'; known are path, operation"),
    ],
)
def test_fault_must_be_one_of_the_table(azure, text, expected):
    """On the command line and over the control API: one line."""
    with pytest.raises(FaultError) as caught:
        from_argument(text)

    assert expected in str(caught.value)
    answer = azure.raw("POST", "/_emulator/faults", json=text)
    assert (400, str(caught.value)) == (answer.status_code, answer.json()["error"])


def test_every_fault_can_be_written_on_the_command_line():
    """With its parameters' defaults, each kind reads back as itself."""
    for kind in BY_NAME.values():
        pairs = ",".join(f"{key}={value}" for key, value in kind.parameters.items())
        fault = from_argument(f"{kind.name}:{pairs},count=3")

        assert (kind, 3, dict(kind.parameters)) == (fault.kind, fault.count, fault.parameters)


@pytest.fixture
def client(serving):
    """A client of a served emulator, with a target collection."""
    headers = {"Authorization": "Bearer emulator-token-not-a-secret"}
    params = {"api-version": "2026-04-01"}
    with httpx.Client(base_url=serving.url, headers=headers, params=params, timeout=60.0) as client:
        body = {"location": "northeurope", "properties": {"source": {"id": SOURCE}}}
        assert 201 == client.put(TARGET, json=body).status_code
        yield client


def start_copy(client, **given):
    body = {"properties": {"sourceRestorePoint": {"id": f"{SOURCE}/restorePoints/daily-1"}}}
    return client.put(f"{TARGET}/restorePoints/daily-1", json=body, **given)


@pytest.mark.parametrize(("name", "exists"), [("cut-before", 404), ("cut-after", 200), ("cut-body", 200)])
def test_connection_is_cut(client, capfd, name, exists):
    """Before or after the effect, or in the middle of the body; the server goes on without a word."""
    client.post("/_emulator/faults", json={"name": name})

    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        start_copy(client)

    assert exists == client.get(f"{TARGET}/restorePoints/daily-1").status_code
    assert ("", "") == capfd.readouterr()
    logged = client.get("/_emulator/requests").json()["requests"][1]
    assert (name, 201 if name == "cut-body" else 0) == (logged["fault"], logged["status"])


@pytest.mark.parametrize(("name", "exists"), [("hang-before", False), ("hang-after", True)])
def test_held_request_goes_on_when_the_fault_is_lifted(client, name, exists):
    """Until then it has taken effect, or has not; others are answered meanwhile."""
    client.post("/_emulator/faults", json={"name": name})
    answers = []
    caller = threading.Thread(target=lambda: answers.append(start_copy(client).status_code))
    caller.start()
    wait_until(lambda: client.get("/_emulator/faults").json()["faults"][0]["fired"] == 1)
    ids = [entry["id"] for entry in client.get("/_emulator/world").json()["resources"]]

    client.delete("/_emulator/faults")
    caller.join(timeout=60.0)

    assert exists == (f"{TARGET}/restorePoints/daily-1" in ids)
    assert [201] == answers
    assert 200 == client.get(f"{TARGET}/restorePoints/daily-1").status_code


def test_silent_region_answers_nothing_about_what_it_holds(client):
    """The source cannot be read, the target can."""
    client.post("/_emulator/faults", json={"name": "silent-region", "region": "West Europe"})

    with pytest.raises(httpx.ReadTimeout):
        client.get(f"{SOURCE}/restorePoints/daily-1", timeout=0.2)

    assert 200 == client.get(TARGET).status_code
    client.delete("/_emulator/faults")
    assert 200 == client.get(f"{SOURCE}/restorePoints/daily-1").status_code


def test_slow_answer_takes_azures_seconds():
    """Three minutes at speed 600 are 0.3 s."""
    with RunningEmulator(speed=600.0, faults=[from_argument("slow:seconds=180")]) as emulator:
        headers = {"Authorization": "Bearer emulator-token-not-a-secret"}
        began = time.monotonic()
        answer = httpx.get(f"{emulator.url}{SOURCE}?api-version=2026-04-01", headers=headers)

    assert 200 == answer.status_code
    assert 0.3 <= time.monotonic() - began < 60.0


def test_server_stops_while_a_request_is_held(capfd):
    """Nothing hangs, nothing is printed."""
    with RunningEmulator(faults=[from_argument("hang-before")]) as emulator:
        url = f"{emulator.url}{SOURCE}?api-version=2026-04-01"
        headers = {"Authorization": "Bearer emulator-token-not-a-secret"}
        answers = []
        caller = threading.Thread(target=lambda: answers.append(httpx.get(url, headers=headers, timeout=60.0)))
        caller.start()
        wait_until(lambda: httpx.get(f"{emulator.url}/_emulator/faults").json()["faults"][0]["fired"] == 1)
    caller.join(timeout=60.0)

    assert [200] == [answer.status_code for answer in answers]
    assert ("", "") == capfd.readouterr()
