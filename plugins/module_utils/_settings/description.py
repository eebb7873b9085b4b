# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a config.yaml says about the cache."""

from __future__ import annotations

import re
from typing import Any

from .._errors import ConfigError, ConfigParseError
from .._inside import configuration
from .._yaml.document import YamlText, split_byte_order_mark
from .._yaml.lines import LineTable
from .keys import (
    CACHE_PARAMS,
    LITELLM_SETTINGS,
    MODE_REDIS,
    PLACE_KEYS,
    POOL_TIMEOUT,
    ROUTER_SETTINGS,
    TIMEOUT_KEYS,
)
from .lost_indentation import refuse_lost_indentation
from .public_values import environment_name, is_public
from .secret_values import secrets_of_model, secrets_of_text

_CHAT_MODES = ("chat", "responses")
_OTHER_THAN_CHAT = re.compile(
    r"embed|whisper|transcri|\btts\b|dall-e|image|rerank|moderation|text-completion|\bdavinci\b|\bbabbage\b",
    re.IGNORECASE,
)
_LITERAL = "literal"


def read_config(text: str) -> YamlText:
    """The parsed text of a config.yaml.

    :raises LostIndentationError: it does not parse because the keys of ``cache_params`` lost their indentation.
    :raises ConfigParseError: it does not parse for another reason; with line and column.
    :raises UnsupportedConfigError: it is nothing that LiteLLM would load.
    """
    try:
        return YamlText(text)
    except ConfigParseError:
        refuse_lost_indentation(LineTable(split_byte_order_mark(text)[1]))
        raise


def load_config(text: str) -> dict:
    """What LiteLLM would load.

    :raises ConfigError: as :func:`read_config`.
    """
    return read_config(text).model


def mode_of(model: Any) -> str:
    """The cache mode that a loaded config asks for.

    A reference in the place of ``true`` counts as true where there are ``cache_params``: what it gives, only the instance knows.
    """
    settings = mapping_at(model, LITELLM_SETTINGS)
    if environment_name(settings.get("cache")) and settings.get(CACHE_PARAMS):
        model = {LITELLM_SETTINGS: dict(settings, cache=True)}
    return configuration.mode_of(model)


def describe_cache(text: str) -> dict:
    """The cache settings of a configuration, without a secret or a fragment of one.

    :raises ConfigError: as :func:`read_config`.
    """
    return description_of(load_config(text))


def description_of(model: Any) -> dict:
    """The cache settings of a loaded configuration; see :func:`describe_cache`."""
    settings = mapping_at(model, LITELLM_SETTINGS)
    params = mapping_at(settings, CACHE_PARAMS)
    general = mapping_at(model, "general_settings")
    mode = mode_of(model)
    return {
        "mode": mode,
        "cache_enabled": settings.get("cache") is True,
        "type": _shown("type", params.get("type")),
        "form": configuration.form_of(params) if mode == MODE_REDIS else None,
        "redis": _describe_redis(params),
        "ttl": _shown("ttl", params.get("ttl")),
        "supported_call_types": _shown("supported_call_types", params.get("supported_call_types")),
        "namespace": _literal_or_variable(params.get("namespace")),
        "request_mode": _request_mode(params.get("mode")),
        "max_connections": _shown("max_connections", params.get("max_connections")),
        "router": _describe_router(mapping_at(model, ROUTER_SETTINGS)),
        "test_model": _first_chat_model(model.get("model_list")),
        "master_key": _literal_or_variable(general.get("master_key")),
        "database": bool(general.get("database_url")),
        "store_model_in_db": general.get("store_model_in_db") is True,
        "include": bool(model.get("include")),
    }


def secrets_of(text: str) -> frozenset[str]:
    """Every literal of ``text`` that could be a secret, for the masking of logs.

    Also those in comments, and also when the text does not parse.
    """
    try:
        return secrets_of_model(load_config(text)) | secrets_of_text(text)
    except ConfigError:
        return secrets_of_text(text)


def mapping_at(model: Any, key: str) -> dict:
    """The mapping under ``key``; {} when there is none."""
    value = model.get(key) if isinstance(model, dict) else None
    return value if isinstance(value, dict) else {}


def _shown(key: str, value: Any) -> Any:
    """A value that is on the allow-list as it is, 'literal' for any other."""
    if value is None:
        return None
    return value if is_public(key, value) else _LITERAL


def _literal_or_variable(value: Any) -> str | None:
    if value is None or value == "":
        return None
    name = environment_name(value)
    return f"environment variable {name}" if name else _LITERAL


def _describe_redis(params: dict) -> dict:
    redis = {key: _shown(key, params.get(key)) for key in PLACE_KEYS + TIMEOUT_KEYS + (POOL_TIMEOUT,)}
    redis.update({key: _literal_or_variable(params.get(key)) for key in ("username", "password", "url")})
    return redis


def _describe_router(router: dict) -> dict:
    kwargs = mapping_at(router, "cache_kwargs")
    described = {key: _shown(key, router.get(key)) for key in ("redis_host", "redis_port", "redis_db")}
    described.update({key: _literal_or_variable(router.get(key)) for key in ("redis_password", "redis_url")})
    described["cache_kwargs"] = {key: _shown(key, kwargs.get(key)) for key in ("db",) + TIMEOUT_KEYS if key in kwargs}
    described["own_connection"] = has_own_connection(router)
    return described


def has_own_connection(router: dict) -> bool:
    """Whether ``router_settings`` name a connection of the router's own; half of one is none."""
    return bool(router.get("redis_url") or (router.get("redis_host") and router.get("redis_port")))


def _request_mode(mode: Any) -> str | None:
    """Which requests are cached: default_on (all) or default_off (those that ask for it), as LiteLLM's CacheMode has it."""
    return mode if mode in ("default_on", "default_off") else None


def _first_chat_model(models: Any) -> str | None:
    """The name of the first chat model without a wildcard, or None."""
    for model in models if isinstance(models, list) else ():
        name = model.get("model_name") if isinstance(model, dict) else None
        if isinstance(name, str) and "*" not in name and _is_chat(model):
            return name
    return None


def _is_chat(model: dict[str, Any]) -> bool:
    """Whether an entry of ``model_list`` answers chat requests."""
    return is_chat(mapping_at(model, "model_info").get("mode"), mapping_at(model, "litellm_params").get("model"))


def is_chat(mode: Any, name: Any) -> bool:
    """Whether a model answers chat requests: by its mode, else by the name that its provider knows."""
    return mode in _CHAT_MODES if mode is not None else not _OTHER_THAN_CHAT.search(str(name))
