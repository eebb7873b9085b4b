# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules go to every kind of Redis, named by their options and by the file of a deployment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest
import redis
import yaml
from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import AnsibleRunner
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed
from ansible_collections.erni_ki.litellm.tests.integration.support.canary import Canary
from ansible_collections.erni_ki.litellm.tests.integration.support.redis_servers import (
    HOST,
    SERVICE,
    Certificates,
    Cluster,
    Sentinels,
    Standalone,
    fill,
    snapshot,
)

ANSWERS, OTHERS = 60, 20
PASSWORD = "Passw0rd-Of-A-Place-Nobody-May-See"
#: Where the instance sees the folder of the host's Redis.
INSIDE = "/run/redis"


@dataclass
class Place:
    """A Redis, as options of a module name it, as LiteLLM's cache_params do, and for the tests themselves.

    ``words`` is how the modules spell it when the options name it.
    """

    options: dict[str, Any]
    cache_params: dict[str, Any]
    client: Callable[[], Any]
    words: str
    mode: str = "standalone"


#: The login of a place, as options and as cache_params name it.
LOGIN = {"redis_username": "cache", "redis_password": PASSWORD}
LOGIN_IN_FILE = {"username": "cache", "password": PASSWORD}


def give_login(client: redis.Redis) -> None:
    """Let a server know the user that the tests log in as."""
    client.acl_setuser("cache", enabled=True, passwords=[f"+{PASSWORD}"], keys=["*"], commands=["+@all"])


@pytest.fixture
def own_server(bed: Bed, certificates: Certificates) -> Iterator[Standalone]:
    """A Redis of the managed host that wants TLS and a login, with a folder that the instance sees."""
    folder = bed.directory / "conf" / "redis"
    folder.mkdir(exist_ok=True)
    with Standalone(folder, certificates=certificates, options="--tls-auth-clients yes") as server:
        for name in ("client.crt", "client.key"):
            (folder / name).write_bytes((certificates.folder / name).read_bytes())
        (folder / "password").write_text(f"{PASSWORD}\n", encoding="utf-8")
        with server.client() as client:
            give_login(client)
        yield server
    for path in folder.iterdir():
        path.unlink()


@pytest.fixture
def redis_6(tmp_path: Path) -> Iterator[Standalone]:
    """The oldest Redis that is supported."""
    with Standalone(tmp_path, "redis:6.0") as server:
        give_login(server.client())
        yield server


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Standalone]:
    """A Valkey."""
    with Standalone(tmp_path, "valkey:8.1") as server:
        give_login(server.client())
        yield server


@pytest.fixture(
    params=[
        "socket",
        "TLS and a login",
        pytest.param("redis_6", marks=pytest.mark.rest),
        "valkey",
        "Sentinel",
        "Cluster",
    ]
)
def place(request: pytest.FixtureRequest, bed: Bed) -> Place:
    """One place of each kind, empty."""
    if request.param == "Sentinel":
        sentinels: Sentinels = request.getfixturevalue("sentinels")
        for port in sentinels.servers:
            give_login(redis.Redis(HOST, port))
        nodes = [f"{HOST}:{port}" for port in sentinels.sentinels]
        named = {"redis_sentinel_nodes": nodes, "redis_sentinel_service": SERVICE, "redis_db": 2, **LOGIN}
        in_file = {"sentinel_nodes": [[HOST, port] for port in sentinels.sentinels], "service_name": SERVICE, "db": 2}
        in_file.update(LOGIN_IN_FILE)
        words = f"{','.join(nodes)}/{SERVICE}/2"
        return Place(named, in_file, lambda: redis.Redis(HOST, sentinels.primary(), 2), words)
    if request.param == "Cluster":
        cluster: Cluster = request.getfixturevalue("cluster")
        nodes = [f"{HOST}:{port}" for port in cluster.nodes]
        for port in cluster.nodes:
            give_login(redis.Redis(HOST, port))
        in_file = {"redis_startup_nodes": [{"host": HOST, "port": port} for port in cluster.nodes], **LOGIN_IN_FILE}
        named = {"redis_cluster_nodes": nodes, **LOGIN}
        return Place(named, in_file, cluster.client, f"cluster {','.join(nodes)}", "cluster")
    if request.param in ("redis_6", "valkey"):
        server: Standalone = request.getfixturevalue(request.param)
        named = {"redis_host": HOST, "redis_port": server.port, "redis_db": 3, **LOGIN}
        in_file = {"host": HOST, "port": server.port, "db": 3, **LOGIN_IN_FILE}
        return Place(named, in_file, lambda: server.client(3), f"{HOST}:{server.port}/3")
    server = request.getfixturevalue("own_server")
    if request.param == "socket":
        named = {"redis_socket": server.socket, "redis_db": 1}
        in_file = {"url": f"unix://{INSIDE}/redis.sock?db=1"}
        return Place(named, in_file, lambda: server.client(1), f"{server.socket}/1")
    files = {"ca_file": "ca.crt", "cert_file": "client.crt", "key_file": "client.key"}
    named = {
        "redis_host": HOST, "redis_port": server.port, "redis_db": 1, "redis_username": "cache",
        "redis_password_file": str(server.folder / "password"),
        **{f"redis_tls_{option}": str(server.folder / name) for option, name in files.items()},
    }  # fmt: skip
    in_file = {
        "host": HOST, "port": server.port, "db": 1, **LOGIN_IN_FILE, "ssl": True,
        "ssl_ca_certs": f"{INSIDE}/ca.crt", "ssl_certfile": f"{INSIDE}/client.crt", "ssl_keyfile": f"{INSIDE}/client.key",
    }  # fmt: skip
    return Place(named, in_file, lambda: server.client(1), f"{HOST}:{server.port}/1")


@pytest.mark.parametrize("named_by", ["options", "file"])
def test_looked_at_and_emptied(
    place: Place, named_by: str, bed: Bed, ansible: AnsibleRunner, options: dict[str, Any]
) -> None:
    with place.client() as client:
        filled = fill(client, ANSWERS, OTHERS)
        before = snapshot(client)
    words = place.options
    if named_by == "file":
        words = options
        settings = yaml.safe_load(bed.config.read_text(encoding="utf-8"))
        settings["litellm_settings"] = {"cache": True, "cache_params": {"type": "redis", **place.cache_params}}
        bed.config.write_text(yaml.safe_dump(settings), encoding="utf-8")
    flush = {"redis_cache_flush": words}
    run = ansible.tasks(
        {
            "look": {"redis_cache_info": words},
            "check": {**flush, "check_mode": True},
            "real": flush,
            "check again": {**flush, "check_mode": True},
            "real again": flush,
        },
        canary=Canary({**bed.secrets, "password of the place": PASSWORD}),
    )
    for outcome in run.outcomes:
        assert outcome.ok, (outcome.task, outcome.message)
        assert outcome["place"] == place.words, outcome.task
    assert run.of("look")["server"]["mode"] == place.mode
    kinds = run.of("look")["census"]["kinds"]
    assert kinds["response"]["keys"] == ANSWERS and sum(kind["keys"] for kind in kinds.values()) == len(before)
    assert [run.of(task).changed for task in ("check", "real", "check again", "real again")] == [
        True,
        True,
        False,
        False,
    ]
    assert run.of("check")["removed"] == run.of("real")["removed"] == ANSWERS
    assert run.of("real")["exact"] and run.of("real")["findings"] == []
    with place.client() as client:
        assert snapshot(client) == {key: value for key, value in before.items() if key not in filled.answers}


def test_a_file_of_the_container_that_the_host_does_not_have(
    bed: Bed, ansible: AnsibleRunner, options: dict[str, Any]
) -> None:
    settings = yaml.safe_load(bed.config.read_text(encoding="utf-8"))
    runs = {
        "authority": {"host": "redis", "ssl": True, "ssl_ca_certs": "/etc/ssl/certs/ca-certificates.crt"},
        "socket": {"url": "unix:///nowhere/redis.sock"},
    }
    words = {"authority": "set redis_tls_ca_file", "socket": "set redis_socket"}
    for name, cache_params in runs.items():
        settings["litellm_settings"] = {"cache": True, "cache_params": {"type": "redis", **cache_params}}
        bed.config.write_text(yaml.safe_dump(settings), encoding="utf-8")
        run = ansible.tasks({name: {"redis_cache_flush": options}})
        assert run.of(name).outcome == "failed" and words[name] in run.of(name).message, run.of(name).message


def test_the_whole_of_a_cluster_wants_so_many_words(cluster: Cluster, ansible: AnsibleRunner) -> None:
    fill(cluster.client(), 10, 0)
    nodes = [f"{HOST}:{port}" for port in cluster.nodes]
    words = {"redis_cluster_nodes": nodes, "scope": "database"}
    place = f"cluster {','.join(nodes)}"
    run = ansible.tasks(
        {
            "refused": {"redis_cache_flush": words},
            "another": {"redis_cache_flush": {**words, "confirm": place[:-1]}},
            "asked for": {"redis_cache_flush": {**words, "confirm": place}},
            "again": {"redis_cache_flush": {**words, "confirm": place}},
        }
    )
    assert "this empties all of it" in run.of("refused").message and run.of("refused")["confirm"] == place
    assert "nothing was removed" in run.of("another").message
    assert run.of("asked for")["removed"] == 10 and not run.of("again").changed
    assert snapshot(cluster.client()) == {}
