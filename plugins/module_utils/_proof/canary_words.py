# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a clone does not show of its instance, in sentences.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .._settings.clone_config import ALERTS, CALLBACKS, CHECKS, DATABASE, SHARED, CloneConfig
from .._telling import counted
from .evidence import in_words

WAY_IN = (
    "the way in (published ports, the name of the service, its addresses, proxies that find a container by its labels)"
)


def not_proved_by(config: CloneConfig, read_only: tuple[str, ...], has_database: bool) -> Iterator[str]:
    """What was not proved, one sentence for each thing.

    :param config: of the clone.
    :param read_only: folders in which the instance can write, and the clone cannot.
    :param has_database: whether the instances have one.
    """
    yield WAY_IN
    if has_database or DATABASE in config.left_out:
        yield "the database (its migration, models, keys and settings that are stored there, and what is written to it)"
    if CALLBACKS in config.left_out:
        yield f"callbacks ({', '.join(config.left_out[CALLBACKS])})"
    for matter in (ALERTS, CHECKS, SHARED):
        if matter in config.left_out:
            yield f"{matter} ({', '.join(config.left_out[matter])})"
    if read_only:
        yield f"writing to {', '.join(read_only)}"


def would_start(name: str, image: str, requests_at_most: int, upstream_at_most: int) -> str:
    """What a run would start, in words.

    :param name: of the instance that would be cloned.
    """
    return (
        f"a clone of {name} with the image {image} would be started, asked {requests_at_most} times at most, of which "
        f"{upstream_at_most} could reach a model, and removed"
    )


def in_report(canary: dict[str, Any]) -> Iterator[str]:
    """What a report tells of a canary, one sentence for each line.

    :param canary: what Canary returned, of a run or of a check.
    """
    if "would_start" in canary:
        yield canary["would_start"]
    else:
        seen = "; ".join(in_words(entry) for entry in canary["evidence"])
        asked = counted(canary["requests"], "request")
        yield (
            f"LiteLLM {canary['version'] or 'of an unknown version'} started on the change within "
            f"{counted(canary['ready_seconds'], 'second')} and {seen} ({asked}, {canary['upstream_calls']} of them to a model)"
        )
    yield f"it does not show {'; '.join(canary['not_proved'])}"
