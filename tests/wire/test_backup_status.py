"""The question about backup status over the wire: method, path, query and body, and the two shapes of refusals."""

import asyncio
import json
from pathlib import Path

import pytest

from azure_recovery.rest.arm.ids import ResourceId
from azure_recovery.rest.errors import NotFoundError, ServiceError, UnexpectedAnswerError
from azure_recovery.rest.recoveryservices.calls import BackupStatuses
from azure_recovery.rest.recoveryservices.models import BackupStatus
from azure_recovery.rest.retrying import RetryPolicy

EXAMPLE = json.loads((Path(__file__).parents[1] / "data" / "recoveryservices" / "backup_status.json").read_text())
ASKED = EXAMPLE["parameters"]
ANSWER = EXAMPLE["responses"]["200"]["body"]
VM = ResourceId.parse(ASKED["parameters"]["resourceId"])
PATH = "/subscriptions/00000000-0000-0000-0000-000000000000/providers/Microsoft.RecoveryServices/locations"


def ask(arm, id_=VM, *, api_version="2026-10-01", **how):
    return asyncio.run(
        BackupStatuses(arm.transport, api_version=api_version).get_status(id_, **{"location": "southeastasia", **how})
    )


@pytest.mark.parametrize("api_version", ["2025-08-01", "2026-10-01"])
def test_the_request_of_the_page(arm, api_version):
    """The documented example, with nothing that was not asked for."""
    arm.say(200, ANSWER)

    ask(arm, resource_type="VM", api_version=api_version)

    assert [f"POST {PATH}/southeastasia/backupStatus?api-version={api_version}"] == arm.sent
    assert ASKED["parameters"] == json.loads(arm.requests[0].content)


def test_the_answer_of_the_page(arm):
    """Each property of the page, as it came."""
    arm.say(200, ANSWER)

    status = ask(arm, resource_type="VM")

    assert ANSWER == status.model_dump(by_alias=True, exclude_none=True)
    assert status.is_protected


def test_all_eleven_properties(arm):
    """Those that the page declares and its example lacks are read too."""
    more = {"registrationStatus": "Registered", "protectedItemsCount": 3, "acquireStorageAccountLock": "Acquire"}
    arm.say(200, ANSWER | more)

    status = ask(arm)

    assert set(BackupStatus.model_fields) == status.model_fields_set
    assert ("Registered", 3, "Acquire") == (
        status.registration_status,
        status.protected_items_count,
        status.acquire_storage_account_lock,
    )


def test_the_subscription_is_that_of_the_resource(arm):
    """A VM of another subscription than the stack's is asked about in its own, in its region."""
    other = ResourceId.parse(
        "/subscriptions/00000000-0000-0000-0000-00000000000b/resourceGroups/g/providers/Microsoft.Storage/"
        "storageAccounts/files"
    )
    arm.say(200, {})

    ask(arm, other, location="West Europe", resource_type="AzureFileShare", po_logical_name="share-1")

    assert other.subscription_id in arm.sent[0]
    assert "/locations/westeurope/" in arm.sent[0]
    assert {
        "resourceId": str(other),
        "resourceType": "AzureFileShare",
        "poLogicalName": "share-1",
    } == json.loads(arm.requests[0].content)


def test_an_answer_that_says_nothing(arm):
    """Every property is optional, and nulls are as good as absence."""
    arm.say(200, dict.fromkeys(ANSWER))

    assert BackupStatus() == ask(arm)


def test_the_earlier_shape_of_errors(arm):
    """2025-08-01: code, message and recommendations, which the error tells."""
    said = {"code": "UserErrorX", "message": "It cannot be told.", "recommendations": ["Register the provider."]}
    arm.say(400, {"error": said})

    with pytest.raises(ServiceError) as caught:
        ask(arm, api_version="2025-08-01")

    assert "UserErrorX" == caught.value.code
    assert "It cannot be told. Register the provider." in str(caught.value)


def test_the_later_shape_of_errors(arm):
    """2026-10-01: ARM's own, with target, details and additional info."""
    arm.say(
        400,
        {
            "error": {
                "code": "BadRequest",
                "message": "The request is invalid.",
                "target": "resourceType",
                "details": [{"code": "Inner", "message": "No such type."}],
                "additionalInfo": [{"type": "x", "info": {}}],
            }
        },
    )

    with pytest.raises(ServiceError) as caught:
        ask(arm)

    assert ("BadRequest", "resourceType", (("Inner", "No such type."),)) == (
        caught.value.code,
        caught.value.target,
        caught.value.details,
    )


def test_a_resource_that_azure_does_not_know(arm):
    """ARM's own 404 is told apart from trouble."""
    arm.refuse(404, "ResourceNotFound")

    with pytest.raises(NotFoundError) as caught:
        ask(arm)

    assert caught.value.is_gone


def test_a_lost_connection(arm):
    """It is a question: asked again, although it is a POST."""
    arm.transport._policy = RetryPolicy(attempts=2)
    arm.lose()
    arm.say(200, ANSWER)

    assert ask(arm).is_protected
    assert 2 == len(arm.requests)


def test_a_busy_service(arm):
    """A 503 is asked again too."""
    arm.transport._policy = RetryPolicy(attempts=2)
    arm.refuse(503, "ServerBusy")
    arm.say(200, ANSWER)

    assert ask(arm).is_protected


def test_a_body_that_does_not_fit(arm):
    """The field is named, its value is not."""
    arm.say(200, {"protectionStatus": {"a": "value"}})

    with pytest.raises(UnexpectedAnswerError) as caught:
        ask(arm)

    assert "protectionStatus" in str(caught.value)
    assert "value" not in str(caught.value).replace("valid", "")
