# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each ansible-core does with each managed host: looks and proofs with all of them, a change with some."""

from __future__ import annotations

import subprocess
from pathlib import Path

from ansible_collections.erni_ki.litellm.tests.compatibility.conftest import Core, ManagedPython
from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import AnsibleRunner
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed

IMPORTS = "import platform, redis, yaml; print(platform.python_version(), yaml.__version__, redis.__version__)"
#: Where a change is made, too: each core once, and each Python. A change costs two restarts.
CHANGES = {
    ("2.16", "3.9 | oldest"),
    ("2.18", "3.11 | Debian 12"),
    ("2.19", "3.13 | Debian 13"),
    ("2.21", "3.13 | newest"),
}


class Playbooks:
    """The playbooks, run by one core on one managed host."""

    def __init__(self, ansible: AnsibleRunner, core: Core, python: Path) -> None:
        self._ansible, self._core, self._python = ansible, core, python

    def run(self, playbook: str, *words: str, **variables: int) -> str:
        """What one of them prints, which has to succeed."""
        done = self._ansible.playbook(
            f"erni_ki.litellm.{playbook}",
            *words,
            "--extra-vars",
            f"ansible_python_interpreter={self._python}",
            executable=self._core.folder / "bin" / "ansible-playbook",
            variables={"litellm_cache_stable_for": 0, **variables},
        )
        assert done.code == 0, done.output
        assert f"[core {self._core.version}]" in done.output
        return done.output


def makes_a_change(core: Core, host: ManagedPython) -> bool:
    """Whether a change is made by this core on this host."""
    return any(core.version.startswith(f"{version}.") and host.words.startswith(words) for version, words in CHANGES)


def test_the_playbooks_work(switched: Bed, core: Core, host: ManagedPython, told: list[str], tmp_path: Path) -> None:
    python = host.folder / "bin" / "python"
    seen = subprocess.run([str(python), "-c", IMPORTS], check=True, capture_output=True, text=True).stdout.split()
    assert host.words.startswith(f"{'.'.join(seen[0].split('.')[:2])} |") and host.words.endswith(
        f"| {seen[1]} | {seen[2]}"
    )

    playbooks = Playbooks(switched.ansible(tmp_path), core, python)
    assert "UNCHANGED  " in playbooks.run("prepare_host")
    assert "CHECK  " in playbooks.run("switch_redis", "--check", litellm_cache_ttl=900)
    assert "would be removed" in playbooks.run("flush_cache", "--check")
    assert "OK  " in playbooks.run("status")
    if makes_a_change(core, host):
        playbooks.run("rollback_local")
        assert switched.config.read_bytes() == switched.pristine
        assert "answered from Redis in" in playbooks.run("switch_redis")
    told.append("looks, proofs, changes" if makes_a_change(core, host) else "looks, proofs")
