"""Compositions that people deploy, made of the resources of `azure_recovery.dynamic_providers`."""

from azure_recovery.components.checkpoint_restore import CheckpointRestore
from azure_recovery.components.cross_region_copy import CrossRegionCopy
from azure_recovery.components.protected_resources import ProtectedResource, ProtectedResources
from azure_recovery.components.shared_gate import SharedGate
from azure_recovery.components.targets import Target
from azure_recovery.components.vault_disk_restore import VaultDiskRestore
from azure_recovery.components.vault_rights import VaultRights

__all__ = [
    "CheckpointRestore",
    "CrossRegionCopy",
    "ProtectedResource",
    "ProtectedResources",
    "SharedGate",
    "Target",
    "VaultDiskRestore",
    "VaultRights",
]
