# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers in the database of the cache that another proxy has stored.

Pure: the result of redis_cache_info in, sentences out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .._telling import counted


def answers_of_others(redis: dict[str, Any], since: float = 0.0, unsure: bool = False) -> Iterator[str]:
    """A sentence for each namespace under which somebody else stores.

    :param redis: result of redis_cache_info, also of one that failed.
    :param since: only namespaces whose newest answer was stored later count, seconds since the epoch: what lies there longer
        may be left of a namespace that this proxy had before.
    :param unsure: whether those count too that a client of this proxy may have chosen.
    """
    for one in (redis.get("census") or {}).get("namespaces") or []:
        if (one["own"] is False or (unsure and one["own"] is None)) and (one["newest"] or 0.0) > since:
            lie = f"{counted(one['answers'], 'cached answer')} {'lies' if one['answers'] == 1 else 'lie'}"
            where = (
                f"the namespace {one['name']}, which is not that of" if one["name"] else "no namespace, unlike those of"
            )
            yield f"{lie} under {where} this proxy"
