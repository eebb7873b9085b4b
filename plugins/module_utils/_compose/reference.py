# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reference of an image, cut where its parts meet."""

from __future__ import annotations

import re

from .pieces import ComposeError

# The grammar of github.com/distribution/reference, by which Docker reads references.
_HOST_OF_IMAGE = re.compile(r"(?:[a-zA-Z0-9.-]+|\[[0-9a-fA-F:]+\])(?::[0-9]+)?\Z")
_PART_OF_NAME = re.compile(r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*\Z")
_TAG_OF_IMAGE = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}\Z")
_DIGEST_OF_IMAGE = re.compile(r"[a-zA-Z][a-zA-Z0-9]*(?:[-_+.][a-zA-Z][a-zA-Z0-9]*)*:[0-9a-fA-F]{32,}\Z")
#: Characters of the longest reference that is looked at.
_LONGEST = 1000


def parts_of(reference: str) -> tuple[str, str, str] | None:
    """The registry with its slash, the name, and tag and digest with what is before them; '' for a part that is not there.

    :returns: None where it is no reference.
    """
    if len(reference) > _LONGEST:
        return None
    tagged, at_sign, digest = reference.partition("@")
    first, slash, rest = tagged.partition("/")
    # The first part is a registry when it can be a host and no organisation.
    has_registry = bool(slash) and (first == "localhost" or first != first.lower() or "." in first or ":" in first)
    name, colon, tag = (rest if has_registry else tagged).partition(":")
    is_valid = (
        (not has_registry or _is_host(first))
        and all(_PART_OF_NAME.match(part) for part in name.split("/"))
        and (not colon or _TAG_OF_IMAGE.match(tag))
        and (not at_sign or _DIGEST_OF_IMAGE.match(digest))
    )
    return (first + "/" if has_registry else "", name, colon + tag + at_sign + digest) if is_valid else None


def _is_host(text: str) -> bool:
    labels = text.partition(":")[0].split(".")
    return bool(_HOST_OF_IMAGE.match(text)) and all(label and "-" not in (label[0], label[-1]) for label in labels)


def require_reference(reference: str) -> None:
    """Check that a wanted image is one.

    :raises ComposeError: it is not.
    """
    if parts_of(reference) is None:
        raise ComposeError(
            f"{reference[:200]!r} is no reference of an image: write it like ghcr.io/berriai/litellm:v1.81.0, and a digest, if "
            "any, behind it like @sha256:..."
        )
