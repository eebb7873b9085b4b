# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A point in time as somebody writes it.

Pure, but for the time zone of the host.
"""

from __future__ import annotations

import re
from datetime import datetime

from .._errors import OptionError


def seconds_of(text: str) -> float:
    """Seconds since the epoch; without an offset it is the time of this host.

    :param text: ISO 8601 with ``T`` or a space in the middle, and ``Z`` or an offset at the end or not; or the seconds.
    :raises OptionError: it is neither.
    """
    written = text.strip()
    try:
        if re.fullmatch(r"\d{1,11}(\.\d{1,9})?", written):
            return float(written)
        # Python 3.9 knows no Z.
        return datetime.fromisoformat(written[:-1] + "+00:00" if written.endswith(("Z", "z")) else written).timestamp()
    except (ValueError, OverflowError, OSError):
        raise OptionError(
            "since",
            "since must be a date and time such as 2026-11-26T09:30:00, with an offset behind it or not, or seconds since the "
            "epoch",
        ) from None
