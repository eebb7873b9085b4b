# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Judges an edit by PyYAML and the options alone. Shares no code with the product, and imports none of it.

``faults`` tells what is wrong with an edited text: settings that are none of the cache's, what the options ask for, and lines
that no edit of the cache may touch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Optional

import yaml

CONNECTION = ("url", "host", "port", "username", "password", "db")
GROUP = ("redis_startup_nodes", "sentinel_nodes", "service_name", "sentinel_password")
TLS = ("ssl", "ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_check_hostname", "ssl_cert_reqs")
TIMES = ("socket_connect_timeout", "socket_timeout", "retry_on_timeout", "health_check_interval")
REDIS_ONLY = frozenset((*CONNECTION, *GROUP, *TLS, *TIMES, "connection_pool_timeout", "max_connections"))
ROUTER_ONLY = frozenset(("redis_host", "redis_port", "redis_password", "redis_db", "redis_url", "cache_kwargs"))
#: Keys of ``cache_params`` that an edit may write.
OURS = REDIS_ONLY | {"type", "ttl", "supported_call_types", "namespace"}
DEFAULTS = {"redis_host": "redis", "redis_port": 6379, "redis_db": 1, "socket_timeout": 30}
SECTIONS = ("litellm_settings", "router_settings")
_HEADERS = (("litellm_settings",), ("router_settings",), ("litellm_settings", "cache_params"))
_KEY_OF_OURS = re.compile(
    r"[\s#]*(cache|cache_params|litellm_settings|router_settings|" + "|".join(sorted(OURS | ROUTER_ONLY)) + r")[ ]*:"
)


@lru_cache(maxsize=16)
def loaded(text: str) -> Optional[dict]:
    """What LiteLLM loads; None where it loads nothing, or no mapping. Nobody changes it."""
    try:
        model = yaml.load(text[1:] if text.startswith("\ufeff") else text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        return None
    return model if isinstance(model, dict) else None


def _mapping(model: Any, *path: str) -> dict:
    for key in path:
        model = model.get(key) if isinstance(model, dict) else None
    return model if isinstance(model, dict) else {}


def is_reference(value: Any) -> bool:
    """Whether a value stands for a variable."""
    return isinstance(value, str) and value.startswith("os.environ/")


def mode_of(model: dict) -> str:
    """local, redis, or other, as LiteLLM reads it: without a type it is local. A reference counts as true."""
    params = _mapping(model, "litellm_settings", "cache_params")
    switch = _mapping(model, "litellm_settings").get("cache")
    if switch is not True and not (is_reference(switch) and params):
        return "other"
    kind = params.get("type", "local" if params else "redis")
    return kind if kind in ("local", "redis") else "other"


def others(model: dict) -> dict[str, str]:
    """Everything that is none of the cache's, as text by its place."""
    settings, router = (_mapping(model, section) for section in SECTIONS)
    found = {str(key): repr(value) for key, value in model.items() if key not in SECTIONS}
    found.update({f"settings.{key}": repr(settings[key]) for key in settings if key not in ("cache", "cache_params")})
    found.update({f"router.{key}": repr(router[key]) for key in router if key not in ROUTER_ONLY})
    params = _mapping(settings, "cache_params")
    found.update({f"params.{key}": repr(params[key]) for key in params if key not in OURS})
    return found


@dataclass(frozen=True)
class Judged:
    """An edit: the text before and after, and the options that it is for; ``allowed`` are Redis keys that local mode ignores."""

    before: str
    after: str
    options: dict
    allowed: frozenset = frozenset()

    def faults(self) -> Iterator[str]:
        """What is wrong."""
        before, after = loaded(self.before), loaded(self.after)
        if before is None or after is None:
            yield "it does not load"
            return
        kept, now = others(before), others(after)
        for place in kept.keys() | now.keys():
            if kept.get(place) != now.get(place):
                yield f"{place} was {kept.get(place)} and is {now.get(place)}"
        params = _mapping(after, "litellm_settings", "cache_params")
        if mode_of(after) != self.options["mode"] or params.get("type", "local") != self.options["mode"]:
            yield f"the mode is {mode_of(after)}"
        yield from self._settings(params)
        yield from (self._local if self.options["mode"] == "local" else self._redis)(params, before, after)
        yield from self._bytes()

    def _asked(self, option: str) -> Any:
        return self.options.get(option)

    def _settings(self, params: dict) -> Iterator[str]:
        left_out = self.options.get("leave_out", ()) if self.options["mode"] == "redis" else ()
        for key in ("ttl",):
            if self._asked(key) is not None and key not in left_out and str(params.get(key)) != str(self._asked(key)):
                yield f"{key} is {params.get(key)}"
        types = self._asked("supported_call_types")
        if types is not None and sorted(map(str, params.get("supported_call_types") or ())) != sorted(types):
            yield f"supported_call_types are {params.get('supported_call_types')}"

    def _local(self, params: dict, _before: dict, after: dict) -> Iterator[str]:
        for key in REDIS_ONLY & params.keys() - self.allowed:
            yield f"{key} is left in cache_params"
        for key in ROUTER_ONLY & _mapping(after, "router_settings").keys():
            yield f"{key} is left in router_settings"

    def _redis(self, params: dict, before: dict, after: dict) -> Iterator[str]:
        left_out = self.options.get("leave_out", ())
        for key in left_out:
            if key in params:
                yield f"{key} is not left out"
        if params.get("url") is not None or any(params.get(key) for key in GROUP):
            if self._asked("redis_form") == "host" and "host" not in params:
                yield "the form is not host"
        else:
            yield from self._place(params, left_out)
        for key in ("namespace", "max_connections"):
            if self._asked(key) is not None and key not in left_out and params.get(key) != self._asked(key):
                yield f"{key} is {params.get(key)}"
        yield from self._times(params)
        yield from self._router(params, before, after)

    def _place(self, params: dict, left_out: Any) -> Iterator[str]:
        """The host form: what is asked for, else what the file refers to, else the defaults."""
        if self._asked("redis_url_env") or self._asked("redis_cluster_nodes"):
            yield "the form is host"
        for key in ("host", "port", "db"):
            option = f"redis_{key}"
            wanted = self.options.get(option, DEFAULTS[option])
            stays = wanted == DEFAULTS[option] and (is_reference(params.get(key)) or is_reference(params.get("host")))
            if key not in left_out and not stays and str(params.get(key)) != str(wanted):
                yield f"{key} is {params.get(key)}"
        env = self._asked("redis_password_env")
        password = f"os.environ/{env}" if env else self._asked("redis_password")
        for key, value in (("password", password), ("username", self._asked("redis_username"))):
            if value is not None and key not in left_out and params.get(key) != value:
                yield f"{key} is not the one asked for"

    def _times(self, params: dict) -> Iterator[str]:
        wanted = self.options.get("socket_timeout", DEFAULTS["socket_timeout"])
        value = params.get("socket_timeout")
        if value != wanted and not (wanted == DEFAULTS["socket_timeout"] and is_reference(value)):
            yield f"socket_timeout is {value!r}"

    def _router(self, params: dict, before: dict, after: dict) -> Iterator[str]:
        was, router = _mapping(before, "router_settings"), _mapping(after, "router_settings")
        own = router.get("redis_url") is not None or (
            router.get("redis_host") is not None and router.get("redis_port") is not None
        )
        if self._asked("router") == "none" and ROUTER_ONLY & router.keys():
            yield "the router has keys of Redis"
        elif own and router != was and "host" in params and router.get("redis_url") is None:
            for key in ("host", "port"):
                if key in params and str(params[key]) != str(router.get(f"redis_{key}")):
                    yield f"the router's {key} is {router.get(f'redis_{key}')}"

    def _bytes(self) -> Iterator[str]:
        """Lines that are none of the cache's, one by one."""
        if self.after.startswith("\ufeff") != self.before.startswith("\ufeff"):
            yield "the byte order mark"
        if not re.search("(^|[^\r])\n", self.before) and "\n" in self.before and re.search("(^|[^\r])\n", self.after):
            yield "a line end is another"
        was, now = _lines_of(self.before), _lines_of(self.after)
        written_out = was.merging_sections ^ now.merging_sections
        whole = was.whole_sections | now.whole_sections | written_out
        if was.foreign(whole) != now.foreign(whole):
            yield f"lines: {_difference(was.foreign(whole), now.foreign(whole))}"
        ours = was.bare_ours(whole) | now.bare_ours(whole)
        if was.comments(ours) != now.comments(ours):
            yield f"comments: {_difference(was.comments(ours), now.comments(ours))}"


def _difference(was: list[str], now: list[str]) -> str:
    place = next((place for place, (one, two) in enumerate(zip(was, now)) if one != two), min(len(was), len(now)))
    return f"{was[place : place + 2]} became {now[place : place + 2]}"


def _bare(line: str) -> str:
    """A line without indent, comment signs and line end."""
    return re.sub(r"\A[\s#]+", "", line).rstrip()


class Lines:
    """The lines of a text, each with the key that it belongs to: the last that starts at or above it."""

    def __init__(self, text: str) -> None:
        text = text[1:] if text.startswith("\ufeff") else text
        self._starts: dict[int, tuple[str, ...]] = {}
        self.whole_sections: set[tuple[str, ...]] = set()
        self.merging_sections: set[tuple[str, ...]] = set()
        self._text = text
        self._walk(yaml.compose(text, Loader=yaml.SafeLoader), (), -1)
        if _HEADERS[-1] not in self._starts.values():
            self.whole_sections.add(_HEADERS[-1])
        owner: tuple[str, ...] = ()
        self._lines: list[tuple[str, tuple[str, ...]]] = []
        for number, line in enumerate(text.split("\n")):
            owner = ("...",) if line.startswith("...") else self._starts.get(number, owner)
            self._lines.append((line, owner))

    def _walk(self, node: yaml.Node, path: tuple[str, ...], index: int) -> None:
        """Note where the keys of the sections of ours start; what is no block mapping is edited as a whole."""
        in_block = isinstance(node, yaml.MappingNode) and not node.flow_style and node.start_mark.index > index
        if not in_block:
            self.whole_sections.add(path)
            return
        for key, value in node.value:
            place = (*path, str(key.value))
            if key.tag == "tag:yaml.org,2002:merge":
                self.merging_sections.add(path)
            self._starts[self._text.count("\n", 0, key.start_mark.index)] = place  # PyYAML counts other line ends too
            if place in _HEADERS:
                self._walk(value, place, key.start_mark.index)

    @staticmethod
    def _is_ours(owner: tuple[str, ...], whole: set[tuple[str, ...]]) -> bool:
        if any(owner[: len(path)] == path for path in whole if path):
            return True
        if owner in _HEADERS:  # a section of ours that goes can come back in another place
            return True
        if owner[:1] == ("router_settings",):
            return owner[1:2] != () and owner[1] in ROUTER_ONLY
        if owner[:2] == ("litellm_settings", "cache_params"):
            return owner[2:] != () and owner[2] in OURS
        return owner == ("litellm_settings", "cache")

    def foreign(self, whole: set[tuple[str, ...]]) -> list[str]:
        """The live lines that are none of the cache's."""
        return [line.rstrip("\r") for line, owner in self._lines if _is_live(line) and not self._is_ours(owner, whole)]

    def bare_ours(self, whole: set[tuple[str, ...]]) -> set[str]:
        """The words of the live lines of the cache, which may be comments in the other text."""
        return {_bare(line) for line, owner in self._lines if self._is_ours(owner, whole)}

    def comments(self, ours: set[str]) -> list[str]:
        """The comments that are none of the cache's settings."""
        return [
            _bare(line)
            for line, _owner in self._lines
            if line.strip() and not _is_live(line) and not _KEY_OF_OURS.match(line) and _bare(line) not in ours
        ]


@lru_cache(maxsize=16)
def _lines_of(text: str) -> Lines:
    return Lines(text)


def _is_live(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")
