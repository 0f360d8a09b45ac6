"""Collections: made, tagged, listed, deleted; nothing else about them changes."""

from __future__ import annotations

import base64

import pytest


def test_new_collection_is_there_at_once(azure):
    """201 with everything in it; no operation to follow."""
    answer = azure.call(
        "PUT",
        azure.target,
        {"location": "northeurope", "tags": {"team": "dr"}, "properties": {"source": {"id": azure.source}}},
    )

    body = answer.json()
    assert 201 == answer.status_code
    assert "azure-asyncoperation" not in answer.headers
    assert "Microsoft.Compute/restorePointCollections" == body["type"]
    assert {"team": "dr"} == body["tags"]
    assert "Succeeded" == body["properties"]["provisioningState"]
    assert body["properties"]["restorePointCollectionId"]


def test_source_is_written_back_in_other_words(azure):
    """The 201 has no leading slash in source.id, and the location in capitals."""
    created = azure.make_target().json()["properties"]["source"]
    read = azure.call("GET", azure.target).json()["properties"]["source"]

    assert {"id": azure.source.lstrip("/"), "location": "WestEurope"} == created
    assert {"id": azure.source, "location": "WestEurope"} == read


@pytest.mark.parametrize(
    ("style", "expected"), [("compact", "WestEurope"), ("display", "West Europe"), ("given", "westeurope")]
)
def test_location_style_is_a_setting(make_azure, style, expected):
    """location_style decides how a source's location comes back."""
    azure = make_azure(location_style=style)

    assert expected == azure.make_target().json()["properties"]["source"]["location"]


def test_same_request_again_answers_200(azure):
    """A PUT of a collection that is as asked changes nothing."""
    first = azure.make_target()
    second = azure.make_target(location="North Europe")

    assert [201, 200] == [first.status_code, second.status_code]
    assert (
        first.json()["properties"]["restorePointCollectionId"]
        == second.json()["properties"]["restorePointCollectionId"]
    )


def test_put_replaces_tags_and_patch_without_tags_keeps_them(azure):
    """PUT without tags removes them; PATCH changes them only if it has some."""
    azure.make_target()
    tagged = azure.call("PATCH", azure.target, {"tags": {"a": "1"}}).json()
    kept = azure.call("PATCH", azure.target, {"properties": {}}).json()
    replaced = azure.make_target().json()

    assert [{"a": "1"}, {"a": "1"}] == [tagged["tags"], kept["tags"]]
    assert "tags" not in replaced


def test_other_source_is_refused(azure):
    """The source of a collection is for ever, by PUT and by PATCH."""
    azure.make_target()
    body = {"location": "northeurope", "properties": {"source": {"id": azure.machine}}}

    refused = [
        azure.call("PUT", azure.target, body),
        azure.call("PATCH", azure.target, {"properties": body["properties"]}),
    ]

    assert [(409, "PropertyChangeNotAllowed")] * 2 == [azure.refusal(answer) for answer in refused]


def test_other_location_is_refused(azure):
    """A collection does not move."""
    azure.make_target()

    assert (409, "InvalidResourceLocation") == azure.refusal(azure.make_target(location="uksouth"))


def test_instant_access_changes_only_if_set_so(make_azure):
    """The schema lets it change and the documentation does not: instant_access_update decides."""
    strict, lenient = make_azure(), make_azure(instant_access_update="accepted")
    answers = []
    for azure in (strict, lenient):
        azure.make_target()
        answers.append(azure.call("PATCH", azure.target, {"properties": {"instantAccess": True}}))

    assert (409, "PropertyChangeNotAllowed") == strict.refusal(answers[0])
    assert answers[1].json()["properties"]["instantAccess"] is True


@pytest.mark.parametrize("location", ["nowhere", "", None])
def test_location_must_be_a_region(azure, location):
    """A typo in a location is refused with the regions there are."""
    body = {"location": location, "properties": {"source": {"id": azure.source}}}

    status, word = azure.refusal(azure.call("PUT", azure.target, body))

    assert 400 == status
    assert word in {"LocationRequired", "LocationNotAvailableForResourceType"}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (None, (400, "InvalidParameter")),
        ("web-1", (400, "InvalidParameter")),
        ("{source}/restorePoints/daily-1", (400, "InvalidParameter")),
        ("{source}-gone", (404, "ResourceNotFound")),
        ("{machine}-gone", (404, "ResourceNotFound")),
        ("{machine}", (400, "InvalidParameter")),
    ],
    ids=["none", "a name", "a restore point", "no such collection", "no such VM", "a VM elsewhere"],
)
def test_source_must_be_there_and_fit(azure, source, expected):
    """A source is a VM in the same region, or a collection in another."""
    text = None if source is None else source.format(source=azure.source, machine=azure.machine)

    assert expected == azure.refusal(azure.make_target(source=text))


def test_copies_need_another_region(azure):
    """A collection of copies in its source's region is refused."""
    assert (400, "InvalidParameter") == azure.refusal(azure.make_target(location="West Europe"))


@pytest.mark.parametrize("name", ["-copies", "copies.", "a" * 81, "cop ies", "_copies", "kopiën"])
def test_name_must_follow_the_rule(azure, name):
    """Names that Compute does not accept are refused with its pattern."""
    answer = azure.make_target(azure.target.replace("web-1-copies", name))

    assert (400, "InvalidParameter") == azure.refusal(answer)
    assert "validation rule" in answer.json()["error"]["message"]


def test_expand_shows_restore_points_without_instance_view(azure):
    """Without $expand a collection does not say what it holds."""
    plain = azure.call("GET", azure.source).json()["properties"]
    expanded = azure.call("GET", azure.source, expand="restorePoints").json()["properties"]

    assert "restorePoints" not in plain
    assert ["daily-1", "daily-2", "daily-3"] == [point["name"] for point in expanded["restorePoints"]]
    assert all("instanceView" not in point["properties"] for point in expanded["restorePoints"])


def test_unknown_expand_is_refused(azure):
    """An instance view is not for collections, and restorePoints not for restore points."""
    answers = [
        azure.call("GET", azure.source, expand="instanceView"),
        azure.call("GET", f"{azure.source}/restorePoints/daily-1", expand="restorePoints"),
    ]

    assert [(400, "InvalidParameter")] * 2 == [azure.refusal(answer) for answer in answers]


def test_lists_go_page_by_page(make_azure):
    """A `nextLink` is followed as it is, until there is none."""
    azure = make_azure(page_size=2)
    for number in range(4):
        azure.make_target(f"{azure.target}-{number}")
    path = azure.target.rpartition("/")[0]

    first = azure.call("GET", path).json()
    second = azure.follow(first["nextLink"]).json()

    assert [["web-1-copies-0", "web-1-copies-1"], ["web-1-copies-2", "web-1-copies-3"]] == [
        [entry["name"] for entry in page["value"]] for page in (first, second)
    ]
    assert "nextLink" not in second


def test_list_of_the_subscription_has_all_groups(azure):
    """The list without a resource group holds the collections of every one."""
    azure.make_target()
    path = f"{azure.groups.rpartition('/')[0]}/providers/Microsoft.Compute/restorePointCollections"

    assert ["web-1-restore-points", "web-1-copies"] == [e["name"] for e in azure.call("GET", path).json()["value"]]


def test_page_may_be_empty_and_not_the_last(make_azure):
    """empty_first_page makes lists begin with a page without entries."""
    azure = make_azure(empty_first_page=True)
    first = azure.call("GET", azure.source.rpartition("/")[0]).json()

    assert [] == first["value"]
    assert ["web-1-restore-points"] == [entry["name"] for entry in azure.follow(first["nextLink"]).json()["value"]]


@pytest.mark.parametrize("position", ["nowhere", "nan", "inf", "-1", "1e99"])
def test_skip_token_must_be_one_that_was_given(azure, position):
    """An invented token is refused, whatever number is in it."""
    token = base64.urlsafe_b64encode(position.encode()).decode()
    url = f"{azure.source.rpartition('/')[0]}?api-version={azure.compute}&$skipToken={token}"

    assert (400, "InvalidSkipToken") == azure.refusal(azure.follow(url))


def test_collection_that_is_being_deleted_takes_nothing(azure):
    """Neither tags nor restore points, until it is gone and made anew."""
    azure.make_target()
    azure.call("DELETE", azure.target)

    refused = [azure.call("PATCH", azure.target, {"tags": {}}), azure.copy("daily-1"), azure.make_target()]

    assert [(409, "OperationNotAllowed")] * 3 == [azure.refusal(answer) for answer in refused]
    azure.advance(seconds=21)
    assert 201 == azure.make_target().status_code
