"""What an engine does with one resource: checks, creates, replaces in its order, keeps what failed half-way."""

from __future__ import annotations

from typing import Any

from pulumi.runtime.proto import provider_pb2, status_pb2

from azure_recovery.dynamic_providers.inputs import PROVIDER_KEY


class Context:
    """The gRPC context of one call."""

    def __init__(self) -> None:
        self.failure: provider_pb2.ErrorResourceInitFailed | None = None

    def is_active(self) -> bool:
        """Return whether the engine still listens."""
        return True

    def add_callback(self, _callback: Any) -> bool:
        """Take a callback for the end of the call."""
        return True

    def set_trailing_metadata(self, metadata: Any) -> None:
        """Take what is known about a failed initialisation."""
        status = status_pb2.Status.FromString(dict(metadata)["grpc-status-details-bin"])
        self.failure = provider_pb2.ErrorResourceInitFailed()
        assert status.details[0].Unpack(self.failure)


class Request:
    """A request as far as the provider looks at it."""

    urn = "urn:pulumi:s::p::pulumi-python:dynamic/azure_recovery:Resource::it"
    timeout = 0.0


class _Config:
    class config:  # noqa: N801
        @staticmethod
        def get(_key: str) -> None:
            return None


class CheckFailed(Exception):  # noqa: N818 - what the engine calls it
    """Inputs that cannot work: `properties` maps the property to the reason."""

    def __init__(self, failures: Any) -> None:
        self.properties = {failure.property: failure.reason for failure in failures}
        super().__init__(str(self.properties))


class Stack:
    """A stack with one resource.

    Attributes:
        id: Of the resource, or "". inputs, outputs: As in the state. unready: Why its initialisation failed, or "".
        pending: Id and outputs of what is still to be deleted.
    """

    def __init__(self, kind: type[Any]) -> None:
        self._provider = kind()
        self._provider.configure(_Config())
        self.id = ""
        self.inputs: dict[str, Any] = {}
        self.outputs: dict[str, Any] = {}
        self.unready = ""
        self.pending: list[tuple[str, dict[str, Any]]] = []

    def check(self, news: dict[str, Any]) -> dict[str, Any]:
        """Return the inputs as checked, or raise CheckFailed."""

        def Check(request: Request, context: Context) -> Any:  # noqa: N802 - the frame that the bridge looks for
            return self._provider.check(dict(self.inputs), dict(news))

        result = Check(Request(), Context())
        if result.failures:
            raise CheckFailed(result.failures)
        return result.inputs | {PROVIDER_KEY: news[PROVIDER_KEY]}

    preview = check

    def up(self, news: dict[str, Any], *, replace: bool = False, timeout: float = 0.0) -> str:
        """Bring the resource to *news* and return what that took: create, update, replace, same.

        Args:
            news: What the program says. replace: As `--target-replace` does it. timeout: `custom_timeouts`.
        """
        inputs = self.check(news)
        if not self.id:
            self._create(inputs, timeout)
            return "create"
        diff = self._provider.diff(self.id, dict(self.outputs), dict(inputs))
        if replace or diff.replaces:
            assert not diff.delete_before_replace
            self.pending.append((self.id, self.outputs))
            old = (self.id, self.inputs, self.outputs, self.unready)
            try:
                self._create(inputs, timeout)
            except Exception:
                if not self.id or self.id == old[0]:
                    self.pending.pop()
                    self.id, self.inputs, self.outputs, self.unready = old
                raise
            self.delete_pending()
            return "replace"
        if diff.changes or self.unready:
            self._update(inputs, timeout)
            return "update"
        return "same"

    def delete_pending(self, timeout: float = 0.0) -> None:
        """Delete what replacements left."""
        for id_, outputs in list(self.pending):
            self._delete(id_, outputs, timeout)
            self.pending.remove((id_, outputs))

    def refresh(self) -> None:
        """Take over what is there."""
        context = Context()

        def Read(request: Request, context: Context) -> Any:  # noqa: N802
            return self._provider.read(self.id, dict(self.outputs))

        try:
            result = Read(Request(), context)
        except Exception as error:
            if context.failure is None:
                raise
            self.unready = str(error)
            return
        self.id, self.outputs, self.inputs = result.id, result.outs, result.inputs or {}
        self.unready = ""

    def destroy(self, *, timeout: float = 0.0) -> None:
        """Delete everything; *timeout* as `custom_timeouts`."""
        self.delete_pending(timeout)
        if self.id:
            self._delete(self.id, self.outputs, timeout)
            self.id, self.inputs, self.outputs = "", {}, {}

    def _create(self, inputs: dict[str, Any], timeout: float) -> None:
        def Create(request: Request, context: Context) -> Any:  # noqa: N802
            return self._provider.create(dict(inputs))

        self._keep(Create, inputs, timeout)

    def _update(self, inputs: dict[str, Any], timeout: float) -> None:
        id_, outputs = self.id, dict(self.outputs)

        def Update(request: Request, context: Context) -> Any:  # noqa: N802
            return self._provider.update(id_, outputs, dict(inputs))

        self._keep(Update, inputs, timeout)

    def _keep(self, verb: Any, inputs: dict[str, Any], timeout: float) -> None:
        request, context = Request(), Context()
        request.timeout = timeout
        try:
            result = verb(request, context)
        except Exception as error:
            if context.failure is not None:
                self.id, self.inputs, self.unready = context.failure.id, inputs, str(error)
                self.outputs = dict(context.failure.properties)
            raise
        self.id, self.outputs = getattr(result, "id", self.id), result.outs
        self.inputs, self.unready = inputs, ""

    def _delete(self, id_: str, outputs: dict[str, Any], timeout: float) -> None:
        def Delete(request: Request, context: Context) -> Any:  # noqa: N802
            return self._provider.delete(id_, dict(outputs))

        request = Request()
        request.timeout = timeout
        Delete(request, Context())
