"""The calls on backup vaults, one method each: what there is to restore from, the restore, and its jobs.

- A restore has two ends: its operation ends within seconds, when a job was *made*; the job ends when the disk is there.
- Status URLs lie under the subscription, under the vault or in another region, as the service likes: they are followed
  as they come and never built.
- A job may be missing from every answer for half a minute after it was posted: see `following`.

Source: api-version 2026-06-01; recorded restore of a disk, 2023-01-01; restore page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from azure_recovery.rest.arm.ids import ResourceId
from azure_recovery.rest.arm.operations import Operation
from azure_recovery.rest.arm.paging import pages
from azure_recovery.rest.bodies import Model, fitted
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.dataprotection.job_models import BackupJob
from azure_recovery.rest.dataprotection.models import BackupInstance, BackupVault, RecoveryPoint
from azure_recovery.rest.dataprotection.requests import validation_request
from azure_recovery.rest.retrying import OnWait, Repeat
from azure_recovery.rest.transport import TokenSource, Transport

API_VERSION = "2026-06-01"

BACKUP_VAULT = "Microsoft.DataProtection/backupVaults"
BACKUP_INSTANCE = f"{BACKUP_VAULT}/backupInstances"
RECOVERY_POINT = f"{BACKUP_INSTANCE}/recoveryPoints"


class BackupVaults:
    """Backup vaults of Microsoft.DataProtection.

    Every method takes *deadline*, past which nothing is waited for, and *on_wait*, told of each pause before it begins,
    and raises what `Transport.send` raises, and UnexpectedAnswerError where a body is not as documented.

    Args:
        transport: To the cloud's ARM endpoint.
        api_version: Of all calls.
    """

    def __init__(self, transport: Transport, *, api_version: str = API_VERSION) -> None:
        self.transport = transport
        self.api_version = api_version

    async def get_vault(
        self,
        id: ResourceId,  # noqa: A002 - ARM's word
        *,
        deadline: Deadline | None = None,
        on_wait: OnWait | None = None,
    ) -> BackupVault:
        """Return the vault *id*, `/subscriptions/…/backupVaults/{v}`.

        Raises:
            NotFoundError: It is not there; `is_gone` tells whether ARM says so.
        """
        return await self._get(BackupVault, id, deadline, on_wait)

    async def get_backup_instance(
        self,
        id: ResourceId,  # noqa: A002
        *,
        deadline: Deadline | None = None,
        on_wait: OnWait | None = None,
    ) -> BackupInstance:
        """Return the instance *id*, `/subscriptions/…/backupVaults/{v}/backupInstances/{i}`.

        Raises:
            NotFoundError: It is not there; `is_gone` tells whether ARM says so.
        """
        return await self._get(BackupInstance, id, deadline, on_wait)

    async def list_recovery_points(
        self,
        instance_id: ResourceId,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        deadline: Deadline | None = None,
        on_wait: OnWait | None = None,
    ) -> list[RecoveryPoint]:
        """Return the recovery points of an instance, those that cannot be restored from included.

        Args:
            instance_id: `/subscriptions/…/backupVaults/{v}/backupInstances/{i}`.
            start: Leaves out what is older. end: Leaves out what is newer. Aware; without zone they are UTC.
        """
        found = []
        async for answer, items in pages(
            self.transport,
            f"{instance_id}/recoveryPoints",
            query={**_between(start, end), **self._query()},
            deadline=deadline,
            on_wait=on_wait,
        ):
            found += [fitted(RecoveryPoint, answer, item) for item in items]
        return found

    async def get_recovery_point(
        self,
        id: ResourceId,  # noqa: A002
        *,
        deadline: Deadline | None = None,
        on_wait: OnWait | None = None,
    ) -> RecoveryPoint:
        """Return one recovery point, `…/backupInstances/{i}/recoveryPoints/{32 hexadecimal digits}`.

        Raises:
            NotFoundError: It is not there; `is_gone` tells whether ARM says so.
        """
        return await self._get(RecoveryPoint, id, deadline, on_wait)

    async def validate_restore(
        self,
        instance_id: ResourceId,
        request: Mapping[str, Any],
        *,
        deadline: Deadline | None = None,
        on_wait: OnWait | None = None,
    ) -> Operation:
        """Ask whether a restore would be accepted: rights of the vault, name of the disk, snapshots.

        It takes many seconds and leaves nothing behind, so that it is sent again after any transient answer although
        it is a POST: a second validation reads the same things once more.

        The instance is `/subscriptions/…/backupVaults/{v}/backupInstances/{i}`, *request* as for `restore`.

        Returns:
            The operation; it fails with `UserErrorMSIMissingPermissions` also while a fresh right is still spreading.
        """
        answer = await self.transport.send(
            "POST",
            f"{instance_id}/validateRestore",
            query=self._query(),
            body=validation_request(request),
            repeat=Repeat.SAFE,
            deadline=deadline,
            on_wait=on_wait,
        )
        return Operation(self.transport, answer)

    async def restore(
        self,
        instance_id: ResourceId,
        request: Mapping[str, Any],
        *,
        auxiliary: Sequence[TokenSource] = (),
        deadline: Deadline | None = None,
        on_wait: OnWait | None = None,
    ) -> Operation:
        """Start a restore. The request is sent once, whatever is answered.

        `recoveryOption: FailIfExists` protects a disk that exists, and for minutes it does not: until then only looking
        for the job prevents a second one. Not even a 429 or a 401, which prove that nothing was started, is repeated
        here, because the wait that they ask for makes the last look too old: whoever calls looks again, and decides.

        Args:
            instance_id: `/subscriptions/…/backupVaults/{v}/backupInstances/{i}`.
            request: From `requests.disk_restore_request`.
            auxiliary: Tokens of the tenants of resource guards, where those are not the vault's tenant.
            deadline: Nothing is sent where a throttle that is known already outlasts it. on_wait: Told of that pause.

        Returns:
            The operation, of which `following.started_job` reads the job.

        Raises:
            NoAnswerError: With `may_have_taken_effect`, look for the job before asking again.
        """
        tokens = [await source.token() for source in auxiliary]
        headers = {"x-ms-authorization-auxiliary": ", ".join(f"Bearer {token}" for token in tokens)} if tokens else None
        answer = await self.transport.send(
            "POST",
            f"{instance_id}/restore",
            query=self._query(),
            body=dict(request),
            headers=headers,
            repeat=Repeat.NEVER,
            deadline=deadline,
            on_wait=on_wait,
        )
        return Operation(self.transport, answer)

    async def list_jobs(
        self,
        vault_id: ResourceId,
        *,
        deadline: Deadline | None = None,
        on_wait: OnWait | None = None,
    ) -> list[BackupJob]:
        """Return all jobs of a vault, perhaps without their `extendedInfo`. The API documents no filter for them."""
        found = []
        async for answer, items in pages(
            self.transport, f"{vault_id}/backupJobs", query=self._query(), deadline=deadline, on_wait=on_wait
        ):
            found += [fitted(BackupJob, answer, item) for item in items]
        return found

    async def get_job(
        self,
        vault_id: ResourceId,
        job_id: str,
        *,
        deadline: Deadline | None = None,
        on_wait: OnWait | None = None,
    ) -> BackupJob:
        """Return one job of a vault.

        Args:
            vault_id: `/subscriptions/…/backupVaults/{v}`.
            job_id: The job's GUID, or its ARM id, of which the GUID counts.
            deadline: Past which nothing is waited for. on_wait: Told of each pause.

        Returns:
            The job; its own `id` may be another one (restore page).

        Raises:
            NotFoundError: It is not there, or not yet.
        """
        target = vault_id.child("backupJobs", job_name(job_id))
        return await self._get(BackupJob, target, deadline, on_wait)

    async def _get(
        self, model: type[Model], target: ResourceId, deadline: Deadline | None, on_wait: OnWait | None
    ) -> Model:
        answer = await self.transport.send("GET", str(target), query=self._query(), deadline=deadline, on_wait=on_wait)
        return fitted(model, answer)

    def _query(self) -> dict[str, str]:
        return {"api-version": self.api_version}


def job_name(job_id: str) -> str:
    """Return the GUID of a job from its GUID or its ARM id, "" if there is none in it."""
    return re.split(r"[?#]", job_id, maxsplit=1)[0].strip().rstrip("/").rpartition("/")[2]


def _between(start: datetime | None, end: datetime | None) -> dict[str, str]:
    """Return the filter as Azure's own CLI writes it; either half may stand alone."""
    bounds = (("startDate", start), ("endDate", end))
    said = " and ".join(f"{name} eq '{_iso(moment)}'" for name, moment in bounds if moment is not None)
    return {"$filter": said} if said else {}


def _iso(moment: datetime) -> str:
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return aware.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
