# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds what could be a secret in a config.yaml.

Generous on purpose: a word too many in the mask costs nothing, a secret too few is a leak.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from .._inside.program import without_secrets
from .public_values import environment_name

_SECRET_KEY = re.compile(
    r"key|passw|token|secret|credential|auth|salt|webhook|dsn|cookie|bearer|private|cert", re.IGNORECASE
)
_PASSWORD_KEY = re.compile(r"passw|secret", re.IGNORECASE)
# The password of a URL ends at the first @ as well as at the last one: which of them is the end, only its reader knows.
_URLS_WITH_SECRET = tuple(
    re.compile(rf"(?<![a-z0-9+.-])[a-z][a-z0-9+.-]*://[^\s/@:\"']*:({password})@", re.IGNORECASE)
    for password in ("[^\\s/@\"']+", "[^\\s\"']+")
)
_KEY = r"[\"']?([A-Za-z_][A-Za-z0-9_.-]*)[\"']?[ \t]*:"
_ASSIGNMENT = re.compile(rf"^[ \t#-]*{_KEY}[ \t]+(\S.*)$", re.MULTILINE)
_IN_FLOW = re.compile(rf"[{{,][ \t]*{_KEY}[ \t]+([^,}}\n]+)")
# A value that begins behind the line of its key: a block scalar, a list, or plain text. The comment sign is the key's too;
# what lies below a key is only looked at, because the next key may stand there.
_BELOW = re.compile(
    rf"^([ \t#-]*){_KEY}[ \t]*(?:[!&|>][^\n]*|#[^\n]*)?\r?\n(?=((?:\1[ \t]+[^\n]+\n?|\1-[ \t][^\n]+\n?)+))",
    re.MULTILINE,
)
_PROPERTIES = re.compile(r"\A(?:[!&]\S*[ \t]+)+")
_TOKEN = re.compile(r"\"((?:[^\"\\]|\\.)*)\"|'((?:[^']|'')*)'|(\S+(?:\s+(?![\s#])\S+)*)")
_HARMLESS = frozenset(("", "true", "false", "null", "none", "yes", "no", "on", "off", "~"))


def _literal(value: Any) -> set[str]:
    """The set with ``value``, or an empty one if it is no literal or no secret."""
    if not isinstance(value, str) or value.lower() in _HARMLESS or environment_name(value):
        return set()
    return {value}


def _of_value(key: str, value: Any) -> set[str]:
    if isinstance(value, str):
        found = _of_urls(value)
        if not found and "@" in value.partition("://")[2]:  # a login with a blank, or with a user alone
            return _literal(value)
        return found | _literal(value) if found or _SECRET_KEY.search(key) else found
    if isinstance(value, int) and not isinstance(value, bool) and _PASSWORD_KEY.search(key):
        return {str(value)}
    return set()


def secrets_of_model(model: Any) -> frozenset[str]:
    """The possible secrets in loaded YAML."""
    secrets = set()
    seen = set()
    pending = [("", model)]
    while pending:
        key, value = pending.pop()
        if isinstance(value, (dict, list)):
            if id(value) not in seen:
                seen.add(id(value))
                pending += (
                    [(str(name), item) for name, item in value.items()]
                    if isinstance(value, dict)
                    else [(key, item) for item in value]
                )
        else:
            secrets |= _of_value(key, value)
    return frozenset(secrets)


def _unquoted(match: re.Match) -> str:
    """The text of a matched token; escapes of double quotes are left as they are."""
    double, single, plain = match.groups()
    if double is not None:
        return double
    return single.replace("''", "'") if single is not None else plain.strip()


def secrets_of_text(text: str) -> frozenset[str]:
    """The possible secrets behind the keys of a text, commented or not, whether it parses or not."""
    secrets = _of_urls(text)
    for key, rest in _ASSIGNMENT.findall(text) + _IN_FLOW.findall(text):
        if _SECRET_KEY.search(key):
            secrets |= _of_token(key, rest)
    for _indent, key, lines in _BELOW.findall(text):
        if _SECRET_KEY.search(key):
            for line in lines.splitlines():
                secrets |= _of_token(key, line.strip(" \t#").removeprefix("- "))
    return frozenset(secrets)


def _of_urls(text: str) -> set[str]:
    """The passwords in the URLs of a text."""
    return {password for pattern in _URLS_WITH_SECRET for password in pattern.findall(text)}


def _of_token(key: str, rest: str) -> set[str]:
    """The secret at the beginning of what stands behind a key."""
    match = _TOKEN.match(_PROPERTIES.sub("", rest.strip(), count=1))
    value = _unquoted(match) if match else ""
    return set() if value.isdigit() and not _PASSWORD_KEY.search(key) else _literal(value)


def secrets_of_environment(assignments: Iterable[str]) -> frozenset[str]:
    """The possible secrets among ``NAME=value``, as a container's record has them."""
    secrets: set[str] = set()
    for assignment in assignments:
        name, _equals, value = assignment.partition("=")
        secrets |= _of_value(name, value)
    return frozenset(secrets)


def hidden(text: str, secrets: Iterable[str]) -> str:
    """Return ``text`` with every secret, and each piece into which a URL's reader takes one apart, replaced."""
    return without_secrets(text, secrets)
