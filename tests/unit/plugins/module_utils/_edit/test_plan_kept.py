# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings that a new section would hide: what a merge key brings in, what a flow mapping holds."""

from __future__ import annotations

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import UnsupportedConfigError
from ansible_collections.erni_ki.litellm.tests.unit.support.config_texts import (
    LOCAL,
    REDIS,
    load,
    revert,
    stored,
    switch,
    variants,
    wishes,
)

IN_THE_SECTION = """\
defaults: &d
  cache: true
  cache_params:
    type: local
    ttl: 600
    namespace: mine
    supported_call_types: [acompletion]
litellm_settings:
  <<: *d
  drop_params: true
"""
AT_THE_ROOT = """\
base: &base
  litellm_settings:
    drop_params: true
    callbacks: [langfuse]
    default_team:
      id: "5"
  router_settings:
    num_retries: 9
<<: *base
model_list: []
"""
FLOW = """\
litellm_settings:
  cache: true
  cache_params:
    type: redis
    host: redis
router_settings:
  redis_host: redis
  redis_port: 6379
  cache_kwargs: {db: 5, socket_keepalive: true, client_name: "app"} # why
"""


@pytest.mark.parametrize("variant", ["original", "crlf", "open end"])
def test_a_merge_key_in_the_section(variant: str) -> None:
    text = variants(IN_THE_SECTION)[variant]
    redis = switch(text)
    params = load(redis.candidate)["litellm_settings"]["cache_params"]
    assert (params["ttl"], params["namespace"], params["supported_call_types"]) == (600, "mine", ["acompletion"])
    assert params["type"] == "redis"
    assert revert(redis).candidate == text
    assert switch(redis.candidate, LOCAL, stored(redis.journal)).candidate == text


def test_wishes_win_over_what_is_kept() -> None:
    params = load(switch(IN_THE_SECTION, wishes("local", ttl=5)).candidate)["litellm_settings"]["cache_params"]
    assert params == {"type": "local", "ttl": 5, "namespace": "mine", "supported_call_types": ["acompletion"]}


def test_what_is_unwanted_is_not_kept() -> None:
    text = IN_THE_SECTION.replace("    type: local\n", "    type: redis\n    host: redis\n    password: hunter2\n")
    params = load(switch(text, LOCAL).candidate)["litellm_settings"]["cache_params"]
    assert params == {"type": "local", "ttl": 600, "namespace": "mine", "supported_call_types": ["acompletion"]}


def test_what_already_is_as_wanted_needs_no_new_section() -> None:
    there = switch(IN_THE_SECTION.replace("*d\n", "*d\n  success_callback: []\n"), LOCAL)
    assert not there.changed


@pytest.mark.parametrize("to", [REDIS, LOCAL], ids=["redis", "local"])
def test_a_merge_key_at_the_root(to: object) -> None:
    there = switch(AT_THE_ROOT, to)
    before, after = load(AT_THE_ROOT), load(there.candidate)
    for section in ("litellm_settings", "router_settings"):
        assert before[section].items() <= after[section].items()
    assert revert(there).candidate == AT_THE_ROOT


def test_a_flow_mapping_that_is_written_anew() -> None:
    there = switch(FLOW)
    kwargs = load(there.candidate)["router_settings"]["cache_kwargs"]
    assert (kwargs["db"], kwargs["socket_keepalive"], kwargs["client_name"]) == (1, True, "app")
    assert '  # cache_kwargs: {db: 5, socket_keepalive: true, client_name: "app"} # why\n' in there.candidate


@pytest.mark.parametrize(
    "text, line",
    [
        (IN_THE_SECTION.replace("namespace: mine", "namespace: 2026-01-02"), 9),
        (AT_THE_ROOT.replace('id: "5"', "5: 2026-01-02"), 9),
        (FLOW.replace('"app"', "[2026-01-02]"), 9),
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(UnsupportedConfigError, match=f"line {line}: .* cannot all be kept") as caught:
        switch(text)
    assert caught.value.line == line


def test_a_kept_secret_is_marked_as_new_ones_are() -> None:
    text = IN_THE_SECTION.replace("namespace: mine", "aws_secret_access_key: S3cretS3cret")
    there = switch(text)
    assert 'aws_secret_access_key: "S3cretS3cret"  # pragma: allowlist secret\n' in there.candidate
    assert "S3cret" not in str(stored(there.journal))
