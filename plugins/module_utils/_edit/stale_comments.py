# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds comments behind a value that say the contrary once the value has changed.

A person's comment is never edited, so it can only be named.
"""

from __future__ import annotations

import re
from typing import Any

_WORDS_OF_LOCAL = re.compile(r"in[- ]?memory|\blocal|\bmemory\b|локал|в памяти|в процессе", re.IGNORECASE)
_WORDS_OF_REDIS = re.compile(r"\bredis|\bvalkey|\bshared\b|общ", re.IGNORECASE)
_WORDS_OF_OFF = re.compile(r"\boff\b|disable|отключ|выключ", re.IGNORECASE)
#: Words that fit the other value, and words that fit the new one, by key and new value.
_WORDS = {
    ("type", "redis"): (_WORDS_OF_LOCAL, _WORDS_OF_REDIS),
    ("type", "local"): (_WORDS_OF_REDIS, _WORDS_OF_LOCAL),
    ("cache", True): (_WORDS_OF_OFF, None),
}


def says_otherwise(comment: str, key: str, old_token: str, value: Any) -> bool:
    """Whether ``comment`` fits what ``key`` was, ``old_token``, and not ``value``, which it is now."""
    if not comment.strip():
        return False
    old, new = old_token.strip("'\""), str(value)
    if _holds(comment, old) and not _holds(comment, new):
        return True
    other, own = _WORDS.get((key, value), (None, None))
    return bool(other and other.search(comment) and not (own and own.search(comment)))


def _holds(comment: str, word: str) -> bool:
    return bool(word) and re.search(rf"(?<![\w./-]){re.escape(word)}(?![\w/-]|\.\w)", comment) is not None
