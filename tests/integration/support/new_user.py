# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A new user: an empty home, an empty folder, an installed ansible-core, and the README."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.project import DEFAULT_STATE_DIRECTORY
from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import ROOT, RUN_TIMEOUT, TOOLS
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed
from ansible_collections.erni_ki.litellm.tests.integration.support.canary import Canary

#: What the README says that its reader replaces.
CHECKOUT, HOST, PROJECT = "/path/to/checkout", "server1.example.org", "/opt/erni-ki"


def quick_start(language: str = "") -> list[str]:
    """The blocks of the README that are in no language, or in this one, in its order."""
    blocks = re.findall(r"(?ms)^```(\w*)\n(.*?)^```$", (ROOT / "README.md").read_text(encoding="utf-8"))
    return [text for of, text in blocks if of == language]


def commands() -> list[str]:
    """What is to be typed, line by line."""
    return [line for block in quick_start() for line in block.splitlines()]


class NewUser:
    """Somebody with an empty home, in an empty folder, with the inventory of the README.

    Not of the README are only the way to the host (the user's own; here it is this machine), and which Python is there.

    :param folder: an empty one.
    :param bed: what runs on the host.
    :param host: what the host is called.
    """

    def __init__(self, folder: Path, bed: Bed, host: str) -> None:
        self.folder = folder / "work"
        self.home = folder / "home"
        self._bed = bed
        for one in (self.folder, self.home):
            one.mkdir()
        (inventory,) = quick_start("yaml")
        assert inventory.count(HOST) == 1 and inventory.count(PROJECT) == 1
        given = inventory.replace(HOST, host).replace(PROJECT, str(bed.directory))
        (self.folder / "inventory.yml").write_text(given, encoding="utf-8")

    def calls(self, command: str, longest: float = RUN_TIMEOUT) -> tuple[int, str]:
        """Type a line.

        :param longest: seconds after which it hangs.
        :returns: exit status, and what came on the screen.
        :raises LeakError: a secret came on the screen.
        """
        # A path of Python's could lead to the checkout instead of what is installed.
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "PYTHON"))}
        done = subprocess.run(
            ["bash", "-c", command.replace(CHECKOUT, str(ROOT))],
            cwd=self.folder,
            env={
                **kept,
                "HOME": str(self.home),
                "PATH": f"{TOOLS}:{os.environ['PATH']}",
                "LC_ALL": "C.UTF-8",
                "ANSIBLE_TRANSPORT": "local",
                "ANSIBLE_PYTHON_INTERPRETER": str(TOOLS / "python"),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=longest,
            check=False,
        )
        output = done.stdout.decode("utf-8", "replace")
        Canary(self._bed.secrets).search(output, f"the output of {command}")
        return done.returncode, output

    def types(self, command: str) -> str:
        """Type a line that works and warns of nothing; what came on the screen."""
        code, output = self.calls(command)
        assert code == 0, f"{command}\n{output}"
        assert "[WARNING]" not in output, output
        return output


def kept_of(bed: Bed) -> list[Path]:
    """What the playbooks keep of a bed where nobody says where."""
    return list(Path(DEFAULT_STATE_DIRECTORY).glob(f"{bed.name}.*"))
