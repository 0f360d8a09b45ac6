"""A provider that has nothing to do with copies."""

from pulumi.dynamic import CreateResult, ResourceProvider


class OtherProvider(ResourceProvider):
    """Creates at once."""

    serialize_as_secret_always = False

    def create(self, props):
        """Return."""
        return CreateResult("other", dict(props))
