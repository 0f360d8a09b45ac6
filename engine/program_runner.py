"""Runs a Pulumi program, as the CLI's Python language host has it run: `program_runner.py SETTINGS PROGRAM`.

A script of its own for the program's interpreter, which needs the `pulumi` package and nothing of this one. The
settings are those of `pulumi.runtime`, as JSON. Exit codes are the language host's: 0, 1 for an error that the engine
should show, 32 for one that it was told already.
"""

from __future__ import annotations

import asyncio
import json
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
    settings, program_path = json.loads(sys.argv[1]), sys.argv[2]
    pulumi.runtime.set_all_config(pulumi.runtime.get_config_env(), pulumi.runtime.get_config_secret_keys_env())
    pulumi.runtime.configure(pulumi.runtime.Settings(**settings))
    sys.argv = [program_path]
    # A failed deployment leaves futures that nobody awaits; asyncio would fill the screen with them.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    # Each registration blocks a thread until its resource is done.
    executor = ThreadPoolExecutor(max_workers=settings["parallel"] * 4)
    loop.set_default_executor(executor)

    def program() -> None:
        runpy.run_path(program_path, run_name="__main__")

    try:
        loop.run_until_complete(pulumi.runtime.run_in_stack(program))
    except pulumi.RunError as exc:
        pulumi.log.error(str(exc))
        return 1
    except Exception:  # noqa: BLE001  # the program's author gets the traceback, whatever it is
        pulumi.log.error(f"Program failed with an unhandled exception:\n{_user_traceback(program_path)}")
        return _SHOWN
    finally:
        executor.shutdown(wait=True)
        loop.close()
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
