# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An environment that says nothing of Docker."""

from __future__ import annotations

from pathlib import Path

import pytest

VARIABLES = ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "DOCKER_CONFIG")


def without_docker(monkeypatch: pytest.MonkeyPatch, home: Path) -> Path:
    """Unset what Docker's client reads.

    :param home: where the user's settings would be.
    :returns: the folder of those settings, which is not there.
    """
    monkeypatch.setenv("HOME", str(home))
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    return home / ".docker"
