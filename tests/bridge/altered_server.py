"""The SDK's own server with something private of it changed, as a later release might change it.

Started like `python -m pulumi.dynamic ADDRESS`; `ALTERED` names the changes, separated by commas:

    request, context, server   the variable has another name
    argv                       the engine's address is not in sys.argv
    pool                       an executor without `_max_workers`
    handlers                   a handler without `_method_handlers`
    registered                 the methods are registered too, as newer grpcio-tools generate it
"""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

altered = set(os.environ["ALTERED"].split(","))


class Pool:
    """An executor that keeps its size to itself."""

    def __init__(self, max_workers: int) -> None:
        self.__pool = futures.ThreadPoolExecutor(max_workers)
        self.submit = self.__pool.submit
        self.shutdown = self.__pool.shutdown


class Handler(grpc.GenericRpcHandler):
    """A handler that keeps its methods to itself."""

    def __init__(self, service: str, methods: dict[str, Any]) -> None:
        self.__methods = {f"/{service}/{name}": handler for name, handler in methods.items()}

    def service(self, handler_call_details: Any) -> Any:
        """Return the handler of a call."""
        return self.__methods.get(handler_call_details.method)


class Registering:
    """A server to which every method is added twice."""

    def __init__(self, server: Any) -> None:
        self._server = server

    def add_generic_rpc_handlers(self, handlers: Any) -> None:
        """Add the methods of *handlers*, and register them."""
        self._server.add_generic_rpc_handlers(handlers)
        for handler in handlers:
            methods = {path.rpartition("/")[2]: method for path, method in handler._method_handlers.items()}
            self._server.add_registered_method_handlers(handler.service_name(), methods)


def source() -> str:
    """Return the server's source with other names in it."""
    spec = importlib.util.find_spec("pulumi.dynamic.__main__")
    assert spec is not None
    assert spec.origin is not None
    text = Path(spec.origin).read_text(encoding="utf-8")
    for name in altered & {"request", "context", "server"}:
        text, count = re.subn(rf"(?<![.\w]){name}\b", f"{name}_2", text)
        assert count > 1, f"the server has no {name} any more"
    if "pool" in altered:
        text, count = re.subn(r"\bfutures\.ThreadPoolExecutor\(", "Pool(", text)
        assert count == 1, "the server makes its pool in another way"
    return text


if "handlers" in altered:
    grpc.method_handlers_generic_handler = Handler
if "registered" in altered:
    add = provider_pb2_grpc.add_ResourceProviderServicer_to_server
    provider_pb2_grpc.add_ResourceProviderServicer_to_server = lambda servicer, server: add(
        servicer, Registering(server)
    )
if "argv" in altered:
    del sys.argv[1:]
exec(compile(source(), "altered", "exec"), {"__name__": "__main__", "Pool": Pool})
