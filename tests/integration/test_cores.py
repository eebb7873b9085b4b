# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks under the oldest and the newest supported ansible-core."""

from __future__ import annotations

import pytest
from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import ROOT, TOOLS, AnsibleRunner
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed


@pytest.mark.parametrize("core", ["2.16", "2.21"])
def test_check_switch_and_again(core: str, bed: Bed, ansible: AnsibleRunner) -> None:
    executable = ROOT / ".cache" / f"core-{core}" / "bin" / "ansible-playbook"
    if not executable.exists():
        pytest.skip(f"`make sanity` makes the environment of ansible-core {core}, and has not been run")
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
    assert bed.cache_type() == "redis"

    running = bed.fingerprint()
    again = ansible.playbook("erni_ki.litellm.switch_redis", *words, **how)
    assert again.code == 0 and not again.changed, again.output
    assert bed.fingerprint() == running

    bed.redis().set("0" * 64, '{"timestamp": 1763990000.5, "response": "an answer"}', ex=900)
    flush = ansible.playbook("erni_ki.litellm.flush_cache", *words, **how)
    assert flush.code == 0 and not bed.redis().exists("0" * 64), flush.output
    assert [entry["kind"] for entry in flush.of("Show that the request is a miss now")["evidence"]] == ["missed"]
    empty = ansible.playbook("erni_ki.litellm.flush_cache", *words, **how)
    assert empty.code == 0 and not empty.changed, empty.output

    verify = ansible.playbook("erni_ki.litellm.verify", *words, **how)
    assert verify.code == 0 and "The file says: cache mode redis" in verify.of("Report")["msg"], verify.output
    history = ansible.playbook("erni_ki.litellm.history", *words, **how)
    assert history.code == 0 and "Nothing is pending." in history.of("Tell")["msg"], history.output
