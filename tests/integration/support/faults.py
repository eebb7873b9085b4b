# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ways in which the test of the fault table breaks a real deployment; tests/pages/fault_table.py says what is to be found.

Each way is a context: within it the deployment is broken, and it tells the variables that its operator gives the playbooks.
What it changes in Redis it takes back. What the proxy runs is left, because the next way says what it shall run.
"""

from __future__ import annotations

import http.client
import io
import json
import platform
import tarfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import yaml
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import until
from ansible_collections.erni_ki.litellm.tests.integration.support.database import (
    REMOVE_CACHE_SETTINGS,
    in_database,
    save_cache_settings,
)
from ansible_collections.erni_ki.litellm.tests.integration.support.diagnosing import edited, in_redis
from ansible_collections.erni_ki.litellm.tests.integration.support.redis_servers import built
from ansible_collections.erni_ki.litellm.tests.integration.support.relay import Relay
from ansible_collections.erni_ki.litellm.tests.integration.support.stand import Stand, scaled

#: Longer than the two playbooks take, milliseconds.
PAUSE = 600_000
#: Longer than what counts as slow, seconds.
DELAY = 0.2
NEW_PASSWORD = "An-0ther-Passw0rd-Nobody-May-See"
FIXED_TIMEOUT = "litellm:1.80.0-fixed-socket-timeout"
FAKE_CLOCK = "faketime:bookworm"
#: How the URL of the entrypoint ends, and how it ends with the timeouts in it.
URL_END = b'@redis:6379/1"'
WITH_TIMEOUTS = (
    b'@redis:6379/1?socket_timeout=30&socket_connect_timeout=10&health_check_interval=30&retry_on_timeout=yes"'
)
#: One that a variable of the proxy gives, where there is such a variable.
NAMESPACE = "os.environ/CACHE_NAMESPACE"
#: A database that nobody else uses.
ELSEWHERE = 3

Way = Callable[[Stand], AbstractContextManager[dict[str, Any]]]


@contextmanager
def healthy_local(stand: Stand) -> Iterator[dict[str, Any]]:
    """Healthy, as after the first start."""
    stand.runs(stand.bed.pristine)
    yield {}


@contextmanager
def healthy_in_redis(stand: Stand) -> Iterator[dict[str, Any]]:
    """Healthy, in Redis."""
    stand.in_redis()
    yield {}


@contextmanager
def cache_off(stand: Stand) -> Iterator[dict[str, Any]]:
    """Somebody switched it off."""
    stand.runs(edited(in_redis(stand.bed.pristine), "litellm_settings", cache=False))
    yield {}


@contextmanager
def no_chat(stand: Stand) -> Iterator[dict[str, Any]]:
    """Somebody left a call type out."""
    stand.runs(in_redis(stand.bed.pristine, supported_call_types=["atext_completion", "aembedding", "atranscription"]))
    yield {}


@contextmanager
def another_database(stand: Stand) -> Iterator[dict[str, Any]]:
    """Somebody wrote the number of another one."""
    stand.runs(in_redis(stand.bed.pristine, db=ELSEWHERE))
    yield {"litellm_cache_redis_db": 1}


@contextmanager
def router_elsewhere(stand: Stand) -> Iterator[dict[str, Any]]:
    """The router is told another database than the cache."""
    place = {"redis_host": "redis", "redis_port": 6379, "redis_password": "os.environ/REDIS_PASSWORD"}
    stand.runs(edited(in_redis(stand.bed.pristine), "router_settings", **place, redis_db=ELSEWHERE))
    yield {}


@contextmanager
def redis_url_exported(stand: Stand) -> Iterator[dict[str, Any]]:
    """The entrypoint exports a URL, of which the file knows nothing."""
    text = stand.bed.pristine_entrypoint.replace(b"${LITELLM_ENTRYPOINT_SHAPE:-exec}", b"redis_url")
    stand.runs(in_redis(stand.bed.pristine), entrypoint=text)
    yield {}


@contextmanager
def fixed_timeout(stand: Stand) -> Iterator[dict[str, Any]]:
    """A LiteLLM with the known issue of the runbook's."""
    stand.runs(in_redis(stand.bed.pristine), service=f"    image: {built(FIXED_TIMEOUT)}\n")
    yield {}


@contextmanager
def clock_behind(stand: Stand) -> Iterator[dict[str, Any]]:
    """A fake clock in the environment of the container."""
    name = "libfaketimeMT.so.1"
    holder = stand.bed.docker.containers.create(built(FAKE_CLOCK))
    try:
        chunks, _stat = holder.get_archive(f"/usr/lib/{platform.machine()}-linux-gnu/faketime/{name}")
    finally:
        holder.remove()
    with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as archive:
        library = archive.extractfile(name)
        assert library is not None
        folder = stand.bed.directory / "conf" / "redis"
        folder.mkdir(exist_ok=True)
        (folder / name).write_bytes(library.read())
    # The monotonic clock stays, because an event loop waits by it.
    fake = f"{{LD_PRELOAD: /run/redis/{name}, FAKETIME: '-1h', FAKETIME_DONT_FAKE_MONOTONIC: '1'}}"
    stand.runs(in_redis(stand.bed.pristine), service=f"    environment: {fake}\n")
    yield {}


@contextmanager
def far_away(stand: Stand) -> Iterator[dict[str, Any]]:
    """The proxy reaches Redis through a relay that delays, and its operator knows it."""
    with Relay(stand.bed.gateway, (stand.bed.address("redis"), 6379), DELAY) as relay:
        stand.runs(in_redis(stand.bed.pristine, host=relay.host, port=relay.port))
        yield {"litellm_cache_redis_host": relay.host, "litellm_cache_redis_port": relay.port}


@contextmanager
def redis_stopped(stand: Stand) -> Iterator[dict[str, Any]]:
    """Somebody stopped it."""
    stand.in_redis()
    stand.bed.container("redis").stop(timeout=5)
    try:
        yield {}
    finally:
        stand.bed.container("redis").start()
        until(stand.bed.emptied, "Redis answers again")


@contextmanager
def redis_hangs(stand: Stand) -> Iterator[dict[str, Any]]:
    """It takes connections, and answers nobody."""
    stand.in_redis()
    stand.bed.redis().client_pause(PAUSE)
    try:
        yield {}
    finally:
        stand.bed.container("redis").restart(timeout=1)  # one that is paused takes no word to go on
        until(stand.bed.emptied, "Redis answers again")


@contextmanager
def password_changed(stand: Stand) -> Iterator[dict[str, Any]]:
    """The server has another one than the proxy."""
    stand.in_redis()
    server = stand.bed.redis()
    server.config_set("requirepass", NEW_PASSWORD)
    try:
        yield {}
    finally:
        server.config_set("requirepass", stand.bed.redis_password)  # a connection that is open stays so


@contextmanager
def redis_full(stand: Stand) -> Iterator[dict[str, Any]]:
    """It takes no entry any more."""
    stand.in_redis()
    server = stand.bed.redis()
    before = server.config_get("maxmemory*")
    server.config_set("maxmemory-policy", "noeviction")
    server.config_set("maxmemory", server.info("memory")["used_memory"] // 2)
    try:
        yield {}
    finally:
        for name, value in before.items():
            server.config_set(name, value)


@contextmanager
def redis_evicts(stand: Stand) -> Iterator[dict[str, Any]]:
    """Others fill it, so each new entry costs an old one."""
    stand.in_redis()
    server = stand.bed.redis(ELSEWHERE)
    limit = server.config_get("maxmemory")["maxmemory"]
    server.config_set("maxmemory", server.info("memory")["used_memory"] + 1_000_000)
    for number in range(300):
        server.set(f"of somebody else {number}", "x" * 10_000)
    assert server.info("stats")["evicted_keys"]
    try:
        yield {}
    finally:
        server.config_set("maxmemory", limit)
        server.flushdb()
        server.config_resetstat()


@contextmanager
def upstream_fails(stand: Stand) -> Iterator[dict[str, Any]]:
    """Each model answers with an error."""
    stand.in_redis()
    stand.bed.upstream("POST", "/fail", {"status": 500})
    try:
        yield {}
    finally:
        stand.bed.upstream("POST", "/fail", {"status": None})


@contextmanager
def another_service(stand: Stand) -> Iterator[dict[str, Any]]:
    """The project has a second proxy with a file of its own, and somebody asked it."""
    stand.in_redis()
    folder = stand.bed.directory / "conf" / "other"
    folder.mkdir(exist_ok=True)
    (folder / "config.yaml").write_bytes(in_redis(stand.bed.pristine, namespace="other"))
    override = stand.bed.directory / "compose.override.yml"
    before = override.read_text(encoding="utf-8") if override.exists() else None
    override.write_text(_with_another_service(before or ""), encoding="utf-8")
    stand.bed.compose("up", "--detach", "--no-build", "--no-recreate", "other")
    try:
        until(lambda: _asked(stand), "the other proxy answers")
        until(lambda: list(stand.bed.redis().scan_iter("other:*")), "it has stored its answer")
        yield {}
    finally:
        stand.bed.container("other").remove(force=True)
        override.write_text(before, encoding="utf-8") if before is not None else override.unlink()
        for key in stand.bed.redis().scan_iter("other:*"):
            stand.bed.redis().unlink(key)


def _with_another_service(override: str) -> str:
    """An override with a second service that is as the first one, but for its file and its port."""
    whole = yaml.safe_load(override) or {}
    other = {
        "extends": {"file": "compose.yml", "service": "litellm"},
        "volumes": ["./conf/other/config.yaml:/app/config.yaml:ro"],
    }
    services = {**(whole.get("services") or {}), "other": other}
    return str(yaml.safe_dump({**whole, "services": services})).replace(
        "  other:\n", "  other:\n    ports: !reset []\n"
    )


def _asked(stand: Stand) -> bool:
    """Whether the other proxy has answered a request."""
    body = {"model": "test-chat", "messages": [{"role": "user", "content": "of another service"}]}
    connection = http.client.HTTPConnection(stand.bed.address("other"), 4000, timeout=60)
    try:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {stand.bed.master_key}"}
        connection.request("POST", "/v1/chat/completions", json.dumps(body), headers)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


@contextmanager
def not_restarted(stand: Stand) -> Iterator[dict[str, Any]]:
    """One instance runs what the file said before."""
    stand.in_redis()
    stand.bed.config.write_bytes(in_redis(stand.bed.pristine, namespace="new"))
    for one in stand.bed.instances()[:-1]:
        one.restart(timeout=30)
    stand.bed.wait()
    try:
        yield {}
    finally:
        stand.bed.config.write_bytes(in_redis(stand.bed.pristine))
        stand.bed.restart()


@contextmanager
def another_namespace(stand: Stand) -> Iterator[dict[str, Any]]:
    """One instance was made with a variable that the others do not have."""
    stand.runs(in_redis(stand.bed.pristine, namespace=NAMESPACE))
    override = stand.bed.directory / "compose.override.yml"
    before = override.read_text(encoding="utf-8")
    override.write_text(f"{before}    environment: {{CACHE_NAMESPACE: other}}\n", encoding="utf-8")
    stand.bed.instances()[-1].remove(force=True)
    scaled(stand.bed)
    override.write_text(before, encoding="utf-8")
    try:
        yield {}
    finally:
        stand.bed.instances()[-1].remove(force=True)
        scaled(stand.bed)


@contextmanager
def as_it_is(stand: Stand) -> Iterator[dict[str, Any]]:
    """Its timeouts stand beside a URL, where this LiteLLM does not heed them."""
    stand.runs(stand.bed.pristine)
    yield {}


@contextmanager
def timeouts_in_the_url(stand: Stand) -> Iterator[dict[str, Any]]:
    """The way out of that."""
    _in_the_url(stand)
    yield {}


def _in_the_url(stand: Stand) -> None:
    text = stand.bed.pristine_entrypoint
    assert text.count(URL_END) == 1
    stand.runs(stand.bed.pristine, entrypoint=text.replace(URL_END, WITH_TIMEOUTS))


@contextmanager
def stored(stand: Stand) -> Iterator[dict[str, Any]]:
    """Somebody saved another database in LiteLLM's interface."""
    _in_the_url(stand)
    place = {"type": "redis", "host": "redis", "port": "6379", "db": ELSEWHERE, "redis_type": "node"}
    assert save_cache_settings(stand.bed, {**place, "password": stand.bed.redis_password}) == 200
    try:
        yield {}
    finally:
        in_database(stand.bed, REMOVE_CACHE_SETTINGS)


#: The ways of each deployment, by the names of the table. A way that restarts no proxy follows one that runs the same.
WAYS: dict[str, dict[str, Way]] = {
    "one": {
        "healthy, one instance, local": healthy_local,
        "healthy, one instance, Redis": healthy_in_redis,
        "the memory of Redis is full, `noeviction`": redis_full,
        "the memory of Redis is full, `allkeys-lru`": redis_evicts,
        "the upstream fails": upstream_fails,
        "another service caches in the same database, in a namespace of its own": another_service,
        "the password of Redis was changed": password_changed,
        "Redis is stopped": redis_stopped,
        "Redis hangs (`CLIENT PAUSE`)": redis_hangs,
        "the cache is switched off": cache_off,
        "chat is left out of the call types": no_chat,
        "the file names another database than the variables": another_database,
        "the router names another database": router_elsewhere,
        "the proxy has `REDIS_URL` beside its file": redis_url_exported,
        "the way to Redis delays each answer": far_away,
        "LiteLLM waits 5 s whatever the file says": fixed_timeout,
        "the clock of the instance is an hour behind": clock_behind,
    },
    "three": {
        "healthy, three instances, Redis": healthy_in_redis,
        "one of three instances was not restarted": not_restarted,
        "one of three instances has another namespace": another_namespace,
    },
    "erni_ki": {
        "as that of ERNI-KI, timeouts beside the URL": as_it_is,
        "healthy, as that of ERNI-KI, timeouts in the URL": timeouts_in_the_url,
        "settings are stored in LiteLLM's database": stored,
    },
}
#: What `make test` has: one restart of the stack that its other tests have.
SHORT = (
    "healthy, one instance, Redis",
    "the memory of Redis is full, `noeviction`",
    "the password of Redis was changed",
)
