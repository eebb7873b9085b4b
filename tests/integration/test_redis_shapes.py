# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks bring a deployment to a Cluster, behind Sentinels, and to TLS with a user, and back to the same bytes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import redis
import yaml
from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import AnsibleRunner, Run
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed, until
from ansible_collections.erni_ki.litellm.tests.integration.support.canary import Canary
from ansible_collections.erni_ki.litellm.tests.integration.support.redis_servers import (
    SERVICE,
    Certificates,
    Cluster,
    Sentinels,
    Standalone,
    snapshot,
)

#: Nothing waits longer than it must.
QUICK = {"litellm_cache_stable_for": 0}
SWITCH, ROLLBACK, VERIFY, FLUSH = (
    f"playbooks/{name}.yml" for name in ("switch_redis", "rollback_local", "verify", "flush_cache")
)
#: Where the instance sees the folder of the certificates.
INSIDE = "/run/redis"


@dataclass(frozen=True)
class Deployed:
    """A deployment of one version, and an address of this machine that its containers reach."""

    bed: Bed
    ansible: AnsibleRunner
    version: str

    @property
    def gateway(self) -> str:
        """The address."""
        return self.bed.gateway

    def plays(self, playbook: str, variables: dict[str, Any], *words: str) -> Run:
        """Run a playbook that is to go well."""
        run = self.ansible.playbook(playbook, *words, variables={**QUICK, **variables})
        assert run.code == 0, run.output
        return run


@dataclass(frozen=True)
class Shape:
    """A Redis, as the variables of the role name it, and for the test itself.

    ``keys`` is what ``cache_params`` must hold then.
    """

    variables: dict[str, Any]
    client: Callable[[], Any]
    keys: dict[str, Any]
    findings: tuple[str, ...] = field(default=())


@pytest.fixture(scope="module")
def newest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    """A stack of the newest version."""
    bed = Bed.up(tmp_path_factory.mktemp("newest") / "project", f"erni-ki-shapes-{os.getpid()}", "1.106.2")
    yield bed
    bed.down()


@pytest.fixture(params=["1.80.0", pytest.param("1.106.2", marks=pytest.mark.rest)])
def deployed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Deployed]:
    """A deployment as after its first start."""
    if request.param == "1.80.0":
        yield Deployed(request.getfixturevalue("bed"), request.getfixturevalue("ansible"), request.param)
        return
    bed: Bed = request.getfixturevalue("newest")
    bed.reset()
    canary = Canary(bed.secrets)
    yield Deployed(bed, bed.ansible(tmp_path), request.param)
    canary.search_all(bed.state_files() + bed.logs())


def give_login(client: redis.Redis, password: str) -> None:
    """Let a server know the user of the cache, by the password that the proxy has in its environment."""
    client.acl_setuser(
        "cache", enabled=True, passwords=[f"+{password}"], keys=["*"], channels=["*"], commands=["+@all"]
    )


@pytest.fixture
def cluster_shape(deployed: Deployed, tmp_path: Path) -> Iterator[Shape]:
    """A Cluster with a user, of which two nodes are named."""
    folder = tmp_path / "cluster"
    folder.mkdir()
    with Cluster(folder, host=deployed.gateway) as cluster:
        for port in cluster.nodes:
            give_login(redis.Redis(cluster.host, port), deployed.bed.redis_password)
        nodes = cluster.nodes[:2]
        variables = {
            "litellm_cache_redis_cluster_nodes": [f"{cluster.host}:{port}" for port in nodes],
            "litellm_cache_redis_username": "cache",
        }
        keys = {"redis_startup_nodes": [{"host": cluster.host, "port": port} for port in nodes], "username": "cache"}
        yield Shape(variables, cluster.client, keys)


@pytest.fixture
def sentinel_shape(deployed: Deployed, tmp_path: Path) -> Iterator[Shape]:
    """Two servers with a password behind Sentinels without one.

    Up to 1.106.1 LiteLLM gives the Redis the password of the Sentinels; naming the variable twice serves every version.
    """
    folder = tmp_path / "sentinels"
    folder.mkdir()
    with Sentinels(folder, host=deployed.gateway, password=deployed.bed.redis_password) as sentinels:
        variables = {
            "litellm_cache_redis_sentinel_nodes": [f"{sentinels.host}:{port}" for port in sentinels.sentinels],
            "litellm_cache_redis_sentinel_service": SERVICE,
            "litellm_cache_redis_sentinel_password_env": "REDIS_PASSWORD",
        }
        keys = {
            "sentinel_nodes": [[sentinels.host, port] for port in sentinels.sentinels],
            "service_name": SERVICE,
            "sentinel_password": "os.environ/REDIS_PASSWORD",
        }
        yield Shape(variables, sentinels.client, keys)


@pytest.fixture
def tls_shape(deployed: Deployed, tmp_path: Path) -> Iterator[Shape]:
    """A server that speaks TLS alone, wants a certificate of its clients, and knows one user alone."""
    folder = deployed.bed.directory / "conf" / "redis"
    folder.mkdir(exist_ok=True)
    own = tmp_path / "certificates"
    own.mkdir()
    certificates = Certificates(own, deployed.gateway)
    password = deployed.bed.redis_password
    with Standalone(
        folder, certificates=certificates, options="--tls-auth-clients yes", host=deployed.gateway
    ) as server:
        for name in ("client.crt", "client.key"):
            (folder / name).write_bytes((certificates.folder / name).read_bytes())
        give_login(server.client(), password)
        admin = redis.Redis(unix_socket_path=server.socket, db=1, username="cache", password=password)
        admin.acl_setuser("default", enabled=False)
        files = {"ca_file": "ca.crt", "cert_file": "client.crt", "key_file": "client.key"}
        variables = {
            "litellm_cache_redis_host": server.host,
            "litellm_cache_redis_port": server.port,
            "litellm_cache_redis_username": "cache",
            "litellm_cache_redis_tls": {name: f"{INSIDE}/{file}" for name, file in files.items()},
        }
        keys = {
            "host": server.host,
            "username": "cache",
            "ssl": True,
            "ssl_ca_certs": f"{INSIDE}/ca.crt",
            "ssl_certfile": f"{INSIDE}/client.crt",
            "ssl_keyfile": f"{INSIDE}/client.key",
            "ssl_check_hostname": True,
        }
        yield Shape(variables, lambda: admin, keys)
    for path in folder.iterdir():
        path.unlink()


def answers(client: Any) -> list[bytes]:
    """Keys of the cached answers."""
    names = client.scan_iter(count=1000) if isinstance(client, redis.RedisCluster) else snapshot(client)
    return [key for key in names if len(key.rpartition(b":")[2]) == 64]


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param("cluster", marks=pytest.mark.shape("to a Cluster, with a user")),
        pytest.param("sentinel", marks=[pytest.mark.rest, pytest.mark.shape("to a Redis behind Sentinels")]),
        pytest.param(
            "tls", marks=[pytest.mark.rest, pytest.mark.shape("to TLS, with a client's certificate and a user")]
        ),
    ],
)
def test_the_whole_way(shape: str, deployed: Deployed, request: pytest.FixtureRequest) -> None:
    bed = deployed.bed
    there: Shape = request.getfixturevalue(f"{shape}_shape")
    before = bed.fingerprint()
    check = deployed.plays(SWITCH, there.variables, "--check")
    assert check.changed and bed.fingerprint() == before

    switch = deployed.plays(SWITCH, there.variables)
    assert [entry["kind"] for entry in switch.of("Confirm the mode by requests")["evidence"]] == ["harvested"]
    params = yaml.safe_load(bed.config.read_text(encoding="utf-8"))["litellm_settings"]["cache_params"]
    assert there.keys.items() <= params.items() and params["password"] == "os.environ/REDIS_PASSWORD"
    bed.ask("after the switch")
    until(lambda: answers(there.client()), "the answer is in Redis")

    running = bed.fingerprint()
    again = deployed.plays(SWITCH, there.variables)
    assert not again.changed and bed.fingerprint() == running

    verify = deployed.plays(VERIFY, {})
    told = verify.verdict
    assert "answered from Redis in" in told and " connections from " in told and bed.started() == running.started

    flush = deployed.plays(FLUSH, {})
    assert flush.of("Remove the entries from Redis")["removed"] >= 1
    assert [entry["kind"] for entry in flush.of("Show that the request is a miss now")["evidence"]] == ["missed"]

    deployed.plays(ROLLBACK, {})
    assert bed.config.read_bytes() == bed.pristine


@pytest.mark.rest  # LiteLLM 1.80.0 gives Sentinels a tenth of a second, which a busy machine may not keep
def test_the_login_that_does_not_pass_the_sentinels_is_refused_before_anything_is_touched(
    deployed: Deployed, sentinel_shape: Shape
) -> None:
    variables = {**sentinel_shape.variables, "litellm_cache_redis_sentinel_password_env": ""}
    before = deployed.bed.fingerprint()
    run = deployed.ansible.playbook(SWITCH, "--check", variables={**QUICK, **variables})
    assert deployed.bed.fingerprint() == before
    if deployed.version == "1.106.2":
        assert run.code == 0, run.output
        return
    (failure,) = run.failures
    assert "LITELLM-SENTINEL-LOGIN-LOST" in failure.message and "nothing was changed" in failure.message
    assert "litellm_cache_redis_sentinel_password_env" in failure.message


@pytest.mark.shape("a plain router beside a Cluster")
@pytest.mark.rest
def test_a_plain_router_beside_a_cluster_is_seen_and_named(deployed: Deployed, cluster_shape: Shape) -> None:
    bed = deployed.bed
    node = cluster_shape.keys["redis_startup_nodes"][0]
    settings = yaml.safe_load(bed.config.read_text(encoding="utf-8"))
    settings["litellm_settings"]["cache_params"] = {
        "type": "redis", "password": "os.environ/REDIS_PASSWORD", **cluster_shape.keys,
    }  # fmt: skip
    router = {"redis_host": node["host"], "redis_port": node["port"], "redis_password": "os.environ/REDIS_PASSWORD"}
    settings["router_settings"] = {**router, "cache_kwargs": {"username": "cache"}}
    bed.put(yaml.safe_dump(settings, sort_keys=False).encode())
    as_it_was = bed.config.read_bytes()
    kept = deployed.ansible.playbook(SWITCH, variables={**QUICK, "litellm_cache_router": "runbook"})
    (failure,) = kept.failures
    assert "LITELLM-ROUTER-PLAIN-BESIDE-CLUSTER" in failure.message and "litellm_cache_router" in failure.message
    assert bed.config.read_bytes() == as_it_was
    check = deployed.plays(SWITCH, {}, "--check")
    told = str(check.of("Report")["lines"])
    assert "router_settings named a plain connection" in told and "the router got no Redis keys" not in told
