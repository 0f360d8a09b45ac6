"""The embedded engine is bounded: what is not in it is for the Pulumi CLI."""

from __future__ import annotations

import ast
import io
import tokenize
from pathlib import Path

MOST_LINES = 2_500
ROOT = Path(__file__).parents[2]
_NO_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


def lines_of_code(source: str) -> int:
    """Return how many lines hold code: no blank ones, comments or texts that stand alone."""
    texts = {
        line
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    held = {
        line
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type not in _NO_CODE
        for line in range(token.start[0], token.end[0] + 1)
    }
    return len(held - texts)


def test_what_counts():
    """Code alone."""
    constant = 'X = """two\nlines"""\n"""What X is."""\n'
    function = 'def f():\n    """Return it."""\n    return X\n'

    assert 4 == lines_of_code(f'"""A module."""\n\n# why\n{constant}\n\n{function}')


def test_the_engine():
    """As docs/engine.md says."""
    modules = sorted((ROOT / "engine").rglob("*.py"))

    assert modules
    assert f"at most {MOST_LINES:,} lines of code" in (ROOT / "docs" / "engine.md").read_text(encoding="utf-8")
    assert sum(lines_of_code(module.read_text(encoding="utf-8")) for module in modules) <= MOST_LINES
