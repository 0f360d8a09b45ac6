"""Where the VMM service of a Service Provider Foundation is.

Two front ends serve it, with the same entities below another root:

- Windows Azure Pack's tenant API, `https://wapserver:30006/{subscription}/services/systemcenter/vmm`;
- SPF itself, `https://spf:8090/SC2012R2/VMM/{subscription}/Microsoft.Management.Odata.svc`.

Source: checkpoint page; Windows Azure Pack, VMM URLs (dn750758).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from azure_recovery.rest.clouds import is_loopback
from azure_recovery.rest.errors import InvalidInputError
from azure_recovery.rest.guids import is_guid
from azure_recovery.rest.redaction import quoted

WAP_ROOT = "{subscription_id}/services/systemcenter/vmm"
"""Of Windows Azure Pack's Service Management API, port 30006 (client certificate) or 30005 (bearer token)."""
SPF_ROOT = "SC2012R2/VMM/{subscription_id}/Microsoft.Management.Odata.svc"
"""Of SPF itself, port 8090 (Basic). System Center 2012 without R2 says `SC2012`."""

_PLACE = "{subscription_id}"
_EXAMPLE = "https://wapserver:30006"


@dataclass(frozen=True, slots=True)
class ServiceRoot:
    """The root of one subscription's VMM service.

    Attributes:
        origin: `https://wapserver:30006`, in lower case.
        path: `/{subscription}/services/systemcenter/vmm`, without a final slash.
    """

    origin: str
    path: str

    def __str__(self) -> str:
        """Return the whole address."""
        return f"{self.origin}{self.path}"

    @property
    def is_loopback(self) -> bool:
        """Whether it is on this machine."""
        return is_loopback(urlsplit(self.origin).hostname or "")


def service_root(base_url: str, subscription_id: str, api_root: str = "") -> ServiceRoot:
    """Return where the entities are.

    Args:
        base_url: Origin, `https://wapserver:30006`; one with a path is the whole address, and leaves no `api_root`.
        subscription_id: GUID, in the casing in which the service is to see it.
        api_root: Path below the origin, in which `{subscription_id}` stands for the subscription; `WAP_ROOT` if empty.

    Raises:
        InvalidInputError: One of them cannot be part of an address; the error names the input.
    """
    subscription = subscription_id.strip()
    if not is_guid(subscription):
        raise InvalidInputError(property="subscription_id", reason=f"{quoted(subscription_id)} is no GUID")
    origin, own_path = _taken_apart(base_url)
    if own_path and api_root.strip():
        raise InvalidInputError(
            property="api_root",
            reason=f"base_url has a path of its own, {quoted(own_path)}: leave one of the two out",
        )
    template = own_path or api_root.strip().strip("/") or WAP_ROOT
    path = template.replace(_PLACE, subscription)
    if re.search(r"[{}?#\\\s]", path) or any(part in {"", ".", ".."} for part in path.split("/")):
        name = "base_url" if own_path else "api_root"
        raise InvalidInputError(
            property=name, reason=f"{quoted(template)} is no path such as {WAP_ROOT}; {_PLACE} is all that is filled in"
        )
    return ServiceRoot(origin, "/" + quote(path, safe="/:@!$&'()*+,;=~%"))


def _taken_apart(base_url: str) -> tuple[str, str]:
    reason = f"{quoted(base_url)} is no address such as {_EXAMPLE}"
    try:
        parts = urlsplit(base_url.strip())
        port = parts.port  # raises where it is no number
    except ValueError:
        raise InvalidInputError(property="base_url", reason=reason) from None
    if parts.username or parts.password:
        raise InvalidInputError(
            property="base_url", reason="it holds a user name: credentials belong into the configuration"
        )
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise InvalidInputError(property="base_url", reason=reason)
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise InvalidInputError(
            property="base_url", reason=f"{quoted(base_url)} has no https: credentials would go in the clear"
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port is not None else ""), parts.path.strip("/")
