# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Refuses a literal password that stands in a word which results tell.

Ansible replaces the value of a secret option wherever it stands in a result, also within words: with the password ``redis``
the host ``redis`` becomes asterisks, and whoever sees the gap in a word that he knows reads the password. A result that is
handed to the next task is wrong then, too. What stands in the file is not replaced, and is told with the word.

Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from .._errors import ConfigError, OwnWordError
from .keys import CACHE_PARAMS_ORDER, DEFAULT_CALL_TYPES, MODE_LOCAL, MODE_REDIS, ROUTER_ORDER
from .public_values import environment_name

#: Words that most results have.
_ALWAYS = (
    MODE_REDIS,
    MODE_LOCAL,
    "erni_ki.litellm",
    "literal",
    "environment variable",
    "running",
    *DEFAULT_CALL_TYPES,
    *CACHE_PARAMS_ORDER,
    *ROUTER_ORDER,
)
#: A shorter password, and one of so few digits of a hash, is sooner or later a part of a hash, a time or a count.
_SHORTEST, _SHORTEST_OF_DIGITS = 4, 8
_DIGITS = re.compile(r"[0-9a-f.]+\Z")
_PASSWORD = re.compile(
    r"""^[ \t]*["']?(?:redis_|sentinel_)?password["']?[ \t]*:[ \t]+(?:"((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)'|([^\s#]\S*))""",
    re.MULTILINE,
)
_WAY_OUT = "Use another password, or name a variable of the proxy that holds it"


def words_of(params: Mapping[str, Any]) -> dict[str, list[str]]:
    """What the options themselves say and results tell: the words by what they are.

    :param params: options of a module; those that are secret, or name secrets, are not told.
    """
    told = ("project_dir", "project_name", "service", "config_path", "state_dir", "run", "redis_host", "redis_socket",
            "redis_port", "redis_db", "redis_username", "redis_password_env", "redis_url_env", "namespace")  # fmt: skip
    return {f"the option {name}": [str(params[name])] for name in told if params.get(name) not in (None, "")}


def holder_of(password: str, words: Mapping[str, Iterable[str]]) -> str | None:
    """What tells a password by being told itself; None where nothing does.

    :param words: words that results have, by what they are.
    """
    for kind, told in {**words, "a word that results have": _ALWAYS}.items():
        if any(password in word for word in told):
            return kind
    shortest = _SHORTEST_OF_DIGITS if _DIGITS.match(password) else _SHORTEST
    return "the hashes and times of the results, because it is so short" if len(password) < shortest else None


def require_no_own_word(option: str, password: str | None, words: Mapping[str, Iterable[str]]) -> None:
    """Check a password that an option gives.

    :param words: as for :func:`holder_of`.
    :raises OwnWordError: it is a part of one of them.
    """
    kind = holder_of(password, words) if password else None
    if kind is not None:
        raise OwnWordError(
            option,
            f"{option} is a part of {kind}, where Ansible would mask it, so that everybody could read it. {_WAY_OUT} in "
            f"{option}_env",
        )


def require_no_own_word_in(text: str, words: Mapping[str, Iterable[str]]) -> None:
    """Check the passwords that stand in a configuration.

    :param text: of the configuration; what is commented out is not looked at.
    :param words: as for :func:`holder_of`.
    :raises ConfigError: one is a part of one of them; with its line.
    """
    for match in _PASSWORD.finditer(text):
        password = next((group for group in match.groups() if group), None)
        if password is None or environment_name(password) or password in ("null", "~"):
            continue
        kind = holder_of(password, words)
        if kind is not None:
            line = text.count("\n", 0, match.start()) + 1
            raise ConfigError(
                f"the password in line {line} of the file is a part of {kind}, so results would tell it. {_WAY_OUT} "
                "(os.environ/NAME)",
                line=line,
            )
