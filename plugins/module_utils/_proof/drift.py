# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Configured, stored and effective settings of the cache side by side, and which one wins."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

#: Settings that are compared, in the order of the report.
COMPARED = (
    "host",
    "port",
    "db",
    "socket_timeout",
    "socket_connect_timeout",
    "health_check_interval",
    "retry_on_timeout",
    "max_connections",
)
FILE = "file"
DATABASE = "database"
ENVIRONMENT = "environment"
LITELLM = "LiteLLM"
PROCESS = "process"
_WHY = {
    FILE: "the file says so",
    DATABASE: "LiteLLM's database has cache settings, which replace those of the file within 30 s of a start",
    LITELLM: "this version of LiteLLM does not heed the file here",
    PROCESS: "the instance was not restarted since the file was changed",
}
_WHY_ANOTHER_FILE = (
    "the instance was started after the file was changed, so it has this from something else than this file"
)
_WHY_DEFAULT = "the file does not say, so LiteLLM's default counts"
#: What a client has when nobody says; anything else that the file does not say is from somewhere.
_DEFAULTS = {"port": 6379, "db": 0}


def drift_of(mode: str, reported: str | None, answer: dict, stored: dict | None, file_is_newer: bool) -> list[dict]:
    """A row for each setting: setting, configured, stored, effective, wins, why, drift.

    :param mode: cache mode of the file, as LiteLLM reads it.
    :param reported: type of the cache that the running proxy reports, None when it does not tell.
    :param answer: what ``_inside.probe.probe`` returned for the file; {} where there is no Redis to ask.
    :param stored: the stored settings, None for none.
    :param file_is_newer: whether the file was changed since the instance was started.
    """
    kept = stored or {}
    rows = [_row("type", mode, kept.get("type"), kept.get("type") or reported or mode, None)]
    if rows[0]["wins"] == LITELLM:
        rows[0].update(wins=PROCESS, why=_WHY[PROCESS] if file_is_newer else _WHY_ANOTHER_FILE)
    variables = {seen["setting"]: seen.get("variable") for seen in _of_the_cache(answer)}
    effective = answer.get("cache", {}).get("async", {})
    for setting in COMPARED:
        if setting not in effective:
            continue
        found = kept.get(setting, effective[setting])
        configured = answer["wanted"].get(setting)
        row = _row(setting, configured, kept.get(setting), found, variables.get(setting))
        if configured is None and row["wins"] == LITELLM:
            row.update(_not_in_the_file(setting, found, answer.get("redis_variables", ())))
        rows.append(row)
    return rows


def _not_in_the_file(setting: str, effective: Any, variables: Collection[str]) -> dict:
    """Who wins where the file leaves a setting out: the proxy's environment, or LiteLLM's default.

    :param variables: names of the REDIS_* variables of the proxy.
    """
    variable = f"REDIS_{setting.upper()}"
    if variable in variables and effective not in (None, _DEFAULTS.get(setting)):
        return {
            "wins": ENVIRONMENT,
            "why": f"the file does not say, so the proxy's environment variable {variable} counts",
        }
    return {"wins": LITELLM, "why": _WHY_DEFAULT}


def _of_the_cache(answer: dict) -> list[dict]:
    return [seen for seen in answer.get("observations", []) if seen.get("where") == "cache" and seen.get("setting")]


def _row(setting: str, configured: Any, stored: Any, effective: Any, variable: str | None) -> dict:
    same = configured is not None and _plain(configured) == _plain(effective)
    wins = DATABASE if stored is not None else FILE if same else ENVIRONMENT if variable else LITELLM
    why = f"the proxy's environment variable {variable} overrides the file" if wins == ENVIRONMENT else _WHY[wins]
    return {
        "setting": setting,
        "configured": configured,
        "stored": stored,
        "effective": effective,
        "wins": wins,
        "why": why,
        "drift": configured is not None and not same,
    }


def _plain(value: Any) -> str:
    """A value for the comparison: 30, 30.0 and "30" are one."""
    try:
        return str(float(value)) if not isinstance(value, bool) else str(value)
    except (TypeError, ValueError):
        return str(value)
