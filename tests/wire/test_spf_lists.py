"""Lists of checkpoints and jobs over the wire: filters, pages, and services that take none."""

import re

import httpx
import pytest

from azure_recovery.rest.errors import InvalidInputError, ServiceError, UnexpectedAnswerError
from tests.wire.scripted_spf import ENTITY, JOB, ROOT, STAMP, VM


def test_looking_for_a_checkpoint(spf):
    """The filter is the one that .NET clients send; what a service answers that takes no filter is left out."""
    spf.answers.append(httpx.Response(200, json={"value": [{**ENTITY, "ID": VM}, ENTITY]}))

    found = spf.call("find_checkpoints", VM)

    assert [f"GET {ROOT}/VMCheckPoints?$filter=ID%20eq%20guid%27{VM}%27"] == spf.sent
    assert [VM] == [one.id for one in found]


def test_checkpoints_of_two_stamps(spf):
    """The same id may come from several VMM servers; all of them are returned."""
    spf.answers.append(httpx.Response(200, json={"value": [ENTITY, {**ENTITY, "StampId": VM}]}))

    found = spf.call("find_checkpoints", ENTITY["ID"])

    assert [STAMP, VM] == [one.stamp_id for one in found]


@pytest.mark.parametrize("status", [400, 405, 501])
def test_a_service_that_looks_for_none_without_a_stamp(spf, status):
    """The error is about the input with which nothing has to be looked for, and has the service's words."""
    spf.answers.append(httpx.Response(status, json={"odata.error": {"code": "", "message": {"value": "No stamp."}}}))

    with pytest.raises(
        InvalidInputError, match=rf"^stamp_id: is needed: .*/VMCheckPoints answered {status}: No stamp\."
    ) as caught:
        spf.call("find_checkpoints", VM)

    assert "stamp_id" == caught.value.property


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_a_search_that_is_refused_for_another_reason(spf, status):
    """Naming the stamp would not help."""
    spf.answers.append(httpx.Response(status, json={"odata.error": {"code": "", "message": {"value": "No."}}}))

    with pytest.raises(ServiceError, match=rf"answered {status}: No\."):
        spf.call("find_checkpoints", VM)


def test_checkpoints_of_a_machine(spf):
    """They are asked for with their stamp; those of others, from a service that takes no filter, are left out."""
    others = [{**ENTITY, "VMId": STAMP}, {**ENTITY, "StampId": VM}]
    spf.answers.append(httpx.Response(200, json={"value": [*others, ENTITY]}))

    found = spf.call("checkpoints_of", ENTITY["VMId"], STAMP)

    both = f"StampId%20eq%20guid%27{STAMP}%27%20and%20VMId%20eq%20guid%27{ENTITY['VMId']}%27"
    assert [f"GET {ROOT}/VMCheckPoints?$filter={both}"] == spf.sent
    assert [(ENTITY["ID"], STAMP)] == [(one.id, one.stamp_id) for one in found]


@pytest.mark.parametrize(
    ("link", "target"),
    [
        (f"https://wapserver:30006{ROOT}/VMCheckPoints?$skiptoken=a'b", f"{ROOT}/VMCheckPoints?$skiptoken=a'b"),
        ("VMCheckPoints?$skiptoken=2", f"{ROOT}/VMCheckPoints?$skiptoken=2"),
        (f"{ROOT}/VMCheckPoints?$skiptoken=2", f"{ROOT}/VMCheckPoints?$skiptoken=2"),
    ],
)
def test_several_pages(spf, link, target):
    """A link may be whole or relative to the service root, and has its own query."""
    spf.answers += [
        httpx.Response(200, json={"value": [ENTITY], "odata.nextLink": link}),
        httpx.Response(200, json={"value": [{**ENTITY, "StampId": VM}], "odata.nextLink": None}),
    ]

    found = spf.call("find_checkpoints", ENTITY["ID"])

    assert f"GET {target}" == spf.sent[-1]
    assert 2 == len(found)


def test_a_link_to_another_host(spf):
    """The credential stays here: the request is not made."""
    spf.answers.append(httpx.Response(200, json={"value": [], "odata.nextLink": "https://contoso.com:30005/x"}))

    with pytest.raises(UnexpectedAnswerError, match="leads away from https://wapserver:30006"):
        spf.call("find_checkpoints", VM)

    assert 1 == len(spf.requests)


def test_pages_without_end(spf):
    """A link that was followed before is an error, and no endless loop."""
    page = {"value": [], "odata.nextLink": "VMCheckPoints?$skiptoken=1"}
    spf.answers += [httpx.Response(200, json=page), httpx.Response(200, json=page)]

    with pytest.raises(UnexpectedAnswerError, match="its pages do not end"):
        spf.call("find_checkpoints", VM)


@pytest.mark.parametrize("page", [{"value": {}}, ENTITY, {"value": [1]}, {"value": [], "odata.nextLink": 5}])
def test_a_page_that_is_none(spf, page):
    """One entity, a list of numbers and a link that is none are told as what they are."""
    spf.answers.append(httpx.Response(200, json=page))

    with pytest.raises(UnexpectedAnswerError, match=r"no collection|no entity|no text"):
        spf.call("find_checkpoints", VM)


def test_jobs_of_a_machine(spf):
    """Newest first; jobs of other machines and stamps, from a service that takes no filter, are left out."""
    jobs = [
        {**JOB, "ID": VM, "StartTime": "2014-09-04T05:00:00Z"},
        {**JOB, "StartTime": "2014-09-04T06:00:00Z"},
        {**JOB, "ID": STAMP, "StartTime": None},
        {**JOB, "TargetObjectId": STAMP},
        {**JOB, "TargetObjectId": None},
        {**JOB, "StampId": VM},
    ]
    spf.answers.append(httpx.Response(200, json={"value": jobs}))

    found = spf.call("jobs_of", VM, STAMP)

    both = f"StampId%20eq%20guid%27{STAMP}%27%20and%20TargetObjectId%20eq%20guid%27{VM}%27"
    assert [f"GET {ROOT}/Jobs?$filter={both}"] == spf.sent
    assert [STAMP, JOB["ID"], VM] == [job.id for job in found]


def test_a_service_that_lists_no_jobs(spf):
    """Its refusal gets out as it is: the caller asks for the machine's last task then."""
    for word in ("No filter.", "No property."):
        spf.answers.append(httpx.Response(400, json={"odata.error": {"code": "", "message": {"value": word}}}))

    with pytest.raises(ServiceError, match=r"answered 400: No filter\."):
        spf.call("jobs_of", VM, STAMP)


def test_jobs_by_the_other_spelling_of_their_machine(spf):
    """Asked for when the first is refused, and first of all from then on."""
    refused = {"odata.error": {"code": "", "message": {"value": "Could not find a property named 'TargetObjectId'."}}}
    spf.answers += [httpx.Response(400, json=refused), *(httpx.Response(200, json={"value": [JOB]}) for _ in range(2))]

    async def twice(service):
        return [await service.jobs_of(VM, STAMP) for _ in range(2)]

    found = spf.run(twice)

    assert [[JOB["ID"]]] * 2 == [[job.id for job in jobs] for jobs in found]
    asked = [re.search(r"and%20(\w+)%20eq", sent)[1] for sent in spf.sent]
    assert ["TargetObjectId", "TargetObjectID", "TargetObjectID"] == asked


@pytest.mark.parametrize("status", [403, 404, 405, 501])
def test_jobs_that_are_refused_whatever_they_are_asked_by(spf, status):
    """Only a 400 can be about the name of a property: nothing is asked twice."""
    spf.answers.append(httpx.Response(status, json={"odata.error": {"code": "", "message": {"value": "No."}}}))

    with pytest.raises(ServiceError, match=rf"answered {status}: No\."):
        spf.call("jobs_of", VM, STAMP)
    assert 1 == len(spf.sent)
