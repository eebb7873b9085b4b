# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rooms of plugins/module_utils: every file lies in one, and imports only what its room may."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from ansible_collections.erni_ki.litellm.tests.pages import rooms
from ansible_collections.erni_ki.litellm.tests.unit.support.imports import (
    BESIDE,
    MODULE_UTILS,
    PACKAGE,
    files,
    imports_of,
)

ROOT = Path(__file__).resolve().parents[2]
#: A row of the table in CONTRIBUTING.md: room, what it holds, the rooms that it may import.
ROW = re.compile(r"^\| `(_\w+)` \| [^|]+ \|([^|]*)\|$", re.MULTILINE)
#: A row of the table of files without unit tests: file, and what tests it.
EXCUSED = re.compile(r"^\| `((?:_[a-z]+/)?\w+\.py)` \| \S[^|]+ \|$", re.MULTILINE)
UNIT_TESTS = ROOT / "tests" / "unit" / "plugins" / "module_utils"
LINES_OF_A_FILE = 350
LINES_OF_A_FUNCTION = 40


def table_of_rooms() -> dict[str, set[str]]:
    """What CONTRIBUTING.md says: room to the rooms that it may import."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    return {room: set(re.findall(r"`(_\w+)`", allowed)) for room, allowed in ROW.findall(text)}


def with_what_these_import(allowed: set[str], table: dict[str, set[str]]) -> set[str]:
    """The rooms, and all that they may import in their turn."""
    reached: set[str] = set()
    waiting = list(allowed)
    while waiting:
        room = waiting.pop()
        if room not in reached:
            reached.add(room)
            waiting += table[room]
    return reached


def room_of(name: str) -> str:
    """The first part of a dotted name; '' for a file beside the rooms."""
    return name.split(".")[0] if "." in name else ""


def test_every_file_lies_in_a_room() -> None:
    rooms = set(table_of_rooms())
    assert rooms
    assert {name for name in files() if not room_of(name)} == BESIDE
    assert {room_of(name) for name in files()} - {""} == rooms
    assert [name for name in files() if name.count(".") > 1] == []


def test_the_picture_is_that_of_the_table() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert rooms.PICTURE.read_text(encoding="utf-8") == rooms.svg(text), "run `make docs`"


def test_the_picture_has_each_room_above_those_that_it_imports() -> None:
    table = table_of_rooms()
    rows = rooms.in_rows(rooms.rooms((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")))
    places = {place.name: place for row in rows for place in row}
    row_of = {place.name: number for number, row in enumerate(rows) for place in row}
    assert set(table) <= set(places)
    for room, allowed in table.items():
        assert all(row_of[room] < row_of[other] for other in allowed), room
        # An arrow goes from row to row, and comes where it should.
        for start in places[room].below:
            end = start
            while end not in table:
                (end,) = places[end].below
            assert end in allowed
        assert len(places[room].below) == len(allowed)


def test_no_room_imports_upwards() -> None:
    table = table_of_rooms()
    upwards = []
    for name, path in files().items():
        room = room_of(name)
        allowed = with_what_these_import(table[room], table) | {room} if room else set()
        for imported in imports_of(f"{PACKAGE}.{name}", path):
            if room_of(imported) not in allowed and imported not in BESIDE:
                upwards.append(f"{name} imports {imported}")
    assert upwards == []


def test_the_table_of_rooms_goes_in_one_direction() -> None:
    table = table_of_rooms()
    assert [room for room, allowed in table.items() if room in with_what_these_import(allowed, table)] == []


def test_the_test_sees_an_import() -> None:
    """The two tests above pass for whatever imports_of overlooks."""
    path = MODULE_UTILS / "_change" / "guard_program.py"
    found = set(imports_of(f"{PACKAGE}._change.guard_program", path))
    assert {"_change.guard_log", "_change.state", "_deployment.docker_socket"} <= found  # inside a function, too


def test_imports_of_the_collection_are_relative() -> None:
    """But in what goes into a container, where the files have their full names and no package."""
    absolute = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "plugins").rglob("*.py"))
        if path.parent.name != "_inside"
        and re.search(r"^\s*(from|import) ansible_collections\.erni_ki", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert absolute == []


def test_each_file_has_tests_of_its_name_or_a_reason() -> None:
    """The mirror makes gaps visible; CONTRIBUTING.md says of each gap which tests go there instead."""
    tests = {path.relative_to(UNIT_TESTS) for path in UNIT_TESTS.rglob("test_*.py")}
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    excused = set(EXCUSED.findall(text))
    wanted = {path.relative_to(MODULE_UTILS) for path in files().values()}
    without = {str(path) for path in wanted if path.with_name(f"test_{path.stem.lstrip('_')}.py") not in tests}
    assert without == excused
    strangers = [
        str(test)
        for test in sorted(tests)
        if not any(
            path.parent == test.parent and f"{test.stem}_".startswith(f"test_{path.stem.lstrip('_')}_")
            for path in wanted
        )
    ]
    assert strangers == []


def test_files_and_functions_stay_short() -> None:
    """Each can be read at one go. A function that runs inside a container may be a program of its own."""
    long = []
    for path in sorted((ROOT / "plugins").rglob("*.py")):
        text, name = path.read_text(encoding="utf-8"), str(path.relative_to(ROOT))
        if text.count("\n") > LINES_OF_A_FILE:
            long.append(f"{name}: {text.count(chr(10))} lines")
        if path.parent.name == "_inside":
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                lines = body[-1].end_lineno - body[0].lineno + 1 if body else 0
                if lines > LINES_OF_A_FUNCTION:
                    long.append(f"{name}, {node.name}: {lines} lines")
    assert long == []
