"""What `check` asks Azure: each question once a process, answered in time or not at all.

The engine checks resources one after another and nothing else meanwhile, twice in an `up`. So questions are shared by
all resources of the process, run at the same time where a check has several, and share a budget. What is not answered
within it, or may not be asked, is not known; a preview says so once and goes on.

The budget is wall time: it is about how long a person waits for a preview, on whatever clock Azure runs.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from azure_recovery.dynamic_providers import bridge
from azure_recovery.rest.errors import AzureRecoveryError, NotFoundError, ServiceError

if TYPE_CHECKING:
    from azure_recovery.dynamic_providers.session import Session

T = TypeVar("T")
Question = Callable[[], Coroutine[Any, Any, T]]

BUDGET_S = 20.0
"""Wall seconds for all questions of a process."""

LONGEST_S = 5.0
"""Wall seconds for the questions of one check."""

_FORBIDDEN = (401, 403)


@dataclass(frozen=True, slots=True)
class Answered(Generic[T]):
    """The answer to a question."""

    value: T


@dataclass(frozen=True, slots=True)
class Absent:
    """Azure says that there is no such thing."""


@dataclass(frozen=True, slots=True)
class NotKnown:
    """No answer, and why: `needs …` for a right that is missing, else what happened."""

    reason: str


Outcome = Answered[T] | Absent | NotKnown


class Lookups:
    """The questions of one process.

    Args:
        session: Whom to ask.
        budget_s: Wall seconds for all questions.
    """

    def __init__(self, session: Session, budget_s: float = BUDGET_S) -> None:
        self._session = session
        self._left_s = budget_s
        self._lock = threading.Lock()
        self._known: dict[str, Outcome[Any]] = {}
        self._told: set[str] = set()

    def ask(self, call: bridge.Call, questions: Mapping[str, Question[T]]) -> dict[str, Outcome[T]]:
        """Return what is known about each of *questions*, asking those that nobody asked before.

        Args:
            call: The check that asks.
            questions: A name that means the same everywhere in the process, such as `GET {lower-case ARM id}`, to how
                it is asked.
        """
        with self._lock:
            new = {name: question for name, question in questions.items() if name not in self._known}
            if new:
                begun = time.monotonic()
                self._known |= self._answers(call, new, min(LONGEST_S, self._left_s))
                self._left_s = max(self._left_s - (time.monotonic() - begun), 0.0)
            return {name: self._known[name] for name in questions}

    def forget(self) -> None:
        """Ask everything anew: something was made or deleted since."""
        with self._lock:
            self._known.clear()

    def warn_once(self, call: bridge.Call, message: str) -> None:
        """Show *message* as a warning, once for the process: a region that is down is one piece of news."""
        with self._lock:
            if message in self._told:
                return
            self._told.add(message)
        bridge.say(call, message, warning=True)

    def _answers(
        self, call: bridge.Call, questions: Mapping[str, Question[Any]], within_s: float
    ) -> dict[str, Outcome[Any]]:
        if within_s <= 0.0:
            return dict.fromkeys(questions, NotKnown("the time for looking before a preview is used up"))

        async def ask_all() -> list[Outcome[Any]]:
            return await asyncio.gather(*(_outcome(question, within_s) for question in questions.values()))

        return dict(zip(questions, self._session.run(call, ask_all), strict=True))


async def _outcome(question: Question[Any], within_s: float) -> Outcome[Any]:
    try:
        return Answered(await asyncio.wait_for(question(), within_s))
    except TimeoutError:
        return NotKnown(f"no answer within {within_s:.0f} s")
    except NotFoundError as error:
        return Absent() if error.is_gone else NotKnown(str(error))
    except ServiceError as error:
        return NotKnown(f"needs more rights ({error})" if error.status in _FORBIDDEN else str(error))
    except AzureRecoveryError as error:
        return NotKnown(str(error))
