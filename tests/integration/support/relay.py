# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A far network between a proxy and its Redis: a relay on an address of this machine that keeps each answer for a while."""

from __future__ import annotations

import asyncio
import threading
from types import TracebackType
from typing import Callable


class Relay:
    """Takes connections to ``port`` while its context is open, and passes on what both sides say.

    :param host: address to listen on.
    :param target: address and port of the server.
    :param delay: how long each piece of an answer is kept, seconds.
    """

    def __init__(self, host: str, target: tuple[str, int], delay: float) -> None:
        self.host, self.port = host, 0
        #: Bytes of answers that were passed on.
        self.answered = 0
        self._target, self._delay = target, delay
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Relay:
        self._thread.start()
        listening = asyncio.start_server(self._serve, self.host, 0)
        self._server = asyncio.run_coroutine_threadsafe(listening, self._loop).result()
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        """Take no further connection, and end those that are open."""
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(*self._target)
        await asyncio.gather(_pass_on(reader, back, 0.0), _pass_on(there, writer, self._delay, self._count))

    def _count(self, size: int) -> None:
        self.answered += size


async def _pass_on(
    source: asyncio.StreamReader,
    sink: asyncio.StreamWriter,
    delay: float,
    count: Callable[[int], None] = lambda _size: None,
) -> None:
    """Until the source ends, or the sink is gone."""
    try:
        while piece := await source.read(65536):
            await asyncio.sleep(delay)
            sink.write(piece)
            await sink.drain()
            count(len(piece))
    except OSError:
        pass  # whoever reads on notices
    finally:
        sink.close()
