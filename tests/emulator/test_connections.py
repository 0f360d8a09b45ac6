"""Connections that are cut on demand."""

from __future__ import annotations

import asyncio

import pytest

from azure_recovery.emulator.connections import Connections, NoConnectionError

GONE = {"type": "http", "client": ("127.0.0.1", 50_000), "server": ("127.0.0.1", 80)}


def test_a_caller_that_has_gone_already():
    """Its connection is cut: nothing is left to do, and nothing to log."""
    connections = Connections()
    connections.protocol()

    asyncio.run(connections.cut(GONE))


def test_an_application_without_a_server():
    """Nobody would ever notice that the connection is not cut: that is a mistake in the test that asks for it."""
    with pytest.raises(NoConnectionError):
        asyncio.run(Connections().cut(GONE))
