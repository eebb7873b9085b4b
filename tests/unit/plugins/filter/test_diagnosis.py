# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""With what the filter compares the file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.erni_ki.litellm.plugins.filter.diagnosis import FilterModule
from ansible_collections.erni_ki.litellm.tests.unit.support import diagnoses
from ansible_collections.erni_ki.litellm.tests.unit.test_reports import COLLECTIONS, ROLE

OTHER_PLACE: dict[str, Any] = {"redis": {"host": "cache", "port": 6380, "db": 5}}
BY_DEFAULT = {"redis_host": "redis", "redis_port": "6379", "redis_db": 1}


@pytest.mark.parametrize(
    ("wanted", "named", "told"),
    [
        (BY_DEFAULT, [], []),
        (BY_DEFAULT, ["redis_db"], ["db is 5 in the file, and 1 by litellm_cache_redis_db"]),
        ({**BY_DEFAULT, "redis_db": 3}, [], ["db is 5 in the file, and 3 by litellm_cache_redis_db"]),
        ({"redis_db": ""}, ["redis_db"], []),
    ],
)
def test_a_default_of_the_role_is_no_wish_of_anybody(wanted: dict[str, Any], named: list[str], told: list[str]) -> None:
    facts = diagnoses.facts(cache=OTHER_PLACE)
    made = FilterModule().filters()["diagnosis"](facts.found, facts.redis, facts.gathered, None, wanted, named)
    found = [one for one in made["document"]["findings"] if one["code"] == "not_as_the_variables"]
    assert [seen for one in found for seen in one["evidence"]] == told


def test_what_the_inventory_or_the_command_sets_is_set(tmp_path: Path) -> None:
    play = {
        "hosts": "all",
        "gather_facts": False,
        "tasks": [
            {"ansible.builtin.include_vars": {"file": str(ROLE / "vars" / "main.yml")}},
            {"ansible.builtin.debug": {"msg": "{{ __litellm_cache_diagnose_named | to_json }}"}},
        ],
    }
    # As defaults of a role: they are no variables of the host.
    role = tmp_path / "roles" / "it"
    for place, content in (("defaults", yaml.safe_load((ROLE / "defaults" / "main.yml").read_text())), ("tasks", [])):
        (role / place).mkdir(parents=True)
        (role / place / "main.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    (tmp_path / "play.yml").write_text(yaml.safe_dump([{**play, "roles": ["it"]}]), encoding="utf-8")
    (tmp_path / "hosts").write_text("here litellm_cache_redis_db=1\n", encoding="utf-8")
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "ANSIBLE_HOME": str(tmp_path)}
    playbook = [sys.executable, "-m", "ansible.cli.playbook", "-i", "hosts", "play.yml"]
    command = [*playbook, "-e", "litellm_cache_redis_port=6379"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    told = json.JSONDecoder().raw_decode(done.stdout.split("ok: [here] => ")[-1])[0]["msg"]
    assert sorted(told if isinstance(told, list) else json.loads(told)) == ["redis_db", "redis_port"], done.stdout
