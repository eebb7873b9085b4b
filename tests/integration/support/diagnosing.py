# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tests of the playbook diagnose share: how it is asked, and what it found."""

from __future__ import annotations

import re
import time
from typing import Any

import yaml
from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import Run

DIAGNOSE, VERIFY = "playbooks/diagnose.yml", "playbooks/verify.yml"
#: What a switch would write into cache_params.
REDIS = {
    "type": "redis",
    "host": "redis",
    "port": 6379,
    "db": 1,
    "password": "os.environ/REDIS_PASSWORD",
    "socket_timeout": 30,
    "socket_connect_timeout": 10,
    "health_check_interval": 30,
    "retry_on_timeout": True,
}


def codes(run: Run) -> list[str]:
    """The codes of the findings of a run, in the order in which they were printed."""
    assert run.code == 0 and not run.changed, run.output
    lines = run.of("Report")["lines"]
    # One word alone, such as the end of a URL, stays whole.
    assert all(len(line) <= 80 or " " not in line.strip() for line in lines), run.output
    # A long title goes on in the next line.
    return re.findall(r"\((?:certain|likely|possible), (\w+)\)", " ".join(" ".join(lines).split()))


def asked(complaint: str = "", **variables: Any) -> dict[str, Any]:
    """Variables of a run that looks at what is logged from now on."""
    since = {"litellm_cache_diagnose_since": str(time.time())}
    return {**since, "litellm_cache_diagnose_complaint": complaint, **variables}


def in_redis(content: bytes, **more: Any) -> bytes:
    """A file that somebody brought to Redis by hand.

    :param more: of its cache_params.
    """
    return edited(content, "litellm_settings", cache_params={**REDIS, **more})


def edited(content: bytes, section: str, **settings: Any) -> bytes:
    """A file that somebody changed by hand; a mapping is merged into the one that is there.

    :param section: its key at the top.
    """
    config = yaml.safe_load(content)
    there = config[section]
    for name, value in settings.items():
        there[name] = {**there.get(name, {}), **value} if isinstance(value, dict) else value
    return yaml.safe_dump(config, sort_keys=False).encode()
