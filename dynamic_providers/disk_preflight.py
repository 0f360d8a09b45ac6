"""What a preview says about a restore before anything is started.

What can never work is a `CheckFailure` on its property; what does not work yet is a warning on the row: rights spread,
and half of the stack does not exist in a first preview. Two questions to the vault, its instance and the recovery
points, serve all restores of an instance; its jobs are asked only before something is refused, because what a run that
was killed has started is the program's own work.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi.dynamic import CheckFailure

from azure_recovery.dynamic_providers import bridge
from azure_recovery.dynamic_providers.disk_facts import (
    Wrong,
    location_for,
    too_old,
    unfit_instance,
    unfit_location,
    unprotected,
)
from azure_recovery.dynamic_providers.disk_found import FoundRestore, is_deleting
from azure_recovery.dynamic_providers.disk_inputs import DISK_TYPE, GROUP, INSTANCE, LOCATION, NAME, POINT, duration_s
from azure_recovery.dynamic_providers.disk_rights import LIST_POINTS, READ_DISK, READ_INSTANCE, vault_lacks_right
from azure_recovery.dynamic_providers.inputs import ARM_ID, all_known
from azure_recovery.dynamic_providers.lookups import Absent, Answered, Lack, NotKnown, Outcome, is_on, value_of
from azure_recovery.rest.arm.ids import ResourceGroupId, ResourceId, id_key
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.dataprotection.following import FoundJobs
from azure_recovery.rest.dataprotection.jobs import is_restore, job_status
from azure_recovery.rest.dataprotection.models import BackupInstance, RecoveryPoint
from azure_recovery.rest.dataprotection.recovery_points import choose_recovery_point, point_name
from azure_recovery.rest.dataprotection.requests import disk_restore_request
from azure_recovery.rest.errors import InvalidInputError, OperationCanceledError, OperationFailedError

if TYPE_CHECKING:
    from azure_recovery.dynamic_providers.session import Session

MOST_OF_A_VAULT = 4
"""Questions about the instances of one vault; the fifth that it may be asked is for its jobs."""

VALIDATION_S = 120.0
"""Wall seconds for a validation that the user has asked for."""


def look_ahead_of_restore(session: Session, call: bridge.Call, inputs: Mapping[str, Any]) -> list[CheckFailure]:
    """Return what can never work about a restore; warn of what does not work yet.

    Args:
        session: The conversation with Azure. call: The check, whose row shows warnings.
        inputs: As checked, with `arm_id`.
    """
    if inputs.get("preflight") == "off" or not is_on() or not all_known(inputs, (INSTANCE,)):
        return []
    ahead = _Ahead(session, call, inputs)
    wrong = ahead.wrong()
    if not wrong:
        ahead.warn()
        wrong = ahead.validation() if inputs.get("preflight") == "validate" else []
    elif ahead.is_our_own_work():
        wrong = []
    return [CheckFailure(one.property, one.reason) for one in wrong]


@dataclass(frozen=True, slots=True)
class _Validation:
    """What the vault says: "" that it would work; whether a right is all that is missing."""

    refusal: str
    lacks_right: bool = False


class _Ahead:
    """What is known before one restore."""

    def __init__(self, session: Session, call: bridge.Call, inputs: Mapping[str, Any]) -> None:
        self._session = session
        self._call = call
        self._inputs = inputs
        self._instance_id = ResourceId.parse(inputs[INSTANCE])
        self._vault_id = self._instance_id.parent
        self._disk_id = ResourceId.parse(inputs[ARM_ID], expect=DISK_TYPE) if all_known(inputs, (ARM_ID,)) else None
        self._location = self._known(LOCATION)
        vaults = session.backup_vaults
        key = self._instance_id.key
        self._instance: Outcome[BackupInstance] = self._ask_vault(
            f"GET {key}", lambda: vaults.get_backup_instance(self._instance_id), READ_INSTANCE
        )
        self._points: Outcome[list[RecoveryPoint]] = NotKnown("there is no instance", Lack.LIMIT)
        if isinstance(self._instance, Answered):
            self._points = self._ask_vault(
                f"GET {key}/recoveryPoints", lambda: vaults.list_recovery_points(self._instance_id), LIST_POINTS
            )
        self._disk: Outcome[Any] = NotKnown("its id is not known", Lack.LIMIT)
        if (disk_id := self._disk_id) is not None:
            self._disk = self._ask(f"GET {disk_id.key}", lambda: session.disks.get_disk(disk_id), READ_DISK, disk_id)
        self._point: RecoveryPoint | None = None

    def wrong(self) -> list[Wrong]:
        """Return what can never work."""
        if isinstance(self._instance, Absent):
            return [Wrong(INSTANCE, f"{self._absent_part(self._instance)} does not exist")]
        wrong: list[Wrong] = []
        instance, points = value_of(self._instance), value_of(self._points)
        if instance is not None:
            unfit = unfit_instance(instance, self._disk_id), unfit_location(instance, self._location)
            wrong += [one for one in unfit if one is not None]
        if points is not None and not wrong and all_known(self._inputs, (POINT,)):
            wrong += self._wrong_point(points)
        return wrong

    def is_our_own_work(self) -> bool:
        """Return whether what is refused was started already: the jobs tell, and nobody else's disk is our own."""
        disk_id, disk = self._disk_id, value_of(self._disk)
        if disk_id is None or isinstance(self._instance, Absent):
            return False
        vaults = self._session.backup_vaults
        asked = self._ask(f"GET {self._vault_id.key}/backupJobs", lambda: vaults.list_jobs(self._vault_id), "", None)
        jobs = value_of(asked)
        if jobs is None:
            return disk is not None
        said = ((job, job.properties.backup_instance_id) for job in jobs if is_restore(job))
        restores = [job_status(job) for job, of in said if of is None or id_key(of) == self._instance_id.key]
        to_disk = [status for status in restores if status.goes_to(disk_id)]
        to_disk.sort(key=lambda status: str(status.started_at or ""), reverse=True)
        found = FoundRestore(disk, FoundJobs(tuple(to_disk)), self._session.transport.service_now())
        # A list may leave out where a job restores to; `create` asks each, and refuses what is not its own.
        untold = any(not status.disk_id and (status.running or disk is not None) for status in restores)
        return found.jobs.running is not None or found.outcome_of is not None or untold

    def warn(self) -> None:
        """Say what does not work yet."""
        instance = value_of(self._instance)
        if instance is not None and (warning := unprotected(instance)):
            bridge.say(self._call, warning, warning=True)
        if self._group_is_missing and self._disk_id is not None:
            bridge.say(self._call, f"resource group {self._disk_id.resource_group} does not exist yet", warning=True)
        # Whoever has it may give it up before the run; `create` looks again, and sends nothing while it is taken.
        if self._name_is_taken and not self.is_our_own_work():
            taken = f"{NAME} is taken: {self._disk_id} exists; choose another name, or delete it"
            bridge.say(self._call, taken, warning=True)

    def validation(self) -> list[Wrong]:
        """Have the vault validate the restore, where everything that it asks for is known and there."""
        instance, disk_id = value_of(self._instance), self._disk_id
        unknown = not all_known(self._inputs, (GROUP, POINT)) or self._group_is_missing or self._name_is_taken
        if instance is None or disk_id is None or self._point is None or unknown:
            return []
        try:
            location = location_for(instance, self._location)
        except InvalidInputError as error:
            return [Wrong(error.property, error.reason)]
        request = disk_restore_request(
            point_name(self._point),
            disk_id,
            location,
            identity_id=self._known("identity_id"),
            resource_guard_operation_requests=self._known("resource_guard_operation_requests") or (),
        )

        async def validate() -> _Validation:
            patience = Deadline(self._session.transport.clock, VALIDATION_S * self._session.settings.speed)
            try:
                operation = await self._session.backup_vaults.validate_restore(
                    self._instance_id, request, deadline=patience
                )
                await operation.finish(patience, read_result=False)
            except (OperationFailedError, OperationCanceledError) as error:
                return _Validation(str(error), vault_lacks_right(error))
            return _Validation("")

        name = f"POST {self._instance_id.key}/validateRestore {disk_id.key} {point_name(self._point)}"
        asked = self._session.lookups.ask(self._call, {name: validate}, within_s=VALIDATION_S)[name]
        said = value_of(asked)
        if said is None:
            bridge.say(self._call, f"not validated: {getattr(asked, 'reason', 'no answer')}", warning=True)
        elif said.lacks_right:
            bridge.say(self._call, f"a right is missing, or still spreads: {said.refusal}", warning=True)
        elif said.refusal:
            return [Wrong(INSTANCE, said.refusal)]
        return []

    def _wrong_point(self, points: list[RecoveryPoint]) -> list[Wrong]:
        now = self._session.transport.service_now()
        try:
            self._point = choose_recovery_point(points, self._inputs[POINT], now, property=POINT)
        except InvalidInputError as error:
            return [Wrong(POINT, error.reason)]
        if not all_known(self._inputs, ("max_age",)):
            return []
        old = too_old(self._point, duration_s(self._inputs["max_age"]), now)
        return [Wrong("max_age", old)] if old else []

    def _known(self, name: str) -> Any:
        return self._inputs[name] if all_known(self._inputs, (name,)) else None

    @property
    def _name_is_taken(self) -> bool:
        disk = value_of(self._disk)
        return disk is not None and not is_deleting(disk)

    @property
    def _group_is_missing(self) -> bool:
        return isinstance(self._disk, Absent) and self._disk.code.lower() == "resourcegroupnotfound"

    def _absent_part(self, absent: Absent) -> str:
        missing: dict[str, ResourceGroupId | ResourceId] = {
            "resourcegroupnotfound": self._instance_id.group,
            "parentresourcenotfound": self._vault_id,
        }
        return str(missing.get(absent.code.lower(), self._instance_id))

    def _ask_vault(self, name: str, question: Callable[[], Coroutine[Any, Any, Any]], right: str) -> Outcome[Any]:
        if not self._session.lookups.admits(f"looks at {self._vault_id.key}", name, MOST_OF_A_VAULT):
            self._session.lookups.warn_once(
                self._call,
                f"not checked: {self._vault_id.name} was asked often enough about other instances",
                about=("often", self._vault_id.key),
            )
            return NotKnown("it was asked often enough", Lack.LIMIT)
        return self._ask(name, question, right, self._instance_id)

    def _ask(
        self, name: str, question: Callable[[], Coroutine[Any, Any, Any]], right: str, id_: ResourceId | None
    ) -> Outcome[Any]:
        lookups = self._session.lookups
        found = lookups.ask(self._call, {name: question})[name]
        if isinstance(found, Absent):
            found = lookups.ask(self._call, {name: question}, anew=True)[name]
        if isinstance(found, NotKnown) and found.lack is not Lack.LIMIT and id_ is not None:
            needs = {
                Lack.RIGHT: f"needs {right} on {id_}: ",
                Lack.CREDENTIALS: "needs credentials: ",
                Lack.TIME: f"needs an answer about {id_}: ",
            }.get(found.lack, "")
            lookups.warn_once(self._call, f"not checked: {needs}{found.reason}", about=found.lack)
        return found
