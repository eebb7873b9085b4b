# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Client of systemd: one service that starts now and after each boot, until it is removed.

Standard library only: the guard removes its own unit.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
from dataclasses import dataclass
from pathlib import Path

from .._deployment.config_file import sync_directory
from .host_programs import run

LOG = logging.getLogger(__name__)
UNIT_DIRECTORY = Path("/etc/systemd/system")

_HARMLESS = re.compile(r"[A-Za-z0-9_./:@%+-]+\Z")
#: What a boot starts has a link here.
WANTS = "multi-user.target.wants"

#: systemd counts an end by a signal as a success, so it is told that it is none. What keeps the program from its very start,
#: such as a log that cannot be opened, is tried more and more seldom; systemd before 254 does not know how, and says so.
UNIT = """# Written by erni_ki.litellm; goes by itself when the change is confirmed or taken back.
[Unit]
Description=Takes back an unconfirmed change of a LiteLLM cache ({directory})
After=docker.service
RequiresMountsFor={mounts}
StartLimitIntervalSec=0

[Service]
ExecStart={command}
StandardOutput=append:{log}
StandardError=append:{log}
Restart=on-failure
RestartForceExitStatus=SIGHUP SIGINT SIGTERM
RestartSec=2
RestartSteps=4
RestartMaxDelaySec=30

[Install]
WantedBy=multi-user.target
"""


@dataclass(frozen=True)
class SystemdUnit:
    """A service of our own."""

    name: str

    @classmethod
    def of(cls, directory: str) -> SystemdUnit:
        """The unit that belongs to a state directory."""
        return cls(f"erni-ki-litellm-guard-{hashlib.sha256(directory.encode()).hexdigest()[:12]}.service")

    @property
    def path(self) -> Path:
        """Where its file is."""
        return UNIT_DIRECTORY / self.name

    def install(self, command: list[str], log: str, folders: list[str]) -> None:
        """Start it, now and after each boot.

        :param command: the first word is a path, the last one the state directory.
        :param log: path of the file that gets what it says.
        :param folders: paths that must be mounted before it starts.
        :raises OSError: its file cannot be written, or systemd refuses it.
        """
        if any("\n" in word for word in (*command, log, *folders)):
            raise OSError("a path with a line break cannot stand in a unit of systemd")
        text = UNIT.format(
            directory=plain(command[-1]),
            mounts=" ".join(quoted(folder) for folder in folders),
            command=" ".join(quoted(word).replace("$", "$$") for word in command),
            log=plain(log),
        )
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        _systemctl("daemon-reload")
        _systemctl("enable", "--quiet", self.name)
        _systemctl("restart", self.name)  # not start: one that is about to end, or waits, would count as started
        for folder in (UNIT_DIRECTORY / WANTS, UNIT_DIRECTORY):  # else a power cut takes file or link
            if folder.is_dir():
                sync_directory(str(folder))

    def remove(self, stop: bool = False) -> None:
        """Take it away, if it is there. Only under the lock of the state: the next change may have a unit of that name.

        :param stop: whether the process that it started is ended too; else it goes on to its end.
        """
        if not self.path.exists():
            return
        try:
            _systemctl("disable", *(["--now"] if stop else []), "--quiet", self.name)
            os.unlink(self.path)
            _systemctl("daemon-reload")
        except OSError as error:
            LOG.warning("%s could not be removed: %s", self.name, error)


def plain(text: str) -> str:
    """A text as it stands in a unit where nothing but ``%`` has a meaning."""
    return text.replace("%", "%%")


def quoted(word: str) -> str:
    """One word of a list in a unit."""
    escaped = plain(word).replace("\\", "\\\\").replace('"', '\\"')
    return escaped if _HARMLESS.match(word) else f'"{escaped}"'


def _systemctl(*words: str) -> None:
    status = run(["systemctl", *words])
    if status != 0:
        raise OSError(f"systemctl {' '.join(words)} ended with {status}")
