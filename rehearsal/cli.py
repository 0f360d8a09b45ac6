"""The command `azure-recovery`: `emulator` and `rehearse`.

A subcommand's modules are imported when it is asked for, so that `--help` answers at once and a missing package of the
extra `rehearsal` is one line instead of a traceback.

Exit codes: 0 all of it held; 1 it did not; 2 the command line or the program's folder is wrong; 130 interrupted.
"""

from __future__ import annotations

import argparse
import io
import json
import signal
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

_HELD, _DID_NOT_HOLD, _USAGE, _INTERRUPTED = 0, 1, 2, 130

_PHASES = ("preview", "up", "up-again", "refresh", "destroy")

_EXTRA = {
    "jsonschema": "jsonschema",
    "yaml": "pyyaml",
    "rich": "rich",
    "starlette": "starlette",
    "uvicorn": "uvicorn",
}
"""The modules of the extra `rehearsal`, and the distributions that bring them."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: The arguments after the command's name; those of the process if absent.

    Returns:
        The exit code.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    # Which parser is filled depends on the subcommand, because the emulator's module defines its own arguments.
    command = next((argument for argument in arguments if not argument.startswith("-")), None)
    parser = argparse.ArgumentParser(
        prog="azure-recovery", description="Rehearse Azure disaster recovery on this machine."
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {version('azure-recovery')}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    emulator = commands.add_parser("emulator", help="serve a small Azure on loopback")
    rehearsal = commands.add_parser(
        "rehearse",
        help="run a Pulumi program's whole life against the emulator",
        description="Start an emulator, then preview, up, up again (which must change nothing), refresh and destroy a "
        "Pulumi program against it. Nothing of the program's folder is changed, and no real Azure is reached.",
    )
    if command in ("emulator", "rehearse") and (missing := _missing()):
        print(  # noqa: T201
            f"azure-recovery {command}: needs {', '.join(missing)}; pip install 'azure-recovery[rehearsal]'",
            file=sys.stderr,
        )
        return _DID_NOT_HOLD
    if command == "emulator":
        from azure_recovery.emulator import cli as emulator_cli  # noqa: PLC0415 (see the module's docstring)

        emulator_cli.add_arguments(emulator)
        return emulator_cli.run(parser.parse_args(arguments))
    _add_rehearse_arguments(rehearsal)
    return _rehearse(parser.parse_args(arguments))


def _missing() -> list[str]:
    return [distribution for module, distribution in _EXTRA.items() if find_spec(module) is None]


def _add_rehearse_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "program_dir",
        metavar="PROGRAM_DIR",
        type=Path,
        help="a Pulumi program in Python: a folder with Pulumi.yaml, or the `main` of a Pulumi.yaml above it",
    )
    parser.add_argument(
        "--engine",
        choices=("auto", "embedded", "pulumi"),
        default="auto",
        help="auto: the Pulumi CLI if `pulumi` is on PATH, else the embedded engine (default: auto)",
    )
    parser.add_argument(
        "--speed",
        type=_speed,
        default=600.0,
        metavar="X",
        help="Azure's seconds in one second (default: 600)",
    )
    parser.add_argument(
        "--keep", action="store_true", help="keep the engine's state, the emulator's state and the log, and say where"
    )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        type=_fault,
        metavar="NAME[:KEY=VALUE,...]",
        dest="faults",
        help="something that goes wrong from `up` on, as for the emulator; may be repeated",
    )
    parser.add_argument(
        "--faults-from", choices=_PHASES, default="up", help="the phase with which faults begin (default: up)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report to FILE as JSON, too")


def _fault(text: str) -> str:
    from azure_recovery.emulator.fault_table import FaultError, from_argument  # noqa: PLC0415 (see the docstring)

    try:
        from_argument(text)
    except FaultError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def _speed(text: str) -> float:
    from azure_recovery.emulator.cli import speed  # noqa: PLC0415 (see the module's docstring)

    return speed(text)


def _unwritable(file: Path) -> str | None:
    """Return why nothing can be written to *file*, before minutes are spent on what would be written."""
    if file.is_dir():
        return "is a folder; name a file"
    return None if file.parent.is_dir() else "no such folder; make it first"


def _rehearse(arguments: argparse.Namespace) -> int:
    from rich.console import Console  # noqa: PLC0415 (see the module's docstring)

    from azure_recovery.rehearsal.engine_protocol import EngineError  # noqa: PLC0415
    from azure_recovery.rehearsal.progress import LiveProgress, PlainProgress, Progress  # noqa: PLC0415
    from azure_recovery.rehearsal.projects import ProjectError, find_project  # noqa: PLC0415
    from azure_recovery.rehearsal.rehearse import Plan, rehearse  # noqa: PLC0415

    complain: Callable[[object], None] = lambda text: print(f"azure-recovery rehearse: {text}", file=sys.stderr)  # noqa: E731, T201
    try:
        project = find_project(arguments.program_dir)
    except ProjectError as error:
        complain(error)
        return _USAGE
    if arguments.json is not None and (problem := _unwritable(arguments.json)):
        complain(f"--json {arguments.json}: {problem}")
        return _USAGE
    # A termination cleans up as an interruption does, from the first moment on.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # What a program prints must not end a rehearsal on a stdout that cannot show it.
        sys.stdout.reconfigure(errors="backslashreplace")
    console = Console()
    progress: Progress = (
        LiveProgress(console, speed=arguments.speed) if console.is_terminal else PlainProgress(sys.stdout)
    )
    plan = Plan(
        project=project,
        engine=arguments.engine,
        speed=arguments.speed,
        keep=arguments.keep,
        faults=tuple(arguments.faults),
        faults_from=arguments.faults_from,
    )
    try:
        report = rehearse(plan, progress)
    except ProjectError as error:
        complain(error)
        return _USAGE
    except EngineError as error:
        complain(error)
        return _DID_NOT_HOLD
    except KeyboardInterrupt:
        complain("interrupted")
        return _INTERRUPTED
    sys.stdout.write("\n" + "\n".join(report.lines()) + "\n")
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(report.as_json(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    if report.interrupted:
        return _INTERRUPTED
    return _HELD if report.ok else _DID_NOT_HOLD
