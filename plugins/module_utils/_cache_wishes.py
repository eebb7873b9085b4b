# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the operator wants of the cache. Private to the collection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple


@dataclass(frozen=True)
class CacheWishes:
    """Validated wishes; None means that the file's own value stays."""

    mode: str
    redis_form: Optional[str] = None
    redis_host: str = "redis"
    redis_port: int = 6379
    redis_db: int = 1
    redis_username: Optional[str] = None
    redis_password: Optional[str] = None
    redis_password_env: Optional[str] = None
    redis_url_env: Optional[str] = None
    ttl: Optional[float] = None
    supported_call_types: Optional[Tuple[str, ...]] = None
    namespace: Optional[str] = None
    max_connections: Optional[int] = None
    socket_timeout: float = 30
    socket_connect_timeout: float = 10
    health_check_interval: float = 30
    retry_on_timeout: bool = True
    connection_pool_timeout: Optional[float] = 5
    router: str = "consistent"

    @classmethod
    def from_options(cls, params):
        """Return the wishes in the options of a module; '' and None mean unset. Raises OptionError."""
        raise NotImplementedError
