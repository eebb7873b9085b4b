# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an administrator does to LiteLLM's own database."""

from __future__ import annotations

import http.client
import json
from typing import Any

from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed

REMOVE_CACHE_SETTINGS = 'DELETE FROM "LiteLLM_CacheConfig"'


def save_cache_settings(bed: Bed, settings: dict[str, Any]) -> int:
    """Save the settings of the cache in LiteLLM's interface.

    :returns: the status.
    """
    connection = http.client.HTTPConnection(bed.address("litellm"), 4000, timeout=30)
    headers = {"Authorization": f"Bearer {bed.master_key}", "Content-Type": "application/json"}
    connection.request("POST", "/cache/settings", json.dumps({"cache_settings": settings}), headers)
    return connection.getresponse().status


def in_database(bed: Bed, statement: str) -> None:
    """Run a statement in PostgreSQL."""
    done = bed.container("postgres").exec_run(["psql", "-h", "/tmp", "-U", "postgres", "-c", statement])
    assert done.exit_code == 0, done.output
