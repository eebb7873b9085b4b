# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Other proxies beside those of the deployment: whoever of them uses the same Redis is seen there by its address.

Pure: what Docker lists in, facts out.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Callable

from .._deployment.instances import Instance
from .._deployment.owned import RUN_LABEL

#: A part of the name of each image that is LiteLLM's own or made from it.
_LITELLM = "litellm"


def is_other_proxy(instances: Collection[Instance]) -> Callable[[dict[str, Any]], bool]:
    """Tells of an entry of Docker's list whether it is a running LiteLLM that is none of the instances, nor a clone of one.

    :param instances: of the deployment.
    """
    own = {one.id for one in instances}
    images = {one.image for one in instances}

    def is_one(listed: dict[str, Any]) -> bool:
        if listed.get("State") != "running" or listed.get("Id") in own or RUN_LABEL in (listed.get("Labels") or {}):
            return False
        image = str(listed.get("Image") or "")
        return image in images or _LITELLM in image.lower()

    return is_one


def described(record: dict[str, Any]) -> dict[str, Any]:
    """Name and addresses of a container.

    :param record: its inspection record.
    """
    networks = ((record.get("NetworkSettings") or {}).get("Networks") or {}).values()
    addresses = {
        str(network[name]) for network in networks for name in ("IPAddress", "GlobalIPv6Address") if network.get(name)
    }
    return {"name": record["Name"].lstrip("/"), "addresses": sorted(addresses)}
