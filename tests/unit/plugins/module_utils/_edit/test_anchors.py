# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An anchor in the way is named as one."""

from __future__ import annotations

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.anchors import named_by_anchor
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import ConfigError, UnsafeEditError
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml.document import YamlText
from ansible_collections.erni_ki.litellm.tests.unit.support.config_texts import LOCAL, switch


def test_alias_of_an_edited_anchor_is_refused() -> None:
    text = (
        "litellm_settings:\n  cache: true\n  cache_params: &params\n    type: local\n    ttl: 5\n"
        "router_settings:\n  other: *params\n"
    )
    with pytest.raises(ConfigError, match="line 3: an anchor .* the alias .* on line 7"):
        switch(text)


def test_an_anchor_on_a_line_that_becomes_a_comment_is_named() -> None:
    text = (
        "litellm_settings:\n  cache: true\n  cache_params:\n    type: redis\n    host: &host redis\n"
        "general_settings:\n  other: *host\n"
    )
    with pytest.raises(ConfigError, match="line 5: an anchor .* the alias .* on line 7") as caught:
        switch(text, LOCAL)
    assert caught.value.line == 5


@pytest.mark.parametrize(
    "text", ["litellm_settings:\n  a: &a 1\n", "x: &x 1\nlitellm_settings:\n  a: *x\n", "a: &a 1\nb: *a\n"]
)
def test_an_anchor_elsewhere_is_not_in_the_way(text: str) -> None:
    error = UnsafeEditError("something else")
    assert named_by_anchor(YamlText(text), error) is error
