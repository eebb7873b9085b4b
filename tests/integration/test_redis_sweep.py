# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sweeps on real servers, also on some that fail in the middle.

What should go is known from what was written; what stays is read by redis-py before and after, byte for byte.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest
import redis
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside import redis_servers
from ansible_collections.erni_ki.litellm.plugins.module_utils._redis import sweep as sweep_file
from ansible_collections.erni_ki.litellm.plugins.module_utils._redis.endpoint import Endpoint, Tls
from ansible_collections.erni_ki.litellm.plugins.module_utils._redis.keys import Selection
from ansible_collections.erni_ki.litellm.plugins.module_utils._redis.server import (
    DATABASE,
    FORBIDDEN,
    LOGIN,
    REFUSED,
    SILENT,
    UNREACHABLE,
    RedisServer,
    RedisServerError,
    RedisServers,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._redis.step import StepByScript, StepByTransaction
from ansible_collections.erni_ki.litellm.plugins.module_utils._redis.sweep import Sweep, SweepError, Tally
from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import ROOT
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import until
from ansible_collections.erni_ki.litellm.tests.integration.support.redis_servers import (
    FIRST_STORED,
    HOST,
    Certificates,
    Cluster,
    Filled,
    Sentinels,
    Standalone,
    fill,
    name_of,
    snapshot,
    value_of,
)

PASSWORD = "Passw0rd-Nobody-May-See"
TIMEOUT = 5.0
OLD_REDIS = "4.3.4"
#: So many answers that a sweep takes several steps.
MANY = 4000
#: Sweeps the endpoint of its input with whatever redis-py its interpreter has.
PROGRAM = """
import json, sys
import redis
from ansible_collections.erni_ki.litellm.plugins.module_utils._redis.endpoint import Endpoint, Tls
from ansible_collections.erni_ki.litellm.plugins.module_utils._redis.keys import Selection
from ansible_collections.erni_ki.litellm.plugins.module_utils._redis.server import RedisServers
from ansible_collections.erni_ki.litellm.plugins.module_utils._redis.sweep import Sweep
settings = json.load(sys.stdin)
settings["nodes"] = tuple(map(tuple, settings["nodes"]))
settings["tls"] = Tls(**settings["tls"]) if settings["tls"] else None
tally = Sweep(RedisServers(Endpoint(**settings), 5), Selection(), True).run()
print(json.dumps({"gone": tally.gone, "redis": redis.__version__}))
"""


def sweep(endpoint: Endpoint, selection: Selection = Selection(), remove: bool = True, **options: Any) -> Tally:  # noqa: B008
    """One sweep."""
    return Sweep(RedisServers(endpoint, TIMEOUT), selection, remove, **options).run()


def allow(client: redis.Redis, scripts: bool) -> None:
    """Let the server know a user ``sweeper`` with any password, with scripts or without."""
    commands = ["+@all"] if scripts else ["+@all", "-eval"]
    client.acl_setuser("sweeper", enabled=True, nopass=True, keys=["*"], commands=commands)


def without(before: dict[bytes, Any], keys: set[bytes]) -> dict[bytes, Any]:
    """What should be there when these keys went."""
    assert keys <= set(before)
    return {key: value for key, value in before.items() if key not in keys}


def is_kept(kept: dict[str, int], really: dict[str, int]) -> bool:
    """Whether what stays was counted: SCAN gives a key twice now and then, while the table shrinks under a removal."""
    return kept.keys() == really.keys() and all(really[kind] <= kept[kind] <= 2 * really[kind] for kind in kept)


@contextlib.contextmanager
def in_the_middle(
    monkeypatch: pytest.MonkeyPatch, deed: Callable[[], Any], step: int = 3, way: Any = StepByScript
) -> Iterator[None]:
    """Do something once, just before a step of a sweep, and check that it was done."""
    taken = 0
    take = way.take

    def taking(self: Any, cursor: int, count: int) -> Any:
        nonlocal taken
        taken += 1
        if taken == step:
            deed()
        return take(self, cursor, count)

    with monkeypatch.context() as patched:
        patched.setattr(way, "take", taking)
        yield
    assert taken >= step, "the sweep was over before its middle"


@pytest.fixture(scope="module")
def old_python() -> str:
    """An interpreter with the oldest redis-py that is supported."""
    folder = ROOT / ".cache" / f"redis-{OLD_REDIS}"
    python = folder / "bin" / "python"
    if not list(folder.glob(f"lib/*/site-packages/redis-{OLD_REDIS}.dist-info")):
        tools = Path(sys.executable).parent
        environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "UV_NO_CONFIG": "1"}
        mirror = subprocess.run(
            [tools / "pip", "config", "get", "global.index-url"], capture_output=True, text=True, check=False
        ).stdout.strip()
        if mirror:  # uv does not read pip's configuration
            environment.setdefault("UV_DEFAULT_INDEX", mirror)
        make = [tools / "uv", "venv", "--clear", "--python", sys.executable, folder]
        install = [tools / "uv", "pip", "install", "--python", python, f"redis=={OLD_REDIS}"]
        for command in (make, install):
            subprocess.run(command, env=environment, check=True, capture_output=True)
    return str(python)


#: Of the servers, `make test` has what Debian 12 has, and one that is no Redis.
OLD, NEW = (pytest.param(image, marks=pytest.mark.rest) for image in ("redis:6.0", "redis:8.0"))


# -- what goes and what stays -------------------------------------------------------------------------------


@pytest.mark.parametrize("image", [OLD, "redis:7.0", NEW, "valkey:8.1"])
def test_answers_go_and_everything_else_stays(image: str, tmp_path: Path) -> None:
    with Standalone(tmp_path, image) as server:
        client = server.client(db=1)
        filled = fill(client, 1500, 200)
        elsewhere = fill(server.client(db=0), 20, 20)
        other_database = snapshot(server.client(db=0))
        before = snapshot(client)
        assert set(before) == set(filled.answers) | filled.others

        counted = sweep(server.endpoint(db=1), remove=False)
        assert snapshot(client) == before
        assert (counted.gone, counted.looked_at, counted.complete) == (1500, 1700, True)
        assert counted.contents == {
            content: len(filled.chosen(content=content)) for content in ("chat", "text", "embedding", "other")
        }
        assert counted.taken == {"response": 1500}
        assert sum(counted.kept.values()) == 200

        done = sweep(server.endpoint(db=1))
        assert snapshot(client) == without(before, set(filled.answers))
        assert (done.gone, done.taken, done.exact, done.scripted) == (1500, {"response": 1500}, True, True)
        assert is_kept(done.kept, counted.kept)
        assert set(done.kept) >= {"hex", "rate_limit", "router", "spend", "lock", "report", "foreign"}
        memory = counted.memory / 1500
        assert 200 < memory < 2000 and abs(done.memory - counted.memory) < 0.2 * counted.memory

        again = sweep(server.endpoint(db=1))
        assert again.gone == 0 and is_kept(again.kept, counted.kept)
        assert snapshot(client) == without(before, set(filled.answers))
        assert snapshot(server.client(db=0)) == other_database and len(elsewhere.answers) == 20


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "transaction"])
@pytest.mark.parametrize(
    ("selection", "wanted"),
    [
        (Selection(namespace="ns"), {"namespace": "ns"}),
        (Selection(namespace=""), {"namespace": ""}),
        (Selection(namespace="*"), {"namespace": "*"}),
        (Selection(older_than=FIRST_STORED + 300), {"before": FIRST_STORED + 300}),
        (Selection(contents=("embedding",)), {"content": "embedding"}),
        (Selection(namespace="ns", contents=("chat",)), {"namespace": "ns", "content": "chat"}),
        (Selection(pattern="ns:*"), {"namespace": "ns"}),
    ],
    ids=["namespace", "no namespace", "odd namespace", "age", "content", "namespace and content", "pattern"],
)
def test_what_a_selection_means(
    server: Standalone, selection: Selection, wanted: dict[str, Any], scripts: bool
) -> None:
    client = server.client()
    filled = fill(client, 700, 100)
    client.acl_setuser(
        "sweeper", enabled=True, nopass=True, keys=["*"], commands=["+@all", *([] if scripts else ["-eval"])]
    )
    before = snapshot(client)
    expected = filled.chosen(**wanted)
    endpoint = server.endpoint(username="sweeper", password="none")
    counted = sweep(endpoint, selection, remove=False)
    assert (counted.gone, counted.scripted) == (len(expected), scripts)
    assert snapshot(client) == before
    tally = sweep(endpoint, selection)
    assert snapshot(client) == without(before, expected)
    assert (tally.gone, tally.scripted) == (len(expected), scripts)
    if selection.pattern is None:
        assert tally.kept.get("response", 0) == 700 - len(expected)


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "transaction"])
def test_any_key_and_spared_keys(server: Standalone, scripts: bool) -> None:
    client = server.client()
    filled = fill(client, 300, 200)
    client.acl_setuser(
        "sweeper", enabled=True, nopass=True, keys=["*"], commands=["+@all", *([] if scripts else ["-eval"])]
    )
    endpoint = server.endpoint(username="sweeper", password="none")
    before = snapshot(client)
    shop = {key for key in before if key.startswith(b"shop:")}
    spared = (min(shop), max(filled.answers))
    assert sweep(endpoint, Selection(pattern="shop:*", any_key=True), spared=spared).gone == len(shop) - 1
    left = without(before, shop - {spared[0]})
    assert snapshot(client) == left
    assert sweep(endpoint, spared=spared).gone == 299
    assert set(snapshot(client)) == filled.others - (shop - {spared[0]}) | {spared[1]}
    assert sweep(endpoint, Selection(any_key=True), spared=spared).gone == len(left) - 299 - 2
    assert snapshot(client) == {key: before[key] for key in spared}


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "transaction"])
def test_answers_of_the_synchronous_client_are_answers(server: Standalone, scripts: bool) -> None:
    """``litellm.completion(..., caching=True)`` stores what Python shows of a value, and the proxy answers from it."""
    client = server.client()
    allow(client, scripts)
    endpoint = server.endpoint(username="sweeper", password="none")
    for number, content in enumerate(("chat", "text", "embedding", "other")):
        answer = json.loads(value_of(content, FIRST_STORED + number, number))
        client.set(name_of(content), str(answer))
    decoy = name_of("decoy")
    client.set(decoy, "{'timestamp': 1, 'answer': 1}")
    counted = sweep(endpoint, remove=False)
    assert counted.contents == {"chat": 1, "text": 1, "embedding": 1, "other": 1} and counted.kept == {"hex": 1}
    assert sweep(endpoint, Selection(older_than=FIRST_STORED + 0.5)).gone == 1
    assert sweep(endpoint, Selection(contents=("embedding",))).contents == {"embedding": 1}
    assert (sweep(endpoint).gone, client.keys()) == (2, [decoy.encode()])


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "transaction"])
def test_a_namespace_of_a_client_stands_behind_the_configured_one(server: Standalone, scripts: bool) -> None:
    client = server.client()
    allow(client, scripts)
    endpoint = server.endpoint(username="sweeper", password="none")
    meant = [f"{prefix}:{name_of(prefix)}" for prefix in ("team", "prod:team")]
    others = [name_of("none"), *(f"{prefix}:{name_of(prefix)}" for prefix in ("prod", "steam", "prod:steam"))]
    client.mset({name: value_of("chat", FIRST_STORED, 1) for name in meant + others})
    assert sweep(endpoint, Selection(namespace="prod:team"), remove=False).gone == 1
    assert sweep(endpoint, Selection(namespace="team")).gone == 2
    assert {key.decode() for key in client.keys()} == set(others)
    assert sweep(endpoint, Selection(namespace="prod")).gone == 1
    assert sweep(endpoint, Selection(namespace="")).gone == 1


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "transaction"])
def test_only_the_digits_of_a_name_must_be_lower_case(server: Standalone, scripts: bool) -> None:
    client = server.client()
    allow(client, scripts)
    digits = "a" + name_of("answer")[1:]
    meant = [digits, f"Prod-ABC:{digits}"]
    others = [digits.upper(), f"ns:A{digits[1:]}", f"ns:{digits[:-1]}F", f"ns:{digits[:-1]}\n", f"ns:{digits[:-1]}g"]
    client.mset({name: value_of("other", FIRST_STORED, 1) for name in meant + others})
    tally = sweep(server.endpoint(username="sweeper", password="none"))
    assert (tally.gone, sorted(client.keys())) == (2, sorted(name.encode() for name in others))


@pytest.mark.parametrize("image", [OLD, "redis:7.0", NEW, "valkey:8.1"])
def test_the_memory_of_a_few_large_answers_among_many_small_ones(image: str, tmp_path: Path) -> None:
    with Standalone(tmp_path, image) as server:
        client = server.client()
        for scripts in (True, False):
            allow(client, scripts)
            endpoint = server.endpoint(username="sweeper", password="none")
            fill(client, 1500, 0)
            large = json.dumps({"timestamp": FIRST_STORED, "response": "x" * 500_000})
            for number in range(6):
                client.set(name_of(f"large {number}"), large)
            really = sum(client.memory_usage(key) for key in client.keys())
            assert really > 3_000_000
            for remove in (False, True):
                tally = sweep(endpoint, remove=remove)
                assert tally.gone == 1506 and tally.scripted is scripts
                assert abs(tally.memory - really) < 0.1 * really, (scripts, remove, tally.memory, really)


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "transaction"])
def test_strange_values_stop_nothing(server: Standalone, scripts: bool) -> None:
    client = server.client()
    # They tell no time: no age that is asked for makes them go.
    timeless = {
        name_of(value): value
        for value in (
            '{"timestamp": 1.2.3, "response": 1}',
            '{"timestamp": ., "response": 1}',
            '{"timestamp": "1", "response": 1}',
            '{"timestamp": , "response": 1}',
        )
    }
    others = {
        name_of(value): value
        for value in (
            "",
            "{",
            '{"timestamp": 1}',
            '{"timestamp": 1,"response": 1}',
            f'{{"timestamp": {25 * "1"}, "response": 1}}',
        )
    }
    client.mset({**timeless, **others})
    client.acl_setuser(
        "sweeper", enabled=True, nopass=True, keys=["*"], commands=["+@all", *([] if scripts else ["-eval"])]
    )
    endpoint = server.endpoint(username="sweeper", password="none")
    assert sweep(endpoint, Selection(older_than=2e9)).kept == {"hex": len(others), "response": len(timeless)}
    assert len(client.keys()) == len(timeless) + len(others)
    assert sweep(endpoint).kept == {"hex": len(others)}
    assert {key.decode() for key in client.keys()} == set(others)


# -- the way there --------------------------------------------------------------------------------------------


def test_unix_socket(server: Standalone) -> None:
    filled = fill(server.client(db=2), 200, 20)
    assert sweep(Endpoint(socket=server.socket, db=2)).gone == 200
    assert set(server.client(db=2).keys()) == filled.others


def test_tls(tls_server: Standalone, server: Standalone, certificates: Certificates) -> None:
    client = tls_server.client()
    client.flushall()
    fill(client, 100, 10)
    assert sweep(tls_server.endpoint(tls=certificates.tls()), remove=False).gone == 100
    name = Endpoint(
        nodes=(("redis.compose", tls_server.port),), tls=certificates.tls(), addresses=(("redis.compose", HOST),)
    )
    error = refused(name)
    assert error.code == UNREACHABLE and "redis.compose" in str(error) and "certificate" in str(error).lower()
    assert sweep(tls_server.endpoint(tls=Tls(verify=False)), remove=False).gone == 100
    unchecked = Tls(certificates.tls().ca_file, check_hostname=False)
    with_another_name = Endpoint(nodes=name.nodes, tls=unchecked, addresses=name.addresses)
    assert sweep(with_another_name, remove=False).gone == 100

    error = refused(tls_server.endpoint(tls=certificates.tls("other")))
    assert error.code == UNREACHABLE and "certificate verify failed" in str(error)
    error = refused(tls_server.endpoint(password=PASSWORD))
    assert error.code == UNREACHABLE and "with TLS (redis_tls)?" in str(error)
    error = refused(server.endpoint(tls=certificates.tls(), password=PASSWORD), timeout=1.0)
    assert error.code in (SILENT, UNREACHABLE) and "a port without TLS?" in str(error)

    client.config_set("tls-auth-clients", "yes")
    error = refused(tls_server.endpoint(tls=certificates.tls()))
    assert error.code == UNREACHABLE and "certificate" in str(error).lower()
    assert len(client.keys()) == 110
    assert sweep(tls_server.endpoint(tls=certificates.tls(client=True))).gone == 100


def refused(endpoint: Endpoint, timeout: float = TIMEOUT) -> RedisServerError:
    """The one error of a sweep that cannot begin; it has one line and no secret."""
    with pytest.raises(RedisServerError) as raised:
        Sweep(RedisServers(endpoint, timeout), Selection(), remove=True).run()
    text = str(raised.value)
    assert PASSWORD not in text and "\n" not in text
    return raised.value


def test_logins_and_databases(server: Standalone) -> None:
    client = server.client()
    filled = fill(client, 50, 10)
    client.acl_setuser("reader", enabled=True, passwords=[f"+{PASSWORD}"], keys=["*"], commands=["+@all"])
    for settings in (
        {"username": "reader", "password": f"{PASSWORD}-wrong"},
        {"username": "nobody", "password": PASSWORD},
        {"password": PASSWORD},
    ):
        assert refused(server.endpoint(**settings)).code == LOGIN
    error = refused(server.endpoint(db=4000))
    assert error.code == DATABASE and "no database 4000" in str(error)
    assert set(client.keys()) == set(filled.answers) | filled.others
    client.config_set("requirepass", PASSWORD)
    try:
        assert refused(server.endpoint()).code == LOGIN
        assert sweep(server.endpoint(username="reader", password=PASSWORD), remove=False).gone == 50
        assert sweep(server.endpoint(password=PASSWORD)).gone == 50
    finally:
        redis.Redis(HOST, server.port, password=PASSWORD).config_set("requirepass", "")
    assert refused(Endpoint(nodes=((HOST, 1),))).code == UNREACHABLE


@pytest.mark.parametrize("image", [OLD, "redis:7.0", NEW])
def test_permissions(image: str, tmp_path: Path) -> None:
    with Standalone(tmp_path, image) as server:
        client = server.client()
        filled = fill(client, 400, 60)
        before = snapshot(client)
        for user, commands, keys in (
            ("no-unlink", ["+@all", "-unlink"], ["*"]),
            ("no-unlink-no-eval", ["+@all", "-unlink", "-eval"], ["*"]),
            ("no-getrange", ["+@all", "-getrange"], ["*"]),
            ("no-scan", ["+@all", "-scan"], ["*"]),
            ("some-keys", ["+@all"], ["ns:*"]),
            ("least", ["+scan", "+watch", "+unwatch", "+multi", "+exec", "+getrange", "+unlink"], ["*"]),
        ):
            client.acl_setuser(user, enabled=True, passwords=[f"+{PASSWORD}"], keys=keys, commands=commands)
        for user, words in (
            ("no-unlink", "'unlink'"),
            ("no-unlink-no-eval", "'unlink'"),
            ("no-getrange", "'getrange'"),
            ("no-scan", "'scan'"),
            ("some-keys", "key"),
        ):
            error = refused(server.endpoint(username=user, password=PASSWORD))
            assert error.code == FORBIDDEN and words in str(error) and "permission" in str(error), user
        assert snapshot(client) == before
        namespaced = filled.chosen(namespace="ns")
        tally = sweep(server.endpoint(username="some-keys", password=PASSWORD), Selection(pattern="ns:*"))
        assert (tally.gone, tally.scripted) == (len(namespaced), True)
        tally = sweep(server.endpoint(username="least", password=PASSWORD))
        assert (tally.gone, tally.scripted) == (400 - len(namespaced), False)
        assert snapshot(client) == without(before, set(filled.answers))


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "transaction"])
@pytest.mark.parametrize("image", [OLD, "redis:7.0", NEW])
def test_one_key_that_the_user_may_not_see(image: str, scripts: bool, tmp_path: Path) -> None:
    with Standalone(tmp_path, image) as server:
        client = server.client()
        fill(client, MANY, 0)
        strange = b"shop:" + b"0" * 64
        client.set(strange, "1")
        before = snapshot(client)
        commands = ["+@all"] if scripts else ["+@all", "-eval"]
        client.acl_setuser("some", enabled=True, passwords=[f"+{PASSWORD}"], keys=["[0-9a-fn]*"], commands=commands)
        endpoint = server.endpoint(username="some", password=PASSWORD)
        # Its own namespace is swept all the same.
        tally = sweep(endpoint, Selection(namespace="ns"))
        after = snapshot(client)
        assert tally.complete and tally.gone == len(before) - len(after) > 0
        assert tally.kept["hex"] == 1 and all(key.startswith(b"ns:") for key in set(before) - set(after))
        # Without one it ends there, wherever that is, and has counted what went until then.
        with pytest.raises((SweepError, RedisServerError)) as caught:
            sweep(endpoint)
        gone = len(after) - len(snapshot(client))
        told = caught.value.tally if isinstance(caught.value, SweepError) else Tally()
        assert told.gone == gone == sum(told.taken.values())
        assert "key" in str(caught.value) and client.exists(strange)


# -- others write in the meantime ------------------------------------------------------------------------------


def test_a_key_that_changes_between_look_and_removal_stays(server: Standalone, monkeypatch: pytest.MonkeyPatch) -> None:
    client = server.client()
    filled = fill(client, 60, 10)
    before = snapshot(client)
    another_type, another_content = sorted(filled.answers)[:2]
    plain = RedisServer.commands
    written = []

    def commands(self: RedisServer, batch: list[tuple[Any, ...]]) -> list[Any]:
        if batch[0] == ("MULTI",) and not written:
            written.append(batch[1][1:])
            client.delete(another_type)
            client.hset(another_type, "a", "b")
            client.set(another_content, "of another application")
        return plain(self, batch)

    monkeypatch.setattr(RedisServer, "commands", commands)
    client.acl_setuser("sweeper", enabled=True, nopass=True, keys=["*"], commands=["+@all", "-eval"])
    tally = sweep(server.endpoint(username="sweeper", password="none"))
    assert {another_type, another_content} <= set(written[0]), "they were about to go"
    assert (tally.gone, tally.complete, tally.scripted) == (58, True, False)
    assert set(client.keys()) == filled.others | {another_type, another_content}
    assert client.hgetall(another_type) == {b"a": b"b"} and client.get(another_content) == b"of another application"
    after = snapshot(client)
    assert all(after[key] == before[key] for key in filled.others)


class WriteLoad:
    """Adds keys and writes them again, until it is stopped; knows what it wrote."""

    def __init__(self, server: Standalone) -> None:
        self._client = redis.Redis(HOST, server.port)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._write, daemon=True)
        self.wrote: dict[bytes, bytes] = {}
        self.writes = 0

    def __enter__(self) -> WriteLoad:
        self._thread.start()
        until(lambda: self.writes > 100, "it writes")
        return self

    def __exit__(self, *_unused: object) -> None:
        self._stop.set()
        self._thread.join()
        self._client.close()

    def _write(self) -> None:
        while not self._stop.is_set():
            name = name_of(f"load {self.writes // 2}") if self.writes % 4 < 2 else f"load:{self.writes // 2}"
            value = f"written {self.writes}"
            self._client.set(name, value)
            self.wrote[name.encode()] = value.encode()
            self.writes += 1


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "transaction"])
def test_under_write_load(server: Standalone, scripts: bool) -> None:
    client = server.client()
    filled = fill(client, 3 * MANY, 500)
    before = snapshot(client)
    client.acl_setuser(
        "sweeper", enabled=True, nopass=True, keys=["*"], commands=["+@all", *([] if scripts else ["-eval"])]
    )
    with WriteLoad(server) as load:
        began = load.writes
        tally = sweep(server.endpoint(username="sweeper", password="none"))
        assert load.writes > began
    assert (tally.gone, tally.complete, tally.scripted) == (3 * MANY, True, scripts)
    after = snapshot(client)
    assert {key: after[key] for key in filled.others} == without(before, set(filled.answers))
    assert set(after) == filled.others | set(load.wrote)
    assert {key: client.get(key) for key in load.wrote} == load.wrote


# -- faults ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "transaction"])
def test_a_connection_that_is_cut_goes_on(server: Standalone, monkeypatch: pytest.MonkeyPatch, scripts: bool) -> None:
    client = server.client()
    filled = fill(client, MANY, 300)
    before = snapshot(client)
    client.acl_setuser(
        "sweeper", enabled=True, nopass=True, keys=["*"], commands=["+@all", *([] if scripts else ["-eval"])]
    )
    endpoint = server.endpoint(username="sweeper", password="none")
    for remove in (False, True):
        way = StepByScript if scripts else StepByTransaction
        with in_the_middle(
            monkeypatch, lambda: client.execute_command("CLIENT KILL USER sweeper"), 3 if scripts else 4, way
        ):
            tally = sweep(endpoint, remove=remove)
        # The step whose answer was lost had not begun: the line was cut before it.
        assert (tally.gone, tally.complete, tally.exact) == (MANY, True, not remove)
        assert tally.taken == {"response": MANY} and 300 <= sum(tally.kept.values()) <= 600
    assert snapshot(client) == without(before, set(filled.answers))


def test_a_server_that_stops_leaves_a_true_count(server: Standalone, monkeypatch: pytest.MonkeyPatch) -> None:
    filled = fill(server.client(), MANY, 300)
    before = snapshot(server.client())
    monkeypatch.setattr(sweep_file, "PATIENCE_SECONDS", 1.0)
    with in_the_middle(monkeypatch, server.kill), pytest.raises(SweepError) as raised:
        sweep(server.endpoint())
    server.start()
    until(lambda: _answers(server.client()), "the data are loaded")
    after = snapshot(server.client())
    gone = set(before) - set(after)
    assert gone <= set(filled.answers) and after == without(before, gone)
    tally = raised.value.tally
    assert 0 < tally.gone <= len(gone) < MANY
    assert (tally.complete, tally.exact) == (False, False)
    assert f"at least {tally.gone} " in str(raised.value) and "Run it again" in str(raised.value)
    assert sweep(server.endpoint()).gone == MANY - len(gone)
    assert snapshot(server.client()) == without(before, set(filled.answers))


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False


def test_a_server_that_is_started_again(server: Standalone, monkeypatch: pytest.MonkeyPatch) -> None:
    filled = fill(server.client(), MANY, 300)
    before = snapshot(server.client())

    def restart() -> None:
        server.kill()
        server.start()

    with in_the_middle(monkeypatch, restart):
        counted = sweep(server.endpoint(), remove=False)
    # Counted anew from the beginning, not twice.
    assert (counted.gone, counted.complete, sum(counted.kept.values())) == (MANY, True, 300)
    with in_the_middle(monkeypatch, restart):
        tally = sweep(server.endpoint())
    assert tally.complete and tally.gone == MANY
    assert snapshot(server.client()) == without(before, set(filled.answers))


def test_progress_is_told(server: Standalone, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(server.client(), MANY, 0)
    monkeypatch.setattr(sweep_file, "PROGRESS_SECONDS", 0.0)
    told: list[int] = []
    assert sweep(server.endpoint(), progress=lambda tally: told.append(tally.gone)).gone == MANY
    assert len(told) > 2 and told == sorted(told) and 0 < told[0] < told[-1] <= MANY


def test_a_count_that_has_enough(server: Standalone, cluster: Cluster) -> None:
    fill(server.client(), MANY, 100)
    fill(cluster.client(), 1000, 0)
    for endpoint in (server.endpoint(), cluster.endpoint()):
        tally = sweep(endpoint, remove=False, enough=1)
        assert not tally.complete and 0 < tally.gone < 1000
        assert sweep(endpoint, Selection(namespace="nowhere"), remove=False, enough=1).complete
        assert sweep(endpoint, enough=1).complete  # a removal is never enough
        assert sweep(endpoint, remove=False, enough=1).gone == 0


def test_the_time_is_over(server: Standalone) -> None:
    filled = fill(server.client(), MANY, 0)
    with pytest.raises(SweepError, match="max_seconds") as raised:
        sweep(server.endpoint(), deadline=1e-6)
    left = set(server.client().keys())
    assert raised.value.tally.gone == MANY - len(left) > 0 and left < set(filled.answers)
    assert f"removed until then: {MANY - len(left)} entries" in str(raised.value) and raised.value.tally.exact


# -- Sentinel -------------------------------------------------------------------------------------------------


def test_sentinel(sentinels: Sentinels) -> None:
    filled = fill(sentinels.client(), 300, 60)
    error = refused(Endpoint("sentinel", sentinels.endpoint().nodes, service="unknown", password=PASSWORD))
    assert error.code == REFUSED and "redis_sentinel_service" in str(error)
    # The first Sentinel need not be there.
    endpoint = Endpoint("sentinel", ((HOST, 1), *sentinels.endpoint().nodes), service="cache")
    assert sweep(endpoint).gone == 300
    assert set(sentinels.client().keys()) == filled.others
    replica = next(port for port in sentinels.servers if port != sentinels.primary())
    fill(sentinels.client(), 10, 0)
    assert sentinels.client().wait(1, 5000) == 1
    assert "read only replica" in str(refused(Endpoint(nodes=((HOST, replica),))))


def test_a_sentinel_that_is_behind_the_times_is_not_believed(sentinels: Sentinels) -> None:
    filled = fill(sentinels.client(), 100, 10)
    primary = sentinels.primary()
    replica = next(port for port in sentinels.servers if port != primary)
    without_it, stale, right = (redis.Redis(HOST, port) for port in sentinels.sentinels)
    try:
        for sentinel, port in ((stale, replica), (right, primary)):
            sentinel.execute_command("SENTINEL", "MONITOR", "another", HOST, port, 3)
            sentinel.execute_command("SENTINEL", "SET", "another", "down-after-milliseconds", 3_600_000)
        nodes = [(HOST, port) for port in sentinels.sentinels]
        for order in (nodes, nodes[::-1], [nodes[1], nodes[0], nodes[2]]):
            assert sweep(Endpoint("sentinel", tuple(order), service="another"), remove=False).gone == 100
            named = {"sentinel_nodes": order, "service_name": "another"}
            assert redis_servers.primary_of(redis, named, {}) == (HOST, primary)
        alone = {"sentinel_nodes": [nodes[1]], "service_name": "another"}
        assert redis_servers.primary_of(redis, alone, {}) == (HOST, replica)  # what goes there is told by what it says
        error = refused(Endpoint("sentinel", (nodes[1],), service="another"))
        assert "says that it is a replica" in str(error)
        assert sweep(Endpoint("sentinel", tuple(nodes), service="another")).gone == 100
        assert set(sentinels.client().keys()) == filled.others
    finally:
        for sentinel in (stale, right):
            sentinel.execute_command("SENTINEL", "REMOVE", "another")
        without_it.close()


def test_sentinel_failover_in_the_middle(sentinels: Sentinels, monkeypatch: pytest.MonkeyPatch) -> None:
    filled = fill(sentinels.client(), MANY, 300)
    before = snapshot(sentinels.client())
    first = sentinels.primary()
    assert sentinels.client().wait(1, 5000) == 1
    with in_the_middle(monkeypatch, lambda: sentinels.kill_server(first)):
        tally = sweep(sentinels.endpoint())
    assert tally.complete and not tally.exact
    assert sentinels.primary() != first
    assert snapshot(sentinels.client()) == without(before, set(filled.answers))


# -- Cluster --------------------------------------------------------------------------------------------------


def _fill_cluster(cluster: Cluster, responses: int, others: int) -> tuple[Filled, dict[bytes, Any]]:
    with cluster.client() as client:
        filled = fill(client, responses, others)
        for port in cluster.primaries():
            with redis.Redis(HOST, port) as primary:
                until(lambda primary=primary: primary.wait(1, 1000) == 1, "the replica has all of it")
        return filled, snapshot(client)


def _cluster_keys(cluster: Cluster) -> dict[bytes, Any]:
    with cluster.client() as client:
        return snapshot(client)


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "transaction"])
def test_all_primaries_of_a_cluster_are_swept(cluster: Cluster, scripts: bool) -> None:
    filled, before = _fill_cluster(cluster, 1000, 200)
    for port in cluster.nodes:
        with redis.Redis(HOST, port) as node:
            node.acl_setuser(
                "sweeper", enabled=True, nopass=True, keys=["*"], commands=["+@all", *([] if scripts else ["-eval"])]
            )
    endpoint = cluster.endpoint(username="sweeper", password="none")
    counted = sweep(endpoint, remove=False)
    assert (counted.gone, counted.looked_at) == (1000, 1200)
    assert _cluster_keys(cluster) == before
    tally = sweep(endpoint)
    assert (tally.gone, tally.scripted) == (1000, scripts) and 200 <= sum(tally.kept.values()) <= 400
    assert _cluster_keys(cluster) == without(before, set(filled.answers))
    assert sweep(endpoint).gone == 0


def test_a_node_of_a_cluster_is_no_server_by_itself(cluster: Cluster) -> None:
    _filled, before = _fill_cluster(cluster, 100, 20)
    port = next(iter(cluster.primaries()))
    for db in (0, 1):
        error = refused(Endpoint(nodes=((HOST, port),), db=db))
        assert error.code == REFUSED and "redis_cluster_nodes" in str(error)
    assert _cluster_keys(cluster) == before


def test_a_node_that_names_no_host_means_its_own(cluster: Cluster) -> None:
    _filled, before = _fill_cluster(cluster, 100, 20)
    nodes = [redis.Redis(HOST, port) for port in cluster.nodes]
    try:
        for node in nodes:
            node.config_set("cluster-preferred-endpoint-type", "unknown-endpoint")
        # The first one is not there, so it is not the one that answers.
        endpoint = Endpoint("cluster", (("127.0.0.2", cluster.nodes[0]), *cluster.endpoint().nodes))
        assert sweep(endpoint, remove=False).gone == 100
    finally:
        for node in nodes:
            node.config_set("cluster-preferred-endpoint-type", "ip")
            node.close()
    assert _cluster_keys(cluster) == before


def test_a_node_that_is_alone_or_behind_the_times_is_not_believed(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled, before = _fill_cluster(cluster, 100, 20)
    with redis.Redis(HOST, cluster.nodes[0]) as node:  # it leaves out a replica of which it has heard no offset yet
        until(lambda: all(len(told) == 4 for told in node.execute_command("CLUSTER SLOTS")), "it names the replicas")
    plain = RedisServer.command

    def command(self: RedisServer, *words: Any) -> Any:
        reply = plain(self, *words)
        if words == ("CLUSTER", "SLOTS") and self.node == (HOST, cluster.nodes[0]):
            # What it would say when each replica had taken over, and it had not heard of it.
            return [[first, last, *nodes[::-1]] for first, last, *nodes in reply]
        return reply

    monkeypatch.setattr(RedisServer, "command", command)
    error = refused(Endpoint("cluster", cluster.endpoint().nodes[:1]))
    assert "says that it is a replica" in str(error)
    with Standalone(tmp_path, options="--cluster-enabled yes") as alone:
        assert "knows no slots" in str(refused(Endpoint("cluster", ((HOST, alone.port),))))
        endpoint = Endpoint("cluster", ((HOST, alone.port), *cluster.endpoint().nodes))
        assert sweep(endpoint).gone == 100
    assert _cluster_keys(cluster) == without(before, set(filled.answers))


def test_a_cluster_of_valkey(tmp_path: Path) -> None:
    with Cluster(tmp_path, "valkey:8.1") as cluster:
        filled, before = _fill_cluster(cluster, 100, 20)
        # It has a word of its own for what it is, so that this is no matter of course.
        error = refused(Endpoint(nodes=((HOST, next(iter(cluster.primaries()))),)))
        assert error.code == REFUSED and "redis_cluster_nodes" in str(error)
        assert sweep(cluster.endpoint()).gone == 100
        assert _cluster_keys(cluster) == without(before, set(filled.answers))


def test_a_server_by_itself_is_no_cluster(server: Standalone) -> None:
    error = refused(Endpoint("cluster", server.endpoint().nodes))
    assert error.code == REFUSED and "cluster support disabled" in str(error)


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "transaction"])
def test_slots_that_move_in_the_middle(cluster: Cluster, monkeypatch: pytest.MonkeyPatch, scripts: bool) -> None:
    filled, before = _fill_cluster(cluster, 3 * MANY, 300)
    for port in cluster.nodes:
        with redis.Redis(HOST, port) as node:
            node.acl_setuser(
                "sweeper", enabled=True, nopass=True, keys=["*"], commands=["+@all", *([] if scripts else ["-eval"])]
            )
    # Towards the server that is swept first, so that what comes late would be missed.
    first, _second, last = sorted(cluster.primaries())
    names = cluster.primaries()
    moving: list[subprocess.Popen[bytes]] = []

    def move() -> None:
        moving.append(
            cluster.begin(
                "redis-cli", "--cluster", "reshard", f"{HOST}:{first}", "--cluster-from", names[last],
                "--cluster-to", names[first], "--cluster-slots", "400", "--cluster-yes",
            )
        )  # fmt: skip
        with redis.Redis(HOST, last) as node:
            until(
                lambda: "->-" in str(node.execute_command("CLUSTER NODES", keys=[])) or moving[0].poll() is not None,
                "it moves",
            )

    way = StepByScript if scripts else StepByTransaction
    try:
        with in_the_middle(monkeypatch, move, 4, way):
            tally = sweep(cluster.endpoint(username="sweeper", password="none"))
    finally:
        output = moving[0].communicate()[0]
    assert moving[0].returncode == 0, output.decode()
    assert tally.complete and tally.gone == 3 * MANY
    left, expected = _cluster_keys(cluster), without(before, set(filled.answers))
    assert {key: value for key, (value, _until) in left.items()} == {
        key: value for key, (value, _until) in expected.items()
    }
    # MIGRATE sends the time that is left, in milliseconds, and the other node adds it to its own clock.
    assert all(abs(until - expected[key][1]) < 1000 for key, (_value, until) in left.items())


# -- with the oldest redis-py ---------------------------------------------------------------------------------


def test_the_oldest_client(
    old_python: str,
    server: Standalone,
    tls_server: Standalone,
    sentinels: Sentinels,
    cluster: Cluster,
    certificates: Certificates,
) -> None:
    tls_server.client().flushall()
    for endpoint, client in (
        (server.endpoint(db=1), server.client(db=1)),
        (tls_server.endpoint(tls=certificates.tls(client=True)), tls_server.client()),
        (sentinels.endpoint(), sentinels.client()),
        (cluster.endpoint(), cluster.client()),
    ):
        filled = fill(client, 200, 40)
        before = snapshot(client)
        done = subprocess.run(
            [old_python, "-c", PROGRAM],
            input=json.dumps(asdict(endpoint)),
            env={**os.environ, "PYTHONPATH": str(Path(sweep_file.__file__).parents[6])},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == {"gone": 200, "redis": OLD_REDIS}
        assert snapshot(client) == without(before, set(filled.answers))
        client.close()


# -- at the end: a node of the Cluster stays away -------------------------------------------------------------


def test_cluster_failover_in_the_middle(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    filled, before = _fill_cluster(cluster, 3 * MANY, 300)
    victim = min(cluster.primaries())
    with in_the_middle(monkeypatch, lambda: cluster.kill_server(victim), 4):
        tally = sweep(cluster.endpoint())
    assert tally.complete and not tally.exact
    assert victim not in cluster.primaries()
    assert _cluster_keys(cluster) == without(before, set(filled.answers))
