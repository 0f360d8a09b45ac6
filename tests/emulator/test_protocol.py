"""What is true of every request: who asks, which version, which names, what comes back besides the body."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime

import pytest


def bearer(azure):
    return {"Authorization": f"Bearer {azure.token}"}


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ({}, "AuthenticationFailed"),
        ({"Authorization": "Bearer other"}, "InvalidAuthenticationToken"),
        ({"Authorization": "Basic eDp5"}, "InvalidAuthenticationToken"),
    ],
)
def test_token_is_required(azure, header, expected):
    """Without the emulator's token every call is 401, before anything else is looked at."""
    answer = azure.raw("GET", "/subscriptions/unknown", headers=header)

    assert (401, expected) == azure.refusal(answer)
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        (None, "MissingApiVersionParameter"),
        ("", "MissingApiVersionParameter"),
        ("latest", "InvalidApiVersionParameter"),
        ("2020-12-01", "NoRegisteredProviderFound"),
        ("2027-01-01", "NoRegisteredProviderFound"),
    ],
)
def test_version_must_be_known(azure, version, expected):
    """The refusal lists the versions there are."""
    answer = azure.call("GET", azure.source, version=version)

    assert (400, expected) == azure.refusal(answer)
    if version:
        assert "2026-04-01" in answer.json()["error"]["message"]


@pytest.mark.parametrize("version", ["2021-03-01", "2024-11-01", "2026-04-01"])
def test_versions_of_years_are_served(azure, version):
    """From the first that could copy to the newest."""
    assert 200 == azure.call("GET", azure.source, version=version).status_code


@pytest.mark.parametrize(
    ("path", "status", "expected"),
    [
        ("/subscriptions/{other}/resourceGroups/production/providers/Microsoft.Compute/restorePointCollections/x", 404,
         "SubscriptionNotFound"),
        ("{groups}/nowhere/providers/Microsoft.Compute/restorePointCollections/x", 404, "ResourceGroupNotFound"),
        ("{groups}/production/providers/Microsoft.Compute/restorePointCollections/x", 404, "ResourceNotFound"),
        ("{groups}/production/providers/Microsoft.Compute/restorePointCollections/x/restorePoints/y", 404,
         "ParentResourceNotFound"),
        ("{groups}/production/providers/Microsoft.Compute/restorePointCollection/x", 404, "InvalidResourceType"),
        ("{groups}/production/providers/Microsoft.Compute/restorePointCollections/x/restorePoints", 404,
         "InvalidResourceType"),
        ("{groups}/production/providers/Microsoft.Computer/disks/x", 404, "InvalidResourceNamespace"),
        ("{groups}/production/providers/Microsoft.Compute/disks/x", 400, "NoRegisteredProviderFound"),
        ("/elsewhere", 404, "NotFound"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_told_apart(azure, path, status, expected):
    """Each level of an address has a word of its own."""
    url = path.format(groups=azure.groups, other="00000000-0000-0000-0000-000000000002")

    assert (status, expected) == azure.refusal(azure.call("GET", url))


def test_other_methods_are_refused(azure):
    """A restore point has no PATCH, a VM here only GET."""
    answers = [
        azure.call("PATCH", f"{azure.source}/restorePoints/daily-1", {}),
        azure.call("PUT", azure.machine, {}),
    ]

    assert [(405, "MethodNotAllowed")] * 2 == [azure.refusal(answer) for answer in answers]


def test_names_are_case_insensitive_and_keep_their_casing(azure):
    """Whatever the casing of a URL, the id is that of the creation, with the provider's own type names."""
    azure.make_target(azure.target.replace("web-1-copies", "Web-1-Copies"))

    body = azure.call("GET", azure.target.upper().replace("/SUBSCRIPTIONS", "/subscriptions")).json()

    assert azure.target.replace("web-1-copies", "Web-1-Copies") == body["id"]


def test_ids_inside_of_a_restore_point_come_back_recased(make_azure):
    """Compute writes the group of disks in upper case; upper_case_groups=false does not."""
    groups = []
    for azure in (make_azure(), make_azure(upper_case_groups=False)):
        disk = azure.point("daily-1", azure.source)["sourceMetadata"]["storageProfile"]["osDisk"]
        groups.append([disk["managedDisk"]["id"].split("/")[4], disk["diskRestorePoint"]["id"].split("/")[4]])

    assert [["PRODUCTION"] * 2, ["production"] * 2] == groups


def test_answers_carry_ids_and_azures_time(azure):
    """Request ids in any case, the caller's own only if asked for; Date is Azure's clock."""
    azure.advance(minutes=60)
    asked = {"x-ms-client-request-id": "mine", "x-ms-return-client-request-id": "true"}

    echoed = azure.call("GET", azure.source, headers=asked)
    plain = azure.call("GET", azure.source, headers={"x-ms-client-request-id": "mine"})
    refused = azure.call("GET", azure.target, headers={"x-ms-correlation-request-id": "corr"})

    assert "mine" == echoed.headers["x-ms-client-request-id"]
    assert "x-ms-client-request-id" not in plain.headers
    assert "corr" == refused.headers["x-ms-correlation-request-id"]
    assert len({answer.headers["x-ms-request-id"] for answer in (echoed, plain, refused)}) == 3
    assert int(azure.wall) == parsedate_to_datetime(echoed.headers["date"]).timestamp()


@pytest.fixture
def operation(azure):
    """The answer to a copy, with its status URLs."""
    azure.make_target()
    return azure.copy("daily-1")


def test_running_operation_has_a_start_and_no_more(azure, operation):
    """No id, no end, no percentage."""
    body = azure.follow(operation.headers["azure-asyncoperation"]).json()

    assert {"startTime", "status", "name"} == set(body)
    assert "InProgress" == body["status"]
    assert re.fullmatch(r"[\d-]{10}T[\d:]{8}\.\d{7}\+00:00", body["startTime"])


def test_ended_operation_has_an_end(azure, operation):
    """An end comes with the terminal status."""
    azure.advance(seconds=46)

    body = azure.follow(operation.headers["azure-asyncoperation"]).json()

    assert {"startTime", "endTime", "status", "name"} == set(body)


def test_accepted_work_is_announced(operation):
    """Both status URLs, the notification header, and when to look again."""
    headers = operation.headers

    assert ("Enabled", "10") == (headers["azure-asyncnotification"], headers["retry-after"])
    assert 3200 < len(headers["azure-asyncoperation"]) < 3500
    assert re.search(r"&t=\d+&c=[^&]+&s=[^&]+&h=[^&]+$", headers["location"])


def test_location_ends_with_the_resource(azure, operation):
    """202 while running, then the restore point; for a deletion 204."""
    running = azure.follow(operation.headers["location"])
    azure.advance(seconds=46)
    ended = azure.follow(running.headers["location"])
    deletion = azure.call("DELETE", azure.target)
    azure.advance(seconds=21)

    assert [202, 200] == [running.status_code, ended.status_code]
    assert "Succeeded" == ended.json()["properties"]["provisioningState"]
    assert 204 == azure.follow(deletion.headers["location"]).status_code


@pytest.mark.parametrize(
    "change",
    [
        lambda url: url[:-1],
        lambda url: url.replace("&s=", "&s=A"),
        lambda url: url.replace("&t=6", "&t=7"),
        lambda url: url.replace("&api-version=2026-04-01", "&api-version=2025-11-01"),
        lambda url: url.replace("/locations/northeurope/", "/locations/NorthEurope/"),
        lambda url: url.partition("&t=")[0],
        lambda url: url + "&x=1",
        lambda url: url.replace("_", "%5F", 1),
    ],
    ids=["cut", "signature", "time", "version", "casing", "unsigned", "more", "re-encoded"],
)
def test_status_url_is_good_only_byte_for_byte(azure, operation, change):
    """Whoever rebuilds or re-encodes a status URL is refused."""
    url = operation.headers["azure-asyncoperation"]
    assert change(url) != url

    assert (403, "InvalidAsyncOperationUrl") == azure.refusal(azure.follow(change(url)))
    assert 200 == azure.follow(url).status_code


def test_conflict_is_given_again_for_the_same_request_id(azure):
    """ARM replays a 409 without asking the provider, until it has forgotten."""
    azure.make_target()
    azure.copy("daily-2")
    body = {"properties": {"sourceRestorePoint": {"id": f"{azure.source}/restorePoints/daily-1"}}}
    path = f"{azure.target}/restorePoints/older"
    same = {"x-ms-client-request-id": "one"}
    refused = azure.call("PUT", path, body, headers=same)
    azure.call("DELETE", f"{azure.target}/restorePoints/daily-2")
    azure.advance(seconds=30)

    again = azure.call("PUT", path, body, headers=same)
    azure.advance(seconds=31)
    later = azure.call("PUT", path, body, headers=same)

    assert [409, 409, 201] == [refused.status_code, again.status_code, later.status_code]
    assert refused.json() == again.json()


def test_fresh_request_id_is_asked_anew(azure):
    """Another request id is not answered from memory."""
    azure.make_target()
    azure.copy("daily-2")
    body = {"properties": {"sourceRestorePoint": {"id": f"{azure.source}/restorePoints/daily-1"}}}
    path = f"{azure.target}/restorePoints/older"
    azure.call("PUT", path, body, headers={"x-ms-client-request-id": "one"})
    azure.call("DELETE", f"{azure.target}/restorePoints/daily-2")
    azure.advance(seconds=30)

    assert 201 == azure.call("PUT", path, body, headers={"x-ms-client-request-id": "two"}).status_code


def test_world_can_be_read(azure):
    """Subscription, group, VM and disk, each on its own train of versions."""
    group = f"{azure.groups}/production"
    answers = [
        azure.call("GET", azure.groups.rpartition("/")[0], version="2022-12-01"),
        azure.call("GET", group, version="2021-04-01"),
        azure.call("GET", azure.machine),
        azure.call("GET", f"{group}/providers/Microsoft.Compute/disks/web-1-os", version=azure.disks),
    ]

    assert [200] * 4 == [answer.status_code for answer in answers]
    assert "westeurope" == answers[1].json()["location"]
    assert 2 == len(answers[2].json()["properties"]["storageProfile"]["dataDisks"])
    assert "Attached" == answers[3].json()["properties"]["diskState"]
    assert 204 == azure.call("HEAD", group, version="2021-04-01").status_code


def test_requests_are_logged_without_signatures(azure):
    """Operation, status, code and the caller's id; of a status URL only what is not signed."""
    azure.make_target()
    azure.follow(azure.copy("daily-1").headers["azure-asyncoperation"])
    azure.call("GET", f"{azure.target}/restorePoints/none", headers={"x-ms-client-request-id": "mine"})

    log = azure.raw("GET", "/_emulator/requests").json()["requests"]

    assert [
        ("RestorePointCollections.CreateOrUpdate", 201),
        ("RestorePoints.CreateOrUpdate", 201),
        ("Operations.Get", 200),
        ("RestorePoints.Get", 404),
    ] == [(entry["operation"], entry["status"]) for entry in log]
    assert ("ResourceNotFound", "mine") == (log[3]["code"], log[3]["client_request_id"])
    assert "&s=" not in log[2]["query"] + log[2]["path"]
    assert 204 == azure.raw("DELETE", "/_emulator/requests").status_code
    assert [] == azure.raw("GET", "/_emulator/requests").json()["requests"]


def test_world_shows_what_is_usable(azure):
    """The control API tells which restore points could be restored from."""
    azure.make_target()
    azure.copy("daily-1")
    seen = []
    for minutes in (5, 60):
        azure.advance(minutes=minutes)
        world = azure.raw("GET", "/_emulator/world").json()
        seen.append({entry["id"]: entry["usable"] for entry in world["resources"] if "usable" in entry})

    copy_id = f"{azure.target}/restorePoints/daily-1"
    assert [False, True] == [usable[copy_id] for usable in seen]
    assert all(usable[f"{azure.source}/restorePoints/daily-1"] for usable in seen)


def test_token_endpoint_speaks_managed_identity(azure):
    """With the identity header there is a token; without, or for another resource, none."""
    query = "api-version=2019-08-01&resource=https://management.azure.com/"
    granted = azure.raw("GET", f"/msi/token?{query}", headers={"X-IDENTITY-HEADER": "emulator"})
    refused = [
        azure.raw("GET", f"/msi/token?{query}"),
        azure.raw("GET", "/msi/token?api-version=2019-08-01", headers={"X-IDENTITY-HEADER": "emulator"}),
        azure.raw("GET", f"/msi/token?{query[23:]}", headers={"X-IDENTITY-HEADER": "emulator"}),
    ]

    assert azure.token == granted.json()["access_token"]
    assert [400, 400, 400] == [answer.status_code for answer in refused]
