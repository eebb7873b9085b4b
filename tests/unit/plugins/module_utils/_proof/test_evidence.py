# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each kind of evidence has words of its own, with what was measured in them."""

from __future__ import annotations

import re

import pytest
import yaml
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.evidence import in_words
from ansible_collections.erni_ki.litellm.plugins.modules.litellm_cache_roundtrip import RETURN


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        ({"kind": "harvested", "seconds": 0.027}, "answered from Redis in 27 ms"),
        ({"kind": "hit", "seconds": 1.5}, "answered from its memory in 1.5 s"),
        ({"kind": "connected", "connections": 1}, "1 connection to the database of the file; no request was sent"),
        ({"kind": "pinged"}, "its own check of the cache wrote into Redis; no request was sent"),
        ({"kind": "pinged", "reason": "the request ended"}, "its own check of the cache wrote into Redis"),
        ({"kind": "contradicted", "cache_type": "redis"}, "reports a cache of type redis, not local"),
        ({"kind": "of a later version"}, "of a later version"),
    ],
)
def test_words_of_evidence(seen: dict, words: str) -> None:
    assert in_words(seen) == words


def test_each_kind_that_the_module_documents_has_words() -> None:
    description = " ".join(yaml.safe_load(RETURN)["evidence"]["description"])
    # An answer that is no hit is told by the flush, which is about nothing else.
    kinds = set(re.findall(r"V\(([a-z ]+)\)", description)) - {"missed"}
    assert "harvested" in kinds and [kind for kind in sorted(kinds) if in_words({"kind": kind}) == kind] == []
