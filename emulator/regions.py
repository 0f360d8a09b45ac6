"""Azure's regions as they are written: `westeurope`, `WestEurope`, `West Europe`."""

from __future__ import annotations

from typing import Final

_DISPLAY_NAMES: Final = (
    "Australia Central", "Australia Central 2", "Australia East", "Australia Southeast", "Austria East",
    "Belgium Central", "Brazil South", "Brazil Southeast", "Canada Central", "Canada East", "Central India",
    "Central US", "Central US EUAP", "Chile Central", "East Asia", "East US", "East US 2", "East US 2 EUAP",
    "France Central", "France South", "Germany North", "Germany West Central", "Indonesia Central", "Israel Central",
    "Italy North", "Japan East", "Japan West", "Jio India Central", "Jio India West", "Korea Central", "Korea South",
    "Malaysia West", "Mexico Central", "New Zealand North", "North Central US", "North Europe", "Norway East",
    "Norway West", "Poland Central", "Qatar Central", "South Africa North", "South Africa West", "South Central US",
    "Southeast Asia", "South India", "Spain Central", "Sweden Central", "Sweden South", "Switzerland North",
    "Switzerland West", "UAE Central", "UAE North", "UK South", "UK West", "West Central US", "West Europe",
    "West India", "West US", "West US 2", "West US 3",
)  # fmt: skip


def normalised(location: str) -> str:
    """Return the form in which two spellings of a region are equal: no spaces, lower case."""
    return location.replace(" ", "").lower()


DISPLAY_NAMES: Final = {normalised(name): name for name in _DISPLAY_NAMES}


def written(location: str, style: str) -> str:
    """Return *location* as Compute writes it back.

    Args:
        location: Any spelling.
        style: `compact` (WestEurope), `display` (West Europe) or `given`.
    """
    display = DISPLAY_NAMES.get(normalised(location), location)
    if style == "display":
        return display
    return display.replace(" ", "") if style == "compact" else location
