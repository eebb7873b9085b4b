# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the block on the current status is to say."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.status_block import Standing
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.standing import standing_of
from ansible_collections.erni_ki.litellm.tests.unit.support import standings as told

LOCAL = {"file": "local", "stored": None, "effective": ["local"]}


def test_all_of_it() -> None:
    assert standing_of(told.found()) == Standing(
        version="v1.80.0.rc.1",
        package="1.80.0",
        kind="redis",
        reason="several instances",
        done={"en": "switch to Redis by alice", "ru": "переключение на Redis (alice)"},
    )


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("ghcr.io/berriai/litellm:main-v1.81.0-stable", "main-v1.81.0-stable"),
        ("litellm:main-latest", "1.80.0"),
        ("litellm@sha256:abc", "1.80.0"),
    ],
)
def test_the_version_is_that_of_the_tag_where_it_tells_one(image: str, version: str) -> None:
    assert standing_of(told.found(told.instance(image=image))).version == version


def test_several_versions_are_all_named() -> None:
    other = told.instance("two", image="litellm:v1.81.0", litellm_version="1.81.0")
    standing = standing_of(told.found(told.instance(), told.instance("three"), other))
    assert (standing.version, standing.package) == ("v1.80.0.rc.1, v1.81.0", "1.80.0, 1.81.0")


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ({"file": "redis", "effective": ["local"]}, "local"),  # what is, and not what was asked for
        ({"file": "redis", "effective": []}, "redis"),
        ({"file": "redis", "effective": ["local", "redis"]}, "redis"),
        ({"file": "none", "effective": []}, None),
        ({"file": None, "effective": []}, None),
    ],
)
def test_the_kind(mode: dict[str, Any], kind: str | None) -> None:
    assert standing_of(told.found(mode=mode)).kind == kind


def test_nothing_is_known() -> None:
    found = told.found(instances=None, history=[], mode={"file": None, "stored": None, "effective": []})
    assert standing_of(found) == Standing()


@pytest.mark.parametrize(
    ("records", "reason"),
    [
        ([told.RECORD, {**told.RECORD, "result": "reverted", "reason": "no"}], "several instances"),
        ([told.RECORD, {**told.RECORD, "from": "redis", "reason": "no"}], "several instances"),  # other settings
        ([told.RECORD, {**told.RECORD, "from": "redis", "to": "local", "reason": "no"}], ""),  # led away, by hand back
    ],
)
def test_the_reason_is_that_of_the_change_to_the_mode(records: list[dict[str, Any]], reason: str) -> None:
    assert standing_of(told.found(history=records)).reason == reason
    assert standing_of(told.found(history=records, mode=LOCAL)).reason == ("no" if not reason else "")
