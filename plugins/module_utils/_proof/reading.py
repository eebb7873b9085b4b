# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What LiteLLM makes of a configuration: how that completes our own reading of the file, and what the operator should know.

Pure. A reading is what ``_inside.effective.told_of`` tells, and what :func:`as_reading` adds.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from .._finding import finding
from .._inside.reader import COPY, IN_BUCKET, MADE, MOUNTED, NOWHERE, OTHER
from .._settings.keys import CACHE_PARAMS, LITELLM_SETTINGS, MODE_NONE, MODE_REDIS, PLACE_KEYS, ROUTER_SETTINGS
from .._settings.public_values import is_public

#: Sources for which a change of the configured file changes what the proxy reads after its next start.
FOLLOWS = (MOUNTED, COPY, MADE)
#: Sources for which a hash tells whether the proxy runs what the file says.
SAME = (MOUNTED, COPY)


def as_reading(
    told: dict[str, Any], host_path: str | None, problem: str | None = None, current: bool = True
) -> dict[str, Any]:
    """A reading.

    :param told: what the instance told.
    :param host_path: where the managed host has the file that the proxy reads, None where it does not have it.
    :param problem: why it could not be read.
    :param current: False where the file that the instance sees is not the one of the managed host any more.
    """
    return dict(told, host_path=host_path, problem=problem, current=current)


def judged_by_text(reading: dict[str, Any] | None) -> bool:
    """Whether our own reading of the file's text is all there is to know: nobody could be asked, or the file is plain."""
    if reading is None or reading["problem"]:
        return True
    return reading["source"] in SAME and not reading["by_litellm"]


def completed(cache: dict[str, Any], reading: dict[str, Any] | None) -> dict[str, Any]:
    """The description of a file's cache settings, with what LiteLLM makes of them.

    :param cache: what describe_cache tells of the text.
    :param reading: None where no instance could be asked.
    """
    if reading is None or judged_by_text(reading) or not reading["current"]:
        return cache
    told = reading["cache"]
    redis = dict(cache["redis"])
    if told["host"] is not None:
        redis.update({key: _shown(key, told[key]) for key in PLACE_KEYS})
    return dict(
        cache,
        mode=told["mode"],
        cache_enabled=told["mode"] != MODE_NONE,
        type=_shown("type", told["type"]),
        form=told["form"],
        redis=redis,
        ttl=_shown("ttl", told["ttl"]),
        supported_call_types=_shown("supported_call_types", told["supported_call_types"]),
        request_mode=told["request_mode"] if told["request_mode"] in ("default_on", "default_off") else None,
        router=dict(cache["router"], own_connection=reading["router"]["own_connection"]),
    )


def _shown(key: str, value: Any) -> Any:
    if value is None or value == "":
        return None
    return value if is_public(key, value) else "literal"


def winner_of(reading: dict[str, Any], section: str) -> str | None:
    """Path of the included file whose section takes the place of that of the configured file, None where none does."""
    paths = [included["path"] for included in reading["included"] if section in included["sections"]]
    return paths[-1] if paths else None


def place_of(cache: dict[str, Any]) -> tuple[str, int, int] | None:
    """Host, port and database of a cache that a reading tells; None where it tells none."""
    if cache["mode"] != MODE_REDIS or cache["host"] is None:
        return None
    return cache["host"], cache["port"], cache["db"]


def made_sentence(reading: dict[str, Any], config_path: str) -> str:
    """That the proxy reads a file that was made from the configured one."""
    return (
        f"the proxy reads {reading['path']}, which is made at its start; the mounted file {config_path} is its template, "
        "or was changed since"
    )


def refusal_of_source(reading: dict[str, Any] | None, config_path: str, mode: str) -> str | None:
    """Why a change of the configured file cannot be made, by the file that the proxy reads; None when it can.

    :param reading: None where no instance could be asked.
    :param config_path: real path of the configured file.
    :param mode: the wanted mode.
    """
    if reading is None:
        return None
    source, path = reading["source"], reading["path"]
    if source == IN_BUCKET:
        return (
            f"the proxy reads its configuration from the bucket {reading['bucket']} (LITELLM_CONFIG_BUCKET_NAME), not from "
            f"{config_path}: make the change there"
        )
    if source == NOWHERE:
        return (
            f"the proxy reads {path or 'no file'}, which is not there: see its --config and its variable CONFIG_FILE_PATH, "
            "which wins"
        )
    if source == OTHER:
        if reading["host_path"]:
            return (
                f"the proxy reads {path}, which is {reading['host_path']} on this host, not {config_path}: set "
                "litellm_cache_config_path to it"
            )
        return (
            f"the proxy reads {path}, which is not the mounted file {config_path} and has little in common with it: let the "
            "proxy read the mounted file (--config, or its variable CONFIG_FILE_PATH, which wins)"
        )
    if source == MADE and mode == MODE_REDIS:
        return (
            f"{made_sentence(reading, config_path)}. What comes out of a template cannot be proved before: let the entrypoint "
            "start LiteLLM on the mounted file, with os.environ/NAME for each variable; or, if the file was changed, restart "
            "the proxy first"
        )
    return None


def findings_of_reading(reading: dict[str, Any] | None, config_path: str) -> Iterator[dict[str, Any]]:
    """What the operator should know of a configuration that its text does not say.

    :param reading: None where no instance could be asked.
    """
    if reading is None:
        return
    if reading["problem"]:
        yield finding("config_unread", f"what LiteLLM makes of the configuration is not known: {reading['problem']}")
        return
    if reading["source"] == MADE:
        yield finding("config_made", made_sentence(reading, config_path))
    elif reading["source"] not in FOLLOWS:
        yield finding("config_elsewhere", str(refusal_of_source(reading, config_path, "")))
    for included in reading["included"]:
        if included["sections"]:
            sections = ", ".join(included["sections"])
            yield finding(
                "include_wins",
                f"{sections} of {included['path']}, which is included, takes the place of the file's own",
            )
    for reference in reading["references"]:
        if reference["gave"] != "value" and not reference["setting"].startswith("general_settings."):
            yield finding("reference_empty", empty_sentence(reference))


def empty_sentence(reference: dict[str, Any]) -> str:
    """That a reference gave nothing, and why."""
    setting, name = reference["setting"], reference["variable"]
    if reference["gave"] == "empty":
        return f"{setting} is os.environ/{name}, which is empty, so LiteLLM gets an empty text"
    if reference["set_by_file"]:
        return f"{setting} is os.environ/{name}, but {section_sentence(name)}"
    return f"{setting} is os.environ/{name}, which gives nothing: the proxy has no such variable"


def section_sentence(name: str) -> str:
    """Why a variable that the file itself sets does not answer a reference, and the way out."""
    return (
        f"{name} is set by environment_variables of the file, which LiteLLM applies after it has read os.environ/ references; "
        "export it to the container"
    )


# ---------------------------------------------------------------------------------------------------------
# A candidate


def refusal_of_candidate(told: dict[str, Any], written: dict[str, Any], mode: str, changed: bool) -> str | None:
    """Why a candidate would not do what it says, by what LiteLLM makes of it; None when it would.

    :param told: the reading of the candidate.
    :param written: what describe_cache tells of its text.
    :param mode: the wanted mode.
    :param changed: whether the candidate differs from the file as it is.
    """
    winner = winner_of(told, LITELLM_SETTINGS)
    if winner is not None and (told["cache"]["mode"] != mode or (mode == MODE_REDIS and changed)):
        return f"{_wins(winner, LITELLM_SETTINGS)}: move the cache settings there, or merge"
    if told["cache"]["mode"] != mode:
        return _why_another_mode(told, mode)
    if mode == MODE_REDIS:
        for reference in told["references"]:
            decides = not reference["setting"].startswith("general_settings.")
            if decides and reference["gave"] == "nothing" and reference["set_by_file"]:
                return section_sentence(reference["variable"])
    winner = winner_of(told, ROUTER_SETTINGS)
    if winner is not None and mode == MODE_REDIS and written["router"]["own_connection"]:
        way_out = "move the router's redis_ keys there, or merge, or set litellm_cache_router to none"
        return f"{_wins(winner, ROUTER_SETTINGS)}: {way_out}"
    return None


def router_finding(told: dict[str, Any], mode: str) -> dict[str, Any] | None:
    """The finding that the router stays on Redis in local mode because of a file that is included; None for no such thing."""
    winner = winner_of(told, ROUTER_SETTINGS)
    if winner is None or mode == MODE_REDIS or not told["router"]["redis_keys"]:
        return None
    keys = ", ".join(told["router"]["redis_keys"])
    return finding(
        "router_stays", f"{_wins(winner, ROUTER_SETTINGS)} and keeps the router on Redis ({keys}): take them out there"
    )


def _wins(path: str, section: str) -> str:
    return f"{os.path.basename(path)} has a {section} of its own, which wins"


def _why_another_mode(told: dict[str, Any], mode: str) -> str:
    for reference in told["references"]:
        if reference["setting"] in (f"{LITELLM_SETTINGS}.cache", f"{LITELLM_SETTINGS}.{CACHE_PARAMS}.type"):
            value = "nothing" if reference["gave"] != "value" else str(reference["value"]).lower()
            return (
                f"{reference['setting']} is os.environ/{reference['variable']}, which gives {value}, so the cache mode would be "
                f"{told['cache']['mode']}, not {mode}: change the variable, or write the value into the file"
            )
    return (
        f"LiteLLM would make the cache mode {told['cache']['mode']} of the file, not {mode} "
        f"(it has read {', '.join(told['why'])})"
    )


def refusal_of_move(live: dict[str, Any], written: dict[str, Any]) -> str | None:
    """Why a candidate is refused that would lead the cache away from where a reference leads it now; None for no reason.

    :param live: the reading of the file as it is.
    :param written: what describe_cache tells of the candidate.
    """
    if live["cache"]["mode"] != MODE_REDIS:
        return None
    for reference in live["references"]:
        key = reference["setting"].rpartition(".")[2]
        if key not in PLACE_KEYS or not reference["setting"].startswith(f"{LITELLM_SETTINGS}.{CACHE_PARAMS}."):
            continue
        new, now = written["redis"][key], reference["value"]
        if new is None or now in (None, "") or str(new).startswith("os.environ/") or str(new) == str(now):
            continue
        return (
            f"cache_params.{key} is os.environ/{reference['variable']} ({now}); litellm_cache_redis_{key} says {new}. The cache "
            f"would move to another place: leave litellm_cache_redis_{key} unset, or change the variable"
        )
    return None


def move_finding(live: dict[str, Any], new: tuple[str, int, int] | None) -> dict[str, Any] | None:
    """The finding that the cache moves from one Redis to another, None where it does not, or nobody knows.

    :param new: place of the candidate.
    """
    now = place_of(live["cache"])
    if now is None or new is None or now == new:
        return None
    return finding("place_changes", f"the cache moves from {_in_words(now)} to {_in_words(new)}")


def _in_words(place: tuple[str, int, int]) -> str:
    return f"{place[0]}:{place[1]}/{place[2]}"


def place_of_text(written: dict[str, Any], live: dict[str, Any]) -> tuple[str, int, int] | None:
    """The place that the text of a plain candidate names, its references as they are answered now; None where it names none."""
    answered = {reference["variable"]: reference["value"] for reference in live["references"]}
    found: dict[str, str] = {}
    for key, default in zip(PLACE_KEYS, ("", "6379", "0")):
        value = written["redis"][key]
        if isinstance(value, str) and value.startswith("os.environ/"):
            value = answered.get(value.partition("/")[2])
        found[key] = default if value in (None, "") else str(value)
    if not found["host"] or not found["port"].isdigit() or not found["db"].isdigit():
        return None
    return found["host"], int(found["port"]), int(found["db"])
