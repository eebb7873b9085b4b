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

from .public_values import environment_name

_SECRET_KEY = re.compile(
    r"key|passw|token|secret|credential|auth|salt|webhook|dsn|cookie|bearer|private|cert", re.IGNORECASE
)
_PASSWORD_KEY = re.compile(r"passw|secret", re.IGNORECASE)
_URL_WITH_SECRET = re.compile(r"[a-z][a-z0-9+.-]*://(?:[^\s/@:\"']*):([^\s/@\"']+)@", re.IGNORECASE)
_ASSIGNMENT = re.compile(r"^[\s#-]*[\"']?([A-Za-z_][A-Za-z0-9_.-]*)[\"']?\s*:[ \t]+(\S.*)$", re.MULTILINE)
_TOKEN = re.compile(r"\"((?:[^\"\\]|\\.)*)\"|'((?:[^']|'')*)'|([^\s#][^#]*?)(?=\s+#|\s*$)")
_HARMLESS = frozenset(("", "true", "false", "null", "none", "yes", "no", "on", "off", "~"))


def _literal(value: Any) -> set[str]:
    """The set with ``value``, or an empty one if it is no literal or no secret."""
    if not isinstance(value, str) or value.lower() in _HARMLESS or environment_name(value):
        return set()
    return {value}


def _of_value(key: str, value: Any) -> set[str]:
    if isinstance(value, str):
        found = set(_URL_WITH_SECRET.findall(value))
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
    """The possible secrets in ``key: value`` lines, commented or not, whether the text parses or not."""
    secrets = set(_URL_WITH_SECRET.findall(text))
    for key, rest in _ASSIGNMENT.findall(text):
        match = _TOKEN.match(rest) if _SECRET_KEY.search(key) else None
        if match:
            value = _unquoted(match)
            if not value.isdigit() or _PASSWORD_KEY.search(key):
                secrets |= _literal(value)
    return frozenset(secrets)


def secrets_of_environment(assignments: Iterable[str]) -> frozenset[str]:
    """The possible secrets among ``NAME=value``, as a container's record has them."""
    secrets: set[str] = set()
    for assignment in assignments:
        name, _equals, value = assignment.partition("=")
        secrets |= _of_value(name, value)
    return frozenset(secrets)


def hidden(text: str, secrets: Iterable[str]) -> str:
    """Return ``text`` with every secret replaced, the longest first."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "********")
    return text
