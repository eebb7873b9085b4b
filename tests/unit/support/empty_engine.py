# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Docker Engine without containers, where what becomes of the files is all that a test looks at."""

from __future__ import annotations

from typing import Any


class EmptyEngine:
    """What stands in the place of DockerSocket."""

    def __init__(self, _docker_host: str | None = None) -> None:
        pass

    def containers(self, _labels: list[str], _wanted: Any = None) -> list[Any]:
        """None."""
        return []
