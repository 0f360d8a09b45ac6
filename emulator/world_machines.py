"""Virtual machines of the world file and their disks, as Azure answers them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azure_recovery.emulator import records
from azure_recovery.emulator.clock import timestamp
from azure_recovery.emulator.ids import DISK, SPELLINGS, ArmId
from azure_recovery.emulator.store import Document


def disk_wire(disk: Document, machine: ArmId | None, location: str, os_type: str, now: float) -> Document:
    """Return a disk as Azure answers it; without *machine* it is attached to none."""
    encryption = {"type": disk["encryption"]["type"]}
    if "diskEncryptionSet" in disk["encryption"]:
        encryption["diskEncryptionSetId"] = disk["encryption"]["diskEncryptionSet"]["id"]
    properties: Document = {
        "creationData": {"createOption": "Empty" if disk["lun"] is not None else "FromImage"},
        "diskSizeGB": disk["size_gib"],
        "timeCreated": timestamp(now),
        "provisioningState": "Succeeded",
        "diskState": "Unattached" if machine is None else "Attached",
        "uniqueId": disk["unique_id"],
        "encryption": encryption,
    }
    if disk["lun"] is None:
        properties["osType"] = os_type
    attached = {} if machine is None else {"managedBy": str(machine)}
    return {
        "id": disk["id"],
        "name": disk["name"],
        "type": SPELLINGS[DISK],
        "location": location,
        "sku": {"name": disk["sku"]},
        **attached,
        "properties": properties,
    }


def captured(entry: Mapping[str, Any], target: ArmId, location: str, os_type: str) -> Document:
    """Return what a restore point captures of a VM besides its disks."""
    os_profile: Document = {
        "computerName": entry["name"],
        "adminUsername": entry.get("admin_username", "azureuser"),
        "secrets": [],
        "allowExtensionOperations": True,
        "requireGuestProvisionSignal": True,
    }
    if os_type == "Linux":
        os_profile["linuxConfiguration"] = {"disablePasswordAuthentication": True, "provisionVMAgent": True}
    else:
        os_profile["windowsConfiguration"] = {"provisionVMAgent": True, "enableAutomaticUpdates": True}
    metadata: Document = {
        "vmId": records.unique_id(target.key),
        "hardwareProfile": {"vmSize": entry.get("size", "Standard_D2s_v5")},
        "osProfile": os_profile,
        "diagnosticsProfile": {"bootDiagnostics": {"enabled": True}},
        "securityProfile": {
            "securityType": "TrustedLaunch",
            "encryptionAtHost": False,
            "uefiSettings": {"secureBootEnabled": True, "vTpmEnabled": True},
        },
        "location": location,
        "hyperVGeneration": entry.get("hyper_v_generation", "V2"),
    }
    if "license_type" in entry:
        metadata["licenseType"] = entry["license_type"]
    if "user_data" in entry:
        metadata["userData"] = entry["user_data"]
    return metadata


def storage_profile(disks: list[Document], os_type: str) -> Document:
    """Return how a VM shows its disks."""
    shown = [
        {
            "name": disk["name"],
            "createOption": "FromImage" if disk["lun"] is None else "Attach",
            "caching": disk["caching"],
            "diskSizeGB": disk["size_gib"],
            "managedDisk": {"storageAccountType": disk["sku"], "id": disk["id"]},
            **({"osType": os_type} if disk["lun"] is None else {"lun": disk["lun"]}),
        }
        for disk in disks
    ]
    return {
        "osDisk": next(disk for disk in shown if "lun" not in disk),
        "dataDisks": [disk for disk in shown if "lun" in disk],
    }
