"""The wire shapes of Microsoft.DataProtection: every documented property, and what real answers do to them."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from azure_recovery.rest.arm.ids import ResourceId
from azure_recovery.rest.dataprotection import job_models, models
from azure_recovery.rest.dataprotection.requests import disk_restore_request, validation_request

DATA = Path(__file__).parents[1] / "data" / "dataprotection"
FLOW = {one["name"]: one for one in json.loads((DATA / "wire" / "disk_restore_flow.json").read_text())["interactions"]}
CONTRACT = json.loads((DATA / "properties.json").read_text())
"""Definition → wire names of its properties, from the SDK that the models are written from."""

MODELS = {
    "BackupVaultResource": models.BackupVault,
    "BackupVault": models.BackupVaultProperties,
    "DppIdentityDetails": models.VaultIdentity,
    "UserAssignedIdentity": models.UserAssignedIdentity,
    "FeatureSettings": models.FeatureSettings,
    "CrossRegionRestoreSettings": models.Setting,
    "CrossSubscriptionRestoreSettings": models.Setting,
    "ImmutabilitySettings": models.Setting,
    "StorageSetting": models.StorageSetting,
    "SecuritySettings": models.SecuritySettings,
    "SoftDeleteSettings": models.SoftDeleteSettings,
    "BackupInstanceResource": models.BackupInstance,
    "BackupInstance": models.BackupInstanceProperties,
    "ProtectionStatusDetails": models.ProtectionStatus,
    "PolicyInfo": models.PolicyInfo,
    "PolicyParameters": models.PolicyParameters,
    "AzureOperationalStoreParameters": models.OperationalStoreParameters,
    "Datasource": models.Datasource,
    "DatasourceSet": models.DatasourceSet,
    "IdentityDetails": models.IdentityDetails,
    "AzureBackupRecoveryPointResource": models.RecoveryPoint,
    "AzureBackupDiscreteRecoveryPoint": models.RecoveryPointProperties,
    "RecoveryPointDataStoreDetails": models.StoreDetails,
    "OperationResource": models.OperationStatus,
    "OperationJobExtendedInfo": models.OperationJob,
    "UserFacingError": models.UserFacingError,
    "InnerError": models.InnerError,
    "SystemData": models.SystemData,
    "AzureBackupJobResource": job_models.BackupJob,
    "AzureBackupJob": job_models.BackupJobProperties,
    "JobExtendedInfo": job_models.JobExtendedInfo,
    "JobSubTask": job_models.SubTask,
    "RestoreJobRecoveryPointDetails": job_models.JobRecoveryPoint,
    "UserFacingWarningDetail": job_models.JobWarning,
}

DISK = ResourceId.parse(
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/clitest-dpp-rg/providers/Microsoft.Compute/"
    "disks/clitest-disk-restored"
)
GUARD = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g/providers/Microsoft.DataProtection/x/y"
REQUEST = disk_restore_request(
    "13ccde7abc2a4a2380179ca5ada99038",
    DISK,
    "centraluseuap",
    identity_id="/identity",
    resource_guard_operation_requests=[GUARD],
)
REQUESTS = {
    "ValidateRestoreRequestObject": validation_request(REQUEST),
    "AzureBackupRecoveryPointBasedRestoreRequest": REQUEST,
    "RestoreTargetInfo": REQUEST["restoreTargetInfo"],
    "Datasource": REQUEST["restoreTargetInfo"]["datasourceInfo"],
    "IdentityDetails": REQUEST["identityDetails"],
}


def names_of(table, definition):
    return {name.partition(".")[2] for name in table if name.startswith(f"{definition}.")}


def wire_names(model):
    return {field.alias or name for name, field in model.model_fields.items()}


@pytest.mark.parametrize("definition", sorted(MODELS))
def test_every_documented_property(definition):
    """It is in the model, or in the list of what is left out and why; what is in no documentation is listed too."""
    left_out = names_of(models.LEFT_OUT, definition)
    undeclared = names_of(job_models.UNDECLARED, definition)

    assert set(CONTRACT[definition]) | undeclared == wire_names(MODELS[definition]) | left_out
    assert not left_out & wire_names(MODELS[definition])
    assert not undeclared & set(CONTRACT[definition])


@pytest.mark.parametrize("definition", sorted(REQUESTS))
def test_every_documented_property_of_a_request(definition):
    """It is sent, in the documented casing, or in the list of what is left out and why."""
    left_out = names_of(models.LEFT_OUT, definition)

    assert set(CONTRACT[definition]) == set(REQUESTS[definition]) | left_out
    assert not left_out & set(REQUESTS[definition])


@pytest.mark.parametrize("definition", sorted(set(CONTRACT) - set(MODELS) - set(REQUESTS)))
def test_every_kind_of_restore_but_that_of_a_disk(definition):
    """None of its properties is sent by accident, and each is in the list of what is left out and why."""
    sent = {*REQUEST, *REQUEST["restoreTargetInfo"]} - {"datasourceInfo"}

    assert set(CONTRACT[definition]) == names_of(models.LEFT_OUT, definition)
    assert set() == set(CONTRACT[definition]) & sent


def test_nothing_in_the_tables_is_made_up():
    """Each row is about a definition that is documented, and each documented one has a model, a request or a reason."""
    rows = [*models.LEFT_OUT, *job_models.UNDECLARED]

    assert set() == {row.partition(".")[0] for row in rows} - set(CONTRACT)
    assert set(MODELS) | set(REQUESTS) <= set(CONTRACT)
    assert set(CONTRACT) - set(MODELS) - set(REQUESTS) <= {row.partition(".")[0] for row in models.LEFT_OUT}


@pytest.mark.parametrize("definition", sorted(MODELS))
def test_explicit_nulls_everywhere(definition):
    """A null is as good as an absent property, but for `properties` themselves."""
    model = MODELS[definition]
    properties = model.model_fields.get("properties")
    least = {"properties": {}} if properties and properties.is_required() else {}
    nulls = dict.fromkeys(wire_names(model)) | least

    assert model.model_validate(least) == model.model_validate(nulls)


def test_a_recorded_request():
    """The recording writes `resourceId`, which the service takes; everything else is as it was sent."""
    recorded = FLOW["restore"]["request"]["body"]
    target = recorded["restoreTargetInfo"]["datasourceInfo"]
    target["resourceID"] = target.pop("resourceId")

    ours = disk_restore_request("13ccde7abc2a4a2380179ca5ada99038", DISK, "centraluseuap")

    assert recorded == ours
    assert FLOW["validateRestore"]["request"]["body"].keys() == validation_request(ours).keys()
    assert "recoveryPointId" in validation_request(ours)["restoreRequestObject"]


def test_a_user_assigned_identity_and_guards():
    """They are sent only where they are given: null means the identity that the system assigned."""
    assert {"useSystemAssignedIdentity": False, "userAssignedIdentityArmUrl": "/identity"} == REQUEST["identityDetails"]
    assert [GUARD] == REQUEST["resourceGuardOperationRequests"]
    assert not {"identityDetails", "resourceGuardOperationRequests"} & disk_restore_request("x", DISK, "y").keys()


def test_a_recorded_recovery_point():
    """All of it is read, seven digits of a second included."""
    point = models.RecoveryPoint.model_validate(
        FLOW["list recovery points (newest first, no nextLink)"]["response"]["body"]["value"][0]
    )

    properties = point.properties
    assert datetime(2023, 6, 26, 12, 2, 35, 132322, tzinfo=UTC) == properties.time
    assert ("Default", "638224851417049008", "diskpolicy", None) == (
        properties.retention_tag_name,
        properties.retention_tag_version,
        properties.policy_name,
        properties.policy_version,
    )
    assert properties.friendly_name == properties.recovery_point_id == point.name
    assert ("OperationalStore", "COMMITTED", True) == (
        properties.stores[0].type,
        properties.stores[0].state,
        properties.stores[0].visible,
    )
    assert datetime(2023, 7, 3, 12, 1, 19, 34811, tzinfo=UTC) == properties.stores[0].expires_at


def test_a_recorded_job():
    """What no documentation lists is read too."""
    job = job_models.BackupJob.model_validate(FLOW["job show, completed"]["response"]["body"])

    properties = job.properties
    assert ("OperationalStore", None) == (properties.source_data_store_type, properties.is_cross_region_restore)
    assert timedelta(minutes=3, seconds=34, microseconds=289889) <= properties.duration
    assert properties.duration < timedelta(minutes=3, seconds=35)
    assert "Trigger Restore" == properties.extended_info.sub_tasks[0].name
    assert "0" == properties.extended_info.sub_tasks[0].additional_details["DataTransferredInBytes"]
    assert "a4991cf87a5d4a49b8bb4e22d60abedc" == properties.extended_info.source_recovery_point.id


@pytest.mark.parametrize("spelling", ["dataTransferredInBytes", "dataTransferedInBytes", "DataTransferredInBytes"])
@pytest.mark.parametrize(("sent", "read"), [(4096, 4096.0), ("4096", 4096.0), (None, None), ("many", None)])
def test_bytes_in_all_spellings(spelling, sent, read):
    """The restore page lacks an r; a number that cannot be read is none, because nothing is decided by it."""
    assert read == job_models.JobExtendedInfo.model_validate({spelling: sent}).transferred_bytes


def test_both_spellings_at_once():
    """The one that is not null counts, in either order."""
    null, seven = {"dataTransferredInBytes": None}, {"dataTransferedInBytes": 7}

    assert 7.0 == job_models.JobExtendedInfo.model_validate(null | seven).transferred_bytes
    assert 7.0 == job_models.JobExtendedInfo.model_validate(seven | null).transferred_bytes


@pytest.mark.parametrize("outer", ["dataSourceInfo", "datasourceInfo", "DatasourceInfo"])
@pytest.mark.parametrize("inner", ["resourceID", "resourceId"])
def test_casings_of_a_data_source(outer, inner):
    """An instance and a restore spell the same object differently, and so do answers."""
    instance = models.BackupInstance.model_validate({"properties": {outer: {inner: str(DISK)}}})

    assert str(DISK) == instance.properties.datasource.resource_id


@pytest.mark.parametrize("never", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00", "0001-01-01T00:00:00+05:30", None])
def test_the_year_one(never):
    """By it the service says that an operation or a job has not ended."""
    assert models.OperationStatus.model_validate({"endTime": never}).end_time is None
    assert job_models.BackupJobProperties.model_validate({"endTime": never}).ended_at is None


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("PT3M34S", timedelta(minutes=3, seconds=34)),
        ("PT6M5.7409896S", timedelta(minutes=6, seconds=5, microseconds=740989)),
        ("P1DT2H", timedelta(days=1, hours=2)),
        ("00:00:00", timedelta(0)),
        ("00:03:34", timedelta(minutes=3, seconds=34)),
        ("1.02:00:00", timedelta(days=1, hours=2)),
        ("for ever", None),
        (None, None),
        (12, None),
    ],
)
def test_durations(sent, read):
    """ISO 8601 in recordings, hours and minutes in examples; nothing is decided by one that cannot be read."""
    found = job_models.BackupJobProperties.model_validate({"duration": sent}).duration

    assert (found is None) == (read is None)
    assert read is None or abs(found - read) < timedelta(milliseconds=1)


@pytest.mark.parametrize(("sent", "read"), [(["a", "b"], ("a", "b")), ("a", ("a",)), (None, ()), (["a", None], ("a",))])
def test_recommended_actions(sent, read):
    """A list, one sentence, or nothing."""
    assert read == models.UserFacingError.model_validate({"recommendedAction": sent}).recommended_actions


def test_where_progress_is_read_is_not_shown():
    """The URL may be signed."""
    job = job_models.BackupJobProperties.model_validate({"progressUrl": "https://a.example/x?sig=planted"})

    assert "planted" in job.progress_url
    assert "planted" not in repr(job) + job.model_dump_json()
