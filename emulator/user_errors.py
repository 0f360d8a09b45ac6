"""Data Protection's refusals: an error that is meant for a user, with what to do about it.

The service puts the same object into the `additionalInfo` of a failed operation and into the `errorDetails` of a
failed job. Codes other than UserErrorMSIMissingPermissions are not published; they are marked in docs/emulator.md.

Source: UserFacingError of azure-mgmt-dataprotection 2.2.0; a recorded failure of 2025.
"""

from __future__ import annotations

from typing import Any, Final

from azure_recovery.emulator.records import guid

UserError = dict[str, Any]
"""code, message, recommended (sentences), inner (code and detail of an inner error) or None."""

MISSING_RIGHTS: Final = "UserErrorMSIMissingPermissions"
TARGET_EXISTS: Final = "UserErrorTargetDiskExists"


def user_error(code: str, message: str, *recommended: str, inner: tuple[str, str] | None = None) -> UserError:
    """Return an error as it is written down.

    Args:
        code: The service's word for it.
        message: Its sentence.
        recommended: What to do, a sentence each.
        inner: Code and detail of the error behind it.
    """
    return {"code": code, "message": message, "recommended": list(recommended), "inner": inner}


def facing(error: UserError) -> dict[str, Any]:
    """Return the UserFacingError; every member is there, empty ones as null or as the service leaves them."""
    inner = None
    if error["inner"] is not None:
        code, detail = error["inner"]
        inner = {"code": code, "additionalInfo": {"DetailedNonLocalisedMessage": detail}, "embeddedInnerError": None}
    return {
        "message": error["message"],
        "recommendedAction": error["recommended"],
        "details": None,
        "code": error["code"],
        "target": "",
        "innerError": inner,
        "isRetryable": False,
        "isUserError": False,
        "properties": {"ActivityId": guid("activity", error["code"], error["message"])},
    }


def of_operation(error: UserError) -> dict[str, Any]:
    """Return the `error` of a failed operation: what a user should read is in `additionalInfo`."""
    return {
        "code": error["code"],
        "message": error["message"],
        "details": None,
        "additionalInfo": [{"type": "UserFacingError", "info": facing(error)}],
    }
