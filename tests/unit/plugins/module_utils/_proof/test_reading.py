# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a reading by LiteLLM changes of our own, what is told of it, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof import reading as decisions
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.description import describe_cache

CONFIG = "/srv/config.yaml"
CACHE: dict[str, Any] = {
    "mode": "redis",
    "type": "redis",
    "switch": True,
    "form": "host",
    "host": "redis-cache",
    "port": 6379,
    "db": 0,
    "problem": None,
    "ttl": "900",
    "namespace": "llm",
    "supported_call_types": None,
    "request_mode": None,
}
LOCAL = {**CACHE, "mode": "local", "type": "local", "form": None, "host": None, "port": None, "db": None, "ttl": 300}
TEXT = """
litellm_settings:
  cache: os.environ/USE_CACHE
  cache_params: {type: redis, host: os.environ/REDIS_HOST, ttl: os.environ/TTL}
"""


def reading(**changes: Any) -> dict[str, Any]:
    told = {
        "path": "/app/config.yaml",
        "real_path": "/app/config.yaml",
        "source": "mounted",
        "bucket": None,
        "by_litellm": True,
        "why": ["include"],
        "included": [],
        "set_by_file": [],
        "references": [],
        "cache": CACHE,
        "router": {"redis_keys": [], "own_connection": False},
    }
    return {**decisions.as_reading(told, None), **changes}


def reference(
    setting: str, variable: str, value: Any = None, gave: str = "value", by_file: bool = False
) -> dict[str, Any]:
    setting = setting if setting.startswith("general_settings") else f"litellm_settings.{setting}"
    return {"setting": setting, "variable": variable, "gave": gave, "value": value, "set_by_file": by_file}


def included(*sections: str, path: str = "/app/limits.yaml") -> dict[str, Any]:
    return {"path": path, "sections": list(sections), "modified": 1.0}


# -- the description -------------------------------------------------------------------------------------


def test_what_litellm_reads_completes_the_description() -> None:
    cache = decisions.completed(describe_cache(TEXT), reading(cache=CACHE))
    assert (cache["mode"], cache["form"], cache["ttl"], cache["cache_enabled"]) == ("redis", "host", "900", True)
    assert {key: cache["redis"][key] for key in ("host", "port", "db")} == {
        "host": "redis-cache",
        "port": 6379,
        "db": 0,
    }
    cache = decisions.completed(describe_cache(TEXT), reading(cache=LOCAL))
    assert (cache["mode"], cache["type"], cache["form"]) == ("local", "local", None)


@pytest.mark.parametrize(
    "told",
    [
        None,
        reading(by_litellm=False),
        reading(by_litellm=False, source="copy"),
        reading(problem="no"),
        reading(current=False),  # the file was changed since, and its new text is what counts
    ],
)
def test_a_plain_file_is_described_by_its_text(told: dict[str, Any] | None) -> None:
    assert decisions.completed(describe_cache(TEXT), told) == describe_cache(TEXT)


def test_a_template_is_described_by_what_the_proxy_reads() -> None:
    assert (
        decisions.completed(describe_cache(TEXT), reading(by_litellm=False, source="made", cache=LOCAL))["mode"]
        == "local"
    )


def test_a_strange_value_is_not_shown() -> None:
    strange = {**CACHE, "host": "not a host", "ttl": "s3cret", "type": "s3cret"}
    assert "s3cret" not in str(decisions.completed(describe_cache(TEXT), reading(cache=strange)))


# -- the file that is read -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "mode", "words"),
    [
        (
            {"source": "bucket", "bucket": "confs"},
            "local",
            "from the bucket confs (LITELLM_CONFIG_BUCKET_NAME), not from",
        ),
        ({"source": "bucket", "bucket": "confs"}, "redis", "not from /srv/config.yaml: make the change there"),
        ({"source": "nowhere", "path": None}, "redis", "the proxy reads no file"),
        (
            {"source": "other", "host_path": "/srv/b.yaml"},
            "local",
            "is /srv/b.yaml on this host, not /srv/config.yaml: set",
        ),
        ({"source": "other"}, "local", "has little in common with it"),
        ({"source": "made"}, "redis", "which is made at its start; the mounted file /srv/config.yaml is its template"),
    ],
)
def test_a_file_whose_change_would_do_nothing_or_cannot_be_proved(
    changes: dict[str, Any], mode: str, words: str
) -> None:
    assert words in str(decisions.refusal_of_source(reading(**changes), CONFIG, mode))


@pytest.mark.parametrize(
    ("changes", "mode"), [({}, "redis"), ({"source": "copy"}, "redis"), ({"source": "made"}, "local"), (None, "redis")]
)
def test_a_file_that_can_be_changed(changes: dict[str, Any] | None, mode: str) -> None:
    told = None if changes is None else reading(**changes)
    assert decisions.refusal_of_source(told, CONFIG, mode) is None


# -- what is told ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, []),
        ({"problem": "why"}, ["config_unread"]),
        ({"source": "made"}, ["config_made"]),
        ({"source": "bucket", "bucket": "b"}, ["config_elsewhere"]),
        ({"included": [included(), included("litellm_settings")]}, ["include_wins"]),
        ({"references": [reference("cache_params.ttl", "TTL", "", "empty")]}, ["reference_empty"]),
        ({"references": [reference("cache_params.ttl", "TTL", None, "nothing")]}, ["reference_empty"]),
        ({"references": [reference("general_settings.master_key", "KEY", None, "nothing")]}, []),
    ],
)
def test_findings(changes: dict[str, Any], codes: list[str]) -> None:
    assert [entry["code"] for entry in decisions.findings_of_reading(reading(**changes), CONFIG)] == codes


def test_nobody_asked_means_nothing_to_tell() -> None:
    assert list(decisions.findings_of_reading(None, CONFIG)) == []


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (reference("cache_params.ttl", "TTL", "", "empty"), "TTL, which is empty, so LiteLLM gets an empty text"),
        (reference("cache_params.ttl", "TTL", None, "nothing"), "gives nothing: the proxy has no such variable"),
        (
            reference("cache_params.ttl", "TTL", None, "nothing", True),
            "TTL is set by environment_variables of the file",
        ),
    ],
)
def test_a_reference_without_an_answer_is_told_with_its_reason(told: dict[str, Any], words: str) -> None:
    assert words in decisions.empty_sentence(told)


# -- the candidate ---------------------------------------------------------------------------------------

ROUTER = {"router": {"redis_keys": ["redis_host"], "own_connection": True}}
WITHOUT_ROUTER = describe_cache(TEXT)
WITH_ROUTER = describe_cache(TEXT + "router_settings: {redis_host: a, redis_port: 1}\n")


@pytest.mark.parametrize(
    ("changes", "written", "mode", "words"),
    [
        ({"cache": LOCAL, "included": [included("litellm_settings")]}, WITHOUT_ROUTER, "redis", "limits.yaml has a"),
        (
            {"included": [included("litellm_settings")]},
            WITHOUT_ROUTER,
            "redis",
            "move the cache settings there, or merge",
        ),
        ({"included": [included("litellm_settings")]}, WITHOUT_ROUTER, "local", "limits.yaml has a litellm_settings"),
        (
            {"cache": {**LOCAL, "mode": "none"}, "references": [reference("cache", "USE_CACHE", False)]},
            WITHOUT_ROUTER,
            "redis",
            "cache is os.environ/USE_CACHE, which gives false, so the cache mode would be none, not redis",
        ),
        (
            {"cache": {**LOCAL, "mode": "none"}},
            WITHOUT_ROUTER,
            "redis",
            "would make the cache mode none of the file, not redis",
        ),
        (
            {"references": [reference("cache_params.password", "P", None, "nothing", True)]},
            WITHOUT_ROUTER,
            "redis",
            "P is set by environment_variables of the file",
        ),
        (
            {"included": [included("router_settings")], **ROUTER},
            WITH_ROUTER,
            "redis",
            "or set litellm_cache_router to none",
        ),
    ],
)
def test_a_candidate_that_would_not_do_what_it_says(
    changes: dict[str, Any], written: dict[str, Any], mode: str, words: str
) -> None:
    assert words in str(decisions.refusal_of_candidate(reading(**changes), written, mode, True))


@pytest.mark.parametrize(
    ("changes", "written", "mode", "changed"),
    [
        ({}, WITH_ROUTER, "redis", True),
        ({"included": [included("litellm_settings")]}, WITH_ROUTER, "redis", False),
        ({"included": [included()]}, WITH_ROUTER, "redis", True),
        ({"cache": LOCAL, "included": [included("litellm_settings")]}, WITHOUT_ROUTER, "local", True),
        ({"cache": LOCAL, "included": [included("router_settings")]}, WITHOUT_ROUTER, "local", True),
        ({"included": [included("router_settings")], **ROUTER}, WITHOUT_ROUTER, "redis", True),
        (
            {"references": [reference("general_settings.master_key", "K", None, "nothing", True)]},
            WITH_ROUTER,
            "redis",
            True,
        ),
    ],
)
def test_a_candidate_that_does_what_it_says(
    changes: dict[str, Any], written: dict[str, Any], mode: str, changed: bool
) -> None:
    assert decisions.refusal_of_candidate(reading(**changes), written, mode, changed) is None


def test_a_router_that_stays_on_redis_is_told_and_no_reason_to_stay_there() -> None:
    told = reading(cache=LOCAL, included=[included("router_settings")], **ROUTER)
    assert decisions.refusal_of_candidate(told, WITHOUT_ROUTER, "local", True) is None
    stays = decisions.router_finding(told, "local")
    assert stays is not None and "limits.yaml has a router_settings of its own" in stays["message"]
    assert decisions.router_finding(told, "redis") is None
    assert decisions.router_finding(reading(**ROUTER), "local") is None


# -- another place ---------------------------------------------------------------------------------------

HOST = reference("cache_params.host", "REDIS_HOST", "redis-cache")
LITERAL = describe_cache("litellm_settings: {cache: true, cache_params: {type: redis, host: other, port: 6379, db: 1}}")


@pytest.mark.parametrize(
    ("live", "written", "refused"),
    [
        (reading(references=[HOST]), LITERAL, True),
        (reading(references=[HOST], cache=LOCAL), LITERAL, False),  # there is no cache in Redis that could move
        (reading(references=[HOST]), describe_cache(TEXT), False),  # it stays
        (reading(references=[{**HOST, "value": "other"}]), LITERAL, False),  # it leads there
        (reading(references=[{**HOST, "setting": "router_settings.redis_host"}]), LITERAL, False),
    ],
)
def test_a_reference_is_not_replaced_by_another_place(
    live: dict[str, Any], written: dict[str, Any], refused: bool
) -> None:
    refusal = decisions.refusal_of_move(live, written)
    assert (refusal is not None) == refused
    if refused:
        assert "cache_params.host is os.environ/REDIS_HOST (redis-cache); litellm_cache_redis_host says other" in str(
            refusal
        )


def test_a_move_is_told() -> None:
    moved = decisions.move_finding(reading(), ("redis", 6379, 1))
    assert moved is not None and moved["message"] == "the cache moves from redis-cache:6379/0 to redis:6379/1"
    assert decisions.move_finding(reading(), ("redis-cache", 6379, 0)) is None
    assert decisions.move_finding(reading(cache=LOCAL), ("redis", 6379, 1)) is None
    assert decisions.move_finding(reading(), None) is None


@pytest.mark.parametrize(
    ("params", "place"),
    [
        ("host: a, port: 7000, db: 3", ("a", 7000, 3)),
        ("host: a", ("a", 6379, 0)),
        ("host: os.environ/REDIS_HOST, port: 1", ("redis-cache", 1, 0)),
        ("host: os.environ/NOBODY", None),
        ("url: os.environ/REDIS_URL", None),
    ],
)
def test_the_place_of_a_text(params: str, place: tuple[str, int, int] | None) -> None:
    written = describe_cache("litellm_settings: {cache: true, cache_params: {type: redis, %s}}" % params)
    assert decisions.place_of_text(written, reading(references=[HOST])) == place
