"""Restores against a recorded flow of the real service."""

from __future__ import annotations

import json
from pathlib import Path

from tests.emulator.restoring import INSTANCE, SUBSCRIPTION, outcome, points_of, restore, validate

DATA = Path(__file__).parents[1] / "data" / "dataprotection" / "wire"


def recorded():
    flow = json.loads((DATA / "disk_restore_flow.json").read_text(encoding="utf-8"))
    return {entry["name"]: entry for entry in flow["interactions"]}


def shape(value):
    """Return the names of members, all the way down; of a list, those of its first entry."""
    if isinstance(value, dict):
        return {name: shape(entry) for name, entry in value.items()}
    return [shape(value[0])] if isinstance(value, list) and value else None


def test_answers_have_the_shape_of_the_recording(make_azure):
    """The same members as the real service sent in 2023, in recovery points, both operations and the job."""
    azure = make_azure(job_visible_seconds=0)
    flow, version = recorded(), "2023-01-01"
    answers = {}
    answers["list recovery points (newest first, no nextLink)"] = azure.call(
        "GET", f"{INSTANCE}/recoveryPoints", version=version
    ).json()
    checked = validate(azure, version=version)
    answers["poll 1"] = azure.follow(checked.headers["azure-asyncoperation"]).json()
    azure.advance(seconds=60)
    answers["poll 3"] = azure.follow(checked.headers["azure-asyncoperation"]).json()
    answers["final GET on Location"] = azure.follow(checked.headers["location"]).json()
    accepted = restore(azure, version=version)
    answers["poll restore"] = outcome(azure, accepted)
    azure.advance(minutes=12)
    path = answers["poll restore"]["properties"]["jobId"]
    answers["job show, completed"] = azure.call("GET", path, version=version).json()

    for name, answer in answers.items():
        assert shape(flow[name]["response"]["body"]) == shape(answer), name
    for name in ("validateRestore", "restore"):
        assert {"Azure-AsyncOperation", "Location"} <= set(flow[name]["response"]["headers"])


def test_recorded_requests_are_read(azure):
    """With `resourceId` as the command line writes it; only ids and region are this world's."""
    flow = recorded()
    for name, path in (("validateRestore", "validateRestore"), ("restore", "restore")):
        text = json.dumps(flow[name]["request"]["body"]).replace("centraluseuap", "westeurope")
        text = text.replace("00000000-0000-0000-0000-000000000000", SUBSCRIPTION).replace("clitest-dpp-rg", "drills")
        text = text.replace("13ccde7abc2a4a2380179ca5ada99038", points_of(azure)[0]["name"])
        accepted = azure.call("POST", f"{INSTANCE}/{path}", json.loads(text), version="2023-01-01")

        assert "Succeeded" == outcome(azure, accepted)["status"]
