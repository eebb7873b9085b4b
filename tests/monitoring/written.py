# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Metrics of deployments in every state, written as the collection does; tests/integration/test_metrics.py has real ones."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from ansible_collections.erni_ki.litellm.plugins.module_utils._change.metrics_file import MetricsFile
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.pending import clock
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.status_metrics import metrics_of
from ansible_collections.erni_ki.litellm.tests.unit.support import standings as told

#: A label that would end its line, and begin another one.
HOSTILE = 'x"} 1\nup{job="\\'
LATENCY = {"instance": told.NAME, "what": "redis hit", "mode": "redis", **{p: {"value": 0.004} for p in ("p50", "p99")}}


def well(now: float) -> dict[str, Any]:
    """Result of litellm_cache_status of a deployment where all is well."""
    record = {**told.RECORD, "at": clock(now - 7200)}
    flush = {**record, "result": "flushed"}
    verification = {**told.VERIFICATION, "at": now - 300, "drift": [], "latency": {"redis": [LATENCY]}}
    instance = told.instance(started=now - 7000)
    return told.found(instance, at=now, history=[record, flush], verification=verification)


def deployments() -> dict[str, dict[str, Any]]:
    """Results of litellm_cache_status by the name of the project."""
    now = time.time()
    fine = well(now)
    old = now - 100_000
    failed = {**fine["verification"], "at": old, "problems": ["no hit"], "drift": ["db"]}
    image = {**told.RECORD, "at": clock(now - 60), "image": {"from": "litellm:1", "to": "litellm:2"}}
    reverted = {**told.RECORD, "at": clock(now - 60), "result": "needs_operator", "by": "guard"}
    stale = told.instance(stale=["the file is newer than its start"], started=old)
    pending = {**told.PENDING, "since": old}
    return {
        "well": fine,
        "new": {**fine, "verification": None, "history": []},
        "changing": {**fine, "history": [image], "pending": {**told.PENDING, "since": now - 5}, "guard": told.GUARD},
        "wrong": {
            **fine,
            **{"at": old, "instances": [stale], "stale": [told.NAME], "history": [reverted], "verification": failed},
            **{"pending": pending, "guard": {**told.GUARD, "alive": False}, "damage": [{"message": "damaged"}]},
        },
        "unseen": {**fine, "instances": None, "unseen": [{"what": "the instances", "why": "Docker is down"}]},
        HOSTILE: {**fine, "instances": [told.instance(HOSTILE * 99, image=HOSTILE)]},
    }


def write(folder: Path) -> list[Path]:
    """Write the files of all of them."""
    files = []
    for project, found in deployments().items():
        file = MetricsFile.of(str(folder), project, "litellm", f"/opt/{project}/config.yaml")
        file.write(metrics_of(found))
        files.append(Path(file.path))
    return files
