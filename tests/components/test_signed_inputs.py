"""A signed URL where an id belongs: what the engine shows of it."""

from __future__ import annotations

import pytest

from tests.components.conftest import SOURCE

SIGNED = f"https://management.azure.com{SOURCE}?sv=2026&sig=PLANTED-SIGNATURE"


@pytest.mark.parametrize("engine", ["embedded", pytest.param("pulumi", marks=pytest.mark.cli)])
def test_a_signed_url_as_an_id(deploy, engine):
    """The property is named in the text, and nothing that the engine says holds the signature."""
    preview = deploy(engine, "single").run("preview", ok=False, source_collection_id=SIGNED, of="daily-1")

    [line] = [line for line in preview.errors if line.startswith("collection: ")]
    assert "resource 'collection' has a problem: source_collection_id: 'https://management.azure.com/" in line
    assert "is a URL: leave out the host" in line
    assert "PLANTED" not in str((preview.errors, preview.warnings, preview.rows))
    assert [] == preview.requests
