# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pending change as a commit would record it, and what it knows of an image."""

from __future__ import annotations

from ansible_collections.erni_ki.litellm.plugins.module_utils._change.image_record import ImageRecord
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.pending import PendingChange

CHANGE = PendingChange(
    run="night-1",
    user="alice",
    since=1_700_000_000.0,
    mode_before="local",
    mode_after="redis",
    base_sha256="a" * 64,
    candidate_sha256="b" * 64,
    config_path="/opt/x/config.yaml",
    snapshot=1,
    modified=5,
    reason="",
    journal={"version": 1},
    deployment={"service": "litellm"},
    waits={"ready_timeout": 120, "stable_for": 15, "stop_timeout": None},
    started={"c0ffee": 1_699_999_000.0},
    planted=["d" * 64],
    guard="session",
    versions=["1.80.0"],
)

IMAGE = ImageRecord(
    service="litellm",
    before="litellm:1",
    after="litellm:2",
    image_id="sha256:1",
    path="/opt/x/.env",
    base_sha256="c" * 64,
    candidate_sha256="d" * 64,
    modified=5,
    numbers={"x-litellm-1": 1},
    command={
        "program": "/usr/bin/docker",
        "docker_host": "unix:///var/run/docker.sock",
        "project": "x",
        "directory": "/opt/x",
        "files": ["/opt/x/compose.yml"],
        "environment_files": [],
    },
)
