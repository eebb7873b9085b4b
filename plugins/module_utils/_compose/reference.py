# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reference of an image, cut where its parts meet."""

from __future__ import annotations

import re

from .pieces import ComposeError

# The grammar of github.com/distribution/reference, by which Docker reads references.
_WORD = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_HOST = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?"
_TAG = r"[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}"
_ALGORITHM = r"[a-zA-Z][a-zA-Z0-9]*(?:[-_+.][a-zA-Z][a-zA-Z0-9]*)*"
_REFERENCE = re.compile(
    # The first part is a registry when it can be a host and no organisation.
    rf"(?P<registry>(?=[^/]*[.:A-Z]|localhost/){_HOST}/)?(?P<name>{_WORD}(?:/{_WORD})*)"
    rf"(?P<rest>(?::{_TAG})?(?:@{_ALGORITHM}:[0-9a-fA-F]{{32,}})?)\Z"
)
#: Characters of the longest reference that is looked at.
_LONGEST = 1000


def parts_of(reference: str) -> tuple[str, str, str] | None:
    """The registry with its slash, the name, and tag and digest with what is before them; '' for a part that is not there.

    :returns: None where it is no reference.
    """
    match = _REFERENCE.match(reference) if len(reference) <= _LONGEST else None
    return (match["registry"] or "", match["name"], match["rest"]) if match else None


def require_reference(reference: str) -> None:
    """Check that a wanted image is one.

    :raises ComposeError: it is not.
    """
    if parts_of(reference) is None:
        raise ComposeError(
            f"{reference[:200]!r} is no reference of an image: write it like ghcr.io/berriai/litellm:v1.81.0, and a digest, if "
            "any, behind it like @sha256:..."
        )
