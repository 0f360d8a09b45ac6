"""What a person is told to do next, after each kind of error of each resource."""

from __future__ import annotations

import pytest

from azure_recovery.dynamic_providers.next_steps import told
from azure_recovery.dynamic_providers.session import InterruptedWaitError
from azure_recovery.rest.dataprotection.errors import RestoreJobVanishedError
from azure_recovery.rest.errors import (
    AzureRecoveryError,
    ConfigurationError,
    ConflictError,
    NoAnswerError,
    NotFoundError,
    OperationCanceledError,
    OperationFailedError,
    OperationTimedOutError,
    ServiceError,
    ThrottledError,
    UnexpectedAnswerError,
)

ARM = "https://management.azure.com"
GROUP = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/drills"
SUBSCRIPTION = GROUP.partition("/resourceGroups")[0]
COLLECTION = f"{GROUP}/providers/Microsoft.Compute/restorePointCollections/web-1"
COPY = f"{COLLECTION}/restorePoints/daily-1"
DISK = f"{GROUP}/providers/Microsoft.Compute/disks/restored"
VAULT = f"{GROUP}/providers/Microsoft.DataProtection/backupVaults/vault"
INSTANCE = f"{VAULT}/backupInstances/data"
LOCATIONS = f"{SUBSCRIPTION}/providers/Microsoft.Compute/locations/westeurope"

ACTIONS = [
    ("GET", COLLECTION, "Microsoft.Compute/restorePointCollections/read"),
    ("PATCH", COLLECTION, "Microsoft.Compute/restorePointCollections/write"),
    ("GET", COLLECTION.rpartition("/")[0], "Microsoft.Compute/restorePointCollections/read"),
    ("PUT", COPY, "Microsoft.Compute/restorePointCollections/restorePoints/write"),
    ("DELETE", COPY, "Microsoft.Compute/restorePointCollections/restorePoints/delete"),
    (
        "GET",
        f"{COPY}/diskRestorePoints/os",
        "Microsoft.Compute/restorePointCollections/restorePoints/diskRestorePoints/read",
    ),
    ("GET", f"{LOCATIONS}/operations/1", "Microsoft.Compute/locations/operations/read"),
    ("GET", DISK, "Microsoft.Compute/disks/read"),
    ("DELETE", DISK, "Microsoft.Compute/disks/delete"),
    ("GET", DISK.replace("disks", "snapshots"), "Microsoft.Compute/snapshots/read"),
    ("GET", VAULT, "Microsoft.DataProtection/backupVaults/read"),
    ("GET", f"{INSTANCE}/recoveryPoints", "Microsoft.DataProtection/backupVaults/backupInstances/recoveryPoints/read"),
    ("GET", f"{VAULT}/backupJobs/1", "Microsoft.DataProtection/backupVaults/backupJobs/read"),
    ("GET", f"{VAULT}/operationStatus/1", "Microsoft.DataProtection/backupVaults/operationStatus/read"),
    (
        "POST",
        f"{INSTANCE}/validateRestore",
        "Microsoft.DataProtection/backupVaults/backupInstances/validateRestore/action",
    ),
    ("POST", f"{INSTANCE}/restore", "Microsoft.DataProtection/backupVaults/backupInstances/restore/action"),
    (
        "POST",
        f"{SUBSCRIPTION}/providers/Microsoft.RecoveryServices/locations/westeurope/backupStatus",
        "Microsoft.RecoveryServices/locations/backupStatus/action",
    ),
    (
        "PUT",
        f"{GROUP}/providers/Microsoft.Authorization/roleAssignments/1",
        "Microsoft.Authorization/roleAssignments/write",
    ),
    (
        "PUT",
        f"{DISK}/providers/Microsoft.Authorization/roleAssignments/1",
        "Microsoft.Authorization/roleAssignments/write",
    ),
    ("GET", GROUP, "Microsoft.Resources/subscriptions/resourceGroups/read"),
    ("GET", f"{SUBSCRIPTION}/locations", "Microsoft.Resources/subscriptions/locations/read"),
]
"""Method and path → the action that a role must hold."""


def refusal(method: str, path: str, text: str = "", code: str = "AuthorizationFailed", status: int = 403) -> str:
    """Return what is told in a refresh after ARM has refused a request."""
    return told(ServiceError(method=method, url=f"{ARM}{path}", status=status, code=code, text=text), "read")


@pytest.mark.parametrize(("method", "path", "action"), ACTIONS)
def test_a_right_that_is_missing(method: str, path: str, action: str) -> None:
    """It is named as a role holds it, made of the request where Azure does not name it."""
    assert refusal(method, path).endswith(f"; grant a role that holds {action}, then run it again")


@pytest.mark.parametrize("code", ["AuthorizationFailed", "LinkedAuthorizationFailed"])
def test_a_right_that_azure_names(code: str) -> None:
    """What Azure says is lacking counts, above all where it is lacking on something else than what was asked for."""
    words = (
        "The client 'a' with object id 'b' has permission to perform action "
        f"'Microsoft.Compute/restorePointCollections/write' on scope '{COLLECTION}'; however, it does not have "
        "permission to perform action(s) 'Microsoft.Compute/virtualMachines/read' on the linked scope(s) '/x'."
    )
    wanted = "grant a role that holds Microsoft.Compute/virtualMachines/read, then run it again"

    assert refusal("PUT", COLLECTION, words, code).endswith(wanted)


def test_a_linked_right_that_azure_does_not_name() -> None:
    """The request's own action is the one that is not lacking."""
    said = refusal("PUT", COLLECTION, "not in this tenant", "LinkedAuthorizationFailed")

    assert said.endswith("grant a role that holds the action that Azure names, then run it again")


@pytest.mark.parametrize(
    ("what", "verb", "step"),
    [
        (f"PUT {COPY}", "create", "set recopy_failed=True, or delete the copy, to copy again"),
        (f"PUT {COPY}", "delete", "run it again to try once more"),
        (f"PUT {COLLECTION}", "create", "run up again to try once more"),
        (f"DELETE {COPY}", "delete", "run it again to try once more"),
        (f"DELETE {DISK}", "delete", "run it again to try once more"),
        (f"PUT {DISK}", "update", "run up again to try once more"),
        (f"POST {INSTANCE}/restore", "create", "run up again to try once more"),
        (f"POST {INSTANCE}/validateRestore", "update", "run up again to try once more"),
    ],
)
@pytest.mark.parametrize("kind", [OperationFailedError, OperationCanceledError])
def test_an_operation_that_failed(kind: type[AzureRecoveryError], what: str, verb: str, step: str) -> None:
    """Only a copy can be copied again."""
    error = kind(what=what, waited_s=1.0, code="Oops", text="Broken.")

    assert f"{error}; {step}" == told(error, verb)


STEPS = [
    (OperationTimedOutError(what=f"POST {INSTANCE}/restore", waited_s=1.0), "create", "run up again to follow it"),
    (
        OperationTimedOutError(what=f"POST {INSTANCE}/validateRestore", waited_s=1.0),
        "update",
        "run up again to validate anew",
    ),
    (
        RestoreJobVanishedError(job_id="1", disk_id=DISK, text="", waited_s=900.0),
        "create",
        "run up again, which looks for it and restores anew only if there is none",
    ),
    (
        NoAnswerError(method="GET", url=ARM, waited_s=1.0, reason="lost", may_have_taken_effect=False),
        "update",
        "run up again when Azure answers: what was started is found, and nothing is started twice",
    ),
    (
        UnexpectedAnswerError(method="GET", url=ARM, status=200, reason="no JSON"),
        "read",
        "run it again when Azure answers: what was known before stays in the state",
    ),
    (
        ThrottledError(method="DELETE", url=ARM, status=429),
        "delete",
        "run it again when Azure answers: what is gone by then is no error",
    ),
    (ServiceError(method="GET", url=ARM, status=401), "create", "check the credentials, then run up again"),
    (
        ServiceError(method="PUT", url=ARM, status=403, code="RequestDisallowedByPolicy"),
        "create",
        "have what forbids it changed, then run up again",
    ),
    (
        NotFoundError(method="GET", url=ARM, status=404),
        "create",
        "make what is missing, or correct its id, then run up again",
    ),
    (ConflictError(method="PUT", url=ARM, status=409), "update", "clear away what Azure names, then run up again"),
    (ConfigurationError("no token by Azure CLI: not found"), "create", "set that right, then run up again"),
    (ConfigurationError("no token by Azure CLI: not found"), "delete", "set that right, then run it again"),
]


@pytest.mark.parametrize(("error", "verb", "step"), STEPS, ids=[type(error).__name__ for error, _, _ in STEPS])
def test_each_kind_of_error(error: AzureRecoveryError, verb: str, step: str) -> None:
    """One step, after what happened."""
    assert f"{error}; {step}" == told(error, verb)


@pytest.mark.parametrize(
    ("verb", "step"),
    [
        ("create", "; run up again to go on"),
        ("update", "; run up again to go on"),
        ("read", "; run the same again, refresh or up: what was known before stays in the state"),
        ("delete", "; run the same again, destroy or up, to go on"),
        ("check", ""),
    ],
)
@pytest.mark.parametrize("about", ["", COPY])
def test_an_interruption(verb: str, step: str, about: str) -> None:
    """What is run again is what was interrupted; an `up` would make anew what a `destroy` was deleting."""
    named = f": {about}" if about else ""

    assert f"interrupted before it was done{named}{step}" == told(InterruptedWaitError(about), verb)


def test_a_verb_after_which_nothing_is_run_again() -> None:
    """A check or a diff tells what happened, and no more."""
    error = ThrottledError(method="GET", url=ARM, status=429)

    assert str(error) == told(error, "check")


@pytest.mark.parametrize("entity", ["VMCheckPoints", "VirtualMachines(ID=guid'1',StampId=guid'2')", "Jobs"])
def test_system_center_is_not_azure(entity):
    """Who is to answer again is whom was asked."""
    url = f"https://wapserver:30006/1/services/systemcenter/vmm/{entity}"
    error = NoAnswerError(method="GET", url=url, waited_s=1.0, reason="read timeout", may_have_taken_effect=False)

    assert "; run up again when System Center answers: " in told(error, "create")


def test_what_is_in_the_way_of_system_center():
    """It is System Center that names it."""
    url = "https://wapserver:30006/1/services/systemcenter/vmm/VMCheckPoints"
    error = ConflictError(method="POST", url=url, status=409, text="Locked.")

    assert told(error, "create").endswith("; clear away what System Center names, then run up again")
