"""What Azure refuses, and what people interrupt, ends as docs/failures.md says, word for word."""

from __future__ import annotations

import pytest

from azure_recovery.dynamic_providers import bridge
from tests.failures.conftest import Ended, MakeResource, Resource, gate_of
from tests.failures.document import lines, matches
from tests.providers.worlds import COPY_ID, DAILY, OTHER_SOURCE, SOURCE, TARGET, collection, copied
from tests.waiting import wait_until

CHAIN = f"{TARGET}/restorePoints/first"


def held(heading: str, said: str) -> None:
    """Compare what was said with the line below a heading of the document."""
    given = {
        "id": COPY_ID,
        "copy": COPY_ID,
        "collection": TARGET,
        "source": SOURCE,
        "other source": OTHER_SOURCE,
    }
    assert matches(lines()[heading], said, given), f"the document says\n  {lines()[heading]}\nand it was\n  {said}"


def refused(resource: Resource, verb: str = "up", **changed: str) -> str:
    """Run, which must fail, and return what was said."""
    said = resource.run(verb, **changed).said
    assert said
    return said


def test_copied_already(make: MakeResource) -> None:
    """The copy that is in the way is named, and the way out."""
    held("copied-already", refused(make("copy", copies=[copied("first")])))


def test_later_copies(make: MakeResource) -> None:
    """Those that are later are named."""
    held("later-copies", refused(make("copy", copies=[copied("later", "daily-3")])))


def test_a_copy_of_a_copy(make: MakeResource) -> None:
    """Refused before anything is started."""
    second = collection("web-1-more", [], source="web-1-copies", location="swedencentral")
    second["source"]["resource_group"] = "recovery"
    resource = make("copy", copies=[copied("first")], more=[second])
    target = TARGET.replace("web-1-copies", "web-1-more")
    said = refused(resource, source_restore_point_id=CHAIN, restore_point_collection_id=target)

    held("a-copy-of-a-copy", said)
    assert [] == resource.azure.requests("PUT")


def test_no_such_restore_point(make: MakeResource) -> None:
    """Refused before anything is started."""
    held("no-such-restore-point", refused(make("copy"), source_restore_point_id=f"{DAILY}7"))


def test_a_name_that_is_taken(make: MakeResource) -> None:
    """What has it is named, and left alone."""
    held("the-name-is-taken", refused(make("copy", copies=[copied("copy", "daily-2")])))


def test_a_collection_that_is_taken(make: MakeResource) -> None:
    """What has the name is described, and left alone."""
    resource = make("collection", more=[collection("web-1-copies", [], source="web-1-weekly")])

    held("the-collection-is-taken", refused(resource))


@pytest.mark.parametrize(
    ("heading", "method", "answer"),
    [
        ("refused-by-azure", "PUT", (409, "OperationNotAllowed", "The quota is used up.")),
        ("refused-by-a-policy", "PUT", (403, "RequestDisallowedByPolicy", "Policy says no.")),
        ("locked", "DELETE", (409, "ScopeLocked", "The scope is locked.")),
    ],
)
def test_refused_by_azure_alone(make: MakeResource, heading: str, method: str, answer: tuple[int, str, str]) -> None:
    """Azure's words are told with the next step."""
    resource = make("copy")
    verb = "up" if method == "PUT" else "destroy"
    if verb == "destroy":
        assert "" == resource.run("up").said
    status, code, words = answer
    resource.azure.faults.answer(method, COPY_ID, status, code, text=words)

    held(heading, refused(resource, verb))


def test_no_collection(make: MakeResource) -> None:
    """A warning in the preview, and an error a minute after the first try."""
    resource = make("copy", copies=[])
    missing = f"{TARGET}-2"

    ended = resource.run("up", restore_point_collection_id=missing)

    line = lines()["no-collection"]
    assert matches(line, ended.said, {"copy": f"{missing}/restorePoints/copy", "collection": missing}), ended.said
    assert not ended.kept
    assert ended.warnings


def interrupted(resource: Resource, verb: str, when: str, fault: str = "") -> Ended:
    """Run, with a Ctrl-C as soon as the row shows *when*."""
    with pytest.MonkeyPatch.context() as patch:
        cancellation = bridge._Cancellation()
        patch.setattr(bridge, "_cancellation", cancellation)
        said = resource.azure._say

        def say(call: bridge.Call, message: str, **more: bool) -> None:
            said(call, message, **more)
            if when in message:
                # On a clock that nobody waits for, the work could be over before the engine can end it.
                wait_until(lambda: bool(cancellation._stops))
                cancellation.come()

        patch.setattr(bridge, "say", say)
        ended = resource.run(verb, fault)
        assert cancellation.came
        return ended


def test_interrupted(make: MakeResource) -> None:
    """A Ctrl-C while a copy replicates ends the wait with the copy in the state, and the next run goes on."""
    resource = make("copy")

    for _verb in ("create", "update"):
        ended = interrupted(resource, "up", "replicating")
        held("interrupted", ended.said)
        assert ended.kept
    assert "" == resource.run("up").said


def test_a_gate_is_interrupted(make: MakeResource) -> None:
    """It is named as it stands in the state."""
    copy = make("copy")
    assert "" == copy.run("up", wait="accepted").said
    gate = gate_of(copy)

    ended = interrupted(gate, "up", "replicat")

    assert matches(lines()["interrupted"], ended.said, {"id": gate.stack.id}), ended.said
    assert gate.stack.id.startswith("replication-gate-")


@pytest.mark.parametrize(
    ("verb", "fault", "when", "heading"),
    [
        ("refresh", "throttled:operation=RestorePoints.Get,count=0", "throttled", "interrupted-while-looking"),
        ("destroy", "throttled:operation=RestorePoints.Delete,count=0", "throttled", "interrupted-while-deleting"),
        ("destroy", "throttled:operation=Operations.Get,count=0", "throttled", "interrupted-while-deleting"),
    ],
)
def test_what_makes_nothing_is_interrupted(make: MakeResource, verb: str, fault: str, when: str, heading: str) -> None:
    """Nobody is sent to an `up` that would make again what a `destroy` takes away; the same once more ends well."""
    resource = make("copy")
    assert "" == resource.run("up").said

    ended = interrupted(resource, verb, when, fault)

    held(heading, ended.said)
    assert ended.kept
    assert "" == resource.run(verb).said
