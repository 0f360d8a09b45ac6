"""A signature that a service quotes reaches neither an error, nor a row, nor the state, whichever way it takes."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from pulumi.dynamic import CheckFailure
from pulumi.runtime.proto import provider_pb2, status_pb2

from azure_recovery.dynamic_providers import bridge, status_rows
from azure_recovery.dynamic_providers.backup_facts import observed, trouble
from azure_recovery.dynamic_providers.disk_facts import unprotected
from azure_recovery.dynamic_providers.inputs import NAME_SEED, PROVIDER_KEY
from azure_recovery.dynamic_providers.provider import answered
from azure_recovery.dynamic_providers.restore_point_collection_copy import RestorePointCollectionCopyProvider
from azure_recovery.rest.compute.errors import DiskReplicationFailedError
from azure_recovery.rest.dataprotection.models import BackupInstance
from azure_recovery.rest.errors import AzureRecoveryError, ConfigurationError, RefusedError
from azure_recovery.rest.recoveryservices.models import BackupStatus

SIGNED = "https://x.example/blob?sv=2024&sig=MARKER"
QUOTING = f"could not read {SIGNED}"
SHOWN = "could not read https://x.example/blob?…"


class Context:
    """A call of gRPC that keeps what it is told."""

    def __init__(self):
        self.metadata = b""

    def set_trailing_metadata(self, metadata):
        """Keep it."""
        self.metadata = dict(metadata)["grpc-status-details-bin"]


@pytest.mark.parametrize("kind", [AzureRecoveryError, ConfigurationError, RefusedError])
def test_in_an_error_of_this_library(kind):
    """Whoever made its text."""
    assert SHOWN == str(kind(QUOTING))


def test_in_the_error_of_a_disk_that_failed():
    """Azure's words for its state stand in it."""
    error = DiskReplicationFailedError(restore_point_id="/p", percents={"os": 40.0}, failed_disks={"os": QUOTING})

    assert SHOWN in str(error)
    assert "MARKER" not in str(error)


@pytest.mark.parametrize("fault", [ValueError(QUOTING), AzureRecoveryError(QUOTING)], ids=["unexpected", "expected"])
def test_in_whatever_leaves_a_provider(fault):
    """An error that nobody foresaw too."""

    @answered
    def create():
        raise fault

    with pytest.raises(Exception, match="could not read") as told:
        create()
    assert "MARKER" not in str(told.value)
    assert SHOWN in str(told.value)


def test_on_a_row(capsys, monkeypatch):
    """Whatever the line is made of: here the reason of a backup instance that is not protected."""
    monkeypatch.setattr(status_rows.sys, "argv", ["provider"])
    instance = BackupInstance.model_validate(
        {"properties": {"currentProtectionState": "ProtectionError", "protectionErrorDetails": {"message": QUOTING}}}
    )
    assert "MARKER" in unprotected(instance)

    bridge.say(bridge.Call(), unprotected(instance), warning=True)

    assert SHOWN in (line := capsys.readouterr().err)
    assert "MARKER" not in line


def test_in_the_reasons_of_a_failed_initialisation():
    """They stay in the state until the next up."""
    call = bridge.Call(context=Context())

    bridge.fail_initialization(call, id_="x", outputs={}, inputs=None, reasons=[QUOTING])

    status = status_pb2.Status.FromString(call.context.metadata)
    failure = provider_pb2.ErrorResourceInitFailed()
    assert status.details[0].Unpack(failure)
    assert ([SHOWN], SHOWN) == (list(failure.reasons), status.message)


def test_in_the_reason_of_a_failed_check(monkeypatch):
    """The engine prints it as it is."""
    provider = RestorePointCollectionCopyProvider()
    provider.configure(SimpleNamespace(config={}))
    monkeypatch.setattr(provider, "settle", lambda *_: [CheckFailure("location", QUOTING)])
    collection = f"/subscriptions/{'0' * 8}-0000-0000-0000-{'0' * 12}/resourceGroups/g/providers/Microsoft.Compute"
    news = {
        "resource_group_name": "recovery",
        "location": "northeurope",
        "source_collection_id": f"{collection}/restorePointCollections/c",
        NAME_SEED: "p/s/n",
        PROVIDER_KEY: "x",
    }

    [failure] = provider.check({}, news).failures

    assert ("location", SHOWN) == (failure.property, failure.reason)


def test_in_the_outputs_of_a_backup_status():
    """And so neither in what is told of one that is not as required."""
    told = observed(BackupStatus.model_validate({"errorCode": "UserErrorX", "errorMessage": QUOTING}))

    assert SHOWN == told["error_message"]
    assert f"; Azure says UserErrorX: {SHOWN}" == trouble(told)
