# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The log of the guard: a reason stands in it once, and a real file never grows without bounds."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._change import guard_log
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.guard_log import Refusals
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import LitellmCacheError


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO)
    return caplog


def test_a_reason_is_told_when_it_comes_and_when_it_goes(said: pytest.LogCaptureFixture) -> None:
    refusals = Refusals()
    for reason in ("no Docker", "no Docker", "no Docker", "no file"):
        refusals.tell(LitellmCacheError(reason))
    refusals.over()
    refusals.over()
    refusals.tell(LitellmCacheError("no file"))
    assert said.messages == [
        "no Docker; tried again until it is gone",
        "that is gone, after 3 tries",
        "no file; tried again until it is gone",
        "no file; tried again until it is gone",
    ]


def test_an_error_that_nobody_raised_on_purpose_is_told_by_its_kind_alone(said: pytest.LogCaptureFixture) -> None:
    Refusals().tell(ValueError("a piece of s3cret"))
    Refusals().tell(OSError(30, "Read-only file system", "/var/lib/x"))
    assert said.messages == [
        "ValueError; tried again until it is gone",
        "[Errno 30] Read-only file system: '/var/lib/x'; tried again until it is gone",
    ]


def test_the_file_begins_anew_when_it_has_grown_too_long(tmp_path: Path) -> None:
    log = tmp_path / "guard.log"
    reasons = 2 * guard_log.LONGEST_LOG // 1000
    program = (
        f"from {guard_log.__name__} import begin, Refusals\n"
        "begin()\n"
        "refusals = Refusals()\n"
        f"for number in range({reasons}):\n"
        "    refusals.tell(OSError(f'{number} ' + 'x' * 1000))\n"
    )
    with log.open("ab") as stream:  # as systemd and the commit open it
        subprocess.run(
            [sys.executable, "-c", program],
            env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)),
            stdout=stream,
            check=True,
        )
    text = log.read_text()
    assert len(text) < guard_log.LONGEST_LOG + 2000
    assert f" guard: {reasons - 1} xxx" in text and text[0] != "\0"
