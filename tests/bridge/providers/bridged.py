"""A provider that does what its one input says, in the process that the tests of the bridge start."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Coroutine, Mapping
from typing import Any, ClassVar

from azure_recovery.dynamic_providers import bridge
from azure_recovery.dynamic_providers.inputs import ARM_ID, Input
from azure_recovery.dynamic_providers.provider import Attempt, LifecycleProvider, Seen
from azure_recovery.rest.errors import AzureRecoveryError

UNCAUGHT = {
    "system exit": SystemExit,
    "keyboard interrupt": KeyboardInterrupt,
    "cancelled": asyncio.CancelledError,
}


class Together:
    """How many do something at the same time, and the most there were."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now = 0
        self._crowds: dict[float, asyncio.Event] = {}
        self._gates: dict[str, asyncio.Event] = {}
        self.most = 0

    def __enter__(self) -> None:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._now -= 1

    async def stay(self, props: Mapping[str, Any]) -> None:
        """Be there for `seconds`, or until there was a `crowd` of so many or a `gate` is open; then `linger`."""
        gathered = self._crowds.setdefault(props.get("crowd", 0), asyncio.Event())
        with self:
            if self.most == props.get("crowd"):
                gathered.set()
            let_go = self._gate(props["gate"]) if props.get("gate") else gathered
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(let_go.wait(), props.get("seconds", 0.0))
            await asyncio.sleep(props.get("linger", 0.0))

    def open(self, gate: str) -> None:
        """Let go whoever waits there."""
        self._gate(gate).set()

    def _gate(self, name: str) -> asyncio.Event:
        return self._gates.setdefault(name, asyncio.Event())


together = Together()


class BridgedProvider(LifecycleProvider):
    """Acts by its input `act`; keeps what the bridge saw among its outputs."""

    fields: ClassVar[tuple[Input, ...]] = (
        Input("act", lambda _, value: value, required=True),
        Input("seconds", lambda _, value: value, default=0.0),
        Input("crowd", lambda _, value: value, default=0),
        Input("gate", lambda _, value: value, default=""),
        Input("linger", lambda _, value: value, default=0.0),
    )

    def settle(self, call: bridge.Call, olds: Mapping[str, Any], inputs: dict[str, Any]) -> list[Any]:
        """Name the thing; the check itself can fail as well."""
        self._raise(inputs["act"])
        inputs[ARM_ID] = f"things/{inputs['act']}"
        bridge.say(call, f"checked in {os.getpid()}", warning=inputs["act"] == "warn")
        return []

    def bring(self, call: bridge.Call, inputs: Mapping[str, Any], attempt: Attempt) -> Coroutine[Any, Any, None]:
        """Raise in the engine's own thread, or return what is to be done on the loop."""
        self._raise(inputs["act"])
        return self._act(call, inputs, attempt)

    async def _act(self, call: bridge.Call, inputs: Mapping[str, Any], attempt: Attempt) -> None:
        act = inputs["act"]
        attempt.outputs |= {"urn": call.urn, "timeout_s": call.timeout_s or "none", "method": call.method}
        if act == "refused":
            raise AzureRecoveryError("the service said no\nand why")
        attempt.started = True
        attempt.outputs["half"] = "done"
        if act == "unready":
            raise AzureRecoveryError("still replicating: 40 %\nsecond line")
        if act == "odd":
            attempt.outputs["half"] = "done \ud800"
            raise AzureRecoveryError("still replicating \ud800")
        if act == "huge":
            attempt.outputs["entries"] = {str(n): "x" * 100 for n in range(5_000)}
            raise AzureRecoveryError("still replicating many")
        if act == "tell":
            for percent in range(100):
                bridge.say(call, f"replicating: {percent} % of 3 disks\nsecond line")
            bridge.say(call, "adopted", ephemeral=False)
        if act in ("wait", "stall"):
            bridge.say(call, "waiting", ephemeral=act == "wait")
        if act == "open":
            together.open(inputs["gate"])
            return
        try:
            await together.stay(inputs)
        except asyncio.CancelledError:
            bridge.say(call, "the wait was ended", ephemeral=False)
            raise
        attempt.outputs["most"] = together.most

    async def look(self, _call: bridge.Call, _id: str, props: Mapping[str, Any]) -> Seen | None:
        """Return the thing as it is; one that is unready stays so."""
        stored = {"act": props["act"], ARM_ID: props[ARM_ID]}
        return Seen(outputs=stored | {"half": "done"}, inputs=stored, unready=f"not yet: {props['act']}")

    async def remove(self, call: bridge.Call, _id: str, props: Mapping[str, Any]) -> None:
        """Take a while."""
        await together.stay(props)
        bridge.say(call, f"{together.most} at a time", ephemeral=False)

    def _raise(self, act: str) -> None:
        if act == "bug":
            raise KeyError("colour")
        if act in UNCAUGHT:
            raise UNCAUGHT[act]
