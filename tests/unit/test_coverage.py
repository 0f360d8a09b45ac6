"""docs/coverage.md is complete: everything that the pages name has its row, and every row its place and its test."""

from __future__ import annotations

import json
import re
from itertools import chain
from pathlib import Path

import pytest

from azure_recovery.rest.compute import managed_disk_models
from azure_recovery.rest.compute import models as compute_models
from azure_recovery.rest.dataprotection import models as dataprotection_models
from tests.unit.test_docs import COVERAGE, rows

DATA = Path(__file__).parents[1] / "data"

PAGES = {
    ("compute/copy_page.json", "put_collection"): ("Make a collection in the target region", "Request body"),
    ("compute/copy_page.json", "collection"): ("Make a collection in the target region", "Response body"),
    ("compute/copy_page.json", "put_restore_point"): ("Make a restore point in the target region", "Request body"),
    ("compute/copy_page.json", "restore_point"): ("Make a restore point in the target region", "Response body"),
    ("dataprotection/restore_page.json", "recovery_points"): ("List the recovery points", "Response body"),
    ("dataprotection/restore_page.json", "validate_restore"): ("Validate the restore", "Request body"),
    ("dataprotection/restore_page.json", "validation_status"): ("Validate the restore", "Response body"),
    ("dataprotection/restore_page.json", "restore"): ("Start the restore", "Request body"),
    ("dataprotection/restore_page.json", "restore_status"): ("Start the restore", "Response body"),
    ("dataprotection/restore_page.json", "job"): ("Track the job", "Response body"),
    ("spf/page.json", "request_headers"): ("Restore it", "Checkpoint request headers"),
    ("spf/page.json", "request"): ("Restore it", "Checkpoint request body"),
    ("spf/page.json", "response_headers"): ("Restore it", "Checkpoint headers of the answer"),
    ("recoveryservices/page.json", "request"): ("Ask for it", "Backup status request"),
    ("recoveryservices/page.json", "response"): ("Ask for it", "Backup status response"),
    ("recoveryservices/page.json", "error"): ("Ask for it", "Error detail"),
}
"""A body with every property of a page → the section of coverage.md that has them, and its heading within."""

ALSO = ("Instance view", "Left out on purpose")
"""Headings of coverage.md that have properties of a restore point, too."""

_WHY_NOT = ("not sent", "not read", "not used")
"""How a cell begins that says why no place of ours is named."""


def loaded(name):
    """Return test data."""
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def facts():
    """Return what each section of coverage.md has to name besides properties: parameters, headers, statuses, words."""
    found = {tuple(page["section"]): list(page["facts"]) for page in loaded("pages.json")}
    words = ("Copying restore points", "Make a restore point in the target region", "Words in the response body")
    found[words] = sorted({word for printed in loaded("compute/copy_words.json").values() for word in printed})
    found["Backup status", "Ask for it", "Words"] += chain(*loaded("recoveryservices/enumerations.json").values())
    return found


def leaves(value, path=""):
    """Return the paths of all properties that hold no others; `properties.dataDisks[].lun`."""
    if isinstance(value, dict):
        return {found for name, inner in value.items() for found in leaves(inner, f"{path}.{name}".lstrip("."))}
    if isinstance(value, list):
        return {found for inner in value for found in leaves(inner, f"{path}[]")}
    return {path}


@pytest.mark.parametrize(("page", "section"), PAGES.items(), ids=[body for _, body in PAGES])
def test_every_property_of_a_page(page, section):
    """It has a row in its section of coverage.md."""
    covered = {
        name
        for above, cells in rows(COVERAGE)
        if above[-2:] == section or (page[1] == "restore_point" and above[-1] in ALSO)
        for name in re.findall(r"`([^`]+)`", cells[0])
    }

    assert set() == leaves(loaded(page[0])[page[1]]) - covered


def test_every_body_of_a_page():
    """Each that the test data has is held to its section."""
    bodies = {
        (name, body)
        for name in ("compute/copy_page.json", "dataprotection/restore_page.json", "spf/page.json",
                     "recoveryservices/page.json")
        for body in loaded(name)
    }  # fmt: skip

    assert bodies == PAGES.keys()


@pytest.mark.parametrize(("section", "named"), facts().items(), ids=[", ".join(section) for section in facts()])
def test_everything_else_of_a_page(section, named):
    """A parameter, header, status or word stands in the first cell of a row of its section."""
    first = "\n".join(cells[0] for above, cells in rows(COVERAGE) if above[1:] == section)

    assert [] == [fact for fact in named if not re.search(rf"(?<![\w-]){re.escape(fact)}(?![\w-])", first)]


def test_every_row_has_its_place():
    """A module of the library is linked, or the cell says why there is none."""
    tables = [(above, cells) for above, cells in rows(COVERAGE) if len(above) > 2 and above[-1] != ALSO[-1]]

    assert tables
    assert [] == [
        cells[0]
        for _, cells in tables
        if not re.search(r"\]\(\.\./[\w/]+\.py\)", cells[1]) and not cells[1].startswith(_WHY_NOT)
    ]


@pytest.mark.parametrize(
    "models", [compute_models, managed_disk_models, dataprotection_models], ids=lambda module: module.__name__
)
def test_what_the_models_leave_out(models):
    """Each of it is in coverage.md."""
    left_out = " ".join(cells[0] for above, cells in rows(COVERAGE) if above[-1] == "Left out on purpose")

    assert [] == [name for name in models.LEFT_OUT if f"`{name}`" not in left_out]
