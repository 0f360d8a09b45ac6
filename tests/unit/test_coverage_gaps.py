"""Every property that the copy documentation prints, read by the models: the page as one body, slips included.

`copy_page.json` has the page's properties with values of ours. Its numbers and booleans are text, its disk restore
points lack the provider in their ids, and two of its properties do not exist in the API.
"""

import json
from pathlib import Path

import pytest

from azure_recovery.rest.compute.models import RestorePoint, RestorePointCollection
from azure_recovery.rest.compute.replication import copy_status

DATA = Path(__file__).parents[1] / "data" / "compute"
PAGE = json.loads((DATA / "copy_page.json").read_text())
WORDS = json.loads((DATA / "copy_words.json").read_text())
CONTRACT = json.loads((DATA / "properties.json").read_text())

INVENTED = {"optionalProperties", "provisioningDetails"}
"""Properties of a restore point that only the page knows."""


def properties(value, path=""):
    """Yield path and value of each property that holds no others; `dataDisks[0].lun`."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from properties(inner, f"{path}.{name}".lstrip("."))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from properties(inner, f"{path}[{number}]")
    else:
        yield path, value


def read(found, path):
    """Return what the model *found* holds under the wire names of *path*; a part kept as it came is a dictionary."""
    for part in path.split("."):
        name, _, index = part.partition("[")
        if isinstance(found, dict):
            found = found[name]
        else:
            fields = {field.alias or own: own for own, field in type(found).model_fields.items()}
            found = getattr(found, fields[name])
        if index:
            found = found[int(index.rstrip("]"))]
    return found


POINT = {path: value for path, value in properties(PAGE["restore_point"]) if not INVENTED & set(path.split("."))}
COLLECTION = dict(properties(PAGE["collection"]))
NUMBERS = ("diskSizeGB", "lun", "completionPercent")


@pytest.mark.parametrize("path", sorted(POINT))
def test_each_property_of_a_restore_point(path):
    """It is read with its value; a number that the page prints as text is a number."""
    expected = float(POINT[path]) if path.endswith(NUMBERS) else POINT[path]

    assert expected == read(RestorePoint.model_validate(PAGE["restore_point"]), path)


@pytest.mark.parametrize("path", sorted(COLLECTION))
def test_each_property_of_a_collection(path):
    """It is read with its value."""
    assert COLLECTION[path] == read(RestorePointCollection.model_validate(PAGE["collection"]), path)


@pytest.mark.parametrize(("path", "word"), [(path, word) for path, words in WORDS.items() for word in words])
def test_each_word_of_a_restore_point(path, word):
    """It is kept as it is written."""
    body = json.loads(json.dumps(PAGE["restore_point"]))
    *way, last = path.replace("[", ".").replace("]", "").split(".")
    place = body
    for part in way:
        place = place[int(part) if part.isdigit() else part]
    place[last] = word

    assert word == read(RestorePoint.model_validate(body), path)


def test_properties_that_only_the_page_knows():
    """The API has none of that name, and an answer that had them would be read all the same."""
    assert not INVENTED & set(CONTRACT["RestorePointProperties"])
    assert set(PAGE["restore_point"]["properties"]) > INVENTED
    assert RestorePoint.model_validate(PAGE["restore_point"]).properties.provisioning_state == "Succeeded"


def test_disk_restore_point_ids_without_their_provider():
    """Both halves of the page's answer are joined by what they say, whether or not that is a whole ARM id."""
    status = copy_status(RestorePoint.model_validate(PAGE["restore_point"]))

    assert [True, True] == [disk.replicated for disk in status.disks]
    assert status.usable
