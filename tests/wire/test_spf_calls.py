"""What every call on System Center has, over the wire: address, headers, credential, and what is read."""

import httpx
import pytest

from azure_recovery.rest.errors import InvalidInputError, NotFoundError, ServiceError, UnexpectedAnswerError
from azure_recovery.rest.spf.address import SPF_ROOT, service_root
from tests.wire.scripted_spf import ENTITY, ERROR, JOB, READS, ROOT, STAMP, SUBSCRIPTION, TOKEN, VM, checkpoint


def test_the_spelling_of_the_headers(spf):
    """Names that the page spells with capitals go over the wire with them: not every front end reads them without."""
    spf.answers.append(httpx.Response(204))

    spf.call("restore", checkpoint())

    spelled = {name.decode() for name, _ in spf.requests[0].headers.raw}
    assert {"DataServiceVersion", "MaxDataServiceVersion", "DataServiceUrlConventions", "Accept-Charset"} <= spelled


def test_headers_that_are_not_sent(spf):
    """Nothing is promised that httpx does not keep, and a read says nothing about a body."""
    spf.answers += [httpx.Response(204), httpx.Response(200, json=ENTITY)]

    spf.call("restore", checkpoint())
    spf.call("get_checkpoint", VM, STAMP)

    restore, read = spf.requests
    assert not {"expect", "x-ms-client-request-id"} & set(restore.headers)
    assert not {"content-type", "content-length"} & set(read.headers)


def test_principal_by_default(spf):
    """The service demands the header and takes any value."""
    spf.answers.append(httpx.Response(200, json=ENTITY))

    spf.call("get_checkpoint", VM, STAMP)

    assert "azure-recovery" == spf.requests[0].headers["x-ms-principal-id"]


@pytest.mark.parametrize("principal", ["two\nlines", "naïve@contoso.com", "a\x00b"])
def test_principal_that_fits_into_no_header(spf, principal):
    """It is refused by the name of its input, before anything is sent."""
    with pytest.raises(InvalidInputError, match=r"^principal_id: "):
        spf.call("get_checkpoint", VM, STAMP, principal_id=principal)


@pytest.mark.parametrize("method", READS)
def test_reads(spf, method):
    """A checkpoint, a machine and a job are addressed by both parts of their key, with the service root before it."""
    spf.answers.append(httpx.Response(200, json={**ENTITY, **JOB}))

    found = spf.call(method, VM.upper(), f"{{{STAMP}}}")

    assert [f"GET {ROOT}/{READS[method]}"] == spf.sent
    assert JOB["ID"] == found.id


@pytest.mark.parametrize("method", READS)
@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_reads_are_repeated(spf, method, status):
    """What passes by itself is asked again after what the service asks for, and told."""
    spf.answers += [
        httpx.Response(status, headers={"retry-after": "7"}),
        httpx.ReadError("reset"),
        httpx.Response(200, json={**ENTITY, **JOB}),
    ]

    spf.call(method, VM, STAMP, retry=True, options={"on_wait": spf.note})

    assert [7.0, 2.0] == spf.clock.sleeps
    assert "no answer" == spf.waits[-1]


def test_a_redirect_is_not_followed(spf):
    """A login page elsewhere gets no credential."""
    spf.answers.append(httpx.Response(302, headers={"location": "https://login.example/"}))

    with pytest.raises(ServiceError, match="answered 302"):
        spf.call("get_checkpoint", VM, STAMP)

    assert 1 == len(spf.requests)


def test_a_checkpoint_that_is_not_there(spf):
    """The service's own words stand in the error; its empty code does not."""
    spf.answers.append(httpx.Response(404, json=ERROR, headers={"request-id": "of-iis"}))

    with pytest.raises(NotFoundError) as caught:
        spf.call("get_checkpoint", VM, STAMP)

    assert (
        f"GET https://wapserver:30006{ROOT}/VMCheckPoints(ID=guid'{VM}',StampId=guid'{STAMP}') answered 404: "
        f"{ERROR['odata.error']['message']['value']} [request id of-iis]"
    ) == str(caught.value)


@pytest.mark.parametrize("field", ["ID", "StampId", "VMId"])
@pytest.mark.parametrize("value", [None, "no-guid", 7])
def test_a_checkpoint_without_what_a_restore_needs(spf, field, value):
    """The error names the property and never its value."""
    spf.answers.append(httpx.Response(200, json={**ENTITY, field: value}))

    with pytest.raises(UnexpectedAnswerError, match=f"its body does not fit at {field}: ") as caught:
        spf.call("get_checkpoint", VM, STAMP)

    assert "no-guid" not in str(caught.value)


@pytest.mark.parametrize("body", [b"<html><title>Sign in</title></html>", b"[]", b""])
def test_a_body_that_is_no_entity(spf, body):
    """One line says what came instead."""
    spf.answers.append(httpx.Response(200, content=body))

    with pytest.raises(UnexpectedAnswerError, match=r"Sign in|is a JSON list|is empty"):
        spf.call("get_checkpoint", VM, STAMP)


def test_ids_that_are_none(spf):
    """Nothing is asked for them; the error names the input."""
    with pytest.raises(InvalidInputError, match=r"^checkpoint_id: 'before-patch' is no GUID"):
        spf.call("get_checkpoint", "before-patch", STAMP)
    with pytest.raises(InvalidInputError, match=r"^stamp_id: "):
        spf.call("get_job", VM, "")


def test_below_spf_itself(spf):
    """The same entities stand below the root of the service that Windows Azure Pack asks."""
    spf.answers.append(httpx.Response(200, json=ENTITY))
    root = service_root("https://spf:8090", SUBSCRIPTION, SPF_ROOT)

    spf.call("get_checkpoint", VM, STAMP, root=root)

    below = f"/SC2012R2/VMM/{SUBSCRIPTION}/Microsoft.Management.Odata.svc"
    assert [f"GET {below}/{READS['get_checkpoint']}"] == spf.sent


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        (TOKEN, "Bearer token-of-a-test"),
        (
            {"AZURE_RECOVERY_SPF_USERNAME": "CONTOSO\\operator", "AZURE_RECOVERY_SPF_PASSWORD": "of a tést"},
            "Basic Q09OVE9TT1xvcGVyYXRvcjpvZiBhIHTDqXN0",
        ),
        ({"AZURE_RECOVERY_SPF_CLIENT_CERTIFICATE_PATH": "client.pem"}, None),
    ],
)
def test_each_way_to_log_in(spf, env, expected):
    """A token and a password stand in the header that they belong to; a certificate is the connection's own."""
    spf.answers.append(httpx.Response(200, json=ENTITY))

    spf.call("get_checkpoint", VM, STAMP, env=env)

    assert expected == spf.requests[0].headers.get("authorization")


def test_a_token_that_is_refused(spf):
    """It is fixed, so it is not tried again; the page of IIS is told in a line, without the token."""
    spf.answers.append(
        httpx.Response(
            401,
            html="<html><head><title>401 - Unauthorized: Access is denied.</title></head><body>Bearer token-of-a-test",
        )
    )

    with pytest.raises(ServiceError, match=r"answered 401: 401 - Unauthorized: Access is denied\.$") as caught:
        spf.call("get_checkpoint", VM, STAMP, retry=True)

    assert "token-of-a-test" not in str(caught.value)
    assert 1 == len(spf.requests)
