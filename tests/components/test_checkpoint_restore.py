"""What a checkpoint restore declares, against a monitor in memory, and what becomes of it on engines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from azure_recovery.components import CheckpointRestore
from azure_recovery.emulator.exchange import TOKEN
from azure_recovery.emulator.server import RunningEmulator
from azure_recovery.engine import Engine, OperationResult
from azure_recovery.rehearsal.environment import azure_environment, rehearsal_environment
from azure_recovery.rehearsal.system_center import SystemCenter
from azure_recovery.rehearsal.world import ControlClient

EXAMPLE = Path(__file__).parents[2] / "examples" / "checkpoint_restore"
SERVICE = {
    "base_url": "https://wapserver:30006",
    "subscription_id": "ba4146fa-fb41-41b6-a7c0-2b4ff4c3f7e3",
    "checkpoint_id": "a11cc636-5521-4f88-92b2-cad392911fe0",
    "trigger": "one",
}
BOTH = {
    "stamp_id": "ba4146fa-fb41-4f59-a193-ad00c52a138c",
    "api_root": "{subscription_id}/services/systemcenter/vmm",
    "principal_id": "user@contoso.com",
}


def test_the_baseline_comes_first(stack):
    """The run waits for it, and gets what it has taken; both are children of the component, and named like it."""
    stack.run(lambda: CheckpointRestore("web-1", **SERVICE).job_id)

    [baseline], [run] = stack.of("CheckpointBaseline"), stack.of("CheckpointRestoreRun")
    assert ("web-1", "web-1") == (baseline.name, run.name)
    assert ("web-1", "web-1") == (baseline.parent, run.parent)
    assert [] == baseline.after
    assert ["web-1"] == run.after
    assert {"trigger": "one"} == run.inputs["baseline"]
    assert "organization/project/stack/web-1" == baseline.inputs["name_seed"] == run.inputs["name_seed"]


def test_what_each_of_them_is_told(stack):
    """Where the checkpoint is goes to both; how it is restored to the run, what comes before it to the baseline."""
    of_baseline = {"safety_checkpoint": True, "preflight": "off"}
    of_run = {
        "method": "put",
        "confirmed_job_id": "6e0d9045-9d24-4ac1-93fc-a172e09af870",
        "confirmed_done": "one",
    }

    stack.run(lambda: CheckpointRestore("web-1", **SERVICE, **BOTH, **of_baseline, **of_run).job_id)

    [baseline], [run] = stack.of("CheckpointBaseline"), stack.of("CheckpointRestoreRun")
    computed = {"__provider", "name_seed", "baseline"}
    told = [{key: value for key, value in one.inputs.items() if key not in computed} for one in (baseline, run)]
    assert [SERVICE | BOTH | of_baseline, SERVICE | BOTH | of_run] == told


def test_what_is_left_out(stack):
    """It is for the providers to complete."""
    stack.run(lambda: CheckpointRestore("web-1", **SERVICE).job_id)

    [baseline] = stack.of("CheckpointBaseline")
    assert SERVICE.keys() == baseline.inputs.keys() - {"__provider", "name_seed"}


@dataclass
class Rolled:
    """The example on the embedded engine, and what it asks."""

    engine: Callable[..., Engine]
    control: ControlClient
    state_file: Path

    def run(self, verb: str, trigger: str, *, ok: bool = True, **more: Any) -> OperationResult:
        """Run `preview`, `up` or `destroy` with a trigger."""
        result: OperationResult = getattr(self.engine(trigger, **more), verb)()
        assert ok is result.ok, result.diagnostics
        return result

    @property
    def sent(self) -> int:
        """How often a machine was rolled back."""
        return sum(one.get("restores", 0) for one in self.control.world().resources.values())


@pytest.fixture
def roll(tmp_path: Path) -> Iterator[Callable[..., Rolled]]:
    """Engines whose state survives from run to run, and a System Center of its own: `roll(spf_authentication=…)`."""
    with ExitStack() as opened:

        def begin(**settings: Any) -> Rolled:
            system_center = SystemCenter.make(tmp_path / "certificates")
            emulator = RunningEmulator(speed=3600.0, settings=settings, spf=system_center.listener)
            opened.enter_context(emulator)
            control = opened.enter_context(ControlClient(emulator.url))
            world = control.world()
            environment = rehearsal_environment(
                azure_environment(
                    emulator.url, speed=3600.0, subscription_id=world.subscription_id, tenant_id=world.tenant_id
                )
            )
            environment = {**environment, **system_center.environment(emulator.spf_url, world.settings)}

            def engine(trigger: str, *, left_out: str = "", **more: Any) -> Engine:
                return Engine(
                    EXAMPLE,
                    stack="rehearsal",
                    state_file=tmp_path / "state.json",
                    config={"checkpoint-restore:trigger": trigger},
                    env={name: value for name, value in environment.items() if name != left_out},
                    passphrase="of a test",
                    **more,
                )

            return Rolled(engine, control, tmp_path / "state.json")

        yield begin


@pytest.fixture
def rolled(roll: Callable[..., Rolled]) -> Rolled:
    """The example, by client certificate."""
    return roll()


def test_another_trigger(rolled):
    """Its preview shows two updates, and the `up` restores again; the same one changes nothing."""
    first = rolled.run("up", "one").outputs
    preview = rolled.run("preview", "two")
    sent = rolled.sent
    second = rolled.run("up", "two")
    third = rolled.run("up", "two")

    assert {"update": 2, "same": 2} == preview.changes == second.changes
    assert (1, 2) == (sent, rolled.sent)
    assert first["jobId"] != second.outputs["jobId"]
    assert first["vmId"] == second.outputs["vmId"]
    assert {"same": 4} == third.changes


def test_a_trigger_of_before(rolled):
    """Going back to it, as by reverting a change, is refused in the preview."""
    rolled.run("up", "one")
    rolled.run("up", "two")

    refused = rolled.run("preview", "one", ok=False)

    [said] = {one.message for one in refused.diagnostics if "trigger" in one.message}
    assert "was given before, and restores once" in said
    assert 2 == rolled.sent


def test_destroyed_and_made_again(rolled):
    """Nothing is taken back, and what is new restores."""
    rolled.run("up", "one")
    rolled.run("destroy", "one")
    assert 1 == rolled.sent

    rolled.run("up", "one")
    assert 2 == rolled.sent


def test_a_credential_of_the_configuration(roll):
    """It logs in, and is in the state in no form that could be read."""
    rolled = roll(spf_authentication="bearer")
    secret = {"azure-recovery:spfToken": TOKEN}

    rolled.run("up", "one", left_out="AZURE_RECOVERY_SPF_TOKEN", secret_config=secret)

    assert 1 == rolled.sent
    assert TOKEN not in rolled.state_file.read_text(encoding="utf-8")


def test_no_credential(roll):
    """The preview says what is not checked, and passes; the `up` stops before it asks anybody."""
    rolled = roll(spf_authentication="bearer")

    preview = rolled.run("preview", "one", left_out="AZURE_RECOVERY_SPF_TOKEN")
    refused = rolled.run("up", "one", ok=False, left_out="AZURE_RECOVERY_SPF_TOKEN")

    assert any("not checked: needs credentials" in one.message for one in preview.diagnostics)
    assert any("no credentials for System Center: set one of" in one.message for one in refused.diagnostics)
    assert 0 == rolled.sent
