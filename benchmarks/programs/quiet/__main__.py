"""The resources of the program `starts`, as many and as dependent, of a provider that does nothing."""

import os

import pulumi
from empty_provider import EmptyProvider
from pulumi.dynamic import Resource

ID = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/production/providers/Microsoft.Compute/things/"


MORE = {f"property_{n:02}": ID for n in range(int(os.environ["PROPERTIES"]) - 3)}


class Empty(Resource):
    """Nothing."""

    arm_id: pulumi.Output[str]

    def __init__(self, name: str, of: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(EmptyProvider(), name, {"name": name, "of": of, "arm_id": ID + name, **MORE}, opts)


for n in range(int(os.environ["COMPONENTS"])):
    first = Empty(f"vm-{n:02}", ID)
    earlier: list[pulumi.Resource] = []
    for point in range(int(os.environ["POINTS"])):
        earlier = [Empty(f"vm-{n:02}-p{point:03}", first.arm_id, pulumi.ResourceOptions(depends_on=earlier))]
