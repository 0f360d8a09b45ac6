"""Something that is made from the disks of a copy, and made anew when they are others."""

from __future__ import annotations

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider


class BuiltProvider(ResourceProvider):
    """Makes nothing, and remembers of what."""

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Replace it for other disks, and for those that are not known yet."""
        changed = olds["disks"] != news["disks"]
        return DiffResult(changes=changed, replaces=["disks"] if changed else [])

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Refuse to be made of nothing."""
        assert props["disks"], "built from nothing"
        return CreateResult("built", {**props, "made_of": props["disks"]})


class Built(Resource):
    """What a disk would be."""

    made_of: pulumi.Output[Any]
    """The disks, unknown in the preview that creates it."""

    def __init__(self, name: str, disks: Any) -> None:
        super().__init__(BuiltProvider(), name, {"disks": disks, "made_of": None})
