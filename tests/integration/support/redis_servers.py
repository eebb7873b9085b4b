# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real servers of Redis on an address of this machine, and what LiteLLM writes there.

One by itself, a group behind Sentinels, a Cluster.
"""

from __future__ import annotations

import hashlib
import json
import random
import shlex
import socket
import subprocess
import sys
import uuid
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import redis
from ansible_collections.erni_ki.litellm.plugins.module_utils._redis.endpoint import (
    CLUSTER,
    SENTINEL,
    Endpoint,
    Tls,
)
from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import ROOT
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import until

HOST = "127.0.0.1"
#: A Cluster talks on a port that is higher by this. All lie below those that the system gives to clients.
CLUSTER_BUS = 10000
PORTS = range(12000, 22000)
SERVICE = "cache"
#: When the first answer of ``fill`` was stored; each one is a second younger than the one before.
FIRST_STORED = 1795551404.77806


def free_ports(number: int, host: str = HOST) -> tuple[int, ...]:
    """Ports that nobody listens on, nor on those that a Cluster needs with them."""
    found: set[int] = set()
    while len(found) < number:
        port = random.choice(PORTS)
        if not _listens(port, host) and not _listens(port + CLUSTER_BUS, host):
            found.add(port)
    return tuple(found)


@lru_cache(maxsize=None)
def built(image: str) -> str:
    """The whole name of an image of the test bed, which is built where it is missing."""
    images = ROOT / "tests" / "stack" / "images.py"
    subprocess.run([sys.executable, str(images), "build", image], check=True, stderr=subprocess.DEVNULL)
    return f"erni-ki-test/{image}"


class RedisContainer:
    """A container with one server or several on an address of the host.

    ``host`` is the host's own loopback, or an address that the containers of a network reach too: that of its gateway.

    :param folder: seen as /data inside.
    :param image: name and tag below ``erni-ki-test/``.
    :param script: what the shell inside runs; it finds ``$SERVER`` and ``$CLI``.
    :param ports: all that answer once it is up.
    """

    host = HOST

    def __init__(self, folder: Path, image: str, script: str, ports: tuple[int, ...]) -> None:
        self.folder = folder
        self.ports = ports
        self.brand = image.partition(":")[0]
        self.name = f"erni-ki-redis-{uuid.uuid4().hex[:12]}"
        self._command = [
            *("docker", "run", "--detach", "--network", "host", "--name", self.name, "--volume", f"{folder}:/data"),
            *("--env", f"SERVER={self.brand}-server", "--env", f"CLI={self.brand}-cli", "--workdir", "/data"),
            *(built(image), "sh", "-c", script),
        ]

    def __enter__(self) -> Any:
        subprocess.run(self._command, check=True, stdout=subprocess.DEVNULL)
        try:
            self._until_up()
            self._until_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_unused: object) -> None:
        subprocess.run(["docker", "rm", "--force", "--volumes", self.name], check=True, stdout=subprocess.DEVNULL)

    def _until_up(self) -> None:
        for port in self.ports:
            until(lambda port=port: _listens(port, self.host), f"{self.name} listens on {port}")

    def _until_ready(self) -> None:
        """Wait for what else has to be there."""

    def kill(self) -> None:
        """End all of it at once, as a power cut does."""
        subprocess.run(["docker", "kill", self.name], check=True, stdout=subprocess.DEVNULL)

    def start(self) -> None:
        """Start it again."""
        subprocess.run(["docker", "start", self.name], check=True, stdout=subprocess.DEVNULL)
        self._until_up()

    def kill_server(self, port: int) -> None:
        """End one of its servers at once."""
        with redis.Redis(self.host, port) as client:
            pid = client.info("server")["process_id"]
        self.execute("sh", "-c", f"kill -9 {pid}")

    def execute(self, *command: str) -> str:
        """Run a command inside; its output."""
        done = subprocess.run(
            ["docker", "exec", self.name, *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
        text = done.stdout.decode("utf-8", "replace")
        assert done.returncode == 0, text
        return text

    def begin(self, *command: str) -> subprocess.Popen[bytes]:
        """Run a command inside, and do not wait for it."""
        return subprocess.Popen(
            ["docker", "exec", self.name, *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )


def _listens(port: int, host: str = HOST) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


class Standalone(RedisContainer):
    """One server.

    :param options: further options of the server, as on its command line.
    :param certificates: it has TLS, and no port without.
    """

    def __init__(
        self,
        folder: Path,
        image: str = "redis:7.0",
        options: str = "",
        certificates: Certificates | None = None,
        host: str = HOST,
    ) -> None:
        self.host = host
        (self.port,) = free_ports(1, host)
        ports = f"--port {self.port}"
        if certificates is not None:
            certificates.copy_to(folder)
            ports = (
                f"--port 0 --tls-port {self.port} --tls-ca-cert-file ca.crt --tls-cert-file server.crt "
                "--tls-key-file server.key --tls-auth-clients optional"
            )
        fixed = f"--bind {host} --protected-mode no --save '' --unixsocket /data/redis.sock --unixsocketperm 777"
        super().__init__(folder, image, f"exec $SERVER {fixed} {ports} {options}", (self.port,))

    @property
    def socket(self) -> str:
        """Path of its Unix socket."""
        return str(self.folder / "redis.sock")

    def client(self, db: int = 0) -> redis.Redis:
        """A client that needs neither TLS nor a login."""
        return redis.Redis(unix_socket_path=self.socket, db=db)

    def endpoint(self, **settings: Any) -> Endpoint:
        """Where it is."""
        return self.endpoint_of(self.port, **settings)

    @staticmethod
    def endpoint_of(port: int, **settings: Any) -> Endpoint:
        """Where a server with that port is."""
        return Endpoint(nodes=((HOST, port),), **settings)


class Sentinels(RedisContainer):
    """A primary, a replica, and three Sentinels that agree by two within a moment.

    :param password: that of the two; the Sentinels have none.
    """

    def __init__(self, folder: Path, image: str = "redis:7.0", host: str = HOST, password: str | None = None) -> None:
        self.host, self.password = host, password
        first, second, *sentinels = free_ports(5, host)
        self.servers, self.sentinels = (first, second), tuple(sentinels)
        # The network's gateway is not the address that connections within this machine come from.
        fixed = f"--bind {host} --protected-mode no --replica-announce-ip {host}"
        login = f"--requirepass {password} --masterauth {password}" if password else ""
        lines = [
            f"$SERVER {fixed} {login} --port {port} --save '' --repl-diskless-sync-delay 0" for port in self.servers
        ]
        lines[1] += f" --replicaof {host} {first}"
        # They look for replicas every ten seconds: it has to be there before them.
        login = f"-a {password} --no-auth-warning" if password else ""
        up = f"$CLI -h {host} {login} -p {second} INFO replication | grep -q master_link_status:up"
        lines[1] += f" & until {up}; do sleep 0.1; done"
        for port in self.sentinels:
            (folder / f"{port}.conf").write_text(
                f"port {port}\nbind {host}\nprotected-mode no\nsentinel announce-ip {host}\n"
                f"sentinel monitor {SERVICE} {host} {first} 2\n"
                + (f"sentinel auth-pass {SERVICE} {password}\n" if password else "")
                + f"sentinel down-after-milliseconds {SERVICE} 500\nsentinel failover-timeout {SERVICE} 3000\n",
                encoding="utf-8",
            )
            lines.append(f"$SERVER /data/{port}.conf --sentinel")
        script = f"{lines[0]} & {lines[1]}; {' & '.join(lines[2:])} & wait"
        super().__init__(folder, image, script, (*self.servers, *self.sentinels))

    def _until_ready(self) -> None:
        for port in self.sentinels:
            until(lambda port=port: self._knows_all(port), f"the Sentinel on {port} knows the others")

    def _knows_all(self, port: int) -> bool:
        told = redis.Redis(self.host, port, decode_responses=True).sentinel_master(SERVICE)
        return told["num-slaves"] == 1 and told["num-other-sentinels"] == 2

    def primary(self) -> int:
        """Port of the primary, once all Sentinels say the same: the others learn of a failover up to two seconds later."""
        return int(until(self._agreed, "the Sentinels agree on the primary"))

    def _agreed(self) -> int | None:
        clients = [redis.Redis(self.host, port, decode_responses=True) for port in self.sentinels]
        told = {client.sentinel_get_master_addr_by_name(SERVICE) for client in clients}
        return int(told.pop()[1]) if len(told) == 1 else None

    def client(self) -> redis.Redis:
        """A client of the primary."""
        return redis.Redis(self.host, self.primary(), password=self.password)

    def endpoint(self, **settings: Any) -> Endpoint:
        """Where it is."""
        return Endpoint(SENTINEL, tuple((self.host, port) for port in self.sentinels), service=SERVICE, **settings)


class Cluster(RedisContainer):
    """Three primaries with a replica each."""

    def __init__(self, folder: Path, image: str = "redis:7.0", host: str = HOST) -> None:
        self.host = host
        self.nodes = free_ports(6, host)
        start = (
            f"$SERVER --bind {host} --protected-mode no --save '' --cluster-enabled yes --cluster-node-timeout 1000 "
            f"--cluster-announce-ip {host} "
            "--repl-diskless-sync-delay 0"
        )
        lines = [f"$SERVER --port {port} --cluster-config-file {port}.conf" for port in self.nodes]
        script = " & ".join(line.replace("$SERVER", start, 1) for line in lines) + " & wait"
        super().__init__(folder, image, script, self.nodes)

    def _until_ready(self) -> None:
        nodes = [f"{self.host}:{port}" for port in self.nodes]
        self.execute(f"{self.brand}-cli", "--cluster", "create", *nodes, "--cluster-replicas", "1", "--cluster-yes")
        for port in self.nodes:
            until(lambda port=port: self._is_whole(port), f"the node on {port} sees the whole Cluster")

    def _is_whole(self, port: int) -> bool:
        with redis.Redis(self.host, port) as client:
            lines = client.execute_command("CLUSTER NODES")
            replicas = [node for node in lines.values() if "slave" in node["flags"] and node["connected"]]
            links = client.info("replication").get("master_link_status", "up")
            return client.cluster("info")["cluster_state"] == "ok" and len(replicas) == 3 and links == "up"

    def client(self) -> redis.RedisCluster:
        """A client of all of it."""
        return redis.RedisCluster(self.host, self.alive())

    def alive(self) -> int:
        """Port of a node that answers."""
        return next(port for port in self.nodes if _listens(port, self.host))

    def primaries(self) -> dict[int, str]:
        """Port and identifier of those that have slots, once all nodes that answer say the same."""
        return dict(until(self._agreed, "the nodes agree on the primaries"))

    def _agreed(self) -> dict[int, str] | None:
        told = [self._primaries_told_by(port) for port in self.nodes if _listens(port, self.host)]
        return told[0] if all(other == told[0] for other in told) else None

    def _primaries_told_by(self, port: int) -> dict[int, str]:
        with redis.Redis(self.host, port) as client:
            nodes = client.execute_command("CLUSTER NODES")
        return {int(place.rpartition(":")[2]): node["node_id"] for place, node in nodes.items() if node["slots"]}

    def endpoint(self, **settings: Any) -> Endpoint:
        """Where it is."""
        return Endpoint(CLUSTER, tuple((self.host, port) for port in self.nodes), **settings)


# -- TLS ------------------------------------------------------------------------------------------------------


class Certificates:
    """An authority, a server's certificate, a client's, and an authority that signed neither.

    :param host: address of the server.
    """

    def __init__(self, folder: Path, host: str = HOST) -> None:
        self.folder = folder
        for name in ("ca", "other"):
            self._openssl(
                f"req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test-{name} -keyout {name}.key -out {name}.crt"
            )
        (folder / "names").write_text(f"subjectAltName=DNS:localhost,IP:{host}\n", encoding="utf-8")
        for name in ("server", "client"):
            self._openssl(f"req -newkey rsa:2048 -nodes -subj /CN={name} -keyout {name}.key -out {name}.csr")
            self._openssl(
                f"x509 -req -in {name}.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile names "
                f"-out {name}.crt"
            )

    def _openssl(self, words: str) -> None:
        subprocess.run(["openssl", *shlex.split(words)], cwd=self.folder, check=True, stderr=subprocess.DEVNULL)

    def copy_to(self, folder: Path) -> None:
        """Give a server what it needs."""
        for name in ("ca.crt", "server.crt", "server.key"):
            (folder / name).write_bytes((self.folder / name).read_bytes())

    def tls(self, authority: str = "ca", client: bool = False) -> Tls:
        """What a client is told."""
        own = [str(self.folder / f"client.{kind}") for kind in ("crt", "key")] if client else [None, None]
        return Tls(str(self.folder / f"{authority}.crt"), *own)


# -- what is in there -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """What was written for one answer."""

    content: str
    namespace: str
    stored: float


@dataclass(frozen=True)
class Filled:
    """Keys that ``fill`` wrote."""

    answers: dict[bytes, Answer] = field(default_factory=dict)
    others: frozenset[bytes] = frozenset()

    def chosen(self, **wanted: Any) -> set[bytes]:
        """Answers with these attributes; ``before`` is a time."""
        before = wanted.pop("before", float("inf"))
        return {
            key
            for key, answer in self.answers.items()
            if answer.stored < before and all(getattr(answer, name) == value for name, value in wanted.items())
        }


def name_of(seed: str) -> str:
    """A name as LiteLLM gives one to an answer."""
    return hashlib.sha256(seed.encode()).hexdigest()


def value_of(content: str, stored: float, number: int) -> str:
    """An answer as LiteLLM writes one."""
    if content == "embedding":
        response: Any = {"embedding": [0.0125, -0.25, 0.5] * 20, "index": 0, "object": "embedding", "timestamp": None}
    elif content == "other":
        response = json.dumps({"text": "What a transcription has heard.", "number": number})
    else:
        kind = "chat.completion" if content == "chat" else "text_completion"
        response = json.dumps(
            {
                "id": f"chatcmpl-{uuid.UUID(int=number)}",
                "created": int(stored),
                "model": "test-chat",
                "object": kind,
                "choices": [
                    {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "é" * 9}}
                ],
                "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
            },
            separators=(",", ":"),
        )
    return json.dumps({"timestamp": stored, "response": response})


def fill(client: Any, responses: int, others: int, seed: str = "") -> Filled:
    """Write answers of each kind, every fourth under the namespace ``ns``, and every other kind of key, decoys too."""
    filled: dict[bytes, Answer] = {}
    pipeline = client.pipeline(transaction=False)
    for number in range(responses):
        content = ("chat", "chat", "text", "embedding", "chat", "other", "chat")[number % 7]
        answer = Answer(content, "ns" if number % 4 == 3 else "", FIRST_STORED + number)
        name = f"{answer.namespace}:" if answer.namespace else ""
        name += name_of(f"{seed}{number}")
        pipeline.set(name, value_of(content, answer.stored, number), ex=3600 if number % 2 else None)
        filled[name.encode()] = answer
        if number % 1000 == 999:
            pipeline.execute()
    names = set()
    for number in range(others):
        name = _write_another(pipeline, number, seed)
        assert name not in names
        names.add(name)
    pipeline.execute()
    return Filled(filled, frozenset(name.encode() for name in names))


def _write_another(pipeline: Any, number: int, seed: str) -> str:
    """Write a key that is no answer, each number another one; its name."""
    answer = value_of("chat", FIRST_STORED, number)
    hexadecimal = name_of(f"other {seed}{number}")
    plain = {
        f"{{api_key:{hexadecimal}}}:tokens": "17",
        f"global_router:{seed}{number}:model:tpm:10-10": "120",
        f"deployment:{seed}{number}:cooldown": '{"exception_received": "429"}',
        f"cronjob_lock:{seed}{number}": "pod-1",
        f"app{seed}{number}:daily_metrics_report_sent": "1",
        f"shop:session:{seed}{number}": "not of LiteLLM",
        # Decoys: the name alone, the content alone, and both with something amiss.
        hexadecimal: '{"timestamp": 1795551404.77806, "answer": "another application"}',
        f"ns:{hexadecimal}": "\x00\x01",
        f"{hexadecimal}\n": answer,
        hexadecimal.upper(): answer,
        f"ns-{hexadecimal}": answer,
        hexadecimal[:-1]: answer,
        hexadecimal[:-1] + "g": answer,
        f"{hexadecimal}:{number}": answer,
    }
    special = {
        f"app{seed}{number}:litellm_spend_update_buffer": "rpush",
        f"shop:cart:{seed}{number}": "hset",
        f"shop:tags:{seed}{number}": "sadd",
        "h" + hexadecimal: "hset",
        hexadecimal: "hset",
        f"ns:{hexadecimal}": "rpush",
    }
    turn = number % (len(plain) + len(special))
    ttl = 1800 if number % 3 == 0 else None
    if turn < len(plain):
        name = list(plain)[turn]
        pipeline.set(name, plain[name], ex=ttl)
        return name
    name = list(special)[turn - len(plain)]
    command = special[name]
    if command == "hset":
        pipeline.hset(name, "timestamp", answer)
    else:
        getattr(pipeline, command)(name, answer)
    if ttl:
        pipeline.expire(name, ttl)
    return name


def snapshot(client: Any) -> dict[bytes, tuple[bytes, int]]:
    """Every key with its content, byte for byte, and the time at which it expires, where the server can tell it (7.0)."""
    if isinstance(client, redis.RedisCluster):
        found: dict[bytes, tuple[bytes, int]] = {}
        for node in client.get_primaries():
            with redis.Redis(node.host, node.port) as one:
                found.update(snapshot(one))
        return found
    keys = list(client.scan_iter(count=1000))
    pipeline = client.pipeline(transaction=False)
    for key in keys:
        pipeline.dump(key)
        pipeline.execute_command("PEXPIRETIME", key)
    replies = pipeline.execute(raise_on_error=False)
    times = (reply if isinstance(reply, int) else 0 for reply in replies[1::2])
    seen = dict(zip(keys, zip(replies[::2], times)))
    # What went between two looks of this one is not there.
    return {key: value for key, value in seen.items() if isinstance(value[0], bytes)}
