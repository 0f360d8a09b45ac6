"""System Center beside Azure in a rehearsal: throw-away certificates, a listener, and what tells a program of both.

The certificates are made for one rehearsal or one test, below its own temporary folder, and gone with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azure_recovery.emulator.certificates import Certificates, make_certificates
from azure_recovery.emulator.exchange import TOKEN
from azure_recovery.emulator.listeners import SpfListener
from azure_recovery.emulator.spf_gateway import PASSWORD, USER


@dataclass(frozen=True)
class SystemCenter:
    """What a rehearsal needs to serve System Center, and to be let in."""

    certificates: Certificates

    @classmethod
    def make(cls, folder: Path) -> SystemCenter:
        """Make certificates in *folder*, which need not be there."""
        return cls(make_certificates(folder))

    @property
    def listener(self) -> SpfListener:
        """Where the emulator is to serve it: on a free port."""
        return SpfListener(self.certificates.folder)

    def environment(self, url: str, settings: Mapping[str, Any]) -> dict[str, str]:
        """Return the variables that make the library talk to the emulated System Center.

        Args:
            url: `https://127.0.0.1:PORT`, where the emulator serves it.
            settings: The emulator's; `spf_authentication` decides which credentials a program has.

        Returns:
            `AZURE_RECOVERY_SPF_*`: the address, the authority by which the server is known, and one credential.
        """
        credentials = {
            "certificate": {"AZURE_RECOVERY_SPF_CLIENT_CERTIFICATE_PATH": str(self.certificates.client)},
            "bearer": {"AZURE_RECOVERY_SPF_TOKEN": TOKEN},
            "basic": {"AZURE_RECOVERY_SPF_USERNAME": USER, "AZURE_RECOVERY_SPF_PASSWORD": PASSWORD},
        }
        return {
            "AZURE_RECOVERY_SPF_BASE_URL": url,
            "AZURE_RECOVERY_SPF_CA_BUNDLE_PATH": str(self.certificates.ca_bundle),
            **credentials[str(settings["spf_authentication"])],
        }
