"""Each rule of a preview of copies in a first preview, in a second `up`, and in a preview after a kill."""

from __future__ import annotations

from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from azure_recovery.dynamic_providers.restore_point_collection_copy import RestorePointCollectionCopyProvider
from azure_recovery.dynamic_providers.restore_point_copy import RestorePointCopyProvider
from tests.providers.conftest import Azure, MakeAzure
from tests.providers.preflight_rules import MOVES, RULES, Rule
from tests.providers.stack import CheckFailed, Stack
from tests.providers.worlds import COLLECTION, COPY, RECOVERY, collection, copied

DOCUMENT = Path(__file__).parents[2] / "docs" / "preflight.md"
MOST_REQUESTS = 3
"""Two collections, and the regions of the subscription."""

each_rule = pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))


def failures_of(azure: Azure, rule: Rule) -> dict[str, str]:
    """Preview all resources of the rule in a process of their own; return what is wrong with the last one."""
    azure.new_process()
    *others, last = rule.news
    for news in others:
        azure.stack(rule.kind).preview(dict(news))
        assert [] == azure.warnings
    try:
        azure.stack(rule.kind).preview(dict(last))
    except CheckFailed as failed:
        return dict(failed.properties)
    return {}


def judge(azure: Azure, rule: Rule, *, says: bool) -> None:
    """Preview, and compare what is said with what the rule has to say in this world."""
    failures = failures_of(azure, rule)

    said = [*failures.values(), *azure.warnings]
    assert says == bool(said), said
    if says:
        assert 1 == len(said), said
        assert rule.says in said[0]
        assert ([rule.at] if rule.at else []) == list(failures)
    assert MOST_REQUESTS >= len(azure.requests())


@each_rule
def test_a_first_preview(make_azure: MakeAzure, rule: Rule) -> None:
    """Nothing of ours is there."""
    azure = make_azure(**rule.parts)
    rule.becomes(azure)

    judge(azure, rule, says=rule.first)


@each_rule
def test_a_second_up(make_azure: MakeAzure, monkeypatch: pytest.MonkeyPatch, rule: Rule) -> None:
    """What stands in the state stood up to Azure once: whatever became so since, nothing is asked and nothing said."""
    azure = make_azure(**rule.parts)
    rule.becomes(azure)
    azure.new_process()
    stacks = []
    with monkeypatch.context() as patch:
        patch.setenv("AZURE_RECOVERY_PREFLIGHT", "off")
        for news in rule.news:
            stack = azure.stack(rule.kind)
            stack.inputs = stack.check(dict(news))
            stack.id, stack.outputs = stack.inputs["arm_id"], stack.inputs | {"usable": True}
            stacks.append(stack)
    azure.new_process()

    assert ["same"] * len(stacks) == [stack.up(dict(news)) for stack, news in zip(stacks, rule.news, strict=True)]
    assert ([], []) == (azure.requests(), azure.warnings)


@each_rule
def test_a_preview_after_a_kill(make_azure: MakeAzure, rule: Rule) -> None:
    """What the killed run made is our own work, and held against nobody; what it could not make is told as before."""
    azure = make_azure(**rule.parts)
    for news in rule.news[: rule.makes]:
        azure.stack(rule.kind).up(dict(news))
    (rule.since or rule.becomes)(azure)

    judge(azure, rule, says=rule.killed)


def moved(azure: Azure, kind: type[object]) -> tuple[Stack, dict[str, object]]:
    """Return a stack that has the old one in its state, and the inputs that move it within its region."""
    stack = azure.stack(kind)
    if kind is RestorePointCollectionCopyProvider:
        stack.up(dict(COLLECTION))
        return stack, COLLECTION | {"resource_group_name": "spare"}
    stack.up(dict(COPY))
    return stack, COPY | {"restore_point_collection_id": f"{RECOVERY}/second"}


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        (RestorePointCollectionCopyProvider, "the old collection in northeurope holds copy: Azure keeps one copy"),
        (RestorePointCopyProvider, "web-1-copies is in the same region, northeurope: Azure keeps one copy"),
    ],
)
def test_what_moves_within_its_region(make_azure: MakeAzure, kind: type[object], says: str) -> None:
    """Told in the preview of the move alone: not of something new, not without changes, and not once it has moved."""
    azure = make_azure(copies=[copied()], more=[collection("second", [])])
    stack, news = moved(azure, kind)

    azure.new_process()
    azure.stack(kind).preview(dict(news))
    assert [] == azure.warnings

    azure.new_process()
    assert "same" == stack.up(dict(COLLECTION if kind is RestorePointCollectionCopyProvider else COPY))
    assert ([], []) == (azure.requests(), azure.warnings)

    azure.new_process()
    stack.preview(dict(news))
    [warning] = azure.warnings
    assert warning.startswith(says)


def test_a_collection_that_had_moved_when_the_run_was_killed(make_azure: MakeAzure) -> None:
    """The new one stands, and the state has the old one: that is our own work."""
    azure = make_azure(copies=[copied()])
    stack, news = moved(azure, RestorePointCollectionCopyProvider)
    azure.stack(RestorePointCollectionCopyProvider).up(dict(news))

    azure.new_process()
    stack.preview(dict(news))

    assert [] == azure.warnings


def test_every_row_of_the_document_has_a_rule() -> None:
    """And each rule is in the document."""
    rows: set[tuple[str, str]] = set()
    cells: list[str] = []
    inside, says = False, 1
    found = MarkdownIt("commonmark").enable("table").parse(DOCUMENT.read_text(encoding="utf-8"))
    for number, token in enumerate(found):
        if token.type == "heading_open":
            inside = found[number + 1].content == "Two grades"
        elif token.type == "th_open" and found[number + 1].content == "says":
            says = len(cells)
        elif token.type == "tr_open":
            cells = []
        elif token.type == "tr_close" and inside and cells[0] != "resource":
            rows.add((cells[0], cells[says]))
        if token.type in {"th_open", "td_open"}:
            cells.append(found[number + 1].content)

    assert rows == {rule.row for rule in RULES.values()} | MOVES
