# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Strategies of hypothesis for what happens to a configuration: runs with options, hand edits, lost journals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ansible_collections.erni_ki.litellm.tests.unit.support.generated_configs import seldom
from hypothesis import strategies as st

#: Options of a run, as an operator sets them.
OPTIONS = {
    "redis_host": ("redis", "cache.example.org", "10.0.0.1"),
    "redis_port": (6379, 6380),
    "redis_db": (0, 1, 7),
    "redis_username": ("litellm", "yes"),
    "redis_password": ("Zq0therPassword", "Zq: '#\"\\ word"),
    "redis_password_env": ("REDIS_PASSWORD",),
    "ttl": (60, 1800, 0.5),
    "supported_call_types": (["acompletion"], ["aembedding", "acompletion"]),
    "namespace": ("litellm", "on", "a: b"),
    "max_connections": (100,),
    "socket_timeout": (5, 30.5),
    "router": ("consistent", "runbook", "none"),
    "leave_out": (["password"], ["db", "namespace"]),
    "redis_form": ("host",),
    "redis_url_env": ("REDIS_URL",),
    "redis_cluster_nodes": (["a:7001", "b:7002"],),
}
#: What stands in the way of most others is drawn seldom.
_COMMON = tuple(OPTIONS)[:12]


@st.composite
def options(draw: Any, mode: str) -> dict[str, Any]:
    """The options of a run that brings the file to a mode."""
    names = tuple(OPTIONS) if draw(seldom(5)) else _COMMON
    if mode == "local":
        names = ("ttl", "supported_call_types", "redis_host", "redis_password_env")
    chosen = draw(st.lists(st.sampled_from(names), max_size=4, unique=True))
    return {"mode": mode, **{name: draw(st.sampled_from(OPTIONS[name])) for name in chosen}}


@dataclass(frozen=True)
class HandEdit:
    """What somebody does to a line between two runs."""

    kind: str
    place: int

    def done(self, text: str) -> str:
        """The text with the edit."""
        lines = text.split("\n")
        line = self.place % len(lines)
        content = lines[line]
        indent = content[: len(content) - len(content.lstrip(" "))]
        ended = "\r" if content.endswith("\r") else ""
        if self.kind == "comment above":
            lines.insert(line, f"{indent}# by hand{ended}")
        elif self.kind == "comment behind":
            lines[line] = f"{content.rstrip()} # by hand{ended}"
        elif self.kind == "key above":
            lines.insert(line, f"{indent}by_hand: 1{ended}")
        elif self.kind == "gone":
            del lines[line]
        elif self.kind == "comment out" and content.strip() and "#" not in content:
            lines[line] = f"{indent}# {content.lstrip(' ')}"
        elif self.kind == "uncomment" and content.lstrip(" ").startswith("# "):
            lines[line] = indent + content.lstrip(" ")[2:]
        elif self.kind == "digit" and any(character.isdigit() for character in content):
            lines[line] = "".join("8" if character.isdigit() else character for character in content)
        elif self.kind == "twice":
            lines.insert(line, content)
        return "\n".join(lines)


HAND_EDITS = ("comment above", "comment behind", "key above", "gone", "comment out", "uncomment", "digit", "twice")
LOST_JOURNAL = "lost journal"


def chains(most: int = 4) -> st.SearchStrategy:
    """A list of steps: options of a run, a hand edit, or a lost journal."""
    runs = st.sampled_from(("redis", "local")).flatmap(options)
    by_hand = st.builds(HandEdit, st.sampled_from(HAND_EDITS), st.integers(0, 200))
    between = st.one_of(
        st.just(()), st.just(()), st.just(()), st.tuples(by_hand), st.tuples(by_hand, by_hand), st.just((LOST_JOURNAL,))
    )
    pairs = st.lists(st.tuples(runs, between), min_size=1, max_size=most)
    return pairs.map(lambda parts: [step for run, steps in parts for step in (run, *steps)])
