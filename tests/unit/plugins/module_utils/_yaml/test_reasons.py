# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What PyYAML found wrong, without the text."""

from __future__ import annotations

import pytest
import yaml
from ansible_collections.erni_ki.litellm.plugins.module_utils._yaml.reasons import reason_of

REASONS = {
    "a: !zq\n": "could not determine a constructor for the tag",
    "a: !zq! x\n": "while parsing a tag expected URI, but found ' '",
    "a: *zq\n": "found undefined alias",
    "a: &zq 1\nb: &zq 2\n": "found duplicate anchor; first occurrence second occurrence",
    "a: !zq!x 1\n": "while parsing a node found undefined tag handle",
    "a: [zq\nb: 1\n": "while parsing a flow sequence expected ',' or ']', but got ':'",
    "a: [1\n- zq\n": "while parsing a flow sequence expected ',' or ']', but got '<stream end>'",
    "a: b: zq\n": "mapping values are not allowed here",
    "a: 1\n zq: 2\n": "mapping values are not allowed here",
    "a: %zq\n": "while scanning for the next token found character '%' that cannot start any token",
    "a:\n\tzq: 1\n": "while scanning for the next token found character '\\t' that cannot start any token",
    'a: "\\zq"\n': "while scanning a double-quoted scalar found unknown escape character",
    'a: "\\x0zq"\n': "while scanning a double-quoted scalar expected escape sequence of 2 hexadecimal numbers",
    "a: |zq\n": "while scanning a block scalar expected chomping or indentation indicators",
    "%YAML zq\n---\n": "while scanning a directive expected a digit",
    "a: !<zq%ff%fe> b\n": "while scanning a tag",
    "a: !!binary é\n": "failed to convert base64 data into ascii",
    "a: !!binary zqz\n": "failed to decode base64 data",
    "a: \x07\n": "special characters are not allowed",
    "? [zq]\n: 1\n": "while constructing a mapping found unhashable key",
}


@pytest.mark.parametrize("text, reason", REASONS.items())
def test_the_reason_and_nothing_of_the_text(text: str, reason: str) -> None:
    with pytest.raises(yaml.YAMLError) as caught:
        yaml.load(text, Loader=yaml.SafeLoader)
    assert reason_of(caught.value) == reason


@pytest.mark.parametrize("quoted", ["zq", "z'q", 'z"q', "z'\"q", "\\zq", "'", "zq' or 'zq", "<ZQ>", "é"])
def test_whatever_is_quoted_goes(quoted: str) -> None:
    error = yaml.constructor.ConstructorError(problem=f"could not determine a constructor for the tag {quoted!r}")
    assert not set("zqé") & set(reason_of(error).replace("determine a constructor for the tag", ""))


def test_an_error_without_a_reason_still_has_one() -> None:
    assert reason_of(ValueError("zq")) == "not valid"
