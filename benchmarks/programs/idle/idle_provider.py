"""A provider whose create takes its time, so that somebody can look at its process."""

import time

from pulumi.dynamic import CreateResult, ResourceProvider


class IdleProvider(ResourceProvider):
    """Sleeps."""

    serialize_as_secret_always = False

    def create(self, props):
        """Sleep, then return."""
        time.sleep(4)
        return CreateResult("idle", dict(props))
