# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a pending change knows of the image."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.image_record import (
    ImageRecord,
    repository_and_tag,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.pending import PendingChange, way_in_words
from ansible_collections.erni_ki.litellm.tests.unit.support.changes import CHANGE, IMAGE


@pytest.mark.parametrize(
    ("reference", "parts"),
    [
        ("litellm", ("litellm", "latest")),
        ("ghcr.io/berriai/litellm:v1.80.0", ("ghcr.io/berriai/litellm", "v1.80.0")),
        ("registry:5000/litellm", ("registry:5000/litellm", "latest")),
        ("registry:5000/litellm:1", ("registry:5000/litellm", "1")),
        ("litellm:1@sha256:" + "0" * 64, None),
    ],
)
def test_what_a_reference_is_named_by(reference: str, parts: object) -> None:
    assert repository_and_tag(reference) == parts


def test_it_survives_the_record_of_a_change() -> None:
    change = replace(CHANGE, image=IMAGE.to_dict())
    stored = PendingChange.from_dict(json.loads(json.dumps(change.to_dict())))
    assert stored == change and stored.of_image == IMAGE


@pytest.mark.parametrize("damage", [{"service": "x"}, {**IMAGE.to_dict(), "more": 1}, "image"])
def test_a_damaged_one_is_none(damage: object) -> None:
    with pytest.raises(TypeError):
        PendingChange.from_dict({**CHANGE.to_dict(), "image": damage})


def test_a_change_without_one_is_stored_as_before_there_were_any() -> None:
    assert "image" not in CHANGE.to_dict() and CHANGE.of_image is None
    assert PendingChange.from_dict(CHANGE.to_dict()) == CHANGE


def test_what_changes_is_told() -> None:
    alone = replace(CHANGE, mode_after="local", candidate_sha256=CHANGE.base_sha256, image=IMAGE.to_dict())
    assert alone.in_words().startswith("a change of the image from litellm:1 to litellm:2 by alice since ")
    both = replace(CHANGE, image=IMAGE.to_dict()).in_words()
    assert both.startswith("a change from local to redis by alice since ")
    assert both.endswith(", run night-1 and of the image from litellm:1 to litellm:2")
    assert CHANGE.in_words().startswith("a change from local to redis by alice since ")
    record = alone.record("confirmed")
    assert (record["image"], record["snapshot"]) == ({"from": "litellm:1", "to": "litellm:2"}, None)
    assert (
        "image" not in CHANGE.record("confirmed") and alone.summary()["image"] == ImageRecord.from_dict(alone.image).way
    )
    assert way_in_words(alone.summary()) == "image litellm:1 to litellm:2"
    assert way_in_words(CHANGE.summary()) == "from local to redis"
    both_ways = way_in_words(replace(CHANGE, image=IMAGE.to_dict()).summary())
    assert both_ways == "from local to redis and image litellm:1 to litellm:2"
