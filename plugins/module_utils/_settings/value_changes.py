# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which settings of the cache have another value in another configuration, in words and without a secret.

Pure.
"""

from __future__ import annotations

from typing import Any

from .description import mapping_at
from .keys import (
    CACHE_KWARGS,
    CACHE_KWARGS_ORDER,
    CACHE_PARAMS,
    CACHE_PARAMS_ORDER,
    LITELLM_SETTINGS,
    POOL_TIMEOUT,
    ROUTER_ORDER,
    ROUTER_SETTINGS,
)
from .public_values import is_public

NOT_SET = "not set"


def changes_between(before: Any, after: Any) -> list[str]:
    """What differs in two loaded configurations, such as ``ttl 600 -> 900``.

    Only keys of our own vocabulary are told, those of the router with their path, and only values that are no secret.
    """
    old, new = _values_of(before), _values_of(after)
    return [
        f"{name} {_told(name, old.get(name), new.get(name))}"
        for name in dict.fromkeys((*new, *old))
        if old.get(name) != new.get(name)
    ]


def _values_of(model: Any) -> dict[str, Any]:
    """The values by their names, in the order in which the collection writes them."""
    settings, router = mapping_at(model, LITELLM_SETTINGS), mapping_at(model, ROUTER_SETTINGS)
    parts = (
        ("", settings, ("cache",)),
        ("", mapping_at(settings, CACHE_PARAMS), (*CACHE_PARAMS_ORDER, POOL_TIMEOUT)),
        (f"{ROUTER_SETTINGS}.", router, tuple(key for key in ROUTER_ORDER if key != CACHE_KWARGS)),
        (f"{ROUTER_SETTINGS}.{CACHE_KWARGS}.", mapping_at(router, CACHE_KWARGS), CACHE_KWARGS_ORDER),
    )
    return {prefix + key: values[key] for prefix, values, keys in parts for key in keys if values.get(key) is not None}


def _told(name: str, before: Any, after: Any) -> str:
    key = name.rpartition(".")[2]
    shown = [value is None or is_public(key, value) for value in (before, after)]
    if all(shown):
        return f"{_in_words(before)} -> {_in_words(after)}"
    return "set" if before is None else f"-> {NOT_SET}" if after is None else "changed"


def _in_words(value: Any) -> str:
    if value is None:
        return NOT_SET
    if isinstance(value, (list, tuple)):
        return " ".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
