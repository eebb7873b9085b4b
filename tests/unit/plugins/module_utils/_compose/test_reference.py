# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""References of images, cut in parts."""

from __future__ import annotations

from typing import Optional

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.pieces import ComposeError
from ansible_collections.erni_ki.litellm.plugins.module_utils._compose.reference import parts_of, require_reference

DIGEST = "@sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    "text, parts",
    [
        ("litellm", ("", "litellm", "")),
        ("berriai/litellm:v1", ("", "berriai/litellm", ":v1")),
        ("ghcr.io/berriai/litellm:v1.80.0.rc.1", ("ghcr.io/", "berriai/litellm", ":v1.80.0.rc.1")),
        (f"host:5000/a/b/c:t{DIGEST}", ("host:5000/", "a/b/c", f":t{DIGEST}")),
        (f"localhost/x{DIGEST}", ("localhost/", "x", DIGEST)),
        ("[::1]:5000/x", ("[::1]:5000/", "x", "")),
        ("Host/x:1", ("Host/", "x", ":1")),
        ("a__b/c-d.e:_1", ("", "a__b/c-d.e", ":_1")),
    ],
)
def test_parts(text: str, parts: tuple[str, str, str]) -> None:
    assert parts_of(text) == parts
    require_reference(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            ":v1",
            "Litellm",
            "a b",
            "a:b c",
            "a/",
            "/a",
            "a:",
            "a@sha256:12",
            "a:b:c",
            "a\n",
            "a:b\n",
            "${TAG}",
            "a:$TAG",
            "-a",
        ),
        *(
            "http://a/b",
            "a:" + "b" * 129,
            "a" * 2000,
            "a#b",
            'a"',
            "a'b",
            "a//b",
            "a._b",
            "a-.b/c",
            ".b/c",
            "a..b/c",
            "a:b/c",
            "b.c:/d",
            "a___b",
        ),
    ],
)
def test_no_reference(text: str) -> None:
    assert parts_of(text) is None
    with pytest.raises(ComposeError, match="is no reference of an image: write it like"):
        require_reference(text)


@pytest.mark.parametrize("unit", ["a", "a.", "a/", "a-", "_a", "a:"])
def test_a_long_text_is_no_trap(unit: str) -> None:
    found: Optional[tuple[str, str, str]] = parts_of(unit * (1000 // len(unit)) + "!")
    assert found is None
