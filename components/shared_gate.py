"""One gate for the copies of several components."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Self

import pulumi

from azure_recovery.dynamic_providers import ReplicationGate
from azure_recovery.dynamic_providers.program_errors import in_one_line
from azure_recovery.rest.errors import InvalidInputError


class SharedGate:
    """Makes one `ReplicationGate` of all copies that are declared within its block.

    The engine works on a limited number of resources at a time (`--parallel`, four for each core if not given), and a
    gate that waits takes one of the places for days. So components share one::

        with SharedGate("recovery") as gate:
            for machine in machines:
                CrossRegionCopy(machine, …, gate=gate)

    The gate is declared when the block ends, and only then can disks be asked for.

    Args:
        name: The gate's name in the program.
        opts: Options of the gate. `custom_timeouts` bound the wait.
    """

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        self._name = name
        self._opts = opts
        self._ids: list[pulumi.Output[str]] = []
        self._open = False
        self._gate: ReplicationGate | None = None

    @in_one_line
    def __enter__(self) -> Self:
        if self._open or self._gate is not None:
            raise InvalidInputError(property="gate", reason=f"{self._name} serves one with block; make another gate")
        self._open = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._open = False
        if kind is None:
            self._gate = ReplicationGate(self._name, restore_point_ids=self._ids, opts=self._opts)

    @property
    @in_one_line
    def resource(self) -> ReplicationGate:
        """The gate.

        Raises:
            InvalidInputError: Its block has not ended.
        """
        if self._gate is None:
            reason = f"{self._name} is declared when its with block ends: ask for disks after the block"
            raise InvalidInputError(property="gate", reason=reason)
        return self._gate

    @in_one_line
    def add(self, restore_point_ids: Sequence[pulumi.Output[str]]) -> None:
        """Let the gate wait for these copies too.

        Args:
            restore_point_ids: `RestorePointCopy.arm_id` of each.

        Raises:
            InvalidInputError: The block has not begun, or has ended.
        """
        if not self._open:
            reason = f"{self._name} takes copies within its block: with SharedGate({self._name!r}) as gate: …"
            raise InvalidInputError(property="gate", reason=reason)
        self._ids += restore_point_ids
