"""The same programs on the Pulumi CLI, where it is on PATH."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from _bench import PROGRAMS, SUBSCRIPTION, TENANT, Stage

from azure_recovery.rehearsal.environment import azure_environment, rehearsal_environment
from azure_recovery.rehearsal.pulumi_cli import cli_environment


def is_there() -> bool:
    """Return whether the `pulumi` command is on PATH."""
    return shutil.which("pulumi") is not None


def up(
    here: Stage,
    program: str,
    sizes: Mapping[str, object],
    *,
    parallel: int | None = None,
    on_line: Callable[[str], None] | None = None,
) -> float:
    """Return the wall seconds of `pulumi up` in a new stack, without the preview.

    Args:
        here: The emulator. program: Folder below `programs/`. sizes: Its environment.
        parallel: `--parallel`, the CLI's own default without. on_line: Told each line of its output as it comes.
    """
    folder = Path(tempfile.mkdtemp(dir=here.folder))
    shutil.copytree(PROGRAMS / program, folder / program)
    azure = azure_environment(here.emulator.url, speed=here.speed, subscription_id=SUBSCRIPTION, tenant_id=TENANT)
    environment = cli_environment(rehearsal_environment(azure), folder, passphrase="bench")
    environment |= {name: str(value) for name, value in sizes.items()}
    there = folder / program
    begin = ["pulumi", "stack", "init", "bench", "--non-interactive"]
    subprocess.run(begin, check=True, capture_output=True, cwd=there, env=environment)
    command = ["pulumi", "up", "--yes", "--skip-preview", "--non-interactive"]
    command += [f"--parallel={parallel}"] if parallel else []
    begun = time.perf_counter()
    said: list[str] = []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=there, env=environment, text=True
    ) as running:
        for line in running.stdout or ():
            said.append(line)
            if on_line:
                on_line(line)
    if running.returncode:
        sys.exit("pulumi up failed:\n" + "".join(said[-20:]))
    return time.perf_counter() - begun
