"""What importing the provider modules costs beside `import pulumi.dynamic`: once in every operation of the engine."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

ROUNDS = 9
BAR = 1.6
MODULES = ("restore_point_collection_copy", "restore_point_copy", "replication_gate")
HEAVY = ("azure.identity", "pulumi_azure_native", "azure_recovery.components")


def seconds(statement: str) -> float:
    """Return the wall time of a fresh interpreter that runs *statement*."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.perf_counter() - begun


def main() -> int:
    """Print the ratios and what was loaded; return 1 above the bar."""
    provider = "import " + ", ".join(f"azure_recovery.dynamic_providers.{name}" for name in MODULES)
    loaded = f"{provider}; import sys; print(' '.join(n for n in {HEAVY!r} if n in sys.modules))"
    heavy = subprocess.run([sys.executable, "-c", loaded], check=True, capture_output=True, text=True).stdout.split()
    # Alternating rounds: what else the machine does hits both alike.
    rounds = [(seconds("import pulumi.dynamic"), seconds(provider)) for _ in range(ROUNDS)]
    bare, ours = (statistics.median(column) for column in zip(*rounds, strict=True))
    ratio = ours / bare
    print(f"import pulumi.dynamic {bare:.3f} s, provider modules {ours:.3f} s: ratio {ratio:.2f} (bar {BAR})")
    print(f"heavy modules loaded by it: {', '.join(heavy) or 'none'}")
    return int(ratio > BAR or bool(heavy))


if __name__ == "__main__":
    sys.exit(main())
