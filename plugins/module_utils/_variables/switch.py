# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the variables of a switch must not be together, and what their types cannot say.

Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .._settings.keys import MODE_LOCAL, MODE_REDIS
from .._settings.public_values import is_host_name
from .values import is_unset

#: How the names begin of what only the mode redis needs, and the names that begin otherwise. Nothing that is wrong with them
#: stands in the way to the local mode.
_OF_REDIS = "litellm_cache_redis_"
_ONLY_OF_REDIS = frozenset(
    f"litellm_cache_{name}"
    for name in (
        "namespace",
        "max_connections",
        "socket_timeout",
        "socket_connect_timeout",
        "health_check_interval",
        "retry_on_timeout",
        "connection_pool_timeout",
        "router",
        "proof",
        "empty",
    )
)
_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
#: What the results of a change tell. The modules know more: the containers.
_TOLD = (
    "litellm_cache_redis_host",
    "litellm_cache_redis_port",
    "litellm_cache_redis_db",
    "litellm_cache_project_dir",
    "litellm_cache_project_name",
    "litellm_cache_service",
    "litellm_cache_config_path",
    "litellm_cache_state_dir",
)


def is_of_redis(name: str) -> bool:
    """Whether only the mode redis needs a variable."""
    return name.startswith(_OF_REDIS) or name in _ONLY_OF_REDIS


def wrong_mode(mode: Any, of_playbook: str | None) -> Iterator[str]:
    """A sentence where the mode is none, or another one than that of the playbook.

    :param mode: value of litellm_cache_mode.
    :param of_playbook: the mode that a playbook of the collection brings about; None in a play of somebody else.
    """
    if mode not in (MODE_REDIS, MODE_LOCAL) or mode != (of_playbook or mode):
        brings = f", which brings the cache to {of_playbook}," if of_playbook else ","
        yield (
            f'litellm_cache_mode is "{mode}". It must be redis or local for the role; for a playbook{brings} leave it unset'
        )


def wrong_together(values: Mapping[str, Any]) -> Iterator[str]:
    """One sentence for each thing that is wrong with what says where Redis is.

    :param values: of the variables that are set, of the types that their specs name.
    """
    password = str(values.get("litellm_cache_redis_password", ""))
    if password and "litellm_cache_redis_password_env" in values:
        yield (
            "litellm_cache_redis_password and litellm_cache_redis_password_env exclude each other. To write the password into "
            "the file, set litellm_cache_redis_password_env to an empty text, in AWX among the variables of the template; to "
            "write the name of the proxy's variable, take the password away, in AWX the credential"
        )
    told = " ".join(("redis local erni_ki.litellm", *(str(values[name]) for name in _TOLD if name in values)))
    if password and password in told:
        yield (
            "litellm_cache_redis_password may not be a word of our own results (redis, local, litellm, the host, the port, "
            "the database, the project, the service, a path), or a part of one, because Ansible would mask it there. Set "
            "litellm_cache_redis_password_env alone"
        )
    if not is_host_name(str(values.get("litellm_cache_redis_host", "redis"))):
        yield (
            "litellm_cache_redis_host must be a host name or an address. A URL goes into a variable of the proxy, and the "
            "name of that variable into litellm_cache_redis_url_env"
        )


def wrong_variable_names(values: Mapping[str, Any]) -> Iterator[str]:
    """One sentence for each value that has to name an environment variable, and does not.

    :param values: of the variables that are set; those whose names end with ``_env`` are looked at.
    """
    for name, value in values.items():
        if name.endswith("_env") and not is_unset(value) and not _VARIABLE_NAME.match(str(value)):
            yield (
                f"{name} must be the name of an environment variable of the proxy. What such a variable holds does not belong "
                "here"
            )
