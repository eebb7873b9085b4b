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
from dataclasses import dataclass
from pathlib import Path

from .host_programs import run

LOG = logging.getLogger(__name__)
UNIT_DIRECTORY = Path("/etc/systemd/system")

UNIT = """# Written by erni_ki.litellm; goes by itself when the change is confirmed or taken back.
[Unit]
Description=Takes back an unconfirmed change of a LiteLLM cache ({directory})
After=docker.service

[Service]
ExecStart={command}
StandardOutput=append:{log}
StandardError=append:{log}
Restart=on-failure
RestartSec=2

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

    def install(self, command: list[str], log: str) -> None:
        """Start it, now and after each boot.

        :param command: words without spaces.
        :raises OSError: its file cannot be written, or systemd refuses it.
        """
        text = UNIT.format(directory=command[-1], command=" ".join(command), log=log)
        self.path.write_text(text, encoding="utf-8")
        _systemctl("daemon-reload")
        _systemctl("enable", "--now", "--quiet", self.name)

    def remove(self) -> None:
        """Take it away, if it is there; the process that it started goes on to its end."""
        if not self.path.exists():
            return
        try:
            _systemctl("disable", "--quiet", self.name)
            os.unlink(self.path)
            _systemctl("daemon-reload")
        except OSError as error:
            LOG.warning("%s could not be removed: %s", self.name, error)


def _systemctl(*words: str) -> None:
    status = run(["systemctl", *words])
    if status != 0:
        raise OSError(f"systemctl {' '.join(words)} ended with {status}")
