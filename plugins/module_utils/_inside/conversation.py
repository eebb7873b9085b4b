# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests to the proxy, from inside its container."""

from __future__ import annotations

import http.client
import json
import time

from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.process import Proxy
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_url import is_host

#: Stored settings that are shown with their values.
STORED_SHOWN = ("type", "redis_type", "host", "port", "db", "ttl", "namespace", "mode", "socket_timeout",
                "socket_connect_timeout", "max_connections", "supported_call_types", "ssl")  # fmt: skip


class Conversation:
    """One keep-alive connection to the proxy of this instance.

    :param timeout: longest wait for an answer, seconds.
    """

    def __init__(self, proxy: Proxy, key: object, timeout: float) -> None:
        self._proxy = proxy
        self._headers = {"Content-Type": "application/json"}
        if key:
            self._headers["Authorization"] = "Bearer " + str(key)
        self._connection: http.client.HTTPConnection
        if proxy.scheme == "https":
            import ssl  # only where it is needed: this program starts often

            # The certificate names the public host; this is the loopback of the same container.
            context = ssl._create_unverified_context()
            self._connection = http.client.HTTPSConnection("127.0.0.1", proxy.port, timeout=timeout, context=context)
        else:
            self._connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=timeout)

    def request(self, method: str, path: str, body: object = None):
        """Send one request.

        :returns: status, headers, parsed body (None when it is no JSON), seconds it took.
        :raises OSError: the proxy does not answer.
        """
        data = json.dumps(body).encode() if body is not None else None
        started = time.monotonic()
        try:
            self._connection.request(method, self._proxy.root_path + path, data, self._headers)
            response = self._connection.getresponse()
            content = response.read()
        except http.client.HTTPException as error:
            self._connection.close()
            raise ConnectionError(type(error).__name__) from None
        seconds = time.monotonic() - started
        try:
            parsed = json.loads(content)
        except ValueError:
            parsed = None
        return response.status, response.headers, parsed, seconds

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def effective_cache_type(proxy: Proxy, key: object):
    """What the running proxy says of its cache, and its version.

    ``/health/readiness`` tells both up to LiteLLM 1.83; from 1.90 only ``/health/readiness/details`` does,
    which wants the key (seen on 1.72 to 1.106).

    :returns: ``(answered, cache type or None, version or None)``.
    """
    conversation = Conversation(proxy, key, timeout=10.0)
    try:
        status, _headers, body, _seconds = conversation.request("GET", "/health/readiness")
        if not isinstance(body, dict) or "cache" not in body:
            status, _headers, details, _seconds = conversation.request("GET", "/health/readiness/details")
            body = details if status == 200 and isinstance(details, dict) else {}
        return True, _type_name(body.get("cache")), body.get("litellm_version")
    except OSError:
        return False, None, None
    finally:
        conversation.close()


def stored_settings(proxy: Proxy, key: object) -> dict:
    """The cache settings in LiteLLM's own database, which replace those of the file within 30 s of a start.

    ``/cache/settings`` tells them from LiteLLM 1.79 on, which is also the first that has them.

    :returns: ``settings`` (None for no row; values outside a short list are only named) and ``problem``: why it is
        not known.
    """
    conversation = Conversation(proxy, key, timeout=10.0)
    try:
        status, _headers, body, _seconds = conversation.request("GET", "/cache/settings")
    except OSError as error:
        return {"settings": None, "problem": "/cache/settings: %s" % type(error).__name__}
    finally:
        conversation.close()
    if status == 404:
        return {"settings": None, "problem": None}
    if status != 200 or not isinstance(body, dict):
        return {"settings": None, "problem": "/cache/settings answers with status %s" % status}
    values = body.get("current_values") or {}
    shown = {name: value if _is_shown(name, value) else "set" for name, value in values.items() if value is not None}
    return {"settings": shown or None, "problem": None}


def _is_shown(name: str, value: object) -> bool:
    """Whether the value of a stored setting is told: no secret stands there, also not in the place of a host."""
    return name in STORED_SHOWN and (name != "host" or is_host(value))


def _type_name(cache: object):
    """LiteLLM reports the type as a word, or as the text of an enumeration's member."""
    if isinstance(cache, dict):
        cache = cache.get("type")
    return str(cache).rpartition(".")[2].lower() if cache else None
