"""What docs/failures.md promises: its tables, and the lines that they lead to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt

DOCUMENT = Path(__file__).parents[2] / "docs" / "failures.md"
GOES_ON = "goes on"

_PLACEHOLDERS = {
    "n": r"\d+",
    "percents": r"(?:os|data) (?:no percentage|\d+ %), (?:os|data) (?:no percentage|\d+ %)",
    "endpoint": r"http://127\.0\.0\.1:\d+",
    "guid": r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "method": r"(?:GET|PUT|POST|DELETE)",
    "time": r"[\d:T.+-]+Z?",
    "operation": r"[\w+/=%-]+",
    "disk": r"web-1-[a-z0-9-]+ (?:no percentage|\d+ %)",
    "action": r"Microsoft\.\w+(?:/[A-Za-z]+)+/(?:read|write|delete|action)",
}
"""What a line leaves open, and its shape; whatever else stands in angle brackets is given by the test."""


@dataclass(frozen=True)
class Cell:
    """One promise of a table: in which section, row and column, and the line, or "" where the run goes on."""

    section: str
    row: str
    column: str
    line: str


@cache
def _tokens() -> tuple[object, ...]:
    return tuple(MarkdownIt("commonmark").enable("table").parse(DOCUMENT.read_text(encoding="utf-8")))


@cache
def lines() -> dict[str, str]:
    """Return the line below each heading that has one, by the heading's anchor."""
    found, heading, is_heading = {}, "", False
    for token in _tokens():
        if token.type == "inline" and is_heading:
            heading = re.sub(r"[^\w\- ]", "", token.content.lower()).replace(" ", "-")
        elif token.type == "fence" and token.info.strip() == "text":
            [found[heading]] = token.content.splitlines()
        is_heading = token.type == "heading_open"
    return found


def cells(section: str) -> list[Cell]:
    """Return what the table of a section promises."""
    return list(_cells(section))


def _cells(section: str) -> Iterator[Cell]:
    at, header, row, opened = "", [], [], ""
    for token in _tokens():
        if token.type in {"heading_open", "th_open", "td_open"}:
            opened = token.type
        elif token.type == "inline" and opened == "heading_open":
            at, header = token.content, []
        elif token.type == "inline" and opened == "th_open":
            header.append(token.content)
        elif token.type == "inline" and opened == "td_open":
            row.append(token.content)
        elif token.type == "tr_close":
            if at == section and row:
                for column, cell in zip(header[1:], row[1:], strict=True):
                    yield Cell(section, row[0].replace("`", ""), column.replace("`", ""), _line(cell))
            row = []
        if token.type not in {"heading_open", "th_open", "td_open"}:
            opened = ""


def _line(cell: str) -> str:
    """Return the line to which a cell leads; "" where the run goes on, the cell itself where it is text of its own."""
    link = re.fullmatch(r"\[[^]]+]\(#([\w-]+)\)", cell)
    if link:
        return lines()[link[1]]
    return "" if cell == GOES_ON else cell.strip("`")


def matches(line: str, said: str, given: Mapping[str, str]) -> bool:
    """Return whether *said* is *line*, with what is *given* for some of its placeholders, which may hold others."""
    for _ in range(3):
        line = re.sub(r"<([\w ]+)>", lambda found: given.get(found[1], found[0]), line)
    pattern = re.sub(r"<([\w ]+)>", lambda found: _PLACEHOLDERS[found[1]], re.escape(line).replace(r"\ ", " "))
    return re.fullmatch(pattern, said) is not None
