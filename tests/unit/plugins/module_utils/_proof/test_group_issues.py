# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The known issues of a Cluster and of Sentinels explain what the proof sees there."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.findings import findings_of, refusal_of

OLD = {"litellm_version": "1.80.0", "redis_py_version": "5.2.1"}
NEW = {"litellm_version": "1.106.2", "redis_py_version": "8.1.0"}
BROKEN = {"code": "async_broken", "where": "cache", "detail": "why"}


def seen(code: str, setting: str, where: str = "cache") -> dict[str, Any]:
    return {"code": code, "where": where, "setting": setting, "wanted": "a", "effective": None}


@pytest.mark.parametrize(
    ("versions", "form", "observation", "issue", "refused"),
    [
        (OLD, "sentinel", seen("ineffective", "password"), "LITELLM-SENTINEL-LOGIN-LOST", True),
        (OLD, "sentinel", BROKEN, "LITELLM-SENTINEL-LOGIN-LOST", True),
        (NEW, "sentinel", BROKEN, "LITELLM-SENTINEL-GETS-SETTINGS-OF-REDIS", True),
        (OLD, "sentinel", seen("misplaced", "db"), "LITELLM-SENTINEL-DATABASE-IGNORED", True),
        (OLD, "sentinel", seen("ineffective", "ssl"), "LITELLM-SENTINEL-WITHOUT-TLS", True),
        (OLD, "sentinel", seen("differs", "socket_timeout"), "LITELLM-SENTINEL-DROPS-TIMEOUTS", False),
        (OLD, "cluster", seen("differs", "socket_timeout"), "LITELLM-CLUSTER-DROPS-TIMEOUTS", False),
        (NEW, "cluster", seen("ineffective", "ssl_certfile"), "LITELLM-CLUSTER-DROPS-CERTIFICATE", True),
        (OLD, "host", seen("moved", "host"), "LITELLM-PLAIN-CLIENT-OF-CLUSTER", True),
        (NEW, "cluster", seen("moved", "redis_host", "router"), "LITELLM-ROUTER-PLAIN-BESIDE-CLUSTER", True),
        (
            NEW,
            "sentinel",
            seen("failover_missed", "redis_host", "router"),
            "LITELLM-ROUTER-PLAIN-BESIDE-SENTINEL",
            False,
        ),
    ],
)
def test_what_is_seen_has_a_name_and_a_way_out(
    versions: dict[str, str], form: str, observation: dict[str, Any], issue: str, refused: bool
) -> None:
    (found,) = findings_of(dict(versions, observations=[observation]), form)
    assert found["known_issue"] == issue and found["way_out"]
    assert (refusal_of([found], versions) is not None) is refused
