"""Runs a Pulumi program, as the CLI's Python language host has it run.

A script of its own for the program's interpreter, which needs the `pulumi` package and nothing of this one. Exit codes
are the language host's: 0, 1 for an error that the engine should show, 32 for one that it was told already.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import runpy
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor

import pulumi
import pulumi.runtime

_SHOWN = 32


def _user_traceback(program: str) -> str:
    # The frames of the runtime above the program's own say nothing to its author.
    own = os.path.abspath(program)  # noqa: PTH100  # compared with frame file names, which are not resolved
    frames = traceback.extract_tb(sys.exc_info()[2])
    for index, frame in enumerate(frames):
        name = os.path.abspath(frame.filename)  # noqa: PTH100
        if name in (own, os.path.join(own, "__main__.py")):  # noqa: PTH118
            return traceback.format_exc(limit=index - len(frames))
    return traceback.format_exc()


def main() -> int:
    """Run the program and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("project", "stack", "monitor", "engine", "organization", "root-directory"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--parallel", type=int, required=True)
    parser.add_argument("--dry-run", action="store_true")
    parser.add_argument("program")
    args = parser.parse_args()

    pulumi.runtime.set_all_config(pulumi.runtime.get_config_env(), pulumi.runtime.get_config_secret_keys_env())
    pulumi.runtime.configure(
        pulumi.runtime.Settings(
            monitor=args.monitor,
            engine=args.engine,
            project=args.project,
            stack=args.stack,
            parallel=args.parallel,
            dry_run=args.dry_run,
            organization=args.organization,
            root_directory=args.root_directory,
        )
    )
    sys.argv = [args.program]
    # A failed deployment leaves futures that nobody awaits; asyncio would fill the screen with them.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    # Each registration blocks a thread until its resource is done.
    executor = ThreadPoolExecutor(max_workers=max(args.parallel, 1) * 4)
    loop.set_default_executor(executor)

    def program() -> None:
        runpy.run_path(args.program, run_name="__main__")

    try:
        loop.run_until_complete(pulumi.runtime.run_in_stack(program))
    except pulumi.RunError as exc:
        pulumi.log.error(str(exc))
        return 1
    except Exception:  # noqa: BLE001  # the program's author gets the traceback, whatever it is
        pulumi.log.error(f"Program failed with an unhandled exception:\n{_user_traceback(args.program)}")
        return _SHOWN
    finally:
        executor.shutdown(wait=True)
        loop.close()
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
