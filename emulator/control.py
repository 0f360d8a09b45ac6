"""The control API under `/_emulator/`, and the token endpoint. Neither asks who calls: they belong on loopback."""

from __future__ import annotations

import json
import time
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from azure_recovery.emulator import (
    backup_inventory,
    backup_jobs,
    compute_collections,
    managed_disks,
    recovery_points,
    replication,
    rights,
    spf_view,
    views,
)
from azure_recovery.emulator.clock import timestamp
from azure_recovery.emulator.exchange import TOKEN, Cloud
from azure_recovery.emulator.fault_table import FaultError, from_argument, from_mapping
from azure_recovery.emulator.faults import Faults
from azure_recovery.emulator.ids import (
    BACKUP_INSTANCE,
    BACKUP_JOB,
    BACKUP_VAULT,
    COLLECTION,
    DISK,
    RESTORE_POINT,
    ROLE_ASSIGNMENT,
    SPELLINGS,
)
from azure_recovery.emulator.journal import Journal
from azure_recovery.emulator.store import Row

IDENTITY_HEADER: Final = "emulator"
_TOKEN_LIFE_S: Final = 24 * 3600
_NEWEST: Final = "9999-12-31"
_BACKUPS: Final = (BACKUP_VAULT, BACKUP_INSTANCE, BACKUP_JOB, ROLE_ASSIGNMENT)
_AUDIENCES: Final = ("https://management.azure.com", "https://management.core.windows.net")


class Control:
    """Shows what no client of Azure could see."""

    def __init__(self, cloud: Cloud, journal: Journal, faults: Faults) -> None:
        self._cloud = cloud
        self._faults = faults
        self._journal = journal

    def routes(self) -> list[Route]:
        """Return the routes to mount."""
        return [
            Route("/msi/token", self.token, methods=["GET"]),
            Route("/_emulator/health", self.health, methods=["GET"]),
            Route("/_emulator/world", self.world, methods=["GET"]),
            Route("/_emulator/requests", self.requests, methods=["GET", "DELETE"]),
            Route("/_emulator/faults", self.faults, methods=["GET", "POST", "DELETE"]),
            Route("/_emulator/faults/{id:int}", self.lift, methods=["DELETE"]),
        ]

    async def health(self, _request: Request) -> Response:
        """Say that requests are answered, and what time it is at Azure."""
        return JSONResponse(
            {"status": "ok", "clock": timestamp(self._cloud.clock.now()), "speed": self._cloud.clock.speed}
        )

    async def world(self, _request: Request) -> Response:
        """Show every resource as it stands."""
        now = self._cloud.clock.now()
        with self._cloud.store.transaction():
            self._cloud.store.settle(now)
            resources = [self._resource(row, now) for row in self._cloud.store.every()]
        body = {
            "clock": timestamp(now),
            "speed": self._cloud.clock.speed,
            "subscription_id": self._cloud.subscription_id,
            "tenant_id": self._cloud.tenant_id,
            "settings": self._cloud.settings.as_dict(),
            "resources": resources,
        }
        return JSONResponse(body)

    def _resource(self, row: Row, now: float) -> dict[str, Any]:
        if row.type == COLLECTION:
            return compute_collections.shown(self._cloud, row)
        if row.type == DISK:
            return {**managed_disks.shown(row, now), "visible": managed_disks.visible(row, now)}
        if row.type in _BACKUPS:
            return self._backup(row, now)
        if row.type in spf_view.KINDS:
            return spf_view.shown(self._cloud, row, now)
        if row.type != RESTORE_POINT:
            return dict(row.document["wire"])
        body = views.restore_point(row, now, self._cloud.settings, _NEWEST, instance_view=True)
        state = views.replication_state(row.document, now, self._cloud.settings)
        usable = views.provisioning_state(row.document, now) == "Succeeded" and (
            not row.document["copy"] or state is replication.State.SUCCEEDED
        )
        return {"type": SPELLINGS[RESTORE_POINT], "location": row.location, "usable": usable, **body}

    def _backup(self, row: Row, now: float) -> dict[str, Any]:
        settings = self._cloud.settings
        if row.type == BACKUP_JOB:
            body = backup_jobs.shown(row, now, settings, _NEWEST)
            return {**body, "location": row.location, "visible": now >= row.document["visible_at"]}
        if row.type == ROLE_ASSIGNMENT:
            return {**rights.shown(row), "location": "", "effective": now >= row.document["effective_at"]}
        if row.type == BACKUP_VAULT:
            return backup_inventory.vault_shown(row)
        points = [recovery_points.shown(row, point, _NEWEST) for point in recovery_points.existing(row, now, settings)]
        body = backup_inventory.instance_shown(row, settings)
        return {**body, "location": row.location, "recovery_points": points}

    async def requests(self, request: Request) -> Response:
        """Show the log of requests, or empty it."""
        if request.method == "DELETE":
            self._journal.clear()
            return Response(status_code=204)
        return JSONResponse({"requests": self._journal.entries()})

    async def faults(self, request: Request) -> Response:
        """Show the faults in force, put one into force, or take all away."""
        now = self._cloud.clock.now()
        if request.method == "DELETE":
            self._faults.lift()
            return Response(status_code=204)
        if request.method == "GET":
            return JSONResponse({"faults": [fault.shown(now) for fault in self._faults.every()]})
        try:
            given = json.loads(await request.body())
            fault = from_mapping(given) if isinstance(given, dict) else from_argument(str(given))
        except json.JSONDecodeError as error:
            return JSONResponse({"error": f"the body is no JSON: {error}"}, status_code=400)
        except FaultError as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        return JSONResponse(self._faults.add(fault, now).shown(now), status_code=201)

    async def lift(self, request: Request) -> Response:
        """Take one fault away."""
        return Response(status_code=204 if self._faults.lift(request.path_params["id"]) else 404)

    async def token(self, request: Request) -> Response:
        """Give out the token, in the protocol of App Service's managed identity (2019-08-01)."""
        problem = self._refusal(request)
        status = 200 if problem is None else 400
        self._journal.add(
            at=self._cloud.clock.now(),
            method=request.method,
            path=request.url.path,
            query=request.url.query,
            operation="ManagedIdentity.Token",
            status=status,
        )
        if problem is not None:
            return JSONResponse({"error": "invalid_request", "error_description": problem}, status_code=status)
        # Token lifetimes are measured against the caller's own wall clock, not Azure's.
        body = {
            "access_token": TOKEN,
            "expires_on": str(int(time.time()) + _TOKEN_LIFE_S),
            "resource": request.query_params["resource"],
            "token_type": "Bearer",
        }
        return JSONResponse(body)

    @staticmethod
    def _refusal(request: Request) -> str | None:
        if request.headers.get("x-identity-header") != IDENTITY_HEADER:
            return "The header X-IDENTITY-HEADER is missing or wrong."
        if request.query_params.get("api-version") != "2019-08-01":
            return "The api-version must be 2019-08-01."
        if request.query_params.get("resource", "").rstrip("/") not in _AUDIENCES:
            return "The resource is missing or unknown."
        return None
