"""The one request that starts a restore: what it asks for, whether it would work, and what became of it.

A restore must not be started twice, and nothing but its job tells that it was started. So the request is sent once,
whatever is answered; after an answer that leaves it open, the vault's jobs are asked until one that was posted must
show.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azure_recovery.dynamic_providers import bridge
from azure_recovery.dynamic_providers.disk_facts import location_for, too_old, unfit_instance
from azure_recovery.dynamic_providers.disk_inputs import POINT, duration_s
from azure_recovery.dynamic_providers.disk_rights import (
    LIST_POINTS,
    READ_INSTANCE,
    RESTORE,
)
from azure_recovery.dynamic_providers.disk_validation import Validation
from azure_recovery.dynamic_providers.provider import Attempt
from azure_recovery.dynamic_providers.rights import MissingRightError, lacks_right, once_allowed
from azure_recovery.dynamic_providers.session import Session
from azure_recovery.rest.arm.ids import ResourceId
from azure_recovery.rest.clock import Deadline, iso
from azure_recovery.rest.dataprotection.following import FoundJobs, started_job, wait_until_known
from azure_recovery.rest.dataprotection.models import RecoveryPoint
from azure_recovery.rest.dataprotection.recovery_points import choose_recovery_point, point_name
from azure_recovery.rest.dataprotection.requests import disk_restore_request
from azure_recovery.rest.errors import (
    AzureRecoveryError,
    InvalidInputError,
    NotSentError,
    OperationCanceledError,
    OperationFailedError,
    RefusedError,
    ServiceError,
    ThrottledError,
    may_have_taken_effect,
)

_OPERATION_S = 900.0
"""Azure's seconds for the operation to end: the making of a job takes two."""

_SEND_WITHIN_S = 5.0
"""Azure's seconds from the last look to the request: after a longer wait the look is too old to start anything."""

_LINKED = "linkedauthorizationfailed"
_OF_THE_GUARD = (
    "have Backup MUA Operator granted on the resource guard, name its tenant in auxiliary_tenant_ids if that is not "
    "the vault's, then run up again"
)
"""Source: multi-user authorisation with Resource Guard; authenticate requests across tenants."""


class UnclearStartError(AzureRecoveryError):
    """Nobody can tell whether a restore was started: no answer that says so, and no job so far."""


class ThrottledStartError(AzureRecoveryError):
    """Nothing was started, because the service, or what is known of it, asks to wait. Never leaves the providers.

    Attributes:
        refusal: The answer, or that nothing was sent. pause_s: Azure's seconds to wait.
    """

    def __init__(self, refusal: ThrottledError | NotSentError) -> None:
        self.refusal = refusal
        self.pause_s = (refusal.pause_s if isinstance(refusal, NotSentError) else refusal.retry_after_s) or 0.0
        super().__init__(str(refusal))


class RestoreStart:
    """Starts one restore.

    Args:
        session: The conversation with Azure. call: The engine's call, for its row.
        disk_id: Of the disk to be made. instance_id: What is restored. deadline: When to stop.
    """

    def __init__(
        self, session: Session, call: bridge.Call, disk_id: ResourceId, instance_id: ResourceId, deadline: Deadline
    ) -> None:
        self._session = session
        self._api = session.backup_vaults
        self._call = call
        self._disk_id = disk_id
        self._instance_id = instance_id
        self._deadline = deadline
        self._request: dict[str, Any] = {}
        self._chosen: dict[str, Any] = {}
        self.is_unclear = False
        """Whether the job that was started is only concluded to be so, because it showed after the request."""

    async def prepare(self, inputs: Mapping[str, Any], kept: str) -> None:
        """Choose the recovery point and have the vault say whether the restore would work.

        Args:
            inputs: As checked. kept: Name of the recovery point that an unfinished restore had chosen, or "".

        Raises:
            InvalidInputError: The inputs cannot work: no such recovery point, too old a one, another region.
            MissingVaultRightError: The vault's identity may not make the disk, and waiting did not help.
            OperationFailedError: The vault says that it would not work, and what it recommends.
        """
        instance = await once_allowed(
            self._session,
            self._call,
            self._deadline,
            needs=(READ_INSTANCE, str(self._instance_id)),
            work=lambda: self._api.get_backup_instance(
                self._instance_id, deadline=self._deadline, on_wait=self._call.tell
            ),
        )
        wrong = unfit_instance(instance, self._disk_id)
        if wrong:
            raise InvalidInputError(property=wrong.property, reason=wrong.reason)
        location = location_for(instance, inputs.get("location"))
        points = await once_allowed(
            self._session,
            self._call,
            self._deadline,
            needs=(LIST_POINTS, str(self._instance_id)),
            work=lambda: self._api.list_recovery_points(
                self._instance_id, deadline=self._deadline, on_wait=self._call.tell
            ),
        )
        point = self._choose(points, inputs[POINT], kept)
        old = too_old(point, duration_s(inputs.get("max_age")), self._session.transport.service_now())
        if old:
            raise InvalidInputError(property="max_age", reason=old)
        self._chosen = {"recovery_point_id": point_name(point), "location": location}
        if point.properties.time is not None:
            self._chosen["recovery_point_time"] = iso(point.properties.time)
        self._request = disk_restore_request(
            point_name(point),
            self._disk_id,
            location,
            identity_id=inputs.get("identity_id"),
            resource_guard_operation_requests=inputs.get("resource_guard_operation_requests") or (),
        )
        await Validation(self._session, self._call, self._disk_id, self._instance_id, self._deadline).passes(
            self._request, duration_s(inputs["permission_wait"]) or 0.0
        )
        for source in self._session.auxiliary_tokens(inputs.get("auxiliary_tenant_ids") or ()):
            await source.token()  # kept by the source: to fetch it may take longer than a look stays fresh

    async def post(self, inputs: Mapping[str, Any], known: FoundJobs, attempt: Attempt) -> str:
        """Start what was prepared and return the GUID of its job. The request is sent once.

        Args:
            inputs: As checked. known: The jobs that the look just before it found. attempt: Told what may exist.

        Raises:
            UnclearStartError: It may have been started; the next run looks.
            ThrottledStartError: It was not, and may be asked for after a pause and another look.
            AzureRecoveryError: It was not.
        """
        before, held = attempt.started, dict(attempt.outputs)
        attempt.started = True  # whoever is stopped from here on may leave a job behind
        attempt.outputs |= self._chosen | {"started_at": iso(self._session.transport.service_now())}
        for name in ("job_id", "job_status", "ended_at", "duration_seconds", "data_age_seconds"):
            attempt.outputs.pop(name, None)  # of an earlier job, which failed
        try:
            operation = await self._api.restore(
                self._instance_id,
                self._request,
                auxiliary=self._session.auxiliary_tokens(inputs.get("auxiliary_tenant_ids") or ()),
                deadline=Deadline(self._session.transport.clock, min(_SEND_WITHIN_S, self._deadline.left_s)),
                on_wait=self._call.tell,
            )
        except AzureRecoveryError as error:
            if may_have_taken_effect(error):
                return await self._find_started(error, known)
            attempt.started, attempt.outputs = before, held
            if isinstance(error, ThrottledError | NotSentError):
                raise ThrottledStartError(error) from None
            if lacks_right(error) and isinstance(error, ServiceError):
                if error.code.lower() == _LINKED:
                    raise RefusedError(f"{error}; {_OF_THE_GUARD}") from None
                raise MissingRightError(RESTORE, str(self._instance_id), error) from None
            raise
        bridge.say(self._call, f"accepted, restoring from {self._chosen['recovery_point_id']}")
        patience = Deadline(self._session.transport.clock, min(_OPERATION_S, self._deadline.left_s))
        try:
            return await started_job(operation, deadline=patience, on_wait=self._call.tell)
        except (OperationFailedError, OperationCanceledError):
            attempt.started = before  # the vault gave it up before it made a job
            raise
        except AzureRecoveryError as error:
            return await self._find_started(error, known)

    def _choose(self, points: list[RecoveryPoint], wanted: str, kept: str) -> RecoveryPoint:
        now = self._session.transport.service_now()
        if kept:
            try:
                return choose_recovery_point(points, kept, now)
            except InvalidInputError as error:
                bridge.say(self._call, f"the recovery point chosen before is given up: {error.reason}", warning=True)
        return choose_recovery_point(points, wanted, now, property=POINT)

    async def _find_started(self, error: AzureRecoveryError, known: FoundJobs) -> str:
        """Return the job of a start that ended with *error*, once it shows."""
        self.is_unclear = True
        bridge.say(self._call, f"the start ended unclear, looking whether there is a job: {error}")
        before = {status.job_id.lower() for status in known.to_disk}
        try:
            found = await wait_until_known(
                self._api,
                self._instance_id.parent,
                self._instance_id,
                self._disk_id,
                known=before,
                deadline=self._deadline,
                on_wait=self._call.tell,
            )
        except AzureRecoveryError as trouble:
            raise UnclearStartError(f"{error}; whether a restore was started could not be seen: {trouble}") from None
        made = next((status for status in found.to_disk if status.job_id.lower() not in before), None)
        if made is not None:
            return made.job_id
        raise UnclearStartError(
            f"{error}; whether a restore was started is not known, its vault shows no job to {self._disk_id} so far: "
            "run up again, which looks first and starts it only if there is still none"
        )
