"""The running program: its process, and the monitor that it registers its resources with."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from concurrent import futures
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

import grpc
from pulumi.runtime.proto import resource_pb2_grpc

from azure_recovery.engine import program_runner
from azure_recovery.engine.monitor import Monitor, MonitorEvent, ProgramExited, StackInfo
from azure_recovery.engine.processes import ProcessGroups
from azure_recovery.engine.project import Project
from azure_recovery.engine.provider import CHANNEL_OPTIONS
from azure_recovery.engine.state import Resource


@dataclass(frozen=True, slots=True)
class Launch:
    """How processes are started.

    Attributes:
        project: What is run.
        python: Runs the program and dynamic providers.
        env: The whole environment.
        groups: Keeps the processes.
        engine_address: Where they can say something.
        on_output: Takes each line that they print.
    """

    project: Project
    python: str
    env: Mapping[str, str]
    groups: ProcessGroups
    engine_address: str
    on_output: Callable[[str], None]


class Program:
    """One run of a program."""

    def __init__(
        self,
        launch: Launch,
        info: StackInfo,
        events: SimpleQueue[MonitorEvent],
        find: Callable[[str], Resource | None],
    ) -> None:
        """Start it; what it wants comes as *events*, and *find* returns a resource that was registered."""
        self._events = events
        self._monitor = Monitor(info, events, find)
        # Every registration blocks a thread here, and the program has four for each step that may run at once.
        self._pool = futures.ThreadPoolExecutor(info.parallel * 4 + 8, thread_name_prefix="monitor")
        self._server = grpc.server(self._pool, options=CHANNEL_OPTIONS)
        resource_pb2_grpc.add_ResourceMonitorServicer_to_server(self._monitor, self._server)
        address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        arguments = {
            "project": info.project,
            "stack": info.stack,
            "organization": info.organization,
            "monitor": address,
            "engine": launch.engine_address,
            "parallel": str(info.parallel),
            "root-directory": str(launch.project.root),
        }
        # -P: the folder of the runner does not belong on the program's path.
        command = [launch.python, "-u", "-P", str(Path(program_runner.__file__))]
        command += [f"--{name}={value}" for name, value in arguments.items()]
        command += ["--dry-run"] if info.preview else []
        config = {
            "PULUMI_CONFIG": json.dumps(dict(info.config.values)),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(sorted(info.config.secret_keys)),
        }
        self._child = launch.groups.start(
            [*command, launch.project.program],
            cwd=launch.project.directory,
            env={**launch.env, **config},
            on_output=launch.on_output,
        )
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
