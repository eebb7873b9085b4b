# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an error calls the thing that its reader can set: an option of a module, or a variable of the role.

Errors are written in either way, whichever is at hand; :func:`for_reader` brings them to the names of whoever reads them. So no
place that raises one has to know who that is. Private to the collection. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Collection

OPTIONS, VARIABLES = "options", "variables"
_PREFIX = "litellm_cache_"
#: Modules for which an option is a variable of another name; the role gives them no other option under that variable.
_OTHERWISE = {
    "litellm_cache_diagnosis": {name: f"{_PREFIX}diagnose_{name}" for name in ("key", "log_lines", "request", "since")},
    "litellm_cache_history": {name: f"{_PREFIX}history_{name}" for name in ("document", "language")},
    "litellm_cache_info": {"log_lines": f"{_PREFIX}verify_log_lines"},
    "litellm_cache_latency": {"samples": f"{_PREFIX}verify_samples"},
    "litellm_cache_roundtrip": {"namespace": f"{_PREFIX}flush_namespace", "samples": f"{_PREFIX}verify_samples"},
    "litellm_cache_snapshots": {
        "compare": f"{_PREFIX}history_compare",
        "keep": f"{_PREFIX}history_snapshots_keep",
    },
    "litellm_cache_status": {"document": f"{_PREFIX}history_document"},
    "litellm_host": {"venv": f"{_PREFIX}prepare_venv"},
    "litellm_image": {
        name: f"litellm_upgrade_{name}" for name in ("image", "newer_database", "proof", "pull", "pull_timeout")
    },
    "redis_cache_flush": {
        name: f"{_PREFIX}flush_{name}"
        for name in ("scope", "namespace", "contents", "older_than", "pattern", "confirm", "max_seconds")
    },
}
#: Modules that reach Redis from the managed host: the role has one variable for all options of that.
_REACH_REDIS = ("redis_cache_flush", "redis_cache_info")
_ACCESS = f"{_PREFIX}redis_access"
#: Options that the role hands on from no variable, or that it makes itself.
_OF_MODULES_ALONE = frozenset(
    """
    access at_most base_sha256 confirm continues drift enough evidence exits_allowed flushed harvested hosts_at_once
    image instances keep latency leave_out look names_in_errors observe pause phase plant plant_ttl planted probed
    problems recreate run sample seconds state timeout trials user variables versions warmed why words
    """.split()
)
#: A word that can be nothing but a name: it has an underscore, and is no part of a path or of another name.
_NAMED_OPTION = re.compile(r"(?<![\w./-])[a-z]+(?:_[a-z0-9]+)+(?![\w/-])")
_NAMED_VARIABLE = re.compile(r"\blitellm_(?:cache|upgrade)_[a-z0-9_]+")


def variable_of(module: str, option: str) -> str | None:
    """How the role's user sets an option of a module; None where he cannot.

    :param module: name of the module without its collection.
    """
    if option in _OTHERWISE.get(module, {}):
        return _OTHERWISE[module][option]
    if module in _REACH_REDIS and option.startswith("redis_"):
        return f"{option} in {_ACCESS}"
    return None if option in _OF_MODULES_ALONE else _PREFIX + option


def for_reader(text: str, reader: str, module: str, options: Collection[str], about: str = "") -> str:
    """An error in the names that its reader can set.

    :param reader: OPTIONS or VARIABLES.
    :param module: name of the module without its collection.
    :param options: names of all its options.
    :param about: the option that the error is about. Where the text begins with it, it is a name also without an underscore.
    """
    if reader == VARIABLES:

        def variable(name: str) -> str:
            return (variable_of(module, name) if name in options else None) or name

        begins = bool(about) and text.partition(" ")[0].rstrip(":") == about
        rest = _NAMED_OPTION.sub(lambda found: variable(found.group()), text[len(about) :] if begins else text)
        return variable(about) + rest if begins else rest
    known = {variable_of(module, option): option for option in options}
    return _NAMED_VARIABLE.sub(lambda found: known.get(found.group()) or found.group(), text)
