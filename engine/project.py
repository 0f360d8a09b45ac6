"""`Pulumi.yaml` and `Pulumi.<stack>.yaml`: what the CLI would read of them, and no more."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from azure_recovery.engine.errors import ProjectError, UnsupportedError
from azure_recovery.engine.passphrase import Passphrase
from azure_recovery.engine.properties import walk

_PROJECT_KEYS = {
    # Used here.
    "name", "runtime", "main", "config", "stackConfigDir", "plugins",
    # Say something about the project or the backend, nothing about a run.
    "description", "author", "website", "license", "backend", "template",
}  # fmt: skip
_RUNTIME_OPTIONS = {"toolchain", "virtualenv"}
"""Options that only choose a Python; the engine's *python* argument stands in their place."""
_STACK_KEYS = {"config", "encryptionsalt", "secretsprovider"}


def project_file(folder: Path) -> Path | None:
    """Return the project's file in *folder*; None if there is none."""
    return next((folder / name for name in ("Pulumi.yaml", "Pulumi.yml") if (folder / name).is_file()), None)


def read_settings(path: Path) -> dict[str, Any]:
    """Return what a project's or a stack's file says; nothing if it is empty.

    Raises:
        ProjectError: It cannot be read, or holds something else.
    """
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
        reason = " ".join(str(exc).split())
        raise ProjectError(f"{path}: cannot be read as YAML ({reason}); correct it") from exc
    if raw is not None and not isinstance(raw, dict):
        raise ProjectError(f"{path}: holds no settings; write `name: value` lines")
    return raw or {}


def runtime_of(settings: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Return the language of a project and the options of its runtime."""
    runtime = settings.get("runtime", "")
    if isinstance(runtime, dict):
        return str(runtime.get("name", "")), runtime.get("options") or {}
    return str(runtime), {}


@dataclass(frozen=True, slots=True)
class Config:
    """A stack's configuration.

    Attributes:
        values: `namespace:key` to text; objects are JSON, as the SDK expects them.
        secret_keys: The keys whose values are secret.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    secret_keys: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Project:
    """A Pulumi project on disk.

    Attributes:
        root: Where `Pulumi.yaml` lies.
        name: The project's name.
        directory: The working directory of program and providers: that of `main`.
        program: What is run there, `.` or a file's name.
        declared: The `config` section.
        stack_config: Where `Pulumi.<stack>.yaml` lies.
        plugins: Package name to the folder of its provider.
    """

    root: Path
    name: str
    directory: Path
    program: str
    declared: Mapping[str, Any]
    stack_config: Path
    plugins: Mapping[str, Path]

    @classmethod
    def load(cls, root: Path) -> Project:
        """Read the project in *root*.

        Raises:
            ProjectError: It is missing or malformed.
            UnsupportedError: It asks for something that only the CLI does.
        """
        path = project_file(root)
        if path is None:
            raise ProjectError(f"{root}: no Pulumi.yaml; give the directory of a Pulumi project")
        raw = read_settings(path)
        _refuse_unknown(raw, _PROJECT_KEYS, path)
        name = raw.get("name")
        if not isinstance(name, str) or not name:
            raise ProjectError(f"{path}: 'name' is missing; give the project a name")
        language, options = runtime_of(raw)
        if language != "python":
            raise UnsupportedError(f"runtime {language!r}", str(path))
        _refuse_unknown(options, _RUNTIME_OPTIONS, path, "runtime option ")
        main = (root / str(raw.get("main") or ".")).resolve()
        if not main.is_relative_to(root.resolve()) or not main.exists():
            raise ProjectError(f"{path}: 'main' is {raw.get('main')!r}, which is not in the project; correct the path")
        directory, program = (main, ".") if main.is_dir() else (main.parent, main.name)
        if program == "." and not (main / "__main__.py").exists():
            raise ProjectError(f"{main}: no __main__.py; point 'main' of {path} at the program")
        return cls(
            root=root.resolve(),
            name=name,
            directory=directory,
            program=program,
            declared=raw.get("config") or {},
            stack_config=root / str(raw.get("stackConfigDir") or "."),
            plugins=_plugins(raw.get("plugins") or {}, root, path),
        )

    def config(
        self, stack: str, given: Mapping[str, str], given_secrets: Mapping[str, str], passphrase: str
    ) -> tuple[Config, str | None]:
        """Return the configuration of *stack* and the salt of its file.

        What the caller gives wins over `Pulumi.<stack>.yaml`, which wins over the defaults of `Pulumi.yaml`.

        Raises:
            ProjectError: A declared value is missing or has the wrong type.
        """
        path = self.stack_config / f"Pulumi.{stack}.yaml"
        raw = read_settings(path) if path.exists() else {}
        _refuse_unknown(raw, _STACK_KEYS, path)
        if raw.get("secretsprovider", "passphrase") != "passphrase":
            raise UnsupportedError(f"secretsprovider {raw['secretsprovider']!r}", str(path))
        salt = raw.get("encryptionsalt")
        values: dict[str, Any] = {}
        secret: set[str] = set()
        for key, value in (raw.get("config") or {}).items():
            full = self._full(key, path)
            values[full] = value
            if isinstance(value, dict) and value.keys() == {"secure"}:
                values[full] = Passphrase(passphrase, salt, where=str(path)).decrypt(str(value["secure"]))
                secret.add(full)
            elif any(isinstance(item, dict) and item.keys() == {"secure"} for item in walk(value)):
                raise UnsupportedError("a secret inside a configuration object", f"{path}: {key}")
        for source, is_secret in ((given, False), (given_secrets, True)):
            for key, text in source.items():
                full = self._full(key, "config")
                values[full] = text
                (secret.add if is_secret else secret.discard)(full)
        self._apply_declared(values, secret, stack)
        return Config({key: _text(value) for key, value in values.items()}, frozenset(secret)), salt

    def _full(self, key: str, where: object) -> str:
        parts = str(key).split(":")
        if len(parts) == 3 and parts[1] == "config":  # noqa: PLR2004  # the old form namespace:config:key
            parts = [parts[0], parts[2]]
        if len(parts) > 2 or not all(parts):  # noqa: PLR2004
            raise ProjectError(f"{where}: configuration key {key!r} is not of the form namespace:key")
        return ":".join(parts) if len(parts) == 2 else f"{self.name}:{key}"  # noqa: PLR2004

    def _apply_declared(self, values: dict[str, Any], secret: set[str], stack: str) -> None:
        for key, declaration in self.declared.items():
            full = self._full(key, f"{self.root}/Pulumi.yaml")
            described = declaration if isinstance(declaration, dict) else {"default": declaration}
            if full not in values:
                default = described.get("value", described.get("default"))
                if default is None and full.startswith(f"{self.name}:"):
                    raise ProjectError(
                        f"stack {stack!r} has no value for the configuration key {full}, which {self.root}/Pulumi.yaml "
                        f"declares without a default; set it in Pulumi.{stack}.yaml"
                    )
                if default is not None:
                    values[full] = default
            if full in values and "type" in described and not _is_a(values[full], described):
                raise ProjectError(
                    f"stack {stack!r}: configuration key {full} must be of type {_type_name(described)}; "
                    f"correct it in Pulumi.{stack}.yaml"
                )
            if described.get("secret") and full in values:
                secret.add(full)


@dataclass(frozen=True, slots=True)
class Run:
    """One operation, as everybody who takes part in it knows it.

    Attributes:
        project: What is run.
        stack: The stack's name.
        config: The stack's configuration.
        preview: Nothing may change, and unknown values may reach the providers.
        parallel: How many steps run at once.
        python: Runs the program and dynamic providers.
        env: The whole environment of both.
    """

    project: Project
    stack: str
    config: Config
    preview: bool
    parallel: int
    python: str
    env: Mapping[str, str]


def _is_a(value: Any, described: Mapping[str, Any]) -> bool:
    kind = str(described.get("type"))
    if isinstance(value, str) and kind in ("array", "object"):
        try:
            value = json.loads(value)
        except ValueError:
            return False
    holds = {
        "string": isinstance(value, str),
        "integer": not isinstance(value, bool) and str(value).lstrip("+-").isdigit(),
        "boolean": isinstance(value, bool) or value in ("true", "false"),
        "object": isinstance(value, dict),
        "array": isinstance(value, list) and all(_is_a(item, described.get("items") or {}) for item in value),
    }
    return holds.get(kind, False)


def _type_name(described: Mapping[str, Any]) -> str:
    if described.get("type") == "array":
        return f"array<{_type_name(described.get('items') or {})}>"
    return str(described.get("type"))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def _refuse_unknown(raw: Mapping[str, Any], known: set[str], path: Path, kind: str = "") -> None:
    for key in raw:
        if key not in known:
            raise UnsupportedError(f"{kind}{key!r}", str(path))


def _plugins(raw: Mapping[str, Any], root: Path, path: Path) -> dict[str, Path]:
    _refuse_unknown(raw, {"providers"}, path, "plugins.")
    found: dict[str, Path] = {}
    for item in raw.get("providers") or []:
        if not isinstance(item, dict) or not item.get("name") or not item.get("path"):
            raise ProjectError(f"{path}: each of plugins.providers needs a 'name' and a 'path'")
        found[item["name"]] = (root / item["path"]).resolve()
    return found
