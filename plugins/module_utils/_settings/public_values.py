# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which values of config.yaml may be shown and stored.

Default is no: a value is public only if its key is on the allow-list and the value itself looks like what that key holds.
"""

from __future__ import annotations

import re
from typing import Any

from .keys import KNOWN_CACHE_TYPES

_NUMBER_KEYS = frozenset(
    (
        "port",
        "db",
        "ttl",
        "socket_timeout",
        "socket_connect_timeout",
        "connection_pool_timeout",
        "health_check_interval",
        "max_connections",
        "redis_port",
        "redis_db",
    )
)
_HOST_KEYS = frozenset(("host", "redis_host"))
_BOOLEAN_KEYS = frozenset(("cache", "retry_on_timeout", "ssl", "ssl_check_hostname"))

_CERTIFICATE_WORDS = ("none", "optional", "required")
_ENVIRONMENT_REFERENCE = re.compile(r"os\.environ/([A-Za-z_][A-Za-z0-9_]*)\Z")
_HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,252}[A-Za-z0-9])?\Z|[0-9A-Fa-f:]+\Z")
_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?\Z")
_CALL_TYPE = re.compile(r"a?(completion|text_completion|embedding|transcription|rerank|responses|speech|moderation)\Z")


def environment_name(value: Any) -> str | None:
    """Name of the variable in ``os.environ/NAME``, or None."""
    match = _ENVIRONMENT_REFERENCE.match(value) if isinstance(value, str) else None
    return match.group(1) if match else None


def is_host_name(value: Any) -> bool:
    """Whether ``value`` is a host name or an address."""
    return isinstance(value, str) and bool(_HOST_NAME.match(value))


def is_public(key: str, value: Any) -> bool:
    """Whether ``value`` under ``key`` is on the allow-list, so that it may be shown, logged and stored."""
    if environment_name(value):
        return True
    if key == "type":
        return isinstance(value, str) and value in KNOWN_CACHE_TYPES
    if key in _HOST_KEYS:
        return is_host_name(value)
    if key in _BOOLEAN_KEYS:
        return isinstance(value, bool) or value in ("true", "false", "True", "False")
    if key in _NUMBER_KEYS:
        return not isinstance(value, bool) and bool(_NUMBER.match(str(value)))
    if key == "ssl_cert_reqs":
        return value in _CERTIFICATE_WORDS
    if key == "supported_call_types":
        return isinstance(value, (list, tuple)) and all(
            isinstance(item, str) and _CALL_TYPE.match(item) for item in value
        )
    return False
