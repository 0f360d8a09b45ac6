"""One question for the backups of any number of resources, asked all at once, and one answer for all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

import pulumi
from pulumi.dynamic import CheckFailure, CheckResult, DiffResult, ReadResult
from pulumi.output import UNKNOWN, contains_unknowns

from azure_recovery.dynamic_providers import backup_facts, bridge, inputs
from azure_recovery.dynamic_providers.backup_facts import Subject, complete_type, same_status, unmet
from azure_recovery.dynamic_providers.backup_status import BackupStatusProvider
from azure_recovery.dynamic_providers.inputs import GATE_ID, NAME_SEED, PROVIDER_KEY, Input, all_known, kind_of
from azure_recovery.dynamic_providers.lookups import is_on
from azure_recovery.dynamic_providers.names import short_id
from azure_recovery.dynamic_providers.program_errors import in_one_line
from azure_recovery.dynamic_providers.provider import Attempt, LifecycleProvider, Seen, answered
from azure_recovery.dynamic_providers.resource import DynamicResource
from azure_recovery.rest.errors import InvalidInputError

RESOURCES = "resources"
STATUSES = "statuses"

_ENTRY = {field.name: field for field in BackupStatusProvider.fields[:4]}


def _entries(name: str, value: Any) -> list[dict[str, str]]:
    """Parse a list of what is asked about; the same thing twice is kept once."""
    if not isinstance(value, list | tuple):
        raise InvalidInputError(property=name, reason=f"must be a list of resources, not {kind_of(value)}")
    parsed = [_entry(f"{name}[{number}]", entry) for number, entry in enumerate(value)]
    return list({key: entry for entry in parsed for key, _ in _subjects([entry])}.values())


def _entry(name: str, value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise InvalidInputError(
            property=name, reason=f"{name} must be a map of {', '.join(_ENTRY)}, not {kind_of(value)}"
        )
    found, failures = inputs.checked(tuple(_ENTRY.values()), value)
    if failures:
        wrong = failures[0]
        raise InvalidInputError(property=name, reason=f"{name}: {wrong.property} {wrong.reason}")
    complete_type(found)
    return found


def _subjects(entries: Any) -> Iterator[tuple[str, Subject]]:
    """Yield key and subject of each entry that is known and parsed."""
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, Mapping) and not contains_unknowns(entry):
            subject = Subject.of(entry)
            if subject is not None:
                yield subject.key, subject


def _normal_entries(value: Any) -> Any:
    return {key: (s.location, s.resource_type) for key, s in _subjects(value)} if isinstance(value, list) else value


_NONE_TO_GET = "a protection gate exists in its own stack alone; ask with BackupStatus instead"


class ProtectionGateProvider(LifecycleProvider):
    """POST backupStatus of each. Nothing is made in Azure, and nothing is deleted. Source: status page."""

    id_input = GATE_ID
    fields = (
        Input(RESOURCES, _entries, required=True, normal=_normal_entries),
        Input(
            "require", backup_facts.requirement, default={"status": "Protected"}, normal=backup_facts.normal_requirement
        ),
        Input("preflight", inputs.one_of("on", "require", "off"), default="on"),
    )

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Return the inputs with what Azure tells now among them, so that a change is one of the gate."""
        return super().check(olds, {name: value for name, value in news.items() if name != STATUSES})

    def settle(self, call: bridge.Call, olds: Mapping[str, Any], inputs: dict[str, Any]) -> list[CheckFailure]:
        """Ask Azure about all that is known; refuse what was required of resources that are in the stack already."""
        inputs[GATE_ID] = olds.get(GATE_ID) or short_id("protection-gate", inputs[NAME_SEED])
        listed = inputs[RESOURCES]
        if contains_unknowns(listed):
            inputs[STATUSES] = UNKNOWN
            if not isinstance(listed, list):
                return []
            known = [entry for entry in listed if not contains_unknowns(entry)]
            try:
                subjects = dict(_subjects(_entries(RESOURCES, known)))
            except InvalidInputError as error:
                return [CheckFailure(RESOURCES, error.reason)]
        else:
            subjects = dict(_subjects(listed))
        if inputs["preflight"] == "off" or not is_on() or not subjects:
            return []
        from azure_recovery.dynamic_providers.backup_looks import look, told_of

        answers = dict(zip(subjects, look(self.session, call, list(subjects.values())), strict=True))
        told = {key: answer for key, answer in answers.items() if answer is not None}
        if not contains_unknowns(listed) and len(told) == len(subjects):
            inputs[STATUSES] = told
        require = inputs["require"] if all_known(inputs, ("require",)) else None
        wrong = {key: why for key, answer in told.items() if (why := unmet(require, answer))}
        if not wrong:
            return []
        line = told_of({subjects[key]: why for key, why in wrong.items()})
        before = dict(_subjects(olds.get(RESOURCES)))
        if inputs["preflight"] == "require":
            return [CheckFailure("require", line)]
        if wrong.keys() & before.keys():
            return [CheckFailure("require", f"{line}, or set preflight='off' while this stack does it")]
        bridge.say(call, f"{line}; if this stack does so, create waits for it", warning=True)
        return []

    @answered
    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Compare what was asked, and what Azure told then and now of each."""
        found = super().diff(_id, olds, news)
        then, now = olds.get(STATUSES), news.get(STATUSES)
        changed = isinstance(now, Mapping) and (
            not isinstance(then, Mapping)
            or then.keys() != now.keys()
            or any(bool(then[key]) != bool(now[key]) or not same_status(then[key], now[key]) for key in now)
        )
        return DiffResult(changes=found.changes or changed, replaces=[], delete_before_replace=False)

    @answered
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Return what Azure tells as outputs, and leave the inputs of the state: so a refresh shows the change."""
        call = bridge.current_call()
        if RESOURCES not in props:
            raise InvalidInputError(property="id", reason=_NONE_TO_GET)
        seen = self.session.run(call, lambda: self.look(call, id_, props), about=id_)
        return ReadResult(id_, seen.outputs, None)

    async def bring(self, call: bridge.Call, inputs: Mapping[str, Any], attempt: Attempt) -> None:
        """Ask about all at once, and wait a bounded time until all are as required."""
        from azure_recovery.dynamic_providers.backup_looks import wait_until_met

        subjects = dict(_subjects(inputs[RESOURCES]))
        told = await wait_until_met(self.session, call, list(subjects.values()), inputs["require"])
        attempt.outputs[STATUSES] = dict(zip(subjects, told, strict=True))

    async def look(self, _call: bridge.Call, _id: str, props: Mapping[str, Any]) -> Seen:
        """Ask about all of the state; what Azure does not know any more tells nothing."""
        from azure_recovery.dynamic_providers.backup_looks import look_at_all

        subjects = dict(_subjects(props[RESOURCES]))
        told = await look_at_all(self.session, list(subjects.values()))
        kept = {name: value for name, value in props.items() if name != PROVIDER_KEY}
        return Seen(outputs=kept | {STATUSES: dict(zip(subjects, told, strict=True))})

    async def remove(self, _call: bridge.Call, _id: str, _props: Mapping[str, Any]) -> None:
        """Do nothing: the backups are not the gate's."""

    def _bring(self, id_: str, inputs: dict[str, Any], before: dict[str, Any], provider: str) -> dict[str, Any]:
        del before  # what `check` and the state were told is older than what `bring` is told
        asked = {name: value for name, value in inputs.items() if name != STATUSES}
        return super()._bring(id_, asked, {}, provider)


class ProtectionGate(DynamicResource):
    """Created when every resource that it lists is backed up as required; one failure names all that are not.

    Args:
        name: The resource's name in the program.
        resources: What is asked about: maps of `resource_id` and `location`, and `resource_type` and `po_logical_name`
            where `BackupStatus` needs them. All are asked at the same time.
        require: As `BackupStatus`; `"Protected"` without it.
        preflight: As `BackupStatus`.
        opts: Options of the resource. `custom_timeouts` bound the wait; five minutes without.
    """

    _recipe = "azure_recovery.dynamic_providers.protection_gate:ProtectionGateProvider"
    _type_name = "ProtectionGate"
    _inputs = tuple(field.name for field in ProtectionGateProvider.fields)
    _outputs = (GATE_ID, STATUSES)

    gate_id: pulumi.Output[str]
    """The gate's id; a gate exists in the state alone."""
    resources: pulumi.Output[Sequence[Mapping[str, str]]]
    require: pulumi.Output[Mapping[str, str]]
    preflight: pulumi.Output[str]
    statuses: pulumi.Output[Mapping[str, Mapping[str, Any]]]
    """Lower-case ARM id (with `#` and the item's lower-case name behind it, where one was asked for) to the fields of
    `BackupStatus`."""

    def __init__(
        self,
        name: str,
        *,
        resources: pulumi.Input[Sequence[pulumi.Input[Mapping[str, pulumi.Input[str | None]]]]],
        require: pulumi.Input[str | Mapping[str, pulumi.Input[str]]] | None = None,
        preflight: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, {RESOURCES: resources, "require": require, "preflight": preflight}, opts)

    @classmethod
    @in_one_line
    def get(cls, name: str, id: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None) -> Self:  # noqa: A002
        """Refuse: a gate exists in the state of its own stack alone; `BackupStatus.get` asks about a resource.

        Raises:
            InvalidInputError: Always, in the program.
        """
        del name, id, opts
        raise InvalidInputError(property="id", reason=_NONE_TO_GET)
