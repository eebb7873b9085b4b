# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The main path of each playbook: the oldest core with the oldest LiteLLM, the newest with the newest, and those between."""

from __future__ import annotations

import json
import os
import re
import time
import warnings
from pathlib import Path

import pytest
from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import ROOT, TOOLS, AnsibleRunner
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed, until
from ansible_collections.erni_ki.litellm.tests.integration.support.canary import Canary

#: The runbook's version, the one of issue 34614, and two with redis-py 8.
BETWEEN = ("1.80.0", "1.93.0", "1.99.4", "1.106.2")
HOSTILE = "{{ 'evalu' ~ 'ated' }}"


def playbooks_of(core: str) -> Path:
    """The ansible-playbook of a core, or that of the tools where this machine has no Python for the core."""
    executable = ROOT / ".cache" / f"core-{core}" / "bin" / "ansible-playbook"
    if executable.exists():
        return executable
    # LiteLLM is half of the matter, and goes without the other half.
    warnings.warn(f"NOT TESTED: playbooks on ansible-core {core}; `make cores` makes its environment", stacklevel=2)
    return TOOLS / "ansible-playbook"


@pytest.mark.shape("host and password (the test bed)")
@pytest.mark.parametrize(
    ("core", "litellm"),
    [
        ("2.16", "oldest"),
        ("2.21", "newest"),
        *(pytest.param("2.21", version, marks=pytest.mark.rest) for version in BETWEEN),
    ],
)
def test_every_playbook(core: str, litellm: str, tmp_path: Path) -> None:
    bed = Bed.up(tmp_path / "project", f"erni-ki-{litellm.replace('.', '-')}-{os.getpid()}", litellm)
    try:
        the_main_paths(bed, bed.ansible(tmp_path), playbooks_of(core))
        Canary(bed.secrets).search_all(bed.state_files() + bed.logs())
    finally:
        bed.down()


def answers(bed: Bed) -> list[str]:
    """Names of the cached answers in Redis."""
    return [key for key in bed.redis().scan_iter() if re.fullmatch("[0-9a-f]{64}", key)]


def the_main_paths(bed: Bed, ansible: AnsibleRunner, executable: Path) -> None:
    """Check, switch, the same again, a look, two flushes, the history, and the way back."""
    # The modules run with the tools' Python, which has the libraries.
    how = {"executable": executable, "variables": {"litellm_cache_stable_for": 0}}
    words = ("--extra-vars", f"ansible_python_interpreter={TOOLS / 'python'}")
    before = bed.fingerprint()
    check = ansible.playbook("erni_ki.litellm.switch_redis", "--check", *words, **how)
    assert check.code == 0 and check.changed, check.output
    assert bed.fingerprint() == before

    switch = ansible.playbook("erni_ki.litellm.switch_redis", *words, **how)
    assert switch.code == 0, switch.output
    assert [entry["kind"] for entry in switch.of("Confirm the mode by requests")["evidence"]] == ["harvested"]
    # The newest version does not say the type of its cache any more.
    bed.ask("after the switch")
    until(lambda: answers(bed), "the answer is in Redis")

    running = bed.settled()
    again = ansible.playbook("erni_ki.litellm.switch_redis", *words, **how)
    assert again.code == 0 and not again.changed, again.output
    assert bed.fingerprint() == running

    verify = ansible.playbook("erni_ki.litellm.verify", *words, **how)
    assert verify.code == 0 and not verify.changed, verify.output
    assert "answered from Redis in" in verify.verdict and bed.started() == running.started
    tried = {one["kind"]: one["given"] for one in verify.of("Prove the mode by requests")["experiments"]}
    assert tried == {"streaming": True, "embedding": True, "text completion": True}, verify.output

    status = ansible.playbook("erni_ki.litellm.status", *words, **how)
    assert status.code == 0 and not status.changed and "OK" in status.output, status.output
    # Newer proxies ask for the usage of a stream, which makes another key of it.
    streamed = {"model": "test-chat", "messages": [{"role": "user", "content": "a stream"}], "stream": True}
    assert bed.status_of(streamed) == 200
    of_it = {**how["variables"], "litellm_cache_diagnose_request": streamed}
    diagnose = ansible.playbook("erni_ki.litellm.diagnose", *words, executable=executable, variables=of_it)
    assert diagnose.code == 0 and "Its answer lies in Redis (possible, request_is_stored)" in diagnose.output

    bed.redis().set("0" * 64, '{"timestamp": 1763990000.5, "response": "an answer"}', ex=900)
    flush = ansible.playbook("erni_ki.litellm.flush_cache", *words, **how)
    assert flush.code == 0 and not bed.redis().exists("0" * 64), flush.output
    assert [entry["kind"] for entry in flush.of("Show that the request is a miss now")["evidence"]] == ["missed"]
    empty = ansible.playbook("erni_ki.litellm.flush_cache", *words, **how)
    assert empty.code == 0 and not empty.changed, empty.output

    # Text from outside is printed, and is no template: neither where it is read nor where the report is.
    lines = bed.state / "history.jsonl"
    hostile = {**json.loads(lines.read_text(encoding="utf-8").splitlines()[-1]), "reason": HOSTILE}
    lines.write_text(lines.read_text(encoding="utf-8") + json.dumps(hostile) + "\n", encoding="utf-8")
    history = ansible.playbook("erni_ki.litellm.history", *words, **how)
    assert history.code == 0 and not history.changed, history.output
    told = " ".join(" ".join(history.of("Tell")["lines"]).split())
    assert "pending change none" in told and HOSTILE in told and "evaluated" not in told, told
    assert "cache emptied by " in told, told

    back = ansible.playbook("erni_ki.litellm.rollback_local", *words, **how)
    assert back.code == 0, back.output
    assert bed.config.read_bytes() == bed.pristine
    bed.redis().flushall()
    bed.ask("after the way back")
    time.sleep(1)  # there is nothing to poll for
    assert not answers(bed)
