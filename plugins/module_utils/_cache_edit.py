# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans of lossless edits that bring config.yaml to a cache mode. Private to the collection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from ansible_collections.erni_ki.litellm.plugins.module_utils._cache_operations import Journal


@dataclass(frozen=True)
class Plan:
    """A verified edit, not yet written."""

    base: str
    candidate: str
    mode_before: str
    mode_after: str
    operations: tuple
    findings: tuple
    journal: Optional[Journal]
    exact: bool

    @property
    def changed(self):
        """Whether the candidate differs from the text as read."""
        return self.candidate != self.base


def plan_cache_mode(text, wishes, journal):
    """Return the Plan that brings ``text`` to ``wishes``. Raises ConfigError."""
    raise NotImplementedError


def plan_revert(text, journal):
    """Return the Plan that undoes ``journal`` wholly. Raises ConfigError."""
    raise NotImplementedError
