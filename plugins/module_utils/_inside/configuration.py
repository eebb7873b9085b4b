# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The configuration, as the proxy would read it: a plain file at once, any other by LiteLLM itself (reader.py)."""

from __future__ import annotations

import os
import re
from typing import NamedTuple, Optional

from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.process import Proxy
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.program import Refusal, keep_secrets_of
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.reader import (
    COPY,
    ENVIRONMENT_REFERENCE,
    MOUNTED,
    Reading,
    features_of,
    mapping_at,
    read_by_litellm,
    source_of,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.sockets import read

#: The cache modes.
REDIS, LOCAL, OTHER, NONE = "redis", "local", "other", "none"
#: Variables that lead LiteLLM to a Redis without the file (environment_has_redis_connection_target, 1.99.4 to 1.110.2).
TARGET_VARIABLES = ("REDIS_URL", "REDIS_HOST", "REDIS_CLUSTER_NODES", "REDIS_SENTINEL_NODES")
#: First words of the features that leave it to the file itself which key the proxy has.
NOT_ABOUT_THE_KEY = frozenset(("environment_variables", "reference", "cache"))
#: What may name a header (RFC 9110, token).
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}\Z")
#: Values of a configuration when each alias is replaced by what it stands for. Real ones have less than a tenth of that.
MOST_VALUES = 1000000


def resolved(value: object) -> object:
    """A setting with its ``os.environ/NAME`` references replaced, as LiteLLM does it.

    It goes down into mappings, and into the mappings of a list; text in a list stays, and lists in lists stay
    (litellm/proxy/proxy_server.py, ``_check_for_os_environ_vars``, 1.77.7 to 1.106.2).
    """
    if isinstance(value, dict):
        return {key: resolved(item) for key, item in value.items()}
    if isinstance(value, list):
        return [resolved(item) if isinstance(item, dict) else item for item in value]
    if isinstance(value, str) and value.startswith(ENVIRONMENT_REFERENCE):
        return os.environ.get(value[len(ENVIRONMENT_REFERENCE) :])
    return value


def read_configuration(proxy: Proxy, request: dict) -> Reading:
    """The configuration, read as the proxy of this instance reads it.

    :param request: ``candidate``: text of a configuration that is not live yet, None for the live one. ``mounted``: path under
        which the container sees the file that the candidate is for. Where the proxy reads a file that is made from that one at
        its start, the candidate cannot be read: the proxy's own file is.
    :raises Refusal: it cannot be read.
    """
    candidate = request.get("candidate")
    if candidate is not None and source_of(proxy, request.get("mounted")) not in (MOUNTED, COPY):
        candidate = None
    written = _parsed(proxy, candidate)
    why = features_of(written, os.environ)
    if not why:
        return Reading(written, written)
    reading = read_by_litellm(proxy, candidate, why)
    keep_secrets_of(reading.config)
    return reading


def _parsed(proxy: Proxy, candidate: object) -> dict:
    """The text of a configuration as YAML has it."""
    import yaml  # LiteLLM's own dependency

    try:
        if candidate is None and not proxy.config_path:
            return {}
        text = str(candidate) if candidate is not None else read(str(proxy.config_path)).decode("utf-8")
        config = yaml.safe_load(text.lstrip("\ufeff")) or {}
    except OSError as error:
        raise Refusal("config_unreadable", "%s: %s" % (proxy.config_path, error.strerror)) from None
    except UnicodeDecodeError:
        raise Refusal("config_unreadable", "%s is not UTF-8" % proxy.config_path) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = " at line %d, column %d" % (mark.line + 1, mark.column + 1) if mark else ""
        raise Refusal("config_unreadable", "the configuration does not parse%s" % where) from None
    except (
        ArithmeticError,
        AttributeError,
        LookupError,
        RecursionError,
        TypeError,
        ValueError,
    ):  # of yaml's constructors
        raise Refusal("config_unreadable", "the configuration does not load: a value in it is not valid") from None
    if not isinstance(config, dict):
        raise Refusal("config_unreadable", "the configuration is no mapping")
    _refuse_what_has_no_measure(config)
    keep_secrets_of(config)
    return config


def _refuse_what_has_no_measure(config: dict) -> None:
    """Refuse values that contain themselves, or grow without measure when aliases are followed, which all readers do.

    :raises Refusal: they do.
    """
    sizes: dict = {}
    around: set = set()
    pending: list = [(config, False)]
    while pending:
        value, is_done = pending.pop()
        nested = [
            item for item in (value.values() if isinstance(value, dict) else value) if isinstance(item, (dict, list))
        ]
        if is_done:
            around.discard(id(value))
            sizes[id(value)] = len(value) + sum(sizes[id(item)] for item in nested)
        elif id(value) in around:
            raise Refusal(
                "config_unreadable", "the configuration has a value that contains an alias of what it stands in"
            )
        elif id(value) not in sizes:
            around.add(id(value))
            pending.append((value, True))
            pending += [(item, False) for item in nested]
    if sizes[id(config)] > MOST_VALUES:
        raise Refusal(
            "config_unreadable",
            "with its aliases followed, the configuration would have more than %d values" % MOST_VALUES,
        )


def read_plainly(proxy: Proxy) -> dict:
    """The live configuration, without LiteLLM: for whom its import would take too much time and memory.

    :raises Refusal: it cannot be read, or only LiteLLM can tell what it makes of it.
    """
    written = _parsed(proxy, None)
    why = features_of(written, os.environ)
    if why:
        raise Refusal("only_litellm", "only LiteLLM can read %s" % ", ".join(why))
    return written


def load_settings(proxy: Proxy, request: dict) -> dict:
    """The configuration as a mapping; see :func:`read_configuration`."""
    return read_configuration(proxy, request).config


def _read_for_the_key(proxy: Proxy) -> dict:
    """The configuration, as far as keys go. LiteLLM is imported for it only where another file may say something of them."""
    written = _parsed(proxy, None)
    why = features_of(written, os.environ)
    if NOT_ABOUT_THE_KEY.issuperset(word.partition(" ")[0] for word in why):
        named = written.get("environment_variables")
        if not isinstance(named, dict) or "LITELLM_MASTER_KEY" not in named:
            return written
    return read_by_litellm(proxy, None, why).config


def is_true(value: object) -> bool:
    """Whether a setting is switched on, also where a variable or a URL gives it as a word."""
    return value is True or str(value).strip().lower() in ("true", "1", "yes", "on")


def cache_params_of(config: dict) -> dict:
    """``litellm_settings.cache_params`` with its references resolved."""
    written = (config.get("litellm_settings") or {}).get("cache_params") or {}
    return {name: resolved(value) for name, value in written.items()}


def mode_of(config: object) -> str:
    """The cache mode of a configuration whose references were replaced: only a real ``true`` switches the cache on.

    Without ``cache_params`` it is Redis from the environment; ``cache_params`` without a type are local;
    ``cache_params: null`` stops the start, which is no mode.
    """
    settings = mapping_at(config, "litellm_settings")
    params = settings.get("cache_params", {})
    if settings.get("cache") is not True or not isinstance(params, dict):
        return NONE
    if not params:
        return REDIS
    kind = params.get("type", LOCAL)
    return kind if kind in (REDIS, LOCAL) else OTHER


def form_of(params: dict) -> str:
    """How ``cache_params`` say where Redis is; ``environment`` when they do not. An empty list of nodes names none."""
    if params.get("redis_startup_nodes"):
        return "cluster"
    if params.get("sentinel_nodes"):
        return "sentinel"
    if params.get("url"):
        return "url"
    return "host" if params.get("host") else "environment"


def master_key_of(config: dict) -> object:
    """The key that the proxy itself accepts: of its configuration, else of its environment; None for none."""
    configured = resolved((config.get("general_settings") or {}).get("master_key"))
    return configured or os.environ.get("LITELLM_MASTER_KEY")


class Key(NamedTuple):
    """A LiteLLM key, None for none, and the header that the proxy looks for it in, None for the usual one."""

    value: object
    header: Optional[str] = None

    def headers(self) -> dict:
        """What a request with this key has among its headers."""
        return {self.header or "Authorization": "Bearer " + str(self.value)} if self.value else {}


def key_header_of(config: dict) -> Optional[str]:
    """The header that the proxy looks for keys in, and not in the usual one, for which None stands
    (litellm/proxy/auth/user_api_key_auth.py, ``get_api_key_from_custom_header``, 1.77.7 to 1.110.2).
    """
    name = resolved(mapping_at(config, "general_settings").get("litellm_key_header_name"))
    return name if isinstance(name, str) and HEADER_NAME.match(name) else None


def key_of(config: dict, request: dict) -> tuple:
    """The key that requests are sent with under a configuration, and where it is from.

    :param request: ``key`` is a literal one, ``key_variable`` the name of the proxy's variable that holds it; with none of them
        it is the key that the proxy itself accepts.
    :returns: the :class:`Key`, and ``option``, ``variable``, ``variable not set``, ``proxy``, or None.
    """
    value = request.get("key")
    source: Optional[str] = "option"
    if not value and request.get("key_variable"):
        value = os.environ.get(request["key_variable"])
        source = "variable" if value else "variable not set"
    elif not value:
        value = master_key_of(config)
        source = "proxy" if value else None
    return Key(value, key_header_of(config)), source


def key_for(proxy: Proxy, request: dict) -> Key:
    """The key that requests to the proxy are sent with; see :func:`key_of`.

    :raises Refusal: its configuration cannot be read, and the request names no key.
    """
    try:
        config = _read_for_the_key(proxy)
    except Refusal:
        if not request.get("key") and not request.get("key_variable"):
            raise
        config = {}
    return key_of(config, request)[0]


#: Settings of ``general_settings`` that decide which requests the proxy accepts.
SWITCHES = ("custom_auth", "enable_jwt_auth", "enable_oauth2_auth", "enforce_user_param")


def rules_of(config: dict) -> list:
    """Names of what the configuration demands of a request, and ``allowed_routes`` where they leave out chat."""
    general = resolved(config.get("general_settings") or {})
    if not isinstance(general, dict):
        return []
    rules = [name for name in SWITCHES if general.get(name) and str(general[name]).lower() != "false"]
    routes = general.get("allowed_routes")
    if isinstance(routes, list) and routes and not any(allows_chat(route) for route in routes):
        rules.append("allowed_routes")
    return rules


def allows_chat(route: object) -> bool:
    """Whether an entry of a list of allowed routes lets chat requests through."""
    words = str(route)
    return words in ("llm_api_routes", "openai_routes") or "chat/completions" in words or "*" in words
