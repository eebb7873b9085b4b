# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reference of a container image, and what a tag of LiteLLM's says of the version."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: Tags of LiteLLM's that name no version: what they stand for moves.
MOVING_TAGS = frozenset(
    ("latest", "main", "main-latest", "main-stable", "main-nightly", "stable", "dev", "nightly", "litellm_stable")
)
# v1.80.0, 1.80.0, main-v1.80.0, v1.80.0-stable.1, v1.80.0-stable.patch.1, v1.80.0.rc.1, v1.80.0-nightly, v1.80.0.dev1
_VERSION = re.compile(
    r"(?:main-|litellm-)?v?(?P<version>\d+\.\d+\.\d+)"
    r"(?:[-.](?P<release>stable|rc|nightly|dev)(?:\.?(?:patch\.?)?\d+)?)?\Z"
)


@dataclass(frozen=True)
class ImageReference:
    """An image.

    ``registry`` is None for the default one, ``tag`` None for a digest alone. ``version`` is that of LiteLLM where the
    tag tells it, ``release`` the kind (stable, rc, nightly, dev). ``moving`` tags stand for another image tomorrow.
    """

    registry: str | None
    repository: str
    tag: str | None
    digest: str | None
    version: str | None
    release: str | None
    moving: bool


def parse_image_reference(text: str) -> ImageReference:
    """The parts of a reference as Compose and Docker write it; what a tag does not tell is None.

    :param text: such as ``ghcr.io/berriai/litellm:main-v1.80.0-stable.1`` or ``host:5000/litellm@sha256:...``.
    """
    name, _at, digest = text.partition("@")
    first, slash, rest = name.partition("/")
    # The first part is a registry when it can be a host and no organisation (docker.io/distribution/reference).
    has_registry = bool(slash) and ("." in first or ":" in first or first == "localhost")
    path = rest if has_registry else name
    repository, colon, tag = path.partition(":")
    if not colon:
        tag = "" if digest else "latest"
    matched = _VERSION.match(tag)
    return ImageReference(
        registry=first if has_registry else None,
        repository=repository,
        tag=tag or None,
        digest=digest or None,
        version=matched["version"] if matched else None,
        release=matched["release"] if matched else None,
        moving=tag in MOVING_TAGS,
    )
