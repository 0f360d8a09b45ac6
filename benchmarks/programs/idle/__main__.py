"""One resource that takes four seconds."""

from idle_provider import IdleProvider
from pulumi.dynamic import Resource


class Idle(Resource):
    """Nothing."""


Idle(IdleProvider(), "idle", {})
