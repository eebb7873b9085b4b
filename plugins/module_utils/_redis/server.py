# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Client of the servers behind one endpoint: a standalone server, the primary of a group, the primaries of a Cluster.

Works with redis-py 4.3 (Debian 12) and newer. Each wait has an end. Every primary of a Cluster is addressed by itself.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any, Callable

from .._inside.program import without_secrets
from .connection import connection_class
from .endpoint import CLUSTER, SENTINEL, Endpoint
from .refusals import (
    A_NODE,
    BUSY,
    DATABASE,
    FORBIDDEN,
    FULL,
    LOGIN,
    MOVED,
    PASSING,
    REFUSED,
    SILENT,
    UNREACHABLE,
    RedisServerError,
    code_of_refusal,
    without_arguments,
)
from .topology import REPLICA, primary_of, role_of, slots_of

A_CLUSTER = "is a node of a Redis Cluster, which holds some of the keys alone: set redis_cluster_nodes"
NO_TLS_HINT = ". Is this a port without TLS?"
CLIENT_NAME = "erni_ki.litellm"


class RedisServer:
    """One server, over one connection.

    :param endpoint: where the login and TLS are taken from.
    :param node: host and port, None for the endpoint's socket.
    :param timeout: seconds for each wait.
    """

    def __init__(self, endpoint: Endpoint, node: tuple[str, int] | None, timeout: float) -> None:
        import redis  # here, because it takes as long as all other imports together
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        self._errors = redis.exceptions
        self.endpoint = endpoint
        self.node = node
        self.name = f"{node[0]}:{node[1]}" if node else str(endpoint.socket)
        self.timeout = timeout
        settings = dict(self._settings(node), retry=Retry(NoBackoff(), 0))
        if int(redis.__version__.partition(".")[0]) >= 5:
            settings["protocol"] = 2  # replies of one shape with every version of redis-py
        self._connection = connection_class(endpoint, node)(**settings)
        self._connected = False
        #: Seconds that an answer is on its way.
        self.round_trip = 0.0

    def _settings(self, node: tuple[str, int] | None) -> dict[str, Any]:
        endpoint = self.endpoint
        settings: dict[str, Any] = {
            "db": 0 if endpoint.kind == CLUSTER else endpoint.db,
            "username": endpoint.username,
            "password": endpoint.password,
            "socket_timeout": self.timeout,
        }
        if node is None:
            return dict(settings, path=endpoint.socket)
        settings.update(host=node[0], port=node[1], socket_connect_timeout=self.timeout)
        tls = endpoint.tls
        if tls is not None:
            settings.update(
                ssl_cert_reqs="required" if tls.verify else "none",
                ssl_ca_certs=tls.ca_file,
                ssl_certfile=tls.cert_file,
                ssl_keyfile=tls.key_file,
                ssl_check_hostname=tls.check_hostname and tls.verify,
            )
        return settings

    def command(self, *words: Any) -> Any:
        """One command; a dead connection is not hidden by a second try.

        :returns: the raw reply: bytes, int, None or a list.
        :raises RedisServerError: no answer, or a refusal.
        """
        reply = self.commands([words])[0]
        if isinstance(reply, RedisServerError):
            raise reply
        return reply

    def identity(self) -> str | None:
        """Which process answers, None where it may not tell; and ``round_trip`` is measured.

        :raises RedisServerError: no answer, or it is a node of a Cluster that was not named as one.
        """
        began = time.monotonic()
        self.commands([("ECHO", "erni_ki")])
        self.round_trip = time.monotonic() - began
        facts = self.info("server")
        if mode_of(facts) == CLUSTER and self.endpoint.kind != CLUSTER:
            raise self._error(REFUSED, A_CLUSTER)
        return facts.get("run_id") if facts else None

    def info(self, section: str = "default") -> dict[str, str]:
        """What INFO tells; empty where an ACL forbids it.

        :raises RedisServerError: no answer, or none for now.
        """
        reply = self.commands([("INFO", section)])[0]
        if isinstance(reply, RedisServerError):
            if reply.code in PASSING:
                raise reply
            return {}
        return facts_of(reply)

    def role(self) -> str | None:
        """The role that the server says it has, None where an ACL forbids it to tell.

        :raises RedisServerError: no answer.
        """
        reply = self.commands([("ROLE",)])[0]
        if not isinstance(reply, RedisServerError):
            return role_of(reply)
        if reply.code in PASSING:
            raise reply
        return self.info("replication").get("role")

    def commands(self, batch: list[tuple[Any, ...]]) -> list[Any]:
        """Several commands in one go.

        :returns: a reply for each; a refused one is a RedisServerError in its place.
        :raises RedisServerError: no answer.
        """
        with self._typed():
            self._connect()
            self._connection.send_packed_command(self._connection.pack_commands(batch))
            return [self._reply() for _words in batch]

    def _connect(self) -> None:
        if self._connected:
            return
        self._connection.connect()
        # It is told apart from the proxy's own, and what it looks at counts as no use. An old server or an ACL may
        # refuse both.
        for words in (("CLIENT", "SETNAME", CLIENT_NAME), ("CLIENT", "NO-TOUCH", "ON")):
            self._connection.send_command(*words)
            with contextlib.suppress(self._errors.ResponseError):
                self._connection.read_response()
        self._connected = True

    def _reply(self) -> Any:
        try:
            return self._connection.read_response()
        except self._errors.ConnectionError:
            raise
        except self._errors.ResponseError as error:
            return self._refusal(error)

    def close(self) -> None:
        """Close the connection; the next command opens it anew."""
        self._connected = False
        self._connection.disconnect()

    @contextlib.contextmanager
    def _typed(self) -> Iterator[None]:
        """Turn what redis-py and the system raise into the one typed error."""
        errors = self._errors
        try:
            yield
            return
        except (errors.TimeoutError, TimeoutError):
            hint = NO_TLS_HINT if self.endpoint.tls is not None and not self._connected else ""
            error = self._error(SILENT, f"does not answer within {self.timeout:g} s{hint}")
        except (errors.AuthenticationError, errors.AuthorizationError) as refused:
            error = self._error(LOGIN, f"refuses the login: {self._words(refused)}{self.endpoint.login_hint}")
        except errors.BusyLoadingError as refused:
            error = self._refusal(refused)
        except errors.ConnectionError as broken:
            error = self._error(UNREACHABLE, self._words(broken) + self._hint(broken))
        except errors.ResponseError as refused:  # on the way in: login and database
            error = self._refusal(refused)
        except OSError as broken:
            error = self._error(UNREACHABLE, self._words(broken))
        self.close()
        raise error from None

    def _refusal(self, error: Exception) -> RedisServerError:
        code, words = code_of_refusal(type(error).__name__, str(error)), self._words(error)
        if code == A_NODE:
            return self._error(REFUSED, A_CLUSTER)
        told = {
            LOGIN: f"refuses the login: {words}{self.endpoint.login_hint}",
            FORBIDDEN: f"does not allow it: {words}",
            DATABASE: f"has no database {self.endpoint.db}: {words}",
            MOVED: f"is not the server for this any more: {words}",
            BUSY: f"is busy: {words}",
            FULL: f"is full, and evicts nothing: {words}",
        }
        return self._error(code, told.get(code, f"answers: {words}"))

    def _error(self, code: str, words: str) -> RedisServerError:
        return RedisServerError(f"Redis at {self.name} {words}", code=code, server=self.name)

    def _words(self, error: Exception) -> str:
        text = without_arguments(" ".join(str(error).split())) or type(error).__name__
        return without_secrets(text, self.endpoint.secrets)[:300].rstrip(".")

    def _hint(self, error: Exception) -> str:
        if self._connected:  # it did work
            return ""
        text = str(error).lower()
        tls = self.endpoint.tls
        if tls is not None:
            if any(words in text for words in ("wrong version number", "record layer")):
                return NO_TLS_HINT
            if not tls.cert_file and any(words in text for words in ("eof occurred", "reset by peer", "broken pipe")):
                return f"{NO_TLS_HINT} Or does it want a client certificate (redis_tls_cert_file)?"
        if tls is None and ("closed by server" in text or "reset by peer" in text):
            return ". Is this a port with TLS (redis_tls)?"
        return ""


class RedisServers:
    """The servers behind one endpoint.

    :param timeout: seconds for each wait.
    """

    def __init__(self, endpoint: Endpoint, timeout: float) -> None:
        self.endpoint = endpoint
        self._timeout = timeout

    def primaries(self) -> list[RedisServer]:
        """The servers that hold the keys, found anew.

        :raises RedisServerError: none can be found.
        """
        endpoint = self.endpoint
        if endpoint.kind == SENTINEL:
            return [self._of_sentinel()]
        if endpoint.kind == CLUSTER:
            return [self._server(node) for node in sorted(self.topology())]
        return [self._server(endpoint.nodes[0] if endpoint.nodes else None)]

    def topology(self) -> dict[tuple[str, int], tuple[tuple[int, int], ...]]:
        """Slots by primary, as the first node of the Cluster tells them whose word stands.

        :raises RedisServerError: none answers, it is no Cluster, or who is named as a primary is none.
        """
        return self._ask_any((self.endpoint,), ("CLUSTER", "SLOTS"), self._slots)

    def _slots(self, reply: Any, answered: tuple[str, int]) -> dict[tuple[str, int], tuple[tuple[int, int], ...]]:
        found = slots_of(reply, answered)
        if not found:
            raise RedisServerError(f"the node {answered[0]}:{answered[1]} knows no slots of a Cluster", code=REFUSED)
        for node in found:
            self._require_primary(node)
        return found

    def _require_primary(self, node: tuple[str, int]) -> None:
        """Check who is named as a primary by its own word: who named it may be behind the times.

        :raises RedisServerError: it is a replica, or does not answer.
        """
        with contextlib.closing(self._server(node)) as server:
            if server.role() == REPLICA:
                raise RedisServerError(
                    f"Redis at {server.name} is named as a primary, and says that it is a replica",
                    code=MOVED,
                    server=server.name,
                )

    def layout(self) -> list[tuple[str, ...]]:
        """What each primary of a Cluster tells of its own slots, also of those that move to it or away from it.

        :raises RedisServerError: one of them does not answer.
        """
        told = []
        for server in self.primaries():
            with contextlib.closing(server):
                lines = server.command("CLUSTER", "NODES").decode("utf-8", "replace").splitlines()
            fields = next(line.split() for line in lines if "myself" in line)
            told.append((server.name, *fields[8:]))
        return told

    def _of_sentinel(self) -> RedisServer:
        words = ("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self.endpoint.service)
        return self._server(self._ask_any(self.endpoint.sentinels, words, self._primary))

    def _primary(self, reply: Any, _answered: tuple[str, int]) -> tuple[str, int]:
        node = primary_of(reply)
        if node is None:
            service = self.endpoint.service
            raise RedisServerError(
                f"the Sentinels know no service {service}: check redis_sentinel_service", code=REFUSED
            )
        self._require_primary(node)
        return node

    def _ask_any(self, logins: tuple[Endpoint, ...], words: tuple[Any, ...], judged: Callable[..., Any]) -> Any:
        """The answer of the first node that gives one that stands, with the first login that it takes.

        :param judged: makes of a reply, and the node that gave it, what it says; an error where it does not stand.
        """
        failure: RedisServerError | None = None
        for login, node in [(one, node) for one in logins for node in one.nodes]:
            server = RedisServer(login, node, self._timeout)
            try:
                return judged(server.command(*words), node)
            except RedisServerError as error:
                failure = failure if failure is not None and error.code in PASSING else error
            finally:
                server.close()
        raise failure or RedisServerError("no node of Redis is named", code=UNREACHABLE)

    def _server(self, node: tuple[str, int] | None) -> RedisServer:
        return RedisServer(self.endpoint, node, self._timeout)


def mode_of(facts: dict[str, str]) -> str | None:
    """``standalone``, ``sentinel`` or ``cluster``, as INFO tells it; Valkey has another word for it than Redis."""
    return facts.get("redis_mode") or facts.get("server_mode")


def facts_of(reply: bytes) -> dict[str, str]:
    """The lines of INFO by name."""
    pairs = (line.partition(":") for line in reply.decode("utf-8", "replace").splitlines() if ":" in line)
    return {name: value for name, _colon, value in pairs}
