"""`python -m azure_recovery.emulator`: the emulator without the rehearsal around it."""

from __future__ import annotations

import argparse
import sys

from azure_recovery.emulator.cli import add_arguments, run


def main() -> int:
    """Parse the command line and serve until a signal ends it."""
    parser = argparse.ArgumentParser(prog="python -m azure_recovery.emulator")
    add_arguments(parser)
    return run(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
