"""The order in which resources go."""

from __future__ import annotations

import time

from azure_recovery.engine import graph
from azure_recovery.engine.state import Resource


def resource(name: str, *needs: str, parent: str = "", custom: bool = True) -> Resource:
    """Return a resource whose URN is its name."""
    return Resource(name, custom=custom, type="some:index:Type", dependencies=list(needs), parent=parent)


def levels(resources: list[Resource], *spared: str) -> list[list[str]]:
    """Return the names in each level of the deletion."""
    condemned = {item for item in resources if item.urn not in spared}
    return [[item.urn for item in level] for level in graph.delete_order(resources, condemned)]


def test_what_needs_others_goes_first():
    """Each level is all that nothing left needs; what stays holds nobody up."""
    state = [
        resource("network"),
        resource("disk"),
        resource("pair", custom=False),
        resource("left", "disk", parent="pair"),
        resource("user", "pair", "network"),
    ]

    assert [["user"], ["left"], ["network", "disk", "pair"]] == levels(state)
    assert [["user"], ["left"], ["network", "pair"]] == levels(state, "disk")
    assert [["user"], ["network", "disk", "pair"]] == levels(state, "left")


def test_long_chain():
    """A thousand resources, each of which needs the one before, are no work."""
    chain = [resource("0"), *(resource(str(n), str(n - 1)) for n in range(1, 1000))]
    begun = time.process_time()

    assert [[str(n)] for n in reversed(range(1000))] == levels(chain)
    assert time.process_time() - begun < 1
