# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""litellm_cache_info, litellm_restart, litellm_cache_roundtrip, and the state of litellm_cache_mode, on a real stack."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import AnsibleRunner
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed, until

PASSWORD = {"redis_password_env": "REDIS_PASSWORD"}


def test_info_tells_what_runs_and_restart_makes_it_so(
    bed: Bed, ansible: AnsibleRunner, options: dict[str, Any]
) -> None:
    look = {"litellm_cache_info": {**options, "looks": ["log", "connections", "entries"]}}
    before = bed.fingerprint()
    run = ansible.tasks(
        {
            "look": look,
            "restart in check mode": {"litellm_restart": options, "check_mode": True},
            "restart nothing": {"litellm_restart": {**options, "instances": []}},
        }
    )
    assert run.code == 0, run.output
    assert bed.fingerprint() == before
    info = run.of("look")
    assert not info.changed
    assert (info["project"], info["running"], info["stale"], info["pending"]) == (bed.name, 1, [], None)
    assert info["config_path"] == os.path.realpath(bed.config)
    assert info["cache"]["mode"] == "local"
    (instance,) = info["instances"]
    assert (instance["name"], instance["litellm_version"], instance["image_tag"]) == (bed.instance, "1.80.0", "1.80.0")
    assert (instance["cache_type"], instance["stop_timeout"], instance["problem"]) == ("local", 30, None)
    assert "REDIS_PASSWORD" in instance["redis_variables"]
    assert "redis" not in instance
    assert run.of("restart in check mode").changed
    assert run.of("restart in check mode")["instances"] == [{"name": bed.instance}]
    assert not run.of("restart nothing").changed

    os.utime(bed.config)
    quick = {**options, "stable_for": 1, "instances": [bed.instance]}
    run = ansible.tasks({"stale": look, "restart": {"litellm_restart": quick}, "fresh": look})
    assert run.code == 0, run.output
    assert run.of("stale")["instances"][0]["stale"] == ["the file is newer than its start"]
    assert run.of("restart").changed
    (restarted,) = run.of("restart")["instances"]
    assert restarted["name"] == bed.instance and restarted["ready_seconds"] > 0 and restarted["stable_seconds"] >= 1
    assert run.of("fresh")["stale"] == []


def test_roundtrip_in_each_phase(bed: Bed, ansible: AnsibleRunner, options: dict[str, Any]) -> None:
    redis = {**options, "mode": "redis"}
    plant = {**redis, **PASSWORD, "phase": "plant", "run": "night-1"}
    planted = {"planted": "{{ plant.planted }}", "run": "night-1"}
    before = bed.fingerprint()
    run = ansible.tasks(
        {
            "plant": {"litellm_cache_roundtrip": plant},
            "verify": {"litellm_cache_roundtrip": options},
        },
        "--check",
    )
    assert run.code == 0, run.output
    for outcome in run.outcomes:
        assert not outcome.changed
        assert outcome["would_ask"] == [{"instance": bed.instance, "model": "test-chat"}]
    assert bed.fingerprint() == before

    run = ansible.tasks(
        {
            "plant": {"litellm_cache_roundtrip": plant, "register": "plant"},
            # The proxy still runs in local mode: what lies in Redis is not what it answers.
            "the file alone": {"litellm_cache_mode": {**redis, **PASSWORD}},
            "harvest": {"litellm_cache_roundtrip": {**options, "phase": "harvest", **planted}},
            "the file back": {"litellm_cache_mode": {**options, "mode": "local"}},
            # REDIS_PASSWORD is exported to the proxy, and LiteLLM takes it where the file names none.
            "plant without a password": {
                "litellm_cache_roundtrip": {**redis, "phase": "plant", "run": "night-2"},
                "register": "other",
            },
            "remove": {
                "litellm_cache_roundtrip": {
                    **redis,
                    "phase": "remove",
                    "run": "night-2",
                    "planted": "{{ other.planted }}",
                }
            },
            "local": {"litellm_cache_roundtrip": options},
        }
    )
    assert run.of("plant").changed and run.of("plant")["planted"]["places"]["sync"]["db"] == 1
    assert run.of("harvest").outcome == "failed"
    assert "does not answer from Redis" in run.of("harvest").message
    assert run.of("plant without a password").changed and run.of("remove").changed, run.output
    assert run.of("local")["proved"] is True
    assert [entry["kind"] for entry in run.of("local")["evidence"]] == ["hit"]
    assert bed.redis().dbsize() == 0
    assert [outcome.task for outcome in run.failures] == ["harvest"]


def test_a_pending_change_keeps_others_out_until_it_lapses(
    bed: Bed, ansible: AnsibleRunner, options: dict[str, Any]
) -> None:
    redis, local = {**options, "mode": "redis", **PASSWORD}, {**options, "mode": "local"}
    first = {**redis, "run": "night-1", "user": "alice", "confirm": "later"}
    run = ansible.tasks(
        {
            "alice": {"litellm_cache_mode": first},
            "look": {"litellm_cache_info": options},
            "another, planning": {"litellm_cache_mode": local, "check_mode": True},
            "another": {"litellm_cache_mode": local},
            "alice in check mode": {
                "litellm_cache_mode": {**options, "state": "reverted", "run": "night-1"},
                "check_mode": True,
            },
            "alice reverts": {"litellm_cache_mode": {**options, "state": "reverted", "run": "night-1"}},
            "alice again": {"litellm_cache_mode": {**options, "state": "reverted", "run": "night-1"}},
            "short": {"litellm_cache_mode": {**first, "confirm_timeout": 1}},
        }
    )
    since = run.of("look")["pending"]["since"]
    assert run.of("look")["pending"]["user"] == "alice" and since > 0
    for name in ("another, planning", "another"):
        assert run.of(name).outcome == "failed"
        assert "from local to redis by alice" in run.of(name).message and "run night-1" in run.of(name).message
    assert run.of("alice in check mode").changed and run.of("alice reverts").changed
    assert not run.of("alice again").changed
    assert run.of("short").changed

    until(lambda: json.loads((bed.state / "pending.json").read_bytes())["expires"] < time.time(), "the change lapses")
    run = ansible.tasks({"another": {"litellm_cache_mode": local}, "look": {"litellm_cache_info": options}})
    assert run.code == 0, run.output
    assert "by alice" in run.of("another")["taken_over"]
    assert run.of("look")["pending"] is None
    assert bed.config.read_bytes() == bed.pristine


def test_of_two_at_once_one_wins(bed: Bed, ansible: AnsibleRunner, options: dict[str, Any], tmp_path: Path) -> None:
    groups = yaml.safe_load(Path(bed.inventory).read_text(encoding="utf-8"))
    groups["litellm"]["hosts"] = {"one": {"seconds": 11}, "two": {"seconds": 12}}
    inventory = tmp_path / "inventory.yml"
    inventory.write_text(yaml.safe_dump(groups), encoding="utf-8")
    task = {
        **options,
        **PASSWORD,
        "mode": "redis",
        "confirm": "later",
        "run": "{{ inventory_hostname }}",
        "socket_timeout": "{{ seconds }}",
    }
    run = AnsibleRunner(str(inventory), tmp_path, ansible.canary).tasks({"at once": {"litellm_cache_mode": task}})
    won = [outcome for outcome in run.outcomes if outcome.ok]
    lost = [outcome for outcome in run.outcomes if not outcome.ok]
    assert (len(won), len(lost)) == (1, 1), run.output
    assert any(words in lost[0].message for words in ("is changing", f"run {won[0].host}", "changed by somebody"))
    params = yaml.safe_load(bed.config.read_bytes())["litellm_settings"]["cache_params"]
    assert params["socket_timeout"] == (11 if won[0].host == "one" else 12)


def test_a_linked_file_with_an_owner_of_its_own_stays_so(
    bed: Bed, ansible: AnsibleRunner, options: dict[str, Any]
) -> None:
    target = bed.config.with_name("elsewhere.yaml")
    bed.config.rename(target)
    bed.config.symlink_to(target.name)
    os.chmod(target, 0o640)
    owner = (1234, 1235) if os.geteuid() == 0 else (os.getuid(), os.getgid())
    os.chown(target, *owner)
    try:
        run = ansible.tasks({"redis": {"litellm_cache_mode": {**options, "mode": "redis", **PASSWORD}}})
        assert run.of("redis").changed, run.output
        assert os.readlink(bed.config) == target.name
        stat = target.stat()
        assert (stat.st_mode & 0o7777, stat.st_uid, stat.st_gid) == (0o640, *owner)
        assert "type: redis" in target.read_text(encoding="utf-8")
    finally:
        bed.config.unlink()
        target.rename(bed.config)
        os.chmod(bed.config, 0o644)
