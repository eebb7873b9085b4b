# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a known issue is: what is seen of it, which versions have it, and the way out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Seen:
    """An observation of the proof; None stands for any."""

    code: str
    where: str | None = None
    setting: str | None = None
    form: str | None = None
    variable: str | None = None

    def matches(self, finding: dict) -> bool:
        """Whether a finding is such an observation."""
        return all(wanted is None or finding.get(name) == wanted for name, wanted in vars(self).items())

    def weight(self) -> int:
        """How much the pattern says: the one that says most explains best."""
        return sum(wanted is not None for wanted in vars(self).values())


@dataclass(frozen=True)
class KnownIssue:
    """One known issue.

    ``first`` and ``last`` are the versions of LiteLLM that have it, None for an open end. ``tags`` are image tags whose
    package version does not tell them apart. ``observed_as`` is empty where nothing can be seen beforehand; then
    ``needs`` are the circumstances under which it matters: a cache mode, a form of ``cache_params``, ``database``, the
    name of an environment variable, or ``redis-py`` with its major version.
    """

    identifier: str
    title: str
    symptom: str
    way_out: str
    source: str
    first: str | None = None
    last: str | None = None
    tags: tuple[str, ...] = ()
    observed_as: tuple[Seen, ...] = ()
    needs: tuple[str, ...] = ("redis",)

    def affects(self, litellm_version: str | None) -> bool:
        """Whether a version is in the range; an unknown version may be."""
        version = _numbers(litellm_version)
        if version is None:
            return True
        first, last = _numbers(self.first), _numbers(self.last)
        return (first is None or version >= first) and (last is None or version <= last)


def _numbers(version: str | None) -> tuple[int, ...] | None:
    """A version as numbers; None for one that is not made of three."""
    parts = (version or "").split(".")[:3]
    return tuple(int(part) for part in parts) if len(parts) == 3 and all(part.isdigit() for part in parts) else None
