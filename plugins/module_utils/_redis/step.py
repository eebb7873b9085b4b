# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One step over the keys of one server: look at some of them, tell which are meant, remove these.

What is looked at and what is removed is one atomic deed: a script on the server, or, where its
ACL forbids scripts, a transaction that does not happen when one of the keys was touched in between.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .keys import (
    CHAT,
    CONTENTS,
    EMBEDDING,
    OTHER,
    TEXT,
    Selection,
    is_hex,
    stored_at,
)
from .refusals import FULL, MOVED, RedisServerError
from .server import RedisServer
from .step_script import SCRIPT

#: Bytes of a value that tell that it is an answer, and those that tell of what: id, type and model of it.
ANSWER_BYTES, HEAD_BYTES = 64, 320
#: How often a transaction is begun again before its keys are left alone.
ATTEMPTS = 5
#: A full server refuses whatever a transaction holds, also a removal; a script it lets remove.
TAKES_NO_TRANSACTION = (
    ". While it is full it takes no transaction: allow this user EVAL, or raise maxmemory until the cache is emptied"
)
#: Keys that one UNLINK takes. In a Cluster it is one, because a command may not name keys of several slots.
UNLINK_KEYS = 500
#: Keys that one SCAN gives, about: as many as the processor's cache holds while they are looked at.
SCAN_KEYS = 64
#: What an answer is of, by a word in its head, as the asynchronous and as the synchronous client write it; in the order of
#: CONTENTS.
_CONTENT_WORDS = (
    (CHAT, (rb"object\":\"chat.completion", b'"object":"chat.completion')),
    (TEXT, (rb"object\":\"text_completion", b'"object":"text_completion')),
    (EMBEDDING, (b'"response": {"embedding":', b"'response': {'embedding':")),
)


@dataclass
class Step:
    """What one step saw and did.

    ``cursor`` is where the next one begins, 0 at the end, None where it has to look at the same keys again.
    ``looked_at``, ``gone`` and ``unreadable`` are keys; ``meant`` and ``kept`` count answers by content; ``taken`` and
    ``others`` are the names of keys that are no answers, removed or not.
    """

    cursor: int | None
    looked_at: int
    gone: int
    memory: int = 0
    unreadable: int = 0
    meant: list[int] = field(default_factory=lambda: [0] * len(CONTENTS))
    kept: list[int] = field(default_factory=lambda: [0] * len(CONTENTS))
    taken: list[bytes] = field(default_factory=list)
    others: list[bytes] = field(default_factory=list)
    example: bytes = b""


@dataclass(frozen=True)
class Way(ABC):
    """How steps over the keys of one server are done.

    :param remove: whether what is meant is removed, or only counted.
    :param cluster: whether the server belongs to a Cluster.
    :param spared: keys that stay in any case.
    """

    server: RedisServer
    selection: Selection
    remove: bool
    cluster: bool
    spared: tuple[bytes, ...] = ()

    @property
    def tells_contents(self) -> bool:
        """Whether answers are counted by what they are of: a removal of all of them has no time for that."""
        return bool(self.selection.contents) or not self.remove

    @abstractmethod
    def take(self, cursor: int, count: int) -> Step:
        """Do one step.

        :param cursor: where the step before ended, 0 for the first.
        :param count: about how many keys to look at.
        :raises RedisServerError: no answer, or the server does not allow it.
        """


@dataclass(frozen=True)
class StepByScript(Way):
    """Steps as a script."""

    def take(self, cursor: int, count: int) -> Step:
        """Do one step; see Way.take."""
        wanted = self.selection
        reply = self.server.command(
            "EVAL",
            SCRIPT,
            0,
            cursor,
            count,
            wanted.pattern or "",
            int(self.remove),
            int(wanted.any_key),
            "" if wanted.namespace is None else f"={wanted.namespace}",
            "" if wanted.older_than is None else repr(wanted.older_than),
            ",".join(wanted.contents) or ("*" if self.tells_contents else ""),
            1 if self.cluster else UNLINK_KEYS,
            (HEAD_BYTES if self.tells_contents else ANSWER_BYTES) - 1,
            min(count, SCAN_KEYS),
            *self.spared,
        )
        return Step(int(reply[0]) if reply[0] else None, *reply[1:])


@dataclass(frozen=True)
class StepByTransaction(Way):
    """The same with commands that an ACL without scripts allows; slower."""

    def take(self, cursor: int, count: int) -> Step:
        """Do one step; see Way.take."""
        words: tuple[Any, ...] = ("SCAN", cursor, "COUNT", count)
        if self.selection.pattern:
            words += ("MATCH", self.selection.pattern)
        after, keys = self.server.command(*words)
        step = Step(int(after), len(keys), 0)
        interesting = []
        for key in keys:
            (interesting if self.selection.any_key or is_hex(key) else step.others).append(key)
        size = 1 if self.cluster else len(interesting)
        for first in range(0, len(interesting), size or 1):
            self._group(interesting[first : first + size], step)
        return step

    def _group(self, keys: list[bytes], step: Step) -> None:
        """Look at some keys and remove what is meant of them, or nothing when somebody touched one of them."""
        try:
            self._look_and_remove(keys, step)
        except RedisServerError as error:
            if not self.cluster or error.code != MOVED:
                raise
            step.unreadable += len(keys)  # its slot moves

    def _look_and_remove(self, keys: list[bytes], step: Step) -> None:
        touched = [key for key in keys if self._may_go(key)]
        for _attempt in range(ATTEMPTS):
            watch = [("WATCH", *touched)] if self.remove and touched else []
            replies = self.server.commands(watch + [("GETRANGE", key, 0, HEAD_BYTES - 1) for key in keys])
            if watch:
                _require(replies[0])
            heads = dict(zip(keys, replies[len(watch) :]))
            looked = {key: self._look(key, head) for key, head in heads.items()}
            chosen = [key for key, (_content, meant) in looked.items() if meant]
            sizes = self.server.commands([("MEMORY", "USAGE", key) for key in chosen]) if chosen else []
            gone = self._remove(chosen)
            if gone is not None:
                break
        else:
            step.unreadable += len(keys)
            return
        step.gone += gone
        step.memory += sum(size for size in sizes if isinstance(size, int))
        step.example = step.example or next(iter(chosen), b"")
        for key, (content, meant) in looked.items():
            if content is None:
                (step.taken if meant else step.others).append(key)
            else:
                (step.meant if meant else step.kept)[CONTENTS.index(content)] += 1

    def _may_go(self, key: bytes) -> bool:
        """Whether a key could be meant by its name, which is one like an answer's unless any key is."""
        return self.selection.any_key or self.selection.in_namespace(key)

    def _look(self, key: bytes, head: Any) -> tuple[str | None, bool]:
        """Content of a response entry, None for any other key, and whether the key is meant."""
        spared, wanted = key in self.spared, self.selection
        if isinstance(head, RedisServerError) and "WRONGTYPE" not in str(head):
            if head.forbidden and not self._may_go(key):
                return None, False
            raise head
        stored = stored_at(head) if isinstance(head, bytes) and is_hex(key) else None
        if stored is None:
            return None, wanted.any_key and not spared
        content = next((name for name, words in _CONTENT_WORDS if any(word in head for word in words)), OTHER)
        meant = (
            self._may_go(key)
            and (wanted.older_than is None or stored < wanted.older_than)
            and (not wanted.contents or content in wanted.contents)
        )
        return content, (meant or wanted.any_key) and not spared

    def _remove(self, keys: list[bytes]) -> int | None:
        """How many keys went, None when somebody touched one of those that are watched."""
        if not self.remove:
            return len(keys)
        if not keys:
            _require(self.server.command("UNWATCH"))
            return 0
        replies = self.server.commands([("MULTI",), ("UNLINK", *keys), ("EXEC",)])
        for reply in replies[:2]:
            if isinstance(reply, RedisServerError) and reply.code == FULL:
                raise RedisServerError(f"{reply}{TAKES_NO_TRANSACTION}", **reply.context)
        _require(*replies[:2])
        if replies[2] is None:
            return None
        _require(replies[2])
        return int(replies[2][0])


def _require(*replies: Any) -> None:
    for reply in replies:
        if isinstance(reply, RedisServerError):
            raise reply


def spared_keys(keys: Iterable[str]) -> tuple[bytes, ...]:
    """Names of keys as the server spells them."""
    return tuple(key.encode("utf-8") for key in keys)
