# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The program as it is sent to a container, and its errors."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.programs import BOOTSTRAP, sent
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside import program as inside


@pytest.fixture(autouse=True)
def nothing_met(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without what other tests of this process met."""
    monkeypatch.setattr(inside, "_secrets", set())


def test_errors_are_described_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "sk-1234567890")
    monkeypatch.setenv("HARMLESS", "redis-host")
    inside.keep_secrets_of({"litellm_settings": {"cache_params": {"password": "l1teral", "url": "redis://:p@h/1"}}})
    error = ValueError("key sk-1234567890,\n  password l1teral, url redis://:p@h/1 of redis-host.")
    assert inside.describe(error) == "ValueError: key ********, password ********, url ******** of redis-host"
    assert inside.describe(ValueError()) == "ValueError"


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("redis://:S3cr3t@Hunter2/x9@redis:6379/1", "Error -2 connecting to hunter2:6379, path /x9, S3cr3t@redis"),
        ("redis://:pw#Hunter2@redis:6379/1", "Port could not be cast to integer value as 'pw', Hunter2"),
        ("redis://:a/b+c=@redis:6379/1", "Port could not be cast to integer value as 'a' or b+c= or b+c"),
        ("redis://:pa%41ss@redis:6379/1", "not paAss, not pa%41ss"),
        ("redis://operator:pass w\u00f6rd@redis:6379/1", "operator, pass w\u00f6rd, w\u00f6rd"),
        ("redis://:pw?Hunter2&[x9@redis:6379/1", "netloc pw?Hunter2&[x9 or pw or x9"),
    ],
)
def test_no_piece_of_a_login_in_a_url_is_told(monkeypatch: pytest.MonkeyPatch, url: str, text: str) -> None:
    monkeypatch.setenv("REDIS_URL", url)
    told = inside.describe(ValueError(text))
    pieces = ["S3cr3t", "unter2", "x9", "pw", "'a'", "b+c", "paAss", "pa%41", "operator", "pass w", "w\u00f6rd"]
    assert "********" in told and not [piece for piece in pieces if piece in told]


def test_a_password_in_the_query_of_a_url_is_a_secret() -> None:
    url = "redis://cache:6379/1?password=S3cr3t%40word&socket_timeout=5"
    inside.keep_secrets_of({"where": url})
    for text in (f"cannot read {url}", "Invalid S3cr3t%40word", "Invalid S3cr3t@word"):
        assert "S3cr3t" not in inside.without_secrets(text, inside.known_secrets())


def test_a_short_secret_is_hidden_where_it_is_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_PASSWORD", "abc")
    monkeypatch.setenv("DEBUG_TOKEN", "true")
    assert (
        inside.describe(ValueError("abc, 'ABC', true, and abcde"))
        == "ValueError: ********, '********', true, and abcde"
    )


def test_secrets_of_a_configuration_are_known_at_any_depth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME", "by-reference")
    config: dict[str, Any] = {
        "model_list": [{"litellm_params": {"api_key": "sk-deep-down"}}, {"aws_secret": "os.environ/SOME"}],
        "general_settings": {"master_key": "sk-main", "custom_auth": None, "pin_password": 4711},
        "ssl_keyfile": "/opt/tls/key.pem",
        "database": "postgresql://me:hidden@db/litellm",
    }
    config["itself"] = config
    inside.keep_secrets_of(config)
    told = inside.describe(ValueError("sk-deep-down by-reference sk-main 4711 hidden /opt/tls/key.pem db"))
    assert told == "ValueError: " + "******** " * 5 + "/opt/tls/key.pem db"


def test_a_long_text_is_not_cut_within_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "sk-1234567890")
    assert inside.describe(ValueError("sk-1234567890 " * 1000)) == "ValueError"
    assert len(inside.describe(ValueError("plain " * 500))) < 320


def run_program(operation: str, order: dict[str, Any]) -> dict[str, Any]:
    """What the program answers when it is sent as it is sent to a container."""
    # Nothing of the collection can be imported there.
    command = [sys.executable, "-I", "-c", BOOTSTRAP]
    done = subprocess.run(command, input=sent(operation, order), stdout=subprocess.PIPE, check=True, cwd="/")
    return json.loads(done.stdout)


def test_a_fault_tells_its_place_and_not_its_text() -> None:
    answer = run_program("wait", {"deadline": 30, "ready_timeout": "a secret"})
    assert (answer["ok"], answer["code"]) == (False, "fault")
    assert answer["message"].startswith("TypeError in wait, line ")


def test_a_refusal_takes_its_facts_along() -> None:
    refusal = inside.Refusal("redis_auth", "no", variable="REDIS_URL")
    assert (refusal.code, str(refusal), refusal.facts) == ("redis_auth", "no", {"variable": "REDIS_URL"})


@pytest.mark.parametrize(("yields", "more"), [(True, 5), (False, 0)])
def test_a_program_that_times_answers_does_not_wait_for_others(yields: bool, more: int) -> None:
    spare = f"runpy.run_path({inside.__file__!r})['spare_the_proxy']({yields})"
    code = f"import os, runpy; before = os.nice(0); {spare}; print(before, os.nice(0))"
    told = subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.PIPE, text=True).stdout
    before, after = map(int, told.split())
    assert after == min(before + more, 19)
