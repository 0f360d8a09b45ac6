"""System Center as a list of answers: no socket; and what the pages show of it."""

import asyncio
import json
from pathlib import Path

import httpx

from azure_recovery.rest.retrying import RetryPolicy
from azure_recovery.rest.spf.address import service_root
from azure_recovery.rest.spf.calls import CheckpointService
from azure_recovery.rest.spf.connection import connect
from azure_recovery.rest.spf.models import Checkpoint
from azure_recovery.rest.spf.settings import SpfSettings

DATA = Path(__file__).parents[1] / "data" / "spf"
PAGE, MERGE, PUT, GET, OTHER = (
    json.loads((DATA / f"{name}.json").read_text())
    for name in ("page", "merge_restore_checkpoint", "put_restore_checkpoint", "get_checkpoint", "job_and_error")
)
ENTITY = GET["response"]["body"]
JOB, ERROR = OTHER["job"], OTHER["error"]
SUBSCRIPTION = "BA4146FA-FB41-41B6-A7C0-2B4FF4C3F7E3"
ROOT = f"/{SUBSCRIPTION}/services/systemcenter/vmm"
STAMP = "d70c1a9b-c241-48f5-880a-b6c36071e653"
VM = JOB["TargetObjectId"]
TOKEN = {"AZURE_RECOVERY_SPF_TOKEN": "token-of-a-test"}
READS = {
    "get_checkpoint": f"VMCheckPoints(ID=guid'{VM}',StampId=guid'{STAMP}')",
    "get_virtual_machine": f"VirtualMachines(ID=guid'{VM}',StampId=guid'{STAMP}')",
    "get_job": f"Jobs(ID=guid'{VM}',StampId=guid'{STAMP}')",
}


def key(checkpoint):
    return f"{ROOT}/VMCheckPoints(ID=guid'{checkpoint['ID']}',StampId=guid'{checkpoint['StampId']}')"


class Spf:
    """A service that gives its answers in order, to calls that are made by a configuration."""

    def __init__(self, clock):
        self.clock = clock
        self.answers = []
        self.requests = []
        self.waits = []

    def call(self, method, *args, options=None, **how):
        """Return what one method returns."""
        return self.run(lambda service: getattr(service, method)(*args, **(options or {})), **how)

    def run(self, work, *, env=TOKEN, root=None, principal_id="", retry=False):
        """Return what *work* returns for the calls that lead here."""
        policy = RetryPolicy(chance=lambda: 0.0) if retry else RetryPolicy(attempts=1)

        async def run():
            connection = connect(
                SpfSettings.load({}, env),
                root or service_root("https://wapserver:30006", SUBSCRIPTION),
                principal_id=principal_id,
                clock=self.clock,
                policy=policy,
                http=httpx.AsyncClient(transport=httpx.MockTransport(self._answer)),
            )
            try:
                return await work(CheckpointService(connection))
            finally:
                await connection.aclose()

        return asyncio.run(run())

    def note(self, wait):
        """Keep the reason of a wait."""
        self.waits.append(wait.reason)

    @property
    def sent(self):
        """Each request as it went over the wire."""
        return [f"{request.method} {request.extensions['target'].decode()}" for request in self.requests]

    def body(self):
        """Return what was sent last."""
        return json.loads(self.requests[-1].content)

    def _answer(self, request):
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def checkpoint(**changes):
    return Checkpoint.model_validate({**PUT["request"]["body"], **changes})
