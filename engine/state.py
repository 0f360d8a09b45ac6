"""Resources and pending operations, to and from Pulumi's deployment format version 3 (`pulumi stack export`).

Kept as they come and not written by this engine: `sourcePosition` and `stackTrace`, which only help debuggers.
Source: `sdk/go/common/apitype/core.go`, `ResourceV3`, `OperationV2`, `DeploymentV3`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any

from azure_recovery.engine import urns
from azure_recovery.engine.errors import StateError
from azure_recovery.engine.passphrase import Passphrase
from azure_recovery.engine.properties import SECRET_SIGNATURE, SIGNATURE_KEY, Properties, Secret, each, reveal

FORMAT_VERSION = 3


def now() -> str:
    """Return the time as the state writes it."""
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


@dataclass(eq=False, slots=False)
class Resource:
    """One resource as the state knows it; two are the same only if they are the same object.

    Attributes are those of the format, in its order. A resource that waits for its deletion (`delete`) shares the URN
    with its successor.
    """

    urn: str
    custom: bool = False
    delete: bool = False
    id: str = ""
    type: str = ""
    inputs: Properties = field(default_factory=dict)
    outputs: Properties = field(default_factory=dict)
    parent: str = ""
    protect: bool = False
    external: bool = False
    dependencies: list[str] = field(default_factory=list)
    init_errors: list[str] = field(default_factory=list)
    provider: str = ""
    property_dependencies: dict[str, list[str]] = field(default_factory=dict)
    pending_replacement: bool = False
    additional_secret_outputs: list[str] = field(default_factory=list)
    custom_timeouts: dict[str, float] = field(default_factory=dict)
    retain_on_delete: bool = False
    created: str = ""
    modified: str = ""
    ignore_changes: list[str] = field(default_factory=list)
    hide_diff: list[Any] = field(default_factory=list)
    others: dict[str, Any] = field(default_factory=dict)
    """Fields of the format that this engine does not use, kept for the CLI."""

    def __setattr__(self, name: str, value: Any) -> None:
        self.__dict__[name] = value
        self.__dict__.pop("_text", None)

    def all_dependencies(self) -> Iterator[str]:
        """Yield the URN of everything this resource needs, but its parent and its provider."""
        yield from self.dependencies
        for needed in self.property_dependencies.values():
            yield from needed

    def provider_urn(self) -> str:
        """Return the URN of the provider, empty if there is none."""
        return urns.provider_of(self.provider)[0] if self.provider else ""

    def to_text(self, secrets: Passphrase) -> str:
        """Return the resource as indented JSON; unchanged ones are not written anew."""
        text: str | None = self.__dict__.get("_text")
        if text is None:
            text = self.__dict__["_text"] = json.dumps(self.to_json(secrets), indent=4, ensure_ascii=False)
        return text

    def to_json(self, secrets: Passphrase) -> dict[str, Any]:
        """Return the resource in the format, secrets encrypted, empty fields left out."""
        written: dict[str, Any] = {}
        for item in fields(self):
            if item.name == "others":
                continue
            value = getattr(self, item.name)
            if item.name in ("inputs", "outputs"):
                value = _encrypted(dict(sorted(value.items())), secrets)
            if value or item.name in ("urn", "custom", "type"):
                written[_JSON_NAMES[item.name]] = value
        return {**written, **self.others}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any], secrets: Passphrase) -> Resource:
        """Read a resource; secrets are decrypted."""
        known = {_FIELD_NAMES[key]: value for key, value in raw.items() if key in _FIELD_NAMES}
        for bag in ("inputs", "outputs"):
            known[bag] = {key: _decrypted(value, secrets) for key, value in (known.get(bag) or {}).items()}
        return cls(**known, others={key: value for key, value in raw.items() if key not in _FIELD_NAMES})


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


_JSON_NAMES = {item.name: _camel(item.name) for item in fields(Resource) if item.name != "others"}
_FIELD_NAMES = {json_name: name for name, json_name in _JSON_NAMES.items()}


def _encrypted(value: Any, secrets: Passphrase) -> Any:
    if isinstance(value, Secret):
        if value.ciphertext is None:
            value.ciphertext = secrets.encrypt(json.dumps(reveal(value.value), separators=(",", ":"), sort_keys=True))
        return {SIGNATURE_KEY: SECRET_SIGNATURE, "ciphertext": value.ciphertext}
    return each(value, lambda item: _encrypted(item, secrets))


def _decrypted(value: Any, secrets: Passphrase) -> Any:
    if isinstance(value, dict) and value.get(SIGNATURE_KEY) == SECRET_SIGNATURE:
        if "ciphertext" in value:
            return Secret(json.loads(secrets.decrypt(value["ciphertext"])), value["ciphertext"])
        return Secret(json.loads(value["plaintext"]))
    return each(value, lambda item: _decrypted(item, secrets))


@dataclass(frozen=True, slots=True)
class PendingOperation:
    """An operation that was begun and of which nobody heard the end.

    Attributes:
        resource: As it was handed to the provider.
        type: `creating`, `updating`, `deleting` or `reading`.
    """

    resource: Resource
    type: str


@dataclass(slots=True)
class Deployment:
    """A stack's state.

    Attributes:
        resources: Each after all that it depends on.
        pending: Operations that were interrupted.
        secrets: Encrypts and decrypts this state.
    """

    resources: list[Resource]
    pending: list[PendingOperation]
    secrets: Passphrase

    def to_text(self) -> str:
        """Return the state file's text."""
        # By "\n" alone: a value may hold other characters at which Python would end a line.
        indent = " " * 12
        resources = ",\n".join(
            indent + item.to_text(self.secrets).replace("\n", "\n" + indent) for item in self.resources
        )
        pending = [{"resource": item.resource.to_json(self.secrets), "type": item.type} for item in self.pending]
        head = {
            # The CLI writes its own version and a hash of it; without a version it expects no hash.
            "manifest": {"time": now(), "magic": "", "version": ""},
            "secrets_providers": {"type": "passphrase", "state": {"salt": self.secrets.state}},
        }
        parts = [f'"{key}": {json.dumps(value)}' for key, value in head.items()]
        if resources:
            parts.append(f'"resources": [\n{resources}\n        ]')
        if pending:
            parts.append(f'"pending_operations": {json.dumps(pending)}')
        parts.append('"metadata": {}')
        body = ",\n        ".join(parts)
        return f'{{\n    "version": {FORMAT_VERSION},\n    "deployment": {{\n        {body}\n    }}\n}}\n'

    @classmethod
    def from_text(cls, text: str, passphrase: str, *, where: str, salt: str | None = None) -> Deployment:
        """Read a state file; *salt* serves an empty one.

        Raises:
            StateError: It is not a version 3 deployment, or its secrets are not a passphrase's.
        """
        try:
            raw: dict[str, Any] = json.loads(text) if text.strip() else {"version": FORMAT_VERSION, "deployment": {}}
            version = raw["version"]
            body: dict[str, Any] = raw["deployment"] or {}
            provider = body.get("secrets_providers") or {}
            kind, own_salt = provider.get("type"), (provider.get("state") or {}).get("salt")
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            raise StateError(
                f"{where}: not a Pulumi deployment ({exc}); restore it, or begin with another file"
            ) from exc
        if version != FORMAT_VERSION:
            raise StateError(f"{where}: deployment version {version!r}; this engine reads version {FORMAT_VERSION}")
        if provider and kind != "passphrase":
            raise StateError(f"{where}: secrets of type {kind!r}; this engine reads 'passphrase'")
        secrets = Passphrase(passphrase, own_salt or salt, where=where)
        try:
            resources = [Resource.from_json(item, secrets) for item in body.get("resources") or []]
            pending = [
                PendingOperation(Resource.from_json(item["resource"], secrets), item["type"])
                for item in body.get("pending_operations") or []
            ]
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            raise StateError(f"{where}: a resource is not in the format of version 3 ({exc!r}); restore it") from exc
        return cls(resources, pending, secrets)
