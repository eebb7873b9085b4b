# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes single values as YAML.

Never an emitter for whole texts: one value at a time, on one line. A scalar in the manner of the file is loaded again to prove
that it says what it should.
"""

from __future__ import annotations

import json
import re
from typing import Any

from .._errors import UnsafeEditError
from .document import load_yaml, yaml

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


def _loads_as(token: str, value: Any) -> bool:
    """Whether ``token`` behind a key loads as exactly ``value``."""
    try:
        loaded = load_yaml(f"key: {token}\n")
    except yaml.YAMLError:
        return False
    return loaded == {"key": value} and type(loaded["key"]) is type(value)


def _escape(match: re.Match) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def double_quoted(value: str) -> str:
    """Return ``value`` as a double-quoted YAML scalar on one line."""
    return _UNPRINTABLE.sub(_escape, json.dumps(value, ensure_ascii=False))


def single_quoted(value: str) -> str:
    """Return ``value`` as a single-quoted YAML scalar."""
    return "'{}'".format(value.replace("'", "''"))


def _boolean(value: bool, model_token: str) -> str:
    word = "true" if value else "false"
    if model_token[:1].isupper():
        return word.upper() if model_token.isupper() else word.capitalize()
    return word


def _text(value: str, quote: str) -> str:
    writers = {"'": (single_quoted, double_quoted), '"': (double_quoted,)}.get(quote, (str, double_quoted))
    for writer in writers:
        token = writer(value)
        if "\n" not in token and _loads_as(token, value):
            return token
    raise UnsafeEditError("a value cannot be written as YAML on one line")


def scalar_token(value: Any, model_token: str = "") -> str:
    """The token for ``value`` in the manner of ``model_token``: its quotes, or the case of its boolean."""
    quote = model_token[:1] if model_token[:1] in ("'", '"') else ""
    if isinstance(value, bool):
        return _boolean(value, model_token)
    if isinstance(value, str):
        return _text(value, quote)
    return "null" if value is None else _number(value)


def _number(value: float) -> str:
    """A number as YAML 1.1 has it: there one with an exponent needs a point."""
    token = str(value)
    if token.lstrip("-") in ("inf", "nan"):
        return token.replace("inf", ".inf").replace("nan", ".nan")
    return token if "." in token else token.replace("e", ".0e")


def flow_token(value: Any) -> str:
    """Any value on one line: lists and mappings in brackets.

    :raises ValueError: it holds something that has no such form here, as a date has none.
    """
    if isinstance(value, dict):
        return "{%s}" % ", ".join(f"{flow_token(key)}: {flow_token(item)}" for key, item in value.items())
    if isinstance(value, list):
        return "[%s]" % ", ".join(map(flow_token, value))
    if isinstance(value, str):
        return double_quoted(value)
    if value is not None and not isinstance(value, (bool, int, float)):
        raise ValueError("neither a scalar, a list nor a mapping")
    return scalar_token(value)
