# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands that the documents tell their readers to type, and what is known of each.

Those in ``TYPED`` are typed by tests/integration/test_documented_commands.py, in this order,
as somebody would who has read it all.
"""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PLAYBOOK = "ansible-playbook -i inventory.yml erni_ki.litellm."
STATE = "/var/lib/erni_ki_litellm/erni-ki.litellm.*"
CONFIG = "/opt/erni-ki/conf/litellm/config.yaml"

#: A command that goes wrong on purpose has its exit status beside it.
TYPED: dict[str, int] = {
    "ansible-galaxy collection build /path/to/checkout": 0,
    "ansible-galaxy collection install erni_ki-litellm-*.tar.gz": 0,
    "install -D -m 0600 /dev/null secrets/redis_password": 0,
    f"{PLAYBOOK}switch_redis --check --diff": 0,
    f"{PLAYBOOK}switch_redis": 0,
    f"""{PLAYBOOK}switch_redis -e '{{"litellm_cache_reason": "second instance planned"}}'""": 0,
    f"{PLAYBOOK}verify": 0,
    f"{PLAYBOOK}status": 0,
    f"{PLAYBOOK}diagnose": 0,
    f"{PLAYBOOK}diagnose -e litellm_cache_diagnose_complaint=not_cached": 0,
    f"{PLAYBOOK}flush_cache --check": 0,
    f"{PLAYBOOK}flush_cache": 0,
    f"{PLAYBOOK}history": 0,
    f"cat {STATE}/history.jsonl": 0,
    f"diff {STATE}/snapshots/000001.yaml {CONFIG}": 1,
    f"ls -l {STATE}/snapshots": 0,
    f"tail -n 1 {STATE}/history.jsonl": 0,
    f"cat {STATE}/guard.log": 0,
    f"cp {STATE}/snapshots/000007.yaml {CONFIG}": 0,
    "cd /opt/erni-ki && docker compose restart litellm": 0,
    "docker compose logs --tail 50 litellm": 0,
    f"{PLAYBOOK}rollback_local": 0,
}
#: What another test runs.
RUN_ELSEWHERE = {
    "ansible-playbook erni_ki.litellm.awx_setup --check -e @awx.yml": (
        "tests/awx/test_setup.py::test_a_check_makes_nothing_and_says_how_far_it_looked"
    ),
    "ansible-playbook erni_ki.litellm.awx_setup -e @awx.yml": (
        "tests/awx/test_setup.py::test_the_example_of_the_guide_is_taken_as_it_is"
    ),
    f"{PLAYBOOK}prepare_host --check": "tests/integration/test_prepare_host.py::test_packages_of_the_distribution",
    f"{PLAYBOOK}prepare_host": "tests/integration/test_prepare_host.py::test_packages_of_the_distribution",
    f"{PLAYBOOK}prepare_host -e litellm_cache_prepare_venv=/opt/erni_ki_litellm/venv": (
        "tests/integration/test_prepare_host.py::test_a_virtual_environment_that_the_inventory_then_names"
    ),
    f"{PLAYBOOK}upgrade_litellm erni_ki.litellm.switch_redis -e litellm_upgrade_image=ghcr.io/berriai/litellm:v1.81.0": (
        "tests/integration/test_real_upgrade.py::test_an_upgrade_and_a_switch_in_one_run"
    ),
    "mv erni_ki-litellm-*.tar.gz erni_ki-litellm.tar.gz": (
        "tests/execution_environment/test_execution_environment.py::test_the_context_is_what_is_expected"
    ),
    "ansible-builder build --container-runtime docker -t litellm-ee": (
        "tests/execution_environment/test_execution_environment.py::test_an_execution_environment_is_built_and_has_all_that_the_modules_need"
    ),
}
#: What no test machine can do, and why.
NOT_HERE = {
    "ansible-galaxy collection install awx.awx": "needs a Galaxy server",
    "ansible-galaxy collection install -r requirements.yml": "needs a git server that has the collection",
    "ansible-navigator run erni_ki.litellm.switch_redis -i inventory.yml --check --diff": (
        "needs a host that is reached over SSH; tests/execution_environment runs prepare_host in this way"
    ),
    "editor secrets/redis_password": "needs somebody who types",
    "export CONTROLLER_HOST=https://awx.example.org CONTROLLER_OAUTH_TOKEN=...": "needs an AWX",
}

#: A line with one of these at its beginning is a command; others are output, or a piece of a file.
PROGRAMS = (
    *(
        "ansible",
        "ansible-builder",
        "ansible-doc",
        "ansible-galaxy",
        "ansible-navigator",
        "ansible-playbook",
        "ansible-vault",
    ),
    *(
        "apt",
        "apt-get",
        "bash",
        "cat",
        "cd",
        "chmod",
        "cp",
        "curl",
        "diff",
        "docker",
        "editor",
        "export",
        "git",
        "install",
    ),
    *(
        "journalctl",
        "ls",
        "make",
        "mkdir",
        "mv",
        "pip",
        "promtool",
        "python3",
        "redis-cli",
        "rm",
        "sudo",
        "systemctl",
        "tail",
    ),
)
_LINE = re.compile(rf"(?:{'|'.join(re.escape(program) for program in PROGRAMS)}) \S.*")


def documents() -> list[Path]:
    """What a user reads. What runs print, in docs/output.md, is recorded of real runs."""
    return [ROOT / "README.md", *sorted(path for path in (ROOT / "docs").rglob("*.md") if path.name != "output.md")]


def commands(text: str) -> list[str]:
    """The commands of a page, without the comments behind them.

    :param text: of the page.
    """
    # All blocks are taken, else the end of one of another language would be the beginning of one without.
    blocks = re.findall(r"(?ms)^ *```(\w*)\n(.*?)^ *```$", text)
    typed = [block for language, block in blocks if language in ("", "shell")]
    lines = [re.sub(r"\s+# .*", "", line.strip()) for block in typed for line in block.splitlines()]
    return [line for line in lines if _LINE.fullmatch(line)]
