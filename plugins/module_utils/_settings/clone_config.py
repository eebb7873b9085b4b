# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the configuration of a clone leaves out and adds, so that it touches nothing of the proxy that it is a clone of.

Pure. Here the text may be made anew by an emitter: it is thrown away with the clone, and holds the same values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from .._errors import UnsafeEditError
from .._inside.clone_start import FOREIGN_VARIABLE
from .._inside.configuration import ENVIRONMENT_REFERENCE, TARGET_VARIABLES
from .._yaml.document import yaml
from .description import load_config, mapping_at, mode_of
from .keys import (
    CACHE_KWARGS,
    CACHE_PARAMS,
    LITELLM_SETTINGS,
    MODE_REDIS,
    ROUTER_REDIS_KEYS,
    ROUTER_SETTINGS,
)

GENERAL_SETTINGS = "general_settings"
ENVIRONMENT = "environment_variables"
CALLBACKS, ALERTS, DATABASE, CHECKS, SHARED = "callbacks", "alerting", "database", "health checks", "coordination"
#: By section: what is left out, and what it belongs to. The names are those of LiteLLM 1.77.7 to 1.110.2.
_LEFT_OUT = (
    (LITELLM_SETTINGS, CALLBACKS, re.compile(r"callbacks|(?:success|failure|service)_callbacks?|audit_log_callbacks")),
    (LITELLM_SETTINGS, CALLBACKS, re.compile("default_team_settings")),
    (GENERAL_SETTINGS, ALERTS, re.compile(r"alert\w*|spend_report_frequency")),
    (ROUTER_SETTINGS, ALERTS, re.compile("alerting_config")),
    # Anchored, though whole names are matched: so it is linear in any use.
    (GENERAL_SETTINGS, DATABASE, re.compile(r"^(?:database_\w+|store_\w+_in_db|use_redis_transaction_buffer)")),
    (GENERAL_SETTINGS, CHECKS, re.compile(r"background_health_checks|use_shared_health_check")),
    (GENERAL_SETTINGS, SHARED, re.compile("coordination_redis")),
    (ENVIRONMENT, DATABASE, FOREIGN_VARIABLE),
)
#: Sections of an included file in which something could stand that a clone may not have.
TOUCHING_SECTIONS = (LITELLM_SETTINGS, GENERAL_SETTINGS, ROUTER_SETTINGS, ENVIRONMENT)
_NAMESPACE = "namespace"


@dataclass(frozen=True)
class CloneConfig:
    """The configuration of a clone.

    ``text`` is what it reads. ``left_out`` are the settings that it does not have, each as ``section.key``, by what they belong
    to. ``namespace`` begins its keys in Redis, and ``without`` are the variables that it must not have.
    """

    text: str
    left_out: dict[str, list[str]]
    namespace: str
    without: tuple[str, ...]


def clone_config(text: str, own_namespace: str) -> CloneConfig:
    """The configuration of the clone that proves a candidate.

    :param text: the candidate.
    :param own_namespace: of the keys that the clone stores. It stands behind the candidate's own, because the user of Redis may
        be allowed those keys alone.
    :raises ConfigError: it is nothing that LiteLLM would load.
    """
    model = load_config(text)
    left_out: dict[str, list[str]] = {}
    for section, matter, pattern in _LEFT_OUT:
        for key in [key for key in mapping_at(model, section) if pattern.fullmatch(str(key))]:
            del model[section][key]
            left_out.setdefault(matter, []).append(f"{section}.{key}")
    namespace = _give_namespace(model, own_namespace)
    made = yaml.safe_dump(model, allow_unicode=True, sort_keys=False)
    if yaml.safe_load(made) != model:
        raise UnsafeEditError("the configuration of the clone would not load as the candidate does")
    return CloneConfig(made, left_out, namespace, () if mode_of(model) == MODE_REDIS else _targets(made))


def _give_namespace(model: Any, own: str) -> str:
    """Let the cache and the router's own connection store under a namespace of the clone.

    :returns: the one of the cache.
    """
    router = mapping_at(model, ROUTER_SETTINGS)
    if any(router.get(key) for key in ROUTER_REDIS_KEYS):
        kwargs = mapping_at(router, CACHE_KWARGS)
        router[CACHE_KWARGS] = dict(kwargs, namespace=_behind(kwargs.get(_NAMESPACE), own))
    if mode_of(model) != MODE_REDIS:
        return own
    params = mapping_at(mapping_at(model, LITELLM_SETTINGS), CACHE_PARAMS)
    namespace = _behind(params.get(_NAMESPACE), own)
    # Without a type, parameters that say anything are those of the local cache.
    model[LITELLM_SETTINGS][CACHE_PARAMS] = {"type": MODE_REDIS, **params, _NAMESPACE: namespace}
    return namespace


def _behind(namespace: Any, own: str) -> str:
    plain = isinstance(namespace, str) and namespace and not namespace.startswith(ENVIRONMENT_REFERENCE)
    return f"{namespace}:{own}" if plain else own


def _targets(text: str) -> tuple[str, ...]:
    """Variables that lead LiteLLM to a Redis although its cache is none, where counters would lie beside the proxy's own.

    One that the file names stays: something there may need it.
    """
    return tuple(name for name in TARGET_VARIABLES if f"{ENVIRONMENT_REFERENCE}{name}" not in text)


def touching_include(reading: dict[str, Any] | None) -> str | None:
    """The included file, in words, out of which nothing can be left for a clone; None where there is none.

    :param reading: what LiteLLM makes of the file, None where no instance could tell.
    """
    for included in (reading or {}).get("included") or []:
        for section in TOUCHING_SECTIONS:
            if section in included["sections"]:
                return f"{section} of {included['path']}, which is included"
    return None
