# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks a stack's published port one new question after another, as its users would, until SIGTERM.

Standard library only, Python 3.9 or newer. Then it prints, as JSON, how many were answered, how many were not, and the longest
time in seconds from one answer to the next.

Usage: clients.py DIR
"""

from __future__ import annotations

import json
import pathlib
import signal
import sys
import threading
import time

import stack

#: Seconds between two questions.
PAUSE = 0.5


def ask_until(stopped: threading.Event, folder: pathlib.Path) -> dict:
    """Ask until somebody wants no more.

    :param stopped: set when it is enough.
    :param folder: of the stack.
    :returns: ``answered``, ``unanswered``, and ``silence`` in seconds.
    """
    url = "http://127.0.0.1:%d/v1/chat/completions" % stack.marker(folder)["port"]
    key = (folder / "secrets" / "litellm_master_key").read_text(encoding="utf-8").strip()
    answered, unanswered, silence, last = 0, 0, 0.0, time.monotonic()
    while not stopped.is_set():
        text = "Question %d of %s" % (answered + unanswered, time.time())
        try:
            stack.fetch(url, {"model": "test-chat", "messages": [{"role": "user", "content": text}]}, key)
        except (stack.StackError, ValueError):
            unanswered += 1
        else:
            answered += 1
            now = time.monotonic()
            silence, last = max(silence, now - last), now
        stopped.wait(PAUSE)
    return {
        "answered": answered,
        "unanswered": unanswered,
        "silence": round(max(silence, time.monotonic() - last), 1),
    }


def main() -> None:
    """Command line."""
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_unused: stopped.set())
    print(json.dumps(ask_until(stopped, pathlib.Path(sys.argv[1]).absolute())))


if __name__ == "__main__":
    main()
