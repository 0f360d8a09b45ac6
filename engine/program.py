"""The running program: its process, and the monitor that it registers its resources with."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent import futures
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

import grpc
from pulumi.runtime.proto import resource_pb2_grpc

from azure_recovery.engine import program_runner
from azure_recovery.engine.monitor import ORGANIZATION, Monitor, MonitorEvent, ProgramExited
from azure_recovery.engine.processes import Child
from azure_recovery.engine.project import Run
from azure_recovery.engine.provider import CHANNEL_OPTIONS
from azure_recovery.engine.state import Resource


class Program:
    """One run of a program."""

    def __init__(
        self,
        run: Run,
        start: Callable[[Sequence[str], Mapping[str, str]], Child],
        engine_address: str,
        events: SimpleQueue[MonitorEvent],
        find: Callable[[str], Resource | None],
    ) -> None:
        """Start it by *start*; what it wants comes as *events*, and *find* returns a resource that was registered."""
        self._events = events
        self._monitor = Monitor(run, events, find)
        # Every registration blocks a thread here, and the program has four for each step that may run at once.
        self._pool = futures.ThreadPoolExecutor(run.parallel * 4 + 8, thread_name_prefix="monitor")
        self._server = grpc.server(self._pool, options=CHANNEL_OPTIONS)
        resource_pb2_grpc.add_ResourceMonitorServicer_to_server(self._monitor, self._server)
        address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        settings = {
            "project": run.project.name,
            "stack": run.stack,
            "organization": ORGANIZATION,
            "monitor": address,
            "engine": engine_address,
            "parallel": run.parallel,
            "dry_run": run.preview,
            "root_directory": str(run.project.root),
        }
        config = {
            "PULUMI_CONFIG": json.dumps(dict(run.config.values)),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(sorted(run.config.secret_keys)),
        }
        # -P: the folder of the runner does not belong on the program's path.
        runner = [run.python, "-u", "-P", str(Path(program_runner.__file__))]
        self._child = start([*runner, json.dumps(settings), run.project.program], config)
        self._server.start()
        self._watcher = Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def finish(self) -> int | None:
        """Let it end, now that everything is done, and return its exit code."""
        self._monitor.finish()
        self._watcher.join()
        return self._child.returncode

    def close(self) -> None:
        """End it, wherever it is."""
        self._monitor.close()
        self._child.stop()
        self._server.stop(None).wait()
        self._pool.shutdown()

    def _watch(self) -> None:
        code = self._child.wait()
        self._events.put(ProgramExited(1 if code is None else code))
