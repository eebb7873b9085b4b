# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why an instance does not come up, as far as its log tells."""

from __future__ import annotations

from typing import Any

from .._inside.redis_url import unlike_meant
from .deployment import Deployment
from .engine import DockerError
from .instances import Instance
from .log_findings import UNREADABLE_URL, cache_findings, most_telling

LOG_LINES = 400
#: Seconds before the last start of an instance in which its log may tell why: Docker starts over what exits by itself.
RESTARTS_SECONDS = 300
_OF_A_VARIABLE = "environment variable "


def why_silent(deployment: Deployment, instance: Instance, cache: dict[str, Any]) -> str | None:
    """Why an instance does not come up; None where its log does not tell.

    :param cache: what the file says of the cache, as ``_settings.description.describe_cache`` has it.
    """
    try:
        log = deployment.engine.log(instance.id, instance.started - RESTARTS_SECONDS, LOG_LINES)
    except DockerError:
        return None
    told = most_telling(cache_findings(log))
    named = cache["redis"]["url"]
    if told == UNREADABLE_URL and named:
        is_variable = named.startswith(_OF_A_VARIABLE)
        return f"{instance.name}: {unlike_meant(named[len(_OF_A_VARIABLE) :] if is_variable else 'cache_params.url')}"
    return f"{instance.name} does not come up; its log says: {told}" if told else None
