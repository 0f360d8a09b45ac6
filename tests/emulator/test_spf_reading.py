"""Checkpoints, machines and jobs are looked at by key and by filter, as OData has it."""

from __future__ import annotations

import pytest

from tests.emulator.system_center import AFTER, BEFORE, HEADERS, MACHINE, ROOT, STAMP, SUBSCRIPTION, key


def test_checkpoint_by_key(system_center):
    """Its properties are those of the reference's example, in that order; times carry the server's offset."""
    answer = system_center.call("GET", f"VMCheckPoints{key(AFTER)}")

    assert {
        "odata.metadata": f"https://wapserver:30006{ROOT}/$metadata#VMCheckPoints/@Element",
        "Accessibility": "Public",
        "CheckpointID": AFTER,
        "Description": "",
        "Enabled": True,
        "ID": AFTER,
        "Name": "after-patch",
        "ParentCheckpointID": BEFORE,
        "VMId": MACHINE,
        "AddedTime": "2026-11-17T04:06:40.000-07:00",
        "ModifiedTime": "2026-11-17T04:06:40.000-07:00",
        "StampId": STAMP,
        "VMCheckPointAction": None,
    } == answer.json()
    assert [
        "odata.metadata", "Accessibility", "CheckpointID", "Description", "Enabled", "ID", "Name", "ParentCheckpointID",
        "VMId", "AddedTime", "ModifiedTime", "StampId", "VMCheckPointAction",
    ] == list(answer.json())  # fmt: skip


def test_headers_are_those_of_the_restore_page(system_center):
    """IIS and the service each tell a request id; the answer is minimal JSON."""
    answer = system_center.call("GET", f"VMCheckPoints{key(BEFORE)}")

    told = {name: answer.headers[name] for name in ("server", "dataserviceversion", "content-type", "date")}
    assert {
        "server": "Microsoft-IIS/8.5",
        "dataserviceversion": "3.0;",
        "content-type": "application/json;odata=minimalmetadata;streaming=true;charset=utf-8",
        "date": "Wed, 18 Nov 2026 11:06:40 GMT",
    } == told
    assert answer.headers["x-ms-request-id"] != answer.headers["request-id"]


@pytest.mark.parametrize(
    "written",
    [
        f"(ID=guid'{BEFORE}',StampId=guid'{STAMP}')",
        f"(ID=Guid'{BEFORE}',StampId=Guid'{STAMP}')",
        f"(StampId=guid'{STAMP}',ID=guid'{BEFORE}')",
        f"(ID=guid'{BEFORE.upper()}', StampId=guid'{STAMP}')",
    ],
)
@pytest.mark.parametrize("root", [ROOT, ROOT.upper(), f"/SC2012R2/VMM/{SUBSCRIPTION}/Microsoft.Management.Odata.svc"])
def test_key_and_root_are_read_as_documented(system_center, root, written):
    """Named keys have no order, the literal's prefix and the root no casing."""
    answer = system_center.raw("GET", f"{root}/VMCheckPoints{written}", headers=HEADERS)

    assert (200, BEFORE) == (answer.status_code, answer.json()["ID"])


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (f"VMCheckPoints(ID=guid'{BEFORE}')", (400, "The key properties of 'VMCheckPoints' are ID, StampId.")),
        (f"VMCheckPoints(guid'{BEFORE}')", (400, "Bad Request - Error in query syntax.")),
        (f"VMCheckPoints(ID='{BEFORE}',StampId=guid'{STAMP}')", (400, "Bad Request - Error in query syntax.")),
        (f"VMCheckPoints(ID=guid'1',StampId=guid'{STAMP}')", (400, "Bad Request - Error in query syntax.")),
        (
            f"VMCheckPoints(ID=guid'{BEFORE}',ID=guid'{BEFORE}',StampId=guid'{STAMP}')",
            (400, "Bad Request - Error in query syntax."),
        ),
        (
            f"VMCheckPoints(ID=guid'{BEFORE}',StampId=guid'{STAMP}',VMId=guid'{MACHINE}')",
            (400, "The key properties of 'VMCheckPoints' are ID, StampId."),
        ),
        (f"VMCheckPoints{key(STAMP)}", (404, "Resource not found for the segment 'VMCheckPoints'.")),
        (f"VMCheckPoints{key(BEFORE, BEFORE)}", (404, "Resource not found for the segment 'VMCheckPoints'.")),
        (f"vmcheckpoints{key(BEFORE)}", (404, "Resource not found for the segment 'vmcheckpoints'.")),
        ("Clouds", (404, "Resource not found for the segment 'Clouds'.")),
        (
            f"VMCheckPoints{key(BEFORE)}/Name",
            (404, f"Resource not found for the segment 'VMCheckPoints{key(BEFORE)}/Name'."),
        ),
    ],
)
def test_what_is_not_there_or_no_key_is_refused(system_center, path, expected):
    """In the words of the service; the code is empty."""
    assert expected == system_center.refusal(system_center.call("GET", path))


def test_another_subscription_knows_nothing(system_center):
    """The subscription is part of the address."""
    url = f"{ROOT.replace(SUBSCRIPTION, STAMP)}/VMCheckPoints{key(BEFORE)}"

    answer = system_center.raw("GET", url, headers=HEADERS)

    assert (404, "The subscription cannot be found.") == system_center.refusal(answer)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["before-patch", "after-patch"]),
        (f"ID eq guid'{BEFORE}'", ["before-patch"]),
        (f"ID eq Guid'{BEFORE}' and StampId eq guid'{STAMP}'", ["before-patch"]),
        (f"(VMId eq guid'{MACHINE}') and (Name eq 'after-patch')", ["after-patch"]),
        (f"ID eq guid'{STAMP}'", []),
        ("ParentCheckpointID eq null", ["before-patch"]),
        ("Enabled eq true and Name ne 'before-patch'", ["after-patch"]),
        ("Name eq 'it''s'", []),
        ("Name ne 'this and that' and (Name ne 'a)')", ["before-patch", "after-patch"]),
        ("((Name eq 'after-patch'))", ["after-patch"]),
        ("Name ge null", []),
        (f"ParentCheckpointID lt guid'{AFTER}'", ["after-patch"]),
        ("AddedTime gt datetime'2026-11-17T00:00:00'", ["after-patch"]),
        ("AddedTime lt datetime'2026-11-17T11:06:40Z'", ["before-patch"]),
        ("AddedTime ge datetime'2026-11-17T04:06:40' and Enabled eq true", ["after-patch"]),
    ],
)
def test_filter_finds(system_center, query, expected):
    """A list is `value` beside the metadata, the oldest first."""
    assert expected == [one["Name"] for one in system_center.found("VMCheckPoints", query)]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"$top": "1"}, ["before-patch"]),
        ({"$skip": "1"}, ["after-patch"]),
        ({"$orderby": "AddedTime desc"}, ["after-patch", "before-patch"]),
        ({"$orderby": "Name"}, ["after-patch", "before-patch"]),
    ],
)
def test_options_order_and_cut(system_center, options, expected):
    """The newest of a list is `$orderby` and `$top`."""
    answer = system_center.raw("GET", f"{ROOT}/VMCheckPoints", params=options, headers=HEADERS)

    assert expected == [one["Name"] for one in answer.json()["value"]]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"$filter": "ID = 1"}, "Bad Request - Error in query syntax of $filter."),
        ({"$filter": ""}, "Bad Request - Error in query syntax of $filter."),
        ({"$filter": "(("}, "Bad Request - Error in query syntax of $filter."),
        ({"$filter": "(Enabled eq true"}, "Bad Request - Error in query syntax of $filter."),
        ({"$filter": "Enabled eq true)"}, "Bad Request - Error in query syntax of $filter."),
        ({"$filter": "Enabled eq true and"}, "Bad Request - Error in query syntax of $filter."),
        ({"$filter": "Enabled eq true or Enabled eq false"}, "Bad Request - Error in query syntax of $filter."),
        ({"$filter": "AddedTime gt datetime'now'"}, "Bad Request - Error in query syntax of $filter."),
        ({"$filter": "Name gt datetime'2026-11-17'"}, "A binary operator with incompatible types was detected."),
        ({"$filter": f"Guid eq guid'{BEFORE}'"}, "Could not find a property named 'Guid' on type 'VMM.VMCheckPoint'."),
        ({"$filter": "Enabled eq 'true'"}, "A binary operator with incompatible types was detected."),
        ({"$top": "-1"}, "Invalid value '-1' for $top query string option found."),
        ({"$orderby": "Name sideways"}, "Bad Request - Error in query syntax of $orderby."),
        ({"$select": "ID"}, "The query parameter '$select' begins with a system-reserved '$' character"),
    ],
)
def test_option_that_cannot_be_read_is_refused(system_center, options, expected):
    """Nothing is left out in silence."""
    answer = system_center.raw("GET", f"{ROOT}/VMCheckPoints", params=options, headers=HEADERS)

    status, words = system_center.refusal(answer)
    assert (400, True) == (status, words.startswith(expected))


def test_list_on_pages(make_system_center):
    """Each page names the next by a whole URL, which keeps the query; the last one names none."""
    system_center = make_system_center(spf_page_size=1)
    query = {"$filter": f"VMId eq guid'{MACHINE}' and Name ne 'it''s'", "$orderby": "Name"}
    first = system_center.raw("GET", f"{ROOT}/VMCheckPoints", params=query, headers=HEADERS).json()
    second = system_center.raw("GET", first["odata.nextLink"], headers=HEADERS).json()

    assert first["odata.nextLink"].startswith(f"https://wapserver:30006{ROOT}/VMCheckPoints?")
    assert ["after-patch", "before-patch"] == [one["Name"] for page in (first, second) for one in page["value"]]
    assert "odata.nextLink" not in second


def test_list_may_need_a_stamp(make_system_center):
    """The reference calls it mandatory; an entity by its key has one anyway."""
    system_center = make_system_center(spf_stamp_filter="required")

    answer = system_center.call("GET", "VMCheckPoints", query=f"ID eq guid'{BEFORE}'")

    assert (400, "The query has to be restricted to a stamp: filter by 'StampId'.") == system_center.refusal(answer)
    assert 2 == len(system_center.found("VMCheckPoints", f"StampId eq guid'{STAMP}'"))
    assert BEFORE == system_center.get("VMCheckPoints", BEFORE)["ID"]


def test_machine_by_key(system_center):
    """It has a last task, and was restored to nothing."""
    machine = system_center.machine()

    assert {
        "Name": "web-1",
        "Status": "Running",
        "StatusString": "Running",
        "VirtualMachineState": "Running",
        "LastRestoredCheckpointID": None,
        "FailedJobID": None,
    }.items() <= machine.items()
    assert 36 == len(machine["MostRecentTaskId"])


def test_older_service_shows_less(make_system_center):
    """Members that public clients do not agree on are settings."""
    machine = make_system_center(
        spf_last_restored_checkpoint="hidden", spf_most_recent_task="hidden", spf_status_string_member="Statusstring"
    ).machine()

    unsure = {"LastRestoredCheckpointID", "MostRecentTaskId", "StatusString", "Statusstring"}
    assert {"Statusstring"} == unsure & set(machine)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Accept": "application/json"}, 200),
        ({"Accept": "application/json; odata=minimalmetadata"}, 200),
        ({"Accept": "application/atom+xml"}, 415),
        ({"Accept": "*/*"}, 415),
        ({"Accept": "application/json;odata=verbose"}, 415),
        ({"MaxDataServiceVersion": "2.0"}, 400),
        ({"x-ms-principal-id": ""}, 400),
    ],
)
def test_headers_that_the_service_needs(system_center, headers, status):
    """Minimal JSON of version 3.0, and a principal, which can be anything but absent."""
    assert status == system_center.call("GET", "VMCheckPoints", headers=headers).status_code


def test_principal_may_be_optional(make_system_center):
    """SPF itself may be less strict than what stands before it."""
    system_center = make_system_center(spf_principal_id="optional")

    assert 200 == system_center.call("GET", "VMCheckPoints", headers={"x-ms-principal-id": ""}).status_code


@pytest.mark.parametrize(
    ("method", "path"),
    [("DELETE", f"VirtualMachines{key(MACHINE)}"), ("PATCH", f"VMCheckPoints{key(BEFORE)}"), ("PUT", "VMCheckPoints"),
     ("POST", "Jobs"), ("MERGE", f"VirtualMachines{key(MACHINE)}")],
)  # fmt: skip
def test_method_that_is_not_there(system_center, method, path):
    """OData 3.0 knows no PATCH here; a machine is only looked at."""
    expected = (405, "The method is not allowed on the requested resource.")

    assert expected == system_center.refusal(system_center.call(method, path, {}))
