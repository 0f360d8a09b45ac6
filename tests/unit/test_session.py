"""Work on the shared loop: how it ends, and that nothing it does can end the loop."""

import asyncio
import contextlib
import os
import threading

import pytest

from azure_recovery.dynamic_providers import session as session_module
from azure_recovery.dynamic_providers.bridge import Call
from azure_recovery.dynamic_providers.lookups import Answered
from azure_recovery.dynamic_providers.session import InterruptedWaitError, Session
from azure_recovery.rest.errors import ConfigurationError
from azure_recovery.rest.settings import AzureSettings
from azure_recovery.rest.wire import LIMITS
from tests.waiting import PATIENCE_S

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"


class StoppableCall(Call):
    """A call that the test ends as the engine would: what waits is told, and what begins later too."""

    def __init__(self):
        super().__init__()
        self.ending = threading.Event()
        self.callbacks = []

    def stopped(self):
        """Return whether the engine has asked to end."""
        return self.ending.is_set()

    @contextlib.contextmanager
    def on_stop(self, callback):
        """Call *callback* when it does, or at once."""
        self.callbacks.append(callback)
        if self.stopped():
            callback()
        yield

    def end(self):
        """Ask to end."""
        self.ending.set()
        for callback in self.callbacks:
            callback()


@pytest.fixture
def session():
    return Session(AzureSettings.load({"azure-native:subscriptionId": SUBSCRIPTION}, {}))


def test_work_that_is_stopped_has_noted_down_what_it_did(session):
    """The engine is told of a half-made thing only if that was written down before `run` returns."""
    call, begun, noted = StoppableCall(), threading.Event(), []

    async def work():
        begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.01)
            noted.append("half made")

    def end():
        assert begun.wait(PATIENCE_S)
        call.end()

    threading.Thread(target=end).start()
    with pytest.raises(InterruptedWaitError):
        session.run(call, work)

    assert ["half made"] == noted


def test_nothing_begins_after_the_engine_asked_to_end(session):
    """A queued create would start a copy that nobody waits for."""
    call, begun = StoppableCall(), []
    call.ending.set()

    async def work():
        begun.append(True)

    with pytest.raises(InterruptedWaitError):
        session.run(call, work)

    assert [] == begun


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt])
def test_an_operation_cannot_end_the_loop(session, kind):
    """The other operations of the process go on."""

    async def leave():
        raise kind

    async def answer():
        return 42

    with pytest.raises(kind):
        session.run(Call(), leave)

    assert 42 == session.run(Call(), answer)


def test_a_change_on_the_loop_does_not_wait_for_a_check(session):
    """A check holds the look-ups while it waits for the loop, and what it waits for may be a create that changes."""
    asking, changed = threading.Event(), threading.Event()

    async def question():
        asking.set()
        await asyncio.to_thread(changed.wait, 5)
        return "seen"

    async def create():
        session.lookups.changed()
        changed.set()

    def run_create():
        asking.wait(5)
        session.run(Call(), create)

    threading.Thread(target=run_create).start()

    assert {"GET x": Answered("seen")} == session.lookups.ask(Call(), {"GET x": question})


def test_questions_of_five_hundred_copies_are_not_begun_at_once(session):
    """As many are under way as there are connections; each of the others costs a task and no request."""
    under_way, most = set(), 0

    async def question(number):
        nonlocal most
        under_way.add(number)
        most = max(most, len(under_way))
        await asyncio.sleep(0)
        under_way.remove(number)
        return number

    questions = {f"GET {number}": lambda number=number: question(number) for number in range(500)}
    answers = session.lookups.ask(Call(), questions)

    assert {name: Answered(number) for number, name in enumerate(questions)} == answers
    assert LIMITS.max_connections == most


def test_an_answer_that_is_not_kept(session):
    """It is asked for anew each time, and costs the process no memory."""
    answers = iter(range(3))

    async def question():
        return next(answers)

    told = [session.lookups.ask(Call(), {"POST x": question}, remember=False) for _ in range(3)]

    assert [{"POST x": Answered(number)} for number in range(3)] == told
    assert {} == session.lookups._known


PLACE = {"base_url": "https://wapserver:30006", "subscription_id": "ba4146fa-fb41-41b6-a7c0-2b4ff4c3f7e3"}


class TestSystemCenter:
    """Connections to System Center, one for each address."""

    @pytest.fixture
    def session(self, monkeypatch):
        """A stack's, with a token for it in its configuration."""
        monkeypatch.setenv("ARM_SUBSCRIPTION_ID", SUBSCRIPTION)
        monkeypatch.setattr(session_module, "_sessions", {})
        return session_module.session_for({"azure-recovery:spfToken": "a-token"})

    def test_without_azure(self, monkeypatch):
        """Who has System Center alone configures nothing of Azure."""
        for name in [name for name in os.environ if name.startswith(("ARM_", "AZURE_"))]:
            monkeypatch.delenv(name)
        monkeypatch.setattr(session_module, "_sessions", {})

        session = session_module.session_for({"azure-recovery:spfToken": "a-token"})

        assert session.checkpoints(**PLACE).connection.root.origin == PLACE["base_url"]

    def test_the_same_address(self, session):
        """Every resource of it shares connections and what is known of the service's time."""
        assert session.checkpoints(**PLACE) is session.checkpoints(**PLACE)

    def test_another_caller(self, session):
        """Whom the service writes down belongs to the connection."""
        assert session.checkpoints(**PLACE) is not session.checkpoints(**PLACE, principal_id="somebody")

    def test_no_credentials(self, session):
        """They are asked for when System Center is, not before."""
        session.config = {}

        with pytest.raises(ConfigurationError, match="no credentials for System Center"):
            session.checkpoints(**PLACE)
