# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a command of the managed host to its end, and tells what it said.

Standard library only: the guard uses it too, which has no AnsibleModule to run a command with.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .._errors import LitellmCacheError

#: Characters of what a command says that an error tells.
SAID_AT_MOST = 300


class CommandError(LitellmCacheError):
    """A command cannot be run, or does not end in time."""


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit status, and what it wrote."""

    code: int
    output: str
    errors: str

    @property
    def reason(self) -> str:
        """The last line that it wrote, which is the one with the reason; of its errors, where it wrote any. Empty for none."""
        lines = [line.strip() for text in (self.output, self.errors) for line in text.splitlines() if line.strip()]
        return lines[-1][:SAID_AT_MOST] if lines else ""


def run(words: Sequence[str], environment: Mapping[str, str], timeout: float) -> Ended:
    """Run a command without a shell, and without anything to read.

    :param environment: all of it.
    :param timeout: seconds until it must have ended.
    :raises CommandError: it cannot be run, or does not end in time.
    """
    try:
        # pylint: disable-next=ansible-bad-function  # run_command belongs to an AnsibleModule
        done = subprocess.run(
            list(words),
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CommandError(f"did not end within {timeout:.0f} s") from None
    except (OSError, ValueError) as error:
        raise CommandError(f"cannot be run: {getattr(error, 'strerror', None) or error}") from None
    return Ended(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))
