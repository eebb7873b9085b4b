# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The configuration, as the proxy would read it."""

from __future__ import annotations

import os
from typing import Iterator

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside import configuration as inside


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    for name in [name for name in os.environ if name.startswith("REDIS_")]:
        monkeypatch.delenv(name)
    yield monkeypatch


def test_references_are_replaced_where_litellm_replaces_them(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("HERE", "value")
    written = {
        "a": {"b": "os.environ/HERE", "c": {"d": "os.environ/NOT_HERE"}},
        "redis_startup_nodes": [{"host": "os.environ/HERE", "port": 7000}],
        "supported_call_types": ["os.environ/HERE"],
        "sentinel_nodes": [["os.environ/HERE", 26379]],
        "e": 5,
        "f": "os.environ",
    }
    assert inside.resolved(written) == {
        **written,
        "a": {"b": "value", "c": {"d": None}},
        "redis_startup_nodes": [{"host": "value", "port": 7000}],
    }
