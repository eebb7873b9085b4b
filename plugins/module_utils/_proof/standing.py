# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the runbook's block on the current status is to say, by what a status saw.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .._change.history_table import HEADINGS, REASON, row_of
from .._change.status_block import Standing
from .._deployment.image_reference import parse_image_reference


def standing_of(found: dict[str, Any]) -> Standing:
    """What the block is to say.

    :param found: result of litellm_cache_status.
    """
    kind = _kind(found)
    instances = found["instances"] or []
    change = _last_change_to(kind, found["history"])
    return Standing(
        version=_together(_version(instance) for instance in instances),
        package=_together(instance["litellm_version"] for instance in instances),
        kind=kind,
        reason=change["reason"] if change is not None else "",
        done={language: row_of(dict(change, reason=""), language)[REASON] for language in HEADINGS} if change else None,
    )


def _kind(found: dict[str, Any]) -> str | None:
    """The type of the cache in effect; where no instance tells one, or they differ, that of the file."""
    effective = found["mode"]["effective"]
    if len(effective) == 1:
        return str(effective[0])
    return found["mode"]["file"] if found["mode"]["file"] in ("redis", "local") else None


def _version(instance: dict[str, Any]) -> str | None:
    """By the tag of the image, which tells a candidate of a release from the release; else that of the package."""
    image = parse_image_reference(instance["image"])
    return image.tag if image.version is not None else instance["litellm_version"]


def _together(words: Iterable[str | None]) -> str | None:
    return ", ".join(dict.fromkeys(word for word in words if word)) or None


def _last_change_to(kind: str | None, history: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The last change that brought about this mode, where no later one led away from it."""
    changes = [record for record in history if record["result"] == "confirmed" and record["from"] != record["to"]]
    return changes[-1] if changes and changes[-1]["to"] == kind else None
