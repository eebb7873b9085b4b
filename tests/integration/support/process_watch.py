# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Watches the processes of this machine for secrets in their command lines and environments."""

from __future__ import annotations

import contextlib
import os
import threading
from types import TracebackType

from ansible_collections.erni_ki.litellm.tests.integration.support.canary import Canary

SAMPLE_SECONDS = 0.01


class ProcessWatch:
    """Samples every process that starts while it is open; ``check`` afterwards.

    Command lines are looked at everywhere, environments on the host alone: what runs inside a container, also the proxy and
    the health checks of the bed, has the environment of that container, with the secrets that the operator put there.
    """

    def __init__(self) -> None:
        self._before = set(_processes())
        self.seen: dict[str, str] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> ProcessWatch:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._stop.wait(SAMPLE_SECONDS):
            for pid in _processes():
                if pid not in self._before:
                    with contextlib.suppress(OSError):
                        self._look(pid)

    def _look(self, pid: str) -> None:
        argv = _read(f"/proc/{pid}/cmdline")
        if argv and argv not in self.seen:
            self.seen[argv] = _read(f"/proc/{pid}/environ") if _namespace(pid) == _namespace("self") else ""

    def check(self, canary: Canary) -> None:
        """Check what was seen.

        :raises LeakError: a secret stood in a command line or an environment.
        """
        for argv, environment in self.seen.items():
            canary.search(argv, f"the command line of {argv[:80]!r}")
            canary.search(environment, f"the environment of {argv[:80]!r}")


def _processes() -> list[str]:
    return [name for name in os.listdir("/proc") if name.isdigit()]


def _read(path: str) -> str:
    with open(path, "rb") as stream:
        return stream.read().decode("utf-8", "replace")


def _namespace(pid: str) -> str:
    """The process namespace: that of a container is another one than ours."""
    return os.readlink(f"/proc/{pid}/ns/pid")
