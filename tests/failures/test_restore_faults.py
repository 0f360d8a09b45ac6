"""Each fault of the emulator that can strike a restore or a backup status ends as docs/failures.md says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from azure_recovery.dynamic_providers.backup_status import BackupStatusProvider
from azure_recovery.dynamic_providers.disk_restore import DiskRestoreProvider
from azure_recovery.emulator.fault_table import KINDS, from_argument
from tests.failures.conftest import Ended, Resource
from tests.failures.document import Cell, cells, lines
from tests.failures.test_faults import ANSWERS, held, name
from tests.providers import test_backup_status as backed_up
from tests.providers.conftest import MakeAzure
from tests.providers.disk_worlds import DISK, DRILLS, INSTANCE, RESTORE, VAULT, grant, post_restore, vault_world

GET_DISK, LIST_JOBS, GET_JOB = "Disks.Get", "Jobs.List", "Jobs.Get"
VALIDATE, RESTORED = "BackupInstances.ValidateForRestore", "BackupInstances.TriggerRestore"
STATUS = "OperationStatusBackupVaultContext.Get"
DELETE, DELETED = "Disks.Delete", "Operations.Get"
ASKED = "BackupStatus.Get"
ONE_LOOK_EACH = {"validate_seconds": 1.0}
"""So that the second look at a status is at that of the restore."""

GET_INSTANCE, LIST_POINTS = "BackupInstances.Get", "RecoveryPoints.List"
STRUCK_ONCE = {
    "up": (GET_DISK, LIST_JOBS, GET_INSTANCE, LIST_POINTS, VALIDATE, STATUS, f"{STATUS},skip=1", GET_JOB),
    "the request to restore": (RESTORED,),
    "refresh": (GET_DISK,),
    "destroy": (DELETE, DELETED),
}
"""Column → the requests that are struck, one after the other."""


@dataclass(frozen=True)
class Lasting:
    """A column of what is struck every time: which requests, of which URL, and on what a right is missing."""

    where: str
    url: str = DISK
    scope: str = DISK


LASTING = {
    "the look at the disk": Lasting(GET_DISK),
    "the look at the jobs": Lasting(LIST_JOBS, f"{VAULT}/backupJobs", VAULT),
    "the validation": Lasting(VALIDATE, f"{INSTANCE}/validateRestore", INSTANCE),
    "its status": Lasting(STATUS, f"{VAULT}/operationStatus/<operation>"),
    "the status of the restore": Lasting(f"{STATUS},skip=1"),
    "the job": Lasting(GET_JOB, f"{VAULT}/backupJobs/<guid>"),
    "refresh": Lasting(GET_DISK),
    "destroy": Lasting(DELETE),
}

SECTIONS = (
    "A restore, struck once",
    "What a restore starts goes wrong",
    "An answer of another shape",
    "A region of a vault is silent",
)
OURS = ("BackupInstances.", "RoleAssignments.", "Disks.", "Jobs.", "Operation")
"""What the operations that a restore needs begin with; System Center has `Jobs.` as well, and `unauthorized`."""

MakeRestore = Callable[[], Resource]
MakeStatus = Callable[[], Resource]


@pytest.fixture
def make_restore(make_azure: MakeAzure) -> MakeRestore:
    """A restore of ten minutes, with an Azure of its own."""

    def make(*, roles: bool = True) -> Resource:
        azure = make_azure(whole=vault_world(roles=roles), settings=ONE_LOOK_EACH)
        return Resource(azure, azure.stack(DiskRestoreProvider), dict(RESTORE), DISK)

    return make


@pytest.fixture
def make_status(make_azure: MakeAzure) -> MakeStatus:
    """The backup status of a machine that is protected, with an Azure of its own."""

    def make() -> Resource:
        azure = make_azure(whole=backed_up.world({"virtual_machine": "web-1", "policy": "daily"}))
        return Resource(azure, azure.stack(BackupStatusProvider), dict(backed_up.STATUS), "")

    return make


def verb_of(column: str) -> str:
    """Return what is run for a column."""
    return column if column in {"refresh", "destroy"} else "up"


def prepared(resource: Resource, verb: str) -> Resource:
    """Return the resource as it is before the run."""
    if verb != "up":
        assert "" == resource.run("up").said
    return resource


def answer_of(cell: Cell) -> str:
    """Return what stands for an answer: in a wait nothing is sent while a limit is closed, and silence is a hang."""
    if cell.row == "silent-region":
        return ANSWERS["hang-before"]
    in_a_wait = cell.column in {"its status", "the job"}
    return ANSWERS.get(f"{cell.row} in a wait" if in_a_wait else "") or ANSWERS.get(cell.row, "")


def holds(cell: Cell, ended: Ended, resource: Resource, *, url: str = DISK, scope: str = DISK) -> None:
    """Compare an end with that of the document, and with what it leaves in the state."""
    given = {
        "id": url,
        "scope": scope,
        "disk": DISK,
        "instance": INSTANCE,
        "group": DRILLS,
        "said group": DRILLS.replace("resourceGroups", "resourcegroups"),
        "answer": answer_of(cell),
        "machine": f"{DRILLS}/providers/Microsoft.Compute/virtualMachines/emulated",
    }
    held(cell.line, ended.said, resource, cell.row, **given)


@pytest.mark.parametrize("cell", cells("A restore, struck once"), ids=name)
def test_one_request_is_struck(make_restore: MakeRestore, cell: Cell) -> None:
    """Whichever request of the run it is, the end is the documented one, and a job is started once at most."""
    verb = verb_of(cell.column)
    for where in STRUCK_ONCE[cell.column]:
        resource = prepared(make_restore(), verb)

        ended = resource.run(verb, f"{cell.row}:operation={where}")

        assert 1 == ended.struck, where
        url, scope = (f"{INSTANCE}/restore", INSTANCE) if where == RESTORED else (DISK, DISK)
        expected = Cell(cell.section, cell.row, cell.column, "" if where == DELETED else cell.line)
        holds(expected, ended, resource, url=url, scope=scope)
        assert "" == resource.run(verb).said
        assert 1 == len(jobs(resource))


@pytest.mark.parametrize("cell", cells("A restore, struck every time"), ids=name)
def test_every_request_of_a_kind_is_struck(make_restore: MakeRestore, cell: Cell) -> None:
    """The end is the documented one, and afterwards one run more without the fault ends well, with one job in all."""
    column, verb = LASTING[cell.column], verb_of(cell.column)
    resource = prepared(make_restore(), verb)

    ended = resource.run(verb, f"{cell.row}:operation={column.where},count=0")

    assert ended.struck
    holds(cell, ended, resource, url=column.url, scope=column.scope)
    assert "" == resource.run(verb).said
    assert ["Completed"] == jobs(resource)
    assert resource.azure.there(DISK) is (verb != "destroy")


@pytest.mark.parametrize(
    "cell", [c for c in cells("What a restore starts goes wrong") if c.line != "not struck"], ids=name
)
def test_what_a_restore_starts_goes_wrong(make_restore: MakeRestore, cell: Cell) -> None:
    """A validation, a right, a job and a deletion end as documented; the next run without the fault ends well."""
    spreads = cell.row.startswith("rights-spread")
    resource = prepared(make_restore(roles=not spreads), cell.column)
    if spreads:
        resource.azure.control("POST", "faults", json=f"{cell.row}{',' if ':' in cell.row else ':'}count=2")
        grant(resource.azure)

    ended = resource.run(cell.column, "" if spreads else cell.row)

    assert ended.struck
    if cell.line.startswith("goes on, with"):
        assert "" == ended.said
        [warning] = ended.warnings
        held(lines()["a-job-that-warns"], warning, resource, cell.row)
    else:
        holds(cell, ended, resource)
    if cell.row in {"job-hangs", "operation-hangs"}:
        return  # what hangs goes on to hang, whatever is run next
    if spreads:
        resource.azure.clock.advance(hours=1)
    assert "" == resource.run(cell.column).said
    assert resource.azure.there(DISK) is (cell.column == "up")


@pytest.mark.parametrize("cell", [c for c in cells("An answer of another shape") if c.line != "not struck"], ids=name)
def test_an_answer_of_another_shape(make_restore: MakeRestore, cell: Cell) -> None:
    """It is read: one job, and the disk that it made."""
    resource = make_restore()
    if cell.column != "up":
        post_restore(resource.azure)

    ended = resource.run("up", cell.row)

    assert ended.struck
    holds(cell, ended, resource)
    assert ["Completed"] == jobs(resource)
    assert resource.azure.there(DISK)


@pytest.mark.parametrize("cell", cells("A region of a vault is silent"), ids=name)
def test_the_region_of_a_vault_is_silent(make_restore: MakeRestore, cell: Cell) -> None:
    """A restore cannot begin, and what stands stays in the state."""
    resource = prepared(make_restore(), cell.column)

    ended = resource.run(cell.column, cell.row)

    assert ended.struck
    holds(cell, ended, resource, url=f"{VAULT}/backupJobs" if cell.column == "up" else DISK)
    assert "" == resource.run(cell.column).said


def test_an_up_without_changes_while_the_region_is_silent(make_restore: MakeRestore) -> None:
    """It asks nothing."""
    resource = prepared(make_restore(), "refresh")

    ended = resource.run("up", "silent-region")

    assert ("", 0) == (ended.said, ended.struck)


@pytest.mark.parametrize("cell", cells("Backup status"), ids=name)
def test_a_backup_status(make_status: MakeStatus, cell: Cell) -> None:
    """Its one request is struck once, or every time."""
    verb, times = cell.column.split(", ")
    resource = prepared(make_status(), verb)

    ended = resource.run(verb, f"{cell.row}:operation={ASKED},count={1 if times == 'once' else 0}")

    assert ended.struck
    subscription = VAULT.partition("/resourceGroups")[0]
    url = f"{subscription}/providers/Microsoft.RecoveryServices/locations/westeurope/backupStatus"
    line = cell.line.replace("GET <endpoint>", "POST <endpoint>")  # its only question is a POST
    holds(Cell(cell.section, cell.row, cell.column, line), ended, resource, url=url, scope=backed_up.MACHINE)
    assert "" == resource.run(verb).said


def test_every_fault_is_documented() -> None:
    """Each that can strike a restore has its row in a table."""
    rows = {from_argument(cell.row).kind.name for section in SECTIONS for cell in cells(section)}
    wanted = {kind.name for kind in KINDS if not kind.operations or any(o.startswith(OURS) for o in kind.operations)}

    assert wanted - {"unauthorized"} == rows


def test_the_answers_are_those_of_the_document() -> None:
    """What stands for an answer is told of every fault that is one."""
    rows = {cell.row for cell in cells("A restore, struck once")}

    assert {"slow"} == rows - ANSWERS.keys()


def jobs(resource: Resource) -> list[str]:
    """Return the status of each job of the vault."""
    return [job["properties"]["status"] for job in resource.azure.get(f"{VAULT}/backupJobs")["value"]]
