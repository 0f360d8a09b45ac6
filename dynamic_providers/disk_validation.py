"""Whether the vault says that a restore would work, and how long a right is waited for that it has not got yet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from azure_recovery.dynamic_providers import bridge
from azure_recovery.dynamic_providers.disk_rights import VALIDATE, MissingVaultRightError, vault_lacks_right
from azure_recovery.dynamic_providers.rights import once_allowed
from azure_recovery.dynamic_providers.session import Session
from azure_recovery.rest.arm.ids import ResourceId
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.errors import OperationFailedError, ServiceError

_VALIDATED_WITHIN_S = 4_500.0
"""Azure's seconds for a validation to end: it takes some ten, and a look at it may be throttled for an hour."""

_VALIDATE_AGAIN_S = 30.0


class Validation:
    """Validations of one restore.

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

    async def passes(self, request: Mapping[str, Any], permission_wait_s: float) -> None:
        """Return once the vault says that the restore would work.

        Args:
            request: Of the restore. permission_wait_s: Azure's seconds for which a right of the vault may spread.

        Raises:
            MissingVaultRightError: The vault's identity may not make the disk, and waiting did not help.
            OperationFailedError: The vault says that it would not work, and what it recommends.
        """
        clock = self._session.transport.clock
        spreading: Deadline | None = None
        while True:
            try:
                operation = await once_allowed(
                    self._session,
                    self._call,
                    self._deadline,
                    needs=(VALIDATE, str(self._instance_id)),
                    work=lambda: self._api.validate_restore(
                        self._instance_id, request, deadline=self._deadline, on_wait=self._call.tell
                    ),
                )
                bridge.say(self._call, "the vault checks whether the restore would work")
                patience = Deadline(clock, min(_VALIDATED_WITHIN_S, self._deadline.left_s))
                await operation.finish(patience, on_wait=self._call.tell, read_result=False)
            except (OperationFailedError, ServiceError) as error:
                if not vault_lacks_right(error):
                    raise
                if spreading is None:
                    spreading = Deadline(clock, min(permission_wait_s, self._deadline.left_s))
                if spreading.passed:
                    raise MissingVaultRightError(self._disk_id.group, spreading.waited_s, error) from None
                until = self._session.transport.service_now() + timedelta(seconds=spreading.left_s)
                bridge.say(
                    self._call,
                    f"waiting until {until:%H:%M:%S} UTC for a right of the vault's identity that may still spread: "
                    f"{error.text}",
                )
                await clock.sleep(min(_VALIDATE_AGAIN_S, spreading.left_s))
            else:
                return
