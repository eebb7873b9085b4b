# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keys that stand as comments: what an entry says it would load as is loaded from the file with those lines made live."""

from __future__ import annotations

from typing import Any, Optional

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml.comments import (
    CommentedEntry,
    SectionComments,
    comment_line,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml.document import YamlText
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml.lines import LineTable
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml.section import Section
from ansible_collections.erni_ki.litellm.tests.unit.support.config_texts import (
    ALTERNATIVES,
    ONLY_COMMENTS,
    RUNBOOK,
    load,
)


def comments_of(text: str, *path: str) -> SectionComments:
    return SectionComments(Section.root_of(YamlText(text)).section_at(path))


def made_live(text: str, entry: CommentedEntry) -> str:
    """The text with the lines of the entry in the place of its comments."""
    lines = text.split("\n")
    lines[entry.first_line : entry.last_line + 1] = entry.contents
    return "\n".join(lines)


def found(text: str, *path: str) -> dict[str, Any]:
    """Keys and values of the entries, each checked by loading the whole file with it."""
    entries = comments_of(text, *path).entries
    for entry in entries:
        section = load(made_live(text, entry))
        for key in path:
            section = section[key]
        assert section[entry.key] == entry.value
        old = text.split("\n")[entry.first_line : entry.last_line + 1]
        assert [prefix + content.lstrip(" ") for prefix, content in zip(entry.prefixes, entry.contents)] == old
    return {entry.key: entry.value for entry in entries}


def test_the_runbooks_router() -> None:
    assert found(RUNBOOK, "router_settings") == {
        "redis_host": "redis",
        "redis_port": 6379,
        "redis_password": "OldPassw0rd",
        "redis_db": 1,
    }


def test_the_runbooks_timeouts_stand_a_column_further_left() -> None:
    assert found(RUNBOOK, "litellm_settings", "cache_params") == {
        "socket_connect_timeout": 10,
        "socket_timeout": 10,
        "connection_pool_timeout": 5,
    }
    # They are keys of cache_params, not of the section around it.
    assert "socket_timeout" not in found(RUNBOOK, "litellm_settings")


def test_a_section_of_comments_alone() -> None:
    comments = comments_of(ONLY_COMMENTS, "router_settings")
    assert comments.column == 2
    assert list(found(ONLY_COMMENTS, "router_settings")) == ["redis_host", "redis_port", "redis_password", "redis_db"]


def test_a_commented_section_is_one_entry() -> None:
    text = "s:\n  a: 1\n  # inner:\n  #   x: 1\n  #   list:\n  #   - 2\n  # b: 2\n"
    assert found(text, "s") == {"inner": {"x": 1, "list": [2]}, "b": 2}


def test_another_section_in_comments_is_not_of_this_one() -> None:
    (entry,) = comments_of(ALTERNATIVES, "litellm_settings").entries
    assert (entry.key, entry.first_line, entry.last_line) == ("cache_params", 2, 5)
    assert entry.value == {"type": "qdrant-semantic", "host": "elsewhere", "port": 6333}
    assert found(ALTERNATIVES, "litellm_settings", "cache_params") == {}


@pytest.mark.parametrize(
    "comment",
    [
        "  # see docs: networking",
        "  # host: the name: of it",
        "  # host:",
        "  # host: null",
        "  # just words",
        "  #",
        "  #      host: too deep",
        "# host: of the level above",
        "    # host: deeper than the keys",
        "  # 'host': a",
        "  # host:a",
        "  # host: [a",
        "  # host: {{ a }}: b",
    ],
)
def test_prose_and_other_places_are_no_keys(comment: str) -> None:
    assert found("s:\n  a: 1\n%s\n  b: 2\n" % comment, "s") == {}


@pytest.mark.parametrize(
    "value",
    ["|\n    # x: 1\n    y", '"\n  # x: 1\n  y"', "[1,\n  # x: 1\n  2]", ">-\n    # x: 1"],
    ids=["literal", "quoted", "flow", "folded"],
)
def test_a_hash_inside_a_value_is_no_comment(value: str) -> None:
    text = "s:\n  a: %s\n  # b: 2\n" % value
    assert load(text)["s"]["a"] is not None
    assert found(text, "s") == {"b": 2}


def test_comments_behind_the_last_value_end_with_the_run() -> None:
    assert found("s:\n  a: 1\n  # b: 2\n\n  # c: 3\nother: 1\n", "s") == {"b": 2}
    assert found("s:\n  # b: 2\n\n  # c: 3\nother: 1\n", "s") == {"b": 2, "c": 3}


def test_twins_are_both_there_in_the_order_of_the_file() -> None:
    comments = comments_of("s:\n  # a: 1\n  b: 2\n  # a: 3\n", "s")
    assert [(entry.value, entry.first_line) for entry in comments.of("a")] == [(1, 1), (3, 3)]
    assert comments.of("b") == []


def test_an_absent_section_has_none() -> None:
    assert comments_of("# a: 1\nb: 1\n", "s").entries == []


@pytest.mark.parametrize(
    "content, wanted",
    [
        ("  # key: value", ("key", 2, 1, False)),
        ("#   key:", ("key", 0, 3, True)),
        ("## key: # why", ("key", 0, 1, True)),
        ("#key: value", ("key", 0, 0, False)),
        ("# words of prose", (None, 0, 1, False)),
        ("a: 1 # key: value", None),
        ("#", None),
        ("", None),
    ],
)
def test_a_line_that_is_a_comment_alone(content: str, wanted: Optional[tuple]) -> None:
    comment = comment_line(LineTable(content + "\n"), 0) if content else comment_line(LineTable("\n"), 0)
    assert (comment and (comment.key, comment.indent, comment.gap, comment.opens_block)) == wanted


@pytest.mark.parametrize(
    "content, column, deeper",
    [("    # a: 1", 2, True), ("  #  a: 1", 2, True), ("  # a: 1", 2, False), ("# a: 1", 2, False)],
)
def test_deeper_than_a_key(content: str, column: int, deeper: bool) -> None:
    comment = comment_line(LineTable(content), 0)
    assert comment is not None
    assert comment.is_deeper_than(column) is deeper
