# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long a server may keep us waiting."""

from __future__ import annotations

import time
from typing import Any, Callable

from .refusals import BUSY, RedisServerError

#: How long a server may be away or busy, and the pause before another try, seconds.
PATIENCE_SECONDS = 30.0
RETRY_SECONDS = 0.2


def while_busy(asked: Callable[[], Any], seconds: float | None = None) -> Any:
    """An answer, waited for while the server starts, or runs somebody's script for longer than it may.

    :param asked: what asks the server.
    :param seconds: how long, None for the patience of all.
    :raises RedisServerError: any other error, or it was busy all the time.
    """
    until = time.monotonic() + (PATIENCE_SECONDS if seconds is None else seconds)
    while True:
        try:
            return asked()
        except RedisServerError as error:
            if error.code != BUSY or time.monotonic() > until:
                raise
            time.sleep(RETRY_SECONDS)
