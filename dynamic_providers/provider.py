"""What the providers of this library have in common: the contract with the engine.

A provider is a recipe. Its instance is made by the engine's Python process from a name in the state, holds nothing,
and serves many threads. What differs between resources is in three methods: `settle` (names and rules of the inputs),
`bring` (make the object what the inputs say, from whatever is found) and `look` (what it is now).
"""

from __future__ import annotations

import functools
import threading
import traceback
from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, ParamSpec, TypeVar

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)
from pulumi.output import contains_unknowns

from azure_recovery.dynamic_providers import bridge
from azure_recovery.dynamic_providers.inputs import ARM_ID, NAME_SEED, PROVIDER_KEY, Input, checked, normal_id
from azure_recovery.dynamic_providers.next_steps import told
from azure_recovery.dynamic_providers.session import Session, session_for
from azure_recovery.rest.errors import AzureRecoveryError
from azure_recovery.rest.redaction import holds_secret, one_line, redacted
from azure_recovery.rest.sources import CONFIG_KEYS

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(slots=True)
class Attempt:
    """What is known while a create or an update runs, so that a failure keeps it.

    Attributes:
        outputs: The outputs so far.
        started: Whether something of ours exists in Azure, or may exist.
        updates: Whether the state had the resource before.
    """

    outputs: dict[str, Any]
    started: bool = False
    updates: bool = False


@dataclass(slots=True)
class Seen:
    """What `look` found.

    Attributes:
        outputs: The outputs as they are now. inputs: The inputs that would make it so.
        unready: Why it is not usable yet, one line, or "".
    """

    outputs: dict[str, Any]
    inputs: dict[str, Any] = field(default_factory=dict)
    unready: str = ""


class _Wanted:
    """ARM ids that the program of this run still asks for: `delete` must not take them.

    One object can be created and deleted in one run: a forced replacement finds its name taken and adopts it, and
    then the engine deletes "the old one". `check` runs for everything in the program and for nothing else, so what
    it returned is what stays; `diff` would not do, since a refresh asks it too, about things that are to be deleted.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids: set[str] = set()

    def add(self, arm_id: str) -> None:
        with self._lock:
            self._ids.add(normal_id(arm_id))

    def __contains__(self, arm_id: str) -> bool:
        with self._lock:
            return normal_id(arm_id) in self._ids

    def within(self, arm_id: str) -> list[str]:
        """Return those that are parts of *arm_id*, and would be deleted with it."""
        with self._lock:
            return sorted(id_ for id_ in self._ids if id_.startswith(f"{normal_id(arm_id)}/"))


wanted = _Wanted()


def _error_for_engine(error: BaseException, verb: str) -> Exception:
    """Return *error* as the one line that the engine will print after it asked for *verb*."""
    name = type(error).__name__
    if isinstance(error, AzureRecoveryError):
        text = told(error, verb)
    else:
        # Without a limit of its own this would keep to `sys.tracebacklimit`, which is 0 in a provider process.
        last = traceback.extract_tb(error.__traceback__, limit=-1)[0]
        where = f"{Path(last.filename).name}:{last.lineno}"
        text = f"{str(error) or 'no text'} in {where}; a fault of azure-recovery, please report it"
    # The engine prints module and class before the text; a class of `builtins` is printed by its name alone.
    plain = type(name, (Exception,), {"__module__": "builtins"})
    # gRPC takes no text that is not valid Unicode, and a service can quote anything.
    sendable = " ".join(redacted(text).split()).encode(errors="replace").decode()
    return plain(sendable)  # type: ignore[no-any-return]


def answered(method: Callable[P, R]) -> Callable[P, R]:
    """Let nothing but an error of one line leave *method*: after a `BaseException` the engine would wait for ever."""

    @functools.wraps(method)
    def answer(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(*args, **kwargs)
        except BaseException as error:  # noqa: BLE001 - see the docstring
            failure = _error_for_engine(error, method.__name__)
        raise failure

    return answer


class LifecycleProvider(ResourceProvider):
    """The verbs of the engine, in terms of `settle`, `bring`, `look` and `remove`."""

    serialize_as_secret_always = False

    fields: ClassVar[tuple[Input, ...]]

    id_input: ClassVar[str] = ARM_ID
    """The input that `check` computes and that is the resource's id."""

    completed: ClassVar[frozenset[str]] = frozenset()
    """Inputs that Azure decides where the program leaves them out: they are outputs then."""

    @answered
    def configure(self, req: ConfigureRequest) -> None:
        """Take the stack's configuration and prepare the process. No request to Azure."""
        bridge.prepare_server()
        self._config = {key: value for key in CONFIG_KEYS if (value := req.config.get(key)) is not None}

    @property
    def session(self) -> Session:
        """The process's conversation with Azure."""
        return session_for(self._config)

    @answered
    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Return the inputs to store, with the names and ids that can be known, or every input that cannot work."""
        call = bridge.current_call()
        inputs, failures = checked(self.fields, news)
        seed = news.get(NAME_SEED)
        inputs[NAME_SEED] = seed if isinstance(seed, str) else ""
        if not failures:
            failures = self.settle(call, olds, inputs)
        if not failures and isinstance(inputs.get(self.id_input), str):
            wanted.add(inputs[self.id_input])
        return CheckResult(inputs, [_fit_to_show(failure, news) for failure in failures])

    @answered
    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Compare inputs, and nothing that changes by itself."""
        changed = [f for f in self.fields if not f.same(olds.get(f.name, f.default), news.get(f.name, f.default))]
        replaces = [f.name for f in changed if f.forcing]
        return DiffResult(
            changes=bool(changed) or self.unfinished(olds, news), replaces=replaces, delete_before_replace=False
        )

    @answered
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Make the object, or find our own and go on with it."""
        id_ = props[self.id_input]
        return CreateResult(id_, self._bring(id_, _bare(props), {}, props[PROVIDER_KEY]))

    @answered
    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Make the object what the inputs say, and bring an unfinished one to its end."""
        return UpdateResult(self._bring(id_, _bare(news), _bare(olds), news[PROVIDER_KEY]))

    @answered
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Return what is there; gone only when Azure says so."""
        call = bridge.current_call()
        seen = self.session.run(call, lambda: self.look(call, id_, _bare(props)), about=id_)
        if seen is None:
            if self.id_input not in props:  # asked for by the program: the engine takes an empty id for a success
                raise AzureRecoveryError(f"{id_} does not exist; check the id")
            return ReadResult("", {})
        if seen.unready:
            provider = {PROVIDER_KEY: props[PROVIDER_KEY]}
            if bridge.fail_initialization(
                call, id_=id_, outputs=seen.outputs | provider, inputs=seen.inputs | provider, reasons=[seen.unready]
            ):
                raise AzureRecoveryError(seen.unready)
        return ReadResult(id_, seen.outputs, seen.inputs)

    @answered
    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Delete the object, unless this run's program still asks for it."""
        call = bridge.current_call()
        if id_ in wanted:
            bridge.say(call, "kept: the program still asks for this object under another step", ephemeral=False)
            return
        self.session.run(call, lambda: self.remove(call, id_, _bare(props)), about=id_)

    def _bring(self, id_: str, inputs: dict[str, Any], before: dict[str, Any], provider: str) -> dict[str, Any]:
        call = bridge.current_call()
        # A failed update keeps the old inputs among its outputs, so that the next diff still sees the change.
        attempt = Attempt(outputs=dict(before or inputs), updates=bool(before))
        try:
            self.session.run(call, lambda: self.bring(call, inputs, attempt), about=id_)
        except Exception as error:
            if attempt.started:  # whatever went wrong: what exists is not dropped from the state
                reason = str(_error_for_engine(error, self.create.__name__))
                bridge.fail_initialization(
                    call, id_=id_, outputs=attempt.outputs | {PROVIDER_KEY: provider}, inputs=None, reasons=[reason]
                )
            raise
        # An input that the program does not give any more is none of the old outputs that stay.
        declared = {f.name for f in self.fields} - self.completed
        return {name: value for name, value in attempt.outputs.items() if name not in declared} | inputs

    @abstractmethod
    def settle(self, call: bridge.Call, olds: Mapping[str, Any], inputs: dict[str, Any]) -> list[CheckFailure]:
        """Put names and ids into *inputs* and return what cannot work. *olds* are the old inputs, {} at first."""

    @abstractmethod
    async def bring(self, call: bridge.Call, inputs: Mapping[str, Any], attempt: Attempt) -> None:
        """Make the object what *inputs* say; write into *attempt* what is known as soon as it is known."""

    @abstractmethod
    async def look(self, call: bridge.Call, id_: str, props: Mapping[str, Any]) -> Seen | None:
        """Return what is there, or None if Azure says that it is gone."""

    @abstractmethod
    async def remove(self, call: bridge.Call, id_: str, props: Mapping[str, Any]) -> None:
        """Delete the object; one that is gone already is no error."""

    def unfinished(self, _olds: Mapping[str, Any], _news: Mapping[str, Any]) -> bool:
        """Return whether the state says that `update` has something to bring to its end."""
        return False


def _bare(props: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in props.items() if name != PROVIDER_KEY}


def _fit_to_show(failure: CheckFailure, news: Mapping[str, Any]) -> CheckFailure:
    """Return *failure* without secrets, and without its property where the engine would print one with the value."""
    if not holds_secret({failure.property: news.get(failure.property)}):
        return CheckFailure(failure.property, redacted(failure.reason))
    return CheckFailure("", one_line(redacted(f"{failure.property}: {failure.reason}")))


def same_forcing(fields: tuple[Input, ...], olds: Mapping[str, Any], inputs: Mapping[str, Any], *, but: str) -> bool:
    """Return whether no forcing input but *but* differs between *olds* and *inputs*."""
    return all(f.same(olds.get(f.name), inputs.get(f.name)) for f in fields if f.forcing and f.name != but)


def forcing_known(fields: tuple[Input, ...], inputs: Mapping[str, Any], *, but: str) -> dict[str, Any] | None:
    """Return the forcing inputs but *but*, normalised for a hash, or None while one of them is unknown."""
    values = {f.name: inputs.get(f.name) for f in fields if f.forcing and f.name != but}
    if contains_unknowns(values):
        return None
    return {f.name: f.normal(values[f.name]) for f in fields if f.name in values and values[f.name] is not None}
