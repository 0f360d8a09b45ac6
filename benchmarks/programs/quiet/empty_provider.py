"""A provider that does nothing: the least that a dynamic resource costs."""

from pulumi.dynamic import CreateResult, DiffResult, ResourceProvider


class EmptyProvider(ResourceProvider):
    """Answers at once."""

    serialize_as_secret_always = False

    def diff(self, _id, _olds, _news):
        """Say that nothing changed."""
        return DiffResult(changes=False)

    def create(self, props):
        """Return."""
        return CreateResult(props["name"], dict(props))
