# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The status of a real deployment: healthy, with a change pending, and with whatever can be wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import AnsibleRunner, Run
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed

SWITCH, VERIFY, STATUS = (f"playbooks/{name}.yml" for name in ("switch_redis", "verify", "status"))
LOOK = "Look at the file, the instances and the state directory"
QUICK = {"litellm_cache_stable_for": 0, "litellm_cache_reason": "several instances"}
BLOCK = """\
# LiteLLM

## Текущий статус

- **Версия LiteLLM:** v1.79.0
- **Redis кеширование:** Отключено
- **Тип кеша:** local
- **Причина:** тайм-аут 5 секунд

## История
"""


def told(run: Run) -> str:
    """What was printed, in one line."""
    return " ".join(" ".join(run.of(": Tell")["lines"]).split())


def document(run: Run) -> dict[str, Any]:
    """The one line of JSON that a script finds in what was printed."""
    (line,) = [line for line in run.output.splitlines() if line.startswith("{")]
    return json.loads(line)


def test_the_status_of_a_deployment_on_its_way(bed: Bed, ansible: AnsibleRunner) -> None:
    before = bed.fingerprint()
    fresh = ansible.playbook(STATUS)
    assert fresh.code == 0 and not fresh.changed and not fresh.skipped, fresh.output
    assert fresh.of(": Tell")["lines"][0] == f"OK  {bed.name}  local  not verified yet"
    assert "last change none is in the history pending change none" in told(fresh)
    unkept = ansible.playbook(VERIFY)
    assert unkept.code == 0 and "\nnot kept: there is no state in " in unkept.output, unkept.output
    assert not bed.state.exists()

    assert ansible.playbook(SWITCH, variables=QUICK).code == 0
    assert ansible.playbook(VERIFY, "--check").code == 0 and not (bed.state / "verification.json").exists()
    verify = ansible.playbook(VERIFY)
    assert verify.code == 0 and "not kept" not in verify.output, verify.output
    (bed.directory / "runbook.md").write_text(BLOCK, encoding="utf-8")
    known = {"litellm_cache_history_document": str(bed.directory / "runbook.md")}
    running = bed.fingerprint()
    status = ansible.playbook(STATUS, variables=known)
    assert status.code == 0 and status.changed == [
        "erni_ki.litellm.litellm_cache : Look at the file, the instances and the state directory"
    ]
    lines = status.of(": Tell")["lines"]
    assert lines[0] == f"OK  {bed.name}  redis  verified" and len(lines) < 24, lines
    assert "ok mode in effect redis" in told(status) and "LiteLLM 1.80.0, redis-py " in told(status)
    assert "last change Disabled → Enabled, " in told(status) and "reason several instances" in told(status)
    assert "ok last verification OK redis, " in told(status)
    assert lines[-1] == "back: ansible-playbook erni_ki.litellm.rollback_local"
    assert (bed.directory / "runbook.md").read_text(encoding="utf-8") == (
        BLOCK.replace("v1.79.0", "1.80.0")
        .replace("Отключено", "Включено")
        .replace(":** local", ":** redis")
        .replace("тайм-аут 5 секунд", "several instances")
    )
    again = ansible.playbook(STATUS, variables={**known, "litellm_cache_output": "json"})
    assert again.code == 0 and not again.changed, again.output
    found = document(again)
    assert found["mode"] == {"file": "redis", "stored": None, "effective": ["redis"]} and found["verdict"]["ok"]
    assert found["history"][-1]["reason"] == "several instances" and found == again.of(": Tell")["document"]
    assert bed.fingerprint() == running and before.upstream_calls <= running.upstream_calls


def test_the_status_of_a_deployment_in_trouble(bed: Bed, ansible: AnsibleRunner, tmp_path: Path) -> None:
    assert ansible.playbook(SWITCH, variables=QUICK).code == 0
    nowhere = ansible.playbook(STATUS, variables={"litellm_cache_docker_host": f"unix://{tmp_path}/none.sock"})
    assert nowhere.code == 0, nowhere.output
    assert "redis: the instances cannot be seen" in told(nowhere) and "last change Disabled → Enabled" in told(nowhere)

    (bed.state / "pending.json").write_text("{", encoding="utf-8")
    text = bed.config.read_bytes()
    bed.config.write_bytes(b"litellm_settings: [\n")
    broken = ansible.playbook(STATUS)
    bed.config.write_bytes(text)
    (bed.state / "pending.json").unlink()
    assert broken.code == 0, broken.output
    assert broken.of(": Tell")["lines"][0].startswith(f"WRONG  {bed.name}  unknown mode: the file cannot be read; ")
    assert "last change Disabled → Enabled" in told(broken) and bed.instance in told(broken)

    bed.container("litellm").stop(timeout=10)
    stopped = ansible.playbook(STATUS, variables={"litellm_cache_output": "json"})
    assert stopped.code == 0 and document(stopped)["instances"][0]["stale"] == ["it is exited"], stopped.output
