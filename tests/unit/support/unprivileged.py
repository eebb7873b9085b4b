# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a function as a user without privileges, because root may write everywhere."""

from __future__ import annotations

import os
import traceback
from typing import Callable

NOBODY = 65534


def unprivileged(function: Callable[[], str]) -> str:
    """What a function returns, run by a user other than root in a process of its own.

    :raises AssertionError: it raised; the text is its traceback.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reader)
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            answer = "=" + function()
        except BaseException:
            answer = "!" + traceback.format_exc()
        os.write(writer, answer.encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        answer = stream.read().decode()
    os.waitpid(child, 0)
    assert answer.startswith("="), answer[1:]
    return answer[1:]
