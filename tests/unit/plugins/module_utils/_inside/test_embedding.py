# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Vectors that name the answer they belong to."""

from __future__ import annotations

import json

from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.embedding import id_of, vector_id, vector_of


def test_a_vector_keeps_its_id_on_its_way_through_json() -> None:
    vector = vector_of("one")
    assert vector != vector_of("another") and vector == vector_of("one")
    content = json.loads(json.dumps({"data": [{"embedding": vector}]}))
    assert vector_id(content) == id_of(vector)
    assert vector_id({"data": [{"embedding": [0.25]}]}) != id_of(vector)


def test_what_is_no_embedding_has_no_id() -> None:
    for content in ({}, {"data": []}, {"data": None}, {"data": ["x"]}, {"data": [{"embedding": "AAAA"}]}):
        assert vector_id(content) is None
