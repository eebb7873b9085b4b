# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The words in which an instance's refusal is explained."""

from __future__ import annotations

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.instance_client import InstanceError
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.planting import explained


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"variable": "REDIS_SSL"}, "no. The proxy's environment variable REDIS_SSL does it: do not export it"),
        ({"where": "router", "setting": "lfu"}, "no. Remove lfu from router_settings.cache_kwargs"),
        ({"where": "cache", "setting": "lfu"}, "no"),
        ({}, "no"),
    ],
)
def test_a_refusal_names_its_way_out(facts: dict, words: str) -> None:
    assert explained(InstanceError("no", **facts)).startswith(words)
