"""What importing the library loads: the engine imports it in every preview, up, refresh and destroy."""

import subprocess
import sys

HEAVY = {"httpx", "pydantic", "azure.identity", "pulumi_azure_native", "azure_recovery.components"}
OTHERS = {"azure.identity", "azure_recovery.rest.dataprotection", "azure_recovery.rest.spf.calls"}


def loaded_by(module: str, watched: set[str]) -> list[str]:
    """Return which of the *watched* modules a new interpreter has loaded once it has *module*."""
    statement = f"import sys, {module}; print(*({watched!r} & sys.modules.keys()))"
    return subprocess.run([sys.executable, "-c", statement], capture_output=True, text=True, check=True).stdout.split()


def test_nothing_heavy_is_loaded_before_azure_is_asked():
    """A program and a provider process pay for HTTP, models and sign-in when they use them."""
    assert [] == loaded_by("azure_recovery.dynamic_providers", HEAVY)


def test_a_wait_for_copies_loads_no_other_service():
    """The process that waits holds the calls of what it waits for; sign-in comes with the first token."""
    assert [] == loaded_by("azure_recovery.dynamic_providers.copy_watch", OTHERS)


def test_a_restore_of_a_checkpoint_loads_nothing_of_azure():
    """Its process asks System Center alone."""
    watched = {"azure.identity", "azure_recovery.rest.compute", "azure_recovery.rest.dataprotection"}

    assert [] == loaded_by("azure_recovery.dynamic_providers.checkpoint_lifecycle", watched)
