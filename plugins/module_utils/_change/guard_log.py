# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the guard says: on stdout, each reason once, never without bounds.

Standard library only: the guard uses it.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import time

from .._errors import LitellmCacheError

LOG = logging.getLogger(__name__)
#: Bytes of the file behind stdout from which on it begins anew.
LONGEST_LOG = 256 * 1024


def begin() -> None:
    """Have everything that is logged go to stdout, with the time in UTC."""
    logging.Formatter.converter = time.gmtime
    logging.basicConfig(
        stream=sys.stdout, level=logging.INFO, format="%(asctime)s guard: %(message)s", datefmt="%Y-%m-%dT%H:%M:%SZ"
    )
    logging.raiseExceptions = False  # a log that cannot be written is no reason to say so in that log
    logging.getLogger().handlers[0].addFilter(_shortened)


def _shortened(_record: logging.LogRecord) -> bool:
    """Begin the file anew where it has grown too long; says of each record that it is written."""
    with contextlib.suppress(OSError, ValueError):
        if os.fstat(sys.stdout.fileno()).st_size > LONGEST_LOG:
            os.ftruncate(sys.stdout.fileno(), 0)
    return True


class Refusals:
    """Why something cannot be done yet: a reason is told when it comes, and how often it came when it goes."""

    def __init__(self) -> None:
        self._reason = ""
        self._tries = 0

    def tell(self, error: Exception) -> None:
        """One more try failed."""
        known = isinstance(error, (LitellmCacheError, OSError))
        reason = str(error) if known else type(error).__name__  # any other one may quote what it stumbled over
        if reason != self._reason:
            self.over()
            LOG.info("%s; tried again until it is gone", reason)
            self._reason = reason
        self._tries += 1

    def over(self) -> None:
        """The reason is gone."""
        if self._tries > 1:
            LOG.info("that is gone, after %d tries", self._tries)
        self._reason, self._tries = "", 0
