# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One deployment as the modules see it that ask its instances."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from .._errors import LitellmCacheError
from .instance_client import InstanceClient
from .instances import Instance
from .project import Project


@dataclass(frozen=True)
class Deployment(Project):
    """A Compose project whose instances can be asked."""

    def client(self, instance: Instance) -> InstanceClient:
        """A client of one of the instances."""
        return InstanceClient(self.engine, instance, instance.container_path(self.config_path))

    def clear_away(self, text: str, keys: list[str]) -> None:
        """Remove entries of ours from the proxy's Redis, by exact key. What cannot be removed goes by its TTL.

        :param text: the configuration that says where Redis is.
        """
        running = self.running()
        if keys and running:
            with contextlib.suppress(LitellmCacheError):
                self.client(running[0]).redis(text, delete=keys)
