# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Diffs show the change and never a secret."""

from __future__ import annotations

import base64
import difflib
import json
import urllib.parse

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.plan_mode import plan_cache_mode
from ansible_collections.erni_ki.litellm.plugins.module_utils._errors import LitellmCacheError
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.masked_diff import (
    MASK,
    masked_diff,
    masked_line,
)
from ansible_collections.erni_ki.litellm.tests.unit.support.config_texts import (
    LIVE_REDIS,
    LOCAL,
    NO_CACHE,
    RUNBOOK,
    corpus_files,
    read,
    switch,
    variants,
    wishes,
)

PASSWORD = "p@ss: w\"ö'rd/1"


def shown(before: str, after: str) -> str:
    diff = masked_diff(before, after, "config.yaml")
    return diff["before"] + diff["after"]


@pytest.mark.parametrize(
    "content, expected",
    [
        ("    host: redis", "    host: redis"),
        ('    port: "6379" # why', '    port: "6379"  # ' + MASK),
        ("  # redis_password: hunter2 # hunter2", "  # redis_password: %s  # %s" % (MASK, MASK)),
        (
            '  redis_password: "a # b" # pragma: allowlist secret',
            "  redis_password: %s  # pragma: allowlist secret" % MASK,
        ),
        ("    password: os.environ/REDIS_PASSWORD", "    password: os.environ/REDIS_PASSWORD"),
        ("    password: os.environ/A hunter2", "    password: " + MASK),
        ("    url: redis://:hunter2@redis/1", "    url: " + MASK),
        ("    host: redis://:hunter2@redis/1", "    host: " + MASK),
        ("    type: hunter2", "    type: " + MASK),
        ("    namespace: team", "    namespace: " + MASK),
        ("  # hunter2 is the password", "  # " + MASK),
        ("  # hunter2: x", "  # " + MASK),
        ("#   socket_timeout: 10", "#   socket_timeout: 10"),
        ("    ttl: 1800 hunter2", "    ttl: " + MASK),
        (
            '    supported_call_types: ["acompletion", aembedding]',
            '    supported_call_types: ["acompletion", aembedding]',
        ),
        ("    supported_call_types: [hunter2]", "    supported_call_types: " + MASK),
        ("      - acompletion", "      - acompletion"),
        ("      - hunter2", "      " + MASK),
        ("    cache_kwargs: {password: hunter2}", "    cache_kwargs: " + MASK),
        ("    hunter2", "    " + MASK),
        ("", ""),
    ],
)
def test_masked_line(content: str, expected: str) -> None:
    assert masked_line(content) == expected


@pytest.mark.parametrize("before", [RUNBOOK, LIVE_REDIS, NO_CACHE])
@pytest.mark.parametrize("variant", ["original", "crlf", "open end", "byte order mark"])
def test_no_form_of_a_password_appears(before: str, variant: str) -> None:
    before = variants(before)[variant]
    after = switch(before, wishes(redis_password=PASSWORD)).candidate
    text = shown(before, after) + shown(before=after, after=before)
    forms = (
        PASSWORD,
        urllib.parse.quote(PASSWORD),
        json.dumps(PASSWORD)[1:-1],
        base64.b64encode(PASSWORD.encode()).decode(),
        "OldPassw0rd",
        "p@ss",
        "hunter2",
    )
    assert not [form for form in forms if form in text]
    assert "password: " + MASK in text


def test_changed_lines_alone_with_the_keys_above() -> None:
    diff = masked_diff(LIVE_REDIS, LIVE_REDIS.replace("ttl: 600 ", "ttl: 900 "), "config.yaml")
    assert diff == {
        "before": "litellm_settings:\n  cache_params:\n    ttl: 600  # %s\n" % MASK,
        "after": "litellm_settings:\n  cache_params:\n    ttl: 900  # %s\n" % MASK,
        "before_header": "config.yaml",
        "after_header": "config.yaml",
    }


def test_change_that_the_mask_hides_is_marked() -> None:
    diff = masked_diff(LIVE_REDIS, LIVE_REDIS.replace("OldPassw0rd", "Another1"), "config.yaml")
    assert diff["before"] != diff["after"]
    assert "password: %s (changed)" % MASK in diff["after"]


def test_unknown_keys_above_are_masked() -> None:
    diff = masked_diff("tenant_a:\n  cache: true\n", "tenant_a:\n  cache: false\n", "x")
    assert diff["before"] == MASK + ":\n  cache: true\n"


def test_same_texts_give_an_empty_diff() -> None:
    diff = masked_diff(RUNBOOK, RUNBOOK, "x")
    assert (diff["before"], diff["after"]) == ("", "")


@pytest.mark.skipif(not corpus_files(), reason="LITELLM_CONFIG_CORPUS names no folder with configuration files")
def test_diffs_of_real_files_hold_nothing_but_the_allow_list() -> None:
    for path in corpus_files()[::7]:
        text = read(path)
        try:
            after = plan_cache_mode(text, LOCAL, None).candidate
        except LitellmCacheError:  # refusals are the subject of other tests
            continue
        values = [line.split(":", 1)[1].strip() for line in shown(text, after).splitlines() if ": " in line]
        assert not [value for value in values if "sk-" in value or "://" in value]


def test_diff_is_the_changed_part_of_a_plain_diff() -> None:
    after = switch(RUNBOOK).candidate
    plain = [line for line in difflib.ndiff(RUNBOOK.splitlines(), after.splitlines()) if line[:1] in "+-"]
    masked = masked_diff(RUNBOOK, after, "x")
    added = [line for line in plain if line.startswith("+")]
    assert len(masked["after"].splitlines()) >= len(added)
