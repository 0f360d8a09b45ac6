"""The provider processes of one operation: one for each provider resource, as with the CLI."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock, Thread

from azure_recovery.engine import urns
from azure_recovery.engine.errors import PluginError
from azure_recovery.engine.project import Run
from azure_recovery.engine.provider import Provider
from azure_recovery.engine.state import Resource

DYNAMIC = "pulumi-python"
"""The package of Python dynamic providers."""


def provider_command(package: str, run: Run) -> list[str]:
    """Return the command that serves *package*, such as `pulumi-python`; its first line of output is a port.

    Raises:
        PluginError: There is no such provider.
    """
    if package == DYNAMIC:
        return [run.python, "-u", "-m", "pulumi.dynamic"]
    name = f"pulumi-resource-{package}"
    folder = run.project.plugins.get(package)
    if folder is not None:
        executable = folder if folder.is_file() else folder / name
        if not executable.is_file():
            raise PluginError(f"provider {package}: Pulumi.yaml names {folder}, where there is no {name}")
        return [str(executable)]
    found = shutil.which(name, path=run.env.get("PATH"))
    if found is None:
        raise PluginError(
            f"provider {package}: there is no {name} on PATH, nor a folder for it under plugins.providers of "
            f"{run.project.root / 'Pulumi.yaml'}; this engine downloads nothing, so put it there"
        )
    return [str(Path(found).absolute())]


class Registry:
    """Starts, finds and ends provider processes."""

    def __init__(self, start: Callable[[str], Provider], base: Iterable[Resource]) -> None:
        """Take a function that starts a package's process, and the resources of the last run."""
        self._start = start
        self._base = {f"{item.urn}::{item.id}": item for item in base if urns.is_provider(item.type)}
        self._running: dict[str, Provider] = {}
        self._lock = Lock()
        self._closed = False

    def configure(self, resource: Resource, inputs: Mapping[str, object]) -> None:
        """Start the process of a provider *resource* and hand it *inputs*; an earlier one is ended."""
        provider = self._start(urns.package_of(resource.type))
        try:
            provider.configure(resource.urn, resource.id, inputs)
        except BaseException:
            provider.close()
            raise
        outdated: Provider | None = provider
        with self._lock:
            if not self._closed:
                reference = f"{resource.urn}::{resource.id}"
                outdated, self._running[reference] = self._running.get(reference), provider
        if outdated is not None:
            outdated.close()
        if outdated is provider:
            raise PluginError(f"provider {resource.urn}: the operation is over")

    def ensure(self, reference: str) -> None:
        """Start the provider of an old resource with the configuration of the last run, unless it runs."""
        if not reference or self.find(reference) is not None:
            return
        old = self._base.get(reference)
        if old is None:
            raise PluginError(
                f"provider {reference} is not in the state; restore the state, or delete what uses it by hand"
            )
        self.configure(old, old.inputs)

    def find(self, reference: str) -> Provider | None:
        """Return the provider, if it runs."""
        with self._lock:
            return self._running.get(reference)

    def get(self, reference: str) -> Provider:
        """Return the provider.

        Raises:
            PluginError: It was never registered.
        """
        provider = self.find(reference)
        if provider is None:
            raise PluginError(f"provider {reference or '(none)'} was not registered before it was used")
        return provider

    def remove(self, reference: str) -> None:
        """End a deleted provider's process."""
        with self._lock:
            provider = self._running.pop(reference, None)
        if provider is not None:
            provider.close()

    def cancel(self) -> None:
        """Send Cancel to every process, without waiting for the answers."""
        for provider in self._all():
            Thread(target=provider.cancel, daemon=True).start()

    def close(self) -> None:
        """End every process."""
        with self._lock:
            self._closed = True
        providers = self._all()
        if providers:
            with ThreadPoolExecutor(len(providers)) as pool:
                list(pool.map(Provider.close, providers))

    def _all(self) -> Sequence[Provider]:
        with self._lock:
            return list(self._running.values())
