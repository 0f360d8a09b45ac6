from __future__ import annotations

import re
from pathlib import Path

import pytest

from azure_recovery.emulator.server import DEFAULT_SPEED
from azure_recovery.emulator.world import load
from azure_recovery.rehearsal.environment import azure_environment, passphrase, rehearsal_environment
from azure_recovery.rehearsal.projects import ProjectError

AZURE = azure_environment("http://127.0.0.1:4242", speed=600.0, subscription_id="sub", tenant_id="ten")


def test_the_emulator_in_the_place_of_azure() -> None:
    """A rehearsed program gets its token by managed identity and asks the emulator."""
    assert AZURE == {
        "ARM_USE_MSI": "true",
        "ARM_RESOURCE_MANAGER_ENDPOINT": "http://127.0.0.1:4242",
        "ARM_RESOURCE_MANAGER_AUDIENCE": "https://management.azure.com/",
        "ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST": "https://login.microsoftonline.com/",
        "ARM_SUBSCRIPTION_ID": "sub",
        "ARM_TENANT_ID": "ten",
        "IDENTITY_ENDPOINT": "http://127.0.0.1:4242/msi/token",
        "IDENTITY_HEADER": "emulator",
        "AZURE_RECOVERY_SPEED": "600",
    }


@pytest.mark.parametrize(
    "name",
    [
        "ARM_CLIENT_SECRET",
        "ARM_CLIENT_ID",
        "ARM_ACCESS_KEY",
        "AZURE_CLIENT_CERTIFICATE_PATH",
        "AZURE_FEDERATED_TOKEN_FILE",
        "MSI_SECRET",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "PULUMI_ACCESS_TOKEN",
        "PULUMI_BACKEND_URL",
        "PULUMI_STACK",
    ],
)
def test_the_callers_own_azure_and_pulumi(name: str) -> None:
    """Nothing by which a real subscription or backend could be reached comes into a rehearsal."""
    assert name not in rehearsal_environment(AZURE, base={name: "of the caller", "HOME": "/home"})


def test_the_rest_of_the_callers_environment() -> None:
    """What a program may need otherwise stays."""
    environment = rehearsal_environment(AZURE, base={"HOME": "/home", "HTTPS_PROXY": "http://proxy:1"})

    assert (environment["HOME"], environment["HTTPS_PROXY"]) == ("/home", "http://proxy:1")


def test_a_proxy_and_loopback() -> None:
    """A proxy of the caller is not asked for the emulator."""
    environment = rehearsal_environment(AZURE, base={"NO_PROXY": "internal,127.0.0.1"})

    assert environment["NO_PROXY"] == "internal,127.0.0.1,localhost,::1"
    assert environment["no_proxy"] == "127.0.0.1,localhost,::1"


def test_the_passphrase_of_the_caller(tmp_path: Path) -> None:
    """Secure values in Pulumi.rehearsal.yaml are read with the caller's passphrase, given or in a file."""
    file = tmp_path / "passphrase"
    file.write_text("from the file\n", encoding="utf-8")

    assert passphrase({"PULUMI_CONFIG_PASSPHRASE": "given", "PULUMI_CONFIG_PASSPHRASE_FILE": str(file)}) == "given"
    assert passphrase({"PULUMI_CONFIG_PASSPHRASE_FILE": str(file)}) == "from the file"
    assert passphrase({}) == "rehearsal"


def test_a_passphrase_file_that_is_not_there(tmp_path: Path) -> None:
    """A missing passphrase file is one line that names it."""
    with pytest.raises(ProjectError, match=r"PULUMI_CONFIG_PASSPHRASE_FILE=.*missing: No such file"):
        passphrase({"PULUMI_CONFIG_PASSPHRASE_FILE": str(tmp_path / "missing")})


def test_the_environment_that_the_page_of_the_emulator_has() -> None:
    """It is that of a rehearsal, for the default world and speed; less of it is refused, or runs at Azure's speed."""
    page = (Path(__file__).parents[2] / "docs" / "emulator.md").read_text(encoding="utf-8")
    [block] = re.findall(r"^```\n((?:[A-Z_]+=\S+\n)+)```", page, re.MULTILINE)
    world = load(None)

    assert dict(line.split("=", 1) for line in block.splitlines()) == azure_environment(
        "http://127.0.0.1:8080",
        speed=DEFAULT_SPEED,
        subscription_id=world["subscription_id"],
        tenant_id=world["tenant_id"],
    )
