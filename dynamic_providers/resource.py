"""What the resources of this library have in common in a program."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import pulumi

from azure_recovery.dynamic_providers.inputs import NAME_SEED, PROVIDER_KEY
from azure_recovery.dynamic_providers.names import name_seed


class DynamicResource(pulumi.CustomResource):
    """A resource whose provider is an installed class, named in the state and never copied into it.

    `pulumi.dynamic.Resource` pickles the provider with the protocol of the Python that runs the program, and makes
    the result a secret. This class writes the same reference as a constant: it does not change with Python, with the
    library's version or with the machine, so an upgrade shows no difference, and a `destroy` years later runs the
    code that is installed then.
    """

    _recipe: ClassVar[str]
    """Module and class of the provider, as `module:Class`. A promise for ever: every stack's state holds it."""

    _type_name: ClassVar[str]
    """Name of the type in URNs. A promise like the provider's."""

    _inputs: ClassVar[tuple[str, ...]]
    """Inputs, as users write them."""

    _outputs: ClassVar[tuple[str, ...]]
    """Outputs besides the inputs."""

    _secret_outputs: ClassVar[tuple[str, ...]] = ()
    """Those of them that the engine keeps as secrets."""

    name_seed: pulumi.Output[str]
    """`organization/project/stack/name`, from which the physical name is made where the inputs have none yet."""

    def __init__(self, name: str, inputs: Mapping[str, Any], opts: pulumi.ResourceOptions | None) -> None:
        props: dict[str, Any] = dict.fromkeys((*self._inputs, *self._outputs))
        props |= inputs
        organization = pulumi.get_organization() or "organization"  # there is none under mocks
        props[NAME_SEED] = name_seed(organization, pulumi.get_project(), pulumi.get_stack(), name)
        props[PROVIDER_KEY] = reference(self._recipe)
        secret = pulumi.ResourceOptions(additional_secret_outputs=list(self._secret_outputs) or None)
        opts = pulumi.ResourceOptions.merge(opts, secret)
        super().__init__(f"pulumi-python:dynamic/azure_recovery:{self._type_name}", name, props, opts)

    @classmethod
    def get(cls, name: str, id: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None) -> Self:  # noqa: A002
        """Read an object that another stack, or nobody, manages.

        Args:
            name: The resource's name in this program.
            id: ARM id of the object.
            opts: Options of the resource.

        Raises:
            Exception: In preview and in `up`, when Azure has no such object, or one of another kind.
        """
        resource = cls.__new__(cls)
        found = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id))
        DynamicResource.__init__(resource, name, {}, found)
        return resource


def reference(provider: str) -> str:
    """Return *provider*, as `module:Class`, in the form that `pulumi.dynamic` loads: a pickle of protocol 0."""
    module, name = provider.split(":")
    return base64.b64encode(f"c{module}\n{name}\n)R.".encode()).decode()
