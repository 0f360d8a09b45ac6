from __future__ import annotations

from typing import Any

import pulumi


class RoleAssignment(pulumi.CustomResource):
    """Registers what the SDK's class of that name registers."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        principal_id: Any,
        role_definition_id: Any,
        scope: Any,
        principal_type: Any = "User",
        role_assignment_name: Any = None,
    ) -> None:
        properties = {
            "principalId": principal_id,
            "principalType": principal_type,
            "roleAssignmentName": role_assignment_name,
            "roleDefinitionId": role_definition_id,
            "scope": scope,
            # Outputs.
            "name": None,
            "type": None,
        }
        version = pulumi.ResourceOptions(version="3.29.0")
        merged = pulumi.ResourceOptions.merge(version, opts)
        super().__init__("azure-native:authorization:RoleAssignment", resource_name, properties, merged)
