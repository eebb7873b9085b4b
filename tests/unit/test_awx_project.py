# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWX offers as the playbook of a job template, where a project is this repository or the thin one of the examples.

AWX reads no YAML there: it looks at the names of the folders, at the end of the file's name, and for a line that begins like a
play. So `"hosts":` in quotes, which means the same to Ansible, keeps a file out of its list.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.erni_ki.litellm.tests.unit.test_repository import FILES, ROOT

#: Like a play, or like the import of one; however far it is indented.
PLAY = re.compile(r"^\s*-?\s*((ansible\.builtin\.)?(include|import_playbook)|hosts):", re.MULTILINE)
#: Nothing below a folder of such a name, or of one that begins with a dot, is looked at.
SKIPPED = {"roles", "tasks", "group_vars", "host_vars"}
THIN = (ROOT / "examples" / ".awx-project").resolve()
USERS = sorted(f"playbooks/{path.name}" for path in (ROOT / "playbooks").glob("*.yml"))


def offered(project: Path, names: list[str]) -> list[str]:
    """What AWX lists of a checkout.

    :param names: its files; a link to a folder is one file, because AWX does not follow it.
    """
    found = []
    for name in names:
        folders = name.split("/")[:-1]
        if SKIPPED & set(folders) or any(folder.startswith(".") for folder in folders):
            continue
        if not name.endswith((".yml", ".yaml")):
            continue
        text = (project / name).read_text(encoding="utf-8", errors="ignore")
        if PLAY.search(text) or text.startswith("$ANSIBLE_VAULT;"):
            found.append(name)
    return sorted(found)


def test_awx_offers_the_playbooks_for_users_and_nothing_else() -> None:
    """Whoever comes here with another file puts `"hosts":` and `"ansible.builtin.import_playbook":` into quotes there."""
    assert offered(ROOT, FILES) == USERS


@pytest.mark.skipif(ROOT.parent.name == "erni_ki", reason="this is a copy for ansible-test, without the link")
def test_the_thin_project_is_copied_from_a_link() -> None:
    """Here it lies behind a dot, so that this repository does not offer it a second time."""
    assert (ROOT / "examples" / "awx-project").is_symlink()
    assert (ROOT / "examples" / "awx-project").resolve() == THIN


def test_the_thin_project_has_a_playbook_of_two_lines_for_each() -> None:
    names = [str(path.relative_to(THIN)) for path in THIN.rglob("*.yml")]
    expected = {name: Path(name).stem for name in (Path(user).name for user in USERS) if not name.startswith("awx_")}
    assert offered(THIN, names) == sorted(expected)
    for name, playbook in expected.items():
        (play,) = yaml.safe_load((THIN / name).read_text(encoding="utf-8"))
        assert play.pop("name")
        assert play == {"ansible.builtin.import_playbook": f"erni_ki.litellm.{playbook}"}


def test_the_page_has_each_variable_of_the_playbooks_for_awx() -> None:
    used = set()
    for path in (ROOT / "playbooks").rglob("*"):
        if path.is_file():
            used |= set(re.findall(r"(?<!_)litellm_awx_\w+", path.read_text(encoding="utf-8")))
    page = (ROOT / "docs" / "awx.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `litellm_awx_")]
    assert set(re.findall(r"litellm_awx_\w+", "".join(rows))) == used


def test_the_thin_project_requires_what_the_example_requires() -> None:
    required = [
        yaml.safe_load((ROOT / "examples" / name).read_text(encoding="utf-8"))["collections"]
        for name in ("requirements.yml", ".awx-project/collections/requirements.yml")
    ]
    assert required[0] == required[1]


@pytest.mark.parametrize(
    ("text", "listed"),
    [
        ("- hosts: all\n", True),
        ("- name: Play\n  hosts: all\n", True),
        ("all:\n  hosts:\n", True),
        ("- ansible.builtin.import_playbook: erni_ki.litellm.verify\n", True),
        ("$ANSIBLE_VAULT;1.1;AES256\n", True),
        ('- name: Play\n  "hosts": all\n', False),
        ('- "ansible.builtin.import_playbook": other.yml\n', False),
        ("- name: Task\n  ansible.builtin.command: hosts\n", False),
    ],
)
def test_the_rule_is_that_of_awx(text: str, listed: bool, tmp_path: Path) -> None:
    names = ["play.yml", "deep/play.yaml", "play.txt", "roles/play.yml", "tasks/play.yml", "deep/.hidden/play.yml"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert offered(tmp_path, names) == (["deep/play.yaml", "play.yml"] if listed else [])
