# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs one operation inside an instance and answers in one line of JSON.

Its text goes to the container over stdin (see _deployment/programs.py), before those of the modules that the
operation needs. They use nothing but the standard library, and write nothing to the container. Whatever LiteLLM prints on
import goes to stderr.

Secrets stay here: they are read from the environment of the proxy's process and from the configuration, and used, but no
answer holds one.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import sys
import traceback
from typing import Iterable
from urllib.parse import unquote

#: Secrets of the configuration that was read; those of the environment are known by their names.
_secrets: set = set()

#: Names of variables and of settings that hold secrets.
SECRET_NAME = re.compile(
    r"key|passw|pwd|token|secret|credential|auth|salt|webhook|dsn|(?<![a-z])url|cookie|bearer|private|cert",
    re.IGNORECASE,
)
_FILE_NAME = re.compile(r"cert|file|path|dir", re.IGNORECASE)
#: Values that say nothing, whatever the name of their key is.
HARMLESS = frozenset(("", "true", "false", "none", "null", "yes", "no", "on", "off", "0", "1", "default"))
MASK = "********"
#: What ends a part of a URL, so that a secret which stands in one as it is goes to pieces there.
_BORDERS = re.compile(r"[@/#?%:&=+\[\]\s,;'\"]+")
#: A password in the query of a URL.
_IN_QUERY = re.compile(r"[?&]\w*password=([^&#\s]+)")
#: A secret from this length on is replaced within longer words too; a shorter one where it stands as a word.
_WITHIN_WORDS = 6
#: Longest text that is searched and longest description that comes of it, characters; most secrets that are kept.
_SEARCHED, _DESCRIBED, _KEPT = 5000, 300, 10000


def keep_secret(value: object) -> None:
    """No text of :func:`describe` holds this value, or a piece of it, from now on."""
    if isinstance(value, (str, int, float)) and str(value).lower() not in HARMLESS and len(_secrets) < _KEPT:
        _secrets.add(str(value))


def keep_secrets_of(config: object) -> None:
    """Keep what a configuration holds, at any depth, under keys whose names tell secrets.

    :param config: as it was loaded; a reference to a variable stands for the variable's value.
    """
    seen: set = set()
    pending = [("", config)]
    while pending:
        key, value = pending.pop()
        if isinstance(value, (dict, list)):
            if id(value) not in seen:
                seen.add(id(value))
                within = value.items() if isinstance(value, dict) else [(key, item) for item in value]
                pending.extend((str(name), item) for name, item in within)
            continue
        if isinstance(value, str) and value.startswith("os.environ/"):
            value = os.environ.get(value[len("os.environ/") :])
        if not isinstance(value, bool) and _is_secret(key, value):
            keep_secret(value)


def _is_secret(name: str, value: object) -> bool:
    """Whether the value under a name is a secret; the path of a key or certificate is none, a URL with a login is one."""
    text = str(value)
    if text.startswith("/") and _FILE_NAME.search(name):
        return False
    return bool(SECRET_NAME.search(name)) or ("://" in text and ("@" in text or "password=" in text))


def pieces_of(secret: str) -> set:
    """A secret with all that could be seen of it: decoded, and the pieces into which a URL's reader takes it apart.

    Of a URL with a login only the login is a secret; it may stand in the query, too.
    """
    login, found = "", {secret}
    if "://" in secret:
        login = secret.partition("://")[2].rpartition("@")[0]
        for written in _IN_QUERY.findall(secret):
            found |= {written, unquote(written)}
        if not login:
            return found
    for form in (login or secret, unquote(login or secret)):
        found |= {form, *form.split(":", 1), *_BORDERS.split(form)}
    return {piece for piece in found if piece.lower() not in HARMLESS}


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """A text in which every secret and each piece of one is replaced, the longest first.

    Upper and lower case are the same, because the host of a URL is told in lower case. A short piece is replaced where
    it stands as a word.
    """
    low = text.lower()
    found = {piece for secret in secrets if secret for piece in pieces_of(secret) if piece.lower() in low}
    if not found:
        return text
    patterns = []
    for piece in sorted(found, key=len, reverse=True):
        escaped = re.escape(piece)
        short = len(piece) < _WITHIN_WORDS
        patterns.append(r"(?<![^\W_])%s(?![^\W_])" % escaped if short else escaped)
    return re.sub("|".join(patterns), MASK, text, flags=re.IGNORECASE)


def known_secrets() -> set:
    """What must not be told: of the configuration, and of the environment by the names of the variables."""
    named = {value for name, value in os.environ.items() if _is_secret(name, value)}
    return _secrets | {value for value in named if value.lower() not in HARMLESS}


class Refusal(Exception):
    """A finding that ends the program; ``facts`` go with it, and hold no secret."""

    def __init__(self, code: str, message: str, **facts: object) -> None:
        super().__init__(message)
        self.code = code
        self.facts = facts


def describe(error: BaseException) -> str:
    """An exception in one line without its values: class, and its text with every secret, and each piece of one, replaced."""
    text = " ".join(str(error).split())
    # A longer text is not cut before it is searched: a secret at the cut would be one that nobody knows.
    text = without_secrets(text, known_secrets())[:_DESCRIBED] if len(text) <= _SEARCHED else ""
    return "%s: %s" % (type(error).__name__, text.rstrip(".")) if text else type(error).__name__


def spare_the_proxy(yields: bool) -> None:
    """Be the first to die when memory runs out, and the last to get the processor.

    :param yields: false for a program that times answers: on a busy machine it would time its own waits.
    """
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as stream:
        stream.write("1000")
    if yields:
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
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever LiteLLM prints must not mix with the answer
    request = json.loads(sys.stdin.buffer.readline())
    spare_the_proxy(yields=request["operation"] != "measure")
    answers.write(json.dumps(answer_to(request)) + "\n")
    answers.flush()
    os._exit(0)  # LiteLLM's threads and exit hooks have nothing to do here
