# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starts programs of the host: one that outlives the module, one that is waited for.

Standard library only: the guard uses it, which has no AnsibleModule to run a command with.
"""

from __future__ import annotations

import os

#: What such a program has in its environment: nothing of ours.
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}


def start(command: list[str], output: str) -> None:
    """Start a program that outlives its caller: in a session of its own, with nothing of ours open.

    Whoever reaps the orphans of the host waits for it.

    :param command: the first word is a path.
    :param output: file that gets what it prints.
    :raises OSError: it does not start.
    """
    _spawn(command, output, session=True)


def run(command: list[str]) -> int:
    """Run a program and wait for it; what it prints is dropped.

    :returns: its exit status, 127 where there is no such program.
    """
    _pid, status = os.waitpid(_spawn(["/usr/bin/env", *command], os.devnull, session=False), 0)
    return os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)


def _spawn(command: list[str], output: str, session: bool) -> int:
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, output, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    # run_command waits for its command, and belongs to an AnsibleModule, which the guard has not.
    # pylint: disable-next=ansible-bad-function
    return os.posix_spawn(command[0], command, ENVIRONMENT, file_actions=actions, setsid=session)
