# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Another container of the same service, out of the record of one that Compose made.

Compose itself replaces the containers of a service all at once, with none of them up in between. Pure; standard library only:
the guard uses it too.
"""

from __future__ import annotations

from typing import Any

from .instances import NUMBER_LABEL

#: What the engine tells of an endpoint that it is also told when a container is connected.
_OF_AN_ENDPOINT = ("Links", "DriverOpts")
_SHORT_ID = 12


def twin_of(record: dict[str, Any], name: str, number: int) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """What the engine must be told to make another one.

    :param record: inspection of the one that is there.
    :param name: of the other one; ``number`` is Compose's.
    :returns: the specification, with the first network in it, and the endpoints of the further networks by their names.
    """
    config = dict(record["Config"], Labels={**record["Config"]["Labels"], NUMBER_LABEL: str(number)})
    if str(record["Id"]).startswith(str(config.get("Hostname"))):
        config.pop("Hostname", None)  # nobody chose it
    config.pop("MacAddress", None)
    endpoints = {
        network: _endpoint(record, endpoint, name)
        for network, endpoint in ((record.get("NetworkSettings") or {}).get("Networks") or {}).items()
    }
    mode = record["HostConfig"].get("NetworkMode", "")
    first = mode if mode in endpoints else next(iter(endpoints), "")
    specification = {**config, "HostConfig": record["HostConfig"]}
    if first in endpoints and mode not in ("host", "none") and not mode.startswith("container:"):
        specification["NetworkingConfig"] = {"EndpointsConfig": {first: endpoints.pop(first)}}
    else:
        endpoints = {}
    return specification, endpoints


def _endpoint(record: dict[str, Any], endpoint: dict[str, Any], name: str) -> dict[str, Any]:
    """How the other one is known in a network: by its own name in the place of this one's, and not by this one's identifier."""
    own = record["Name"].lstrip("/")
    aliases = [
        name if alias == own else alias
        for alias in endpoint.get("Aliases") or []
        if not (len(alias) == _SHORT_ID and str(record["Id"]).startswith(alias))
    ]
    told = {key: endpoint[key] for key in _OF_AN_ENDPOINT if endpoint.get(key)}
    return {**told, "Aliases": list(dict.fromkeys(aliases))}
