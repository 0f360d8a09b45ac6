"""What a rehearsal holds a program to, beyond the engine's own verdict.

Each check compares two things that were obtained independently of each other: the engine's state with the emulator's
world, the world before with the world after, and everything that was written with what must never be written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from azure_recovery.rehearsal.azure_native import is_echoed
from azure_recovery.rehearsal.world import Request, World, strings

_ARM_ID = re.compile(r"/subscriptions/[^/\s]+/resource[gG]roups/[^/\s]+/providers/[^/\s]+(/[^/\s]+/[^/\s]+)+")

_SIGNED_QUERY = re.compile(r"(?:[?&]|\\u0026)(?:sig|s|h|c|t|p|token|se|sv)=[A-Za-z0-9%+/_=.-]{24,}")
"""A query parameter as Azure signs with: SAS (`sig`), and the `c`, `s`, `h` of ARM's status URLs. Values of those
are 40 characters to three kilobytes long; nothing else that a URL of ARM carries is as long as this. The CLI's state
writes `&` as `\\u0026`."""

_TOP_LEVEL = 9
"""How many segments `/subscriptions/S/resourceGroups/G/providers/NAMESPACE/TYPE/NAME` has, with the empty first one."""

_RECORDS = frozenset({"microsoft.dataprotection/backupvaults/backupjobs", "vmm.job"})
"""Types of what is noted down and nobody can delete."""

_STAYS = frozenset({"vmm.vmcheckpoint"})
"""Types of what a program leaves behind on purpose: the checkpoint that was made for safety before a restore."""

_GROWS = {
    "microsoft.dataprotection/backupvaults/backupinstances": ("recovery_points",),
    "vmm.vmcheckpoint": ("restores",),
    "vmm.virtualmachine": ("properties",),
}
"""What changes by the service's own clock, or because of a restore, which nothing takes back: recovery points come and
go, a checkpoint counts its restores, and all that System Center tells of a machine is what its jobs did."""

_PRIVATE_KEY = "PRIVATE KEY-----"

UNCHANGED = frozenset({"same", "read", "refresh"})
"""The operations of an engine that change nothing."""


@dataclass(frozen=True)
class Finding:
    """Something that did not hold."""

    where: str
    """The phase, and the resource or file."""
    what: str
    remedy: str
    """What to do next."""

    @property
    def line(self) -> str:
        """The finding on one line."""
        return " ".join(f"{self.where}: {self.what}; {self.remedy}".split())


def managed_ids(deployment: Mapping[str, Any]) -> dict[str, str]:
    """Return the ARM ids that the state holds as real resources, each with its URN.

    Args:
        deployment: A deployment in Pulumi's format: `resources`, each with `urn`, `custom`, `id`, `external`.
    """
    return {
        str(resource["id"]): str(resource["urn"])
        for resource in deployment.get("resources") or ()
        if resource.get("custom") and not resource.get("external") and _ARM_ID.fullmatch(str(resource.get("id") or ""))
    }


def after_up(before: World, after: World, deployment: Mapping[str, Any], outputs: Mapping[str, Any]) -> list[Finding]:
    """Compare what an `up` left in the state with what it left in Azure.

    Args:
        before: The world before the first phase.
        after: The world after `up`.
        deployment: The state after `up`.
        outputs: What the stack exports, secrets in clear.
    """
    managed = managed_ids(deployment)
    echoed = [
        str(resource["id"]).lower()
        for resource in deployment.get("resources") or ()
        if is_echoed(str(resource.get("type"))) and resource.get("id")
    ]
    findings = [
        Finding("up", f"the state holds {arm_id}, which Azure does not", f"look at the create of {urn}")
        for arm_id, urn in managed.items()
        if not after.holds(arm_id) and arm_id.lower() not in echoed
    ]
    exported = {
        arm_id: name
        for name, value in outputs.items()
        for arm_id in strings(value)
        if _ARM_ID.fullmatch(arm_id) and arm_id not in managed
    }
    findings += [
        Finding("up", f"output {name} names {arm_id}, which Azure does not hold", "correct the export or the id")
        for arm_id, name in exported.items()
        # What is in something echoed is nowhere either.
        if not _exists(arm_id, after) and not any(_is_or_is_in(arm_id.lower(), owner) for owner in echoed)
    ]
    known = tuple(arm_id.lower() for arm_id in managed)
    findings += [
        Finding(
            "up", f"Azure holds {after.resources[arm_id]['id']}, which the state does not", "it would be left behind"
        )
        for arm_id in _made(before, after)
        # What Azure makes inside of a resource, such as a disk restore point, goes with that resource.
        if not any(_is_or_is_in(arm_id, owner) for owner in known)
    ]
    return findings


def nothing_changed(
    phase: str, before: World, after: World, changes: Mapping[str, int], requests: Sequence[Request]
) -> list[Finding]:
    """Demand that a phase planned no change, asked Azure for none and made none.

    Args:
        phase: The phase's name in the report.
        before: The world before the phase. Only what exists is compared: a copy may go on replicating meanwhile.
        after: The world after it.
        changes: The engine's operations and how many of each.
        requests: What was asked of Azure during the phase.
    """
    findings = [
        Finding(
            phase,
            f"{op} of {count} resources where nothing has changed",
            "compare the program's inputs with the provider's diff",
        )
        for op, count in changes.items()
        if op not in UNCHANGED and count
    ]
    findings += [
        Finding(phase, f"{arm_id} came or went where nothing should change", "look at who asked for it")
        for arm_id in sorted([*_made(before, after), *_made(after, before)])
    ]
    findings += [
        Finding(phase, f"{request.method} {request.path} was sent where nothing has changed", "look at that provider")
        for request in requests
        if request.writes
    ]
    return findings


def after_destroy(before: World, after: World, deployment: Mapping[str, Any]) -> list[Finding]:
    """Demand that a `destroy` left Azure as it was before the first phase, and the state empty.

    Args:
        before: The world before the first phase.
        after: The world after `destroy`.
        deployment: The state after `destroy`.
    """
    findings = [
        Finding("destroy", f"the state still holds {resource['urn']}", "run destroy again, or take away its protection")
        for resource in deployment.get("resources") or ()
    ]
    findings += [
        Finding(
            "destroy", f"{after.resources[arm_id]['id']} is left in Azure", "look at the delete that made no end of it"
        )
        for arm_id in _made(before, after)
    ]
    findings += [
        Finding("destroy", f"{resource['id']} was there before and is gone", "the program deleted what it did not make")
        for arm_id, resource in before.resources.items()
        if arm_id not in after.resources
    ]
    findings += [
        Finding("destroy", f"{resource['id']} is not as it was", "the program changed what it did not make")
        for arm_id, resource in before.resources.items()
        if arm_id in after.resources and _lasting(after.resources[arm_id]) != _lasting(resource)
    ]
    return findings


def no_secrets(texts: Iterable[tuple[str, str]], secrets: Iterable[str]) -> list[Finding]:
    """Demand that nothing written down holds a token, a private key or a part of a signed URL.

    Args:
        texts: Each place (state, outputs, log, report) with what it holds.
        secrets: What must be nowhere, word for word: bearer tokens, signatures.

    Returns:
        A finding for each place and kind of secret; the secret itself is not in it.
    """
    forbidden = [secret for secret in secrets if secret]
    findings = []
    for place, text in texts:
        if any(secret in text for secret in forbidden):
            findings.append(
                Finding(place, "holds a bearer token", "find who writes it; a token belongs in a header only")
            )
        if _PRIVATE_KEY in text:
            findings.append(Finding(place, "holds a private key", "find who writes it; name the key's file instead"))
        if _SIGNED_QUERY.search(text):
            findings.append(Finding(place, "holds a part of a signed URL", "find who writes it; cut the query off"))
    return findings


def as_text(value: Any) -> str:
    """Return a JSON value as text in which `no_secrets` can search: no escapes but JSON's own for quotes."""
    return json.dumps(value, ensure_ascii=False, default=str)


def _made(before: World, after: World) -> list[str]:
    """Return what is in *after* and was not in *before*, but for records and what stays."""
    return [
        arm_id
        for arm_id, resource in after.resources.items()
        if arm_id not in before.resources and str(resource.get("type")).lower() not in _RECORDS | _STAYS
    ]


def _lasting(resource: Mapping[str, Any]) -> dict[str, Any]:
    grows = _GROWS.get(str(resource.get("type")).lower(), ())
    return {key: value for key, value in resource.items() if key not in grows}


def _exists(arm_id: str, world: World) -> bool:
    """Whether *arm_id* exists; one of a type that the world does not list exists with what it is in."""
    listed = {_type_of(known.split("/")) for known in world.resources}
    segments = arm_id.lower().split("/")
    while len(segments) > _TOP_LEVEL and _type_of(segments) not in listed:
        segments = segments[:-2]
    return world.holds("/".join(segments))


def _type_of(segments: Sequence[str]) -> tuple[str, ...]:
    return tuple(segments[_TOP_LEVEL - 3 : _TOP_LEVEL - 2]) + tuple(segments[_TOP_LEVEL - 2 :: 2])


def _is_or_is_in(arm_id: str, owner: str) -> bool:
    return arm_id == owner or arm_id.startswith(f"{owner}/")
