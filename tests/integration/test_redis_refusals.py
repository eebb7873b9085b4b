# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A flush of real servers that are busy, full, or refuse a command, tells truly what it did."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path
from typing import Any, Iterator

import pytest
import redis
from ansible_collections.erni_ki.litellm.plugins.module_utils._redis import patience
from ansible_collections.erni_ki.litellm.plugins.module_utils._redis import sweep as sweep_file
from ansible_collections.erni_ki.litellm.plugins.module_utils._redis.access import RedisAccess
from ansible_collections.erni_ki.litellm.plugins.module_utils._redis.endpoint import Endpoint
from ansible_collections.erni_ki.litellm.plugins.module_utils._redis.flush import (
    DATABASE,
    RESPONSES,
    Flush,
    FlushError,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._redis.keys import Selection
from ansible_collections.erni_ki.litellm.plugins.module_utils._redis.refusals import BUSY, FULL, RedisServerError
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import until
from ansible_collections.erni_ki.litellm.tests.integration.support.redis_servers import (
    FIRST_STORED,
    HOST,
    Cluster,
    Standalone,
    fill,
    name_of,
    snapshot,
    value_of,
)

PASSWORD = "Passw0rd-Nobody-May-See"
TIMEOUT = 5.0
#: A script of somebody else that runs until it is killed.
ENDLESS = "while true do end"


def flush(endpoint: Endpoint, scope: str = RESPONSES, remove: bool = True, **options: Any) -> dict[str, Any]:
    """One flush, by the same way as the module."""
    selection = options.pop("selection", Selection())
    return Flush(RedisAccess(endpoint, None), scope, selection, timeout=TIMEOUT, **options).run(remove)


def login(client: redis.Redis, *commands: str) -> dict[str, str]:
    """Let the server know a user with all commands but some; how an endpoint logs in as that."""
    client.acl_setuser(
        "u", reset=True, enabled=True, passwords=[f"+{PASSWORD}"], keys=["*"], commands=["+@all", *commands]
    )
    return {"username": "u", "password": PASSWORD}


# -- FLUSHDB --------------------------------------------------------------------------------------------------


def test_what_went_unseen_has_gone_all_the_same(server: Standalone) -> None:
    client = server.client(db=9)
    for forbidden, least in ((("-dbsize",), 1), (("-dbsize", "-scan"), 0)):
        fill(client, 20, 0)
        endpoint = server.endpoint(db=9, db_named=True, **login(client, *forbidden))
        done = flush(endpoint, DATABASE, confirm=str(endpoint))
        assert client.dbsize() == 0
        assert (done["changed"], done["exact"], done["complete"]) == (True, False, True)
        assert least <= done["removed"] <= 20
    # An empty one can be seen to be empty without DBSIZE.
    endpoint = server.endpoint(db=9, db_named=True, **login(client, "-dbsize"))
    again = flush(endpoint, DATABASE, confirm=str(endpoint))
    assert (again["changed"], again["removed"], again["exact"]) == (False, 0, True)


def test_a_failure_at_a_later_primary_is_a_change(cluster: Cluster) -> None:
    fill(cluster.client(), 200, 0)
    _first, second, third = sorted(cluster.primaries())
    for port in cluster.primaries():
        with redis.Redis(HOST, port) as node:
            settings = login(node, *(["-flushdb"] if port == second else []))
    before = {port: redis.Redis(HOST, port).dbsize() for port in cluster.primaries()}
    endpoint = cluster.endpoint(**settings)
    with pytest.raises(FlushError, match=r"flushdb.*; emptied until then: 1 of 3 servers") as raised:
        flush(endpoint, DATABASE, confirm=str(endpoint))
    assert raised.value.context["changed"] is True and not raised.value.context["complete"]
    left = {port: redis.Redis(HOST, port).dbsize() for port in cluster.primaries()}
    assert left == {**before, min(before): 0} and left[third] > 0
    assert raised.value.context["removed"] == before[min(before)]


def test_the_first_refusal_of_flushdb_changes_nothing(server: Standalone) -> None:
    client = server.client(db=9)
    fill(client, 20, 0)
    endpoint = server.endpoint(db=9, db_named=True, **login(client, "-flushdb"))
    with pytest.raises(RedisServerError, match="flushdb"):
        flush(endpoint, DATABASE, confirm=str(endpoint))
    assert client.dbsize() == 20


def test_what_is_named_like_an_answer_wants_a_confirmation(server: Standalone) -> None:
    client = server.client(db=11)
    client.set(name_of("answer"), value_of("chat", FIRST_STORED, 1))
    client.set("litellm_config:param:general_settings", "{}")
    client.set("global_router:a:b:tpm:10-10", 1)
    client.close()
    endpoint = server.endpoint(db=11, db_named=True)
    strange = {
        name_of("session"): "named like a cached answer",
        "provider_spend:openai:1d": "a counter of what a budget",
        "litellm_request_errors_buffer": "other records that are not in LiteLLM's database",
    }
    for name, words in strange.items():
        with server.client(db=11) as one:
            one.hset(name, "user", "x")
        with pytest.raises(FlushError, match=words):
            flush(endpoint, DATABASE)
        with server.client(db=11) as one:
            one.delete(name)
            assert one.dbsize() == 3
    done = flush(endpoint, DATABASE)
    assert (done["removed"], done["removed_kinds"]) == (3, {"response": 1, "router": 1, "setting": 1})


# -- busy -----------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def a_long_script(server: Standalone) -> Iterator[redis.Redis]:
    """Somebody's script that makes the server answer BUSY; killed at the end."""
    client = server.client()
    client.config_set("busy-reply-threshold", 10)

    def run() -> None:
        with server.client() as somebody, contextlib.suppress(redis.RedisError):
            somebody.eval(ENDLESS, 0)

    thread = threading.Thread(target=run)
    thread.start()
    until(lambda: _is_busy(client), "the server is busy")
    try:
        yield client
    finally:
        with contextlib.suppress(redis.RedisError):
            client.script_kill()
        thread.join()


def _is_busy(client: redis.Redis) -> bool:
    try:
        client.get("anything")
    except redis.ResponseError as error:
        return str(error).startswith("BUSY")
    return False


@pytest.mark.parametrize("scope", [RESPONSES, DATABASE])
def test_a_busy_server_is_waited_for(server: Standalone, monkeypatch: pytest.MonkeyPatch, scope: str) -> None:
    with server.client(db=9) as client:
        fill(client, 50, 0)
    pauses: list[float] = []
    with a_long_script(server) as client:

        def pause(seconds: float) -> None:
            pauses.append(seconds)
            if len(pauses) == 3:
                client.script_kill()
            until(lambda: len(pauses) < 3 or not _is_busy(client), "the script was killed")

        monkeypatch.setattr(patience.time, "sleep", pause)
        endpoint = server.endpoint(db=9, db_named=True)
        done = flush(endpoint, scope, confirm=str(endpoint) if scope == DATABASE else None)
        monkeypatch.undo()
    assert (done["removed"], done["exact"]) == (50, True) and len(pauses) >= 3


def test_a_server_that_stays_busy_is_told(server: Standalone, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(server.client(), 5, 0)
    monkeypatch.setattr(patience, "PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr(sweep_file, "PATIENCE_SECONDS", 0.0)
    with a_long_script(server), pytest.raises(RedisServerError, match="is busy: BUSY") as raised:
        flush(server.endpoint())
    assert raised.value.code == BUSY and server.client().dbsize() == 5


# -- a renamed command, and a full server ---------------------------------------------------------------------


def test_a_renamed_eval_is_one_that_is_forbidden(tmp_path: Path) -> None:
    with Standalone(tmp_path, options="--rename-command EVAL ''") as server:
        filled = fill(server.client(), 100, 20)
        before = snapshot(server.client())
        done = flush(server.endpoint())
        assert (done["removed"], done["complete"]) == (100, True)
        assert [finding["code"] for finding in done["findings"]] == ["without_scripts"]
        assert snapshot(server.client()) == {key: value for key, value in before.items() if key not in filled.answers}


def test_a_renamed_flushdb_is_told_without_its_arguments(tmp_path: Path) -> None:
    with Standalone(tmp_path, options="--rename-command FLUSHDB ''") as server:
        fill(server.client(), 5, 0)
        with pytest.raises(RedisServerError) as raised:
            flush(server.endpoint(), DATABASE, confirm=str(server.endpoint()))
        assert "does not allow it: unknown command 'FLUSHDB'" in str(raised.value)
        assert "args" not in str(raised.value)


def test_a_full_server_is_emptied_by_scripts_and_else_says_what_it_needs(server: Standalone) -> None:
    client = server.client()
    fill(client, 300, 0)
    without_scripts = server.endpoint(**login(client, "-eval"))
    client.config_set("maxmemory-policy", "noeviction")
    client.config_set("maxmemory", 1)
    try:
        with pytest.raises(RedisServerError, match="allow this user EVAL, or raise maxmemory") as raised:
            flush(without_scripts)
        assert raised.value.code == FULL and client.dbsize() == 300
        assert flush(server.endpoint(**login(client)))["removed"] == 300
    finally:
        client.config_set("maxmemory", 0)
