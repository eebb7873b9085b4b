# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes docs/variables.md from the argument specs of the role; `make docs` calls it.

Nobody writes that page by hand: tests/unit/test_documents.py compares. The documents of the roles list the same variables by
role; here they stand by what an operator wants to set.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from ansible_collections.erni_ki.litellm.tests.pages import role_documents

ROOT = Path(__file__).resolve().parents[2]
ROLE = ROOT / "roles" / "litellm_cache"
PAGE = ROOT / "docs" / "variables.md"

# What an entry point is called by those who run playbooks.
PLAYBOOKS = {
    "switch": "switch",
    "verify": "verify",
    "status": "status",
    "flush": "flush",
    "upgrade": "upgrade",
    "history": "history",
    "diagnose": "diagnose",
    "prepare": "prepare",
}

# Variables that the playbooks use by themselves, because no role can choose its own hosts.
OF_THE_PLAYBOOKS = {
    "litellm_cache_hosts": ("str", "`litellm`", "Group or host of the inventory to work on. All playbooks."),
    "litellm_cache_serial": (
        "int, percentage or list of them",
        "`1`",
        "How many hosts at a time. `switch_redis`, `rollback_local`, `flush_cache`, `upgrade_litellm`; "
        "[several hosts](how-it-works.md#several-hosts).",
    ),
}

# Heading, the question that leads here, and how the names of the group go on after `litellm_cache_`: whole, or up to an
# underscore at the end; in the order of reading. `test_documents.py` sees that each option has one group.
GROUPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "Deployment",
        "Which containers, which file, which Docker.",
        ("project_dir", "project_name", "service", "config_path", "docker_host"),
    ),
    (
        "Connection",
        "Where Redis is, and how the proxy logs in there. On the way to `local` none of them is looked at.",
        (
            "redis_host",
            "redis_port",
            "redis_db",
            "redis_username",
            "redis_password",
            "redis_password_env",
            "redis_url_env",
            "redis_cluster_nodes",
            "redis_sentinel_",
            "redis_tls",
            "redis_form",
            "redis_access",
        ),
    ),
    (
        "Cache",
        "What is cached, and what is written into `cache_params` and `router_settings`.",
        ("ttl", "supported_call_types", "namespace", "max_connections", "retry_on_timeout", "router", "empty"),
    ),
    (
        "Timeouts",
        "Those of the Redis client inside the proxy first, then the waits of a run.",
        (
            "socket_",
            "health_check_interval",
            "connection_pool_timeout",
            "ready_timeout",
            "stable_for",
            "stop_timeout",
            "each_timeout",
            "bridge",
            "request_timeout",
            "confirm_timeout",
        ),
    ),
    (
        "Safety",
        "What is proved before, who goes back, and what is kept.",
        ("before_each", "after_each", "proof", "known_issues", "guard", "take_over", "snapshots_keep", "state_dir"),
    ),
    (
        "Flow",
        "What a run brings about, with which requests, and what it leaves in the history and in reports.",
        (
            "mode",
            "snapshot",
            "reason",
            "end_failed",
            "report_",
            "output",
            "textfile_",
            "master_key",
            "master_key_",
            "test_",
        ),
    ),
    ("Upgrade", "Which image `upgrade_litellm` brings, and how it comes to the host.", ("upgrade_",)),
    ("Flush", "What `flush_cache` removes. With none of them it removes every cached answer.", ("flush_",)),
    ("Verify", "What `verify` looks at.", ("verify_", "proxy_")),
    ("Diagnose", "What `diagnose` is asked, and how much of the logs it reads.", ("diagnose_",)),
    ("Prepare", "How `prepare_host` brings the Python libraries.", ("prepare_",)),
    ("History", "What `history` shows, keeps up to date, and drops.", ("history_",)),
)


def options() -> dict[str, dict[str, Any]]:
    """Every option of every entry point, with the names of the playbooks that know it."""
    found: dict[str, dict[str, Any]] = {}
    for entry_point, spec in role_documents.specs_of(ROLE).items():
        for name, option in spec["options"].items():
            found.setdefault(name, {**option, "known_to": []})["known_to"].append(PLAYBOOKS[entry_point])
    return found


def rest_of(name: str) -> str:
    """How the name of an option goes on after what all of them begin with."""
    return name[len("litellm_cache_") :] if name.startswith("litellm_cache_") else name[len("litellm_") :]


def place_of(name: str) -> tuple[str, int]:
    """Heading of the group that an option belongs to, and its place there.

    :raises KeyError: no group has such a name.
    """
    rest = rest_of(name)
    for heading, _question, words in GROUPS:
        for place, word in enumerate(words):
            if rest == word or (word.endswith("_") and rest.startswith(word)):
                return heading, place
    raise KeyError(name)


def rows(heading: str, all_options: dict[str, dict[str, Any]]) -> list[str]:
    """The table of one group, as lines."""
    defaults = list(yaml.safe_load((ROLE / "defaults" / "main.yml").read_text(encoding="utf-8")))
    places = {name: place_of(name) for name in all_options}
    names = [name for name in all_options if places[name][0] == heading]
    names.sort(key=lambda name: (places[name][1], defaults.index(name) if name in defaults else -1))
    lines = ["| variable | for | type or choices | default | meaning |", "| --- | --- | --- | --- | --- |"]
    for name in names:
        option = all_options[name]
        meaning = " ".join(role_documents.paragraphs(option.get("description")))
        if option.get("no_log"):
            meaning += " Never logged."
        everybody = len(option["known_to"]) == len(PLAYBOOKS)
        cells = (
            f"`{name}`",
            "all" if everybody else ", ".join(option["known_to"]),
            role_documents.shown_type(option),
            role_documents.shown_default(option),
            meaning,
        )
        lines.append("| " + " | ".join(role_documents.cell(text) for text in cells) + " |")
    return lines


def page() -> str:
    """The whole page."""
    all_options = options()
    lines = [
        "# Variables",
        "",
        "<!-- Made by `make docs` from the argument specs. -->",
        "",
        "An empty value means unset, everywhere, so an answer of a survey that is left empty counts as none. A number, a truth",
        'or a list may be text that is one: `"30"`, `"yes"`, `"chat,text"`. A name that starts with `litellm_cache_` or',
        "`litellm_upgrade_` and stands nowhere here is refused, with the name that was meant (`rollback_local` only tells it);",
        "your own need another prefix.",
        "",
        "The column `for` says which playbooks know a variable: `switch` is `switch_redis` and `rollback_local`.",
        "By role they stand in [litellm_cache](../roles/litellm_cache/README.md),",
        "[litellm_cache_verify](../roles/litellm_cache_verify/README.md),",
        "[litellm_cache_status](../roles/litellm_cache_status/README.md),",
        "[litellm_cache_flush](../roles/litellm_cache_flush/README.md),",
        "[litellm_upgrade](../roles/litellm_upgrade/README.md),",
        "[litellm_cache_diagnose](../roles/litellm_cache_diagnose/README.md),",
        "[litellm_cache_history](../roles/litellm_cache_history/README.md) and",
        "[litellm_cache_prepare](../roles/litellm_cache_prepare/README.md).",
        "",
        "One is needed always, `litellm_cache_project_dir`, and one of the passwords where Redis has one:",
        "[which](install.md#the-password-of-redis-as-a-variable-of-the-proxy).",
    ]
    for heading, question, _words in GROUPS:
        lines += ["", f"## {heading}", "", question, "", *rows(heading, all_options)]
    lines += ["", "## Hosts", "", "Of the playbooks, not of the roles.", ""]
    lines += ["| variable | type | default | meaning |", "| --- | --- | --- | --- |"]
    lines += [f"| `{name}` | {' | '.join(cells)} |" for name, cells in OF_THE_PLAYBOOKS.items()]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Writes the page."""
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE.relative_to(ROOT))


if __name__ == "__main__":
    main()
