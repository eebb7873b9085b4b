# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A command of the host, to its end."""

from __future__ import annotations

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.command import (
    SAID_AT_MOST,
    CommandError,
    Ended,
    run,
)


def test_it_has_its_environment_and_nothing_to_read() -> None:
    ended = run(["/bin/sh", "-c", 'cat; echo "$ONE $HOME"; echo no >&2; exit 3'], {"ONE": "1"}, 60)
    assert ended == Ended(3, "1 \n", "no\n")


@pytest.mark.parametrize(
    ("output", "errors", "reason"),
    [
        ("first\nlast\n\n", "", "last"),
        ("said\n", "first\nwhy \n", "why"),
        ("", " \n", ""),
        ("x" * 1000, "", "x" * SAID_AT_MOST),
    ],
)
def test_the_reason_is_the_last_line(output: str, errors: str, reason: str) -> None:
    assert Ended(1, output, errors).reason == reason


def test_what_does_not_begin_or_does_not_end() -> None:
    with pytest.raises(CommandError, match="^cannot be run: No such file or directory$"):
        run(["/no/such/program"], {}, 60)
    with pytest.raises(CommandError, match="^cannot be run: embedded null byte$"):
        run(["a\0b"], {}, 60)
    with pytest.raises(CommandError, match="^did not end within 0 s$"):
        run(["/bin/sleep", "60"], {}, 0.05)
