# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests to the proxy, from inside its container."""

from __future__ import annotations

import abc
import http.client
import json
import os
import time
from typing import Any

from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.configuration import (
    Key,
    allows_chat,
    is_true,
    resolved,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.kinds import first_event
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.process import Proxy, litellm_source
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_url import is_host

READY_PATH = "/health/liveliness"
#: Stands as a query behind the path of each request to a model that is ours, so that a reader of a log knows it.
OUR_MARK = "by=erni_ki.litellm"
#: How many models are told, and how long their names may be.
MODELS_AT_MOST = 500
NAME_AT_MOST = 200
#: Bytes of an answer that are read.
ANSWER_AT_MOST = 8 * 1024 * 1024
#: Stored settings that are shown with their values.
STORED_SHOWN = ("type", "redis_type", "host", "port", "db", "ttl", "namespace", "mode", "socket_timeout",
                "socket_connect_timeout", "max_connections", "supported_call_types", "ssl")  # fmt: skip


class KeepAlive(abc.ABC):
    """One keep-alive connection to LiteLLM, wherever it is.

    :param root_path: what stands before each path.
    :param key: the LiteLLM key that goes along.
    :param timeout: longest wait for an answer, seconds.
    """

    def __init__(self, root_path: str, key: Key, timeout: float) -> None:
        self._root_path = root_path
        self._timeout = timeout
        self._headers = {"Content-Type": "application/json", **key.headers()}
        self._connection: Any = None

    def request(self, method: str, path: str, body: object = None):
        """Send one request.

        :returns: status, headers, parsed body (of a stream its first event; None when it is no JSON, or longer than
            ``ANSWER_AT_MOST``), seconds it took.
        :raises OSError: the proxy does not answer; ``TimeoutError`` where it is only silent.
        """
        if self._connection is None:
            self._connection = self._connected()
        return self._exchange(self._connection, method, path, body)

    def _exchange(self, connection: Any, method: str, path: str, body: object = None):
        data = json.dumps(body).encode() if body is not None else None
        started = time.monotonic()
        try:
            connection.request(method, self._root_path + path, data, self._headers)
            response = connection.getresponse()
            content = response.read(ANSWER_AT_MOST + 1)
        except http.client.HTTPException as error:
            self.close()
            raise ConnectionError(type(error).__name__) from None
        except OSError:
            self.close()
            raise
        seconds = time.monotonic() - started
        if len(content) > ANSWER_AT_MOST:
            self.close()  # the rest of it would be taken for the next answer
        try:
            parsed = json.loads(first_event(content) or content)
        except ValueError:
            parsed = None
        return response.status, response.headers, parsed, seconds

    @abc.abstractmethod
    def _connected(self) -> Any:
        """An open connection.

        :raises OSError: there is none.
        """

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None


class Conversation(KeepAlive):
    """One keep-alive connection to the proxy of this instance.

    :param key: the LiteLLM key that goes along.
    :param timeout: longest wait for an answer, seconds.
    """

    def __init__(self, proxy: Proxy, key: Key, timeout: float) -> None:
        super().__init__(proxy.root_path, key, timeout)
        self._proxy = proxy

    def _connected(self) -> Any:
        """A connection to the first place where the process listens and, of several ports, answers as LiteLLM.

        :raises OSError: there is none.
        """
        places = self._proxy.sockets()
        several = len({port for _host, port in places}) > 1
        for host, port in places:
            connection = self._connection_to(host, port)
            try:
                connection.connect()
                if not several or self._exchange(connection, "GET", READY_PATH)[0] == 200:
                    return connection
            except OSError:
                pass
            connection.close()
        raise ConnectionRefusedError("no connection to where the proxy listens")

    def _connection_to(self, host: str, port: int):
        if self._proxy.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=self._timeout)
        import ssl  # only where it is needed: this program starts often

        # The certificate names the public host; this is an address of the same container.
        context = ssl._create_unverified_context()
        return http.client.HTTPSConnection(host, port, timeout=self._timeout, context=context)


def effective_cache_type(proxy: Proxy, key: Key):
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


def stored_settings(proxy: Proxy, key: Key, general: dict) -> dict:
    """The cache settings in LiteLLM's own database, which replace those of the file within 30 s of a start.

    ``/cache/settings`` tells them from LiteLLM 1.79 on, which is also the first that has them.

    :param general: ``general_settings`` of the configuration.
    :returns: ``settings`` (None for no row; values outside a short list are only named), ``ignored``: the setting because of
        which the proxy does not heed them, None where it does, and ``problem``: why it is not known.
    """
    unknown: dict = {"settings": None, "ignored": None, "problem": None}
    conversation = Conversation(proxy, key, timeout=10.0)
    try:
        status, _headers, body, _seconds = conversation.request("GET", "/cache/settings")
        if status == 404:
            return unknown
        if status != 200 or not isinstance(body, dict):
            return dict(unknown, problem="/cache/settings answers with status %s" % status)
        values = _without_environment(body.get("current_values") or {})
        shown = {
            name: value if _is_shown(name, value) else "set" for name, value in values.items() if value is not None
        }
        return dict(unknown, settings=shown, ignored=_why_ignored(conversation, general)) if shown else unknown
    except OSError as error:
        return dict(unknown, problem="/cache/settings: %s" % type(error).__name__)
    finally:
        conversation.close()


def _without_environment(values: dict) -> dict:
    """The current values of ``/cache/settings``; none where all of them come from the environment, and no row from the database.

    Newer versions fill in what REDIS_* variables say, also without a row (the file below, 1.106.2 and 1.110.2). A row that says
    nothing else than the environment cannot be told from none.
    """
    source = litellm_source("proxy/management_endpoints/cache_settings_endpoints.py")
    if b"_redis_kwargs_from_environment" not in source:
        return values
    known = {name for name, value in values.items() if value is not None}
    stored = {name for name in known if "REDIS_" + str(name).upper() not in os.environ}
    return values if stored - {"type", "redis_type"} or stored == known else {}


def _why_ignored(conversation: Conversation, general: dict):
    """The setting because of which the proxy does not heed cache settings of its database, None where it does.

    They are loaded together with the models (litellm/proxy/proxy_server.py, ``_init_non_llm_objects_in_db``, 1.80.0 to 1.110.2).
    """
    kinds = general.get("supported_db_objects")
    if isinstance(kinds, list) and "cache_settings" not in kinds:
        return "supported_db_objects"
    if is_true(os.environ.get("STORE_MODEL_IN_DB")) or is_true(resolved(general.get("store_model_in_db"))):
        return None
    # The database itself may say it too, which the proxy tells; it answers 400 for a setting that nobody has made.
    path = "/config/field/info?field_name=store_model_in_db"
    status, _headers, body, _seconds = conversation.request("GET", path)
    if status not in (200, 400) or (isinstance(body, dict) and is_true(body.get("field_value"))):
        return None
    return "store_model_in_db"


def access(proxy: Proxy, key: Key) -> dict:
    """What the proxy tells of itself to a key, by requests that cost nothing.

    ``/v1/models`` names what the key may ask for, ``/v1/model/info`` the kinds, models of a database included, and
    ``/key/info`` what limits a virtual key; it is none for the master key (seen on 1.77 to 1.106).

    :returns: ``status`` of ``/v1/models`` (None for no answer), ``models``, each with ``name``, ``mode`` and ``served_by``
        (None for not told), and ``limits`` of the key.
    """
    conversation = Conversation(proxy, key, timeout=10.0)
    try:
        status, _headers, body, _seconds = conversation.request("GET", "/v1/models")
        if status != 200:
            return {"status": status, "models": [], "limits": _limits_of_refusal(body)}
        names = [_text(entry.get("id")) for entry in _entries(body)]
        _status, _headers, body, _seconds = conversation.request("GET", "/v1/model/info")
        kinds = {_text(entry.get("model_name")): _kind(entry) for entry in reversed(_entries(body))}
        _status, _headers, body, _seconds = conversation.request("GET", "/key/info")
    except OSError:
        return {"status": None, "models": [], "limits": []}
    finally:
        conversation.close()
    models = [dict(kinds.get(name) or _kind({}), name=name) for name in names if name and "*" not in name]
    return {"status": status, "models": models[:MODELS_AT_MOST], "limits": _limits(body)}


def deployments_of(proxy: Proxy, key: Key, model: str) -> list:
    """The deployments of a model that the proxy serves, also those of its database, as entries of a ``model_list``.

    Their secrets are masked by the proxy. An empty list where the key may not ask.
    """
    conversation = Conversation(proxy, key, timeout=10.0)
    try:
        _status, _headers, body, _seconds = conversation.request("GET", "/v1/model/info")
    except OSError:
        return []
    finally:
        conversation.close()
    return [entry for entry in _entries(body) if entry.get("model_name") == model and entry.get("litellm_params")]


def _entries(body: object) -> list:
    entries = body.get("data") if isinstance(body, dict) else None
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def _text(value: object):
    """A name as it is, None for anything that is none."""
    return value if isinstance(value, str) and len(value) <= NAME_AT_MOST else None


def _kind(entry: dict) -> dict:
    """What an entry of ``/v1/model/info`` says of the kind of its model."""
    info, params = entry.get("model_info"), entry.get("litellm_params")
    return {
        "mode": _text(info.get("mode")) if isinstance(info, dict) else None,
        "served_by": _text(params.get("model")) if isinstance(params, dict) else None,
    }


def _limits_of_refusal(body: object) -> list:
    """What keeps a virtual key from asking for anything, by LiteLLM's own words (1.77.7 to 1.110.2)."""
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return []
    if error.get("type") == "budget_exceeded":
        return ["budget"]
    return ["blocked"] if "Key is blocked" in str(error.get("message")) else []


def _limits(body: object) -> list:
    """What keeps a virtual key that is let in from asking: a word for the reader of the report. Newer versions let one whose
    budget is spent ask for its models.
    """
    info = body.get("info") if isinstance(body, dict) else None
    if not isinstance(info, dict):
        return []
    limits = []
    spend, budget = info.get("spend"), info.get("max_budget")
    if isinstance(spend, (int, float)) and isinstance(budget, (int, float)) and spend >= budget:
        limits.append("budget")
    if _forbids_caching(info.get("metadata")):
        limits.append("cache")
    routes = info.get("allowed_routes")
    if isinstance(routes, list) and routes and not any(allows_chat(route) for route in routes):
        limits.append("routes")
    return limits


def _forbids_caching(metadata: object) -> bool:
    """Whether what is kept of a key lets none of its requests be cached: it takes the place of what each says of the cache
    (litellm/proxy/litellm_pre_call_utils.py, 1.77.7 to 1.110.2)."""
    controls = metadata.get("cache") if isinstance(metadata, dict) else None
    return isinstance(controls, dict) and any(controls.get(name) is True for name in ("no-cache", "no-store"))


def _is_shown(name: str, value: object) -> bool:
    """Whether the value of a stored setting is told: no secret stands there, also not in the place of a host."""
    return name in STORED_SHOWN and (name != "host" or is_host(value))


def _type_name(cache: object):
    """LiteLLM reports the type as a word, or as the text of an enumeration's member."""
    if isinstance(cache, dict):
        cache = cache.get("type")
    return str(cache).rpartition(".")[2].lower() if cache else None
