"""What a preview says about a checkpoint restore before anything is asked for: one look at the checkpoint.

What can never work is a `CheckFailure` on its property; what nobody may look at, or nobody answers, is a warning. A
trigger that is in the state already is not looked up again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pulumi.dynamic import CheckFailure

from azure_recovery.dynamic_providers import bridge
from azure_recovery.dynamic_providers.checkpoint_inputs import (
    API_ROOT,
    BASE_URL,
    CHECKPOINT,
    PRINCIPAL,
    STAMP,
    SUBSCRIPTION,
)
from azure_recovery.dynamic_providers.checkpoint_looks import only_one
from azure_recovery.dynamic_providers.inputs import all_known
from azure_recovery.dynamic_providers.lookups import Lack, NotKnown, is_on, value_of
from azure_recovery.rest.errors import ConfigurationError, InvalidInputError, NotFoundError
from azure_recovery.rest.spf.calls import CheckpointService
from azure_recovery.rest.spf.models import Checkpoint

if TYPE_CHECKING:
    from azure_recovery.dynamic_providers.session import Session


def look_ahead_of_checkpoint(
    session: Session, call: bridge.Call, inputs: Mapping[str, Any], connect: Callable[[], CheckpointService]
) -> list[CheckFailure]:
    """Return what can never work about a restore; warn of what could not be looked at.

    Args:
        session: Whose look-ups are shared. call: The check, whose row shows warnings.
        inputs: As checked. connect: Returns the calls on the service.
    """
    if inputs.get("preflight") == "off" or not is_on() or not all_known(inputs, (BASE_URL, SUBSCRIPTION, CHECKPOINT)):
        return []
    if any(name in inputs and not all_known(inputs, (name,)) for name in (STAMP, API_ROOT, PRINCIPAL)):
        return []
    checkpoint_id, stamp_id = inputs[CHECKPOINT], inputs.get(STAMP) or ""
    try:
        service = connect()
    except ConfigurationError as error:
        session.lookups.warn_once(call, f"not checked: needs credentials: {error}", about=Lack.CREDENTIALS)
        return []
    except InvalidInputError as error:
        return [CheckFailure(error.property, error.reason)]

    async def ask() -> list[Checkpoint] | CheckFailure:
        try:
            if not stamp_id:
                return await service.find_checkpoints(checkpoint_id)
            return [await service.get_checkpoint(checkpoint_id, stamp_id)]
        except NotFoundError as error:
            # A list that is empty is one all the same: it is the list, or its service, that is not there.
            return CheckFailure(CHECKPOINT, f"does not exist in stamp {stamp_id}") if stamp_id else _no_service(error)
        except InvalidInputError as error:
            return CheckFailure(error.property, error.reason)

    name = f"GET {service.connection.root} {checkpoint_id} {stamp_id}"
    found = session.lookups.ask(call, {name: ask})[name]
    if isinstance(found, NotKnown):
        _say_not_checked(session, call, found, service)
        return []
    checkpoints = value_of(found) or []
    if isinstance(checkpoints, CheckFailure):
        return [checkpoints]
    try:
        only_one(checkpoints, checkpoint_id)
    except InvalidInputError as error:
        return [CheckFailure(error.property, error.reason)]
    return []


def _no_service(error: NotFoundError) -> CheckFailure:
    return CheckFailure(BASE_URL, f"leads to no VMM service: correct it, {API_ROOT} or {SUBSCRIPTION}: {error}")


def _say_not_checked(session: Session, call: bridge.Call, found: NotKnown, service: CheckpointService) -> None:
    if found.lack is Lack.LIMIT:
        return
    needs = {
        Lack.RIGHT: f"needs the right to read checkpoints of {service.connection.root}: ",
        Lack.CREDENTIALS: "needs credentials: ",
        Lack.TIME: f"needs an answer from {service.connection.root}: ",
    }.get(found.lack, "")
    session.lookups.warn_once(
        call, f"not checked: {needs}{found.reason}", about=(found.lack, str(service.connection.root))
    )
