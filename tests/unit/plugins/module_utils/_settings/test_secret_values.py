# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What could be a secret in a config.yaml. Whatever is found is then hidden, so each test also says what must stay visible."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.secret_values import (
    hidden,
    secrets_of_environment,
    secrets_of_model,
    secrets_of_text,
)
from ansible_collections.erni_ki.litellm.tests.unit.support.config_texts import LIVE_REDIS, RUNBOOK, load, variants

URL = "redis://alice:hunter2@redis:6379/1"


@pytest.mark.parametrize(
    "model, secrets",
    [
        ({"master_key": "sk-1"}, {"sk-1"}),
        ({"a": [{"deep": {"API_KEY": "sk-1"}}]}, {"sk-1"}),
        ({"api_keys": ["sk-1", ["sk-2"]]}, {"sk-1", "sk-2"}),
        ({"password": 1234}, {"1234"}),
        ({"redis_password": 0}, {"0"}),
        ({"max_tokens": 4096, "password": True}, set()),
        ({"master_key": "os.environ/KEY", "password": "", "secret": "None", "token": None}, set()),
        ({"url": URL}, {"hunter2", URL}),
        ({"anything": "see postgresql://:hunter2@db/x"}, {"hunter2", "see postgresql://:hunter2@db/x"}),
        ({"api_base": "https://example.net:443/x"}, set()),
        ({"url": "redis://:hunter 2@redis"}, {"redis://:hunter 2@redis"}),
        ({"url": "redis://hunter2@redis"}, {"redis://hunter2@redis"}),
        ({"model": "gpt-4o"}, set()),
        ({5: {"key": "k"}}, {"k"}),
        (None, set()),
        ("text", set()),
    ],
)
def test_secrets_of_a_model(model: Any, secrets: set[str]) -> None:
    assert secrets_of_model(model) == secrets


def test_a_model_that_holds_itself_ends() -> None:
    model = load("a: &a\n  key: sk-1\n  again: *a\n")
    assert model["a"]["again"] is model["a"]
    assert secrets_of_model(model) == {"sk-1"}


@pytest.mark.parametrize(
    "text, secrets",
    [
        ("password: hunter2\n", {"hunter2"}),
        ("  - password: hunter2 # why\n", {"hunter2"}),
        ("# password: hunter2", {"hunter2"}),
        ('##  password : "hunter 2" # old\n', {"hunter 2"}),
        ("'api_key': 'it''s'\n", {"it's"}),
        ("port: 6379\nmax_tokens: 4096\nhost: redis\n", set()),
        ("password: 1234\n", {"1234"}),
        ("password: os.environ/X\npassword: null\npassword:\n", set()),
        ("broken: [\n  api_key: sk-1\n", {"sk-1"}),
        ("text with %s in it" % URL, {"hunter2"}),
        ("password: x\r\n", {"x"}),
        ("password: a#b # why\n", {"a#b"}),
        ("password: !!str hunter2\n", {"hunter2"}),
        ("password: &a hunter2\n", {"hunter2"}),
        ("password: &a !!str 'hunter 2'\n", {"hunter 2"}),
        ("cache_params: {host: redis, password: hunter2, port: 1}\n", {"hunter2"}),
        ("{'api_key': \"sk-1\"}\n", {"sk-1"}),
        ("password:\n  hunter2\nport: 1\n", {"hunter2"}),
        ("a:\n  password: |-\n    hunter2\n  port: 1\n", {"hunter2"}),
        ("a:\n  password: &p >\n    hunter2\n  port: 1\n", {"hunter2"}),
        ("# password: |\n#   hunter2\n", {"hunter2"}),
        ("api_keys:\n- sk-1\n- 'sk-2'\nmore: 1\n", {"sk-1", "sk-2"}),
        ("url: redis://u:p@ss/w#rd@redis:6379/1\n", {"p@ss/w#rd"}),
        ("urls: redis://:one@a,redis://:two@b\n", {"one", "two"}),
    ],
)
def test_secrets_of_a_text(text: str, secrets: set[str]) -> None:
    assert secrets <= secrets_of_text(text)
    assert secrets or not secrets_of_text(text)


@pytest.mark.parametrize("variant", variants(""))
@pytest.mark.parametrize("text", [RUNBOOK, LIVE_REDIS], ids=["runbook", "redis"])
def test_the_text_gives_what_the_loader_gives_and_comments_besides(text: str, variant: str) -> None:
    text = variants(text)[variant]
    live = {secret for secret in secrets_of_model(load(text)) if secret in text}
    assert live <= secrets_of_text(text)
    assert "OldPassw0rd" in secrets_of_text(text)


def test_secrets_of_a_containers_environment_are_known_by_their_names() -> None:
    environment = [
        "PATH=/usr/bin",
        "REDIS_PASSWORD=hunter-2",
        "DATABASE_URL=postgresql://me:s3cret@db/x",
        "TOKEN=",
        "X",
    ]
    url = "postgresql://me:s3cret@db/x"
    assert secrets_of_environment(environment) == {"hunter-2", "s3cret", url}
    assert hidden(f"{url}; s3cret", ["s3cret", url]) == "********; ********"


@pytest.mark.parametrize(
    "secrets",
    [["hunter2", "hunter2-and-more"], ["hunter2-and-more", "hunter2"]],
)
def test_the_longest_secret_is_hidden_first(secrets: list[str]) -> None:
    assert hidden("x hunter2-and-more y hunter2 z", secrets) == "x ******** y ******** z"


def test_nothing_is_hidden_without_secrets() -> None:
    assert hidden("a b", []) == "a b"


def test_no_piece_of_a_login_in_a_url_is_left() -> None:
    secrets = secrets_of_model({"url": "redis://:S3cr3t@Hunter2/x9 z@redis:6379/1"})
    assert hidden("Error -2 connecting to hunter2:6379, S3cr3t x9", secrets) == (
        "Error -2 connecting to ********:6379, ******** ********"
    )
