# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The request as an option carries it."""

from __future__ import annotations

import base64

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._diagnosis.request_body import body_of, with_controls
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import OptionError


def encoded(text: str) -> str:
    """As the role hands it on."""
    return base64.b64encode(text.encode()).decode()


def test_a_body_is_a_mapping() -> None:
    assert body_of(encoded('{"model": "a", "messages": []}')) == {"model": "a", "messages": []}


@pytest.mark.parametrize(
    "text", [encoded("my-secret-prompt"), encoded('["my-secret-prompt"]'), "my secret prompt", "_"]
)
def test_anything_else_is_refused_without_being_told(text: str) -> None:
    with pytest.raises(OptionError, match="^request must be ") as refused:
        body_of(text)
    assert "secret" not in str(refused.value) and refused.value.context == {"option": "request"}


def test_what_a_key_says_takes_the_place_of_what_the_request_says() -> None:
    body = {"model": "a", "cache": {"ttl": 5}}
    assert with_controls(body, None) == with_controls(body, {"controls": None}) == body
    assert with_controls(body, {"controls": {}}) == {"model": "a", "cache": {}}
    assert with_controls({"model": "a"}, {"controls": {"no-store": True}})["cache"] == {"no-store": True}
