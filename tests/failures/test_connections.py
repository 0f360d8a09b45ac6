"""What a connection says that fails, over HTTP and in the process in which all other faults are tested."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from azure_recovery.rest.clock import Clock, SystemClock
from azure_recovery.rest.errors import NoAnswerError, ServiceError
from azure_recovery.rest.retrying import RetryPolicy
from azure_recovery.rest.transport import Answer, Transport
from tests.failures.document import cells, matches
from tests.providers.conftest import Azure, MakeAzure
from tests.providers.services import EmulatorToken
from tests.providers.worlds import DAILY, SOURCE

ROWS = {cell.row: cell.line for cell in cells("What Azure answers") if " " not in cell.row}
PATIENCE_S = 0.3
"""Wall seconds for an answer that never comes."""


def asked(azure: Azure, served: bool, patience_s: float) -> Answer:
    """Send one request, once, by a transport as it is shipped."""

    async def ask(clock: Clock) -> Answer:
        http = httpx.AsyncClient(transport=azure.connections(), timeout=patience_s)
        transport = Transport(
            endpoint=azure.url, token=EmulatorToken(), clock=clock, http=http, policy=RetryPolicy(attempts=1)
        )
        try:
            return await transport.send("GET", f"{DAILY}1", query={"api-version": "2026-04-01"})
        finally:
            await transport.aclose()

    if served:
        return asyncio.run(ask(SystemClock()))
    answer: Answer = azure.clock.run(ask(azure.clock))
    return answer


@pytest.mark.parametrize("served", [True, False], ids=["over HTTP", "in process"])
@pytest.mark.parametrize("fault", ROWS)
def test_one_request(make_azure: MakeAzure, fault: str, served: bool) -> None:
    """Its error has the documented words, wherever the emulator is."""
    azure = make_azure(served=served)
    azure.fault(fault, path=f"{SOURCE}/*", count=0)

    with pytest.raises((NoAnswerError, ServiceError)) as failed:
        asked(azure, served, PATIENCE_S if fault.startswith("hang") else 60.0)

    line = f"GET <endpoint><id> {ROWS[fault]}"
    assert matches(line, str(failed.value), {"id": f"{DAILY}1"}), f"{line}\nand it was\n{failed.value}"
    azure.control("DELETE", "faults")
