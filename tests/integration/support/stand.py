# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A deployment that is broken and mended again and again, with as few starts of LiteLLM as that takes."""

from __future__ import annotations

from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed
from ansible_collections.erni_ki.litellm.tests.integration.support.diagnosing import in_redis


class Stand:
    """A deployment that is broken and mended; its proxies are started anew only where what they run changes.

    :param bed: as after its first start.
    """

    def __init__(self, bed: Bed) -> None:
        self.bed = bed
        self._override = bed.directory / "compose.override.yml"
        self._runs = self._pristine = (bed.pristine, bed.pristine_entrypoint, self._text())

    def _text(self) -> str:
        return self._override.read_text(encoding="utf-8") if self._override.exists() else ""

    def runs(self, config: bytes, entrypoint: bytes | None = None, service: str = "") -> None:
        """Let the proxies run this.

        :param config: their file.
        :param entrypoint: their entrypoint, None for that of the beginning.
        :param service: lines of their service in compose.override.yml.
        """
        override = self._pristine[2] + (f"services:\n  litellm:\n{service}" if service else "")
        wanted = (config, entrypoint or self.bed.pristine_entrypoint, override)
        if wanted == self._runs:
            return
        self.bed.config.write_bytes(wanted[0])
        self.bed.entrypoint.write_bytes(wanted[1])
        if wanted[2] == self._runs[2]:
            self.bed.restart()
        else:
            self._override.write_text(override, encoding="utf-8")
            self.bed.compose("up", "--detach", "--no-build", "--force-recreate", "litellm")
            self.bed.wait()
        self._runs = wanted

    def in_redis(self) -> None:
        """Let the proxies cache in Redis, and nothing be wrong."""
        self.runs(in_redis(self.bed.pristine))

    def mended(self) -> None:
        """The containers of the proxies are again as at the beginning; their file and entrypoint may differ."""
        if self._runs[2] != self._pristine[2]:
            self.runs(*self._pristine[:2])


def scaled(bed: Bed) -> None:
    """Bring a deployment to three instances; those that are there stay."""
    bed.compose("up", "--detach", "--no-build", "--no-recreate", "--scale", "litellm=3", "litellm")
    bed.wait()
