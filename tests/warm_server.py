"""A Python that has loaded what programs and providers load, and becomes one of them in a fork: `warm_server.py FD`.

It is asked over the socket *FD*, a byte for each process, with four descriptors: a file that says what to become, where
to print, where to complain, and where to say the process's id and, once it has ended, its exit code.

A fork is what a new process would be, without the 0.8 s that its imports take: path, arguments, environment, folder,
descriptors, process group. It shares the seed of hashes with the others, reads of Python's variables but `PYTHONPATH`
and `PYTHONDONTWRITEBYTECODE`, and has more modules loaded than it asks for.

Nothing is started here, and no thread: whatever is loaded has to bear being forked.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import sys
import time

PRELOADED = (
    "azure.identity",
    "azure_recovery.components",
    "azure_recovery.dynamic_providers",
    "pulumi.dynamic",
    "pulumi.runtime",
    "pulumi.runtime.proto.provider_pb2_grpc",
    "yaml",
)


def main() -> None:
    """Fork until nobody is left to ask."""
    for name in PRELOADED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    asked = socket.socket(fileno=int(sys.argv[1]))
    woken, wakes = os.pipe()
    os.set_blocking(wakes, False)
    signal.set_wakeup_fd(wakes)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    told: dict[int, int] = {}
    selector = selectors.DefaultSelector()
    selector.register(asked, selectors.EVENT_READ)
    selector.register(woken, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.fd == woken:
                os.read(woken, 1024)
                tell_ends(told)
                continue
            message, descriptors, _, _ = socket.recv_fds(asked, 1, 4)
            if not message:
                return
            wanted, out, error, status = descriptors
            child = os.fork()
            if child == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                selector.close()
                asked.close()
                for descriptor in (woken, wakes, status, *told.values()):
                    os.close(descriptor)
                become(wanted, out, error)
                return
            # Here too: whoever is told of the process may signal its group at once.
            os.setpgid(child, child)
            tell(status, child)
            for descriptor in (wanted, out, error):
                os.close(descriptor)
            told[child] = status


def tell_ends(told: dict[int, int]) -> None:
    """Say of each child that has ended how it did."""
    while told:
        child, status = os.waitpid(-1, os.WNOHANG)
        if not child:
            return
        descriptor = told.pop(child)
        tell(descriptor, os.waitstatus_to_exitcode(status))
        os.close(descriptor)


def tell(descriptor: int, number: int) -> None:
    """Say *number* to whoever still listens."""
    with contextlib.suppress(BrokenPipeError):
        os.write(descriptor, f"{number}\n".encode())


def become(wanted: int, out: int, error: int) -> None:
    """Be the process that is wanted, to its end."""
    os.setpgid(0, 0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, descriptor in enumerate((nothing, out, error)):
        os.dup2(descriptor, number)
        os.close(descriptor)
    with open(wanted, encoding="utf-8") as file:
        arguments, cwd, environment = json.load(file)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    sys.dont_write_bytecode = bool(environment.get("PYTHONDONTWRITEBYTECODE"))
    sys.path[:0] = filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))
    match arguments:
        case ["-u", "-m", module, *rest]:
            sys.path.insert(0, cwd)
            sys.argv = [module, *rest]
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        case ["-u", "-P", script, *rest]:
            sys.argv = [script, *rest]
            runpy.run_path(script, run_name="__main__")
        case _:
            sys.exit(f"not a form that starts warm: {arguments}")


if __name__ == "__main__":
    main()
