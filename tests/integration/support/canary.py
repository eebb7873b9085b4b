# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Searches texts for secrets, in every form in which one could have got there."""

from __future__ import annotations

import base64
import json
import re
import urllib.parse
from typing import Iterable

#: What moves the borders of a URL when a password holds it as it is, so that a reader takes the password apart there.
_BORDERS = re.compile(r"[@/#?%:&\[\]]+")
#: Characters of a piece that is searched for: shorter ones stand in texts by chance.
SHORTEST_PIECE = 5


class LeakError(AssertionError):
    """A secret was found; the text says which and where, not the secret."""


def forms(secret: str) -> set[str]:
    """A secret as it is, and as it looks in a URL, in JSON, in YAML, in Python and in base64."""
    raw = secret.encode()
    found = {
        secret,
        urllib.parse.quote(secret),
        urllib.parse.quote(secret, safe=""),
        urllib.parse.quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(json.dumps(secret))[3:-3],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        secret.replace("'", "''"),
        repr(secret)[1:-1],
        base64.urlsafe_b64encode(raw).decode().rstrip("="),
    }
    # Within a longer text that is encoded as a whole, a secret stands at any of three offsets.
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + raw).decode()
        found.add(encoded[4 if offset else 0 : len(encoded) // 4 * 4 - 4])
    return {form for form in found if len(form) > 5} | pieces(secret)


def pieces(secret: str) -> set[str]:
    """What a reader of a URL makes of a secret in it, also as a host, which is told in lower case."""
    found = {piece.strip() for piece in _BORDERS.split(secret)} if _BORDERS.search(secret) else set()
    long_enough = {piece for piece in found if len(piece) >= SHORTEST_PIECE}
    return long_enough | {piece.lower() for piece in long_enough}


class Canary:
    """The secrets of one stack.

    :param secrets: name of each secret with its text.
    """

    def __init__(self, secrets: dict[str, str]) -> None:
        self._forms = {name: sorted(forms(secret)) for name, secret in secrets.items()}

    def also(self, **secrets: str) -> Canary:
        """A canary that knows further secrets."""
        other = Canary(secrets)
        other._forms.update(self._forms)
        return other

    def search(self, text: str, where: str) -> None:
        """Check a text.

        :raises LeakError: a secret stands in it.
        """
        for name, found in self._forms.items():
            for form in found:
                if form in text:
                    position = text.index(form)
                    around = text[max(0, position - 120) : position].replace("\n", "\\n")
                    raise LeakError(f"the {name} stands in {where}, after: {around}")

    def search_all(self, texts: Iterable[tuple[str, str]]) -> None:
        """Check several texts, each with where it is from."""
        for where, text in texts:
            self.search(text, where)
