# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every message that the pages on troubles quote stands in the code.

A message on a page is text with placeholders: words in capitals, numbers, and `...`. A message in the code is text with holes,
where a value is put in. A quoted one is cut at its joints (a colon, a semicolon or a full stop with a space behind it), because
the code puts long messages together there. Each piece is then found

- within one text of the code, its words as they stand, a placeholder for anything; or
- in two: one has a hole at some word, and the other, which is put there, begins or ends with the rest.

A word of the page never stands for a hole by itself, so a message that the code does not have does not pass.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.erni_ki.litellm.plugins.module_utils._module import CACHE
from ansible_collections.erni_ki.litellm.plugins.module_utils._vocabulary import OPTIONS, for_reader

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "docs" / "troubleshooting.md", ROOT / "docs" / "ru" / "guide.md")
# Heading of the first column of a table that quotes messages.
COLUMNS = {"message", "text", "sentence", "line", "сообщение"}

# A hole of a text of the code. No such byte is in any source.
HOLE = "\x00"
# Words in capitals, also HOST:PORT/DB. Three of them in a row are a cry, and mean themselves.
WORD = r"(?<![\w-])[A-Z][A-Z0-9_]*(?![\w-])"
CRY = re.compile(rf"{WORD}(?: {WORD}){{2,}}")
PLACEHOLDER = re.compile(rf"\.\.\.|{WORD}(?:[:/]{WORD})*|(?<!\S)\d+(?![\w.])")

# Words of others, and who says them.
OF_OTHERS = {
    "parameters are mutually exclusive: master_key|master_key_env|master_key_file": "ansible-core, for the options of a module",
    "could not determine a constructor for the tag": "PyYAML",
    "found undefined alias": "PyYAML",
    "found undefined tag handle": "PyYAML",
    "ConnectionError": "redis-py",
    "AuthenticationError": "redis-py",
    "Error 111 connecting": "redis-py",
    "Redis is loading the dataset": "Redis",
    "unknown command 'FLUSHDB'": "Redis",
    "'unlink' command": "Redis",
    "argument 'OPTION' is of type str and we were unable to convert": "ansible-core, for the options of a module",
    "Failed to import the required Python library (PyYAML)": "ansible-core, `missing_required_lib`",
}


# ------------------------------------------------------------------------------- texts of the code


def of_python(node: ast.AST, constants: dict[str, str]) -> str | None:
    """The text that an expression gives, a hole for each value that is put in; None for what is no text.

    :param constants: texts that the file has under names.
    """
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.sub(r"%(?:\.\d)?[sdrf]|\{\w*\}", HOLE, node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(of_python(part, constants) or HOLE for part in node.values)
    if isinstance(node, ast.FormattedValue) and isinstance(node.value, ast.Name):
        return constants.get(node.value.id)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = of_python(node.left, constants), of_python(node.right, constants)
        return None if left is None and right is None else (left or HOLE) + (right or HOLE)
    return None


def of_file(path: Path) -> list[str]:
    """The texts of a file of Python."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            text = of_python(node.value, constants)
            if text:
                constants[node.targets[0].id] = text
    silent = documentation(tree)
    found = [of_python(node, constants) for node in ast.walk(tree) if id(node) not in silent]
    return [text for text in found if text]


def documentation(tree: ast.AST) -> set[int]:
    """The strings of a file that say nothing to anybody who runs it: docstrings and the like."""
    return {
        id(part)
        for node in ast.walk(tree)
        if (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        or (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in ("DOCUMENTATION", "EXAMPLES", "RETURN"))
        for part in ast.walk(node)
    }


def of_jinja(text: str) -> Iterator[str]:
    """The texts of a template: what stands between two lines of statements, a hole for each expression, and their literals."""
    text = re.sub(r"(?s)\{#.*?#\}", "", text)
    for expression in re.findall(r"(?s)\{\{.*?\}\}", text):
        yield from re.findall(r"'([^'\n]*)'", expression)
    text = re.sub(r"(?s)\{\{.*?\}\}", HOLE, text)
    for part in re.split(r"(?m)^\{%[^-].*%\}$", text):
        without = re.sub(r"(?s)\s*\{%-.*?%\}|\{%.*?%\}", "", part)
        yield re.sub(r"\s+", " ", without).strip()


def of_yaml(value: Any) -> Iterator[str]:
    """The texts of a file of tasks."""
    if isinstance(value, str):
        yield from of_jinja(value)
    elif isinstance(value, (list, dict)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from of_yaml(part)


@cache
def texts() -> tuple[str, ...]:
    """Every text of what is installed."""
    found: list[str] = []
    for folder in ("action", "modules", "module_utils"):
        for path in (ROOT / "plugins" / folder).rglob("*.py"):
            found += of_file(path)
    for pattern_of_files in ("roles/*/tasks/*.yml", "roles/*/vars/*.yml", "playbooks/**/*.yml"):
        for path in ROOT.glob(pattern_of_files):
            found += of_yaml(yaml.safe_load(path.read_text(encoding="utf-8")))
    for path in (ROOT / "roles").rglob("*.j2"):
        found += of_jinja(path.read_text(encoding="utf-8"))
    return tuple(dict.fromkeys(found))


# -------------------------------------------------------------------------------- texts of the pages


def quoted(page: str) -> list[str]:
    """The messages that a page quotes: what stands in backticks in the first column of the tables of messages."""
    found: list[str] = []
    inside = False
    for line in page.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if not cells:
            inside = False
        elif cells[0] in COLUMNS:
            inside = True
        elif inside:
            found += [message.replace("\\|", "|") for message in re.findall(r"`([^`]+)`", cells[0])]
    return found


def has_words(piece: str) -> bool:
    """Whether something of a piece is left without its placeholders."""
    return bool(CRY.search(piece) or re.search(r"[a-z]", PLACEHOLDER.sub("", piece)))


def pieces(message: str) -> list[str]:
    """A message, cut at its joints; without the pieces that are placeholders alone."""
    return [piece.strip(" :;.,") for piece in re.split(r"(?<=[:;.]) ", message) if has_words(piece)]


def expression(piece: str) -> str:
    """The regular expression that finds a piece in a text of the code."""
    whole, at = "", 0
    cries = [match.span() for match in CRY.finditer(piece)]
    for match in PLACEHOLDER.finditer(piece):
        if any(start <= match.start() < end for start, end in cries):
            continue
        anything = f"(?:{HOLE}|{match[0]})" if match[0].isdigit() else ".{1,120}?"
        whole += re.escape(piece[at : match.start()]) + anything
        at = match.end()
    return whole + re.escape(piece[at:])


def stands(wanted: str) -> bool:
    """Whether a text of the code matches the expression."""
    return any(map(re.compile(wanted, re.S).search, texts()))


def put_together(piece: str) -> bool:
    """Whether a text of the code has a hole in which another one gives the piece."""
    cuts = [cut.start() for cut in re.finditer(r"(?=[ ,:(])|(?<=[ (])", piece)]
    for start in cuts:
        left, right = piece[:start], piece[start:]
        if not has_words(left) or not has_words(right):
            continue
        if stands(expression(left) + HOLE) and stands(r"\A" + expression(right)):
            return True
        if stands(HOLE + expression(right)) and stands(expression(left) + r"\Z"):
            return True
        if not stands(expression(left) + HOLE):
            continue
        for end in (cut for cut in cuts if cut > start):
            middle, right = piece[start:end], piece[end:]
            if (
                has_words(right)
                and stands(expression(left) + HOLE + expression(right))
                and stands(rf"\A{expression(middle)}\Z")
            ):
                return True
    return False


def trimmed(piece: str) -> str:
    """A piece without the placeholders at its ends, which say nothing."""
    cries = [match.span() for match in CRY.finditer(piece)]
    ends = [
        match for match in PLACEHOLDER.finditer(piece) if not any(start <= match.start() < end for start, end in cries)
    ]
    start = next((match.end() for match in ends if match.start() == 0), 0)
    end = next((match.start() for match in ends if match.end() == len(piece)), len(piece))
    return piece[start:end].strip()


def unknown(message: str) -> list[str]:
    """The pieces of a quoted message that the code does not have."""
    wanted = [trimmed(piece) for piece in pieces(message)]
    return [
        piece
        for piece in wanted
        if piece not in OF_OTHERS and not stands(expression(piece)) and not put_together(piece)
    ]


def in_options(message: str) -> str:
    """A message with the names of options, for variables of them: as the code has it where _vocabulary.py translates it."""
    return for_reader(message, OPTIONS, "litellm_cache_mode", CACHE)


# ------------------------------------------------------------------------------------------- tests


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_quoted_message_stands_in_the_code(page: Path) -> None:
    messages = quoted(page.read_text(encoding="utf-8"))
    assert len(messages) > 20
    missing = {
        message: unknown(message) and unknown(in_options(message)) for message in messages if message not in OF_OTHERS
    }
    assert {message: lost for message, lost in missing.items() if lost} == {}


def test_every_exception_is_quoted() -> None:
    pages = [quoted(page.read_text(encoding="utf-8")) for page in PAGES]
    said = {text for messages in pages for message in messages for text in (message, *map(trimmed, pieces(message)))}
    assert set(OF_OTHERS) - said == set()


@pytest.mark.parametrize(
    "message",
    [
        "the bytes of before are back (snapshot N) and every instance runs and was proved in the old mode M",
        "the bytes of before are back (snapshot N) and every instance runs the old mode M",
        'GOING BACK FAILED TOO at "TASK": REASON. The bytes of before are back in PATH, but the old mode is not proved',
        'GOING BACK FAILED TOO at "TASK": REASON. The bytes of before are the newest file in DIRECTORY',
        "LiteLLM's sync client would use HOST:PORT, database N, not ...",
        "no instance runs that could prove Redis",
        "INSTANCE computes another cache key than was planted",
        "SECTION has an anchor or a tag, or a comment inside its braces",
    ],
)
def test_what_the_code_no_longer_says_is_found_out(message: str) -> None:
    """Each stood on a page for some time."""
    assert unknown(message) != []


@pytest.mark.parametrize(
    "message",
    [
        "the bytes of before are back in PATH (snapshot N)",  # an f-string
        "GOING BACK DID NOT SUCCEED WHOLLY: ...",  # a template, a cry
        "HOST failed, so nothing is done here",  # a literal in an expression of tasks
        "ruamel.yaml VERSION ... SECTION without this edit too, so PyYAML alone has checked the edit there",
        "in the local mode LiteLLM VERSION does not start",  # put into a hole
    ],
)
def test_what_the_code_says_is_found(message: str) -> None:
    assert unknown(message) == []
