"""One conversation with Azure for the whole provider process.

Every resource of a stack is served by one process whose threads call in. They share an event loop in a thread of its
own, and with it connections, the token and what the service said about throttling. What a thread waits for ends when
the engine asks to end, or goes away.

Heavy imports (httpx, pydantic) wait until Azure is really asked: a preview that asks nothing starts faster.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import threading
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from azure_recovery.dynamic_providers import bridge
from azure_recovery.dynamic_providers.checkpoint_permits import Permits
from azure_recovery.dynamic_providers.lookups import Lookups
from azure_recovery.rest.errors import AzureRecoveryError
from azure_recovery.rest.settings import AzureSettings

if TYPE_CHECKING:
    import httpx

    from azure_recovery.rest.clock import Clock
    from azure_recovery.rest.compute.calls import RestorePoints
    from azure_recovery.rest.compute.disks import ManagedDisks
    from azure_recovery.rest.dataprotection.calls import BackupVaults
    from azure_recovery.rest.recoveryservices.calls import BackupStatuses
    from azure_recovery.rest.spf.calls import CheckpointService
    from azure_recovery.rest.transport import TokenSource, Transport

T = TypeVar("T")


class InterruptedWaitError(AzureRecoveryError):
    """The engine asked to end, or went away, before this was done; what to run again depends on what ran.

    Attributes:
        about: What was worked on, an ARM id or a name, or "".
    """

    def __init__(self, about: str = "") -> None:
        self.about = about
        super().__init__(f"interrupted before it was done: {about}" if about else "interrupted before it was done")


class Session:
    """Azure, as one process of one stack sees it.

    Args:
        settings: Which Azure, which identity, at which speed.
        clock: The only source of time; the machine's, at the speed of *settings*, when None.
        http: A client of one's own, as for `Transport`.
        tokens: Makes sources of tokens, called as `credentials.token_source`, which it is when None.
        loop: A loop that somebody else runs in another thread, shared with others; one of its own when None.

    Attributes:
        config: The stack's configuration, for what System Center needs of it: that is read when it is first asked.
    """

    def __init__(
        self,
        settings: AzureSettings,
        *,
        clock: Clock | None = None,
        http: httpx.AsyncClient | None = None,
        tokens: Callable[..., TokenSource] | None = None,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.settings = settings
        self.config: Mapping[str, str] = {}
        self._clock = clock
        self._http = http
        self._tokens = tokens
        self._lock = threading.Lock()
        self._loop = loop
        self._transport: Transport | None = None
        self._restore_points: RestorePoints | None = None
        self._auxiliary: dict[str, TokenSource] = {}
        self._default_subscription = ""
        self._checkpoints: dict[tuple[str, str], CheckpointService] = {}
        self.lookups = Lookups(self) if loop is None else Lookups(self, wall=loop.time)
        self.permits = Permits()

    def run(self, call: bridge.Call, work: Callable[[], Coroutine[Any, Any, T]], *, about: str = "") -> T:
        """Run *work* on the shared loop and return its result. The thread that calls waits for it.

        Args:
            call: Whose end ends the work. work: What to do.
            about: What it is done to, for the error of an interruption.

        Raises:
            InterruptedWaitError: The engine asked to end, or went away.
            Exception: What *work* raises, as it is; KeyboardInterrupt and SystemExit too.
        """
        if call.stopped():
            raise InterruptedWaitError(about)
        loop = self._running_loop()
        running = asyncio.run_coroutine_threadsafe(_begin(work), loop).result()

        def stop() -> None:
            loop.call_soon_threadsafe(running.task.cancel)

        with call.on_stop(stop):
            try:
                # Not the task's own end but what follows it: whatever the work notes down as it is stopped is there.
                return running.ended.result()
            except (concurrent.futures.CancelledError, asyncio.CancelledError):
                raise InterruptedWaitError(about) from None
            except _EscapeError as escape:
                raise escape.error from None

    async def awaited(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run *work* on the shared loop and return its result, for a program with a loop of its own; no thread waits.

        Raises:
            Exception: What *work* raises, as it is; KeyboardInterrupt and SystemExit too.
        """
        running = asyncio.run_coroutine_threadsafe(_contained(work), self._running_loop())
        try:
            return await asyncio.wrap_future(running)
        except _EscapeError as escape:
            raise escape.error from None

    @property
    def transport(self) -> Transport:
        """How this process asks Azure."""
        from azure_recovery.rest.clock import SystemClock
        from azure_recovery.rest.transport import Transport

        with self._lock:
            if self._transport is None:
                self._transport = Transport(
                    endpoint=self.settings.cloud.endpoint,
                    token=self._token_source(self.settings),
                    clock=self._clock or SystemClock(self.settings.speed),
                    http=self._http,
                )
            return self._transport

    @property
    def restore_points(self) -> RestorePoints:
        """The restore point calls, at the API versions of the configuration."""
        from azure_recovery.rest.compute.calls import RestorePoints

        transport = self.transport
        with self._lock:
            if self._restore_points is None:
                self._restore_points = RestorePoints(
                    transport,
                    api_version=self.settings.compute_api_version,
                    disk_api_version=self.settings.disk_api_version,
                )
            return self._restore_points

    @property
    def backup_vaults(self) -> BackupVaults:
        """The calls on backup vaults."""
        from azure_recovery.rest.dataprotection.calls import BackupVaults

        return BackupVaults(self.transport)

    @property
    def disks(self) -> ManagedDisks:
        """The calls on managed disks, at the API version of the configuration."""
        from azure_recovery.rest.compute.disks import ManagedDisks

        return ManagedDisks(self.transport, api_version=self.settings.disk_api_version)

    def default_subscription(self, call: bridge.Call) -> str:
        """Return the stack's subscription, a GUID; where none is configured the Azure CLI's default, asked for once.

        Raises:
            ConfigurationError: None is configured, and the CLI names none.
        """
        from azure_recovery.rest.credentials import subscription_id

        if not self._default_subscription:
            self._default_subscription = self.run(call, lambda: subscription_id(self.settings))
        return self._default_subscription

    @property
    def backup_statuses(self) -> BackupStatuses:
        """The question about backup status, at the API version of the configuration."""
        from azure_recovery.rest.recoveryservices.calls import BackupStatuses

        return BackupStatuses(self.transport, api_version=self.settings.backup_status_api_version)

    def checkpoints(
        self, *, base_url: str, subscription_id: str, api_root: str = "", principal_id: str = ""
    ) -> CheckpointService:
        """Return the calls on System Center at an address, one connection for each; no request.

        Raises:
            ConfigurationError: Its credentials are not configured, or cannot work.
            InvalidInputError: The address cannot work.
        """
        from azure_recovery.rest.spf.address import service_root
        from azure_recovery.rest.spf.calls import CheckpointService
        from azure_recovery.rest.spf.connection import connect
        from azure_recovery.rest.spf.settings import SpfSettings

        root = service_root(base_url, subscription_id, api_root)
        with self._lock:
            if (str(root), principal_id) not in self._checkpoints:
                settings = SpfSettings.load(self.config, os.environ)
                connection = connect(settings, root, principal_id=principal_id, clock=self._clock, http=self._http)
                self._checkpoints[str(root), principal_id] = CheckpointService(connection)
            return self._checkpoints[str(root), principal_id]

    def auxiliary_tokens(self, tenant_ids: Iterable[str]) -> list[TokenSource]:
        """Return where tokens of other tenants come from, by the stack's own identity.

        A resource that names a tenant has allowed it: it need not be in `azure-native:auxiliaryTenantIds` too.

        Args:
            tenant_ids: GUIDs.
        """
        found = []
        for tenant_id in tenant_ids:
            allowed = tuple(dict.fromkeys((*self.settings.login.auxiliary_tenant_ids, tenant_id)))
            login = replace(self.settings.login, auxiliary_tenant_ids=allowed)
            source = self._token_source(replace(self.settings, login=login), tenant_id=tenant_id)
            with self._lock:
                found.append(self._auxiliary.setdefault(tenant_id.lower(), source))
        return found

    def _token_source(self, settings: AzureSettings, *, tenant_id: str | None = None) -> TokenSource:
        from azure_recovery.rest.credentials import token_source

        return (self._tokens or token_source)(settings, tenant_id=tenant_id)

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="azure-recovery", daemon=True).start()
            return self._loop


@dataclass(frozen=True, slots=True)
class _Running(Generic[T]):
    """Work on the loop: its task, which only the loop may touch, and its end, which any thread may wait for."""

    task: asyncio.Task[T]
    ended: concurrent.futures.Future[T]


async def _begin(work: Callable[[], Coroutine[Any, Any, T]]) -> _Running[T]:
    ended: concurrent.futures.Future[T] = concurrent.futures.Future()

    def settle(task: asyncio.Task[T]) -> None:
        if task.cancelled():
            ended.cancel()
        elif (error := task.exception()) is not None:
            ended.set_exception(error)
        else:
            ended.set_result(task.result())

    task = asyncio.get_running_loop().create_task(_contained(work))
    task.add_done_callback(settle)
    return _Running(task, ended)


class _EscapeError(Exception):
    """Carries what would end the loop to the thread that waits."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error


async def _contained(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    try:
        return await work()
    except (KeyboardInterrupt, SystemExit) as error:
        # Either would end the loop, and with it every other operation of the process.
        raise _EscapeError(error) from None


_sessions: dict[AzureSettings, Session] = {}
_sessions_lock = threading.Lock()


def session_for(config: Mapping[str, Any]) -> Session:
    """Return the process's session for a stack's configuration; every resource type of the stack gets the same one.

    Args:
        config: Full keys, as `azure-native:subscriptionId`, to plain values.

    Raises:
        ConfigurationError: The configuration or the environment cannot work.
    """
    given = {key: str(value) for key, value in config.items()}
    settings = AzureSettings.load(given, os.environ)
    with _sessions_lock:
        found = _sessions.setdefault(settings, Session(settings))
        found.config = given
        return found
