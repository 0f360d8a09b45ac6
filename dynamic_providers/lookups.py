"""What `check` asks Azure: each question once a process, answered in time or not at all.

The engine checks resources one after another and nothing else meanwhile, twice in an `up`. So questions are shared by
all resources of the process, run at the same time where a check has several, and share a budget. What is not answered
within it, or may not be asked, is not known; a preview says so once and goes on.

An answer is remembered, and during an `up` the world moves on: what an earlier answer lacked may be there by now. So
whoever is about to act on an absence asks `anew`, and gets a second look if anything may have changed since the first.

The budget is wall time: it is about how long a person waits for a preview, on whatever clock Azure runs.
"""

from __future__ import annotations

import asyncio
import math
import os
import threading
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from azure_recovery.dynamic_providers import bridge
from azure_recovery.rest.asking import together
from azure_recovery.rest.errors import AzureRecoveryError, ConfigurationError, NotFoundError, ServiceError

if TYPE_CHECKING:
    from azure_recovery.dynamic_providers.session import Session

T = TypeVar("T")
Question = Callable[[], Coroutine[Any, Any, T]]

BUDGET_S = 20.0
"""Wall seconds for all questions of a process."""

LONGEST_S = 5.0
"""Wall seconds for all questions of one check, which may ask several times: each time about what it learned before."""

_WORTH_ASKING_S = 0.05
"""Wall seconds below which no answer comes: what is left of an allowance may be a rounding error."""

MOST_LOOKS = 5
"""How often one question is asked in a process."""

QUESTIONS_AT_A_TIME = 32
"""As many as the transport has connections: a request that queues for one holds many times the memory of a question
that has not begun."""

CURRENT_S = 10.0
"""Wall seconds for which nobody else is expected to have changed anything."""

_FORBIDDEN = (401, 403)


VARIABLE = "AZURE_RECOVERY_PREFLIGHT"
"""Environment variable: `off` looks nothing up, as for previews on a machine that must not reach Azure."""

_WORDS = {"": True, "on": True, "true": True, "1": True, "off": False, "false": False, "0": False}


def is_on() -> bool:
    """Return whether previews look anything up.

    Raises:
        ConfigurationError: The environment says neither on nor off.
    """
    given = os.environ.get(VARIABLE, "").strip()
    if given.lower() not in _WORDS:
        raise ConfigurationError(f"{VARIABLE} is {given!r}: write on or off")
    return _WORDS[given.lower()]


class Lack(Enum):
    """Why there is no answer."""

    RIGHT = "a right is missing"
    CREDENTIALS = "there is no token"
    TIME = "no answer in time"
    TROUBLE = "the answer is no use"
    LIMIT = "asked often enough"


@dataclass(frozen=True, slots=True)
class Answered(Generic[T]):
    """The answer to a question."""

    value: T


@dataclass(frozen=True, slots=True)
class Absent:
    """Azure says that there is no such thing; `code` says whether it means its parent or its group."""

    code: str = ""


@dataclass(frozen=True, slots=True)
class NotKnown:
    """No answer, and why, in words and by kind."""

    reason: str
    lack: Lack = Lack.TROUBLE


Outcome = Answered[T] | Absent | NotKnown


def value_of(outcome: Outcome[T]) -> T | None:
    """Return the answer, where there was one."""
    return outcome.value if isinstance(outcome, Answered) else None


@dataclass(slots=True)
class _Remembered:
    outcome: Outcome[Any]
    at: float
    looks: int


class Lookups:
    """The questions of one process.

    Args:
        session: Whom to ask.
        budget_s: Wall seconds for all questions.
        wall: Seconds on the wall, counted from any moment.
    """

    def __init__(
        self, session: Session, budget_s: float = BUDGET_S, wall: Callable[[], float] = time.monotonic
    ) -> None:
        self._session = session
        self._left_s = budget_s
        self._wall = wall
        self._lock = threading.Lock()
        self._known: dict[str, _Remembered] = {}
        self._changed_at = float("-inf")
        self._told: set[object] = set()
        self._members: dict[str, set[str]] = {}

    def ask(
        self,
        call: bridge.Call,
        questions: Mapping[str, Question[T]],
        *,
        anew: bool = False,
        within_s: float | None = None,
        remember: bool = True,
    ) -> dict[str, Outcome[T]]:
        """Return what is known about each of *questions*, asking those that nobody asked before.

        Args:
            call: The check that asks; its questions together have `LONGEST_S`.
            questions: A name that means the same everywhere in the process, such as `GET {lower-case ARM id}`, to how
                it is asked.
            anew: Whether to ask again what was answered before the last change. A question that was asked often
                enough is then not known.
            within_s: Wall seconds for a question that the user has asked for; it costs the budget nothing.
            remember: Whether the answers are kept; if not, whatever is known is asked again, and nothing is kept of it.
        """
        with self._lock:
            if not remember:
                return self._ask(call, questions, within_s)[1]
            worn_out = {
                name for name in questions if anew and self._is_outdated(name) and self._looks(name) >= MOST_LOOKS
            }
            due = {
                name: question
                for name, question in questions.items()
                if name not in self._known or (anew and self._is_outdated(name) and name not in worn_out)
            }
            late: dict[str, Outcome[T]] = {}
            if due:
                begun, answers = self._ask(call, due, within_s)
                if begun is None:
                    late = answers
                else:
                    self._known |= {
                        name: _Remembered(outcome, begun, self._looks(name) + 1) for name, outcome in answers.items()
                    }
            often = NotKnown("it was asked often enough", Lack.LIMIT)
            return {
                name: often if name in worn_out else late[name] if name in late else self._known[name].outcome
                for name in questions
            }

    def _ask(
        self, call: bridge.Call, questions: Mapping[str, Question[Any]], within_s: float | None
    ) -> tuple[float | None, dict[str, Outcome[Any]]]:
        """Return when *questions* were asked, and the answers; None if there was no time left for asking.

        The check's allowance and the budget pay, unless the questions have a limit of their own.
        """
        allowed_s = min(LONGEST_S - call.looked_s, self._left_s) if within_s is None else within_s
        if allowed_s < _WORTH_ASKING_S:
            # The next check has an allowance of its own.
            lacking = NotKnown("the time for looking before a preview is used up", Lack.TIME)
            return None, dict.fromkeys(questions, lacking)
        begun = self._wall()
        answers = self._answers(call, questions, allowed_s)
        if within_s is None:
            took_s = self._wall() - begun
            call.looked_s += took_s
            self._left_s = max(self._left_s - took_s, 0.0)
        return begun, answers

    def changed(self) -> None:
        """Take note that something was made or deleted, so that absences seen before count no longer."""
        # Without the lock, which a check holds while it waits for the loop that this may run on.
        self._changed_at = self._wall()

    def count(self, name: str, member: str) -> int:
        """Add *member* to the set *name* of this process and return how many are in it."""
        with self._lock:
            members = self._members.setdefault(name, set())
            members.add(member)
            return len(members)

    def admits(self, name: str, member: str, most: int) -> bool:
        """Return whether *member* is one of the first *most* that were to be in the set *name* of this process."""
        with self._lock:
            members = self._members.setdefault(name, set())
            if len(members) < most:
                members.add(member)
            return member in members

    def warn_once(self, call: bridge.Call, message: str, about: object = None) -> None:
        """Show *message* as a warning, once for the process: a region that is down is one piece of news.

        Args:
            call: Whose row shows it.
            message: One line.
            about: What is told once, where messages differ in detail.
        """
        with self._lock:
            if (about or message) in self._told:
                return
            self._told.add(about or message)
        bridge.say(call, message, warning=True)

    def _looks(self, name: str) -> int:
        return self._known[name].looks if name in self._known else 0

    def _is_outdated(self, name: str) -> bool:
        known = self._known.get(name)
        # Without an answer the first time, another question would cost the budget once more.
        if known is None or isinstance(known.outcome, NotKnown):
            return False
        return known.at <= self._changed_at or self._wall() - known.at > CURRENT_S

    def _answers(
        self, call: bridge.Call, questions: Mapping[str, Question[Any]], within_s: float
    ) -> dict[str, Outcome[Any]]:
        async def ask_all() -> list[Outcome[Any]]:
            slots = asyncio.Semaphore(QUESTIONS_AT_A_TIME)
            return await together(_outcome(question, within_s, slots) for question in questions.values())

        return dict(zip(questions, self._session.run(call, ask_all), strict=True))


async def _outcome(question: Question[Any], within_s: float, slots: asyncio.Semaphore) -> Outcome[Any]:
    try:
        async with asyncio.timeout(within_s), slots:
            return Answered(await question())
    except TimeoutError:
        return NotKnown(f"no answer within {math.ceil(within_s)} s", Lack.TIME)
    except NotFoundError as error:
        return Absent(error.code) if error.is_gone else NotKnown(str(error))
    except ServiceError as error:
        return NotKnown(str(error), Lack.RIGHT if error.status in _FORBIDDEN else Lack.TROUBLE)
    except ConfigurationError as error:
        return NotKnown(str(error), Lack.CREDENTIALS)
    except AzureRecoveryError as error:
        return NotKnown(str(error))
