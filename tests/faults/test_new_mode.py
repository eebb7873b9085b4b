# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The new mode does not work: LiteLLM does not start with it, or Redis is out of reach."""

from __future__ import annotations

import pytest
from ansible_collections.erni_ki.litellm.tests.faults.campaign import (
    EITHER_GUARD,
    REST,
    STEPS,
    Campaign,
    docker,
)
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import until


@EITHER_GUARD
def test_a_config_that_litellm_will_not_start_with(campaign: Campaign) -> None:
    campaign.row.fault, campaign.row.where = "a key that LiteLLM will not start with, proof switched off", "restart"
    bed = campaign.bed
    broken = bed.pristine.replace(b"    type: local\n", b"    type: local\n    timeout: 5\n", 1)
    assert broken != bed.pristine
    bed.put(broken)
    bed.container("litellm").restart(timeout=5)
    until(bed.proxy_answers, "the local mode ignores the key")
    pristine, bed.pristine = bed.pristine, broken
    try:
        campaign.start(litellm_cache_proof="none")
        campaign.module("litellm_restart")
        campaign.now()
        campaign.expect("old")
    finally:
        bed.pristine = pristine


@REST
@EITHER_GUARD
def test_a_wrong_password(campaign: Campaign) -> None:
    campaign.row.fault, campaign.row.where = "wrong password, proof switched off", "confirm"
    # The master key is in the environment too, and it is not the password of Redis.
    campaign.start(litellm_cache_proof="none", litellm_cache_redis_password_env="LITELLM_MASTER_KEY")
    campaign.now()
    campaign.expect("old")


@pytest.mark.parametrize(
    ("campaign", "action", "where"),
    [
        pytest.param(
            guard,
            action,
            where,
            marks=()
            if (guard, action, where) in (("auto", "stop", "litellm_restart"), ("auto", "pause", "before"))
            else REST,
        )
        for guard in ("auto", "none")
        for where in ("before", "litellm_restart", "litellm_cache_roundtrip", "after")
        for action in ("stop", "pause")
    ],
    indirect=["campaign"],
)
def test_redis_goes_away(campaign: Campaign, action: str, where: str) -> None:
    campaign.row.fault, campaign.row.where = f"Redis: docker {action}", STEPS.get(where, f"{where} the run")
    redis = campaign.bed.container("redis").name
    words = ["stop", "--time=3", redis] if action == "stop" else ["pause", redis]
    try:
        if where == "before":
            docker(*words)
            campaign.start()
        else:
            campaign.start()
            if where == "after":
                campaign.running[-1].end()
            else:
                campaign.module(where)
            docker(*words)
        campaign.now()
        campaign.settle()
    finally:
        docker("start" if action == "stop" else "unpause", redis)
    until(campaign.bed.emptied, "Redis answers again")
    held = "old" if campaign.bed.config.read_bytes() == campaign.bed.pristine else "redis"
    if (action, where) == ("pause", "litellm_restart"):
        # LiteLLM waits for a Redis that hangs, longer than anybody would like to wait for LiteLLM.
        assert "Redis has not answered for " in campaign.running[0].output
    # Redis may go away when the last harvest is over: then the mode was proved, and the change is final.
    assert held == "old" or where in ("litellm_cache_roundtrip", "after")
    # And a mode is not made final in which a request waits for Redis.
    assert held == "old" or "a request was not answered" not in campaign.running[0].output
    campaign.expect(held, (2,) if held == "old" else (0,))


@REST
@EITHER_GUARD
def test_the_network_to_redis_is_cut(campaign: Campaign) -> None:
    campaign.row.fault, campaign.row.where = "network between proxy and Redis cut", "restart"
    redis = campaign.bed.container("redis").name
    network = next(iter(campaign.bed.container("redis").attrs["NetworkSettings"]["Networks"]))
    try:
        campaign.start()
        campaign.module("litellm_restart")
        docker("network", "disconnect", network, redis)
        campaign.now()
        campaign.settle()
    finally:
        docker("network", "connect", "--alias", "redis", network, redis)
    until(campaign.bed.emptied, "Redis answers again")
    campaign.expect("old")
