"""Where the VMM service is, from what a user writes."""

from __future__ import annotations

import pytest

from azure_recovery.rest.errors import InvalidInputError
from azure_recovery.rest.spf.address import SPF_ROOT, service_root

SUBSCRIPTION = "BA4146FA-FB41-41B6-A7C0-2B4FF4C3F7E3"
BELOW_WAP = f"/{SUBSCRIPTION}/services/systemcenter/vmm"
BELOW_SPF = f"/SC2012R2/VMM/{SUBSCRIPTION}/Microsoft.Management.Odata.svc"


@pytest.mark.parametrize(
    ("base_url", "api_root", "origin", "path"),
    [
        ("https://wapserver:30006", "", "https://wapserver:30006", BELOW_WAP),
        ("https://WapServer:30006/", "", "https://wapserver:30006", BELOW_WAP),
        (" https://wapserver ", "", "https://wapserver", BELOW_WAP),
        ("https://spf:8090", SPF_ROOT, "https://spf:8090", BELOW_SPF),
        ("https://spf:8090", f"/{SPF_ROOT}/", "https://spf:8090", BELOW_SPF),
        (f"https://spf:8090{BELOW_SPF}/", "", "https://spf:8090", BELOW_SPF),
        ("https://proxy/tenants/{subscription_id}/vmm", "", "https://proxy", f"/tenants/{SUBSCRIPTION}/vmm"),
        ("https://proxy", "vmm", "https://proxy", "/vmm"),
        ("https://proxy", "väter/vmm", "https://proxy", "/v%C3%A4ter/vmm"),
        ("https://[::1]:30006", "", "https://[::1]:30006", BELOW_WAP),
        ("http://127.0.0.1:30006", "", "http://127.0.0.1:30006", BELOW_WAP),
    ],
)
def test_roots(base_url, api_root, origin, path):
    """An origin is filled up; a whole address is taken as it is; the subscription keeps its casing."""
    root = service_root(base_url, SUBSCRIPTION, api_root)

    assert (origin, path, origin + path) == (root.origin, root.path, str(root))


@pytest.mark.parametrize(
    ("name", "base_url", "api_root"),
    [
        ("base_url", "wapserver:30006", ""),
        ("base_url", "ftp://wapserver", ""),
        ("base_url", "https://", ""),
        ("base_url", "https://wapserver:port", ""),
        ("base_url", "https://wapserver:30006?x=1", ""),
        ("base_url", "https://wapserver:30006/#vmm", ""),
        ("base_url", "http://wapserver:30006", ""),
        ("base_url", "https://wapserver/{subscription}/vmm", ""),
        ("base_url", "https://wapserver/../vmm", ""),
        ("base_url", "https://[::1", ""),
        ("api_root", "https://wapserver", "vmm?x=1"),
        ("api_root", "https://wapserver", "{tenant}/vmm"),
        ("api_root", "https://wapserver", "a//b"),
        ("api_root", "https://wapserver/vmm", "vmm"),
    ],
)
def test_what_is_no_address(name, base_url, api_root):
    """The error names the input that cannot be."""
    with pytest.raises(InvalidInputError) as caught:
        service_root(base_url, SUBSCRIPTION, api_root)

    assert name == caught.value.property
    assert "\n" not in str(caught.value)


def test_credentials_in_the_address():
    """They would end up in the state; the error does not repeat them."""
    with pytest.raises(InvalidInputError, match="credentials belong into the configuration") as caught:
        service_root("https://operator:MARKER@spf:8090", SUBSCRIPTION)

    assert "MARKER" not in str(caught.value)


@pytest.mark.parametrize("subscription", ["", "production", f"{SUBSCRIPTION}/..", f"{{{SUBSCRIPTION}}}"])
def test_a_subscription_that_is_none(subscription):
    """It is part of the path, so nothing but a GUID gets there."""
    with pytest.raises(InvalidInputError, match=r"^subscription_id: "):
        service_root("https://wapserver:30006", subscription)


@pytest.mark.parametrize(
    ("base_url", "expected"),
    [
        ("https://127.0.0.1:1", True),
        ("https://localhost", True),
        ("https://[::1]:5", True),
        ("https://spf:8090", False),
    ],
)
def test_this_machine(base_url, expected):
    """Only there a clock may be turned."""
    assert expected == service_root(base_url, SUBSCRIPTION).is_loopback
