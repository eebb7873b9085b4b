# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the proxy lets a key ask for, and the sentence where it does not."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.access import Access


def access(**told: Any) -> Access:
    """What an instance told."""
    return Access({"status": 200, "key": "proxy", "rules": [], "limits": [], "models": [], **told})


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"status": 401, "key": None}, "without a key, and none is known"),
        ({"status": 401}, "the proxy answers 401 to its own master key: name a key"),
        ({"status": 403, "key": "option"}, "the proxy answers 403 to the key that was given: name a key"),
        (
            {"status": 401, "rules": ["custom_auth"]},
            "to its own master key; the proxy has a custom_auth function; name",
        ),
        ({"status": 401, "rules": ["enable_jwt_auth"]}, "wants a JWT"),
        ({"status": 401, "rules": ["enable_oauth2_auth"]}, "wants an OAuth 2 token"),
        ({"key": "variable not set"}, "does not have the environment variable that litellm_cache_master_key_env names"),
        ({"limits": ["blocked"], "status": 401}, "the key is blocked"),
        ({"limits": ["budget"], "status": 400}, "the budget of the key is spent"),
        ({"limits": ["cache"], "status": 200}, "requests of the key are not cached (cache in its metadata)"),
        ({"limits": ["routes"]}, "may not ask for chat completions"),
        ({"rules": ["allowed_routes"]}, "general_settings.allowed_routes lets no chat completion through"),
        ({"rules": ["enforce_user_param"]}, "set litellm_cache_test_user"),
    ],
)
def test_each_obstacle_has_its_sentence(told: dict[str, Any], words: str) -> None:
    assert words in str(access(**told).problem(None))


def test_nothing_is_in_the_way_where_the_key_is_accepted_or_nobody_could_be_asked() -> None:
    assert access().problem(None) is None
    assert access(rules=["custom_auth"]).problem(None) is None
    assert access(rules=["enforce_user_param"]).problem("somebody") is None
    assert Access({}).problem(None) is None
    assert access(status=404).problem(None) is None


def test_the_first_instance_that_answered_tells() -> None:
    told = {"status": 200}
    assert Access.of([{"access": None}, {}, {"access": told}]).told is told
    assert Access.of([]).told == {}


@pytest.mark.parametrize(
    ("mode", "served_by", "kind"),
    [
        ("chat", "openai/x", "chat"),
        ("responses", "openai/x", "chat"),
        ("embedding", "openai/x", "embedding"),
        (None, "openai/text-embedding-3-small", "embedding"),
        (None, "openai/gpt-4o", "chat"),
        (None, None, "chat"),
        ("image_generation", "openai/x", None),
        (None, "openai/whisper-1", None),
    ],
)
def test_the_kind_of_a_model_is_its_mode_or_its_name(mode: Any, served_by: Any, kind: str | None) -> None:
    served = access(models=[{"name": "it", "mode": mode, "served_by": served_by}])
    found = [one for one in ("chat", "embedding") if served.first(one) == "it"]
    assert found == ([kind] if kind else [])
    assert served.kind_of("it") == (kind or "chat")
