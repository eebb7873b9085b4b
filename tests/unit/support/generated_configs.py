# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A strategy of hypothesis for configurations as people write them.

Each text is drawn line by line: a style (indents, line ends, byte order mark), sections in any order, comments between any
two lines and behind any value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable

from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy], Any]

#: Values of keys that are none of ours: what stands behind the colon, and the lines below it, relative to the key's children.
FOREIGN_VALUES: tuple[tuple[str, tuple[str, ...]], ...] = tuple(
    (token, ())
    for token in (
        "true | True | yes | off | 3 | 0x1F | 1_000 | 012 | 1:30 | 1e3 | .inf | 2026-01-02 | ~ | null | !!str 5 | &mine v | "
        "*base | os.environ/NAME | plain text | \"a # b: c\" | \"tab\\t end\" | 'it''s' | 🚀 Ключ | [a, b] | [] | "
        '{a: 1, b: [x, "y"]} | {} | "" | -1 | a#b'
    ).split(" | ")
) + (
    ("", ()),
    ("|", ("text", "# no comment", "", "redis_host: no key")),
    (">-", ("folded", "  more", "text")),
    ("|+", ("kept", "", "")),
    ("|2-", ("  deeper", "text")),
    ("", ("- a", "- b  # two", "- c: 1", "  d: 2")),
    ("", ("a: 1", "b:", "  # inside", "  redis_host: nested")),
    ("[a,", ("b, # why", "c]")),
    ('"open', ('closed"',)),
    ("plain", ("goes on",)),
    ("", ("<<: *base", "z: 1")),
)
COMMENTS = (
    "# note",
    "#no blank",
    "#",
    "##  headline ##",
    "# Redis временно отключён 🚫",
    "# a: b: c",
    "# - item",
    "# see docs: https://example.org/#x",
)
BEHIND = ("", "", "", "", " # why", "  # pragma: allowlist secret", "   #tight", " # type: redis", "  ")
ROUTER_KEYS = ("num_retries", "timeout", "routing_strategy", "model_group_alias", "fallbacks")
SETTINGS_KEYS = ("drop_params", "callbacks", "json_logs", "request_timeout", "success_callback")
PARAMS_KEYS = ("mode", "s3_bucket_name", "similarity_threshold", "custom_key")
#: Keys and their tokens as files have them, commented or live.
REDIS_PARAMS = {
    "host": ("redis", '"redis"', "'cache.example.org'", "os.environ/REDIS_HOST"),
    "port": ("6379", '"6379"', "os.environ/REDIS_PORT"),
    "password": ('"OldPassw0rd"', "os.environ/REDIS_PASSWORD", "'${REDIS_PASSWORD}'", '""'),
    "db": ("0", "1", '"2"'),
    "username": ("litellm",),
    "ttl": ("600", "60.5", "os.environ/TTL"),
    "namespace": ("litellm", '"a:b"'),
    "supported_call_types": ('["acompletion", "aembedding"]', "[acompletion]", "[]"),
    "ssl": ("true", "false"),
    "max_connections": ("50",),
    "socket_timeout": ("5", "5.0", '"5"'),
    "connection_pool_timeout": ("5",),
    "retry_on_timeout": ("true", "yes"),
}
ROUTER_REDIS = {
    "redis_host": ("redis", '"redis"', "os.environ/REDIS_HOST"),
    "redis_port": ("6379", '"6379"'),
    "redis_password": ("os.environ/REDIS_PASSWORD", '"OldPassw0rd"'),
    "redis_db": ("0", "1"),
    "redis_url": ("os.environ/REDIS_URL",),
    "cache_kwargs": ("{db: 5, client_name: app}", "{}"),
}
#: The first lines of ``cache_params``, by the kind of cache.
CACHE_KINDS: tuple[tuple[str, ...], ...] = (
    ("type: local",),
    ("type: 'local'",),
    ("type: redis",),
    ('type: "redis"', "host: redis", "port: 6379"),
    (
        "type: redis",
        "host: os.environ/REDIS_HOST",
        "port: os.environ/REDIS_PORT",
        "password: os.environ/REDIS_PASSWORD",
    ),
    ("type: redis", "url: os.environ/REDIS_URL"),
    ("type: redis", "url: redis://redis:6379/1"),
    ("type: redis", 'redis_startup_nodes: [{"host": "a", "port": 7001}]'),
    ("type: redis", "service_name: mymaster", "sentinel_nodes: [[s1, 26379], [s2, 26379]]"),
    ("type: redis-semantic", "host: redis", "similarity_threshold: 0.8", "redis_semantic_cache_embedding_model: e"),
    ("type: qdrant-semantic", "qdrant_api_base: http://q", "qdrant_collection_name: c"),
    ("type: s3", "s3_bucket_name: b", "s3_region_name: r"),
    ("type: gcs", "gcs_bucket_name: b"),
    ("type: disk", "disk_cache_dir: /tmp/c"),
    ("type: azure-blob", "azure_account_url: u"),
    ("type: &kind redis", "host: &place redis"),
    ("<<: *params",),
    ("<<: *params", "type: local"),
)
#: The same for a whole section; the anchors stand at the top of the file.
WHOLE_ROUTERS = (
    "{redis_host: redis}",
    '{redis_host: redis, "redis_port": 6379, num_retries: 3, fallbacks: [{a: [b, "c: d"]}], timeout: ~}',
    "{redis_url: os.environ/REDIS_URL, model_group_alias: {gpt-4: x}}",
    "{cache_kwargs: {db: 5}}",
    "*router",
    "{num_retries: 3}",
)
WHOLE_SETTINGS = (
    "{cache: true, cache_params: {type: redis, host: redis, ttl: 60}, callbacks: [a, {b: c}]}",
    "{cache: true, cache_params: {type: local}, drop_params: true}",
    "{drop_params: true}",
)
WHOLE_PARAMS = ("", " ~", " null", " {}", " {type: redis, host: redis, ttl: 60}", " {type: local}", " *params", " [1]")
SWITCHES = ("true", "True", "false", "yes", '"true"', "os.environ/CACHE", "on", "", "{type: redis}", "!!bool true")
HEADS = ("", "", "", "", "---\n", "# config 🚀\n\n", "%YAML 1.1\n---\n", "\n\n", "--- # start\n")
TAILS = ("", "", "", "\n", "\n\n  \n", "# the end\n", "  # redis_host: end\n", "...\n", "---\nb: 1\n")


@dataclass(frozen=True)
class Style:
    """How a file is written."""

    step: int
    list_step: int
    comments: bool

    def indented(self, lines: tuple[str, ...], column: int) -> list[str]:
        """Lines at a column; empty ones stay empty."""
        return [" " * column + line if line else "" for line in lines]


def seldom(times: int) -> st.SearchStrategy:
    """True once in so many times; hypothesis prefers the ends of a range of numbers."""
    return st.sampled_from((False,) * (times - 1) + (True,))


def _key(draw: Draw, style: Style, key: str, value: tuple[str, tuple[str, ...]], column: int) -> list[str]:
    """The lines of a key with its value."""
    token, below = value
    behind = draw(st.sampled_from(BEHIND)) if not token.startswith(('"open', "plain", "[a,")) or not below else ""
    first = f"{' ' * column}{key}:{' ' + token if token else ''}{behind}"
    return [first, *style.indented(below, column + style.step)]


def _line(draw: Draw, style: Style, line: str, column: int) -> list[str]:
    """A key with a value on its line."""
    key, value = line.split(":", 1)
    return _key(draw, style, key, (value.strip(), ()), column)


def _comments(draw: Draw, style: Style, column: int, known: dict[str, tuple[str, ...]]) -> list[str]:
    """Comments to stand between two lines: words, or keys in one of both styles."""
    if not style.comments or not draw(seldom(5)):
        return []
    kind = draw(st.sampled_from(("words", "blank", "at the key", "at the parent")))
    if kind == "blank":
        return [""]
    if kind == "words" or not known:
        return [" " * draw(st.sampled_from((column, column, 0, column + 1))) + draw(st.sampled_from(COMMENTS))]
    keys = draw(st.lists(st.sampled_from(sorted(known)), min_size=1, max_size=3, unique=True))
    lines = [f"{key}: {draw(st.sampled_from(known[key]))}{draw(st.sampled_from(BEHIND)).rstrip()}" for key in keys]
    if kind == "at the key" or column < style.step:
        return [" " * column + "# " + line for line in lines]
    return [" " * (column - style.step) + "#" + " " * (style.step + 1) + line for line in lines]


def _with_keys(draw: Draw, style: Style, column: int, keys: list[list[str]], known: dict) -> list[str]:
    """The keys of a mapping in a drawn order, with comments between them."""
    lines: list[str] = []
    for key in draw(st.permutations(keys)):
        lines += [*_comments(draw, style, column, known), *key]
    return lines + _comments(draw, style, column, known)


def _foreign(draw: Draw, style: Style, names: tuple[str, ...], column: int, most: int = 3) -> list[list[str]]:
    keys = draw(st.lists(st.sampled_from(names), max_size=most, unique=True))
    return [_key(draw, style, key, draw(st.sampled_from(FOREIGN_VALUES)), column) for key in keys]


def _known(draw: Draw, style: Style, known: dict[str, tuple[str, ...]], column: int, most: int) -> list[list[str]]:
    keys = draw(st.lists(st.sampled_from(sorted(known)), max_size=most, unique=True))
    return [_line(draw, style, f"{key}: {draw(st.sampled_from(known[key]))}", column) for key in keys]


def _params(draw: Draw, style: Style, column: int) -> list[str]:
    """The lines of ``cache_params``."""
    inner = column + style.step
    if draw(seldom(6)):
        return [" " * column + "cache_params:" + draw(st.sampled_from(WHOLE_PARAMS))]
    kind = draw(st.sampled_from(CACHE_KINDS))
    taken = {line.split(":")[0] for line in kind}
    first = [_line(draw, style, line, inner) for line in kind]
    free = {key: tokens for key, tokens in REDIS_PARAMS.items() if key not in taken}
    others = [key for key in PARAMS_KEYS if key not in taken]
    more = _known(draw, style, free, inner, 4) + _foreign(draw, style, tuple(others), inner, 1)
    header = " " * column + "cache_params:" + draw(st.sampled_from(BEHIND))
    return [header, *_with_keys(draw, style, inner, first + more, REDIS_PARAMS)]


def _settings(draw: Draw, style: Style) -> list[str]:
    if draw(seldom(8)):
        return [f"litellm_settings: {draw(st.sampled_from(WHOLE_SETTINGS))}{draw(st.sampled_from(BEHIND))}"]
    keys = _foreign(draw, style, SETTINGS_KEYS, style.step)
    if not draw(seldom(4)):
        keys.append(_line(draw, style, "cache: " + draw(st.sampled_from(("true", "true", *SWITCHES))), style.step))
    if not draw(seldom(4)):
        keys.append(_params(draw, style, style.step))
    known = {"cache": ("true",), "cache_params": ("",), "json_logs": ("true",)}
    return _section(draw, style, "litellm_settings", keys, known)


def _router(draw: Draw, style: Style) -> list[str]:
    if draw(seldom(6)):
        return [f"router_settings: {draw(st.sampled_from(WHOLE_ROUTERS))}{draw(st.sampled_from(BEHIND))}"]
    keys = _foreign(draw, style, ROUTER_KEYS, style.step)
    if draw(seldom(6)):
        keys.append([" " * style.step + "<<: *router" + draw(st.sampled_from(BEHIND))])
    redis = {key: tokens for key, tokens in ROUTER_REDIS.items() if key != "cache_kwargs"}
    keys += _known(draw, style, draw(st.sampled_from((redis, ROUTER_REDIS))), style.step, draw(st.sampled_from((0, 4))))
    if draw(seldom(5)) and not any(key[0].strip().startswith("cache_kwargs") for key in keys):
        inner = _known(draw, style, {"db": ("5",), "username": ("u",), "client_name": ("app",)}, 2 * style.step, 3)
        keys.append(
            [" " * style.step + "cache_kwargs:", *_with_keys(draw, style, 2 * style.step, inner, {"db": ("5",)})]
        )
    return _section(draw, style, "router_settings", keys, ROUTER_REDIS)


def _section(draw: Draw, style: Style, name: str, keys: list[list[str]], known: dict) -> list[str]:
    """A section at the top level; without keys it is empty in one of several ways."""
    if not keys:
        empty = draw(st.sampled_from(("", "", " ~", " null", " {}", " # nothing yet")))
        return [f"{name}:{empty}", *_comments(draw, style, style.step, known)]
    header = f"{name}:{draw(st.sampled_from(BEHIND))}"
    return [header, *_with_keys(draw, style, style.step, keys, known)]


def _models(draw: Draw, style: Style) -> list[str]:
    """A list of models with aliases and merge keys in it."""
    dash = " " * style.list_step
    lines = ["model_list:"]
    for name in draw(st.lists(st.sampled_from(("gpt-4o", '"claude"', "'o''3'")), min_size=1, max_size=2)):
        lines += [*_comments(draw, style, style.list_step, {}), f"{dash}- model_name: {name}"]
        lines += [f"{dash}  litellm_params:", f"{dash}    <<: *base", f"{dash}    api_key: os.environ/KEY # 🔑"]
    return lines


@st.composite
def texts(draw: Draw) -> str:
    """A configuration as people write them; now and then one that does not load."""
    style = Style(draw(st.sampled_from((2, 2, 2, 4, 1, 3))), draw(st.sampled_from((0, 2))), not draw(seldom(4)))
    sections = [_models, _settings, _router, _general, _include]
    router = draw(
        st.sampled_from(("{redis_host: merged, redis_port: 1, retry_after: 7}", "{redis_url: u}", "{retry_after: 7}"))
    )
    base = ["base: &base {a: 1, b: [x]}", f"router: &router {router}"]
    parts = [[*base, "params: &params", *_defaults(draw, style)]]
    if draw(st.booleans()):
        parts[0].insert(0, draw(st.sampled_from(COMMENTS)))
    for section in draw(st.permutations(sections)):
        if section is _models or not draw(seldom(5)):
            between = draw(st.sampled_from(([], [""], [""], ["", "# ---- " + "section"], ["", ""])))
            parts.append([*between, *section(draw, style)])
    text = draw(st.sampled_from(HEADS)) + "\n".join(line for part in parts for line in part) + "\n"
    text += draw(st.sampled_from(TAILS))
    if draw(seldom(8)):
        text = odd(draw, text)
    return _ended(draw, text)


def _defaults(draw: Draw, style: Style) -> list[str]:
    """What the anchor ``params`` holds."""
    kinds = (
        ("ttl: 600",),
        ("type: local", "ttl: 600"),
        ("type: redis", "host: merged", "ttl: 60"),
        ("mode: default_off",),
    )
    return style.indented(draw(st.sampled_from(kinds)), style.step)


def _general(draw: Draw, style: Style) -> list[str]:
    keys = [[" " * style.step + "master_key: os.environ/LITELLM_MASTER_KEY"]]
    return _section(
        draw, style, "general_settings", keys + _foreign(draw, style, SETTINGS_KEYS, style.step), ROUTER_REDIS
    )


def _include(draw: Draw, style: Style) -> list[str]:
    return draw(
        st.sampled_from((["include: [models.yaml]"], ["include:", "- models.yaml"], ["environment_variables: {A: b}"]))
    )


def odd(draw: Draw, text: str) -> str:
    """The text with something in one place that seldom stands there."""
    lines = text.split("\n")
    place = draw(st.integers(0, len(lines) - 1))
    piece = draw(
        st.sampled_from(("\t", "\t# tab", " \u2028", "\x85", " # \u2029 x", "  ", "\ufeff", "\r", "'", ": x", "\x0c"))
    )
    lines[place] += piece
    return "\n".join(lines)


def _ended(draw: Draw, text: str) -> str:
    """The text with other line ends, without the last one, with a byte order mark."""
    kind = draw(st.sampled_from(("", "", "", "crlf", "mixed", "open", "crlf open")))
    if "crlf" in kind:
        text = text.replace("\n", "\r\n")
    if kind == "mixed":
        text = text.replace("\n", "\r\n", 5)
    if "open" in kind:
        text = text.rstrip("\r\n")
    return draw(st.sampled_from(("", "", "", "", "\ufeff"))) + text
