# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The recorded runs: on their page, told as they were, and in the picture of the README."""

from __future__ import annotations

import re
import xml.etree.ElementTree

import pytest
from ansible_collections.erni_ki.litellm.tests.pages import runs

RECORDED = runs.recorded(runs.PAGE.read_text(encoding="utf-8"))
OUTPUT = """
PLAY [Switch the cache of LiteLLM to Redis] ************************************

TASK [role : Check the numbers] ************************************************
ok: [host]

TASK [role : Check the password] ***********************************************
included: /some/where/main_check.yml for host

TASK [role : Restart the instances] ********************************************
changed: [host]

TASK [role : Report] ***********************************************************
ok: [host] => {
    "msg": "it runs"
}

TASK [role : End failed] *******************************************************
skipping: [host]
"""


def test_tasks_with_nothing_to_tell_are_left_out_and_no_others() -> None:
    assert re.findall(r"TASK \[role : (.*?)\]", runs.shortened(OUTPUT)) == ["Restart the instances", "Report"]
    assert '"msg": "it runs"' in runs.shortened(OUTPUT) and runs.shortened(OUTPUT).startswith("PLAY [")


def test_long_lines_are_broken_and_nothing_is_lost() -> None:
    text = "    " + "word " * 40 + "x" * 200 + "\n\n    end"
    folded = runs.folded(text)
    assert max(len(line) for line in folded.splitlines()) <= runs.WIDTH
    assert re.sub(r"\s", "", folded) == re.sub(r"\s", "", text)
    assert folded.endswith("\n\n    end")


def test_a_run_is_put_in_its_place_alone() -> None:
    place = "<!-- run: {} -->\n\n```\n{}\n```\n\n<!-- end of the run -->\n"
    page = f"a\n{place.format('one', 'old')}b\n{place.format('two', 'kept')}"
    assert runs.recorded(runs.put(page, "one", "new\n\nlines")) == {"one": "new\n\nlines", "two": "kept"}
    with pytest.raises(ValueError):
        runs.put(page, "three", "")


def test_each_run_of_the_page_was_recorded_at_80_columns() -> None:
    assert {"check", "switch", "verify", "status", "rollback", "refusal", "return"} == set(RECORDED)
    for text in RECORDED.values():
        assert text.startswith("$ ansible-playbook ") and "PLAY RECAP" in text
        assert max(len(line) for line in text.splitlines()) <= runs.WIDTH


def test_nothing_of_the_machine_that_recorded_them_is_told() -> None:
    told = "\n".join(RECORDED.values())
    assert re.findall(r"(?:/tmp|/work|/root|/home/(?!operator/)|\.cache)\S*|erni-ki-pages\S*", told) == []


def test_the_picture_is_that_of_the_page_and_needs_nothing_from_anywhere() -> None:
    drawn = runs.PICTURE.read_text(encoding="utf-8")
    assert drawn == runs.picture(RECORDED[runs.SHOWN]), "run `make pages`"
    assert "href" not in drawn and "url(" not in drawn and len(drawn) < 20_000


def test_a_picture_shows_each_line_as_it_is() -> None:
    drawn = xml.etree.ElementTree.fromstring(runs.picture('$ a <b> & "c"\n\n    changed: [host]'))
    lines = [element.text for element in drawn if element.tag.endswith("text")]
    assert lines == ['$ a <b> & "c"', "    changed: [host]"]


def test_the_readme_shows_the_picture_with_words_for_those_who_do_not_see_it() -> None:
    readme = (runs.ROOT / "README.md").read_text(encoding="utf-8")
    assert re.search(r"!\[\w[^\]]{20,}\]\(docs/images/run\.svg\)", readme)
