# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts and helpers for the tests of the edit."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Optional

import yaml
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.journal import Journal
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.plan import Plan, plan_revert
from ansible_collections.erni_ki.litellm.plugins.module_utils._edit.plan_mode import plan_cache_mode
from ansible_collections.erni_ki.litellm.plugins.module_utils._settings.wishes import CacheWishes

CHECKOUT = Path(__file__).resolve().parents[3]

# The state of the runbook: the router's keys as comments under a header comment, some with a comment behind the value.
RUNBOOK = """\
model_list:
  - model_name: gpt-4o
    litellm_params:
      model: openai/gpt-4o

router_settings:
  num_retries: 3
  # Redis настройки для router временно отключены 🚫
  # redis_host: "redis"
  # redis_port: 6379
  # redis_password: "OldPassw0rd" # pragma: allowlist secret
  # redis_db: 1 # та же база

general_settings:
  master_key: os.environ/LITELLM_MASTER_KEY
  # redis_host: "never"
  # redis_password: "never"

litellm_settings:
  drop_params: true
  cache: true  # включить
  cache_params:
    type: 'local' # в процессе
    ttl: 1800
    supported_call_types: ["acompletion", "atext_completion", "aembedding", "atranscription"]
  #   socket_connect_timeout: 10 # подключение
  #   socket_timeout: 10 # операции
  #   connection_pool_timeout: 5
  # Настройки connection pooling
  connection_pool:
    max_connections: 100
"""

# The runbook's own local state of the router: a section that holds only comments.
ONLY_COMMENTS = """\
litellm_settings:
  cache: true
  cache_params:
    type: local
    ttl: 1800
    supported_call_types: ["acompletion", "atext_completion", "aembedding", "atranscription"]
router_settings:
  # Redis временно отключён: таймаут 5 с
  # redis_host: "redis"
  # redis_port: 6379
  # redis_password: "OldPassw0rd" # pragma: allowlist secret
  # redis_db: 1
"""

LIVE_REDIS = """\
litellm_settings:
  cache: true
  cache_params:
    type: redis
    host: redis
    port: "6379"
    password: "OldPassw0rd"
    db: 1
    ttl: 600   # ten minutes
    namespace: litellm
    socket_timeout: 10
    connection_pool_timeout: 5
router_settings:
  redis_host: redis
  redis_port: 6379
  redis_password: "OldPassw0rd"
  cache_kwargs:
    db: 1
    namespace: router
"""

NO_CACHE = """\
model_list: []
general_settings:
  master_key: os.environ/LITELLM_MASTER_KEY
"""

ALTERNATIVES = """\
litellm_settings:
  cache: true
  # cache_params:
  #   type: qdrant-semantic
  #   host: elsewhere
  #   port: 6333
  cache_params:
    type: local
    ttl: 600
  json_logs: true
"""


def wishes(mode: str = "redis", **options: Any) -> CacheWishes:
    """Return wishes with a password from the environment unless the options say otherwise."""
    if mode == "redis" and not {"redis_password", "redis_password_env", "redis_url_env"} & set(options):
        options["redis_password_env"] = "REDIS_PASSWORD"
    return CacheWishes.from_options(dict(options, mode=mode))


REDIS = wishes()
LOCAL = wishes("local")


def stored(journal: Optional[Journal]) -> Optional[Journal]:
    """Return the journal as it comes back from the disk."""
    return None if journal is None else Journal.from_dict(journal.to_dict())


def switch(text: str, to: CacheWishes = REDIS, journal: Optional[Journal] = None) -> Plan:
    """Plan a switch, assert that a second run changes nothing, return the plan."""
    plan = plan_cache_mode(text, to, journal)
    again = plan_cache_mode(plan.candidate, to, stored(plan.journal))
    assert not again.changed
    assert again.journal == plan.journal
    return plan


def revert(plan: Plan) -> Plan:
    """Undo the journal of ``plan`` wholly."""
    return plan_revert(plan.candidate, stored(plan.journal))


def load(text: str) -> Any:
    """Load as LiteLLM does."""
    return yaml.load(text.lstrip("\ufeff"), Loader=yaml.SafeLoader)


def codes(plan: Plan) -> set[str]:
    """Return the codes of the findings."""
    return {finding["code"] for finding in plan.findings}


def variants(text: str) -> dict[str, str]:
    """Return the text with other line ends, without the last one, and with a byte order mark."""
    return {
        "original": text,
        "crlf": re.sub("\r?\n", "\r\n", text),
        "open end": text.rstrip("\r\n"),
        "byte order mark": "\ufeff" + text,
    }


def corpus_folder() -> Optional[Path]:
    """Return the folder of real configuration files, or None."""
    folder = Path(os.environ.get("LITELLM_CONFIG_CORPUS") or CHECKOUT.parent / "shared" / "corpus")
    return folder if folder.is_dir() else None


def corpus_files() -> list[Path]:
    """Return the real configuration files."""
    folder = corpus_folder()
    return sorted(folder.glob("*.yaml")) if folder else []


def read(path: Path) -> str:
    """Read a text with its line ends as they are."""
    with open(path, encoding="utf-8", newline="") as stream:
        return stream.read()
