# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How people are told of the restart of an instance: the same words on the screen and on the page.

Pure: an entry of what litellm_restart returns in, its words out.
"""

from __future__ import annotations

from typing import Any

from .._telling import counted


def restart_in_words(entry: dict[str, Any]) -> str:
    """What became of an instance; words that follow its name, none where it did not answer, or a check run only foretells it."""
    if entry.get("gone"):
        return "removed by somebody during the run"
    if entry.get("ready_seconds") is None:
        return ""
    return f"away {counted(entry['ready_seconds'], 'second')}{_bridged(entry.get('bridge') or {})}"


def _bridged(bridge: dict[str, Any]) -> str:
    if "raised_seconds" not in bridge:
        return ""
    number = bridge.get("connections")
    took = ", a bridge answered meanwhile" if number is None else f", a bridge took {counted(number, 'connection')}"
    return f"{took} and was killed, because it did not end in time" if bridge.get("killed") else took


def bridge_in_words(entry: dict[str, Any]) -> str:
    """What is foreseen of a bridge over the restart of an instance, else why there was none; empty for nothing to tell."""
    bridge = entry.get("bridge") or {}
    return str(bridge.get("foreseen") or (f"no bridge: {bridge['why_not']}" if bridge.get("why_not") else ""))
