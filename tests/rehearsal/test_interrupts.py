from __future__ import annotations

import os
import signal
import threading

import pytest

from azure_recovery.rehearsal.interrupts import Interrupts
from tests.waiting import PATIENCE_S


def press(number: signal.Signals = signal.SIGINT) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_the_engine_works(number: signal.Signals) -> None:
    """A signal is handed on once and does not end the work by itself."""
    stopped = threading.Event()
    handed: list[int] = []

    def hand_on() -> bool:
        handed.append(1)
        stopped.set()
        return True

    def work() -> str:
        press(number)
        assert stopped.wait(PATIENCE_S)
        return "ended in order"

    with Interrupts(hand_on) as interrupts:
        assert interrupts.run(work) == "ended in order"
        assert interrupts.any
    assert handed == [1]


def test_a_signal_before_there_is_anything_to_stop() -> None:
    """A signal that comes before the engine can hear of it is handed on once it can."""
    answers = [False, False, True]
    stopped = threading.Event()

    def hand_on() -> bool:
        answer = answers.pop(0)
        if answer:
            stopped.set()
        return answer

    with Interrupts(hand_on) as interrupts:
        press()
        assert interrupts.run(lambda: stopped.wait(PATIENCE_S))
    assert answers == []


def test_a_third_signal() -> None:
    """The third signal ends the rehearsal whatever still runs."""
    with Interrupts(lambda: True):
        press()
        press()
        with pytest.raises(KeyboardInterrupt):
            press()


def test_an_error_of_the_engine() -> None:
    """What the engine raises is raised where it is waited for."""

    def work() -> None:
        raise RuntimeError("no engine")

    with Interrupts(lambda: True) as interrupts, pytest.raises(RuntimeError, match="no engine"):
        interrupts.run(work)


def test_afterwards() -> None:
    """The handlers of before are back."""
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with Interrupts(lambda: True):
        pass

    assert before == (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM))
