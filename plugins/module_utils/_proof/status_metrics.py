# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a status gives Prometheus.

Pure: the result of litellm_cache_status in, samples out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .._change.metrics import Sample, of_state
from .status_report import status_of
from .status_rows import FILE, INSTANCES, MOUNT, STATE, StatusRows

#: What may not have been seen, and its label.
_PLACES = {FILE: "file", MOUNT: "mount", INSTANCES: "instances", STATE: "state"}
#: Instances that are told one by one, the first; all of them are counted.
MOST_INSTANCES = 64


def metrics_of(found: dict[str, Any]) -> Iterator[Sample]:
    """The samples of a status; nothing of what was not seen.

    :param found: result of litellm_cache_status.
    """
    unseen = {one["what"] for one in found["unseen"]}
    yield Sample("observed_timestamp_seconds", found["at"])
    for what, label in _PLACES.items():
        yield Sample("unseen", what in unseen, {"what": label})
    yield Sample("problems", len(status_of(found)["problems"]))
    yield from _modes(found["mode"])
    if found["instances"] is not None:
        yield from _instances(found)
        if found["cache"] is not None:
            stale = found["stale"] or not found["running"] or MOUNT in unseen
            yield Sample("in_effect", not stale)
    if STATE in unseen:
        return  # what was read of it before it failed would be told as all of it
    yield from of_state(found)
    if found["instances"] is not None and found["cache"] is not None:
        yield Sample("verified", StatusRows(found).is_verified)


def _modes(mode: dict[str, Any]) -> Iterator[Sample]:
    for source in ("file", "stored"):
        if mode[source] is not None:
            yield Sample("mode_info", 1, {"source": source, "mode": mode[source]})
    for effective in mode["effective"]:
        yield Sample("mode_info", 1, {"source": "effective", "mode": effective})


def _instances(found: dict[str, Any]) -> Iterator[Sample]:
    instances = found["instances"]
    yield Sample("instances", len(instances))
    yield Sample("instances_running", found["running"])
    yield Sample("instances_stale", len(found["stale"]))
    for instance in instances[:MOST_INSTANCES]:
        container = {"container": instance["name"]}
        known = ("litellm_version", "redis_py_version", "image", "cache_type", "status")
        told = {name: instance[name] for name in known if instance[name] is not None}
        yield Sample("container_info", 1, {**container, **told})
        yield Sample("container_stale", bool(instance["stale"]), container)
        if instance["started"]:
            yield Sample("container_start_timestamp_seconds", instance["started"], container)
