# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way to local, and back, from every shape in which a file can name Redis: what loads afterwards is held against PyYAML."""

from __future__ import annotations

import json
from typing import Any, Callable

import pytest
import yaml
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import UnsupportedConfigError
from ansible_collections.erni_ki.litellm.tests.unit.support.cache_oracle import REDIS_ONLY, ROUTER_ONLY
from ansible_collections.erni_ki.litellm.tests.unit.support.config_texts import (
    LOCAL,
    REDIS,
    codes,
    load,
    revert,
    stored,
    switch,
    variants,
    wishes,
)

CACHE = "litellm_settings:\n  cache: true\n  cache_params:\n    type: redis\n    host: redis\n"
#: What routers have besides, in all kinds of values.
OTHERS = {
    "num_retries": 3,
    "timeout": None,
    "allowed_fails_policy": {"BadRequestErrorAllowedFails": 1000},
    "model_group_alias": {"gpt-4": "gpt-4o", "o'1": {"model": "x: y", "hidden": True}},
    "fallbacks": [{"gpt-4o": ["claude", "#1"]}, {}],
    "cooldown_time": 1e21,
    "tags": [],
}
#: Parts of a connection, of which only the last is one to LiteLLM.
PARTS = {
    "redis_host alone": {"redis_host": "redis"},
    "redis_url alone": {"redis_url": "os.environ/REDIS_URL"},
    "cache_kwargs alone": {"cache_kwargs": {"db": 5, "client_name": "app"}},
    "redis_password alone": {"redis_password": "S3cretS3cret"},
    "all of it": {"redis_host": "redis", "redis_port": 6379, "redis_password": "os.environ/P", "cache_kwargs": {}},
}


def in_block(values: Any, column: int) -> str:
    lines = yaml.safe_dump(values, default_flow_style=False, sort_keys=False).splitlines()
    return "".join(f"{' ' * column}{line}\n" for line in lines)


def in_flow(values: Any) -> str:
    return yaml.safe_dump(values, default_flow_style=True, width=1e6, sort_keys=False).strip()


#: How a section ``router_settings`` of given keys is written.
SHAPES: dict[str, Callable[[dict], str]] = {
    "flow": lambda keys: CACHE + f"router_settings: {in_flow(keys)}  # why\n",
    "flow over lines": lambda keys: f"router_settings: {json.dumps(keys, indent=2)}\n".replace("\n}", "\n  }") + CACHE,
    "flow below its key": lambda keys: f"router_settings:\n    {in_flow(keys)}\n\n" + CACHE,
    "alias": lambda keys: "x: &x\n" + in_block(keys, 2) + CACHE + "router_settings: *x\n",
    "alias of a flow mapping": lambda keys: f"x: &x {in_flow(keys)}\nrouter_settings: *x # why\n" + CACHE,
    "merge key": lambda keys: "x: &x\n" + in_block(keys, 2) + CACHE + "router_settings:\n  # why\n  <<: *x\n  own: 1\n",
    "merge key alone": lambda keys: f"x: &x {in_flow(keys)}\n" + CACHE + "router_settings:\n  <<: *x\n",
    "merge key of a flow mapping": lambda keys: CACHE + f"router_settings:\n  own: 1\n  <<: {in_flow(keys)}  # why\n",
    "merge keys in a list": lambda keys: (
        f"x: &x {in_flow(keys)}\ny: &y {{num_retries: 9, mine: 1}}\n" + CACHE + "router_settings:\n  <<: [*x, *y]\n"
    ),
    "own keys over a merge key": lambda keys: (
        f"x: &x {in_flow(keys)}\n" + CACHE + "router_settings:\n  redis_host: other\n  num_retries: 1\n  <<: *x\n"
    ),
    "merge key of the root": lambda keys: f"x: &x {{router_settings: {in_flow(keys)}}}\n<<: *x\n" + CACHE,
    "alias over a merge key of the root": lambda keys: (
        f"x: &x {{router_settings: {in_flow(keys)}}}\n<<: *x\n" + CACHE + "y: &y {redis_host: z}\nrouter_settings: *y\n"
    ),
}


def require_local(before: str, after: str) -> None:
    """Require of what loads that nothing leads to Redis, and that all else is as it was."""
    was, now = load(before), load(after)
    router = {key: value for key, value in (was.pop("router_settings") or {}).items() if key not in ROUTER_ONLY}
    assert (now.pop("router_settings", None) or {}) == router
    settings, settings_now = dict(was.pop("litellm_settings")), dict(now.pop("litellm_settings"))
    params, params_now = settings.pop("cache_params"), settings_now.pop("cache_params")
    ours = {"type", "ttl", "supported_call_types"}
    kept = {key: value for key, value in params.items() if key not in REDIS_ONLY | ours}
    assert params_now["type"] == "local" and settings_now["cache"] is True
    assert {key: value for key, value in params_now.items() if key not in ours} == kept
    assert {key: params_now[key] for key in ours & params.keys() - {"type"}} == {
        key: params[key] for key in ours & params.keys() - {"type"}
    }
    assert (settings_now, now) == (settings, was)


@pytest.mark.parametrize("others", [{}, OTHERS], ids=["alone", "beside others"])
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("shape", SHAPES)
def test_local_arrives_and_leads_back(shape: str, part: str, others: dict) -> None:
    text = SHAPES[shape]({**PARTS[part], **others})
    there = switch(text, LOCAL)
    require_local(text, there.candidate)
    assert revert(there).candidate == text
    assert "S3cret" not in str(stored(there.journal).to_dict()) + str(there.findings)
    redis = switch(there.candidate, REDIS, stored(there.journal))
    router = load(redis.candidate)["router_settings"]
    assert router["redis_host"] == "redis" and "redis_url" not in router
    was = load(text)["router_settings"]
    assert {key: router[key] for key in was if key not in ROUTER_ONLY} == {
        key: was[key] for key in was if key not in ROUTER_ONLY
    }
    lost = switch(redis.candidate, LOCAL)
    require_local(redis.candidate, lost.candidate)


@pytest.mark.parametrize("variant", ["crlf", "open end", "byte order mark"])
@pytest.mark.parametrize("shape", SHAPES)
def test_line_ends_and_marks_stay(shape: str, variant: str) -> None:
    text = variants(SHAPES[shape]({**PARTS["all of it"], **OTHERS}))[variant]
    there = switch(text, LOCAL)
    require_local(text.lstrip("\ufeff"), there.candidate.lstrip("\ufeff"))
    assert revert(there).candidate == text


@pytest.mark.parametrize("shape", SHAPES)
def test_a_router_that_is_to_share_loses_its_connection(shape: str) -> None:
    text = SHAPES[shape]({**PARTS["all of it"], **OTHERS})
    there = switch(text, wishes(router="none"))
    assert not ROUTER_ONLY & (load(there.candidate)["router_settings"] or {}).keys()


PARAMS = {"type": "redis", "url": "os.environ/U", "ssl": True, "ttl": 60, "namespace": "mine", "mode": "default_on"}
SETTINGS = {"cache": True, "cache_params": PARAMS, "drop_params": True, "callbacks": ["a", {"b": None}]}
ROUTER = "router_settings: {redis_host: redis}\n"
#: How the settings are written.
SETTINGS_SHAPES = {
    "flow section": f"litellm_settings: {in_flow(SETTINGS)}\n",
    "section behind an alias": "x: &x\n" + in_block(SETTINGS, 2) + "litellm_settings: *x\n",
    "section from a merge key": "x: &x\n" + in_block(SETTINGS, 2) + "litellm_settings:\n  <<: *x\n  own: 1\n",
    "section from a merge key of the root": f"x: &x\n  litellm_settings: {in_flow(SETTINGS)}\n<<: *x\n",
    "flow parameters": f"litellm_settings:\n  cache: true\n  cache_params: {in_flow(dict(PARAMS, a={'b': ['c']}))}\n",
    "parameters from a merge key": (
        f"x: &x {in_flow(PARAMS)}\nlitellm_settings:\n  cache: true\n  cache_params:\n    <<: *x\n    port: 1\n"
    ),
    "type beside a merge key": (
        f"x: &x {in_flow(PARAMS)}\nlitellm_settings:\n  cache: true\n  cache_params:\n    type: redis\n    <<: *x\n"
    ),
}


@pytest.mark.parametrize("shape", SETTINGS_SHAPES)
def test_local_arrives_from_settings_in_every_shape(shape: str) -> None:
    text = SETTINGS_SHAPES[shape] + ROUTER
    there = switch(text, LOCAL)
    require_local(text, there.candidate)
    assert revert(there).candidate == text
    redis = switch(there.candidate, wishes(redis_url_env="U"), stored(there.journal))
    assert load(redis.candidate)["litellm_settings"]["cache_params"].items() >= PARAMS.items()
    assert load(redis.candidate)["router_settings"] == {"redis_url": "os.environ/U"}


def test_what_became_of_the_shape_is_told() -> None:
    flow = switch(CACHE + "router_settings: {redis_host: a, num_retries: 3}\n", LOCAL)
    assert flow.candidate.endswith(
        "# router_settings: {redis_host: a, num_retries: 3}\nrouter_settings:\n  num_retries: 3\n"
    )
    alone = switch(CACHE + "router_settings: {redis_host: a}\n", LOCAL)
    assert alone.candidate.endswith("# router_settings: {redis_host: a}\n")
    merged = switch("x: &x {redis_host: a, b: 1}\n" + CACHE + "router_settings:\n  <<: *x\n  c: 1\n", LOCAL)
    assert merged.candidate.endswith("router_settings:\n  # <<: *x\n  b: 1\n  c: 1\n")
    told = [[item["message"] for item in plan.findings] for plan in (flow, alone, merged)]
    assert ["stands anew below" in str(messages) for messages in told] == [True, False, False]
    assert codes(flow) == codes(alone) == {"section_written_anew"}
    assert codes(merged) == {"merge_key_written_out"} and "its other keys stand below it" in told[2][0]


@pytest.mark.parametrize(
    "text, line, words",
    [
        (CACHE + "router_settings: {redis_host: a, since: 2026-01-02}\n", 6, "one key a line"),
        ("x: &x {redis_host: a, 5: b}\n" + CACHE + "router_settings:\n  <<: *x\n", 8, "one key a line"),
        (CACHE + "router_settings: &r {redis_host: a}\nother: *r\n", 6, "alias .* on line 7.* write the values out"),
        (
            "x: &x {redis_host: a}\n" + CACHE + "router_settings:\n  <<: *x\n  <<: {b: 1}\n",
            8,
            "router_settings.redis_host would stay in effect.*one key a line",
        ),
    ],
)
def test_what_cannot_be_written_is_refused_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(UnsupportedConfigError, match=f"line {line}: .*{words}") as caught:
        switch(text, LOCAL)
    assert caught.value.line == line
