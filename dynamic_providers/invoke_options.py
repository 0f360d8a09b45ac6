"""Pulumi's options of an invoke, for what no provider plugin answers but this library, in the program's own process.

Of them `depends_on` alone has a meaning here. A `parent` is taken, as components hand one to everything that they call,
and has no effect: what it is for is the choice of a provider. A provider or a plugin is refused: its settings would be
another identity or another Azure than the one that is asked.

Source: pulumi 3.272, `pulumi/invoke.py` and `pulumi/runtime/invoke.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import pulumi

from azure_recovery.dynamic_providers.inputs import kind_of
from azure_recovery.rest.errors import InvalidInputError

Options: TypeAlias = pulumi.InvokeOptions | pulumi.InvokeOutputOptions

_OF_A_PLUGIN = ("provider", "version", "plugin_download_url")


def check_options(opts: Options | None, *, waits: bool) -> None:
    """Do nothing if *opts* can be honoured.

    Args:
        opts: What the program gave.
        waits: Whether the call answers with an output, which can wait for resources.

    Raises:
        InvalidInputError: They cannot.
    """
    if opts is None:
        return
    if not isinstance(opts, pulumi.InvokeOptions):
        raise InvalidInputError(property="opts", reason=f"must be pulumi.InvokeOptions, not {kind_of(opts)}")
    for name in _OF_A_PLUGIN:
        if getattr(opts, name):
            reason = f"has {name}, but no provider is asked: set azure-native's configuration of the stack instead"
            raise InvalidInputError(property="opts", reason=reason)
    if not waits and isinstance(opts, pulumi.InvokeOutputOptions) and opts.depends_on is not None:
        reason = "has depends_on, for which only the form with _output can wait"
        raise InvalidInputError(property="opts", reason=reason)


def existing(opts: Options | None) -> pulumi.Output[Any]:
    """Return an output that is there once everything exists on which *opts* depend, children of components included.

    It is unknown in a preview of a stack that is still to make any of that. What only changes is not waited for in a
    preview; Pulumi's invokes do not either.
    """
    given = opts.depends_on if isinstance(opts, pulumi.InvokeOutputOptions) else None
    found: pulumi.Output[Any] = pulumi.Output.from_input(given)
    return found.apply(lambda resources: pulumi.Output.all(*_ids(resources)))


def _ids(resources: Any) -> Iterator[pulumi.Output[Any]]:
    for resource in resources if isinstance(resources, Sequence) else [resources]:
        if isinstance(resource, pulumi.ComponentResource) and not getattr(resource, "_remote", False):
            yield from _ids(list(resource._childResources))  # noqa: SLF001 - as the SDK does for `depends_on`
        elif isinstance(resource, pulumi.Resource):
            # What another program made has an URN alone, and so has a remote component.
            known = vars(resource).get("id")
            yield resource.urn if known is None else known
