"""The emulator, as the stand-in for azure-native asks it: patient, as the real plugin is, and on loopback alone."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
_PASSING: Final = frozenset({401, 408, 429, 500, 502, 503, 504})
_ATTEMPTS: Final = 10
_LONGEST_PAUSE_S: Final = 60.0
"""Azure's seconds between two attempts where the answer does not ask for more."""


class ArmFailureError(RuntimeError):
    """What could not be done, in one line."""


class EmulatedArm:
    """GET, PUT and DELETE of one resource.

    A request that got no answer, or a passing one, is sent again: each of these verbs may be repeated.

    Args:
        environment: `ARM_RESOURCE_MANAGER_ENDPOINT`, `IDENTITY_ENDPOINT`, `IDENTITY_HEADER`,
            `ARM_RESOURCE_MANAGER_AUDIENCE`, `AZURE_RECOVERY_SPEED`, as a rehearsal sets them.

    Raises:
        ArmFailureError: The endpoint is not on loopback: this plugin is none for a real Azure.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._endpoint = environment.get("ARM_RESOURCE_MANAGER_ENDPOINT", "")
        self._identity = environment.get("IDENTITY_ENDPOINT", "")
        for name, url in (
            ("ARM_RESOURCE_MANAGER_ENDPOINT", self._endpoint),
            ("IDENTITY_ENDPOINT", self._identity),
        ):
            if urlsplit(url).hostname not in _LOOPBACK:
                raise ArmFailureError(
                    f"{name} is {url or 'not set'}, not on loopback: this stand-in for azure-native serves rehearsals "
                    "alone; deploy with the real plugin"
                )
        self._identity_header = environment.get("IDENTITY_HEADER", "")
        self._audience = environment.get("ARM_RESOURCE_MANAGER_AUDIENCE", "https://management.azure.com/")
        self._speed = float(environment.get("AZURE_RECOVERY_SPEED", "1"))
        self._http = httpx.Client(trust_env=False, timeout=60)
        self._lock = threading.Lock()
        self._token = ""
        self._cancelled = threading.Event()

    def get(self, arm_id: str, api_version: str) -> dict[str, Any] | None:
        """Return the resource; None if there is none.

        Raises:
            ArmFailureError: ARM did not say.
        """
        answer = self._send("GET", arm_id, api_version)
        return None if answer.status_code == httpx.codes.NOT_FOUND else dict(answer.json())

    def put(self, arm_id: str, api_version: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Create or update the resource and return it.

        Raises:
            ArmFailureError: ARM refused.
        """
        answer = self._send("PUT", arm_id, api_version, body)
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise ArmFailureError(_refusal("PUT", arm_id, answer))
        return dict(answer.json())

    def delete(self, arm_id: str, api_version: str) -> None:
        """Delete the resource; one that is gone is fine.

        Raises:
            ArmFailureError: ARM refused.
        """
        self._send("DELETE", arm_id, api_version)

    def cancel(self) -> None:
        """Send nothing again from here on."""
        self._cancelled.set()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _send(
        self, method: str, arm_id: str, api_version: str, body: Mapping[str, Any] | None = None
    ) -> httpx.Response:
        """Return the answer: a success, or 404."""
        said = ""
        for attempt in range(_ATTEMPTS):
            pause_s = min(2.0**attempt, _LONGEST_PAUSE_S)
            try:
                answer = self._http.request(
                    method,
                    f"{self._endpoint}{arm_id}",
                    params={"api-version": api_version},
                    headers={"Authorization": f"Bearer {self._bearer()}"},
                    json=body,
                )
            except httpx.TransportError as error:
                said = f"{method} {arm_id}: no answer ({error})"
            else:
                if answer.is_success or answer.status_code == httpx.codes.NOT_FOUND:
                    return answer
                said = _refusal(method, arm_id, answer)
                if answer.status_code not in _PASSING:
                    break
                if answer.status_code == httpx.codes.UNAUTHORIZED:
                    self._token = ""
                asked = answer.headers.get("Retry-After", "")
                pause_s = max(pause_s, float(asked)) if asked.isdigit() else pause_s
            if self._cancelled.wait(pause_s / self._speed):
                break
        raise ArmFailureError(said)

    def _bearer(self) -> str:
        with self._lock:
            if not self._token:
                answer = self._http.get(
                    self._identity,
                    params={"api-version": "2019-08-01", "resource": self._audience},
                    headers={"X-IDENTITY-HEADER": self._identity_header},
                )
                if not answer.is_success:
                    raise ArmFailureError(f"GET {self._identity}: {answer.status_code}, no token")
                self._token = str(answer.json()["access_token"])
            return self._token


def _refusal(method: str, arm_id: str, answer: httpx.Response) -> str:
    try:
        error = answer.json()["error"]
        words = f"{error['code']}: {error['message']}"
    except (ValueError, KeyError, TypeError):
        words = answer.text[:200] or answer.reason_phrase
    return " ".join(f"{method} {arm_id}: {answer.status_code} {words}".split())
