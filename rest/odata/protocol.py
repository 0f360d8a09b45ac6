"""The headers of every request, as Microsoft's .NET client writes them, and how refusals are read.

A service of this version answers in the Atom format unless it is asked for another.
`Expect: 100-continue`, which the .NET client sends with a body, is left out: httpx cannot wait for the answer to it.

Source: checkpoint page; OData 3.0.
"""

from __future__ import annotations

from azure_recovery.rest.dialect import Dialect
from azure_recovery.rest.odata.errors import read_error

MEDIA_TYPE = "application/json;odata=minimalmetadata"
VERSION = "3.0;NetFx"

HEADERS = {
    "DataServiceVersion": VERSION,
    "MaxDataServiceVersion": VERSION,
    "Accept-Charset": "UTF-8",
    "DataServiceUrlConventions": "KeyAsSegment",
}
USER_AGENT = "Microsoft ADO.NET Data Services"


def dialect(scheme: str) -> Dialect:
    """Return how OData is spoken to a service that takes credentials of *scheme*, `Bearer` or `Basic`."""
    return Dialect(
        accept=MEDIA_TYPE, content_type=MEDIA_TYPE, scheme=scheme, client_request_id=False, read_error=read_error
    )
