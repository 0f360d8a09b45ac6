"""Asking about backups: once in a check, all at the same time; and in a create until the answer is what is required."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from azure_recovery.dynamic_providers import bridge
from azure_recovery.dynamic_providers.backup_facts import Subject, observed, unmet
from azure_recovery.dynamic_providers.lookups import Absent, Answered, Lack, NotKnown
from azure_recovery.dynamic_providers.rights import ASK_BACKUP_STATUS, once_allowed
from azure_recovery.rest.asking import together, unless_gone
from azure_recovery.rest.clock import Deadline
from azure_recovery.rest.errors import AzureRecoveryError, NotFoundError

if TYPE_CHECKING:
    from azure_recovery.dynamic_providers.session import Session
    from azure_recovery.rest.recoveryservices.models import BackupStatus

REQUIRED_WITHIN_S = 300.0
"""Azure's seconds that a create waits for what is required: a vault tells of a new item with a delay."""

_LOOK_AGAIN_S = 15.0


class NotBackedUpError(AzureRecoveryError):
    """A resource is not backed up as the program requires, and waiting did not help."""


def look(session: Session, call: bridge.Call, subjects: Sequence[Subject]) -> list[dict[str, Any] | None]:
    """Return what Azure tells of each, {} of what it does not know; None and a warning where it does not say.

    Each is asked anew: the answer is what a program wants to see change.

    Args:
        session: The conversation with Azure. call: The check, whose row shows warnings. subjects: What to ask about.
    """
    names = [f"POST backupStatus {subject.id}" for subject in subjects]

    def question(subject: Subject) -> Callable[[], Coroutine[Any, Any, BackupStatus]]:
        return lambda: _get(session, subject)

    questions = {name: question(subject) for name, subject in zip(names, subjects, strict=True)}
    answers = session.lookups.ask(call, questions, remember=False)
    told: list[dict[str, Any] | None] = []
    for name, subject in zip(names, subjects, strict=True):
        answer = answers[name]
        if isinstance(answer, NotKnown):
            _warn(session, call, subject, answer)
            told.append(None)
        else:
            told.append(observed(answer.value if isinstance(answer, Answered) else None))
            assert isinstance(answer, Answered | Absent)
    return told


def _warn(session: Session, call: bridge.Call, subject: Subject, answer: NotKnown) -> None:
    needs = {
        Lack.RIGHT: f"needs {ASK_BACKUP_STATUS} on {subject.resource_id}: ",
        Lack.CREDENTIALS: "needs credentials: ",
        Lack.TIME: f"needs an answer about {subject.resource_id}: ",
    }.get(answer.lack, "")
    session.lookups.warn_once(call, f"not checked: {needs}{answer.reason}", about=("backup status", answer.lack))


async def wait_until_met(
    session: Session,
    call: bridge.Call,
    subjects: Sequence[Subject],
    require: Mapping[str, Any] | None,
) -> list[dict[str, Any]]:
    """Return what Azure tells of each, once all of them are as required; in the order of *subjects*.

    Raises:
        NotBackedUpError: Some are not, within `custom_timeouts` or five minutes; all of them are named.
        NotFoundError: Azure does not know one, and nothing is required.
    """
    deadline = Deadline(session.transport.clock, call.timeout_s or REQUIRED_WITHIN_S)
    told: dict[Subject, dict[str, Any]] = {}
    while True:
        left = [subject for subject in subjects if subject not in told or unmet(require, told[subject])]
        answers = await together(_get_allowed(session, call, subject, require, deadline) for subject in left)
        told |= zip(left, answers, strict=True)
        wrong = {subject: why for subject in left if (why := unmet(require, told[subject]))}
        if not wrong:
            return [told[subject] for subject in subjects]
        if deadline.passed:
            raise NotBackedUpError(told_of(wrong, deadline.waited_s))
        bridge.say(call, f"waiting until {len(wrong)} of {len(subjects)} are backed up as required: {_first(wrong)}")
        await session.transport.clock.sleep(min(_LOOK_AGAIN_S, deadline.left_s))


def told_of(wrong: Mapping[Subject, str], waited_s: float = 0.0) -> str:
    """Return one line that names everything that is not as required, and what to do."""
    after = f" after {waited_s:.0f} s" if waited_s else ""
    each = ", ".join(f"{subject} ({why})" for subject, why in wrong.items())
    those = "them" if len(wrong) > 1 else "it"
    return f"not backed up as required{after}: {each}; back {those} up so, or change require"


def _first(wrong: Mapping[Subject, str]) -> str:
    subject, why = next(iter(wrong.items()))
    return f"{subject.resource_id.name}, {why}"


async def _get_allowed(
    session: Session, call: bridge.Call, subject: Subject, require: Mapping[str, Any] | None, deadline: Deadline
) -> dict[str, Any]:
    async def get() -> BackupStatus:
        return await _get(session, subject, deadline=deadline, on_wait=lambda wait: bridge.say(call, str(wait)))

    needs = (ASK_BACKUP_STATUS, str(subject.resource_id))
    try:
        return observed(await once_allowed(session, call, deadline, needs=needs, work=get))
    except NotFoundError as error:
        if require is None or not error.is_gone:
            raise
        return {}


async def look_now(session: Session, subject: Subject) -> dict[str, Any] | None:
    """Return what Azure tells, or None if it says that there is no such resource."""
    status = await unless_gone(_get(session, subject))
    return None if status is None else observed(status)


async def look_at_all(session: Session, subjects: Sequence[Subject]) -> list[dict[str, Any]]:
    """Return what Azure tells of each, in their order; {} of what it does not know."""
    return [told or {} for told in await together(look_now(session, subject) for subject in subjects)]


async def _get(session: Session, subject: Subject, **how: Any) -> BackupStatus:
    return await session.backup_statuses.get_status(
        subject.resource_id,
        location=subject.location,
        resource_type=subject.resource_type,
        po_logical_name=subject.po_logical_name,
        **how,
    )
