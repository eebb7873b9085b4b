# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The programs as they are sent to a container, run by a Python that can import nothing of the collection."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils import _inside
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment import programs
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.programs import BOOTSTRAP, OPERATIONS, sent


def told(stdin: bytes) -> dict[str, object]:
    command = [sys.executable, "-I", "-c", BOOTSTRAP]
    return json.loads(subprocess.run(command, input=stdin, stdout=subprocess.PIPE, check=True, cwd="/").stdout)


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_each_operation_finds_its_files_without_the_collection(operation: str) -> None:
    sources, order = sent(operation, {"deadline": 30}).splitlines()
    last = json.loads(sources)[-1]
    assert operation in [node.name for node in ast.parse(last[1]).body if isinstance(node, ast.FunctionDef)]
    assert json.loads(order) == {"module": last[0], "operation": operation, "deadline": 30}
    nothing = dict(json.loads(order), operation="not there")
    assert str(told(sources + b"\n" + json.dumps(nothing).encode() + b"\n")["message"]).startswith(
        "AttributeError in answer_to"
    )


def test_ansible_packs_what_is_sent() -> None:
    """It finds the files by the imports alone; what is sent is named by texts."""
    imported = {
        alias.name
        for node in ast.walk(ast.parse(Path(programs.__file__).read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == "_inside"
        for alias in node.names
    }
    # What a clone begins with is mounted, the door of a bridge is an argument; both are named by an import.
    apart = {"__init__", "clone_start", "forwarder"}
    room = {path.stem for path in Path(str(_inside.__file__)).parent.glob("*.py")} - apart
    assert {name for names in OPERATIONS.values() for name in names} == imported == room
    assert not imported & set(vars(programs))  # a module would compile all of it, in each call
