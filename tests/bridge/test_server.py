"""What reaches the engine, and the provider, through the server process of Pulumi's SDK as it is."""

from __future__ import annotations

import time

import grpc
import pytest

from tests.waiting import wait_until

TOLD = 11
"""Ten live lines, and one that is to last; another one would be among those of the test after."""

WAITS = 12
ENDS_WITHIN_S = 20.0
"""A busy machine's seconds; what is waited for lasts a minute."""

CTRL_C_S = 5.0
"""What is promised: seconds from Ctrl-C to the end of the waits."""


def test_a_python_on_the_path_is_left_out_only_for_want_of_the_library(left_out):
    """docs/bridge.md says how to add one."""
    lacking = ("ModuleNotFoundError: No module named 'pulumi", "ModuleNotFoundError: No module named 'azure_recovery")
    broken = [trouble for trouble in left_out.values() if not trouble.startswith(lacking)]

    assert [] == [trouble for trouble in broken if "command not found" not in trouble]
    if left_out:
        pytest.skip("; ".join(f"{name}: {trouble}" for name, trouble in left_out.items()))


def tell(server, **options):
    """Create a thing that tells; return its outputs, its lines and how many lasting ones came before the answer."""
    lines = server.listener.lines
    lines.clear()
    outputs = server.create("tell", **options)
    in_time = sum(not line.ephemeral for line in lines)
    wait_until(lambda: len(lines) >= TOLD)
    return outputs, list(lines), in_time


def test_a_status_line_carries_the_urn_of_the_call(server, urn):
    """The engine shows it on the resource's own row."""
    _, lines, _ = tell(server)

    assert {urn} == {line.urn for line in lines}


def test_a_hundred_percentages_are_told_in_steps_of_ten(server):
    """Without a terminal each status line is printed and stays."""
    _, lines, _ = tell(server)

    live = [line.message for line in lines if line.ephemeral]
    assert [f"replicating: {step} % of 3 disks second line" for step in range(0, 100, 10)] == sorted(
        live, key=lambda text: int(text.split()[1])
    )


def test_a_line_that_is_to_last_arrives_before_the_answer(server, log_severity):
    """After the last answer the engine ends the process."""
    _, lines, in_time = tell(server)

    assert 1 == in_time
    assert [("adopted", log_severity.Value("INFO"))] == [
        (line.message, line.severity) for line in lines if not line.ephemeral
    ]


def test_a_warning_of_a_check_lasts(server, lines, log_severity):
    """It stands in the summary of a preview."""
    server.check("warn")

    (line,) = lines
    assert (log_severity.Value("WARNING"), False) == (line.severity, line.ephemeral)


@pytest.mark.parametrize(
    "malformed", ["nonsense", "urn:pulumi:dev::shop", "urn:pulumi:dev::shop::type", "urn:x:a::b::c::d"]
)
def test_a_malformed_urn_is_not_sent_back(server, malformed):
    """The CLI stops with a panic when a log line carries one."""
    _, lines, _ = tell(server, urn=malformed)

    assert {""} == {line.urn for line in lines}


def test_the_timeout_of_the_program_is_seen(server):
    """`custom_timeouts` is in the request only."""
    assert 2700.0 == tell(server, timeout=2700.0)[0]["timeout_s"]
    assert "none" == tell(server)[0]["timeout_s"]


def test_a_failed_create_that_started_keeps_id_and_outputs(server, initialization_error, provider_key, urn):
    """The engine stores them, and calls update on the next `up`."""
    with pytest.raises(initialization_error) as caught:
        server.create("unready")

    assert "things/unready" == caught.value.id
    assert ["still replicating: 40 % second line"] == caught.value.reasons
    assert provider_key == caught.value.properties["__provider"]
    assert {
        "act": "unready",
        "half": "done",
        "urn": urn,
        "method": "Create",
    }.items() <= caught.value.properties.items()
    assert caught.value.inputs is None


def test_a_failed_update_that_started_keeps_id_and_outputs(server, initialization_error, provider_key):
    """An unfinished resource stays unfinished."""
    with pytest.raises(initialization_error) as caught:
        server.update("unready")

    assert "things/unready" == caught.value.id
    assert ("Update", provider_key) == (caught.value.properties["method"], caught.value.properties["__provider"])


def test_a_read_of_something_unready_keeps_outputs_and_inputs(server, initialization_error, provider_key):
    """A clean read would make half a copy look whole."""
    with pytest.raises(initialization_error) as caught:
        server.read("unready")

    assert ["not yet: unready"] == caught.value.reasons
    assert {"act": "unready", "arm_id": "things/unready", "__provider": provider_key} == caught.value.inputs
    assert caught.value.inputs | {"half": "done"} == caught.value.properties


def test_a_text_that_is_no_unicode_loses_nothing_else(server, initialization_error):
    """Half of a surrogate pair is valid JSON, and no UTF-8."""
    with pytest.raises(initialization_error) as caught:
        server.create("odd")

    assert ["still replicating ?"] == caught.value.reasons
    assert "done ?" == caught.value.properties["half"]


def test_half_a_megabyte_of_outputs_is_kept(server, initialization_error):
    """They travel as metadata, which has limits of its own."""
    with pytest.raises(initialization_error) as caught:
        server.create("huge")

    assert 5_000 == len(caught.value.properties["entries"])


@pytest.mark.parametrize(
    ("act", "says"),
    [
        ("refused", "AzureRecoveryError: the service said no and why"),
        ("bug", "KeyError: 'colour' in bridged.py:"),
        ("system exit", "SystemExit: no text in bridged.py:"),
        ("keyboard interrupt", "KeyboardInterrupt: no text in bridged.py:"),
        ("cancelled", "InterruptedWaitError: interrupted before it was done"),
    ],
)
def test_an_error_is_one_line(server, act, says):
    """No traceback; and nothing leaves a method that the server would never answer."""
    with pytest.raises(grpc.RpcError) as caught:
        server.create(act)

    text = caught.value.details().rstrip("\n")
    assert grpc.StatusCode.UNKNOWN == caught.value.code()
    assert text.startswith(says)
    assert "\n" not in text


@pytest.mark.parametrize("act", ["system exit", "keyboard interrupt", "cancelled"])
def test_what_is_no_exception_is_answered(server, act):
    """The server catches exceptions only; after anything else the engine would wait for ever."""
    with pytest.raises(grpc.RpcError) as caught:
        server.create(act)

    assert grpc.StatusCode.UNKNOWN == caught.value.code()


def test_a_bug_in_a_check_is_one_line(server):
    """The same holds for a preview."""
    with pytest.raises(grpc.RpcError) as caught:
        server.check("bug")

    assert 1 == len(caught.value.details().splitlines())


def test_many_creates_run_at_a_time(start, outcome):
    """The server itself has four threads."""
    server = start()
    server.check("run")

    calls = [server.creating("run", seconds=ENDS_WITHIN_S, crowd=WAITS) for _ in range(WAITS)]

    assert WAITS == max(dict(outcome(call).properties)["most"] for call in calls)


def test_deletes_that_come_first_run_at_a_time_too(start, outcome):
    """A `destroy` sends them before any call has prepared the process."""
    server = start()

    for call in [server.deleting("run", seconds=ENDS_WITHIN_S, crowd=WAITS) for _ in range(WAITS)]:
        outcome(call)

    assert f"{WAITS} at a time" in server.listener.texts


def test_cancel_ends_every_wait_and_keeps_what_was_started(start, outcome, initialization_error):
    """The first Ctrl-C: seconds, and nothing is lost."""
    server = start()
    server.check("wait")
    calls = [server.creating("wait", seconds=60.0) for _ in range(WAITS)]
    server.listener.wait_for("waiting", WAITS)

    begun = time.monotonic()
    server.cancel()

    for call in calls:
        with pytest.raises(initialization_error, match="interrupted before it was done"):
            outcome(call)
    assert time.monotonic() - begun < CTRL_C_S


def test_an_operation_that_comes_after_cancel_ends_at_once(start, outcome, initialization_error):
    """It was on its way when Ctrl-C came."""
    server = start()
    server.check("wait")
    server.cancel()

    begun = time.monotonic()
    with pytest.raises((initialization_error, grpc.RpcError), match="interrupted before it was done"):
        outcome(server.creating("wait", seconds=60.0))
    assert time.monotonic() - begun < ENDS_WITHIN_S


def test_cancel_before_any_other_call_is_answered(start):
    """The engine sends it to every process at the end, used or not."""
    start().cancel()


def test_the_end_of_the_call_ends_its_wait_alone(start, outcome):
    """The second Ctrl-C; the other call is none of its business."""
    server = start()
    server.check("wait")
    abandoned, other = server.creating("wait", seconds=60.0), server.creating("wait", seconds=60.0, gate="the end")
    server.listener.wait_for("waiting", 2)

    abandoned.cancel()

    server.listener.wait_for("the wait was ended")
    server.create("open", gate="the end")
    assert "most" in outcome(other).properties
    assert 1 == server.listener.texts.count("the wait was ended")


def test_the_normal_end_of_a_call_ends_no_other(start, outcome):
    """The server tells the end of every call in the same way."""
    server = start()
    waiting = server.creating("wait", seconds=60.0, gate="the end")
    server.listener.wait_for("waiting")

    server.create("tell")
    server.create("open", gate="the end")

    assert "most" in outcome(waiting).properties
    assert "the wait was ended" not in server.listener.texts


def test_an_engine_that_has_gone_away_fails_no_operation(start):
    """Its log is not worth a copy."""
    server = start()
    server.check("tell")
    server.stop_listening()

    begun = time.monotonic()
    assert "most" in server.create("tell")
    assert time.monotonic() - begun < ENDS_WITHIN_S


def test_an_engine_that_does_not_answer_stalls_no_operation(start):
    """Ctrl-Z stops the engine and not the provider."""
    server = start()
    server.check("tell")
    server.listener.frozen.clear()

    begun = time.monotonic()
    assert "most" in server.create("tell")
    assert time.monotonic() - begun < ENDS_WITHIN_S


def test_a_prepared_process_prints_nothing(server):
    """What a provider prints would appear on the stack's row."""
    server.create("tell")

    assert "" == server.errors.read_text()
