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


def test_references_are_replaced_at_every_depth(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("HERE", "value")
    written = {"a": ["os.environ/HERE", {"b": "os.environ/NOT_HERE"}], "c": 5, "d": "os.environ"}
    assert inside.resolved(written) == {"a": ["value", {"b": None}], "c": 5, "d": "os.environ"}
