# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A vector that names the answer it belongs to: an embedding has no id."""

from __future__ import annotations

import hashlib
import json

EMBEDDING = "embedding"
#: Numbers of a vector; each is an exact fraction in any float.
LENGTH = 32
PARTS = 256


def vector_of(answer_id: str) -> list:
    """The vector that is planted for an answer."""
    return [number / PARTS for number in hashlib.sha256(answer_id.encode()).digest()[:LENGTH]]


def vector_id(content: dict):
    """An id for the first vector of an answer: equal vectors have equal ids; None where there is none.

    :param content: the body of an answer of ``/v1/embeddings``.
    """
    data = content.get("data")
    first = data[0] if isinstance(data, list) and data else None
    vector = first.get("embedding") if isinstance(first, dict) else None
    return id_of(vector) if isinstance(vector, list) else None


def id_of(vector: list) -> str:
    """The id of one vector."""
    return hashlib.sha256(json.dumps(vector).encode()).hexdigest()
