# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the operator should know about a plan. Private to the collection."""

from __future__ import annotations

from typing import Any


def finding(code: str, message: str, line: int | None = None, facts: dict[str, Any] | None = None) -> dict:
    """A finding: a stable code, one sentence, the line in the text as read (from 1) where there is one.

    ``facts`` are what a program wants to know of it.
    """
    return {"code": code, "message": message, "line": line, **(facts or {})}
