# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was seen of a deployment, for the rules of a diagnosis.

Pure: results of the modules in, facts out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from .._proof.waits import waits_in
from .._settings.keys import MODE_LOCAL, MODE_REDIS

NOT_CACHED, TIMEOUTS, DOES_NOT_EMPTY, SLOW = COMPLAINTS = ("not_cached", "timeouts", "does_not_empty", "slow")
PLAYBOOK = "ansible-playbook erni_ki.litellm."
_PLAYBOOK_OF = {MODE_REDIS: "switch_redis", MODE_LOCAL: "rollback_local"}


@dataclass(frozen=True)
class Evidence:
    """What speaks for a rule.

    :param seen: sentences without their full stops.
    :param mend: what mends this very case; empty for what the rule says.
    """

    seen: tuple[str, ...]
    mend: str = ""


@dataclass(frozen=True)
class InstanceFacts:
    """What was seen of one instance.

    :param told: its entry of litellm_cache_info.
    :param more: its entry of litellm_cache_diagnosis, {} for none.
    """

    told: dict[str, Any]
    more: dict[str, Any]

    @property
    def name(self) -> str:
        """Name of its container."""
        return str(self.told["name"])

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Its settings: configured, stored, effective."""
        return (self.told.get("settings") or {}).get("rows") or []

    @property
    def findings(self) -> list[dict[str, Any]]:
        """What would not be as configured."""
        return (self.told.get("settings") or {}).get("findings") or []

    @property
    def effective(self) -> dict[str, Any]:
        """Settings in effect by name; {} where they are not known."""
        return waits_in(self.rows)

    @property
    def redis(self) -> dict[str, Any]:
        """The way to Redis and the server's troubles; {} where none was looked at."""
        return self.more.get("redis") or {}

    @property
    def problem(self) -> dict[str, Any]:
        """Why Redis was not reached: ``code``, ``step``, ``message``; {} where it was."""
        return self.redis.get("problem") or {}

    @property
    def server(self) -> dict[str, Any]:
        """What the server told; {} for nothing."""
        return self.redis.get("server") or {}

    @property
    def numbers(self) -> dict[str, Any]:
        """The server's numbers; {} for none."""
        return self.server.get("numbers") or {}

    @property
    def events(self) -> list[dict[str, Any]]:
        """What its log tells about the cache."""
        return (self.more.get("log") or {}).get("events") or []

    @property
    def requests(self) -> dict[str, Any]:
        """What its log tells of requests; {} for nothing."""
        return (self.more.get("log") or {}).get("requests") or {}

    def drifted(self, wins: str) -> list[dict[str, Any]]:
        """Settings that are not in effect as configured.

        :param wins: who decides: one of those of _proof/drift.py.
        """
        return [row for row in self.rows if row["drift"] and row["wins"] == wins]


@dataclass(frozen=True)
class Facts:
    """All that was seen.

    :param found: result of litellm_cache_info, with all its looks.
    :param redis: result of redis_cache_info, also of one that failed.
    :param gathered: result of litellm_cache_diagnosis.
    :param complaint: one of COMPLAINTS, None for none.
    :param wanted: place of Redis as somebody set it for the host: ``redis_host``, ``redis_port``, ``redis_db``; {} for not known.
    """

    found: dict[str, Any]
    redis: dict[str, Any]
    gathered: dict[str, Any]
    complaint: str | None = None
    wanted: dict[str, Any] = field(default_factory=dict)

    @property
    def cache(self) -> dict[str, Any]:
        """What the file says of the cache."""
        return self.found["cache"]

    @property
    def mode(self) -> str:
        """The cache mode of the file."""
        return str(self.cache["mode"])

    @property
    def in_redis(self) -> bool:
        """Whether the file says Redis."""
        return self.mode == MODE_REDIS

    @property
    def instances(self) -> list[InstanceFacts]:
        """All instances, running or not."""
        more = {seen["name"]: seen for seen in self.gathered["instances"]}
        return [InstanceFacts(told, more.get(told["name"], {})) for told in self.found["instances"]]

    @property
    def running(self) -> list[InstanceFacts]:
        """The instances that run."""
        return [one for one in self.instances if one.told["running"]]

    @property
    def request(self) -> dict[str, Any]:
        """What becomes of the request that somebody complains of; {} where none was named, or it is not known."""
        return self.gathered.get("request") or {}

    @property
    def key(self) -> dict[str, Any]:
        """What the proxy keeps of the key that somebody complains with; {} where none was named, or nothing is known."""
        return self.gathered.get("key") or {}

    @property
    def words(self) -> dict[str, str]:
        """What stands for the names in a rule's way out."""
        container = self.gathered.get("redis_container") or {}
        return {
            "apply": f"{PLAYBOOK}{_PLAYBOOK_OF.get(self.mode, 'switch_redis')}",
            "redis": str(container.get("service") or "redis"),
        }

    def of_each(self, look: Callable[[InstanceFacts], Iterable[str]]) -> tuple[str, ...]:
        """What is seen of each running instance, with its name before it where there are several; each sentence once.

        :param look: tells the sentences of one instance.
        """
        several = len(self.instances) > 1
        sentences = (
            f"{one.name}: {sentence}" if several else sentence for one in self.running for sentence in look(one)
        )
        return tuple(dict.fromkeys(sentences))
