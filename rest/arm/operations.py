"""Long-running operations: the loop that follows one to its end, as `operation_steps` says.

The URLs are signed, some three kilobytes long, and followed byte for byte. They are credentials: they are in no error,
no representation and no log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

from azure_recovery.rest.arm.operation_states import OperationState
from azure_recovery.rest.arm.operation_steps import (
    Ended,
    Finished,
    Running,
    Step,
    after_failed_look,
    first_step,
    next_step,
)
from azure_recovery.rest.asking import unless_gone
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.errors import (
    AzureRecoveryError,
    OperationCanceledError,
    OperationFailedError,
    OperationTimedOutError,
)
from azure_recovery.rest.looking import Patience
from azure_recovery.rest.retrying import OnWait, Repeat, Wait
from azure_recovery.rest.transport import Answer, Transport


class Operation:
    """A request that was accepted, to be followed to its end.

    Attributes:
        accepted: The answer that accepted it; of a PUT its body is the resource as it is being made.
        what: The request, `PUT /subscriptions/…`, for messages.
        step: What is known so far.
    """

    def __init__(self, transport: Transport, accepted: Answer) -> None:
        self.accepted = accepted
        self.what = f"{accepted.method} {urlsplit(accepted.url).path}"
        self.step: Step = first_step(accepted, transport.service_now())
        self._transport = transport
        self._patience = Patience(had_token=True)

    def __repr__(self) -> str:
        return f"<Operation {self.what}: {type(self.step).__name__}>"

    async def finish(
        self, deadline: Deadline | None = None, *, on_wait: OnWait | None = None, read_result: bool = True
    ) -> Answer | None:
        """Follow it to its end.

        Args:
            deadline: Until when; the last look is taken when it passes. Without one, for ever.
            on_wait: Told of each failed look and of each pause that throttling makes.
            read_result: Whether to GET the result where the operation only says where it is. Leave it out if the
                resource is looked at next anyway.

        Returns:
            The result: the resource of a PUT, nothing of a DELETE, and None where `read_result` is False.

        Raises:
            OperationFailedError: It failed, with the service's words.
            OperationCanceledError: It was canceled.
            OperationTimedOutError: It is still running, or could not be looked at, when the deadline passed.
            ConfigurationError: There was no token for looks in a row, or there is none for the result.
            ServiceError: Or one of its kinds, NoAnswerError, UnexpectedAnswerError: the result could not be read, as of
                `Transport.send`; the operation has succeeded.
        """
        waiting = deadline or Deadline(self._transport.clock, None)
        trouble: AzureRecoveryError | None = None
        while isinstance(self.step, Running):
            pause = min(self.step.pause_s, waiting.left_s)
            if trouble and on_wait:
                on_wait(self._told(trouble, pause))
            await self._transport.clock.sleep(pause)
            trouble = await self._look(self.step, waiting, on_wait)
            if waiting.passed and isinstance(self.step, Running):
                raise OperationTimedOutError(
                    what=self.what, waited_s=waiting.waited_s, text=f"last look: {trouble}" if trouble else ""
                )
        if isinstance(self.step, Ended):
            error = OperationCanceledError if self.step.state is OperationState.CANCELED else OperationFailedError
            raise error(
                what=self.what,
                code=self.step.code,
                text=self.step.text,
                waited_s=waiting.waited_s,
                request_id=self.step.request_id,
            )
        if self.step.result_url and read_result:
            result = await self._transport.send("GET", self.step.result_url, deadline=deadline, on_wait=on_wait)
            self.step = replace(self.step, result=result)
        return self.step.result

    async def _look(self, running: Running, deadline: Deadline, on_wait: OnWait | None) -> AzureRecoveryError | None:
        """Take one look and the step that follows from it; return what went wrong with the look."""
        try:
            answer = await self._transport.send("GET", running.look_at, deadline=deadline, on_wait=on_wait)
            self.step = next_step(running, answer, self._transport.service_now())
        except AzureRecoveryError as error:
            self._patience.bear(error)
            self.step = after_failed_look(running, error)
            return error
        self._patience.bear(None)
        return None

    def _told(self, trouble: AzureRecoveryError, pause: float) -> Wait:
        until = self._transport.service_now() + timedelta(seconds=pause)
        return Wait(reason=f"the operation's status could not be read ({trouble})", seconds=pause, until=until)


async def delete(
    transport: Transport,
    target: str,
    *,
    query: Mapping[str, str],
    deadline: Deadline | None = None,
    on_wait: OnWait | None = None,
) -> Operation | None:
    """DELETE the resource at the path *target*.

    Returns:
        The deletion to follow, or None when nothing is left to delete.

    Raises:
        NotFoundError: A 404 that is not ARM's own, which says nothing about the resource.
    """
    answer = await unless_gone(
        transport.send("DELETE", target, query=query, repeat=Repeat.SAFE, deadline=deadline, on_wait=on_wait)
    )
    if answer is None:
        return None
    operation = Operation(transport, answer)
    return None if isinstance(operation.step, Finished) else operation
