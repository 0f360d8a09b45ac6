"""The calls on checkpoints, machines and jobs of the VMM service.

A restore is an update of a checkpoint with `VMCheckPointAction: "Restore"`. The answer, 204 without a body, says that
it was *accepted*; a job does the work, and the answer names none. Each such request rolls the machine back once more,
so it is sent once: not after a lost connection, not after a 503, not after a 429.

Source: checkpoint page; VMCheckPoint (dn785083, dn785078), VMCheckPoints (jj906385), Jobs (jj906397), asynchronous
calls (jj643285).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Literal

from azure_recovery.rest.bodies import Model, fitted
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.errors import InvalidInputError, NoAnswerError, ServiceError, UnexpectedAnswerError
from azure_recovery.rest.odata import collections
from azure_recovery.rest.odata.keys import entity, equals, read_guid
from azure_recovery.rest.redaction import one_line
from azure_recovery.rest.retrying import OnWait, Repeat
from azure_recovery.rest.spf.connection import Connection
from azure_recovery.rest.spf.models import Checkpoint, Job, VirtualMachine
from azure_recovery.rest.transport import Answer

CHECKPOINT_TYPE = "VMM.VMCheckPoint"
ACTION = "VMCheckPointAction"
RESTORE = "Restore"

_CHECKPOINTS = "VMCheckPoints"
_MACHINES = "VirtualMachines"
_JOBS = "Jobs"

_TARGETS: tuple[str, ...] = ("TargetObjectId", "TargetObjectID")
"""Spellings of the machine that a job works on: clients have the first, and have seen the second. Filters know one."""
_NO_FILTER = frozenset({400, 405, 501})
"""Statuses by which a service says that it does not search as it was asked to."""

_MAY_HAVE = "it may have taken effect: look at the machine's last task before it is sent again"

RestoreMethod = Literal["merge", "put"]


@dataclass(frozen=True, slots=True)
class Sent:
    """What the service answered to a request that started work.

    Attributes:
        request_id: `x-ms-request-id`, else `request-id`, or "": for people who look into the service's logs.
        activity_id: `request-id`, or "". date: The service's time of day, aware, in UTC.
        status: 200 to 299.
    """

    request_id: str
    activity_id: str
    date: datetime
    status: int


@dataclass(frozen=True, slots=True)
class Created:
    """What the service answered to a new checkpoint.

    Attributes:
        sent: The answer. checkpoint: The entity as far as it exists, or None where the answer held none.
    """

    sent: Sent
    checkpoint: Checkpoint | None


class CheckpointService:
    """Checkpoints of one subscription's virtual machines.

    Args:
        connection: To the service root. It is not closed with this.

    Attributes:
        connection: As given.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._targets = _TARGETS

    def service_now(self) -> datetime:
        """Return the service's time of day, aware, in UTC."""
        return self.connection.service_now()

    async def get_checkpoint(
        self,
        checkpoint_id: str,
        stamp_id: str,
        *,
        deadline: Deadline | None = None,
        on_wait: OnWait | None = None,
    ) -> Checkpoint:
        """Return a checkpoint.

        Raises:
            InvalidInputError: An id is no GUID.
            NotFoundError: There is none under these ids.
            UnexpectedAnswerError: The body is not as documented.
        """
        target = entity(_CHECKPOINTS, _key(checkpoint_id, stamp_id, "checkpoint_id"))
        return fitted(Checkpoint, await self._get(target, deadline, on_wait))

    async def find_checkpoints(
        self, checkpoint_id: str, *, deadline: Deadline | None = None, on_wait: OnWait | None = None
    ) -> list[Checkpoint]:
        """Return the checkpoints with an id, of whatever stamp: none, one, or one for each VMM server.

        Raises:
            InvalidInputError: The id is no GUID. Or the service takes no filter, or none without a stamp: then the
                error is about `stamp_id`, with which a checkpoint is read by its key.
            ServiceError: The service says no for another reason.
        """
        guid = read_guid(checkpoint_id, "checkpoint_id")
        try:
            found = await self._list(Checkpoint, _CHECKPOINTS, equals("ID", guid), deadline, on_wait)
        except ServiceError as error:
            if error.status not in _NO_FILTER:
                raise
            reason = f"is needed: the service finds no checkpoint without it: {error}"
            raise InvalidInputError(property="stamp_id", reason=reason) from error
        # A service that ignores a filter answers with everything.
        return [checkpoint for checkpoint in found if checkpoint.id == guid]

    async def checkpoints_of(
        self, vm_id: str, stamp_id: str, *, deadline: Deadline | None = None, on_wait: OnWait | None = None
    ) -> list[Checkpoint]:
        """Return the checkpoints of a virtual machine.

        Raises:
            InvalidInputError: An id is no GUID.
            ServiceError: Among others, the service takes no filter.
        """
        guid, stamp = read_guid(vm_id, "vm_id"), read_guid(stamp_id, "stamp_id")
        found = await self._list(Checkpoint, _CHECKPOINTS, _in_stamp(stamp, equals("VMId", guid)), deadline, on_wait)
        return [checkpoint for checkpoint in found if checkpoint.vm_id == guid and checkpoint.stamp_id == stamp]

    async def get_virtual_machine(
        self, vm_id: str, stamp_id: str, *, deadline: Deadline | None = None, on_wait: OnWait | None = None
    ) -> VirtualMachine:
        """Return a virtual machine. Raises as `get_checkpoint` does."""
        return fitted(
            VirtualMachine, await self._get(entity(_MACHINES, _key(vm_id, stamp_id, "vm_id")), deadline, on_wait)
        )

    async def get_job(
        self, job_id: str, stamp_id: str, *, deadline: Deadline | None = None, on_wait: OnWait | None = None
    ) -> Job:
        """Return a job. Raises as `get_checkpoint` does."""
        return fitted(Job, await self._get(entity(_JOBS, _key(job_id, stamp_id, "job_id")), deadline, on_wait))

    async def jobs_of(
        self,
        vm_id: str,
        stamp_id: str,
        *,
        deadline: Deadline | None = None,
        on_wait: OnWait | None = None,
    ) -> list[Job]:
        """Return the jobs of a virtual machine, newest first; those without a start are the newest.

        Args:
            vm_id: GUID. stamp_id: GUID.
            deadline: Past which nothing is waited for. on_wait: Told of each pause.

        Raises:
            ServiceError: Among others, the service lists no jobs, or takes no filter. It is documented to serve jobs
                one by one; the machine's `most_recent_task_id` names the newest then.
        """
        guid, stamp = read_guid(vm_id, "vm_id"), read_guid(stamp_id, "stamp_id")
        found = await self._jobs_on(guid, stamp, deadline, on_wait)
        ours = [job for job in found if job.target_object_id == guid and job.stamp_id == stamp]
        return sorted(ours, key=_started, reverse=True)

    async def restore(
        self,
        checkpoint: Checkpoint,
        method: RestoreMethod = "merge",
        *,
        deadline: Deadline | None = None,
        on_wait: OnWait | None = None,
    ) -> Sent:
        """Ask for a restore, once. The machine's job says what becomes of it.

        Args:
            checkpoint: As just read.
            method: `merge` sends the action alone. `put` sends the whole entity back with the action in it, because
                the service resets what a PUT leaves out.
            deadline: Nothing is sent if writes are throttled for longer.
            on_wait: Told of each pause before it is sent.

        Raises:
            NoAnswerError: Nothing came back. Where `may_have_taken_effect` is set, look at the machine before anything
                else; otherwise it had no effect.
            ServiceError: The service said no.
            UnexpectedAnswerError: It answered 2xx with what is no JSON: it may be at work.
        """
        change: dict[str, Any] = {ACTION: RESTORE, "odata.type": CHECKPOINT_TYPE}
        if method == "put":
            came = {name: value for name, value in checkpoint.entity.items() if name.lower() != ACTION.lower()}
            kept = {name: value for name, value in came.items() if not _is_answers_own(name)}
            change = {"odata.type": CHECKPOINT_TYPE, **kept, ACTION: RESTORE}
        target = entity(_CHECKPOINTS, {"ID": checkpoint.id, "StampId": checkpoint.stamp_id})
        return self._sent(await self._once(method.upper(), target, change, deadline, on_wait))

    async def create_checkpoint(
        self,
        vm_id: str,
        stamp_id: str,
        name: str,
        description: str = "",
        *,
        deadline: Deadline | None = None,
        on_wait: OnWait | None = None,
    ) -> Created:
        """Ask for a new checkpoint of a machine, once. A job makes it.

        Args:
            vm_id: GUID. stamp_id: GUID.
            name: For people. description: For people.
            deadline: As `restore`. on_wait: As `restore`.

        Raises:
            As `restore`.
        """
        answer = await self._once(
            "POST",
            _CHECKPOINTS,
            {
                "odata.type": CHECKPOINT_TYPE,
                "VMId": read_guid(vm_id, "vm_id"),
                "StampId": read_guid(stamp_id, "stamp_id"),
                "Name": name,
                "Description": description,
                # Demanded of new ones. Source: jj906385; dn785076 says the contrary.
                "Confirm": True,
            },
            deadline,
            on_wait,
        )
        return Created(self._sent(answer), _whole(answer))

    async def _once(
        self, method: str, target: str, body: dict[str, Any], deadline: Deadline | None, on_wait: OnWait | None
    ) -> Answer:
        try:
            return await self.connection.send(
                method, target, body=body, repeat=Repeat.NEVER, deadline=deadline, on_wait=on_wait
            )
        except NoAnswerError as silence:
            advice = _MAY_HAVE if silence.may_have_taken_effect else "it had no effect"
            raise silence.advised(advice) from silence.__cause__

    async def _jobs_on(self, guid: str, stamp: str, deadline: Deadline | None, on_wait: OnWait | None) -> list[Job]:
        """Return what the service lists, asked by the spelling of the property that it knows."""
        refusal: ServiceError | None = None
        for name in self._targets:
            try:
                found = await self._list(Job, _JOBS, _in_stamp(stamp, equals(name, guid)), deadline, on_wait)
            except ServiceError as error:
                if error.status != HTTPStatus.BAD_REQUEST:
                    raise
                refusal = refusal or error
            else:
                self._targets = (name, *(other for other in self._targets if other != name))
                return found
        assert refusal is not None
        raise refusal

    async def _get(self, target: str, deadline: Deadline | None, on_wait: OnWait | None) -> Answer:
        return await self.connection.send("GET", target, repeat=Repeat.SAFE, deadline=deadline, on_wait=on_wait)

    async def _list(
        self, model: type[Model], collection: str, condition: str, deadline: Deadline | None, on_wait: OnWait | None
    ) -> list[Model]:
        async def ask(target: str, query: dict[str, str] | None) -> Answer:
            return await self.connection.send(
                "GET", target, query=query, repeat=Repeat.SAFE, deadline=deadline, on_wait=on_wait
            )

        return [
            fitted(model, answer, item)
            async for answer, item in collections.items(ask, collection, {"$filter": condition})
        ]

    def _sent(self, answer: Answer) -> Sent:
        return Sent(
            request_id=answer.request_id,
            activity_id=one_line(answer.headers.get("request-id", ""), 100),
            date=answer.date or self.service_now(),
            status=answer.status,
        )


def _key(guid: str, stamp_id: str, name: str) -> dict[str, str]:
    return {"ID": read_guid(guid, name), "StampId": read_guid(stamp_id, "stamp_id")}


def _in_stamp(stamp: str, condition: str) -> str:
    """Return a filter with the stamp, which the reference demands of every query; the checkpoint page's has none."""
    return f"{equals('StampId', stamp)} and {condition}"


def _is_answers_own(name: str) -> bool:
    """Whether a member tells of the answer, as links and the address of the metadata do; types are the entity's."""
    return not name.endswith("odata.type") and (name.startswith("odata.") or "@odata." in name)


def _whole(answer: Answer) -> Checkpoint | None:
    try:
        return fitted(Checkpoint, answer)
    except UnexpectedAnswerError:
        # The request has taken effect, and an error here would hide that; the machine's job names what was made.
        return None


def _started(job: Job) -> float:
    return job.start_time.timestamp() if job.start_time else float("inf")
