from __future__ import annotations

from azure_recovery.engine import Diagnostic
from azure_recovery.rehearsal.engine_protocol import Diagnostics, one_line

URN = "urn:pulumi:rehearsal::p::pulumi-python:dynamic/azure_recovery:RestorePointCopy::daily-1"


def test_errors_and_warnings_are_kept() -> None:
    """Errors and warnings outlive an operation, each once, with the resource's name."""
    kept = Diagnostics()
    for severity, message, ephemeral in [
        ("error", "no such copy", False),
        ("error", "no such copy", False),
        ("warning", "not checked", False),
        ("info", "10 %", False),
        ("warning", "passing", True),
    ]:
        kept.add(Diagnostic(urn=URN, severity=severity, message=message, ephemeral=ephemeral))  # type: ignore[arg-type]

    assert (["daily-1: no such copy"], ["daily-1: not checked"]) == (kept.errors, kept.warnings)


def test_a_failed_check() -> None:
    """The type and name that the engine puts before a failed check are told once."""
    kept = Diagnostics()
    message = "pulumi-python:dynamic/azure_recovery:RestorePointCopy resource 'daily-1': property wait is wrong"
    kept.add(Diagnostic(urn=URN, severity="error", message=message))

    assert kept.errors == ["daily-1: property wait is wrong"]


def test_a_resource_that_exists_and_is_not_ready() -> None:
    """The engine's count of one is left out."""
    kept = Diagnostics()
    kept.add(Diagnostic(urn=URN, severity="error", message="1 error occurred:\n\t* still running\n\n"))

    assert kept.errors == ["daily-1: still running"]


def test_a_traceback() -> None:
    """An exception of the program is told with its message and the line that raised it."""
    message = """Program failed with an unhandled exception:
Traceback (most recent call last):
  File "/program/__main__.py", line 7, in <module>
    f()
  File "/program/__main__.py", line 3, in f
    raise ValueError("half way")
ValueError: half way
"""
    assert one_line(message) == 'ValueError: half way (File "/program/__main__.py", line 3)'


def test_a_message_of_several_lines() -> None:
    """Anything else is told whole, on one line."""
    assert one_line("1 error occurred:\n\t* still running\n") == "1 error occurred: * still running"
