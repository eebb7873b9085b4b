# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Under which namespaces the answers of a database lie, and which of them the proxy itself may have written.

Pure.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from .._inside.kinds import FOREIGN
from .keys import namespace_of, stored_at

#: Clients may choose namespaces of their own, any number of them: so many are told, those with the newest answers.
NAMESPACES_AT_MOST = 20
NAME_AT_MOST = 60


@dataclass
class _Seen:
    """Answers of one namespace."""

    answers: int = 0
    newest: float | None = None


@dataclass
class Namespaces:
    """The namespaces of the answers that were looked at.

    :param own: that of the proxy, empty for none, None where it is not known.
    """

    own: str | None = None
    seen: dict[str, _Seen] = field(default_factory=dict)

    def count(self, key: bytes, head: bytes) -> None:
        """Take an answer in.

        :param key: its name.
        :param head: its first 64 bytes at least.
        """
        name = namespace_of(key)
        if FOREIGN in name.split(":"):
            return  # what a verification that was killed has left
        one = self.seen.setdefault(name, _Seen())
        one.answers += 1
        at = stored_at(head)
        if at is not None and not math.isnan(at):
            one.newest = at if one.newest is None else max(one.newest, at)

    def described(self, factor: float) -> list[dict[str, Any]]:
        """As the result shows them, the newest first.

        :param factor: how many answers each of those looked at stands for.
        """
        newest_first = sorted(self.seen.items(), key=lambda entry: -(entry[1].newest or 0.0))
        return [
            {
                "name": name[:NAME_AT_MOST],
                "answers": round(one.answers * factor),
                "newest": one.newest,
                "own": self._is_own(name),
            }
            for name, one in newest_first[:NAMESPACES_AT_MOST]
        ]

    def _is_own(self, name: str) -> bool | None:
        """Whether the proxy stores under that namespace; None for not known.

        LiteLLM puts its own one before whatever does not begin with it (litellm/caching/redis_cache.py,
        check_and_fix_namespace, 1.77.7 to 1.110.2). Without one of its own, a client may have chosen any.
        """
        if self.own is None:
            return None
        return name.startswith(self.own) if self.own else (True if not name else None)
