# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""litellm_cache_info, litellm_restart, litellm_cache_roundtrip, and the state of litellm_cache_mode, on a real stack."""

from __future__ import annotations

import contextlib
import getpass
import os
import socket
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.guard import Guard
from ansible_collections.erni_ki.litellm.plugins.module_utils._change.state import ChangeState
from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import AnsibleRunner
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed, until

PASSWORD = {"redis_password_env": "REDIS_PASSWORD"}


def test_info_tells_what_runs_and_restart_makes_it_so(
    bed: Bed, ansible: AnsibleRunner, options: dict[str, Any]
) -> None:
    look = {"litellm_cache_info": {**options, "observe": ["log", "connections", "entries"]}}
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
    (foreseen,) = run.of("restart in check mode")["instances"]
    assert foreseen["name"] == bed.instance and "ready_seconds" not in foreseen
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


def test_probe_and_roundtrip_in_each_phase(bed: Bed, ansible: AnsibleRunner, options: dict[str, Any]) -> None:
    redis = {**options, "mode": "redis"}
    plant = {**redis, **PASSWORD, "plant": True, "run": "night-1"}
    planted = {"planted": "{{ plant.planted }}", "run": "night-1"}
    before = bed.fingerprint()
    run = ansible.tasks(
        {
            "probe": {"litellm_cache_probe": plant},
            "with a key that nobody has": {"litellm_cache_probe": {**plant, "master_key_env": "NOT_THERE"}},
            "verify": {"litellm_cache_roundtrip": options},
        },
        "--check",
    )
    assert [outcome.task for outcome in run.failures] == ["with a key that nobody has"], run.output
    assert not run.of("probe").changed and not run.of("verify").changed
    assert run.of("probe")["probe"]["cache"]["async"]["socket_timeout"] == 30
    assert "planted" not in run.of("probe").result
    assert run.of("verify")["would_ask"] == [{"instance": bed.instance, "model": "test-chat", "why_not": None}]
    assert bed.fingerprint() == before

    run = ansible.tasks(
        {
            "plant": {"litellm_cache_probe": plant, "register": "plant"},
            # The proxy still runs in local mode: what lies in Redis is not what it answers.
            "the file alone": {"litellm_cache_mode": {**redis, **PASSWORD}},
            # Without an answer to plant nobody is asked, so a key that is not let in is in nobody's way.
            "nothing to do but a stale instance": {
                "litellm_cache_probe": {**redis, **PASSWORD, "master_key_env": "NOT_THERE"}
            },
            "harvest": {"litellm_cache_roundtrip": {**options, "phase": "harvest", **planted}},
            "the file back": {"litellm_cache_mode": {**options, "mode": "local"}},
            # REDIS_PASSWORD is exported to the proxy, and LiteLLM takes it where the file names none.
            "plant without a password": {
                "litellm_cache_probe": {**redis, "plant": True, "run": "night-2"},
                "register": "other",
            },
            "local": {"litellm_cache_roundtrip": options},
            "a probe of nothing": {"litellm_cache_probe": {**options, "mode": "local"}},
        }
    )
    seen = run.of("plant")["probe"]
    assert run.of("plant").changed
    assert (seen["litellm_version"], seen["cache"]["sync"]["db"], seen["server"]["refused"]) == ("1.80.0", 1, {})
    assert set(seen["server"]["seconds"]) == {"dns", "connect", "login", "ping"}
    stale = run.of("nothing to do but a stale instance")
    assert stale["work"] is True and not stale.changed and "planted" not in stale.result
    assert run.of("harvest").outcome == "failed"
    assert "does not answer from Redis" in run.of("harvest").message
    assert run.of("plant without a password").changed, run.output
    assert run.of("local").ok, run.of("local").message
    assert run.of("local")["proved"] is True
    assert [entry["kind"] for entry in run.of("local")["evidence"]] == ["hit"]
    assert "probe" not in run.of("a probe of nothing").result
    # What the harvest asked for was removed although it failed; what nobody asks for goes by its TTL.
    left = [str(key) for key in bed.redis().scan_iter()]
    assert left and all(0 < bed.redis().ttl(key) <= 420 for key in left)
    assert [outcome.task for outcome in run.failures] == ["harvest"]


def test_what_would_not_be_effective_is_refused_untouched(
    bed: Bed, ansible: AnsibleRunner, options: dict[str, Any]
) -> None:
    redis = {**options, "mode": "redis", **PASSWORD, "plant": True}
    before = bed.fingerprint()
    run = ansible.tasks(
        {
            "the runbook's router": {"litellm_cache_probe": {**redis, "router": "runbook"}},
            "only warned": {
                "litellm_cache_probe": {**redis, "router": "runbook", "known_issues": "warn", "plant": False}
            },
            "unknown host": {"litellm_cache_probe": {**redis, "redis_host": "nowhere.invalid"}},
            "nobody listens": {"litellm_cache_probe": {**redis, "redis_port": 6390}},
            "no such database": {"litellm_cache_probe": {**redis, "redis_db": 99}},
            "wrong password": {
                "litellm_cache_probe": {
                    **options,
                    "mode": "redis",
                    "redis_password": "An-0ther-Wr0ng-Passw0rd",
                    "plant": True,
                }
            },
        }
    )
    refused = run.of("the runbook's router")
    assert "the router would use database 0, not 1 (known issue LITELLM-" in refused.message
    assert "set router to consistent" in refused.message
    assert refused.message.endswith("nothing was changed")
    assert {entry["code"] for entry in refused["findings"]} >= {"misplaced", "shared_client"}
    warned = run.of("only warned")
    assert warned.ok and {"misplaced", "shared_client"} <= {entry["code"] for entry in warned["findings"]}
    assert "cannot look up that name" in run.of("unknown host").message
    assert "refused" in run.of("nobody listens").message
    assert "refuses the connection" in run.of("no such database").message
    assert "refuses the login" in run.of("wrong password").message
    assert len(run.failures) == 5
    assert bed.fingerprint() == before
    assert bed.redis().dbsize() == 0


def test_info_tells_configured_and_effective_side_by_side(
    bed: Bed, ansible: AnsibleRunner, options: dict[str, Any]
) -> None:
    look = {"litellm_cache_info": {**options, "observe": ["settings"]}}
    run = ansible.tasks(
        {
            "local": look,
            # The file alone: the proxy still caches locally.
            "the file alone": {"litellm_cache_mode": {**options, "mode": "redis", **PASSWORD, "router": "runbook"}},
            "redis": look,
            "the file back": {"litellm_cache_mode": {**options, "mode": "local"}},
        }
    )
    assert run.code == 0, run.output
    local = run.of("local")["instances"][0]["settings"]
    assert [(row["setting"], row["wins"]) for row in local["rows"]] == [("type", "file")]
    assert local["findings"] == [] and local["known_issues"] == []
    redis = run.of("redis")["instances"][0]["settings"]
    rows = {row["setting"]: row for row in redis["rows"]}
    assert (rows["type"]["configured"], rows["type"]["effective"], rows["type"]["wins"]) == (
        "redis",
        "local",
        "process",
    )
    assert (rows["socket_timeout"]["configured"], rows["socket_timeout"]["effective"]) == (30, 30)
    assert rows["max_connections"]["wins"] == "LiteLLM" and not rows["max_connections"]["drift"]
    present = {issue["identifier"]: issue["observed"] for issue in redis["known_issues"]}
    assert present["LITELLM-ROUTER-DB-IGNORED"] is True
    assert present["LITELLM-ANSWERS-IN-LOG"] is False
    assert bed.redis().dbsize() == 0


def test_a_fatal_key_of_the_operator_is_left_out(bed: Bed, ansible: AnsibleRunner, options: dict[str, Any]) -> None:
    text = bed.config.read_text(encoding="utf-8")
    bed.config.write_text(
        text.replace("    type: local\n", "    type: local\n    connect_patience: 5\n"), encoding="utf-8"
    )
    redis = {**options, "mode": "redis", **PASSWORD}
    run = ansible.tasks(
        {
            "probe": {"litellm_cache_probe": redis, "register": "probe"},
            "switch": {"litellm_cache_mode": {**redis, "leave_out": "{{ probe.leave_out }}"}},
            "probe again": {"litellm_cache_probe": redis},
            "back": {"litellm_cache_mode": {**options, "mode": "local"}},
        }
    )
    assert run.code == 0, run.output
    assert run.of("probe")["leave_out"] == ["connect_patience"]
    assert run.of("switch")["candidate_sha256"] == run.of("probe")["candidate_sha256"]
    found = [entry for entry in run.of("probe")["findings"] if entry["code"] == "key_left_out"]
    assert "would not start: connect_patience is not an argument of the Redis client" in found[0]["message"]
    assert run.of("probe again")["leave_out"] == []
    assert "    connect_patience: 5\n" in bed.config.read_text(encoding="utf-8")
    bed.config.write_text(text, encoding="utf-8")


def test_a_pending_change_keeps_others_out_until_it_lapses(
    bed: Bed, ansible: AnsibleRunner, options: dict[str, Any]
) -> None:
    redis, local = {**options, "mode": "redis", **PASSWORD}, {**options, "mode": "local"}
    first = {**redis, "run": "night-1", "user": "alice", "confirm": "later"}
    revert = {**options, "state": "reverted", "run": "night-1"}
    run = ansible.tasks(
        {
            "alice": {"litellm_cache_mode": first},
            "look": {"litellm_cache_guard": options},
            "another, planning": {"litellm_cache_mode": local, "check_mode": True},
            "another": {"litellm_cache_mode": local},
            "somebody else's run": {"litellm_cache_guard": {**revert, "run": "night-2"}},
            "in check mode": {"litellm_cache_guard": revert, "check_mode": True},
            "alice reverts": {"litellm_cache_guard": revert},
            "alice again": {"litellm_cache_guard": revert},
            "nothing is left": {"litellm_cache_guard": options},
            "short": {"litellm_cache_mode": {**first, "guard": "none", "confirm_timeout": 1}},
        }
    )
    assert run.of("alice")["guard"] == "session" and run.of("alice")["pending"] is True
    assert run.of("alice")["guard_outlives"] == ["controller", "logout", "container"]
    seen = run.of("look")
    assert seen["guard"]["alive"] and not seen["guard"]["survives_reboot"]
    assert seen["guard"]["outlives"] == ["controller", "logout", "container"]
    assert 0 < seen["guard"]["remaining_seconds"] <= 300
    assert seen["pending"]["user"] == "alice" and seen["pending"]["since"] > 0
    for name in ("another, planning", "another"):
        assert run.of(name).outcome == "failed"
        assert "from local to redis by alice" in run.of(name).message and "run night-1" in run.of(name).message
    assert not run.of("somebody else's run").changed
    assert run.of("in check mode").changed
    ended = run.of("alice reverts")["ended"]
    assert run.of("alice reverts").changed and (ended["result"], ended["file"]) == ("reverted", "restored")
    # Nothing was restarted before, so nothing was restarted again.
    assert ended["restarted"] == [] and ended["instances_told"] == "no instance was restarted"
    assert not run.of("alice again").changed
    assert run.of("nothing is left")["pending"] is None
    assert run.of("short").changed and run.of("short")["guard"] == "none"

    state = ChangeState(str(bed.state))
    until(lambda: (state.lease() or pytest.fail("no lease")).remaining() <= 0, "the change lapses")
    run = ansible.tasks({"another": {"litellm_cache_mode": local}, "look": {"litellm_cache_info": options}})
    assert run.code == 0, run.output
    assert "by alice" in run.of("another")["taken_over"]
    assert run.of("look")["pending"] is None
    assert bed.config.read_bytes() == bed.pristine


def test_a_change_is_made_final_once(bed: Bed, ansible: AnsibleRunner, options: dict[str, Any]) -> None:
    change = {**options, "mode": "redis", **PASSWORD, "run": "night-1", "confirm": "later"}
    final = {**options, "state": "confirmed", "run": "night-1", "evidence": {"seen": "enough"}}
    run = ansible.tasks(
        {
            "commit": {"litellm_cache_mode": change},
            "a sign of life": {"litellm_cache_guard": {**options, "state": "renewed", "run": "night-1"}},
            "final in check mode": {"litellm_cache_guard": final, "check_mode": True},
            "final": {"litellm_cache_guard": final},
            "again in check mode": {"litellm_cache_guard": final, "check_mode": True},
            "again": {"litellm_cache_guard": final},
        }
    )
    assert run.code == 0, run.output
    assert run.changed == ["commit", "final in check mode", "final"]
    assert run.of("final")["ended"]["evidence"] == {"seen": "enough"}
    assert [record["result"] for record in ChangeState(str(bed.state)).history()] == ["confirmed"]
    until(lambda: not Guard(ChangeState(str(bed.state))).alive, "the guard has ended")


def test_the_file_comes_back_while_docker_does_not_answer(
    bed: Bed, ansible: AnsibleRunner, options: dict[str, Any], tmp_path: Path
) -> None:
    commit = {"mode": "redis", **PASSWORD, "confirm": "later", "guard": "none"}
    nobody = f"unix://{tmp_path}/nobody.sock"
    run = ansible.tasks(
        {
            "commit": {"litellm_cache_mode": commit},
            "back": {"litellm_cache_guard": {"state": "reverted", "docker_host": nobody}},
        },
        defaults={**options, "project_name": bed.name, "run": "night-1"},
    )
    assert run.of("commit").changed and f"Docker at {nobody} does not answer" in run.of("back").message
    assert bed.config.read_bytes() == bed.pristine
    again = ansible.tasks({"back": {"litellm_cache_guard": {"state": "reverted"}}}, defaults=options)
    assert again.of("back")["ended"]["result"] == "reverted"


def test_history_and_snapshots(bed: Bed, ansible: AnsibleRunner, options: dict[str, Any], tmp_path: Path) -> None:
    document = tmp_path / "caching.md"
    document.write_text("| Дата | Версия LiteLLM | Статус Redis | Причина |\n|---|---|---|---|\n", encoding="utf-8")
    redis = {**options, "mode": "redis", **PASSWORD, "look": True, "reason": "a | try"}
    table = {**options, "document": str(document)}
    run = ansible.tasks(
        {
            "to redis": {"litellm_cache_mode": redis},
            "to local": {"litellm_cache_mode": {**options, "mode": "local"}},
            "table in check mode": {"litellm_cache_history": table, "check_mode": True},
            "table": {"litellm_cache_history": table},
            "table again in check mode": {"litellm_cache_history": table, "check_mode": True},
            "table again": {"litellm_cache_history": table},
            "compare": {"litellm_cache_snapshots": {**options, "compare": [2, 0]}},
            "restore in check mode": {"litellm_cache_mode": {**redis, "snapshot": 2}, "check_mode": True},
            "restore": {"litellm_cache_mode": {**redis, "snapshot": 2}},
            "restore again": {"litellm_cache_mode": {**redis, "snapshot": 2}},
            "of another mode": {"litellm_cache_mode": {**redis, "snapshot": 1}},
            "back by the journal": {"litellm_cache_mode": {**options, "mode": "local"}},
            "drop in check mode": {"litellm_cache_snapshots": {**options, "keep": 1}, "check_mode": True},
            "drop": {"litellm_cache_snapshots": {**options, "keep": 1}},
            "drop again in check mode": {"litellm_cache_snapshots": {**options, "keep": 1}, "check_mode": True},
            "drop again": {"litellm_cache_snapshots": {**options, "keep": 1}},
            "drop all": {"litellm_cache_snapshots": {**options, "keep": 0}},
        }
    )
    assert [outcome.task for outcome in run.failures] == ["of another mode"], run.output
    assert "is in the cache mode local, not redis" in run.of("of another mode").message
    changed = ["to redis", "to local", "table in check mode", "table", "restore in check mode", "restore"]
    changed += ["back by the journal", "drop in check mode", "drop", "drop all"]
    assert run.changed == changed
    rows = document.read_text(encoding="utf-8").splitlines()[2:]
    assert [row.split(" | ")[1:] for row in rows] == [
        ["1.80.0", "Отключен → Включен", "a \\| try |"],
        ["неизвестна", "Включен → Отключен", f"возврат к локальному кешу ({getpass.getuser()}) |"],
    ]
    compared = run.of("compare")["comparison"]
    assert "type: redis" in compared["before"] and "type: local" in compared["after"]
    assert (compared["before_header"], compared["after_header"]) == ("snapshot 2", "the file")
    assert [snapshot["number"] for snapshot in run.of("drop")["snapshots"]] == [4]
    # Snapshot 2 came back with its journal, so the way back was exact.
    assert bed.config.read_bytes() == bed.pristine
    assert list((bed.state / "snapshots").glob("*.yaml")) == []


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
    target, second = bed.config.with_name("elsewhere.yaml"), bed.config.with_name("second.yaml")
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
        os.link(target, second)
        mode = {**options, **PASSWORD, "redis_db": 2}
        run = ansible.tasks(
            {
                "redis again": {"litellm_cache_mode": {**mode, "mode": "redis"}},
                "local": {"litellm_cache_mode": {**mode, "mode": "local"}},
            }
        )
        assert run.of("redis again").outcome == "failed" and "has 2 names" in run.of("redis again").message, run.output
        # The way to local mode is open in any case; what becomes of the other name is told.
        assert run.of("local").changed and "linked" in [told["code"] for told in run.of("local")["findings"]]
        assert "type: local" in target.read_text(encoding="utf-8") and "type: redis" in second.read_text(
            encoding="utf-8"
        )
    finally:
        second.unlink(missing_ok=True)
        bed.config.unlink()
        target.rename(bed.config)
        os.chmod(bed.config, 0o644)


def test_the_local_mode_is_not_given_up_because_nobody_could_look(
    bed: Bed, ansible: AnsibleRunner, options: dict[str, Any]
) -> None:
    litellm = bed.container("litellm")
    interpreter = litellm.exec_run(["readlink", "-f", "/proc/1/exe"]).output.decode().strip()
    assert litellm.exec_run(["chmod", "000", interpreter], user="0").exit_code == 0
    try:
        run = ansible.tasks({"confirm": {"litellm_cache_roundtrip": options}})
    finally:
        assert litellm.exec_run(["chmod", "755", interpreter], user="0").exit_code == 0
    assert run.of("confirm").ok and run.of("confirm")["proved"] is False, run.output
    (evidence,) = run.of("confirm")["evidence"]
    assert evidence["kind"] == "unproved" and "no Python" in evidence["reason"]


@pytest.fixture
def over_a_network() -> Iterator[str]:
    """Address of the network that leads to Docker's socket."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.socket(socket.AF_UNIX) as docker:
                docker.connect("/var/run/docker.sock")
                back = threading.Thread(target=pass_on, args=(docker, self.request))
                back.start()
                pass_on(self.request, docker)
                back.join()

    class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
        daemon_threads = True

    def pass_on(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield f"tcp://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def test_without_a_way_for_a_guard_a_check_says_so_and_the_run_is_refused(
    bed: Bed, ansible: AnsibleRunner, options: dict[str, Any], over_a_network: str
) -> None:
    before = bed.fingerprint()
    change = {**options, "docker_host": over_a_network, "mode": "redis", **PASSWORD, "look": True, "confirm": "later"}
    run = ansible.tasks(
        {
            "check": {"litellm_cache_mode": change, "check_mode": True},
            "run": {"litellm_cache_mode": change},
        }
    )
    assert run.of("check").outcome != "failed" and run.of("check").changed
    (told,) = [entry["message"] for entry in run.of("check")["findings"] if entry["code"] == "no_guard"]
    refused = f"a guard speaks to Docker over a Unix socket of the managed host, not {over_a_network}"
    assert told.startswith(f"the run itself would be refused: {refused}")
    assert run.of("run").outcome == "failed" and refused in run.of("run").message
    assert bed.fingerprint() == before
