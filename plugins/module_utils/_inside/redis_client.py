# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""A plain client of our own for the Redis that ``cache_params`` name, from inside an instance."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit

from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.program import Refusal
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_environment import (
    CONNECTION_SETTINGS,
    as_the_proxy_connects,
    connection_settings,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_servers import (
    group_client,
    group_of,
    place_of_group,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_url import DEFAULT_PORT, name_of, read_url


def place_of(settings: dict) -> dict:
    """Host, port and database that cache settings or connection arguments name.

    :param settings: ``cache_params`` with references resolved, or ``connection_kwargs`` of a redis-py pool.
    :raises Refusal: a URL does not parse as meant.
    """
    if settings.get("url"):
        url = read_url(settings["url"], name_of(settings["url"], "cache_params.url"))
        return {"host": url.socket or url.host, "port": url.port, "db": url.db or 0}
    if settings.get("path"):
        return {"host": settings["path"], "port": 0, "db": int(settings.get("db") or 0)}
    return {
        "host": settings.get("host"),
        "port": int(settings.get("port") or DEFAULT_PORT),
        "db": int(settings.get("db") or 0),
    }


def place_in_effect(params: dict) -> dict:
    """The place that the proxy goes to: what ``cache_params`` name, with what its environment adds or puts in its place.

    :param params: ``cache_params`` of the type redis, with references resolved.
    :returns: host, port and database; for several servers as :func:`place_of_group`.
    :raises Refusal: it cannot be read.
    """
    connected = as_the_proxy_connects(params)
    return place_of(connected) if group_of(connected) is None else place_of_group(connected)


def redis_library():
    """redis-py of the container."""
    try:
        import redis
    except ImportError:
        raise Refusal("redis_py_missing", "redis-py cannot be imported in the container") from None
    return redis


def plain_client(params: dict, timeout: float):
    """A client of our own for the Redis that ``cache_params`` name, with a timeout that is sure to hold.

    :param params: ``cache_params`` with references resolved.
    :param timeout: seconds for each wait. One that is not answered is not repeated, as redis-py 8 would ten times; only a
        client of a Cluster goes to its nodes as often as redis-py wants.
    """
    library = redis_library()
    waits = {"socket_timeout": timeout, "socket_connect_timeout": timeout, "retry": _no_retry()}
    if group_of(params):
        return group_client(library, params, dict(connection_settings(params), **waits))
    if not params.get("url"):
        return library.Redis(**connection_settings(params), **waits)
    # Timeouts in the URL would win, and a wrong word in its query would stop the look.
    parts = urlsplit(str(params["url"]))
    kept = [pair for pair in parse_qsl(parts.query) if pair[0] in CONNECTION_SETTINGS]
    # Not by urlunsplit, which makes unix:/path of unix:///path (Python 3.11).
    return library.Redis.from_url("%s://%s%s?%s" % (parts.scheme, parts.netloc, parts.path, urlencode(kept)), **waits)


def _no_retry():
    """redis-py's word for one attempt, which all versions know."""
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    return Retry(NoBackoff(), 0)


def server_of(facts: dict) -> dict:
    """Kind and version of a server.

    :param facts: what INFO answers.
    """
    return {
        "name": facts.get("server_name") or "redis",
        "version": facts.get("valkey_version") or facts.get("redis_version"),
        "mode": facts.get("redis_mode") or facts.get("server_mode"),  # Valkey's word for it
    }
