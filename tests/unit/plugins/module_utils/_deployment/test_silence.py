# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why an instance does not come up, at an engine of paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.deployment import Deployment
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.docker_socket import DockerSocket
from ansible_collections.erni_ki.litellm.plugins.module_utils._deployment.silence import why_silent
from ansible_collections.erni_ki.litellm.plugins.module_utils._inside.redis_url import unlike_meant
from ansible_collections.erni_ki.litellm.tests.unit.support.engine_server import EngineServer, container, frame

UNREADABLE = (
    "ValueError: Port could not be cast to integer value as 'pw'\nERROR:    Application startup failed. Exiting.\n"
)
OF_A_VARIABLE = "environment variable SOME_URL"


@pytest.mark.parametrize(
    ("log", "url", "told"),
    [
        (UNREADABLE, OF_A_VARIABLE, unlike_meant("SOME_URL")),
        (UNREADABLE, "literal", unlike_meant("cache_params.url")),
        (UNREADABLE, None, "it does not come up; its log says: ValueError: a URL does not parse as meant: a password in "
         "a URL must be percent-encoded"),
        ("ERROR:    Application startup failed.\n", OF_A_VARIABLE,
         "it does not come up; its log says: Application startup failed"),
        ("TTL preservation failed\n", OF_A_VARIABLE, None),
        ("", OF_A_VARIABLE, None),
    ],
)  # fmt: skip
def test_why_an_instance_does_not_come_up(tmp_path: Path, log: str, url: Any, told: str | None) -> None:
    with EngineServer(tmp_path) as server:
        server.has(container(1, tmp_path, Status="restarting"))
        server.answers[f"GET /containers/{1:064d}/logs"] = frame(2, log.encode())
        deployment = Deployment.open({"project_dir": str(tmp_path), "service": "litellm"}, DockerSocket(server.host))
        assert why_silent(deployment.engine, deployment.instances[0], {"redis": {"url": url}}) == told


def test_a_log_that_cannot_be_had_tells_nothing(tmp_path: Path) -> None:
    with EngineServer(tmp_path) as server:
        server.has(container(1, tmp_path))
        deployment = Deployment.open({"project_dir": str(tmp_path), "service": "litellm"}, DockerSocket(server.host))
        server.answers.clear()
        assert why_silent(deployment.engine, deployment.instances[0], {"redis": {"url": None}}) is None
