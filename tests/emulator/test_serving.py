"""The command: its first line, its end, and what it says to bad arguments."""

from __future__ import annotations

import json
import re
import signal
import socket
import ssl
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
import pytest

from azure_recovery.emulator.certificates import Certificates
from azure_recovery.emulator.fault_kinds import KINDS
from azure_recovery.emulator.fault_table import from_argument
from azure_recovery.emulator.server import RunningEmulator
from tests.waiting import PATIENCE_S, wait_until

COMMAND = [sys.executable, "-W", "error", "-m", "azure_recovery.emulator"]
POINT = (
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/production/providers/Microsoft.Compute/"
    "restorePointCollections/web-1-restore-points/restorePoints/daily-1?api-version=2026-04-01"
)
AUTHORIZED = {"Authorization": "Bearer emulator-token-not-a-secret"}


@contextmanager
def emulating(*arguments, **options):
    """The command, for as long as the block lasts; then it is killed, whatever happened."""
    process = subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, text=True, **options)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def ended(*arguments, **options):
    """The command once it has ended by itself."""
    return subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, timeout=PATIENCE_S, check=False, **options
    )


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_command_serves_until_a_signal(tmp_path, ending):
    """One line on stdout once it serves; exit code 0, also with a connection open; nothing on stderr."""
    arguments = ("--speed", "3600", "--state", str(tmp_path / "s.db"), "--set", "page_size=9")
    with emulating(*arguments, stderr=subprocess.PIPE) as process:
        line = process.stdout.readline()
        assert line.startswith("listening on http://127.0.0.1:")
        with httpx.Client(base_url=line.split()[-1]) as client:
            assert 3600.0 == client.get("/_emulator/health").json()["speed"]
            assert 9 == client.get("/_emulator/world").json()["settings"]["page_size"]
            process.send_signal(ending)
            rest, errors = process.communicate(timeout=PATIENCE_S)

    assert (0, "", "") == (process.returncode, rest, errors)


def half_a_request(url, certificates):
    """Return a connection on which half a request was sent, once the emulator waits for the rest of it."""
    address = urlsplit(url)
    connection = socket.create_connection((address.hostname, address.port), timeout=20)
    if address.scheme == "https":
        context = ssl.create_default_context(cafile=certificates.ca_bundle)
        context.load_cert_chain(certificates.client)
        connection = context.wrap_socket(connection, server_hostname=address.hostname)
    connection.sendall(b"PUT /a HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n{}")
    assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
    return connection


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("caller", ["stays", "goes"])
def test_command_ends_quietly_in_the_middle_of_a_request(tmp_path, scheme, caller):
    """A caller that never sends the rest is not waited for; one that has gone is no mistake of the emulator."""
    certificates = Certificates(tmp_path / "tls")
    arguments = ("--spf-port", "0", "--spf-tls", str(certificates.folder))
    with emulating(*arguments, stderr=subprocess.PIPE) as process:
        urls = {url.split(":")[0]: url for url in (process.stdout.readline().split()[-1] for _ in range(2))}
        with half_a_request(urls[scheme], certificates) as connection:
            if caller == "goes":
                connection.close()
            process.send_signal(signal.SIGTERM)
            rest, errors = process.communicate(timeout=PATIENCE_S)

    assert (0, "", "") == (process.returncode, rest, errors)


def test_stop_does_not_wait_for_a_slow_answer(caplog):
    """Its fault is taken away, so the request is answered; uvicorn has nothing to report."""
    slow = from_argument("slow:seconds=3600")
    with ThreadPoolExecutor() as callers, RunningEmulator(speed=1.0, faults=[slow]) as emulator:
        asked = callers.submit(httpx.get, f"{emulator.url}{POINT}", headers=AUTHORIZED, timeout=60)
        wait_until(lambda: httpx.get(f"{emulator.url}/_emulator/faults").json()["faults"][0]["fired"])

    assert 200 == asked.result().status_code
    assert [] == caplog.messages


def test_killed_emulator_has_lost_nothing(tmp_path):
    """What was answered before a SIGKILL is there after the next start."""
    statuses = []
    for method in ("DELETE", "GET"):
        with emulating("--state", str(tmp_path / "s.db")) as process:
            url = process.stdout.readline().split()[-1]
            answer = httpx.request(method, f"{url}{POINT}", headers=AUTHORIZED)
            statuses.append((answer.status_code, "Deleting" in answer.text))

    assert statuses[0] == (202, False)
    assert statuses[1] in {(200, True), (404, False)}


def test_state_file_of_an_emulator_that_runs(tmp_path):
    """Another process is told in one line; after a SIGKILL of the first one nobody is."""
    file = tmp_path / "s.db"
    arguments = ("--state", str(file))
    with emulating(*arguments) as first:
        first.stdout.readline()
        refused = ended(*arguments)
    with emulating(*arguments) as next_one:
        line = next_one.stdout.readline()

    said = f"azure-recovery emulator: state file {file}: is in use by another emulator\n"
    assert (2, "", said) == (refused.returncode, refused.stdout, refused.stderr)
    assert line.startswith("listening on ")


def test_help_names_every_fault(monkeypatch):
    """In one piece, however narrow the terminal is, and with the page that says what they do."""
    monkeypatch.setenv("COLUMNS", "60")
    done = ended("--help")
    names = re.search(r"\nfaults:\n(.*?)\n\n", done.stdout, re.DOTALL)[1]

    assert (0, "") == (done.returncode, done.stderr)
    assert [kind.name for kind in KINDS] == names.replace(",", "").split()
    assert max(len(line) for line in names.splitlines()) < 60
    assert "docs/emulator.md#faults" in done.stdout
    assert "Serve a small Azure on this machine" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--world", "none.json"], "world file none.json: "),
        (["--set", "page_size=x"], "setting page_size: "),
        (["--set", "page_size"], "--set page_size: write name=value"),
        (["--set", "delete_seconds=nan"], "setting delete_seconds: 'nan' is no finite number"),
        (["--port", "70000"], "argument --port: '70000' is not a number from 0 to 65535"),
        (["--port", "-1"], "argument --port: '-1' is not a number from 0 to 65535"),
        (["--host", " "], "argument --host: no address is given"),
        (["--host", "0.0.0.0"], "emulator: --host 0.0.0.0: other machines reach it"),
        (["--host", "::"], "emulator: --host ::: other machines reach it"),
        (["--speed", "0"], "argument --speed: '0' is not a number between"),
        (["--state", "/"], "state file /: "),
    ],
)
def test_bad_argument_is_one_line_and_exit_code_two(tmp_path, arguments, expected):
    """Nothing is served, nothing on stdout."""
    done = ended(*arguments, cwd=tmp_path)

    assert (2, "") == (done.returncode, done.stdout)
    assert expected in done.stderr.splitlines()[-1]


def test_taken_port_is_one_line(tmp_path):
    """The address is named."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = ended("--port", str(port))

    assert 1 == done.returncode
    assert f"cannot serve on 127.0.0.1:{port}: Address already in use" in done.stderr


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--host", "no..host"], "cannot serve on no..host:0: Name or service not known"),
        # An address of documentation, which no machine has: the word more lets it get as far as being bound.
        (["--host", "192.0.2.1", "--expose"], "cannot serve on 192.0.2.1:0: Cannot assign requested address"),
    ],
)
def test_host_that_cannot_be_had_is_one_line(options, expected):
    """It is told like a port that is taken."""
    done = ended(*options)

    assert (1, "", f"azure-recovery emulator: {expected}\n") == (done.returncode, done.stdout, done.stderr)


def test_name_of_loopback_is_served():
    """It needs no word more."""
    with emulating("--host", "localhost") as process:
        url = process.stdout.readline().split()[-1]
        answer = httpx.get(f"{url}/_emulator/health")

    assert (True, 200) == (url.startswith("http://localhost:"), answer.status_code)


def test_bad_world_names_its_place(tmp_path):
    """The JSON path is in the line."""
    (tmp_path / "w.json").write_text(json.dumps({"subscription_id": "x", "resource_groups": []}))

    done = ended("--world", "w.json", cwd=tmp_path)

    assert 2 == done.returncode
    assert done.stderr.startswith("azure-recovery emulator: world file w.json: $.")
    assert 1 == len(done.stderr.splitlines())


def test_world_with_an_unknown_region_names_file_and_place(tmp_path):
    """What the schema cannot know is told in the same form."""
    groups = [{"name": "a", "location": "westeurop"}]
    world = {"subscription_id": "00000000-0000-0000-0000-000000000001", "resource_groups": groups}
    (tmp_path / "w.json").write_text(json.dumps(world))

    done = ended("--world", "w.json", cwd=tmp_path)

    expected = "world file w.json: $.resource_groups[0].location: 'westeurop' is no Azure region"
    assert (2, f"azure-recovery emulator: {expected}\n") == (done.returncode, done.stderr)


def test_emulator_in_this_process_takes_world_and_settings():
    """RunningEmulator serves for as long as its block lasts."""
    world = {
        "subscription_id": "00000000-0000-0000-0000-000000000007",
        "resource_groups": [{"name": "a", "location": "uksouth"}],
    }
    with RunningEmulator(world=world, speed=60.0, settings={"order": "replicated"}) as emulator:
        shown = httpx.get(f"{emulator.url}/_emulator/world").json()

    assert ("00000000-0000-0000-0000-000000000007", "replicated", 60.0) == (
        shown["subscription_id"],
        shown["settings"]["order"],
        shown["speed"],
    )
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{emulator.url}/_emulator/health")


def test_azures_clock_runs_faster(serving):
    """A tenth of a second is an hour at speed 36000."""
    clocks = [httpx.get(f"{serving.url}/_emulator/health").json()["clock"] for _ in range(2)]

    assert clocks[0] < clocks[1]
