# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""URLs of Redis: read as redis-py reads them, and refused where that is not what was meant.

A password that stands in a URL as it is, with an ``@``, a ``/``, a ``#`` or the like, moves the borders of the URL's parts: a
piece of it becomes the host, the port or the path. So a URL is read here, by the program inside an instance and on the
managed host alike, before anything is made of it, and no message has a part of one that was refused.
"""

from __future__ import annotations

import importlib
import os
import re
from typing import Any, NamedTuple, Optional
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.program import Refusal

DEFAULT_PORT = 6379
#: The schemes that redis-py knows (connection.py, parse_url, redis-py 5.2 to 8.1); it stops at any other.
SCHEMES = ("redis", "rediss", "unix")
#: Longest URL that is looked at, characters.
LONGEST = 4096

_HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,252}[A-Za-z0-9])?\.?\Z|[0-9A-Fa-f:.]+(%[A-Za-z0-9_.-]+)?\Z")
_NO_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_QUERY_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")

#: A password whose own characters look like an escape is another one when its URL was read, which the URL does not show.
LOGIN_HINT = " (a password in a URL must be percent-encoded, a % in it too, as %25)"


class RedisUrl(NamedTuple):
    """What a URL says, decoded. ``socket`` is the path of a Unix socket; ``db`` is None where it names none."""

    scheme: str
    host: str
    port: int
    socket: Optional[str]
    db: Optional[int]
    username: Optional[str]
    password: Optional[str]
    query: dict


def unlike_meant(name: str) -> str:
    """The one sentence about a URL that does not parse as meant.

    :param name: the setting, option or variable that holds it.
    """
    return (
        "the URL in %s does not parse as meant: a password in a URL must be percent-encoded (or use host and password)"
        % name
    )


def read_url(url: object, name: str) -> RedisUrl:
    """The parts of a URL, as redis-py 5.2 to 8.1 takes them (connection.py, parse_url).

    :param name: the setting, option or variable that holds it.
    :raises Refusal: it does not parse as meant (``redis_url``), or is none of Redis (``redis_url_scheme``).
    """
    text = str(url)
    if len(text) > LONGEST or _CONTROL.search(text) or text != text.strip():
        raise Refusal("redis_url", unlike_meant(name))
    if not any(text.startswith(scheme + "://") for scheme in SCHEMES):
        known = ", ".join(scheme + "://" for scheme in SCHEMES)
        raise Refusal("redis_url_scheme", "the URL in %s begins with none of %s" % (name, known))
    try:
        return _parts(text)
    except ValueError:  # its text may have a piece of the password
        raise Refusal("redis_url", unlike_meant(name)) from None


def _parts(text: str) -> RedisUrl:
    """The parts of a URL with a known scheme.

    :raises ValueError: it does not parse as meant.
    """
    parts = urlsplit(text)
    login, at, address = parts.netloc.rpartition("@")
    # Whatever of a password ends the part before the host too early leaves the @ before the host behind it.
    if "#" in text or "@" in login or "@" in parts.path or (at and "@" in parts.query) or not _is_query(parts.query):
        raise ValueError
    if _NO_ESCAPE.search(text) or "[" in login or "]" in login:
        raise ValueError
    query = {name: _decoded(values[0]) for name, values in parse_qs(parts.query).items()}
    username = unquote(parts.username) if parts.username else query.get("username")
    password = unquote(parts.password) if parts.password else query.get("password")
    number = query.get("db")
    if parts.scheme == "unix":
        if address or not parts.path:
            raise ValueError
        return RedisUrl(parts.scheme, "", 0, unquote(parts.path), _number(number), username, password, query)
    host = unquote(parts.hostname or "localhost")
    if not is_host(host):
        raise ValueError
    db = _number(number if number is not None else unquote(parts.path).replace("/", ""))
    return RedisUrl(parts.scheme, host, parts.port or DEFAULT_PORT, None, db, username, password, query)


def _decoded(value: str) -> str:
    """A value of a query as redis-py has it, which decodes once more what ``parse_qs`` has decoded: 5.2 to 7.0 do, 8.1 does not.

    The installed one is asked; without one it is as with the older ones.
    """
    if "%" not in value:
        return value
    try:
        parse_url = importlib.import_module("redis.connection").parse_url
    except ImportError:
        return unquote(value)
    return unquote(value) if parse_url("redis://?client_name=%2541")["client_name"] == "A" else value


def _number(text: object):
    return int(str(text)) if str(text).isdecimal() else None


def _is_query(query: str) -> bool:
    """Whether a query is made of arguments; an ``@`` is well placed only in a login that stands there."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True) if query else []
    except ValueError:
        return False
    return all(
        _QUERY_NAME.match(name) and ("@" not in value or name in ("username", "password")) for name, value in pairs
    )


def is_host(value: object) -> bool:
    """Whether a value is a host name or an address, and no URL, no login and no list."""
    return isinstance(value, str) and bool(_HOST_NAME.match(value))


def require_host(value: object, name: str) -> None:
    """Check a setting that is to name a host.

    :param name: the setting, option or variable that holds it.
    :raises Refusal: it is neither a host name nor an address; it may hold a password, so it is not told.
    """
    if not is_host(value):
        raise Refusal("redis_host", "%s is no host name and no address (a URL is none)" % name)


# ---------------------------------------------------------------------------------------------------------
# Inside an instance: which setting or variable holds it


def name_of(value: object, setting: str) -> str:
    """How the one who has to mend it calls a value: the variable of the environment that holds it, else the setting.

    LiteLLM's reader and ours replace references before this is asked, so the variable is found by its value.
    """
    holders = sorted(name for name, held in os.environ.items() if held == value)
    return "REDIS_URL" if "REDIS_URL" in holders else (holders + [setting])[0]


def require_readable(params: dict, section: str = "cache_params", prefix: str = "") -> None:
    """Check what settings say of the place of Redis, before anything is made of it.

    :param params: ``cache_params`` or ``router_settings`` with references resolved.
    :param section: how the messages call them.
    :param prefix: what stands before the names of the keys.
    :raises Refusal: a URL does not parse as meant, or a host is none.
    """
    url, host = params.get(prefix + "url"), params.get(prefix + "host")
    if url:
        read_url(url, name_of(url, "%s.%surl" % (section, prefix)))
    elif host:
        require_host(host, name_of(host, "%s.%shost" % (section, prefix)))
    for node in _nodes(params):
        require_host(node, "a host in %s" % section)


def _nodes(params: dict) -> list:
    """Hosts of the nodes and Sentinels that settings name."""
    clusters: Any = params.get("redis_startup_nodes") or params.get("startup_nodes") or []
    sentinels: Any = params.get("sentinel_nodes") or []
    hosts = [node.get("host") for node in clusters if isinstance(node, dict)] if isinstance(clusters, list) else []
    if isinstance(sentinels, list):
        hosts += [node[0] for node in sentinels if isinstance(node, (list, tuple)) and node]
    return hosts


def problem_of(params: dict, router: Any):
    """Why the place that settings name cannot be read, in one sentence; None where it can.

    :param params: ``cache_params`` with references resolved.
    :param router: ``router_settings`` with references resolved.
    """
    if not params.get("url") and not params.get("host") and os.environ.get("REDIS_URL"):
        params = dict(params, url=os.environ["REDIS_URL"])
    try:
        require_readable(params)
        require_readable(router, "router_settings", "redis_")
    except Refusal as refusal:
        return str(refusal)
    return None
