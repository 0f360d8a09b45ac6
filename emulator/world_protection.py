"""The part of the world file that is about Recovery Services vaults and what they protect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from azure_recovery.emulator.ids import PROTECTED_ITEM, SPELLINGS, VIRTUAL_MACHINE, ArmId, compute_id, parse
from azure_recovery.emulator.store import Document
from azure_recovery.emulator.world_parts import Parts, WorldError

RECOVERY_VAULT: Final = "microsoft.recoveryservices/vaults"
_MINUTE_S: Final = 60.0


def vault(parts: Parts, entry: Mapping[str, Any], where: str) -> None:
    """Write a Recovery Services vault and its protected items.

    Raises:
        WorldError: It names what the world does not have.
    """
    group = parts.group(entry, where)
    target = ArmId(parts.subscription, group, "Microsoft.RecoveryServices", ("vaults",), (entry["name"],))
    location = parts.location(entry["location"], where)
    wire = {
        "id": str(target),
        "name": target.name,
        "type": "Microsoft.RecoveryServices/vaults",
        "location": location,
        "tags": entry.get("tags", {}),
        "properties": {"provisioningState": "Succeeded"},
    }
    parts.put(parts.row(target.key, RECOVERY_VAULT, group, wire), where)
    for number, item in enumerate(entry.get("protected_items", [])):
        _item(parts, item, target, location, f"{where}.protected_items[{number}]")


def _item(parts: Parts, entry: Mapping[str, Any], owner: ArmId, location: str, where: str) -> None:
    resource, kind = _resource(parts, entry, owner, location, where)
    name = entry.get("po_logical_name", "")
    container, item = _names(resource, kind, name)
    target = owner.child("protectedItems", item)
    begins, ends = entry.get("protected_after_minutes", 0.0), entry.get("protected_until_minutes")
    details: Document = {
        "resource": resource.key,
        "resource_type": kind,
        "po_logical_name": name,
        "vault": _answered(owner),
        "container": container,
        "protected_item": item,
        "policy": entry.get("policy", "DefaultPolicy"),
        "status": entry.get("status", "Protected"),
        "error_code": entry.get("error_code", "Success"),
        "error_message": entry.get("error_message"),
        "registration_status": entry.get("registration_status"),
        "items_count": entry.get("protected_items_count"),
        "lock": entry.get("acquire_storage_account_lock"),
        "since": parts.now + begins * _MINUTE_S,
        "until": None if ends is None else parts.now + ends * _MINUTE_S,
    }
    wire = {
        "id": str(target),
        "name": item,
        "type": SPELLINGS[PROTECTED_ITEM],
        "location": location,
        "properties": {"sourceResourceId": str(resource), "policyName": details["policy"]},
    }
    parts.put(parts.row(target.key, PROTECTED_ITEM, owner.group, wire, **details), where)


def _resource(parts: Parts, entry: Mapping[str, Any], owner: ArmId, location: str, where: str) -> tuple[ArmId, str]:
    if "virtual_machine" not in entry:
        resource = parse(entry["resource_id"])
        if resource is None:
            raise WorldError(f"{where}.resource_id: '{entry['resource_id']}' is no ARM id of a resource")
        return resource, entry["resource_type"]
    group = parts.group(entry, where) if "resource_group" in entry else owner.group
    machine = parts.store.get(
        compute_id(parts.subscription, group, "virtualMachines", entry["virtual_machine"]).key, VIRTUAL_MACHINE
    )
    if machine is None:
        raise WorldError(
            f"{where}.virtual_machine: there is no '{entry['virtual_machine']}' in resource group '{group}'"
        )
    if machine.document["location"].replace(" ", "").lower() != location.replace(" ", "").lower():
        raise WorldError(f"{where}.virtual_machine: it is not in the region of its vault, {location}")
    return compute_id(parts.subscription, group, "virtualMachines", entry["virtual_machine"]), "VM"


def _names(resource: ArmId, kind: str, po_logical_name: str) -> tuple[str, str]:
    """Return the names of container and item, joined by semicolons as the service does."""
    place = f"{resource.group};{resource.name}"
    if kind == "VM":
        return f"iaasvmcontainer;iaasvmcontainerv2;{place}", f"vm;iaasvmcontainerv2;{place}"
    return f"{kind.lower()}container;{place}", f"{kind.lower()};{place};{po_logical_name}".rstrip(";")


def _answered(owner: ArmId) -> str:
    """Return the id of a vault as answers have it."""
    return str(ArmId(owner.subscription, owner.group, owner.namespace, ("Vaults",), owner.names))
