"""What importing the library loads: the engine imports it in every preview, up, refresh and destroy."""

import subprocess
import sys

HEAVY = {"httpx", "pydantic", "azure.identity", "pulumi_azure_native", "azure_recovery.components"}


def test_nothing_heavy_is_loaded_before_azure_is_asked():
    """A program and a provider process pay for HTTP, models and sign-in when they use them."""
    statement = f"import sys, azure_recovery.dynamic_providers; print(*({HEAVY!r} & sys.modules.keys()))"

    loaded = subprocess.run([sys.executable, "-c", statement], capture_output=True, text=True, check=True).stdout

    assert [] == loaded.split()
