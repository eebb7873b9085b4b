# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The service of the guard: its file, and what systemctl is asked. Another program of that name writes down what it is asked."""

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._change import host_programs, systemd_unit
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.systemd_unit import SystemdUnit

COMMAND = ["/usr/bin/python3", "-I", "/var/lib/x/guard.pyz", "/var/lib/x"]


class Host:
    """A host of which only these two folders are touched."""

    def __init__(self, folder: Path) -> None:
        self.units = folder / "units"
        self.programs = folder / "bin"
        self.log = folder / "asked"
        self.units.mkdir()
        self.programs.mkdir()
        self.answer("exit 0")

    def answer(self, words: str) -> None:
        """How systemctl ends."""
        program = self.programs / "systemctl"
        program.write_text(f'#!/bin/sh\necho "$*" >> {self.log}\n{words}\n')
        program.chmod(0o755)

    @property
    def asked(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    made = Host(tmp_path)
    monkeypatch.setattr(systemd_unit, "UNIT_DIRECTORY", made.units)
    monkeypatch.setitem(host_programs.ENVIRONMENT, "PATH", f"{made.programs}:/usr/bin:/bin")
    return made


def test_each_state_directory_has_a_unit_of_its_own() -> None:
    one = SystemdUnit.of("/var/lib/x")
    assert one == SystemdUnit.of("/var/lib/x") != SystemdUnit.of("/var/lib/y")
    assert one.name.startswith("erni-ki-litellm-guard-") and one.name.endswith(".service")
    assert "/" not in one.name


def test_it_starts_now_and_after_each_boot(host: Host) -> None:
    unit = SystemdUnit.of("/var/lib/x")
    unit.install(COMMAND, "/var/lib/x/guard.log", ["/var/lib/x", "/opt/a b"])
    assert host.asked == ["daemon-reload", f"enable --quiet {unit.name}", f"restart {unit.name}"]
    text = (host.units / unit.name).read_text()
    parsed = configparser.RawConfigParser(strict=True)
    parsed.optionxform = str  # type: ignore[assignment,method-assign]
    parsed.read_string(text)
    assert parsed["Service"]["ExecStart"] == " ".join(COMMAND)
    assert parsed["Service"]["StandardOutput"] == parsed["Service"]["StandardError"] == "append:/var/lib/x/guard.log"
    assert parsed["Service"]["Restart"] == "on-failure"
    assert int(parsed["Service"]["RestartSec"]) < int(parsed["Service"]["RestartMaxDelaySec"])  # more and more seldom
    assert "RestartSteps" in parsed["Service"]
    assert parsed["Install"]["WantedBy"] == "multi-user.target"
    assert parsed["Service"]["RestartForceExitStatus"] == "SIGHUP SIGINT SIGTERM"  # for systemd, these are successes
    assert "/var/lib/x" in parsed["Unit"]["Description"]
    assert parsed["Unit"]["RequiresMountsFor"] == '/var/lib/x "/opt/a b"'
    assert parsed["Unit"]["StartLimitIntervalSec"] == "0"


ODD = "/opt/a b %i \"q\" 'r' $HOME \\x"


def test_odd_paths_are_quoted(host: Host) -> None:
    unit = SystemdUnit.of(ODD)
    unit.install(["/bin/sh", ODD + "/guard.pyz", ODD], ODD + "/guard.log", [ODD])
    text = (host.units / unit.name).read_text()
    escaped = r"""/opt/a b %%i \"q\" 'r' $$HOME \\x"""
    assert f'ExecStart=/bin/sh "{escaped}/guard.pyz" "{escaped}"\n' in text
    assert f'RequiresMountsFor="{escaped.replace("$$", "$")}"\n' in text
    assert f"StandardOutput=append:{ODD.replace('%', '%%')}/guard.log\n" in text


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="NOT TESTED: this machine has no systemd to ask")
def test_systemd_reads_it_without_a_complaint(host: Host) -> None:
    unit = SystemdUnit.of(ODD)
    unit.install(["/bin/sh", ODD + "/guard.pyz", ODD], ODD + "/guard.log", [ODD])
    done = subprocess.run(
        ["systemd-analyze", "verify", str(unit.path)], text=True, capture_output=True, check=False, timeout=60
    )
    # Before systemd 254 nothing is tried more and more seldom.
    unknown = ("RestartSteps", "RestartMaxDelaySec")
    complaints = [
        line for line in done.stderr.splitlines() if unit.name in line and not any(name in line for name in unknown)
    ]
    assert (done.returncode, complaints) == (0, [])


def test_a_path_of_two_lines_is_refused(host: Host) -> None:
    with pytest.raises(OSError, match="line break"):
        SystemdUnit.of("/x\ny").install(["/bin/sh", "/x\ny"], "/log", [])
    assert not list(host.units.iterdir())


def test_file_and_link_are_flushed(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[str] = []
    wants = host.units / systemd_unit.WANTS
    wants.mkdir()
    fsync = os.fsync

    def noting(descriptor: int) -> None:
        flushed.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noting)
    unit = SystemdUnit.of("/var/lib/x")
    unit.install(COMMAND, "/log", [])
    assert flushed == [str(unit.path), str(wants), str(host.units)]


def test_one_that_does_not_come_up_is_stopped_too(host: Host) -> None:
    unit = SystemdUnit.of("/var/lib/x")
    unit.install(COMMAND, "/log", [])
    unit.remove(stop=True)
    assert host.asked[-2:] == [f"disable --now --quiet {unit.name}", "daemon-reload"]
    assert not unit.path.exists()


def test_it_goes_and_is_not_stopped(host: Host) -> None:
    unit = SystemdUnit.of("/var/lib/x")
    unit.install(COMMAND, "/log", [])
    host.log.unlink()
    unit.remove()
    assert host.asked == [f"disable --quiet {unit.name}", "daemon-reload"]  # no --now: it removes itself
    assert not unit.path.exists()
    unit.remove()
    assert len(host.asked) == 2


def test_what_is_not_there_is_not_removed(host: Host) -> None:
    SystemdUnit.of("/var/lib/x").remove()
    assert host.asked == []


def test_a_refusal_of_systemd_is_an_error(host: Host) -> None:
    host.answer('test "$1" != enable')
    with pytest.raises(OSError, match="systemctl enable --quiet erni-ki.* ended with 1"):
        SystemdUnit.of("/var/lib/x").install(COMMAND, "/log", [])


def test_a_refusal_when_it_goes_is_told_and_keeps_nobody(host: Host, caplog: pytest.LogCaptureFixture) -> None:
    unit = SystemdUnit.of("/var/lib/x")
    unit.install(COMMAND, "/log", [])
    host.answer("exit 5")
    unit.remove()
    assert "could not be removed: systemctl disable" in caplog.text
    assert unit.path.exists()
