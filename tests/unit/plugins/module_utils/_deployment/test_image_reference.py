# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""References of images as Compose files have them."""

from __future__ import annotations

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.image_reference import parse_image_reference

DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("text", "registry", "repository", "tag", "digest"),
    [
        ("litellm", None, "litellm", "latest", None),
        ("berriai/litellm:v1.80.0", None, "berriai/litellm", "v1.80.0", None),
        ("ghcr.io/berriai/litellm:main-stable", "ghcr.io", "berriai/litellm", "main-stable", None),
        ("registry.example:5000/team/litellm", "registry.example:5000", "team/litellm", "latest", None),
        ("localhost/litellm:1.80.0", "localhost", "litellm", "1.80.0", None),
        (f"host:5000/litellm:v1.80.0@{DIGEST}", "host:5000", "litellm", "v1.80.0", DIGEST),
        (f"litellm@{DIGEST}", None, "litellm", None, DIGEST),
    ],
)
def test_parts(text: str, registry: str | None, repository: str, tag: str | None, digest: str | None) -> None:
    image = parse_image_reference(text)
    assert (image.registry, image.repository, image.tag, image.digest) == (registry, repository, tag, digest)


@pytest.mark.parametrize(
    ("tag", "version", "release", "moving"),
    [
        ("v1.80.0", "1.80.0", None, False),
        ("1.80.0", "1.80.0", None, False),
        ("v1.80.0.rc.1", "1.80.0", "rc", False),
        ("v1.80.0-rc.1", "1.80.0", "rc", False),
        ("v1.80.0-stable", "1.80.0", "stable", False),
        ("v1.80.0-stable.1", "1.80.0", "stable", False),
        ("main-v1.80.0-stable.patch.1", "1.80.0", "stable", False),
        ("main-v1.80.0", "1.80.0", None, False),
        ("v1.80.0-nightly", "1.80.0", "nightly", False),
        ("v1.80.0.dev1", "1.80.0", "dev", False),
        ("main-stable", None, None, True),
        ("main-latest", None, None, True),
        ("latest", None, None, True),
        ("our-build-7", None, None, False),
        ("v1.80", None, None, False),
        ("1.80.0-with-patches", None, None, False),
    ],
)
def test_what_a_tag_tells(tag: str, version: str | None, release: str | None, moving: bool) -> None:
    image = parse_image_reference(f"ghcr.io/berriai/litellm:{tag}")
    assert (image.version, image.release, image.moving) == (version, release, moving)
