# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Literal passwords that results would tell."""

from __future__ import annotations

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import ConfigError, OwnWordError
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.own_words import (
    holder_of,
    require_no_own_word,
    require_no_own_word_in,
    words_of,
)

WORDS = {"the name of a container": ["erni-ki-litellm-1"], "a path": ["/opt/erni-ki/conf/Secret7.yaml"]}


@pytest.mark.parametrize(
    ("password", "kind"),
    [
        ("litellm", "the name of a container"),
        ("ki-lite", "the name of a container"),
        ("Secret7", "a path"),
        ("redis", "a word that results have"),
        ("completion", "a word that results have"),
        ("abc", "the hashes and times of the results, because it is so short"),
        ("cafe123", "the hashes and times of the results, because it is so short"),
        ("secret7", None),
        ("S3cr3t@Hunter2/x9", None),
        ("xyz1", None),
        ("20260131", None),
    ],
)
def test_what_tells_a_password(password: str, kind: str | None) -> None:
    assert holder_of(password, WORDS) == kind


def test_an_option_is_refused_by_its_name_and_without_its_value() -> None:
    with pytest.raises(OwnWordError, match="^redis_password is a part of a path, .* in redis_password_env$") as raised:
        require_no_own_word("redis_password", "Secret7", WORDS)
    assert "Secret7" not in str(raised.value) and raised.value.context == {"option": "redis_password"}
    require_no_own_word("redis_password", None, WORDS)


def test_options_have_words_of_their_own_and_secrets_do_not_count() -> None:
    params = {
        "service": "litellm",
        "redis_password": "hunter2",
        "redis_port": 6379,
        "namespace": "",
        "master_key": "sk",
    }
    assert words_of(params) == {"the option service": ["litellm"], "the option redis_port": ["6379"]}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\nlitellm_settings:\n  cache_params:\n    password: redis\n", 4),
        ("router_settings:\n  redis_password: 'litellm' # x\n", 2),
        ('password: "Secret7"\r\n', 1),
        ("password: fine-one\nsentinel_password: abc\n", 2),
        ("# password: redis\npassword: os.environ/REDIS\npassword: null\npassword: fine-one\npassword:\n", None),
    ],
)
def test_a_password_of_the_file_is_refused_by_its_line(text: str, line: int | None) -> None:
    if line is None:
        require_no_own_word_in(text, WORDS)
        return
    with pytest.raises(ConfigError, match=f"^the password in line {line} of the file is a part of ") as raised:
        require_no_own_word_in(text, WORDS)
    assert raised.value.line == line
