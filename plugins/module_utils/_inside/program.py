# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs one operation inside an instance and answers in one line of JSON.

Its text goes to the container over stdin (see _deployment/instance_client.py), before those of the modules that the
operation needs. They use nothing but the standard library, and write nothing to the container. Whatever LiteLLM prints on
import goes to stderr.

Secrets stay here: they are read from the environment of the proxy's process and from the configuration, and used, but no
answer holds one.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import traceback

#: Secrets of the configuration that was read; those of the environment are known by their names.
_secrets: set = set()


def keep_secret(value: object) -> None:
    """No text of :func:`describe` holds this value from now on."""
    if value:
        _secrets.add(str(value))


class Refusal(Exception):
    """A finding that ends the program; ``facts`` go with it, and hold no secret."""

    def __init__(self, code: str, message: str, **facts: object) -> None:
        super().__init__(message)
        self.code = code
        self.facts = facts


def describe(error: BaseException) -> str:
    """An exception in one line without its values: class, and its text with every secret replaced."""
    text = " ".join(str(error).split())
    words = ("KEY", "PASS", "SECRET", "TOKEN", "URL", "DSN")
    named = {value for name, value in os.environ.items() if any(word in name.upper() for word in words)}
    for secret in sorted(_secrets | {value for value in named if len(value) > 5}, key=len, reverse=True):
        text = text.replace(secret, "********")
    text = text[:300]
    return "%s: %s" % (type(error).__name__, text.rstrip(".")) if text else type(error).__name__


def spare_the_proxy() -> None:
    """Be the first to die when memory runs out, and the last to get the processor."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as stream:
        stream.write("1000")
    with contextlib.suppress(OSError):
        os.nice(5)


def answer_to(request: dict) -> dict:
    """Run one operation and put its outcome into one mapping.

    :param request: ``module`` and ``operation`` (its function), ``deadline`` in seconds, and what the operation takes.
    """

    def too_late(_signal: int, _frame: object) -> None:
        raise Refusal("deadline", "not done within %d s" % request["deadline"])

    signal.signal(signal.SIGALRM, too_late)
    signal.setitimer(signal.ITIMER_REAL, request["deadline"])
    try:
        operation = getattr(sys.modules[request["module"]], request["operation"])
        return {"ok": True, "answer": operation(request)}
    except Refusal as refusal:
        return {"ok": False, "code": refusal.code, "message": str(refusal), "facts": refusal.facts}
    except Exception as error:  # a fault of ours: the text may hold a secret, the place does not
        place = traceback.extract_tb(error.__traceback__)[-1]
        message = "%s in %s, line %s" % (type(error).__name__, place.name, place.lineno)
        return {"ok": False, "code": "fault", "message": message, "facts": {}}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def main() -> None:
    """Read the request from stdin, answer on stdout."""
    spare_the_proxy()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever LiteLLM prints must not mix with the answer
    request = json.loads(sys.stdin.buffer.readline())
    answers.write(json.dumps(answer_to(request)) + "\n")
    answers.flush()
    os._exit(0)  # LiteLLM's threads and exit hooks have nothing to do here
