# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which instances do not run what the file says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.instances import Instance
from ansible_collections.erni_ki.litellm.plugins.module_utils._proof.stale import stale_reasons
from ansible_collections.erni_ki.litellm.tests.unit.support.engine_server import container

READING: dict[str, Any] = {"source": "mounted", "included": []}
LOOK = {"config_sha256": "a", "answers": True, "cache_type": "local", "reading": READING}
NEWER = {
    **READING,
    "included": [{"path": "/app/old.yaml", "modified": 5.0}, {"path": "/app/new.yaml", "modified": 4e9}],
}


@pytest.mark.parametrize(
    ("status", "look", "sha256", "modified", "reasons"),
    [
        ("running", LOOK, "a", 5.0, []),
        ("running", {**LOOK, "cache_type": None}, "a", 5.0, []),
        ("running", {**LOOK, "config_sha256": None}, "b", 5.0, []),
        ("exited", None, "a", 5.0, ["it is exited"]),
        ("running", None, "a", 5.0, ["it does not answer"]),
        ("running", LOOK, "b", 5.0, ["the file it sees differs from the host's"]),
        (
            "running",
            {**LOOK, "reading": {**READING, "source": "copy"}},
            "b",
            5.0,
            ["the file it sees differs from the host's"],
        ),
        # What is made at the start, or read elsewhere, is another file by its nature.
        ("running", {**LOOK, "reading": {**READING, "source": "made"}}, "b", 5.0, []),
        ("running", {**LOOK, "reading": {**READING, "source": "bucket"}}, "b", 5.0, []),
        (
            "running",
            {**LOOK, "reading": NEWER},
            "a",
            5.0,
            ["/app/new.yaml, which is included, is newer than its start"],
        ),
        ("running", LOOK, "a", 4e9, ["the file is newer than its start"]),
        ("running", {**LOOK, "answers": False}, "a", 5.0, ["LiteLLM does not answer"]),
        ("running", {**LOOK, "cache_type": "redis"}, "a", 5.0, ["its cache is of type redis, the file says local"]),
    ],
)
def test_stale_instances(
    tmp_path: Path, status: str, look: dict[str, Any] | None, sha256: str, modified: float, reasons: list[str]
) -> None:
    instance = Instance.from_inspection(container(1, tmp_path, Status=status))
    assert stale_reasons(instance, look, "local", sha256, modified) == reasons
