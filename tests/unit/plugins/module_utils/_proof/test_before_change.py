# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a refusal before any change says."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import LitellmCacheError
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.before_change import (
    before_any_change,
    no_metrics,
    require_metrics,
    unproved,
)


@pytest.mark.parametrize("said", ["it is wrong", "it is wrong; nothing was changed"])
def test_a_refusal_says_once_that_nothing_was_changed(said: str) -> None:
    @before_any_change
    def step(word: str) -> str:
        raise LitellmCacheError(word, fact=1)

    with pytest.raises(LitellmCacheError) as caught:
        step(said)
    assert str(caught.value) == "it is wrong; nothing was changed" and caught.value.context == {"fact": 1}


def test_what_succeeds_is_told_as_it_is() -> None:
    assert before_any_change(lambda: "done")() == "done"


def test_an_instance_that_proves_nothing_says_why() -> None:
    observed = {"project": "erni-ki", "instances": [{"problem": "a: down"}, {"problem": None}, {"problem": "a: down"}]}
    told = unproved(observed, "runs", "Advice")
    assert told.startswith(
        "no instance of erni-ki runs, so a switch to Redis cannot be proved before it is made; a: down;"
    )
    assert told.endswith("Advice, run the playbook erni_ki.litellm.rollback_local")


def test_a_directory_for_metrics_that_is_none_is_no_reason_on_the_way_to_local() -> None:
    nowhere = {"textfile_dir": "/nowhere/at/all", "mode": "redis"}
    with pytest.raises(LitellmCacheError, match="^litellm_cache_textfile_dir: there is no directory /nowhere/at/all "):
        require_metrics(nowhere)
    require_metrics({**nowhere, "mode": "local"})
    (finding,) = no_metrics({**nowhere, "mode": "local"})
    assert finding["code"] == "no_metrics" and "litellm_cache_textfile_dir" in finding["message"]


@pytest.mark.parametrize("params", [{}, {"textfile_dir": None}, {"textfile_dir": "/tmp", "mode": "redis"}])
def test_without_one_and_with_a_good_one_nothing_is_said(params: dict[str, Any]) -> None:
    require_metrics(params)
    assert no_metrics(params) == []
