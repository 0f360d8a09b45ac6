"""What the documentation says exists: its links, names, tests, programs, commands and faults."""

from __future__ import annotations

import ast
import contextlib
import io
import re
import shlex
import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from azure_recovery.emulator.fault_table import BY_NAME
from azure_recovery.emulator.settings import TABLE, Settings, from_arguments

ROOT = Path(__file__).parents[2]
COVERAGE, DEVIATIONS = ROOT / "docs" / "coverage.md", ROOT / "docs" / "deviations.md"
DOCUMENTS = sorted(
    [
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "examples").rglob("README.md"),
    ]
)

_TEST = re.compile(r"(?P<file>[\w/.-]+\.py)::(?P<name>\w+(?:::\w+)*)")
_NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_SHELLS = {"", "console", "sh", "shell", "bash"}
_PLACEHOLDER = re.compile(r"[A-Z][A-Z_]*")

each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


@cache
def tokens(document: Path) -> tuple[Token, ...]:
    """Return all tokens of a document, those within paragraphs and cells included."""
    parsed = MarkdownIt("commonmark").enable("table").parse(document.read_text(encoding="utf-8"))
    return tuple(inner for token in parsed for inner in (token, *(token.children or ())))


def links(document: Path) -> Iterator[tuple[str, str]]:
    """Yield address and text of each link."""
    found = tokens(document)
    for number, token in enumerate(found):
        if token.type == "link_open":
            yield str(token.attrs["href"]), found[number + 1].content


def code(document: Path) -> Iterator[str]:
    """Yield what is written as code: within a line, and blocks line by line."""
    for token in tokens(document):
        if token.type == "code_inline":
            yield token.content
        elif token.type == "fence":
            yield from token.content.splitlines()


def slugs(document: Path) -> set[str]:
    """Return the anchors of a document's headings, as forges make them."""
    found = tokens(document)
    headings = [found[number + 1].content for number, token in enumerate(found) if token.type == "heading_open"]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def rows(document: Path) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """Yield each row of each table below a header: the headings above it, outermost first, and its cells."""
    above: list[str] = []
    cells: list[str] = []
    found, body = tokens(document), False
    for number, token in enumerate(found):
        if token.type == "heading_open":
            level = int(token.tag[1:])
            above = [*above[: level - 1], found[number + 1].content]
        elif token.type in {"tbody_open", "tbody_close"}:
            body = token.type == "tbody_open"
        elif token.type == "tr_open":
            cells = []
        elif token.type == "td_open":
            cells.append(found[number + 1].content)
        elif token.type == "tr_close" and body:
            yield tuple(above), cells


@cache
def symbols(source: Path) -> frozenset[str]:
    """Return the names that a module defines: `function`, `CONSTANT`, `Class`, `Class.member`."""
    return frozenset(_symbols(ast.parse(source.read_text(encoding="utf-8")).body))


def _symbols(body: list[ast.stmt], within: str = "") -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield within + node.name
        if isinstance(node, ast.ClassDef):
            yield from _symbols(node.body, f"{within}{node.name}.")
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        yield from (within + target.id for target in targets if isinstance(target, ast.Name))
        if isinstance(node, ast.FunctionDef) and within and node.name == "__init__":
            yield from (
                within + part.attr
                for part in ast.walk(node)
                if isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store)
            )


def commands(document: Path) -> Iterator[list[str]]:
    """Yield the words of each command of a shell: from blocks without a language or of a shell, and from a line."""
    for token in tokens(document):
        if token.type == "fence" and token.info.strip() in _SHELLS:
            for line in token.content.replace("\\\n", " ").splitlines():
                with contextlib.suppress(ValueError):  # output may hold a quotation mark of its own
                    yield shlex.split(line.removeprefix("$ "), comments=True)
        elif token.type == "code_inline" and token.content.startswith(("azure-recovery ", "make ")):
            yield token.content.split()


def linked_names(document: Path) -> Iterator[tuple[Path, str]]:
    """Yield file and name of each link to a module that is called as what is in it."""
    for address, text in links(document):
        if address.endswith(".py") and _NAME.fullmatch(text) and not text.endswith(".py"):
            file = (document.parent / address).resolve()
            yield file, text.removeprefix(f"{file.stem}.")


def named_tests(document: Path) -> Iterator[tuple[Path, str]]:
    """Yield file and name of each `tests/….py::test_…`."""
    return ((ROOT / found["file"], found["name"]) for text in code(document) for found in _TEST.finditer(text))


def programs(document: Path) -> Iterator[Token]:
    """Yield the blocks of Python."""
    return (token for token in tokens(document) if token.type == "fence" and token.info.strip() in {"python", "py"})


def command_lines(document: Path) -> Iterator[list[str]]:
    """Yield the words of each `azure-recovery …`."""
    return (words for words in commands(document) if words[:1] == ["azure-recovery"])


def make_targets(document: Path) -> Iterator[str]:
    """Yield what `make` is called for."""
    return (word for words in commands(document) if words[:1] == ["make"] for word in words[1:] if "=" not in word)


def settings(document: Path) -> Iterator[tuple[str, str]]:
    """Yield name and value of each `--set name=value`."""
    return (found for text in code(document) for found in re.findall(r"--set ([a-z_]+)=([^\s`]+)", text))


def faults(document: Path) -> Iterator[str]:
    """Yield the name of each `--fault name`."""
    return (name for text in code(document) for name in re.findall(r"--fault ([a-z][a-z-]*)", text))


SEARCHES = (linked_names, named_tests, programs, command_lines, make_targets, settings, faults)


def answered(arguments: list[str]) -> tuple[int, str]:
    """Return exit code and help of the command line for *arguments*, which are read and not carried out."""
    from azure_recovery.rehearsal.cli import main  # noqa: PLC0415 - only what documents a command needs it

    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said), pytest.raises(SystemExit) as ended:
        main([*arguments, "--help"])
    return int(ended.value.code or 0), said.getvalue()


@pytest.mark.parametrize("search", SEARCHES, ids=lambda search: search.__name__)
def test_every_search_finds_something(search):
    """What no document has would be looked for in vain."""
    assert [found for document in DOCUMENTS for found in search(document)]


@each_document
def test_relative_links(document):
    """Each leads to a file or folder of the repository, and to a heading that is there."""
    broken = []
    for address, _ in links(document):
        url = urlsplit(address)
        if url.scheme or url.netloc:
            continue
        target = (document.parent / unquote(url.path)).resolve() if url.path else document
        inside = target.is_relative_to(ROOT) and target.exists()
        if not inside or (url.fragment and target.suffix == ".md" and url.fragment not in slugs(target)):
            broken.append(address)

    assert [] == broken


@each_document
def test_names_of_code(document):
    """A link to a module that is called `name` or `module.name` names what is in it."""
    assert [] == [
        f"{file}: {name}" for file, name in linked_names(document) if not file.is_file() or name not in symbols(file)
    ]


@each_document
def test_names_of_tests(document):
    """`tests/….py::test_…` is a test."""
    assert [] == [
        f"{file}::{name}"
        for file, name in named_tests(document)
        if not file.is_file() or name.replace("::", ".") not in symbols(file) or "test" not in name.lower()
    ]


@each_document
def test_programs(document):
    """Each block of Python compiles."""
    for block in programs(document):
        where = f"{document.name}:{block.map[0] + 1}"
        compile(textwrap.dedent(block.content), where, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


@each_document
def test_command_lines(document):
    """Each `azure-recovery …` is one that the command takes; capitals stand for a value."""
    for words in command_lines(document):
        plain = [word.strip("[]").partition("|")[0] for word in words[1:]]
        arguments = ["1" if _PLACEHOLDER.fullmatch(word) else word for word in plain if word.strip("….")]
        code_, help_ = answered(arguments)
        options = {word.partition("=")[0] for word in arguments if word.startswith("-")}

        assert code_ == 0, f"{' '.join(words)}: {help_}"
        assert set() == {option for option in options if not re.search(rf"(?<![\w-]){option}(?![\w-])", help_)}


@each_document
def test_make_targets(document):
    """Each `make …` is a target of the Makefile."""
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

    assert set() == set(make_targets(document)) - targets


@each_document
def test_settings_of_the_emulator(document):
    """Each `--set name=value` is one that it has; capitals stand for a value."""
    for name, value in settings(document):
        given = None if _PLACEHOLDER.fullmatch(value) else from_arguments([f"{name}={value}"])

        assert name in Settings().as_dict()
        assert given is None or Settings(given)[name] is not None


@each_document
def test_faults_of_the_emulator(document):
    """Each `--fault name` is one that it can do."""
    assert set() == set(faults(document)) - BY_NAME.keys()


def test_every_example():
    """The README leads to each."""
    found = {ROOT / address for address, _ in links(ROOT / "README.md") if address.startswith("examples/")}

    assert {program.with_name("README.md") for program in (ROOT / "examples").glob("*/__main__.py")} == found


@pytest.mark.parametrize("document", [COVERAGE, DEVIATIONS], ids=lambda path: path.name)
def test_every_row_has_its_test(document):
    """Nothing is claimed without one."""
    claims = [(above, cells) for above, cells in rows(document) if len(above) > 1]

    assert claims
    assert [] == [cells[0] for _, cells in claims if not _TEST.search(cells[-1])]


def test_numbers_of_deviations():
    """They count from 1, each once, and coverage.md refers to none that is not there."""
    numbers = [cells[0] for _, cells in rows(DEVIATIONS) if re.fullmatch(r"D\d+", cells[0])]
    referred = {
        number
        for path in (COVERAGE, DEVIATIONS)
        for number in re.findall(r"\bD\d+\b", path.read_text(encoding="utf-8"))
    }

    assert [f"D{number}" for number in range(1, len(numbers) + 1)] == numbers
    assert set() == referred - set(numbers)


def test_what_nobody_verified():
    """Each setting of the emulator that stands for an open question is in deviations.md."""
    text = DEVIATIONS.read_text(encoding="utf-8")
    unverified = [row.name for row in TABLE if "unverified" in row.source or "contradict" in row.source]

    assert unverified
    assert [] == [name for name in unverified if f"--set {name}=" not in text]
