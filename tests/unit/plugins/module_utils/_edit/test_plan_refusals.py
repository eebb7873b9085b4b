# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is refused: each with one clear error that names the line, the text untouched."""

from __future__ import annotations

from typing import Optional

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import (
    ConfigError,
    ConfigParseError,
    UnsupportedConfigError,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.wishes import CacheWishes
from ansible_collections.erni_ki.litellm.tests.unit.support.config_texts import LOCAL, NO_CACHE, REDIS, switch

REFUSED = {
    "section twice": ("litellm_settings:\n  a: 1\nlitellm_settings:\n  b: 1\n", 3, "lines 1 and 3"),
    "cache twice": ("litellm_settings:\n  cache: true\n  cache: false\n", 3, "more than once"),
    "host twice": (
        "litellm_settings:\n  cache: true\n  cache_params:\n    type: redis\n    host: a\n    host: b\n",
        6,
        "lines 5 and 6",
    ),
    "two documents": ("a: 1\n---\nb: 1\n", 2, "second YAML document"),
    "tab behind a colon": ("a:\tb\nlitellm_settings:\n  x: 1\t\n", 1, "does not parse"),
    "tab as indentation": ("litellm_settings:\n\tcache: true\n", 2, "does not parse"),
    "flow cache_params": (
        "litellm_settings:\n  cache: true\n  cache_params: {type: s3, since: 2026-01-02}\n",
        3,
        "cannot all be kept",
    ),
    "section is a list": ("litellm_settings: [1]\n", 1, "not a block mapping"),
    "alias": ("x: &x\n  - 1\nlitellm_settings: *x\n", 3, "an alias \\(\\*\\) of what stands elsewhere, not a block"),
    "value behind a comment": ("litellm_settings:\n  # none\n  {}\n", 1, "its value on line 3, behind a comment"),
    "JSON": ('{"model_list": []}', 1, "flow style"),
    "list on top": ("- a\n", 1, "must be a mapping"),
    "text on top": ("hello\n", 1, "must be a mapping"),
    "empty": ("", None, "empty"),
    "only comments": ("# nothing\n", None, "empty"),
    "carriage returns": ("a: 1\rb: 2\r", 1, "carriage return"),
    "does not parse": ("a: 1\nb: [1\nc: 2\n", 3, "line 3, column 2"),
    "Jinja block": ("{% if x %}\na: 1\n{% endif %}\n", 1, "template"),
    "Jinja value": ("a: {{ secret }}\n", 1, "template"),
    "control character": ("a: 1\nb: \x07\n", 2, "line 2, column 4: special characters"),
    "impossible date": ("a: 2026-13-45\n", 1, "a value in it is not valid"),
    "unknown tag": ("a: !vault x\n", 1, "line 1, column 4"),
}


@pytest.mark.parametrize("text, line, words", REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("to", [REDIS, LOCAL], ids=["redis", "local"])
def test_refused_with_the_line(text: str, line: Optional[int], words: str, to: CacheWishes) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        switch(text, to)
    assert caught.value.line == line


def test_two_errors_are_told_apart() -> None:
    with pytest.raises(ConfigParseError):
        switch("a: [\n")
    with pytest.raises(UnsupportedConfigError):
        switch("- a\n")


def test_nothing_to_do_in_a_shape_that_cannot_be_edited_is_no_error() -> None:
    text = "router_settings: {num_retries: 3}\nlitellm_settings:\n  cache: true\n  cache_params:\n    type: local\n    ttl: 5\n"
    assert not switch(text, LOCAL).changed


def test_duplicates_elsewhere_are_none_of_our_business() -> None:
    text = "general_settings:\n  a: 1\n  a: 2\n" + NO_CACHE.replace("general_settings", "other")
    assert switch(text).mode_after == "redis"
