# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why an instance does not come up, as far as its log tells."""

from __future__ import annotations

from typing import Any

from .._errors import ConfigError
from .._inside.redis_url import unlike_meant
from .._settings.description import describe_cache
from .engine import DockerError, Engine
from .instances import Instance
from .log_findings import UNREADABLE_URL, cache_findings, most_telling

LOG_LINES = 400
#: Seconds before the last start of an instance in which its log may tell why: Docker starts over what exits by itself.
RESTARTS_SECONDS = 300
_OF_A_VARIABLE = "environment variable "


def why_silent(engine: Engine, instance: Instance, cache: dict[str, Any]) -> str | None:
    """Why an instance does not come up, in one sentence; None where its log does not tell.

    :param cache: what the file says of the cache, as ``_settings.description.describe_cache`` has it.
    """
    try:
        log = engine.log(instance.id, instance.started - RESTARTS_SECONDS, LOG_LINES)
    except DockerError:
        return None
    told = most_telling(cache_findings(log))
    named = cache["redis"]["url"]
    if told == UNREADABLE_URL and named:
        return unlike_meant(named[len(_OF_A_VARIABLE) :] if named.startswith(_OF_A_VARIABLE) else "cache_params.url")
    return f"it does not come up; its log says: {told}" if told else None


def why_silent_with(engine: Engine, instance: Instance, text: object) -> str | None:
    """The same for a configuration.

    :param text: of the configuration, None for one that is not known.
    """
    try:
        return why_silent(engine, instance, describe_cache(str(text or "")))
    except ConfigError:
        return None
