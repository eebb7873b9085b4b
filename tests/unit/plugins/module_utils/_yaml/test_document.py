# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""config.yaml as text and as YAML at once, judged by PyYAML's own loader."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Optional

import pytest
import yaml
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import (
    ConfigError,
    ConfigParseError,
    UnsupportedConfigError,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml.document import (
    YamlText,
    load_yaml,
    needs_pure_loader,
    split_byte_order_mark,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml.lines import LineTable
from ansible_collections.erni_ki.litellm.tests.unit.support.config_texts import LIVE_REDIS, RUNBOOK, load, variants

LONG = "".join("key%d:\n  a: %d\n" % (number, number) for number in range(1010))
MERGED = "base: &base\n  a: 1\nother:\n  <<: *base\n  b: 2\n"


@pytest.mark.parametrize("variant", variants(""))
@pytest.mark.parametrize("text", [RUNBOOK, LIVE_REDIS, MERGED, LONG], ids=["runbook", "redis", "merge key", "long"])
def test_the_model_is_what_litellm_loads_and_the_text_what_was_read(text: str, variant: str) -> None:
    text = variants(text)[variant]
    document = YamlText(text)
    assert document.model == load(text)
    assert document.with_byte_order_mark(document.text) == text
    assert document.text[:1] != "\ufeff"
    nodes = [(pair[0].value, pair[0].start_mark.index) for pair in document.root.value]
    assert [document.text[index : index + len(key)] for key, index in nodes] == [key for key, _index in nodes]


@pytest.mark.parametrize("variant", variants(""))
def test_chunks_hold_one_top_level_key_each_and_load_alone(variant: str) -> None:
    document = YamlText(variants(RUNBOOK)[variant])
    chunks = document.chunks()
    assert [list(load(chunk)) for chunk in chunks] == [[key] for key in document.model]
    assert "".join(chunks) == document.text  # the first key stands first


def test_merge_keys_stay_in_the_nodes() -> None:
    document = YamlText(MERGED)
    assert [pair[0].value for pair in document.root.value[1][1].value] == ["<<", "b"]
    assert document.model["other"] == {"a": 1, "b": 2}


@pytest.mark.parametrize("rarity", ["a:\tb", 'x: "\ufeff"', "a: |#x", "a: ! b", "? on"])
def test_long_texts_with_rarities_get_the_pure_loader(rarity: str) -> None:
    plain = "a: 1\n" * 3000
    assert needs_pure_loader(plain, LineTable(plain)) is not yaml.__with_libyaml__
    assert needs_pure_loader(plain + rarity + "\n", LineTable(plain))


def test_document_made_from_another_loads_the_same() -> None:
    text = LONG.replace("  a: 7\n", "  a: 8\n") + "more: 1\n"
    assert YamlText(text, before=YamlText(LONG)).model == load(text)


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="this PyYAML has the pure loader alone")
def test_libyaml_gives_the_positions_of_the_pure_loader() -> None:
    text = RUNBOOK + LONG
    document = YamlText(text)
    assert not document.pure
    pending = [(document.root, yaml.compose(text, Loader=yaml.SafeLoader))]
    while pending:
        ours, pure = pending.pop()
        assert (ours.start_mark.index, ours.tag, type(ours)) == (pure.start_mark.index, pure.tag, type(pure))
        if isinstance(pure, yaml.MappingNode):
            pending += [pair for both in zip(ours.value, pure.value) for pair in zip(*both)]
        elif isinstance(pure, yaml.SequenceNode):
            pending += zip(ours.value, pure.value)
        else:
            assert (ours.value, ours.end_mark.index) == (pure.value, pure.end_mark.index)


@pytest.mark.parametrize(
    "text, error, line, column",
    [
        ("a: 1\nb: [\n", ConfigParseError, 2, 6),
        ("a: 1\nb: \x07\n", ConfigParseError, 2, 4),
        ("a: 1\n  b: 2\n", ConfigParseError, 2, 4),
        ("a: !vault x\n", ConfigParseError, 1, 4),
        ("a: 2026-13-45\n", ConfigParseError, 1, None),
        ("a: 1\n---\nb: 2\n", UnsupportedConfigError, 2, 1),
        ("- a\n", UnsupportedConfigError, 1, None),
        ("", UnsupportedConfigError, None, None),
        ("a: 1\nb: 2\rc: 3\n", UnsupportedConfigError, 2, None),
    ],
)
def test_refused_with_line_and_column(
    text: str, error: type[ConfigError], line: Optional[int], column: Optional[int]
) -> None:
    with pytest.raises(error) as caught:
        YamlText(text)
    assert caught.type is error
    assert (caught.value.line, caught.value.column) == (line, column)


def test_a_line_in_an_error_counts_as_editors_do() -> None:
    # PyYAML would end a line at the NEL and the line separator, too.
    with pytest.raises(ConfigParseError) as caught:
        YamlText("a: '\x85\u2028'\nb: [1\nc: 2\n")
    assert caught.value.line == 3


def test_an_error_holds_nothing_of_the_text() -> None:
    with pytest.raises(ConfigParseError) as caught:
        YamlText('password: "hunter2\nb: {hunter2\n')
    assert "hunter2" not in str(caught.value) + repr(caught.value.context)


@pytest.mark.parametrize(
    "text, mark, rest", [("\ufeffa", "\ufeff", "a"), ("a\ufeff", "", "a\ufeff"), ("", "", ""), ("\ufeff", "\ufeff", "")]
)
def test_byte_order_mark(text: str, mark: str, rest: str) -> None:
    assert split_byte_order_mark(text) == (mark, rest)


def test_loading_is_as_strict_as_litellm() -> None:
    assert load_yaml("a: yes\nb: 010\nc: 1:30\n") == {"a": True, "b": 8, "c": 90}
    with pytest.raises(yaml.YAMLError):
        load_yaml("a:\tb: 1\n")


def test_missing_pyyaml_is_one_clear_error() -> None:
    program = (
        "import sys; sys.modules['yaml'] = None\n"
        "from ansible_collections.erni_ki.litellm.plugins.module_utils import _errors\n"
        "from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.plan_mode import plan_cache_mode\n"
        "from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.wishes import CacheWishes\n"
        "try: plan_cache_mode('a: 1', CacheWishes('local'), None)\n"
        "except _errors.YamlLibraryError as error: print(error, error.context['traceback'])\n"
    )
    folders = os.pathsep.join(path for path in sys.path if path)
    result = subprocess.run(
        [sys.executable, "-c", program],
        env=dict(os.environ, PYTHONPATH=folders),
        stdout=subprocess.PIPE,
        universal_newlines=True,
        check=True,
    )
    assert "python3-yaml" in result.stdout
    assert "ModuleNotFoundError" in result.stdout
