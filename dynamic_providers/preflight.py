"""What a preview says about a copy before anything is started, from two look-ups for each pair of collections.

Two grades. What can never work, whatever happens until then, is a `CheckFailure` on its property. What does not work
*yet*, or what Azure alone decides, is a warning on the row: half of the stack does not exist in a first preview, rights
spread, quotas refill, and which copies the order rule counts is not documented.

A rule that looks for an absence accepts our own work: after a kill the object under our name is what the program asks
for. A rule whose input is unknown, or whose question has no answer, says nothing.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from pulumi.dynamic import CheckFailure

from azure_recovery.dynamic_providers import bridge, provider
from azure_recovery.dynamic_providers.copy_facts import (
    CopyFacts,
    Look,
    answer_of,
    is_deleting,
    is_made_from,
    unfit_source_collection,
)
from azure_recovery.dynamic_providers.copy_start import points_of, source_of_collection
from azure_recovery.dynamic_providers.found_states import ONE_COPY_A_REGION
from azure_recovery.dynamic_providers.inputs import ARM_ID, all_known
from azure_recovery.dynamic_providers.lookups import Absent, Answered, Lack, NotKnown, is_on
from azure_recovery.dynamic_providers.rights import READ_COLLECTION, READ_LOCATIONS
from azure_recovery.rest.arm.ids import ResourceId, normal_location, same_location
from azure_recovery.rest.errors import InvalidInputError

if TYPE_CHECKING:
    from azure_recovery.dynamic_providers.session import Session

COPIES_AN_HOUR = 3
"""Copies that Azure takes in an hour for one target collection. Source: restore point documentation, throttling."""

Asked = Mapping[str, ResourceId]


def look_ahead_of_collection(
    session: Session, call: bridge.Call, olds: Mapping[str, Any], inputs: Mapping[str, Any]
) -> list[CheckFailure]:
    """Return what can never work about a collection for copies; warn of what does not work yet.

    Args:
        session: The conversation with Azure. call: The check, whose row shows warnings.
        olds: Inputs of the last `up`, or {}. inputs: As checked, with `arm_id`.
    """
    asked: dict[str, ResourceId] = {}
    if all_known(inputs, (ARM_ID,)):
        asked["target"] = ResourceId.parse(inputs[ARM_ID])
    if all_known(inputs, ("source_collection_id",)):
        asked["source"] = ResourceId.parse(inputs["source_collection_id"])
    if not asked or not is_on():
        return []
    looks = _collections(session, call, asked, _absent_source)
    location = inputs["location"] if all_known(inputs, ("location",)) else None
    target, source = answer_of(looks.get("target")), answer_of(looks.get("source"))
    if target is not None and not is_deleting(target.properties.provisioning_state):
        if is_made_from(target, asked.get("source")) and same_location(target.location, location):
            return []
        if {"source", "target"} <= asked.keys() and location is not None:
            return [
                CheckFailure(
                    "restore_point_collection_name",
                    f"is taken: {asked['target']} is in {target.location} with source {source_of_collection(target)}; "
                    "choose another name, or delete it",
                )
            ]
    _say_what_is_not_known(session, call, asked, looks)
    failures = unfit_source_collection("source_collection_id", asked.get("source"), looks.get("source"))
    if source is not None and location is not None and same_location(source.location, location):
        failures.append(
            CheckFailure(
                "location",
                f"is the region of the source collection itself ({source.location}); copies go to another region",
            )
        )
    failures = failures or _unknown_region(session, call, inputs)
    if not failures:
        _warn_of_missing_group(call, asked.get("target"), looks.get("target"))
        _warn_of_collection_moved_within_region(session, call, olds, inputs)
    return failures


def look_ahead_of_copy(
    session: Session, call: bridge.Call, olds: Mapping[str, Any], inputs: Mapping[str, Any]
) -> list[CheckFailure]:
    """Return what can never work about a copy; warn of what does not work yet.

    Args:
        session: The conversation with Azure. call: The check, whose row shows warnings.
        olds: Inputs of the last `up`, or {}. inputs: As checked, with `restore_point_name` and `arm_id`.
    """
    asked: dict[str, ResourceId] = {}
    source_id = None
    if all_known(inputs, ("source_restore_point_id",)):
        source_id = ResourceId.parse(inputs["source_restore_point_id"])
        asked["source"] = source_id.parent
    if all_known(inputs, ("restore_point_collection_id",)):
        asked["target"] = ResourceId.parse(inputs["restore_point_collection_id"])
    if not asked or not is_on():
        return []

    def facts_of(looks: Mapping[str, Look]) -> CopyFacts:
        return CopyFacts(
            source_id=source_id,
            name=inputs["restore_point_name"] if all_known(inputs, ("restore_point_name",)) else None,
            target_id=asked.get("target"),
            source=looks.get("source"),
            target=looks.get("target"),
            recopy_failed=inputs.get("recopy_failed") is True,
        )

    looks = _collections(session, call, asked, lambda looks: facts_of(looks).lacking)
    facts = facts_of(looks)
    if facts.is_started:
        for warning in facts.stuck():
            bridge.say(call, warning, warning=True)
        return []
    _say_what_is_not_known(session, call, asked, looks)
    failures = [*facts.taken_name(), *facts.unfit_source(), *facts.unfit_target()]
    if not failures:
        made_here = facts.target_id is not None and str(facts.target_id) in provider.wanted
        for warning in facts.not_yet(target_is_made_here=made_here):
            bridge.say(call, warning, warning=True)
        _warn_of_copy_moved_within_region(session, call, olds, facts)
        _warn_of_the_hour(session, call, facts)
    return failures


def _collections(
    session: Session, call: bridge.Call, asked: Asked, lacking: Callable[[Mapping[str, Look]], frozenset[str]]
) -> dict[str, Look]:
    """Return the collections by what they are for; ask anew where an earlier answer lacks something."""

    def question(id_: ResourceId) -> Callable[[], Any]:
        return lambda: session.restore_points.get_collection(id_, with_restore_points=True)

    def looks(at: Iterable[str], *, anew: bool) -> dict[str, Look]:
        names = {what: f"GET {asked[what].key}?$expand=restorePoints" for what in at}
        questions = {name: question(asked[what]) for what, name in names.items()}
        answers = session.lookups.ask(call, questions, anew=anew)
        return {what: answers[name] for what, name in names.items()}

    found = looks(asked, anew=False)
    return found | looks(lacking(found), anew=True)


def _unknown_region(session: Session, call: bridge.Call, inputs: Mapping[str, Any]) -> list[CheckFailure]:
    if not all_known(inputs, ("location", "subscription_id")):
        return []
    subscription, wanted = str(inputs["subscription_id"]), normal_location(inputs["location"])

    from azure_recovery.rest.arm.subscriptions import regions

    async def ask() -> frozenset[str]:
        # A list in this library would refuse regions that Azure opens after it.
        return await regions(session.transport, subscription)

    name = f"GET /subscriptions/{subscription.lower()}/locations"
    look = session.lookups.ask(call, {name: ask})[name]
    if isinstance(look, Answered):
        if wanted in look.value:
            return []
        near = difflib.get_close_matches(wanted, look.value, n=1)
        hint = f"did you mean {near[0]}?" if near else "`az account list-locations` lists them"
        return [CheckFailure("location", f"is no region of subscription {subscription}; {hint}")]
    if isinstance(look, NotKnown):
        needs = f"needs {READ_LOCATIONS}: " if look.lack is Lack.RIGHT else ""
        session.lookups.warn_once(call, f"not checked: {needs}{look.reason}", about=look.lack)
    return []


def _absent_source(looks: Mapping[str, Look]) -> frozenset[str]:
    return frozenset({"source"}) if isinstance(looks.get("source"), Absent) else frozenset()


def _nothing(_looks: Mapping[str, Look]) -> frozenset[str]:
    return frozenset()


def _say_what_is_not_known(session: Session, call: bridge.Call, asked: Asked, looks: Mapping[str, Look]) -> None:
    for what, look in looks.items():
        if isinstance(look, Answered | Absent) or look.lack is Lack.LIMIT:
            continue
        needs = {
            Lack.RIGHT: f"needs {READ_COLLECTION} on {asked[what]}: ",
            Lack.CREDENTIALS: "needs credentials: ",
            Lack.TIME: f"needs an answer about {asked[what]}: ",
        }.get(look.lack, "")
        session.lookups.warn_once(call, f"not checked: {needs}{look.reason}", about=look.lack)


def _warn_of_missing_group(call: bridge.Call, id_: ResourceId | None, look: Look | None) -> None:
    if id_ is not None and isinstance(look, Absent) and look.code.lower() == "resourcegroupnotfound":
        bridge.say(call, f"resource group {id_.resource_group} does not exist yet", warning=True)


def _warn_of_collection_moved_within_region(
    session: Session, call: bridge.Call, olds: Mapping[str, Any], inputs: Mapping[str, Any]
) -> None:
    old_id, old_source = _old_id(olds, ARM_ID), _old_id(olds, "source_collection_id")
    if old_id is None or old_source is None or not all_known(inputs, ("source_collection_id", "location")):
        return
    if not (old_source.same_as(inputs["source_collection_id"]) and olds.get("location")):
        return
    if not same_location(str(olds["location"]), inputs["location"]) or old_id.same_as(inputs[ARM_ID]):
        return
    old = answer_of(_collections(session, call, {"old": old_id}, _nothing)["old"])
    held = [point.name or "?" for point in points_of(old)] if old is not None else []
    if held:
        region = normal_location(inputs["location"])
        bridge.say(call, f"the old collection in {region} holds {', '.join(held)}: {ONE_COPY_A_REGION}", warning=True)


def _warn_of_copy_moved_within_region(
    session: Session, call: bridge.Call, olds: Mapping[str, Any], facts: CopyFacts
) -> None:
    target = answer_of(facts.target)
    old_id, old_source = _old_id(olds, "restore_point_collection_id"), _old_id(olds, "source_restore_point_id")
    if target is None or old_id is None or old_source is None or old_id.same_as(facts.target_id):
        return
    if not old_source.same_as(facts.source_id):
        return
    old = answer_of(_collections(session, call, {"old": old_id}, _nothing)["old"])
    if old is not None and same_location(old.location, target.location):
        bridge.say(call, f"{old_id.name} is in the same region, {old.location}: {ONE_COPY_A_REGION}", warning=True)


def _old_id(olds: Mapping[str, Any], name: str) -> ResourceId | None:
    """Return an ARM id of the state; a state that was edited by hand may hold anything."""
    try:
        return ResourceId.parse(olds[name]) if isinstance(olds.get(name), str) else None
    except InvalidInputError:
        return None


def _warn_of_the_hour(session: Session, call: bridge.Call, facts: CopyFacts) -> None:
    if facts.target_id is None or facts.name is None:
        return
    copies = session.lookups.count(f"copies to start in {facts.target_id.key}", facts.name.lower())
    if copies > COPIES_AN_HOUR:
        session.lookups.warn_once(
            call,
            f"more than {COPIES_AN_HOUR} copies are to be started in {facts.target_id.name}: Azure takes "
            f"{COPIES_AN_HOUR} an hour, so the others wait until it takes them",
            about=("hour", facts.target_id.key),
        )
