# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One step over the keys of one server: look at some of them, tell which are meant, remove these.

What is looked at and what is removed is one atomic deed: a script on the server, or, where its
ACL forbids scripts, a transaction that does not happen when one of the keys was touched in between.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Iterable

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
from .server import (
    MOVED,
    RedisServer,
    RedisServerError,
)

#: Bytes of a value that tell that it is an answer, and those that tell of what: id, type and model of it.
ANSWER_BYTES, HEAD_BYTES = 64, 320
#: How often a transaction is begun again before its keys are left alone.
ATTEMPTS = 5
#: Keys that one UNLINK takes. In a Cluster it is one, because a command may not name keys of several slots.
UNLINK_KEYS = 500
#: Keys that one SCAN gives, about: as many as the processor's cache holds while they are looked at.
SCAN_KEYS = 64
#: What an answer is of, by a word in its head; in the order of CONTENTS.
_CONTENT_WORDS = (
    (CHAT, rb"object\":\"chat.completion"),
    (TEXT, rb"object\":\"text_completion"),
    (EMBEDDING, b'"response": {"embedding":'),
)

#: The same as StepByTransaction, as a script. Arguments: cursor, count, pattern, remove, any key, namespace ("=" before
#: it, nothing for all), time, contents ("*" for all, nothing where nobody asks for them), keys of one UNLINK, last byte
#: of a head, keys of one SCAN, keys to spare. It runs for each key, so it is written for speed: keys go while the
#: processor's cache still holds them, numbers go to commands as text, a reply is asked for its error without being asked
#: for its type (a text has none), and one key of each SCAN alone is asked for its memory.
SCRIPT = rb"""
local cursor, count, pattern, remove, any_key = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4] == '1', ARGV[5] == '1'
local namespace, before, contents = string.match(ARGV[6], '^=(.*)'), tonumber(ARGV[7]), ARGV[8]
local chunk, head_end, at_once = tonumber(ARGV[9]), ARGV[10], ARGV[11]
local find, sub, match, min, call, pcall = string.find, string.sub, string.match, math.min, redis.call, redis.pcall
local words = {'object\\":\\"chat.completion', 'object\\":\\"text_completion', '"response": {"embedding":'}
local names = {'chat', 'text', 'embedding', 'other'}
local told = contents == '' and 0 or 3
local any_content = told == 0 or contents == '*'
local every_answer = any_key or any_content and not namespace and not before
local spared
for index = 12, #ARGV do
  spared = spared or {}
  spared[ARGV[index]] = true
end

local looked_at, gone, bytes, unreadable, example = 0, 0, 0, 0, ''
local meant, kept, taken, others = {0, 0, 0, 0}, {0, 0, 0, 0}, {}, {}

-- An ACL forbids the command or the key: the words of Redis 7.0, and of later ones.
local function denied(reply)
  return find(reply.err, "can't run", 1, true) or find(reply.err, "can't access", 1, true)
    or find(reply.err, 'permission', 1, true)
end

-- The content of what is named like an answer, nothing for any other value, and whether it is meant; or what forbids it.
local function look(key)
  local head = pcall('GETRANGE', key, '0', head_end)
  if head.err then
    if sub(head.err, 1, 9) ~= 'WRONGTYPE' then
      if denied(head) then
        if not any_key and namespace and sub(key, 1, -66) ~= namespace then return nil, false end
        return nil, any_key, head
      end
      unreadable = unreadable + 1
    end
    return nil, any_key
  end
  if find(head, '{"timestamp": ', 1, true) ~= 1 or (find(head, ', "response": ', 15, true) or 64) >= 40 then
    return nil, any_key
  end
  local content = 4
  for number = 1, told do
    if find(head, words[number], 1, true) then
      content = number
      break
    end
  end
  return content, every_answer or (
    (not namespace or sub(key, 1, -66) == namespace)
    and (not before or (tonumber(match(head, '^(%d+%.?%d*),', 15)) or before) < before)
    and (any_content or find(contents, names[content], 1, true) ~= nil))
end

-- Removes some of what was chosen. Returns what forbids it.
local function unlink(chosen, content_of, first, last)
  if remove then
    local reply = pcall('UNLINK', unpack(chosen, first, last))
    if type(reply) == 'table' then
      if chunk > 1 or denied(reply) then return reply end
      unreadable = unreadable + 1
      return
    end
    gone = gone + reply
  else
    gone = gone + last - first + 1
  end
  for index = first, last do
    local content = content_of[index]
    if content then meant[content] = meant[content] + 1 else taken[#taken + 1] = chosen[index] end
  end
end

-- Looks at some keys and removes what is meant. Returns what forbids it.
local function round(keys)
  local chosen, content_of, number_chosen = {}, {}, 0
  for index = 1, #keys do
    local key, content, is_meant, forbidden = keys[index], nil, any_key, nil
    local size = #key
    -- A response entry is named by 64 hex digits, with a colon before them where there is a namespace.
    if size >= 64 and find(key, '^[0-9a-f]+$', size - 63) and (size == 64 or sub(key, -65, -65) == ':') then
      content, is_meant, forbidden = look(key)
      if forbidden then return forbidden end
    end
    if is_meant and not (spared and spared[key]) then
      number_chosen = number_chosen + 1
      chosen[number_chosen], content_of[number_chosen] = key, content
    elseif content then
      kept[content] = kept[content] + 1
    else
      others[#others + 1] = key
    end
  end
  if number_chosen == 0 then return end
  example = chosen[1]
  local usage = pcall('MEMORY', 'USAGE', example)
  if type(usage) == 'number' then bytes = bytes + usage * number_chosen end
  for first = 1, number_chosen, chunk do
    local forbidden = unlink(chosen, content_of, first, min(first + chunk - 1, number_chosen))
    if forbidden then return forbidden end
  end
end

local after = cursor
repeat
  local page
  if pattern == '' then page = call('SCAN', after, 'COUNT', at_once)
  else page = call('SCAN', after, 'MATCH', pattern, 'COUNT', at_once) end
  after = page[1]
  local forbidden = round(page[2])
  if forbidden then
    -- What is gone is told; the next step looks at the same keys again, and then has nothing else to say.
    if not remove or gone == 0 then return forbidden end
    return {'', 0, gone, bytes, 0, meant, {0, 0, 0, 0}, taken, {}, example}
  end
  looked_at, count = looked_at + #page[2], count - at_once
until after == '0' or count <= 0
return {after, looked_at, gone, bytes, unreadable, meant, kept, taken, others, example}
"""


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
class StepByScript:
    """Steps of one server as a script.

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

    def take(self, cursor: int, count: int) -> Step:
        """Do one step.

        :param cursor: where the step before ended, 0 for the first.
        :param count: about how many keys to look at.
        :raises RedisServerError: no answer, or the server does not allow it.
        """
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
class StepByTransaction(StepByScript):
    """The same with commands that an ACL without scripts allows; slower."""

    def take(self, cursor: int, count: int) -> Step:
        """Do one step; see StepByScript.take."""
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
        namespace = self.selection.namespace
        return self.selection.any_key or namespace is None or key[:-65] == namespace.encode()

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
        content = next((name for name, word in _CONTENT_WORDS if word in head), OTHER)
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
