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
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.instance_client import (
    BOOTSTRAP,
    OPERATIONS,
    program_of,
)
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside import program as inside
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.configuration import cache_params_of


def test_errors_are_described_without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "sk-1234567890")
    monkeypatch.setenv("HARMLESS", "redis-host")
    monkeypatch.setattr(inside, "_secrets", set())  # what other tests of this process met
    cache_params_of({"litellm_settings": {"cache_params": {"password": "l1teral", "url": "redis://:p@h/1"}}})
    error = ValueError("key sk-1234567890,\n  password l1teral, url redis://:p@h/1 of redis-host.")
    assert inside.describe(error) == "ValueError: key ********, password ********, url ******** of redis-host"
    assert inside.describe(ValueError()) == "ValueError"


def run_program(order: dict[str, Any], modules: tuple[Any, ...] = OPERATIONS["wait"]) -> dict[str, Any]:
    """What the program answers when it is sent as it is sent to a container."""
    stdin = program_of(modules) + json.dumps(dict(order, module=modules[-1].__name__)).encode() + b"\n"
    # Nothing of the collection can be imported there.
    command = [sys.executable, "-I", "-c", BOOTSTRAP]
    done = subprocess.run(command, input=stdin, stdout=subprocess.PIPE, check=True, cwd="/")
    return json.loads(done.stdout)


def test_a_fault_tells_its_place_and_not_its_text() -> None:
    answer = run_program({"operation": "wait", "deadline": 30, "ready_timeout": "a secret"})
    assert (answer["ok"], answer["code"]) == (False, "fault")
    assert answer["message"].startswith("TypeError in wait, line ")


def test_a_refusal_takes_its_facts_along() -> None:
    refusal = inside.Refusal("redis_auth", "no", variable="REDIS_URL")
    assert (refusal.code, str(refusal), refusal.facts) == ("redis_auth", "no", {"variable": "REDIS_URL"})
