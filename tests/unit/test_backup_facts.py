"""What is told of a backup that is not as it should be."""

import pytest

from azure_recovery.dynamic_providers.backup_facts import trouble, unmet


@pytest.mark.parametrize("code", ["Success", "SUCCESS", None])
def test_a_code_that_is_no_error(code):
    """A message beside it is not told either."""
    told = {"protection_status": "NotProtected", "error_code": code, "error_message": "fine"}

    assert "" == trouble(told)
    assert "its status is NotProtected instead of Protected" == unmet({"status": "Protected"}, told)


def test_a_code_that_is_an_error():
    """It stands behind what is wrong, with Azure's message."""
    told = {"protection_status": "ProtectionFailed", "error_code": "UserErrorVmNotFound", "error_message": "No VM."}

    expected = "its status is ProtectionFailed instead of Protected; Azure says UserErrorVmNotFound: No VM."
    assert expected == unmet({"status": "Protected"}, told)
