# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which of several values of a variable counts."""

from __future__ import annotations

from typing import Optional

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.environment import Environment
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.pieces import FileText, text_of


@pytest.mark.parametrize(
    "name, value",
    [
        ("SHELL_ONLY", "shell"),
        ("BOTH", "shell"),
        ("FILE", "two"),
        ("FIRST", "one"),
        ("OF_SHELL", "shell!"),
        ("NOWHERE", None),
    ],
)
def test_the_shell_wins_over_files_and_a_later_file_over_an_earlier_one(name: str, value: Optional[str]) -> None:
    files = [
        FileText("/p/one.env", "FILE=one\nFIRST=one\nBOTH=one\n"),
        FileText("/p/two.env", "FILE=two\nOF_SHELL=${BOTH}!\n"),
    ]
    environment = Environment.of_shell({"SHELL_ONLY": "shell", "BOTH": "shell"}).with_files(files)
    pieces = environment.lookup(name)
    assert (pieces if pieces is None else text_of(pieces)) == value


def test_no_files() -> None:
    assert Environment.of_shell({"A": "b"}).with_files([]).lookup("A") is not None
