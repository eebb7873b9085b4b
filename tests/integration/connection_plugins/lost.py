# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host that is lost in the middle of a task: what was started there goes on, and the controller hears of it no more."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection.local import Connection as Local

DOCUMENTATION = """
name: lost
short_description: a host that is lost in the middle of a task
description: As the connection C(local), until O(lost_at) runs; from then on there is no host.
author: ERNI-KI contributors (@erni-ki)
options:
  lost_at:
    description: Name of the module that runs when the host is lost.
    required: true
    vars: [{name: lost_at}]
  lost_file:
    description: File that is there when the host is lost.
    required: true
    vars: [{name: lost_file}]
extends_documentation_fragment: [connection_pipelining]
"""


class Connection(Local):
    """The connection of the controller to one host."""

    transport = "lost"

    def exec_command(self, cmd: Any, in_data: bytes | None = None, sudoable: bool = True) -> tuple[int, bytes, bytes]:
        """Run a command, as long as the host is there."""
        lost = Path(self.get_option("lost_file"))
        runs = f"AnsiballZ_{self.get_option('lost_at')}.py" in str(cmd) and "chmod" not in str(cmd)
        if runs and not lost.exists():
            quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            subprocess.Popen(cmd, shell=True, start_new_session=True, **quiet)
            lost.touch()
        if lost.exists():
            raise AnsibleConnectionFailure("the host is lost")
        return super().exec_command(cmd, in_data, sudoable)
