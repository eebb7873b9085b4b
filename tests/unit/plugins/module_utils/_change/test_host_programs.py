# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs of the host, started for real."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.host_programs import run, start


@pytest.mark.parametrize("status", [0, 1, 77, 255])
def test_the_exit_status_of_a_program(status: int) -> None:
    assert run(["sh", "-c", f"exit {status}"]) == status


def test_no_such_program() -> None:
    assert run(["no-program-of-this-name"]) == 127


def test_a_program_that_a_signal_ended() -> None:
    assert run(["sh", "-c", "kill -TERM $$"]) == 128 + 15


def test_words_are_no_shell(tmp_path: Path) -> None:
    strange = tmp_path / "a b; $(c)"
    assert run(["touch", str(strange)]) == 0
    assert [path.name for path in tmp_path.iterdir()] == [strange.name]


def test_nothing_of_ours_is_in_its_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUNTER2", "a secret")
    assert run(["sh", "-c", f"env > {tmp_path}/env; readlink /proc/self/fd/0 > {tmp_path}/stdin"]) == 0
    names = {line.split("=")[0] for line in (tmp_path / "env").read_text().splitlines()}
    assert names - {"PWD", "SHLVL", "_", "OLDPWD"} == {"PATH", "LC_ALL"}
    assert (tmp_path / "stdin").read_text() == "/dev/null\n"


def test_what_it_prints_is_dropped(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["sh", "-c", "echo out; echo error >&2"]) == 0
    assert capfd.readouterr() == ("", "")


def started(words: str, folder: Path, output: Path) -> str:
    """What a started program wrote into a pipe of the file system; reading waits until it has ended."""
    fifo = folder / "fifo"
    os.mkfifo(fifo)
    start(["/bin/sh", "-c", f"exec 9>{fifo}; {words}"], str(output))
    said = fifo.read_text()
    os.wait()
    return said


def test_a_started_program_has_a_session_of_its_own(tmp_path: Path) -> None:
    said = started("cut -d' ' -f1,6 /proc/$$/stat >&9", tmp_path, tmp_path / "log")
    process, session = said.split()
    assert process == session != str(os.getsid(0))


def test_what_a_started_program_prints_is_kept_behind_what_is_there(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("before\n")
    started("echo out; echo error >&2", tmp_path, log)
    assert log.read_text() == "before\nout\nerror\n"


def test_a_new_log_is_for_its_owner_alone(tmp_path: Path) -> None:
    started("echo out", tmp_path, tmp_path / "log")
    assert stat.S_IMODE((tmp_path / "log").stat().st_mode) == 0o600


def test_a_program_that_cannot_be_started(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        start([str(tmp_path / "none")], str(tmp_path / "log"))
    with pytest.raises(OSError):
        start(["/bin/true"], str(tmp_path / "none" / "log"))
