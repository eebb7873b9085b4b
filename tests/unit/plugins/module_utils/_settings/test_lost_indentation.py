# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A ``cache_params:`` whose keys lost their indentation: what is told is so exactly where PyYAML finds no mapping there."""

from __future__ import annotations

import re

import pytest
import yaml
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import LostIndentationError
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.lost_indentation import (
    find_lost_indentation,
    refuse_lost_indentation,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml.lines import LineTable
from ansible_collections.erni_ki.litellm.tests.unit.support.config_texts import (
    ALTERNATIVES,
    LIVE_REDIS,
    NO_CACHE,
    ONLY_COMMENTS,
    RUNBOOK,
    switch,
    variants,
)

LOST = {
    "same column": ("litellm_settings:\n  cache: true\n  cache_params:\n  type: local\n  ttl: 1800\n", 3, 4),
    "nothing indented": (
        'litellm_settings:\n cache: true\n cache_params:\n type: "local"\n supported_call_types:\n ["acompletion"]\n',
        3,
        4,
    ),
    "behind comments": ("litellm_settings:\n  cache: true\n  cache_params: # five\n  # comment\n\n  host: a\n", 3, 6),
    "further left": ("litellm_settings:\n  cache_params:\ntype: redis\n", 2, 3),
    "blank before the colon": ("a:\n  cache_params :\n  port : 1\n", 2, 3),
    "the second of two": ("a:\n  cache_params:\n    ttl: 1\nb:\n  cache_params:\n  url: x\n", 5, 6),
}


@pytest.mark.parametrize("text, line, first_key_line", LOST.values(), ids=LOST)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_lost(text: str, line: int, first_key_line: int, line_end: str) -> None:
    text = text.replace("\n", line_end)
    lost = find_lost_indentation(LineTable(text))
    assert lost is not None
    assert (lost.line, lost.first_key_line) == (line, first_key_line)
    with pytest.raises(LostIndentationError, match=r"\(line %d\).*from line %d on" % (line, first_key_line)) as caught:
        refuse_lost_indentation(LineTable(text))
    assert caught.value.line == line
    try:
        model = yaml.load(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return
    params = [section["cache_params"] for section in model.values() if isinstance(section, dict)]
    assert params[-1] is None


@pytest.mark.parametrize("text, line, first_key_line", LOST.values(), ids=LOST)
def test_what_the_message_tells_to_do_mends_it(text: str, line: int, first_key_line: int) -> None:
    lines = text.split("\n")
    while first_key_line <= len(lines) and re.match(r" *[a-z\[]", lines[first_key_line - 1]):
        lines[first_key_line - 1] = "      " + lines[first_key_line - 1].lstrip(" ")
        first_key_line += 1
    mended = "\n".join(lines)
    assert find_lost_indentation(LineTable(mended)) is None
    sections = list(yaml.load(mended.replace(' ["', '   ["'), Loader=yaml.SafeLoader).values())
    assert isinstance(sections[-1]["cache_params"], dict)


@pytest.mark.parametrize("variant", variants(""))
@pytest.mark.parametrize("text", [RUNBOOK, ONLY_COMMENTS, LIVE_REDIS, NO_CACHE, ALTERNATIVES])
def test_a_sound_file(text: str, variant: str) -> None:
    refuse_lost_indentation(LineTable(variants(text)[variant]))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a:\n  cache_params:\n",
        "a:\n  cache_params:\n  # type: redis\n",
        "a:\n  cache_params:\n  drop_params: true\n",  # not one of its keys: the section is empty
        "a:\n  cache_params:\n  typewriter: true\n",
        "a:\n  cache_params: {}\n  ttl: 5\n",
        "a:\n  # cache_params:\n  type: x\n",
        "a:\n  my_cache_params:\n  type: x\n",
    ],
)
def test_something_else(text: str) -> None:
    assert find_lost_indentation(LineTable(text)) is None


@pytest.mark.parametrize("name", ["same column", "nothing indented", "behind comments"])
def test_a_plan_refuses_it(name: str) -> None:
    with pytest.raises(LostIndentationError, match="lost their indentation"):
        switch(LOST[name][0])
