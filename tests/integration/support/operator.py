# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A deployment of another kind in the place of the bed's, and somebody who runs playbooks on it."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.erni_ki.litellm.tests.integration.support.ansible_run import AnsibleRunner, Run
from ansible_collections.erni_ki.litellm.tests.integration.support.bed import Bed, until

MODELS = """
model_list:
  - model_name: test-chat
    litellm_params: {model: openai/test-chat, api_base: "http://upstream:8000/v1", api_key: not-checked}
"""
GENERAL = """
general_settings:
  master_key: os.environ/LITELLM_MASTER_KEY
"""
LOCAL = """
litellm_settings:
  cache: true
  cache_params:
    type: local
    ttl: 1800
"""
ENTRYPOINT = """
    entrypoint:
      - /bin/sh
      - -c
      - >-
        LITELLM_MASTER_KEY="$$(cat /run/secrets/litellm_master_key)"; export LITELLM_MASTER_KEY; {commands}
      - litellm
"""


@dataclass(frozen=True)
class Deployed:
    """A configuration, what is beside it, and lines of the service in compose.override.yml.

    ``files`` are mounted beside the configuration; ``services`` are further ones. ``proxy`` is where it will be asked.
    """

    config: str
    service: str = ""
    services: str = ""
    files: dict[str, str] = field(default_factory=dict)
    proxy: tuple[str, int] = ("IPAddress", 4000)

    def bring(self, bed: Bed) -> None:
        """Make it the deployment of the bed."""
        folder = bed.config.parent
        mounts = "".join(f"      - ./conf/litellm/{name}:/app/{name}:ro\n" for name in self.files)
        lines = (f"    volumes:\n{mounts}" if mounts else "") + self.service
        override = "services:\n" + (f"  litellm:\n{lines}" if lines else "") + self.services
        (bed.directory / "compose.override.yml").write_text(
            override if lines or self.services else "", encoding="utf-8"
        )
        for name, text in {**self.files, "config.yaml": self.config}.items():
            text = text.replace("@REDIS_PASSWORD@", bed.redis_password)
            (folder / name).write_text(text, encoding="utf-8")
        subprocess.run(["rm", "-rf", str(bed.state)], check=True)
        command = [
            "docker",
            "compose",
            "--progress",
            "quiet",
            "up",
            "--detach",
            "--no-build",
            "--force-recreate",
            "litellm",
        ]
        environment = {
            key: value for key, value in os.environ.items() if not key.startswith(("COMPOSE_", "LITELLM_", "REDIS_"))
        }
        subprocess.run(command, cwd=bed.directory, env=environment, check=True)
        bed.proxy = self.proxy
        until(bed.proxy_answers, "LiteLLM answers")
        bed.redis().flushall()


@dataclass(frozen=True)
class Operator:
    """Somebody who runs playbooks on the bed."""

    bed: Bed
    ansible: AnsibleRunner

    def run(self, playbook: str, *words: str, **variables: Any) -> Run:
        """Run a playbook."""
        variables = {"litellm_cache_stable_for": 0, **variables}
        return self.ansible.playbook(f"playbooks/{playbook}.yml", *words, variables=variables)

    def succeeds(self, playbook: str, *words: str, **variables: Any) -> Run:
        """Run a playbook that ends well."""
        run = self.run(playbook, *words, **variables)
        assert run.code == 0, run.output
        return run

    def is_refused(self, playbook: str, *sentences: str, **variables: Any) -> None:
        """Run a playbook, and its check, which end with these sentences and touch nothing."""
        before = self.bed.fingerprint()
        for words in (("--check",), ()):
            run = self.run(playbook, *words, **variables)
            assert run.code != 0 and len(run.failures) == 1, run.output
            for sentence in sentences:
                assert sentence in run.failures[0].message, run.failures[0].message
        assert self.bed.fingerprint() == before

    def changes_nothing(self, playbook: str, **variables: Any) -> Run:
        """Run a playbook that has nothing to do."""
        started = self.bed.started()
        run = self.succeeds(playbook, **variables)
        assert not run.changed and self.bed.started() == started, run.output
        return run

    def told(self, run: Run) -> str:
        """What a run reports at its end."""
        return "\n".join(run.of("Report")["lines"])
