# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Empties the whole database of every server by FLUSHDB, and tells truly what became of it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from .patience import while_busy
from .refusals import SILENT, UNREACHABLE, RedisServerError
from .server import RedisServer, RedisServers

PAGE_KEYS = 1000


@dataclass
class Emptied:
    """What went so far.

    ``gone`` are keys; where ``exact`` is false, at least so many. ``done`` counts servers, of ``servers``. ``failure`` is why
    it ended before all of them were empty.
    """

    gone: int = 0
    exact: bool = True
    done: int = 0
    servers: int = 0
    failure: RedisServerError | None = None


def empty_all(servers: RedisServers) -> Emptied:
    """Empty one server after another; the memory is freed in the background.

    :raises RedisServerError: nothing was emptied.
    """
    primaries = while_busy(servers.primaries)
    emptied = Emptied(servers=len(primaries))
    for server in primaries:
        with contextlib.closing(server):
            try:
                _empty(server, emptied)
            except RedisServerError as error:
                if emptied.done == 0 and emptied.exact:
                    raise
                emptied.failure = error
                break
    return emptied


def _empty(server: RedisServer, emptied: Emptied) -> None:
    """Empty one server, and count what went.

    :raises RedisServerError: it was not, or its answer was lost, and then the count is not exact.
    """
    keys, counted = while_busy(lambda: _keys_of(server))
    try:
        while_busy(lambda: server.command("FLUSHDB", "ASYNC"))
    except RedisServerError as error:
        if error.code in (SILENT, UNREACHABLE):
            emptied.exact = False
        raise
    emptied.done += 1
    emptied.gone += keys
    emptied.exact = emptied.exact and counted


def _keys_of(server: RedisServer) -> tuple[int, bool]:
    """How many keys a server has, at least, and whether that is exact. An ACL may forbid each way to see it.

    :raises RedisServerError: no answer.
    """
    try:
        return int(server.command("DBSIZE")), True
    except RedisServerError as error:
        if not error.forbidden:
            raise
    try:
        return _any_key(server)
    except RedisServerError as error:
        if not error.forbidden:
            raise
    return 0, False


def _any_key(server: RedisServer) -> tuple[int, bool]:
    """Whether there is a key at all, told in the same way."""
    cursor = 0
    while True:
        cursor, keys = server.command("SCAN", cursor, "COUNT", PAGE_KEYS)
        if keys:
            return len(keys), False
        if int(cursor) == 0:
            return 0, True
