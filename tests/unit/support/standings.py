# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a status saw of a deployment where all is well, for tests that change a part of it."""

from __future__ import annotations

from typing import Any

from ansible_collections.erni_ki.litellm.plugins.module_utils._change.pending import clock
from ansible_collections.erni_ki.litellm.tests.unit.support.changes import CHANGE

NAME = "erni-ki-litellm-1"
#: When it was looked, seconds since the epoch: 2026-01-31 12:00:00.
AT = 1_769_860_800.0
RECORD = {**CHANGE.record("confirmed"), "at": clock(AT - 7200), "reason": "several instances"}
VERIFICATION = {
    "at": AT - 300,
    "user": "bob",
    "mode": "redis",
    "versions": ["1.80.0"],
    "words": "proved by requests",
    "problems": [],
    "latency": {},
}
PENDING = {**CHANGE.summary(), "since": AT - 60}
GUARD = {
    "alive": True,
    "kind": "systemd",
    "reverts": False,
    "outlives": ["controller", "reboot"],
    "remaining_seconds": 42,
}


def instance(name: str = NAME, **facts: Any) -> dict[str, Any]:
    """An instance on Redis."""
    return {
        "name": name,
        "status": "running",
        "running": True,
        "started": AT - 7000,
        "image": "ghcr.io/berriai/litellm:v1.80.0.rc.1",
        "image_tag": "v1.80.0.rc.1",
        "stale": [],
        "litellm_version": "1.80.0",
        "redis_py_version": "5.2.1",
        "cache_type": "redis",
        "stored": None,
        "problem": None,
        **facts,
    }


def found(*instances: dict[str, Any], **facts: Any) -> dict[str, Any]:
    """Result of litellm_cache_status; of one instance on Redis, if none is given."""
    told = list(instances) or [instance()]
    return {
        "at": AT,
        "project": "erni-ki",
        "service": "litellm",
        "config_path": "/opt/erni-ki/conf/litellm/config.yaml",
        "state_dir": "/var/lib/state",
        "cache": {"mode": "redis"},
        "mode": {"file": "redis", "stored": None, "effective": ["redis"]},
        "findings": [],
        "instances": told,
        "running": sum(one["running"] for one in told),
        "stale": [one["name"] for one in told if one["stale"]],
        "beside": [],
        "history": [RECORD],
        "pending": None,
        "guard": None,
        "verification": VERIFICATION,
        "snapshots": [{"number": 1, "at": AT - 7300}],
        "damage": [],
        "unseen": [],
        **facts,
    }
