"""`azure-recovery emulator`: serve until a signal ends it."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import textwrap
import threading
from pathlib import Path
from types import FrameType

from azure_recovery.emulator import world as worlds
from azure_recovery.emulator.certificates import make_certificates
from azure_recovery.emulator.fault_table import BY_NAME, FaultError, from_argument
from azure_recovery.emulator.listeners import SpfListener, TlsError, is_loopback
from azure_recovery.emulator.server import RunningEmulator
from azure_recovery.emulator.setting import SettingsError
from azure_recovery.emulator.settings import from_arguments
from azure_recovery.emulator.store import StateError
from azure_recovery.emulator.world_parts import WorldError

_USAGE = 2
_MAX_SPEED = 1_000_000
"""Beyond it a round trip on loopback is an hour of Azure's clock."""
_MAX_PORT = 65535
_NARROWEST = 40
_DESCRIPTION = (
    "Serve a small Azure on this machine, for rehearsals and tests: Azure Resource Manager over HTTP and, with "
    "--spf-port, System Center's checkpoints over HTTPS. The first line on stdout tells the address, once requests are "
    "answered; SIGTERM or Ctrl-C ends it. Time runs --speed times faster than on the wall."
)
_ABOUT_FAULTS = (
    "--fault throttled:path=*/restorePoints/*,count=2,retry_after=60 strikes the next two requests of that path. What "
    "each fault does, its own keys, and how one is put into force while the emulator runs: docs/emulator.md#faults"
)
_EXPOSED = (
    "--host {host}: other machines reach it, and whoever does may do everything, because the control API asks for no "
    "token; serve on 127.0.0.1, or add --expose"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the emulator's options to *parser*, and say what it is and which faults it knows."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.description = _filled(_DESCRIPTION)
    parser.epilog = f"faults:\n{_filled(', '.join(BY_NAME), '  ')}\n\n{_filled(_ABOUT_FAULTS)}"
    parser.add_argument("--host", type=_host, default="127.0.0.1", help="address to serve on (default: %(default)s)")
    parser.add_argument(
        "--expose",
        action="store_true",
        help="serve on a host that other machines reach, too; its token is well known, and its control API needs none",
    )
    parser.add_argument("--port", type=_port, metavar="N", default=0, help="port to serve on (default: a free one)")
    parser.add_argument(
        "--spf-port", type=_port, metavar="N", help="port on which System Center is served, too (0: a free one)"
    )
    parser.add_argument(
        "--spf-tls",
        type=Path,
        metavar="DIR",
        help="folder with server.pem and client-ca.pem; certificates are made in one that is not there",
    )
    parser.add_argument("--state", type=Path, metavar="FILE", help="file in which the state survives a restart")
    parser.add_argument(
        "--speed", type=speed, metavar="X", help="Azure's seconds in one second of wall time (default: 600)"
    )
    parser.add_argument("--world", type=Path, metavar="FILE", help="what there is at the beginning, as JSON")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        dest="settings",
        help="a setting of docs/emulator.md#settings; may be repeated",
    )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="NAME[:KEY=VALUE,...]",
        dest="faults",
        help="something that goes wrong, see below; may be repeated",
    )


def _filled(text: str, indent: str = "") -> str:
    """Return *text* in lines as argparse would, but with every name in one piece, to be copied."""
    width = max(shutil.get_terminal_size().columns - 2, _NARROWEST)
    return textwrap.fill(text, width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)


def _host(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("no address is given; 127.0.0.1 is this machine, 0.0.0.0 all of its networks")
    return text.strip()


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > _MAX_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to {_MAX_PORT}")
    return int(text)


def speed(text: str) -> float:
    """Read Azure's seconds in one second of wall time.

    Raises:
        ArgumentTypeError: It is no number, or none between 0 and 1000000.
    """
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value <= _MAX_SPEED:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number between 0 and {_MAX_SPEED}")
    return value


def run(args: argparse.Namespace) -> int:
    """Serve until SIGTERM or Ctrl-C.

    Returns:
        0 after a signal, 1 if the address cannot be had, 2 for a bad file or setting.
    """
    try:
        world = None if args.world is None else worlds.load(args.world)
        spf = _system_center(args)
    except (WorldError, TlsError) as error:
        return _refused(str(error), _USAGE)
    try:
        if not args.expose and not is_loopback(args.host):
            return _refused(_EXPOSED.format(host=args.host), _USAGE)
        emulator = RunningEmulator(
            world=world,
            speed=args.speed,
            settings=from_arguments(args.settings),
            state=args.state,
            host=args.host,
            port=args.port,
            faults=[from_argument(fault) for fault in args.faults],
            spf=spf,
        )
    except WorldError as error:
        return _refused(f"world file {args.world}: {error}", _USAGE)
    except (StateError, SettingsError, FaultError, TlsError) as error:
        return _refused(str(error), _USAGE)
    except OSError as error:
        ports = f"{args.port}" if spf is None else f"{args.port} and {spf.port}"
        return _refused(f"cannot serve on {args.host}:{ports}: {error.strerror}", 1)
    over = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        over.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    with emulator:
        print(f"listening on {emulator.url}", flush=True)  # noqa: T201 - the interface
        if spf is not None:
            print(f"System Center on {emulator.spf_url}", flush=True)  # noqa: T201 - the interface
        over.wait()
    return 0


def _system_center(args: argparse.Namespace) -> SpfListener | None:
    """Return where System Center is served, with certificates of its own if the folder is not there.

    Raises:
        TlsError: One of the two options is missing, or the folder cannot be made.
    """
    if (args.spf_port is None) != (args.spf_tls is None):
        raise TlsError("--spf-port and --spf-tls belong together: System Center is served with TLS alone")
    if args.spf_port is None:
        return None
    if not args.spf_tls.exists():
        try:
            make_certificates(args.spf_tls)
        except OSError as error:
            raise TlsError(f"--spf-tls {args.spf_tls}: {error.strerror}") from error
    return SpfListener(args.spf_tls, args.spf_port)


def _refused(problem: str, status: int) -> int:
    print(f"azure-recovery emulator: {problem}", file=sys.stderr)  # noqa: T201 - the interface
    return status
