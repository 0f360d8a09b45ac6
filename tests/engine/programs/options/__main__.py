"""One option of a resource a stage."""

import os

import pulumi
from recorder import Recorded, Renamed

Options = pulumi.ResourceOptions


class Group(pulumi.ComponentResource):
    """A parent."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("options:index:Group", name, {}, opts)


def names(group: str, alias: bool) -> None:
    parent = Group(group, Options(aliases=[pulumi.Alias(name="group")] if alias else None))
    Recorded(f"{group}-child", Options(parent=parent), value="v", called="child")


match os.environ["STAGE"]:
    case "named":
        Recorded("before", value="v")
    case "aliased-name":
        Recorded("after", Options(aliases=[pulumi.Alias(name="before")]), value="v")
    case "aliased-type":
        Renamed("before", Options(aliases=[pulumi.Alias(type_="pulumi-python:dynamic/recorder:Recorded")]), value="v")
    case "aliased-parent":
        Recorded(
            "before", Options(parent=Group("g"), aliases=[pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)]), value="v"
        )
    case "grouped":
        names("group", alias=False)
    case "regrouped":
        names("team", alias=True)
    case "watched":
        Recorded("kept", value="one", nested={"a": 1, "b": 1})
    case "ignoring":
        Recorded("kept", Options(ignore_changes=["value", "nested.a"]), value="two", nested={"a": 2, "b": 2})
    case "retained":
        Recorded("kept", Options(retain_on_delete=True), value="one")
    case "protected":
        Recorded("kept", Options(protect=True), value="one")
        Recorded("loose", value="one")
    case "read":
        Recorded("seen", Options(id="foreign"), value="v")
        Recorded("user", value=Recorded("seen2", Options(id="foreign"), value="v").computed)
    case "nothing":
        pass
