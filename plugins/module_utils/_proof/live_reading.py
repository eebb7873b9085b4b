# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What LiteLLM makes of a configuration, asked of a running instance; reading.py says what that means."""

from __future__ import annotations

from typing import Any

from .._deployment.deployment import Deployment
from .._deployment.instance_client import InstanceError
from .reading import as_reading


def read_in(deployment: Deployment, candidate: str | None) -> dict[str, Any]:
    """The reading of a configuration by the first instance that runs.

    :param candidate: text of the configuration, None for the one that the proxy reads.
    :raises InstanceError: it cannot be read.
    """
    return as_reading(deployment.client(deployment.running()[0]).read(candidate), None)


def reading_of(deployment: Deployment) -> dict[str, Any] | None:
    """The reading of the configuration in force, None where no instance can tell."""
    try:
        return read_in(deployment, None) if deployment.running() else None
    except InstanceError:
        return None
