"""A dynamic provider as most people write it: PUT, then poll every thirty seconds until it is done."""

import os
import time

import httpx
from pulumi.dynamic import CreateResult, ResourceProvider

ENDPOINT, SPEED = os.environ["ARM_RESOURCE_MANAGER_ENDPOINT"], float(os.environ["AZURE_RECOVERY_SPEED"])
POLL_S = 30.0


class PlainCopyProvider(ResourceProvider):
    """Copies one restore point and sleeps until every disk is there."""

    serialize_as_secret_always = False

    def create(self, props):
        """PUT collection and copy, then wait."""
        with httpx.Client(base_url=ENDPOINT, params={"api-version": "2026-04-01"}, timeout=60) as http:
            token = http.get(
                os.environ["IDENTITY_ENDPOINT"],
                params={"api-version": "2019-08-01", "resource": os.environ["ARM_RESOURCE_MANAGER_AUDIENCE"]},
                headers={"X-IDENTITY-HEADER": os.environ["IDENTITY_HEADER"]},
            ).json()["access_token"]
            http.headers["Authorization"] = f"Bearer {token}"
            source = {"source": {"id": props["source_collection"]}}
            http.put(props["collection"], json={"location": props["region"], "properties": source}).raise_for_status()
            copy = f"{props['collection']}/restorePoints/copy"
            body = {"properties": {"sourceRestorePoint": {"id": f"{props['source_collection']}/restorePoints/p000"}}}
            http.put(copy, json=body).raise_for_status()
            while True:
                time.sleep(POLL_S / SPEED)
                view = http.get(copy, params={"$expand": "instanceView"}).json()["properties"].get("instanceView") or {}
                disks = view.get("diskRestorePoints") or []
                codes = [disk["replicationStatus"]["status"]["code"] for disk in disks]
                if codes and all(code.lower() == "replicationstate/succeeded" for code in codes):
                    return CreateResult(copy, dict(props))
