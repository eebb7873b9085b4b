# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the proxy lets a key ask for, as the proxy itself tells it, and why it does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .._inside.kinds import CHAT, EMBEDDING
from .._settings.description import is_chat

REFUSED = (401, 403)
_ANOTHER_KEY = "name a key that it accepts in litellm_cache_master_key_env or litellm_cache_master_key_file"
#: What stands in the way of a key that the proxy knows, by the word of ``_inside.conversation.access``.
_LIMITS = {
    "blocked": f"the key is blocked: {_ANOTHER_KEY}",
    "budget": f"the budget of the key is spent: {_ANOTHER_KEY}",
    "cache": f"requests of the key are not cached (cache in its metadata): {_ANOTHER_KEY}",
    "routes": f"the key may not ask for chat completions (its allowed_routes): {_ANOTHER_KEY}",
}
#: Who decides on keys in the place of LiteLLM, by the setting of ``general_settings``.
_GATEKEEPERS = {
    "custom_auth": "the proxy has a custom_auth function",
    "enable_jwt_auth": "the proxy wants a JWT (enable_jwt_auth)",
    "enable_oauth2_auth": "the proxy wants an OAuth 2 token (enable_oauth2_auth)",
}


@dataclass(frozen=True)
class Access:
    """What one instance answered to the key that requests are sent with.

    :param told: ``access`` in the answer of ``_inside.operations.look``; {} where nobody could be asked.
    """

    told: dict[str, Any]

    @classmethod
    def of(cls, instances: list[dict[str, Any]]) -> Access:
        """The access to the first instance that answered.

        :param instances: entries of a report of :class:`Observation`.
        """
        return cls(next((entry["access"] for entry in instances if entry.get("access")), {}))

    @property
    def wants_no_key(self) -> bool:
        """Whether the proxy answered, and was given no key."""
        return self.told.get("status") == 200 and self.told.get("key") is None

    @property
    def key_header(self) -> str | None:
        """The header that the proxy looks for keys in, None for the usual one."""
        return self.told.get("key_header")

    def problem(self, user: str | None) -> str | None:
        """Why no request would be answered, with the way out; None where nothing is known to be in the way.

        :param user: the end user that requests would name.
        """
        key, status, rules = self.told.get("key"), self.told.get("status"), self.told.get("rules") or []
        if key == "variable not set":
            return "the proxy does not have the environment variable that litellm_cache_master_key_env names"
        limits = self.told.get("limits") or []
        if limits:
            return _LIMITS[limits[0]]
        if status in REFUSED:
            return self._refused(status, key, rules)
        if "allowed_routes" in rules:
            return "general_settings.allowed_routes lets no chat completion through, so no request can show a hit"
        if "enforce_user_param" in rules and not user:
            return (
                "the proxy wants each request to name an end user (general_settings.enforce_user_param): set "
                "litellm_cache_test_user"
            )
        return None

    @staticmethod
    def _refused(status: int, key: str | None, rules: list[str]) -> str:
        if key is None:
            return (
                f"the proxy answers {status} without a key, and none is known: neither general_settings.master_key nor "
                f"LITELLM_MASTER_KEY of the proxy; {_ANOTHER_KEY}"
            )
        whose = "its own master key" if key == "proxy" else "the key that was given"
        gatekeeper = next((words for name, words in _GATEKEEPERS.items() if name in rules), None)
        said = f"the proxy answers {status} to {whose}"
        return f"{said}; {gatekeeper}; {_ANOTHER_KEY}" if gatekeeper else f"{said}: {_ANOTHER_KEY}"

    def kind_of(self, model: str) -> str:
        """Whether a model answers chat or embedding requests; chat where nothing is known."""
        for entry in self.told.get("models") or []:
            if entry["name"] == model:
                return _kind(entry) or CHAT
        return CHAT

    def first(self, kind: str) -> str | None:
        """The first model of a kind that the key may ask for, None for none."""
        return next((entry["name"] for entry in self.told.get("models") or [] if _kind(entry) == kind), None)


def _kind(entry: dict[str, Any]) -> str | None:
    """Chat or embedding; None for another kind."""
    if is_chat(entry["mode"], entry["served_by"] or entry["name"]):
        return CHAT
    told = entry["mode"] or entry["served_by"] or entry["name"]
    return EMBEDDING if "embed" in told.lower() else None
